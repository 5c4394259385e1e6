"""Quality: what the sources file may change about the checks, for whom, and how it says what is wrong there."""

import json

import jsonschema
import pytest
import yaml

from news_etl.quality import JUDGEMENTS, LIMITS, OF_THE_DAY, Quality
from news_etl.settings import Settings
from news_etl.sources import SourcesError, json_schema, load_sources


def with_quality(almanac: str, everywhere: str = "") -> str:
    """A sources file whose second source, on line 9, has a block `quality`."""
    return f"""
{everywhere}
sources:
  - id: gazette
    kind: inbox
    path: inbox/{{date}}/*
  - id: almanac
    kind: inbox
    path: inbox/{{date}}/*
    quality: {almanac}
"""


@pytest.fixture
def load(tmp_path):
    def write(*blocks: str) -> Quality:
        path = tmp_path / "sources.yaml"
        path.write_text(with_quality(*blocks), encoding="utf-8")
        return load_sources(path).judged_by()

    return write


def test_where_nothing_is_decided_the_defaults_hold():
    assert Quality().limit("min_body_words", "gazette") == LIMITS["min_body_words"].value
    assert Quality().severity("stale", "warning", "gazette") == "warning"


def test_the_samples_are_judged_like_every_source():
    assert load_sources(Settings().sources).judged_by() == Quality()


def test_a_source_goes_before_what_holds_for_all(load):
    quality = load(
        "{reason: dates ahead, limits: {max_days_ahead: 400, min_body_words: 5}}",
        "quality: {reason: briefs, limits: {min_body_words: 20}, severity: {stale: off}}",
    )
    assert [quality.limit("min_body_words", name) for name in ("almanac", "gazette", None)] == [5, 20, 20]
    assert [quality.limit("max_days_ahead", name) for name in ("almanac", "gazette")] == [400, 1]
    assert quality.severity("stale", "warning", "gazette") == "off"


@pytest.mark.parametrize(
    ("block", "line", "message"),
    [
        ("{limits: {min_body_words: 5}}", 10, r"sources\.1\.quality\.reason: Field required"),
        (
            "\n      reason: x\n      limits:\n        min_body_words: 9\n        min_words: 5",
            14,
            r"quality\.limits\.min_words: .*min_words is no limit: max_days_ahead",
        ),
        ("{reason: x, limits: {min_body_words: .nan}}", 10, r"limits\.min_body_words: .*finite"),
        ("{reason: x, severity: {unique_key: info}}", 10, "unique_key is no rule that can be tuned: title_blank"),
        ("{reason: x, severity: {stale: fatal}}", 10, r"severity\.stale: "),
        ("{reason: x, limits: {min_fresh_share: 0}}", 10, "min_fresh_share concerns the whole day"),
        ("{reason: x, severity: {undated_share: off}}", 10, "undated_share concerns the whole day"),
        ("{reason: x, colour: blue}", 10, r"quality\.colour: "),
    ],
)
def test_a_fault_is_named_with_its_line(load, block, line, message):
    with pytest.raises(SourcesError, match=f"sources.yaml, line {line}: .*{message}"):
        load(block)


def test_what_concerns_the_day_is_decided_for_all(load):
    quality = load("null", "quality: {reason: an archive, limits: {min_fresh_share: 0}}")
    assert quality.limit("min_fresh_share") == 0
    assert {*LIMITS, *JUDGEMENTS} >= OF_THE_DAY


@pytest.mark.parametrize(
    ("block", "is_valid"),
    [
        ("{reason: x, limits: {max_days_ahead: 400}, severity: {stale: off, volume_low: critical}}", True),
        ("{reason: x, limits: {days_ahead: 400}}", False),
        ("{reason: x, severity: {unique_key: info}}", False),
        ("{reason: x, severity: {stale: fatal}}", False),
        ("{limits: {max_days_ahead: 400}}", False),
    ],
)
def test_an_editor_with_the_json_schema_knows_limits_and_rules(block, is_valid):
    check = jsonschema.Draft202012Validator(json_schema())
    assert check.is_valid(yaml.safe_load(with_quality(block))) is is_valid


def test_every_limit_has_its_reason_and_the_command_lists_them(news_etl):
    assert all(limit.reason for limit in LIMITS.values())
    code, output, _ = news_etl("quality")
    assert code == 0
    assert {*json.loads(output)["limits"], *json.loads(output)["rules"]} == {*LIMITS, *JUDGEMENTS}
