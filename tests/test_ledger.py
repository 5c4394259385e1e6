"""The books: each run its ledger; the quarantine remembers, counts attempts, and is resolved, never erased."""

from datetime import date

import pytest

from news_etl.ledger import count_reasons, count_states, hold, read_ledger, read_quarantine, write_books
from news_etl.outcome import Reason, State

DAY = date(2025, 11, 4)


def document(identity: str, state: State = State.PUBLISHED, reason: Reason | None = None, message: str | None = None):
    return {
        "record_id": identity,
        "source": "s",
        "path": f"{identity}.txt",
        "raw_pointer": {"file": "f", "record_id": identity, "sha256": "0"},
        "state": state,
        "reason": reason,
        "step": "extract" if reason else None,
        "message": message,
        "article_id": None,
        "revision": None,
        "duplicate_of": None,
    }


def bad(identity: str, message: str = "why"):
    return document(identity, State.QUARANTINED, Reason.NO_TITLE, message)


def quarantine(store):
    return {row["record_id"]: row for row in read_quarantine(store, DAY)}


def test_every_state_is_counted_also_with_none():
    documents = [document("1"), document("2"), bad("3"), document("4", State.SKIPPED, Reason.REVISIT)]
    assert count_states(documents) == {"published": 2, "duplicate": 0, "quarantined": 1, "skipped": 1, "held": 0}
    assert count_reasons(documents) == {"quarantined: no_title": 1, "skipped: revisit": 1}
    assert sum(count_states([]).values()) == 0


def test_a_failed_day_holds_its_good_documents_and_the_others_stay_what_they_are():
    documents = [document("1"), bad("2"), document("3", State.DUPLICATE, Reason.EXACT_DUPLICATE)]
    held = hold(documents, "validate", "too short")
    assert [row["state"] for row in held] == [State.HELD, State.QUARANTINED, State.DUPLICATE]
    assert (held[0]["reason"], held[0]["step"], held[0]["message"]) == (Reason.DAY_FAILED, "validate", "too short")
    assert documents[0]["state"] == State.PUBLISHED


def test_each_run_keeps_its_own_ledger(store):
    write_books(store, DAY, "run 1", [document("1")])
    write_books(store, DAY, "run 2", [document("1"), bad("2")])
    assert read_ledger(store, DAY, "run 1").num_rows == 1
    second = read_ledger(store, DAY, "run 2").to_pylist()
    assert [(row["record_id"], row["run_id"], row["state"]) for row in second] == [
        ("1", "run 2", "published"),
        ("2", "run 2", "quarantined"),
    ]


def test_a_rejected_document_enters_the_quarantine_with_all_that_helps(store):
    write_books(store, DAY, "r1", [document("1"), bad("2", "no headline in it")])
    (entry,) = quarantine(store).values()
    assert (entry["record_id"], entry["step"], entry["reason"]) == ("2", "extract", "no_title")
    assert (entry["message"], entry["attempts"], entry["is_resolved"]) == ("no headline in it", 1, False)
    assert entry["first_seen_at"] == entry["last_seen_at"]
    assert entry["raw_pointer"] == {"file": "f", "record_id": "2", "sha256": "0"}


def test_a_retry_of_the_same_run_is_no_new_attempt_and_another_run_is(store):
    write_books(store, DAY, "r1", [bad("1")])
    first = quarantine(store)["1"]
    write_books(store, DAY, "r1", [bad("1")])
    assert quarantine(store)["1"]["attempts"] == 1
    write_books(store, DAY, "r2", [bad("1", "still no title")])
    again = quarantine(store)["1"]
    assert (again["attempts"], again["run_id"], again["message"]) == (2, "r2", "still no title")
    assert again["first_seen_at"] == first["first_seen_at"] < again["last_seen_at"]


def test_what_is_mended_is_resolved_and_stays_in_the_book(store):
    write_books(store, DAY, "r1", [bad("1"), bad("2")])
    write_books(store, DAY, "r2", [document("1"), bad("2")])
    entries = quarantine(store)
    assert (entries["1"]["is_resolved"], entries["1"]["attempts"], entries["1"]["run_id"]) == (True, 1, "r1")
    assert (entries["2"]["is_resolved"], entries["2"]["attempts"]) == (False, 2)


def test_what_breaks_again_is_open_again(store):
    for run, documents in (("r1", [bad("1")]), ("r2", [document("1")]), ("r3", [bad("1")])):
        write_books(store, DAY, run, documents)
    entry = quarantine(store)["1"]
    assert (entry["is_resolved"], entry["attempts"]) == (False, 2)


def test_a_rejected_row_stands_beside_its_document_and_is_resolved_alone(store):
    row = bad("1") | {"table": "quotes", "row_id": 3, "content": '{"text": "Non"}', "step": "validate"}
    write_books(store, DAY, "r1", [document("1"), bad("2")], [row])
    by_table = {entry["table"]: entry for entry in read_quarantine(store, DAY)}
    assert (by_table["documents"]["record_id"], by_table["documents"]["row_id"]) == ("2", 0)
    assert (by_table["quotes"]["record_id"], by_table["quotes"]["row_id"]) == ("1", 3)
    assert by_table["quotes"]["content"] == '{"text": "Non"}'
    write_books(store, DAY, "r2", [document("1"), bad("2")])
    resolved = {entry["table"]: entry["is_resolved"] for entry in read_quarantine(store, DAY)}
    assert resolved == {"documents": False, "quotes": True}


def test_days_do_not_touch_one_another(store):
    write_books(store, DAY, "r1", [bad("1")])
    write_books(store, date(2025, 11, 5), "r1", [])
    assert quarantine(store).keys() == {"1"}
    assert read_quarantine(store, date(2025, 11, 6)) == []


def test_an_unknown_column_is_refused(store):
    with pytest.raises(ValueError, match="no column typo"):
        write_books(store, DAY, "r1", [document("1") | {"typo": 1}])
