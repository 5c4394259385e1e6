"""The health of sources: what was fetched, what came of it, and whether a source is quieter than it uses to be."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from news_etl.fetch import FetchReason
from news_etl.outcome import SourceStatus
from news_etl.schema import FETCH_LOG, SOURCE_DAYS, Row
from news_etl.sources import AnySource
from news_etl.store import Store

log = logging.getLogger(__name__)

WEEKS = 8
"""Same weekdays before a day that tell what is usual for it: Sundays are compared with Sundays."""
MIN_WEEKS = 3
MIN_USUAL = 5
"""A source that has four articles a day may well have one."""
QUIET_SHARE = 1 / 3
HISTORY_DAYS = 60
"""Days back to which silence is counted."""

SUCCESS = (FetchReason.OK, FetchReason.UNCHANGED, FetchReason.NOT_MODIFIED)


def write_fetch_log(store: Store, source: str, run_id: str, rows: list[Row], day: date) -> None:
    """Keep what a collection has asked for, under the day that it was about."""
    if rows:
        table = FETCH_LOG.arrow([row | {"run_id": run_id, "source": source} for row in rows])
        store.write_table(store.ops(FETCH_LOG.name, day, f"{run_id}--{source}"), table)


def examine(store: Store, source: AnySource, day: date, manifest: Mapping[str, Any], run_id: str) -> dict[str, Any]:
    """Write down how a source does on a day, from its fetches and what its collection says (`source_days`).

    Returns what it adds to that: its `status`, which is `quiet` where far fewer documents came than on the same weekday
    before, and the `message` with the figures.
    """
    status, message, documents = manifest["status"], manifest.get("fault"), manifest["documents"]
    usual = _usual(store, source.id, day)
    fetches = _fetches(store, source.id, day)
    if status == SourceStatus.NOT_AVAILABLE and fetches["failed"] and not fetches["last_success_at"]:
        status, message = SourceStatus.FAILED, f"every fetch of that day failed: {dict(fetches['reasons'])}"
        log.error("%s %s: %s", source.id, day, message)
    if status in (SourceStatus.COLLECTED, SourceStatus.EMPTY) and usual and documents < usual * QUIET_SHARE:
        status, message = SourceStatus.QUIET, f"{documents} documents, where {usual:g} are usual on this weekday"
        log.warning("%s %s is quiet: %s", source.id, day, message)
    row = {
        "run_id": run_id,
        "source": source.id,
        "kind": source.kind,
        "status": status,
        "documents": documents,
        "silent_since_date": _silent_since(store, source, day, documents),
        "usual": usual,
        "message": message,
    } | fetches
    store.write_table(store.ops(SOURCE_DAYS.name, day, f"{run_id}--{source.id}"), SOURCE_DAYS.arrow([row]))
    return {"status": str(status)} | ({"message": message} if message else {})


def read_source_days(store: Store, day: date, run_id: str | None = None) -> dict[str, Row]:
    """What is known of the sources on a day, by their ids: what a run wrote, else for each what was written last."""
    own = store.ops(SOURCE_DAYS.name, day, f"{run_id}--").removesuffix(".parquet") if run_id else ""
    stamps = store.stamps(store.ops_partition(SOURCE_DAYS.name, day))
    newest: dict[str, str] = {}
    for _, path in sorted((changed, path) for path, changed in stamps.items() if path.startswith(own)):
        newest[path.rpartition("--")[2].removesuffix(".parquet")] = path
    return {source: store.read_table(path).to_pylist()[0] for source, path in sorted(newest.items())}


def newest_file(store: Store, source: str, day: date) -> tuple[datetime, str] | None:
    """The file of `source_days` that was written last for a source and day, and when."""
    files = store.files(store.ops_partition(SOURCE_DAYS.name, day), f"--{source}.parquet")
    return max(((store.modified(path), path) for path in files), default=None)


def source_day(store: Store, source: str, day: date) -> Row | None:
    """The row of `source_days` that was written last for a source and day."""
    newest = newest_file(store, source, day)
    return store.read_table(newest[1]).to_pylist()[0] if newest else None


def _usual(store: Store, source: str, day: date) -> float | None:
    """The median of documents on the same weekday before, of those weeks in which there were any."""
    days = (source_day(store, source, day - timedelta(weeks=week)) for week in range(1, WEEKS + 1))
    counts = [row["documents"] for row in days if row and row["documents"]]
    usual = median(counts) if len(counts) >= MIN_WEEKS else 0
    return float(usual) if usual >= MIN_USUAL else None


def _silent_since(store: Store, source: AnySource, day: date, documents: int) -> date | None:
    """The first of the days without a document up to this one; a day on which nothing is expected does not count."""
    if documents or not source.expects(day):
        return None
    for back in range(1, HISTORY_DAYS + 1):
        before = source_day(store, source.id, day - timedelta(days=back))
        if before and before["status"] != SourceStatus.NOT_EXPECTED:
            since: date | None = before["silent_since_date"]
            return since or day
    return day


def _fetches(store: Store, source: str, day: date) -> dict[str, Any]:
    rows = sorted(_logged(store, source, day), key=lambda row: (row["fetched_at"] or _NEVER, row["number"]))
    last = {row["url"]: row["reason"] for row in rows}
    failed = [reason for reason in last.values() if reason not in SUCCESS]
    pages = [row for row in rows if row["kind"] == "page"]
    return {
        "offered": max((row["offered"] for row in rows if row["offered"] is not None), default=None),
        "new": sum(row["reason"] == FetchReason.OK for row in pages),
        "unchanged": sum(row["reason"] in (FetchReason.UNCHANGED, FetchReason.NOT_MODIFIED) for row in pages),
        "failed": len(failed),
        "robots_denied": failed.count(FetchReason.ROBOTS_DENIED),
        "reasons": sorted(Counter(row["reason"] for row in rows).items()),
        "last_success_at": max((row["fetched_at"] for row in rows if row["reason"] in SUCCESS), default=None),
    }


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def _logged(store: Store, source: str, day: date) -> Iterator[Row]:
    """The fetches of a source on a day, of all runs."""
    for path in store.files(store.ops_partition(FETCH_LOG.name, day), f"--{source}.parquet"):
        yield from store.read_table(path).to_pylist()
