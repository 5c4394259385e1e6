"""Planted faults: each is caught by its rule, with its severity, and clean days raise nothing above info."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from generated_days import Row, as_day, document, generated_day, mentions, quotations, staged, with_body
from news_etl.outcome import Reason, State
from news_etl.publish import images_of
from news_etl.quality import JUDGEMENTS, Override, Quality
from news_etl.schema import ARTICLES, DOCUMENTS, ENTITIES, IMAGES, QUOTES, Table
from news_etl.settings import Settings
from news_etl.sources import Inbox
from news_etl.store import Store
from news_etl.validate import Day, Policy, Verdict, audit
from news_etl.validate.audit import Audit
from news_etl.validate.profile import PAST_DAYS, Past, field_frame, mislabelled_shares, profile, source_frame
from news_etl.validate.suites import (
    article_rules,
    child_rules,
    day_rules,
    document_rules,
    field_rules,
    image_rules,
    source_rules,
)

DAY = date(2025, 11, 4)


def source(name: str, **fields: Any) -> Inbox:
    return Inbox(id=name, kind="inbox", path="inbox/{date}/*", **fields)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def check(data) -> Any:
    def run(day: Day, **changes: Any) -> Verdict:
        fields = {name: changes.pop(name) for name in ("sources", "quality", "released", "past") if name in changes}
        return audit(Store(str(data)), Policy(Settings(data=str(data), **changes), **fields), day, "run")

    return run


def failed(verdict: Verdict) -> dict[str, str]:
    return {finding.rule.name: finding.rule.severity for finding in verdict.findings if not finding.is_success}


def record(row: Row) -> str:
    return str(row["raw_pointer"]["record_id"])


# ---- articles


@pytest.fixture(scope="module")
def clean() -> list[Row]:
    return generated_day(DAY, {"gazette": 6}).articles.to_pylist()


SHORT = [{"kind": "paragraph", "text": "***", "start": 0, "end": 3}]
BODY = {"blocks": None}
"""A body without its blocks gets one block."""
CRITICAL = {
    "title_missing": {"title": None},
    "title_blank": {"title": " … "},
    "body_blank": {"body": "***", "blocks": SHORT},
    "language_unknown": {"language": "FR", "country": "fr"},
    "country_malformed": {"country": "France"},
    "article_id_malformed": {"article_id": "12"},
    "content_hash_malformed": {"content_hash": "not a hash"},
    "url_malformed": {"url": "javascript:alert(1)"},
    "canonical_url_malformed": {"canonical_url": "/relative"},
    "published_at_absurd": {"published_at": datetime(2031, 1, 1, tzinfo=UTC), "modified_at": None},
    "published_precision_unknown": {"published_precision": "century"},
    "access_unknown": {"access": "maybe"},
    "enrichment_unknown": {"enrichment": "some"},
    "word_count_out_of_range": {"word_count": 0},
    "language_confidence_out_of_range": {"language_confidence": 1.5},
    "revision_out_of_range": {"revision": 0},
    "blocks_shifted": {"blocks": [{"kind": "paragraph", "text": "Le conseil", "start": 3, "end": 13}]},
    "kind_unknown": {"authors": [{"name": "Paul Sauvanet", "kind": "robot"}]},
    "counts_differ": {"quote_count": 99},
    "body_length": {"body": "x " * 300_000, **BODY},
    "extractor_missing": {"extractor": None},
}
WARNING = {
    "title_too_long": {"title": "mot " * 100},
    "title_too_short": {"title": "A"},
    "short_body": {"word_count": 12},
    "language_undetermined": {"language": "und"},
    "unexpected_language": {"language": "en"},
    "damaged_characters": {"body": "Le conseil \ufffd a dit", **BODY},
    "markup_in_body": {"body": "Le conseil <br/> a dit", **BODY},
    "image_url_malformed": {"images": [{"url": "data:image/png;base64,AAAA"}]},
}
INFO = {
    "published_at_missing": {"published_at": None, "published_precision": None, "modified_at": None},
    "modified_before_published": {"modified_at": datetime(2025, 10, 1, tzinfo=UTC)},
}
FAULTS = CRITICAL | WARNING | INFO
RELEASED = {"url_malformed released": CRITICAL["url_malformed"], "revision_out_of_range released": {"revision": -1}}


@pytest.fixture(scope="module")
def planted(clean, check) -> Verdict:
    """A day with a row for each fault beside clean ones, two rows with one key, and a duplicate of a rejected row.

    A row's record id is the name of its fault.
    """
    rows = [_planted(clean[0], name, number, fault) for number, (name, fault) in enumerate((FAULTS | RELEASED).items())]
    twins = [_planted(clean[1], f"twin {n}", 99, {"content_hash": f"{n:064x}"}) for n in (1, 2)]
    everything = [*clean, *rows, *twins]
    documents = [document(row) for row in everything]
    copy = {
        "record_id": "copy",
        "state": State.DUPLICATE,
        "reason": Reason.EXACT_DUPLICATE,
        "duplicate_of": "title_blank",
    }
    documents.append(document(rows[0], **copy))
    children = {
        "entities": ENTITIES.arrow([one for row in clean for one in mentions(row)]),
        "quotes": QUOTES.arrow([one for row in clean for one in quotations(row)]),
    }
    released = frozenset(name for name in RELEASED)
    sources = (source("gazette", languages=("fr",)),)
    day = Day(DAY, staged(everything), documents, len(documents), children)
    return check(day, min_rows_for_share=100, released=released, sources=sources)


def _planted(row: Row, name: str, number: int, fault: Row) -> Row:
    fresh = {"article_id": f"{number:032x}", "content_hash": f"{number + 1000:064x}"}
    row = row | fresh | {"raw_pointer": row["raw_pointer"] | {"record_id": name}, "entity_count": None}
    row = row | {"quote_count": None} | fault
    if row["blocks"] is None:
        row["blocks"] = [{"kind": "paragraph", "text": row["body"], "start": 0, "end": len(row["body"])}]
    return row


def state_of(verdict: Verdict, identity: str) -> Row:
    (found,) = (row for row in verdict.documents if row["record_id"] == identity)
    return found


def published(verdict: Verdict) -> dict[str, Row]:
    return {record(row): row for row in verdict.articles.to_pylist()}


@pytest.mark.parametrize("rule", CRITICAL)
def test_a_row_that_breaks_a_critical_rule_is_quarantined(planted, rule):
    assert failed(planted)[rule] == "critical"
    rejected = state_of(planted, rule)
    assert (rejected["state"], rejected["reason"]) == (State.QUARANTINED, Reason.FAILED_EXPECTATION)
    assert rule in rejected["message"]
    assert rule not in published(planted)


@pytest.mark.parametrize("rule", WARNING)
def test_a_row_that_breaks_a_warning_is_published_with_a_flag(planted, rule):
    assert failed(planted)[rule] == "warning"
    assert rule in published(planted)[rule]["quality_flags"]


@pytest.mark.parametrize("rule", INFO)
def test_a_row_that_breaks_an_info_is_published_and_counted(planted, rule):
    assert failed(planted)[rule] == "info"
    assert rule not in published(planted)[rule]["quality_flags"]


def test_clean_rows_beside_faulty_ones_are_published_as_they_are(planted, clean):
    assert planted.broken == []
    rows = published(planted)
    assert [rows[record(row)] for row in clean] == clean
    assert len(rows) == len(clean) + len(WARNING) + len(INFO) + 1


def test_the_same_key_twice_takes_both_rows_out(planted):
    assert failed(planted)["unique_key"] == "critical"
    assert {state_of(planted, f"twin {n}")["state"] for n in (1, 2)} == {State.QUARANTINED}


def test_a_duplicate_of_a_rejected_row_is_rejected_with_it(planted):
    assert state_of(planted, "copy")["state"] == State.QUARANTINED
    assert "title_blank" in state_of(planted, "copy")["message"]


def test_a_released_document_passes_judgements_and_no_promise_of_the_schema(planted):
    assert "released" in published(planted)["url_malformed released"]["quality_flags"]
    assert state_of(planted, "revision_out_of_range released")["state"] == State.QUARANTINED


# ---- names and quotations

CHILD_FAULTS = {
    "text_shifted": ("quotes", {"start": 1, "end": 6}),
    "text_blank": ("quotes", {"start": 11, "end": 12, "text": " "}),
    "end_out_of_range": ("quotes", {"start": 0, "end": 0, "text": ""}),
    "kind_unknown": ("quotes", {"kind": "free"}),
    "speaker_kind_unknown": ("quotes", {"speaker_kind": "robot"}),
    "speaker_unknown": ("quotes", {"speaker_entity_id": 999}),
    "confidence_out_of_range": ("quotes", {"confidence": 1.2}),
    "quote_length": ("quotes", {"text": "mot " * 6_000}),
    "label_unknown": ("entities", {"label": "GPE"}),
    "latitude_out_of_range": ("entities", {"latitude": 91.0}),
    "field_unknown": ("entities", {"field": "footer"}),
    "gender_unknown": ("entities", {"gender": "n"}),
    "name_blank": ("entities", {"name": "—", "entity_id": 998}),
    "entity_differs": ("entities", {"name": "Une autre personne"}),
}


@pytest.fixture(scope="module")
def planted_children(clean, check) -> Verdict:
    """Clean rows and, in the first article, one row for each fault, numbered from 100; the last article is rejected."""
    day = as_day(DAY, clean)
    first, last = clean[0], clean[-1]
    faulty: dict[str, list[Row]] = {"entities": [], "quotes": []}
    for number, (table, fault) in enumerate(CHILD_FAULTS.values(), start=100):
        row = (mentions(first) if table == "entities" else quotations(first))[0]
        identity = "mention_id" if table == "entities" else "quote_id"
        place = {"start": number - 90, "end": number - 80, "text": first["body"][number - 90 : number - 80]}
        faulty[table].append(row | {identity: number} | place | fault)
    counts = {name: first[name] + len(faulty[table]) for table, name in COUNTED.items()}
    rows = [first | counts, *clean[1:-1], last | {"title": " … "}]
    tables = {"entities": ENTITIES, "quotes": QUOTES}
    children = {name: tables[name].arrow(day.children[name].to_pylist() + faulty[name]) for name in tables}
    return check(replace(day, articles=staged(rows), children=children), min_rows_for_share=1000)


COUNTED = {"entities": "entity_count", "quotes": "quote_count"}


@pytest.mark.parametrize("rule", CHILD_FAULTS)
def test_a_bad_row_is_taken_out_alone_and_its_article_is_flagged(planted_children, clean, rule):
    table = CHILD_FAULTS[rule][0]
    number = 100 + list(CHILD_FAULTS).index(rule)
    (rejected,) = (row for row in planted_children.rejected if row["row_id"] == number)
    assert rejected["table"] == table
    assert rule in rejected["message"]
    assert rejected["record_id"] == record(clean[0])
    identity = "mention_id" if table == "entities" else "quote_id"
    assert json.loads(rejected["content"])[identity] == number
    assert number not in planted_children.children[table][identity].to_pylist()
    assert f"{table}_rejected" in planted_children.articles["quality_flags"][0].as_py()


def test_the_good_rows_beside_bad_ones_are_published_and_counted(planted_children, clean):
    assert planted_children.broken == []
    for name, make in (("entities", mentions), ("quotes", quotations)):
        assert planted_children.children[name].num_rows == sum(len(make(row)) for row in clean[:-1])
        assert planted_children.articles[COUNTED[name]][0].as_py() == len(make(clean[0]))


def test_the_rows_of_a_rejected_article_go_with_it(planted_children, clean):
    assert record(clean[-1]) not in published(planted_children)
    ids = planted_children.children["entities"]["article_id"].to_pylist()
    assert clean[-1]["article_id"] not in ids
    assert record(clean[-1]) not in {row["record_id"] for row in planted_children.rejected}


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        (("title", "url"), "url_malformed"),
        (("title", "body"), "blocks_shifted"),
        (("language", "country"), "language_unknown"),
    ],
)
def test_swapped_columns_let_no_row_pass(clean, check, columns, rule):
    first, second = columns
    rows = [row | {first: row[second], second: row[first]} for row in clean]
    verdict = check(replace(as_day(DAY, clean), articles=staged(rows)))
    assert failed(verdict)[rule] == "critical"
    assert published(verdict) == {}


def test_what_cannot_be_put_down_to_a_row_breaks_the_day(clean, check):
    """A row without its article, rejected rows beyond the share, a document lost and an article without a document."""
    day = as_day(DAY, clean)
    quotes = [row | {"start": 1, "end": 6, "text": "?"} for row in day.children["quotes"].to_pylist()]
    orphan = quotes[0] | {"article_id": "f" * 32}
    documents = [day.documents[0] | {"state": State.SKIPPED}, *day.documents[1:]]
    children = dict(day.children) | {"quotes": QUOTES.arrow([*quotes, orphan])}
    changed = replace(day, articles=_uncounted(day.articles), documents=documents, landed=7, children=children)
    broken = check(changed, min_rows_for_share=6).broken
    assert [message.split(": not true")[0] for message in broken] == [
        "quotes: article_exists",
        "documents: conservation",
        "day: bad_quotes_share",
        "day: published_differs",
    ]
    assert f"{len(quotes)} rows of quotes are rejected" in broken[2]


def _uncounted(articles: Any) -> Any:
    return staged([row | {"entity_count": None, "quote_count": None} for row in articles.to_pylist()])


# ---- the day as a whole, and its documents

DAY_FAULTS = {
    "bad_share": ("critical", {"bad_share": 0.51}),
    "bad_entities_share": ("critical", {"bad_entities_share": 0.6}),
    "bad_quotes_share": ("critical", {"bad_quotes_share": 0.6}),
    "published_differs": ("critical", {"is_conserved": False}),
    "undated_share": ("warning", {"undated_share": 0.4}),
    "undetermined_share": ("warning", {"undetermined_share": 0.2}),
    "unenriched_share": ("warning", {"unenriched_share": 0.1}),
    "fresh_share": ("warning", {"fresh_share": 0.2}),
    "language_drift": ("warning", {"language_drift": 0.5}),
}
GOOD_DAY = {
    "bad_share": 0.5,
    "bad_entities_share": None,
    "bad_quotes_share": 0.0,
    "undated_share": 0.02,
    "undetermined_share": 0.0,
    "unenriched_share": 0.0,
    "fresh_share": 0.9,
    "language_drift": None,
}


def check_table(table: str, rows: list[Row], rules: Any, tmp_path: Path) -> dict[str, str]:
    findings = Audit(tmp_path).check(table, pd.DataFrame(rows), rules)
    return {finding.rule.name: finding.rule.severity for finding in findings if not finding.is_success}


@pytest.mark.parametrize("rule", DAY_FAULTS)
def test_a_fault_of_the_day_has_its_severity(rule, tmp_path):
    severity, fault = DAY_FAULTS[rule]
    row = {"record_id": "day"} | GOOD_DAY | {"is_conserved": True} | fault
    frame = pd.DataFrame([row]).astype(dict.fromkeys(GOOD_DAY, "float64")).to_dict("records")
    assert check_table("day", frame, day_rules(Quality(), 0.5), tmp_path) == {rule: severity}


DOCUMENT_FAULTS = {
    "conservation": lambda rows: rows[1:],
    "unique_key": lambda rows: [rows[0], rows[0], *rows[2:]],
    "state_unknown": lambda rows: [rows[0] | {"state": "lost"}, *rows[1:]],
    "reason_unknown": lambda rows: [rows[0] | {"reason": "no idea"}, *rows[1:]],
}


@pytest.mark.parametrize("rule", DOCUMENT_FAULTS)
def test_a_document_is_there_once_in_a_known_state(rule, clean, tmp_path):
    documents = DOCUMENT_FAULTS[rule]([document(row) for row in clean])
    assert check_table("documents", documents, document_rules(len(clean)), tmp_path) == {rule: "critical"}


# ---- sources, beside their own past

VOLUME = 40


@pytest.fixture(scope="module")
def past() -> Past:
    """Eight weeks of clean days of one source for each fault, with half of the volume at weekends."""
    return Past({day: _profiles(day) for day in days_before(DAY)})


def days_before(day: date) -> list[date]:
    return [day - timedelta(days=back) for back in range(PAST_DAYS, 0, -1)]


def _profiles(day: date) -> dict[str, Row]:
    volume = VOLUME // 2 if day.weekday() > 4 else VOLUME
    generated = generated_day(day, {"one": volume})
    (row,) = profile(generated.articles, generated.documents)
    return {name: row | {"source": name} for name in ("clean", *SOURCE_FAULTS)}


def _each(change: Any) -> Any:
    return lambda rows: [row | change(row, number) for number, row in enumerate(rows)]


def _cut(row: Row, _: int) -> Row:
    return with_body(row, [row["body"][:290]])


SOURCE_FAULTS = {
    "volume_low": ("warning", lambda rows: rows[: VOLUME // 10]),
    "volume_high": ("warning", lambda rows: rows * 4),
    "flagged_share": ("warning", _each(lambda row, n: {"quality_flags": ["low_agreement"]})),
    "unfinished_share": ("warning", _each(_cut)),
    "stale": (
        "warning",
        _each(lambda row, n: {"published_at": row["published_at"] and row["published_at"] - timedelta(9)}),
    ),
    "unexpected_language_share": ("warning", _each(lambda row, n: {"language": "it" if n % 2 else "fr"})),
    "language_mislabelled": ("critical", _each(lambda row, n: with_body(row, [ENGLISH, f"{row['title']} — {n}."]))),
    "length_changed": ("warning", _each(lambda row, n: {"word_count": row["word_count"] * 3})),
    "fill_rate_dropped": ("warning", _each(lambda row, n: {"byline": None, "authors": []})),
    "one_value": ("warning", _each(lambda row, n: {"deck": "Abonnez-vous à la newsletter"})),
}
ENGLISH = (
    "The harbour authority said on Tuesday that the dredging of the northern channel will begin in the spring and that "
    "the ferries will keep running while the work is done, although some of the evening crossings may be late."
)


@pytest.fixture(scope="module")
def source_findings(past, tmp_path_factory) -> Any:
    """The findings of a day on which each fault happens to a source of its own."""
    rows: list[Row] = []
    for name in ("clean", *SOURCE_FAULTS):
        fresh = generated_day(DAY, {"one": VOLUME}).articles.to_pylist()
        changed = SOURCE_FAULTS[name][1](fresh) if name in SOURCE_FAULTS else fresh
        rows += [row | {"source": name} for row in changed]
    articles = staged(rows)
    sources = [source(name, languages=("fr",)) for name in ("clean", *SOURCE_FAULTS)]
    profiles = profile(articles, [document(row) for row in rows])
    checks = Audit(tmp_path_factory.mktemp("report"))
    frame = source_frame(profiles, past, DAY, sources, mislabelled_shares(articles))
    return [
        *checks.check("sources", frame, source_rules(Quality())),
        *checks.check("source_fields", field_frame(profiles, past), field_rules(Quality())),
    ]


@pytest.mark.parametrize("rule", SOURCE_FAULTS)
def test_a_source_that_changes_is_found_and_named(source_findings, rule):
    findings = [one for one in source_findings if one.rule.name == rule and not one.is_success]
    assert {one.rule.severity for one in findings} == {SOURCE_FAULTS[rule][0]}
    assert any(rule in name.split(": ")[0] for one in findings for name in one.examples)


def test_a_source_like_always_raises_nothing(source_findings):
    assert not [one.rule.name for one in source_findings for name in one.rows if name.split(": ")[0] == "clean"]


def test_a_source_whose_documents_are_rejected_or_missing_is_found(past, tmp_path):
    dates = {"state": State.QUARANTINED, "reason": Reason.ABSURD_DATE}
    rows = generated_day(DAY, {"one": 20}).articles.to_pylist()
    documents = [document(row, **dates) | {"source": "stale"} for row in rows]
    profiles = profile(staged([]), documents, expected=["clean"])
    frame = source_frame(profiles, past, DAY, [], {})
    findings = Audit(tmp_path).check("sources", frame, source_rules(Quality()))
    found = {one.rule.name: one.rows for one in findings if not one.is_success}
    assert found == {"rejected_share": ["stale"], "volume_low": ["clean"]}


# ---- clean days


def clean_days(count: int) -> list[date]:
    return [DAY + timedelta(days=number) for number in range(count)]


@pytest.mark.parametrize(
    "count", [2, pytest.param(30, marks=[pytest.mark.long, pytest.mark.timeout(900)])], ids=["a few", "thirty"]
)
def test_no_clean_day_raises_anything_above_info(count, check):
    volumes = {"gazette": 30, "courrier": 12, "post": 20, "feuille": 2}
    languages = {"post": "en"}
    sources = [source(name, languages=(languages.get(name, "fr"),)) for name in volumes]
    before = {}
    for day in days_before(DAY):
        one = generated_day(day, _varied(volumes, day), 1, languages)
        before[day] = {row["source"]: row for row in profile(one.articles, one.documents)}
    for day in clean_days(count):
        verdict = check(
            generated_day(day, _varied(volumes, day), 1, languages), sources=sources, past=Past(dict(before))
        )
        assert {name: severity for name, severity in failed(verdict).items() if severity != "info"} == {}
        assert verdict.broken == []
        before[day] = {row["source"]: row for row in verdict.profiles}


def _varied(volumes: dict[str, int], day: date) -> dict[str, int]:
    """Half at weekends; besides, up to a third more or less."""
    half = 0.5 if day.weekday() > 4 else 1
    return {
        name: max(1, round(count * half * (1 + ((day.toordinal() * 7) % 13 - 6) / 18)))
        for name, count in volumes.items()
    }


def test_an_empty_day_raises_nothing(check):
    verdict = check(Day(DAY, staged([]), [], 0))
    assert (failed(verdict), verdict.broken, verdict.articles.num_rows) == ({}, [], 0)


# ---- the report, and the tuning


def test_every_run_leaves_a_report_and_a_row_for_each_rule(planted, data):
    tables = {"articles", "images", "entities", "quotes", "documents", "sources", "source_fields", "day"}
    page = Path(data / planted.report).read_text(encoding="utf-8")
    assert all(table in page for table in tables)
    checks = pd.DataFrame(finding.as_row("run") for finding in planted.findings)
    assert set(checks["table"]) == tables
    blank = checks[checks["expectation"] == "title_blank"].iloc[0]
    assert (blank["severity"], blank["unexpected_count"]) == ("critical", 1)
    assert "…" in blank["examples"]


def all_rules(quality: Quality) -> list[Any]:
    return [
        *article_rules(DAY, quality),
        *image_rules(quality),
        *child_rules(ENTITIES, quality),
        *child_rules(QUOTES, quality),
        *document_rules(1),
        *day_rules(quality, 0.5),
        *source_rules(quality),
        *field_rules(quality),
    ]


# ---- every promise of the schema


def rules_of(table: Table) -> list[Any]:
    rules = {ARTICLES: article_rules(DAY, Quality()), IMAGES: image_rules(Quality()), DOCUMENTS: document_rules(1)}
    return rules[table] if table in rules else child_rules(table, Quality())


def schema_faults(table: Table) -> dict[str, Row]:
    """A fault for each promise that the schema makes of a column, by the name of its rule."""
    faults: dict[str, Row] = {}
    for column in table.columns:
        if column.required:
            faults[f"{column.name}_missing"] = {column.name: None}
        if column.values:
            faults[f"{column.name}_unknown"] = {column.name: "no such value"}
        if column.low is not None or column.high is not None:
            beyond = column.low - 1 if column.low is not None else column.high + 1
            faults[f"{column.name}_out_of_range"] = {column.name: beyond}
    return faults


@pytest.mark.parametrize("table", [ARTICLES, IMAGES, ENTITIES, QUOTES, DOCUMENTS], ids=lambda table: table.name)
def test_every_promise_of_the_schema_is_kept_by_a_rule_of_its_own(table, clean, tmp_path):
    row = next(row for row in clean if row["images"])
    good = {
        ARTICLES: row, IMAGES: images_of(row)[0], ENTITIES: mentions(row)[0], QUOTES: quotations(row)[0],
        DOCUMENTS: document(row),
    }[table]  # fmt: skip
    faults = schema_faults(table)
    assert len(faults) >= 4
    frame = pd.DataFrame([{"record_id": name} | good | {"row": name} | fault for name, fault in faults.items()])
    frame["record_id"] = frame["row"]
    rules = [rule for rule in rules_of(table) if rule.name in faults and rule.name != "record_id_missing"]
    found = {one.rule.name: one for one in Audit(tmp_path).check(table.name, frame, rules)}
    assert {name: (one.rule.severity, one.rows) for name, one in found.items()} == {
        name: ("critical", [name]) for name in faults if name != "record_id_missing"
    }


def test_what_must_be_there_once_is_found_where_it_is_twice(clean, tmp_path):
    twice = [row | {"record_id": str(n), "content_hash": "0" * 64} for n, row in enumerate(clean[:2])]
    rules = [rule for rule in article_rules(DAY, Quality()) if rule.name == "content_twice"]
    assert check_table("articles", twice, rules, tmp_path / "articles") == {"content_twice": "critical"}
    name = mentions(clean[0])[0]
    spans = [name | {"record_id": str(n), "mention_id": n} for n in (1, 2)]
    rules = [rule for rule in child_rules(ENTITIES, Quality()) if rule.name in ("span_twice", "unique_key")]
    assert check_table("entities", spans, rules, tmp_path / "entities") == {"span_twice": "critical"}


def test_what_can_be_tuned_is_what_judges():
    assert {rule.name for rule in all_rules(Quality()) if rule.is_judgement} == set(JUDGEMENTS)


def test_every_planted_fault_names_a_rule_and_there_are_forty():
    planted = {*FAULTS, *CHILD_FAULTS, *DAY_FAULTS, *DOCUMENT_FAULTS, *SOURCE_FAULTS}
    assert planted <= {rule.name for rule in all_rules(Quality())}
    assert len(planted) >= 40


def test_a_source_has_its_own_limits_and_severities(tmp_path):
    override = {
        "reason": "briefs",
        "limits": {"min_body_words": 10},
        "severity": {"title_too_long": "critical", "url_malformed": "off"},
    }
    quality = Quality(sources={"briefs": Override.model_validate(override)})
    names = ("short_body", "title_too_long", "url_malformed")

    def rules() -> list[Any]:
        return [rule for rule in article_rules(DAY, quality) if rule.name in names]

    row = {"record_id": "1", "word_count": 12, "title": "mot " * 100, "url": "none"}
    own = check_table("articles", [row | {"source": "briefs"}], rules(), tmp_path)
    others = check_table("articles", [row | {"source": "other"}], rules(), tmp_path)
    assert own == {"title_too_long": "critical"}
    assert others == {"short_body": "warning", "title_too_long": "warning", "url_malformed": "critical"}
