"""Decisions by hand: who, why and when stay on record; every later run honours them, and no backfill undoes them."""

from datetime import UTC, datetime

import pytest

from news_etl.day import run_day
from news_etl.decisions import DecisionError, in_force, read_log, release, revoke, take_down
from news_etl.ledger import read_ledger, read_quarantine

WHEN = datetime(2025, 11, 5, 9, tzinfo=UTC)


@pytest.fixture
def run(run_over, filed, line):
    """A run of a day with a good article, its copy in another source, and one that is dated a year ahead."""
    ahead = line("Le salon nautique de 2026", published_at="2026-11-04T08:00:00Z")
    sources = [
        filed({"a.jsonl": line(url="https://gazette.example/a") + ahead}, "gazette"),
        filed({"b.jsonl": line()}, "courrier"),
    ]
    return lambda name: run_over(*sources, run_id=name)


def titles(run) -> list[str]:
    path = run.store.part("articles", run.day, 0)
    return sorted(run.store.read_table(path)["title"].to_pylist())


def states(run) -> dict[str, str]:
    rows = read_ledger(run.store, run.day, run.run_id).to_pylist()
    return {f"{row['source']} {row['path']}": row["reason"] or row["state"] for row in rows}


def test_a_released_document_is_published_by_every_later_run(run):
    first = run("first")
    dict(run_day(first))
    (entry,) = read_quarantine(first.store, first.day)
    assert entry["reason"] == "absurd_date"
    release(first.store, entry, "Nadia", "it is the date of the fair", WHEN)
    for name in ("second", "third"):
        again = run(name)
        dict(run_day(again))
        assert titles(again) == ["Le salon nautique de 2026", "Vaubrisse rénove son école de voile"]
    assert read_quarantine(again.store, again.day)[0]["is_resolved"]
    (published,) = (
        row
        for row in again.store.read_table(again.store.part("articles", again.day, 0)).to_pylist()
        if row["title"].startswith("Le salon")
    )
    assert "released" in published["quality_flags"]


def test_what_is_taken_down_stays_away_with_its_copies_until_it_is_revoked(run):
    first = run("first")
    dict(run_day(first))
    decision = take_down(first.store, "https://gazette.example/a", "Paul", "right of reply, case 12", WHEN)
    second = run("second")
    dict(run_day(second))
    assert titles(second) == []
    found = states(second)
    assert list(found.values()).count("taken_down") == 2
    message = read_ledger(second.store, second.day, "second")["message"].to_pylist()
    assert any("Paul" in text and "case 12" in text and decision.id in text for text in message if text)
    revoke(second.store, decision.id, "Paul", "settled", WHEN)
    third = run("third")
    dict(run_day(third))
    assert titles(third) == ["Vaubrisse rénove son école de voile"]


def test_decisions_are_kept_for_ever_with_who_why_and_when(store):
    decision = take_down(store, "a" * 32, "Nadia", "court order", WHEN)
    revoke(store, decision.id, "Paul", "lifted", WHEN.replace(day=6))
    log = [(one.kind, one.who, one.why, one.when) for one in read_log(store)]
    assert log == [
        ("take_down", "Nadia", "court order", "2025-11-05T09:00:00+00:00"),
        ("revoke", "Paul", "lifted", "2025-11-06T09:00:00+00:00"),
    ]
    assert in_force(store).taken_down == ()


@pytest.mark.parametrize(
    ("reason", "message"),
    [("binary_content", "this is binary data"), ("failed_expectation", "unique_key: not true that it is unique")],
)
def test_what_nobody_can_decide_otherwise_is_not_released(store, reason, message):
    entry = {"record_id": "1", "source": "s", "path": "a.txt", "reason": reason, "message": message}
    with pytest.raises(DecisionError, match=r"a\.txt cannot be released"):
        release(store, entry, "Nadia", "please", WHEN)
    assert read_log(store) == []


@pytest.mark.parametrize(("who", "why"), [("", "because"), ("Nadia", " ")])
def test_a_decision_needs_a_name_and_a_reason(store, who, why):
    with pytest.raises(DecisionError, match="name and a reason"):
        take_down(store, "a" * 32, who, why, WHEN)


def test_a_decision_that_cannot_be_read_is_named_instead_of_forgotten(store):
    store.write_bytes(store.decision("broken"), b"{")
    with pytest.raises(DecisionError, match=r"broken\.json is no decision"):
        in_force(store)


def test_a_decision_that_is_not_there_cannot_be_revoked(store):
    with pytest.raises(DecisionError, match="there is no decision"):
        revoke(store, "nothing", "Nadia", "why", WHEN)
