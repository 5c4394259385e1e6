"""Feed health: a source that is quieter than it uses to be, or silent, or dead, is seen with the figures."""

from datetime import UTC, date, datetime, timedelta

import pytest

from news_etl.collect import collect
from news_etl.collect.health import examine, source_day, write_fetch_log
from news_etl.collect.web import Collected
from news_etl.fetch import Fetched, FetchReason
from news_etl.outcome import SourceStatus
from news_etl.schema import SOURCE_DAYS
from news_etl.sources import Feed, Inbox

DAY = date(2025, 11, 4)
INBOX = Inbox(id="src", kind="inbox", path="x/{date}/*")
FEED = Feed(id="src", kind="feed", url="https://x.example/feed")


def known(store, day: date, documents: int, **fields):
    """What a run wrote of a day."""
    row = {
        "run_id": "before", "source": "src", "kind": "inbox", "status": "collected", "documents": documents,
        "new": 0, "unchanged": 0, "failed": 0, "robots_denied": 0, "reasons": [],
    }  # fmt: skip
    store.write_table(store.ops(SOURCE_DAYS.name, day, "before--src"), SOURCE_DAYS.arrow([row | fields]))


def examined(store, documents: int, status: str = "collected", source=INBOX, day: date = DAY):
    found = examine(store, source, day, {"status": status, "documents": documents}, "now")
    return found, source_day(store, "src", day)


def weeks(store, *counts: int) -> None:
    for week, count in enumerate(counts, start=1):
        known(store, DAY - timedelta(weeks=week), count)


def test_a_source_quiet_against_the_same_weekday_is_a_warning_with_the_figures(store, caplog):
    weeks(store, 30, 28, 33)
    for back in range(1, 7):
        known(store, DAY - timedelta(days=back), 2)  # the other days of the week say nothing
    found, row = examined(store, 4)
    assert found == {"status": "quiet", "message": "4 documents, where 30 are usual on this weekday"}
    assert (row["status"], row["usual"], row["documents"]) == ("quiet", 30, 4)
    assert "src 2025-11-04 is quiet: 4 documents, where 30 are usual" in caplog.text


@pytest.mark.parametrize(
    ("counts", "documents"),
    [
        ((30, 28, 33), 12),  # less, but no third
        ((30, 28), 0),  # too few weeks to know
        ((4, 4, 3), 0),  # a source of few articles
        ((30, 0, 0, 28), 0),  # days without any tell that nothing was running
    ],
)
def test_what_may_be_chance_is_no_warning(store, counts, documents):
    weeks(store, *counts)
    assert examined(store, documents)[0]["status"] == "collected"


def test_a_public_holiday_among_the_weeks_does_not_hide_what_is_usual(store):
    weeks(store, 1, 30, 30, 30)
    assert examined(store, 3)[0]["status"] == "quiet"


@pytest.mark.parametrize("status", ["not_expected", "not_available", "failed"])
def test_only_what_was_collected_can_be_quiet(store, status):
    weeks(store, 30, 30, 30)
    assert examined(store, 0, status)[0]["status"] == status


def test_silence_is_counted_from_its_first_day(store):
    known(store, DAY - timedelta(days=4), 7)
    for back in (3, 2):  # no run on the day before
        examined(store, 0, "empty", day=DAY - timedelta(days=back))
    assert examined(store, 0, "empty")[1]["silent_since_date"] == DAY - timedelta(days=3)
    assert examined(store, 5)[1]["silent_since_date"] is None


def test_days_on_which_nothing_is_expected_are_no_silence(store, filed):
    collect(store, filed({"a.txt": b"x"}, "src", days=["2025-11-04"]), date(2025, 11, 5))
    row = source_day(store, "src", date(2025, 11, 5))
    assert (row["status"], row["silent_since_date"]) == (SourceStatus.NOT_EXPECTED, None)


def fetched(store, run_id: str, *answers: tuple[str, FetchReason, int], day: date = DAY) -> None:
    log = Collected(None, None)  # type: ignore[arg-type]
    for path, reason, hour in answers:
        at = datetime(2025, 11, 4, hour, tzinfo=UTC)
        url = f"https://x.example{path}"
        kind, offered = ("listing", {"offered": hour}) if path == "/feed" else ("page", {})
        log.note(kind, Fetched(url, url, reason, fetched_at=at), **offered)
    write_fetch_log(store, "src", run_id, log.log, day)


def test_the_fetches_of_all_runs_of_a_day_are_summed_up(store):
    ok, gone, denied = FetchReason.OK, FetchReason.HTTP_STATUS, FetchReason.ROBOTS_DENIED
    fetched(store, "one", ("/feed", ok, 8), ("/a", ok, 8), ("/b", gone, 8), ("/c", denied, 8))
    fetched(store, "two", ("/feed", FetchReason.NOT_MODIFIED, 9), ("/b", ok, 9), ("/a", FetchReason.UNCHANGED, 9))
    fetched(store, "other day", ("/d", gone, 9), day=date(2025, 11, 5))
    row = examined(store, 2, source=FEED)[1]
    assert {name: row[name] for name in ("offered", "new", "unchanged", "failed", "robots_denied")} == {
        "offered": 9, "new": 2, "unchanged": 1, "failed": 1, "robots_denied": 1,
    }  # fmt: skip
    assert dict(row["reasons"]) == {"ok": 3, "http_status": 1, "robots_denied": 1, "not_modified": 1, "unchanged": 1}
    assert row["last_success_at"] == datetime(2025, 11, 4, 9, tzinfo=UTC)


def test_a_past_day_on_which_every_fetch_failed_is_failed_not_just_unavailable(store, caplog):
    fetched(store, "one", ("/feed", FetchReason.DNS_FAILED, 8))
    fetched(store, "two", ("/feed", FetchReason.DNS_FAILED, 9))
    found = collect(store, FEED, DAY)
    assert found["status"] == "failed"
    assert "every fetch of that day failed: {'dns_failed': 2}" in found["message"]
    assert "every fetch of that day failed" in caplog.text
