"""The sources file: a fault is named with file, line, field and remedy."""

from datetime import date

import pytest

from news_etl.settings import PROJECT_ROOT, Settings
from news_etl.sources import SourcesError, load_sources

GOOD = """
sources:
  - id: a
    kind: inbox
    path: inbox/a/date={date}/*
    days: ["2025-11-04"]
  - id: b
    kind: inbox
    path: /var/inbox/{date}/*
    paused: the contract ended
"""


@pytest.fixture
def load(tmp_path):
    def call(text: str | bytes):
        path = tmp_path / "sources.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return load_sources(path)

    return call


def fault(load, text: str | bytes) -> str:
    with pytest.raises(SourcesError) as error:
        load(text)
    return str(error.value)


def test_the_file_of_the_project_is_valid():
    assert load_sources(Settings().sources).sources


def test_sources_keep_the_order_of_the_file_and_paused_ones_rest(load):
    sources = load(GOOD)
    assert [source.id for source in sources.sources] == ["a", "b"]
    assert [source.id for source in sources.active()] == ["a"]


def test_a_paused_source_is_collected_when_it_is_asked_for(load):
    assert [source.id for source in load(GOOD).active(["b"])] == ["b"]


def test_an_unknown_source_is_refused_with_those_that_are_known(load):
    for ask in (lambda: load(GOOD).active(["a", "nope"]), lambda: load(GOOD).get("nope")):
        with pytest.raises(SourcesError, match=r"unknown source: nope.*has: a, b"):
            ask()


def test_relative_paths_start_at_the_project_and_absolute_ones_do_not(load):
    a, b = load(GOOD).sources
    assert a.pattern(date(2025, 11, 4)) == PROJECT_ROOT / "inbox/a/date=2025-11-04/*"
    assert a.base() == PROJECT_ROOT / "inbox/a"
    assert str(b.pattern(date(2025, 11, 4))) == "/var/inbox/2025-11-04/*"


def test_a_source_with_days_expects_nothing_on_others(load):
    a, b = load(GOOD).sources
    assert (a.expects(date(2025, 11, 4)), a.expects(date(2025, 11, 5))) == (True, False)
    assert b.expects(date(1999, 1, 1))


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("kind: inbox\n    path: inbox", "kind: feed\n    path: inbox"), 4, "sources.0.kind"),
        (("date={date}/*\n    days", "*\n    days"), 5, "must hold {date}"),
        (("id: a", "id: A b"), 3, "sources.0.id"),
        (("id: a", "id: ../etc"), 3, "sources.0.id"),
        (("id: a", "id: 12"), 3, "valid string"),
        (('days: ["2025-11-04"]', 'days: ["tomorrow"]'), 6, "sources.0.days.0"),
        (("paused:", "pausd:"), 10, "sources.1.pausd"),
        (("paused: the contract ended", "country: fr"), 10, "sources.1.country"),
        (("paused: the contract ended", "country: NO"), 10, "sources.1.country"),
        (("    kind: inbox\n    path: /var", "    path: /var"), 7, "sources.1.kind"),
    ],
)
def test_a_fault_is_named_by_file_line_and_field(load, tmp_path, change, line, words):
    text = GOOD.replace(*change)
    assert text != GOOD
    message = fault(load, text)
    assert f"{tmp_path}/sources.yaml, line {line}: " in message
    assert words in message


def test_all_faults_are_named_at_once(load):
    message = fault(load, GOOD.replace("kind: inbox", "kind: feed"))
    assert "line 4: sources.0.kind" in message
    assert "line 8: sources.1.kind" in message


def test_an_id_that_stands_twice_is_refused(load):
    message = fault(load, GOOD.replace("id: b", "id: a"))
    assert "line 7" in message
    assert "'a' stands twice" in message


@pytest.mark.parametrize("text", ["", "sources:", "sources: []", "[]", "just words", "sources: {a: b}", "other: 1"])
def test_a_file_without_sources_is_refused(load, tmp_path, text):
    assert f"{tmp_path}/sources.yaml, line 1" in fault(load, text)


@pytest.mark.parametrize("text", ["sources:\n\t- id: a", "sources: [", "a: b: c", "a: *nobody"])
def test_what_is_not_yaml_is_refused_with_the_line(load, text):
    message = fault(load, text)
    assert "not YAML" in message
    assert "line" in message


def test_another_encoding_is_refused_with_the_remedy(load):
    assert "Save it as UTF-8" in fault(load, "note: été".encode("latin-1"))


def test_a_file_that_is_not_there_names_the_variable(tmp_path):
    with pytest.raises(SourcesError, match="NEWS_ETL_SOURCES"):
        load_sources(tmp_path / "none.yaml")
