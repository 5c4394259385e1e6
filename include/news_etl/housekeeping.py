"""Housekeeping: what may be removed by its age, looked at first, removed then.

Each folder has its keep-time (`NEWS_ETL_KEEP_DAYS`). What readers read is never touched, nor is a landing that a
published day was made from: without it the day could not be made again. Landings are kept for ever by default.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from news_etl.ledger import CURRENT
from news_etl.schema import OPERATIONS, QUARANTINE, TABLES
from news_etl.settings import Settings
from news_etl.store import Store

BOOKS = tuple(table.name for table in OPERATIONS if table is not QUARANTINE)


@dataclass(frozen=True)
class Removal:
    """A file or folder to remove: what it is, how large, and how old in days."""

    kind: str
    path: str
    bytes: int
    days: int


def plan(store: Store, settings: Settings, now: datetime) -> list[Removal]:
    """What the housekeeping would remove now. Nothing is removed."""
    keep, today = settings.keep_days, now.astimezone(UTC).date()
    found = [
        *_folders(store, "stage", store.stage_days(), today, keep["stage"]),
        *_folders(store, "reports", store.report_days(), today, keep["reports"]),
        *_quarantine(store, today, keep["quarantine"]),
        *_folders(store, "ops", store.run_days(), today, keep["ops"]),
        *(removal for table in BOOKS for removal in _folders(store, "ops", store.ops_days(table), today, keep["ops"])),
        *_leftovers(store, now, keep["leftovers"]),
    ]
    if "raw" in keep:
        found += _landings(store, today, keep["raw"])
    return found


def carry_out(store: Store, removals: Iterable[Removal]) -> None:
    """Remove what a plan names."""
    for removal in removals:
        store.remove_all(removal.path)


def totals(removals: Iterable[Removal]) -> dict[str, dict[str, int]]:
    """Number and bytes of a plan, by kind."""
    sums: dict[str, dict[str, int]] = {}
    for removal in removals:
        entry = sums.setdefault(removal.kind, {"number": 0, "bytes": 0})
        entry["number"] += 1
        entry["bytes"] += removal.bytes
    return sums


def _folders(store: Store, kind: str, days: Iterable[tuple[date, str]], today: date, keep: int) -> Iterator[Removal]:
    for day, path in days:
        age = (today - day).days
        if age > keep:
            yield Removal(kind, path, store.size(path), age)


def _quarantine(store: Store, today: date, keep: int) -> Iterator[Removal]:
    """The quarantine of old days, once nothing of it is open: what waits for somebody does not go away by itself."""
    for removal in _folders(store, "quarantine", store.ops_days(QUARANTINE.name), today, keep):
        rows = store.read_table(f"{removal.path}/{CURRENT}.parquet", columns=["is_resolved"])
        if all(rows["is_resolved"].to_pylist()):
            yield removal


def _leftovers(store: Store, now: datetime, keep: int) -> Iterator[Removal]:
    """What a crash left half-written."""
    for path, written in store.unfinished():
        age = now - written
        if age > timedelta(days=keep):
            yield Removal("leftovers", path, store.size(path), age.days)


def _landings(store: Store, today: date, keep: int) -> Iterator[Removal]:
    """Old parts that no published day was made from."""
    needed = {part for day in store.days(TABLES["articles"].name) for part in _landing_of(store, day)}
    for source in store.sources():
        for day in store.landed_days(source):
            age = (today - day).days
            for part in store.landed_parts(source, day) if age > keep else ():
                if part not in needed:
                    yield Removal("raw", part, store.size(part), age)


def _landing_of(store: Store, day: date) -> list[str]:
    """The parts that a published day was made from; all of the day's, where its manifest does not say."""
    path = store.day_manifest(day)
    named = json.loads(store.read_bytes(path)).get("landing") if store.exists(path) else None
    if named is not None:
        return list(named)
    return [part for source in store.landed_sources(day) for part in store.landed_parts(source, day)]
