"""Planted faults: each is caught by its rule, with its severity, and clean rows raise nothing."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from news_etl.outcome import Reason, State
from news_etl.schema import ENTITIES, QUOTES
from news_etl.settings import Settings
from news_etl.sources import Inbox
from news_etl.store import Store
from news_etl.validate import Day, Verdict, audit

DAY = date(2025, 11, 4)
SOURCES = [Inbox(id="inbox", kind="inbox", path="inbox/{date}/*", languages=("fr",))]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def day(article_row) -> Day:
    """Four clean articles of one source, and what the ledger says of them so far."""
    published = {"published_at": datetime(2025, 11, 4, 6, tzinfo=UTC), "published_precision": "minute"}
    rows = [
        article_row(title=f"Titre numéro {n}", path=f"{n}.html", url=f"https://example.org/{n}")
        | published
        | {"sentence_count": 4, "token_count": 90, "enrichment": "full", "language": "fr"}
        for n in range(4)
    ]
    return Day(DAY, rows, [document(row) for row in rows], len(rows))


def document(row: Row, **fields: Any) -> Row:
    empty = dict.fromkeys(("reason", "step", "message", "duplicate_of"))
    identity = row["raw_pointer"]["record_id"]
    return (
        empty
        | {"record_id": identity, "source": row["source"], "path": identity, "raw_pointer": row["raw_pointer"]}
        | {"state": State.PUBLISHED, "article_id": row["article_id"], "revision": row["revision"]}
        | fields
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def check(data) -> Any:
    def run(day: Day, **changes: Any) -> Verdict:
        return audit(Store(str(data)), replace(Settings(data=str(data)), **changes), SOURCES, day, "run")

    return run


def failed(verdict: Verdict) -> dict[str, str]:
    return {finding.rule.name: finding.rule.severity for finding in verdict.findings if not finding.is_success}


def test_a_clean_day_raises_nothing(day, check):
    verdict = check(day)
    assert failed(verdict) == {}
    assert verdict.broken == []
    assert verdict.rows == day.rows


def test_an_empty_day_raises_nothing(check):
    verdict = check(Day(DAY, [], [], 0))
    assert (failed(verdict), verdict.broken, verdict.rows) == ({}, [], [])


def test_a_day_without_a_publication_time_raises_nothing_above_info(day, check):
    rows = [row | {"published_at": None} for row in day.rows]
    assert failed(check(replace(day, rows=rows))) == {"published_at_missing": "info"}


CRITICAL = {
    "title_missing": {"title": None},
    "title_blank": {"title": " … "},
    "body_blank": {"body": "***", "blocks": [{"kind": "paragraph", "text": "***", "start": 0, "end": 3}]},
    "language_unknown": {"language": "klingon"},
    "article_id_malformed": {"article_id": "12"},
    "content_hash_malformed": {"content_hash": "not a hash"},
    "url_malformed": {"url": "javascript:alert(1)"},
    "canonical_url_malformed": {"canonical_url": "/relative"},
    "published_at_absurd": {"published_at": datetime(2031, 1, 1, tzinfo=UTC)},
    "published_precision_unknown": {"published_precision": "century"},
    "access_unknown": {"access": "maybe"},
    "enrichment_unknown": {"enrichment": "some"},
    "word_count_out_of_range": {"word_count": 0},
    "language_confidence_out_of_range": {"language_confidence": 1.5},
    "revision_out_of_range": {"revision": 0},
    "blocks_shifted": {"blocks": [{"kind": "paragraph", "text": "Le conseil", "start": 3, "end": 13}]},
    "body_length": {"body": "x " * 300_000, "blocks": [{"kind": "paragraph", "text": "x", "start": 0, "end": 1}]},
    "extractor_missing": {"extractor": None},
}
WARNING = {
    "title_length": {"title": "mot " * 100},
    "short_body": {"word_count": 12},
    "language_undetermined": {"language": "und"},
    "unexpected_language": {"language": "en"},
    "damaged_characters": {"body": "Le conseil \ufffd a dit", "blocks": None},
    "markup_in_body": {"body": "Le conseil <br/> a dit", "blocks": None},
}


@pytest.fixture(scope="module")
def planted(day, check) -> Verdict:
    """A day with one row for each fault beside the clean ones; a row's record id is the name of its fault."""
    faulty = [_planted(day.rows[0], name, number, fault) for number, (name, fault) in enumerate(FAULTS.items())]
    rows = [*day.rows, *faulty]
    return check(Day(DAY, rows, [document(row) for row in rows], len(rows)), min_rows_for_share=100)


def _planted(row: Row, name: str, number: int, fault: Row) -> Row:
    row = row | {"article_id": f"{number:032x}", "raw_pointer": row["raw_pointer"] | {"record_id": name}} | fault
    if row["blocks"] is None:
        row["blocks"] = [{"kind": "paragraph", "text": row["body"], "start": 0, "end": len(row["body"])}]
    return row


