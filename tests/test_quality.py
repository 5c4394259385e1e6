"""The quality file: what it may change, for whom, and how it says what is wrong in it."""

import pytest
import yaml

from news_etl.quality import JUDGEMENTS, LIMITS, Quality, QualityError, load_quality
from news_etl.settings import PROJECT_ROOT


@pytest.fixture
def load(tmp_path):
    def write(content) -> Quality:
        path = tmp_path / "quality.yaml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
        return load_quality(path, ["gazette", "almanac"])

    return write


def test_without_a_file_the_defaults_hold(tmp_path):
    quality = load_quality(tmp_path / "none.yaml", [])
    assert quality.limit("min_body_words", "gazette") == LIMITS["min_body_words"].value
    assert quality.severity("stale", "warning", "gazette") == "warning"


def test_the_file_that_ships_with_the_project_changes_nothing():
    assert load_quality(PROJECT_ROOT / "include" / "quality.yaml", []) == Quality()


def test_a_source_goes_before_the_defaults_of_the_file(load):
    quality = load(
        "defaults: {reason: briefs, limits: {min_body_words: 20}, severity: {stale: off}}\n"
        "sources: {almanac: {reason: dates ahead, limits: {max_days_ahead: 400, min_body_words: 5}}}\n"
    )
    assert [quality.limit("min_body_words", name) for name in ("almanac", "gazette", None)] == [5, 20, 20]
    assert [quality.limit("max_days_ahead", name) for name in ("almanac", "gazette")] == [400, 1]
    assert quality.severity("stale", "warning", "gazette") == "off"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"sources": {"gazette": {"limits": {"min_body_words": 5}}}}, r"sources\.gazette\.reason: Field required"),
        (
            {"sources": {"gazette": {"reason": "x", "limits": {"min_words": 5}}}},
            "min_words is no limit: max_days_ahead",
        ),
        (
            {"sources": {"gazette": {"reason": "x", "severity": {"unique_key": "info"}}}},
            "unique_key is no rule that can",
        ),
        ({"sources": {"gazette": {"reason": "x", "severity": {"stale": "fatal"}}}}, "severity.stale"),
        ({"sources": {"gazete": {"reason": "x"}}}, "gazete is not in the sources file"),
        ("sources: [", "not YAML"),
    ],
)
def test_a_fault_in_the_file_is_named(load, content, message):
    with pytest.raises(QualityError, match=message):
        load(content)


def test_every_limit_has_its_reason_and_the_command_lists_them(news_etl):
    assert all(limit.reason for limit in LIMITS.values())
    code, output, _ = news_etl("quality")
    assert code == 0
    assert all(name in output for name in (*LIMITS, *JUDGEMENTS))
