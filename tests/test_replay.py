"""Replay: what was asked for is put through again; what is mended is resolved, what is hopeless stays aside."""

import json
from datetime import date

import pytest

from news_etl.day import run_day
from news_etl.ledger import write_books
from news_etl.outcome import Reason, State
from news_etl.quality import Override
from news_etl.replay import ReplayError, Selection, is_poison, waiting

DAY, NEXT = date(2025, 11, 4), date(2025, 11, 5)


def bad(identity, source="gazette", reason=Reason.NO_TITLE):
    pointer = {"file": "f", "record_id": identity, "sha256": "0"}
    place = {"record_id": identity, "source": source, "path": f"{identity}.txt", "raw_pointer": pointer}
    verdict = {"state": State.QUARANTINED, "reason": reason, "step": "clean", "message": "why"}
    return place | verdict | dict.fromkeys(("article_id", "revision", "duplicate_of"))


@pytest.fixture
def filled(store):
    """Three entries on one day, of two sources and reasons; one on the next, rejected for the third time."""
    write_books(store, DAY, "r1", [bad("1"), bad("2", "courrier"), bad("3", reason=Reason.ABSURD_DATE)])
    for run in ("r1", "r2", "r3"):
        write_books(store, NEXT, run, [bad("4")])
    return store


def found(store, start="2025-11-04", end="2025-11-05", **choice):
    selected = waiting(store, Selection.of(start, end, **choice), 3)
    return {one.day.day: (len(one.entries), len(one.poison)) for one in selected}


def test_the_days_that_hold_something_are_found_and_poison_is_set_aside(filled):
    assert found(filled) == {4: (3, 0), 5: (0, 1)}
    assert found(filled, with_poison=True) == {4: (3, 0), 5: (1, 0)}


def test_a_reason_a_source_and_a_range_narrow_the_choice(filled):
    assert found(filled, reason="absurd_date") == {4: (1, 0)}
    assert found(filled, source="courrier") == {4: (1, 0)}
    assert found(filled, end=None, source="gazette") == {4: (2, 0)}


def test_what_is_resolved_is_neither_waiting_nor_poison(filled):
    write_books(filled, NEXT, "r4", [])
    assert found(filled, start="2025-11-05") == {}
    assert not is_poison({"is_resolved": True, "attempts": 9}, 3)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"start": "yesterday"}, "are no days"),
        ({"start": "2025-11-05", "end": "2025-11-04"}, "before it begins"),
        ({"start": "2025-11-05", "reason": "bad_luck"}, "there is no reason 'bad_luck'"),
    ],
)
def test_a_selection_that_cannot_be_meant_is_refused(choice, message):
    with pytest.raises(ReplayError, match=message):
        Selection.of(**choice)


def test_after_its_cause_is_mended_the_command_replays_and_says_what_became_of_it(
    run_over, filed, line, monkeypatch, tmp_path, news_etl, sources_file
):
    ahead = line("Le salon nautique de 2026", published_at="2026-11-04T08:00:00Z")
    inbox = filed({"a.jsonl": line() + ahead, "b.txt": b"\x00\x01\x02"})
    dict(run_day(run_over(inbox)))
    override = {"reason": "an almanac", "limits": {"max_days_ahead": 400}}
    monkeypatch.setenv("NEWS_ETL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv(
        "NEWS_ETL_SOURCES", str(sources_file(inbox.model_copy(update={"quality": Override.model_validate(override)})))
    )
    code, output, _ = news_etl("replay", "--from", "2025-11-04", "--dry-run")
    assert (code, json.loads(output)) == (0, {"day": "2025-11-04", "waiting": 2, "poison": 0})
    code, output, _ = news_etl("replay", "--from", "2025-11-04")
    assert code == 0
    assert json.loads(output) == {
        "day": "2025-11-04",
        "replayed": 2,
        "resolved": 1,
        "rejected": {"binary_content": 1},
        "poison": 0,
    }