FAULTS = CRITICAL | WARNING


@pytest.mark.parametrize("rule", CRITICAL)
def test_a_row_that_breaks_a_critical_rule_is_quarantined(planted, rule):
    assert failed(planted)[rule] == "critical"
    (rejected,) = (row for row in planted.documents if row["record_id"] == rule)
    assert (rejected["state"], rejected["reason"]) == (State.QUARANTINED, Reason.FAILED_EXPECTATION)
    assert rule in rejected["message"]
    assert rule not in {row["raw_pointer"]["record_id"] for row in planted.rows}


@pytest.mark.parametrize("rule", WARNING)
def test_a_row_that_breaks_a_warning_is_published_with_a_flag(planted, rule):
    assert failed(planted)[rule] == "warning"
    (flagged,) = (row for row in planted.rows if row["raw_pointer"]["record_id"] == rule)
    assert rule in flagged["quality_flags"]


def test_clean_rows_beside_faulty_ones_are_published_as_they_are(planted, day):
    assert planted.broken == []
    assert planted.rows[:4] == day.rows
    assert len(planted.rows) == 4 + len(WARNING)


def test_the_same_key_twice_takes_both_rows_out(day, check):
    twin = day.rows[1] | {"article_id": day.rows[0]["article_id"]}
    verdict = check(replace(day, rows=[day.rows[0], twin, *day.rows[2:]]))
    assert failed(verdict)["unique_key"] == "critical"
    assert len(verdict.rows) == 2


def test_a_duplicate_of_a_rejected_row_is_rejected_with_it(day, check):
    copy = document(day.rows[0], record_id="copy", state=State.DUPLICATE, reason=Reason.EXACT_DUPLICATE)
    copy["duplicate_of"] = day.documents[0]["record_id"]
    rows = [day.rows[0] | {"title": " … "}, *day.rows[1:]]
    verdict = check(Day(DAY, rows, [*day.documents, copy], 5))
    assert [row["state"] for row in verdict.documents].count(State.QUARANTINED) == 2
    assert verdict.broken == []


# ---- names and quotations


def mention(row: Row, number: int, **fields: Any) -> Row:
    place = {"field": "body", "start": 3, "end": 10, "text": row["body"][3:10]}
    return (
        {"article_id": row["article_id"], "revision": row["revision"], "mention_id": number}
        | place
        | {"label": "ORG", "entity_id": 1, "name": "conseil", "is_in_quote": False, "model": "m 1"}
        | fields
    )


def quotation(row: Row, number: int, **fields: Any) -> Row:
    place = {"field": "title", "start": 0, "end": 5, "text": row["title"][:5]}
    return (
        {"article_id": row["article_id"], "revision": row["revision"], "quote_id": number}
        | place
        | {"kind": "direct", "speaker_kind": "person", "speaker_entity_id": 1}
        | {"attribution": "incise", "confidence": 0.9, "model": "m 1"}
        | fields
    )


CHILD_FAULTS = {
    "text_shifted": ("quotes", {"start": 1, "end": 6}),
    "text_blank": ("quotes", {"start": 5, "end": 6, "text": " "}),
    "end_out_of_range": ("quotes", {"start": 0, "end": 0, "text": ""}),
    "kind_unknown": ("quotes", {"kind": "free"}),
    "speaker_kind_unknown": ("quotes", {"speaker_kind": "robot"}),
    "speaker_unknown": ("quotes", {"speaker_entity_id": 9}),
    "confidence_out_of_range": ("quotes", {"confidence": 1.2}),
    "label_unknown": ("entities", {"label": "GPE"}),
    "latitude_out_of_range": ("entities", {"latitude": 91.0}),
    "field_unknown": ("entities", {"field": "footer"}),
    "gender_unknown": ("entities", {"gender": "n"}),
}


@pytest.fixture(scope="module")
def found(day) -> dict[str, Any]:
    """Two clean names and two clean quotations of each article."""
    return {
        "entities": [mention(row, number) for row in day.rows for number in (1, 2)],
        "quotes": [quotation(row, number) for row in day.rows for number in (1, 2)],
    }


def arrow(found: dict[str, list[Row]]) -> dict[str, Any]:
    return {"entities": ENTITIES.arrow(found["entities"]), "quotes": QUOTES.arrow(found["quotes"])}


@pytest.fixture(scope="module")
def planted_children(day, found, check) -> Verdict:
    """The clean rows and, in the first article, one row for each fault, numbered from 100."""
    faulty: dict[str, list[Row]] = {"entities": [], "quotes": []}
    for number, (table, fault) in enumerate(CHILD_FAULTS.values(), start=100):
        make = mention if table == "entities" else quotation
        faulty[table].append(make(day.rows[0], number, **fault))
    children = arrow({name: found[name] + faulty[name] for name in found})
    return check(replace(day, children=children), min_rows_for_share=100)


