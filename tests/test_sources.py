"""The sources file: a fault is named with file, line, field and remedy."""

import json
from datetime import date
from typing import get_args

import jsonschema
import pytest
import yaml

from news_etl.settings import PROJECT_ROOT, Settings
from news_etl.sources import AnySource, SourcesError, json_schema, load_sources

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
        (
            ("kind: inbox\n    path: inbox", "kind: fax\n    path: inbox"),
            4,
            "sources.0.kind: the kind of a source is one of",
        ),
        (("kind: inbox\n    path: inbox", "kind: feed\n    path: inbox"), 5, "sources.0.path: feed has no such key"),
        (("path: inbox/a/date={date}/*", "path: [inbox]"), 5, "sources.0.path: Input should be a valid string"),
        (("date={date}/*\n    days", "*\n    days"), 5, "must hold {date}"),
        (("id: a", "id: A b"), 3, "sources.0.id"),
        (("id: a", "id: ../etc"), 3, "sources.0.id"),
        (("id: a", "id: 12"), 3, "valid string"),
        (("id: a", "id: decisions"), 3, "sources.0.id: 'decisions' is the folder of what is decided by hand"),
        (("id: a", "id: b--a"), 3, "sources.0.id: write single hyphens"),
        (
            ("kind: inbox\n    path: inbox/a/date={date}/*", "kind: feed\n    url: a.example/f"),
            5,
            "begins with http://",
        ),
        (("kind: inbox\n    path: inbox/a/date={date}/*", "kind: feed\n    url: http://u:p@a.example/"), 5, "password"),
        (('days: ["2025-11-04"]', 'days: ["tomorrow"]'), 6, "sources.0.days.0"),
        (("paused:", "pausd:"), 10, "sources.1.pausd: inbox has no such key; is 'paused' meant?"),
        (("sources:", "sauces: []\nsources:"), 2, "sauces: the file has no such key; is 'sources' meant?"),
        (("paused: the contract ended", "country: fr"), 10, "sources.1.country: 'fr': two capital letters"),
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
    message = fault(load, GOOD.replace("kind: inbox", "kind: fax"))
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


# ---- kinds

WEB = """
sources:
  - id: f
    kind: feed
    url: https://x.example/feed
    sections: {/sport/: Sport, /: Une}
  - id: s
    kind: sitemap
    url: [https://X.example/a.xml, "http://127.0.0.1:8000/b.xml"]
    only: ["*/news/*"]
    exclude: ["*/video/*"]
  - id: c
    kind: archive
    path: crawl/{date:%Y/%m}/CC-NEWS-{date:%Y%m%d}*.warc.gz
"""


def test_every_kind_is_read_with_its_keys(load):
    feed, sitemap, archive = load(WEB).sources
    assert (feed.url, feed.every_hours, feed.allow_private) == (("https://x.example/feed",), 1, False)
    assert sitemap.hosts == {"x.example", "127.0.0.1"}
    assert [sitemap.wants(f"https://x.example/{path}") for path in ("news/a", "news/video/a", "sport/a")] == [
        True,
        False,
        False,
    ]
    assert archive.pattern(date(2025, 11, 4)) == PROJECT_ROOT / "crawl/2025/11/CC-NEWS-20251104*.warc.gz"
    assert [source.id for source in load(WEB).web()] == ["f", "s"]


def test_the_section_map_answers_by_the_first_part_that_fits(load):
    feed = load(WEB).sources[0]
    assert [feed.section_of(f"https://x.example{path}") for path in ("/sport/a", "/a/sport/", "/a")] == [
        "Sport",
        "Sport",
        "Une",
    ]
    assert feed.section_of(None) is None


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (
            ("url: https://x.example/feed", "url: ftp://x.example"),
            5,
            "sources.0.url.0: 'ftp://x.example': an address is wanted",
        ),
        (("url: https://x.example/feed", "url: https://me:secret@x.example"), 5, "sources.0.url.0"),
        (("url: https://x.example/feed", "url: []"), 5, "sources.0.url"),
        (("url: https://x.example/feed", "every_hours: 1"), 3, "sources.0.url: Field required"),
        (("sections: {/sport/: Sport, /: Une}", "every_hours: 0"), 6, "sources.0.every_hours"),
        (("sections: {/sport/: Sport, /: Une}", "undated: take"), 6, "sources.0.undated: feed has no such key"),
        (('only: ["*/news/*"]', "only: 5"), 10, "sources.1.only"),
        (("crawl/{date:%Y/%m}/CC-NEWS-{date:%Y%m%d}", "crawl/CC"), 14, "must hold {date}"),
    ],
)
def test_a_fault_of_any_kind_is_named_by_file_line_and_field(load, tmp_path, change, line, words):
    text = WEB.replace(*change)
    assert text != WEB
    message = fault(load, text)
    assert f"{tmp_path}/sources.yaml, line {line}: " in message
    assert words in message


# ---- for editors


def test_the_json_schema_in_the_repository_is_not_stale(project):
    kept = json.loads((project / "include" / "sources.schema.json").read_text(encoding="utf-8"))
    assert kept == json_schema(), "renew it: news-etl sources schema > include/sources.schema.json"


def test_an_editor_accepts_the_file_of_the_project_and_refuses_a_slip(project):
    check = jsonschema.Draft202012Validator(json_schema())
    content = yaml.safe_load((project / "include" / "sources.yaml").read_text(encoding="utf-8"))
    assert list(check.iter_errors(content)) == []
    content["sources"][0]["colour"] = "blue"
    assert list(check.iter_errors(content))


def test_the_real_feeds_that_are_commented_out_are_valid_once_they_are_not(project, load):
    text = (project / "include" / "sources.yaml").read_text(encoding="utf-8")
    lines = [line[1:] if line.startswith("#  ") else "" for line in text.partition("#  - id: le-monde")[2].splitlines()]
    entries = "sources:\n  - id: le-monde" + "\n".join(lines)
    kinds = {source.kind for source in load(entries).sources}
    assert kinds == {"feed", "archive"}


def test_every_key_is_explained_in_the_file_of_the_project(project):
    text = (project / "include" / "sources.yaml").read_text(encoding="utf-8")
    explained = " ".join(line for line in text.splitlines() if line.startswith("#"))
    keys = {key for kind in get_args(get_args(AnySource)[0]) for key in kind.model_fields}
    assert [key for key in sorted(keys) if key not in explained] == []