def test_clean_names_and_quotations_raise_nothing(day, found, check):
    verdict = check(replace(day, children=arrow(found)))
    assert (failed(verdict), verdict.broken, verdict.rejected) == ({}, [], [])
    assert {name: table.num_rows for name, table in verdict.children.items()} == {"entities": 8, "quotes": 8}


@pytest.mark.parametrize("rule", CHILD_FAULTS)
def test_a_bad_row_is_taken_out_alone_and_its_article_is_flagged(planted_children, day, rule):
    table = CHILD_FAULTS[rule][0]
    number = 100 + list(CHILD_FAULTS).index(rule)
    (rejected,) = (row for row in planted_children.rejected if row["row_id"] == number)
    assert rejected["table"] == table
    assert rule in rejected["message"]
    assert rejected["record_id"] == day.rows[0]["raw_pointer"]["record_id"]
    identity = "mention_id" if table == "entities" else "quote_id"
    assert json.loads(rejected["content"])[identity] == number
    assert number not in planted_children.children[table][identity].to_pylist()
    assert f"{table}_rejected" in planted_children.rows[0]["quality_flags"]


def test_the_good_rows_beside_bad_ones_are_published(planted_children, day):
    assert planted_children.broken == []
    assert {name: table.num_rows for name, table in planted_children.children.items()} == {"entities": 8, "quotes": 8}
    assert planted_children.rows[1:] == day.rows[1:]


def test_the_rows_of_a_rejected_article_go_with_it(day, found, check):
    rows = [day.rows[0] | {"title": " … "}, *day.rows[1:]]
    verdict = check(replace(day, rows=rows, children=arrow(found)))
    assert {name: table.num_rows for name, table in verdict.children.items()} == {"entities": 6, "quotes": 6}
    assert (verdict.broken, verdict.rejected) == ([], [])


def test_a_row_without_its_article_breaks_the_day(day, found, check):
    orphan = found["quotes"][0] | {"article_id": "f" * 32}
    (message,) = check(replace(day, children=arrow(found | {"quotes": [orphan]}))).broken
    assert message.startswith("quotes: article_exists")


def test_a_share_of_bad_rows_breaks_the_day(day, found, check):
    bad = [row | {"start": 1, "end": 6} for row in found["quotes"]]
    verdict = check(replace(day, children=arrow(found | {"quotes": bad})), min_rows_for_share=8)
    (message,) = verdict.broken
    assert message.startswith("8 of 8 rows of quotes are rejected")


BROKEN = {
    "a landed document without a state": lambda day: replace(day, landed=5),
    "a document in two states": lambda day: replace(day, documents=[*day.documents, day.documents[0]], landed=5),
    "a state that is not known": lambda day: replace(
        day, documents=[day.documents[0] | {"state": "lost"}, *day.documents[1:]]
    ),
    "an article that no document became": lambda day: replace(
        day, documents=[day.documents[0] | {"state": State.SKIPPED}, *day.documents[1:]]
    ),
    "a published document without an article": lambda day: replace(day, rows=day.rows[1:]),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_day_that_does_not_conserve_its_documents_is_broken(day, check, fault):
    assert check(BROKEN[fault](day)).broken


def test_a_share_of_bad_documents_breaks_a_day_from_twenty_documents_up(day, check):
    def with_bad(good: int, bad: int) -> Day:
        rows = (day.rows * 10)[:good]
        rows = [
            row | {"article_id": f"{n:032x}", "raw_pointer": row["raw_pointer"] | {"record_id": f"g{n}"}}
            for n, row in enumerate(rows)
        ]
        rejected = {"state": State.QUARANTINED, "reason": Reason.NO_TITLE, "step": "clean", "message": "no title"}
        documents = [document(row) for row in rows]
        documents += [document(day.rows[0], **rejected) | {"record_id": f"b{n}"} for n in range(bad)]
        return Day(DAY, rows, documents, len(documents))

    assert check(with_bad(8, 11)).broken == []
    (message,) = check(with_bad(8, 12)).broken
    assert "12 of 20 documents are quarantined (no_title 12)" in message
    assert check(with_bad(10, 10)).broken == []
    assert check(with_bad(10, 10), max_bad_share=0.4).broken


TABLES = {"articles", "images", "entities", "quotes", "documents"}


def test_every_run_leaves_a_report_and_a_row_for_each_rule(day, check, data):
    verdict = check(replace(day, rows=[day.rows[0] | {"title": " … "}, *day.rows[1:]]))
    page = Path(data / verdict.report).read_text(encoding="utf-8")
    assert all(table in page for table in TABLES)
    checks = pd.DataFrame(finding.as_row("run") for finding in verdict.findings)
    assert set(checks["table"]) == TABLES
    broken = checks[~checks.is_success]
    assert broken.expectation.tolist() == ["title_blank"]
    assert broken.unexpected_count.tolist() == [1]
    assert "…" in broken.examples.iloc[0]
