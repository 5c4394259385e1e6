"""The state of every day and of each source on it, read from the newest run's ledger and checks, and the manifest.

A year of fifty sources is a thousand small files. What was read is kept as long as its files do not change, so only
the first look after a start reads them all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from news_etl.outcome import State
from news_etl.schema import CHECKS, LEDGER
from news_etl.store import Store

SEPARATOR = "\t"
"""Stands in no id of a source."""


QUARANTINED_SHARE = 0.02
"""A large day has its few bad files, which the quarantine lists. More than one in fifty is worth a look at the day."""


class DayState(StrEnum):
    """What a day, or a source on a day, came to."""

    PUBLISHED = "published"
    WARNED = "warned"
    """Published, with a failed check of severity warning or more than `QUARANTINED_SHARE` of it quarantined."""
    FAILED = "failed"
    """Not published by its newest run, or the publication was interrupted."""
    EMPTY = "empty"
    """The run found no document."""
    UNAVAILABLE = "unavailable"
    """Of a source: it cannot give that day now (a feed on a day before it was collected). Not known is not nothing."""
    MISSING = "missing"
    """There was no run."""


Counts = Mapping[str, int]
"""Documents by state; a state without documents is left out."""


@dataclass(frozen=True)
class Day:
    """A day by its newest run. `runs` are the names of all its runs' files, oldest first."""

    day: date
    state: DayState
    runs: tuple[str, ...] = ()
    documents: Counts = field(default_factory=dict)
    sources: Mapping[str, Counts] = field(default_factory=dict)
    failed_checks: Counts = field(default_factory=dict)
    """Failed expectations by severity."""
    rows: Counts = field(default_factory=dict)
    """Rows of each table that readers see now, by the manifest: also of a day whose newest run failed."""
    is_publishing: bool = False

    @property
    def run(self) -> str | None:
        """The name of the newest run's files."""
        return self.runs[-1] if self.runs else None

    @property
    def landed(self) -> int:
        return sum(self.documents.values())


@dataclass(frozen=True)
class _Files:
    """The files that tell of a day, each with the time of its last change."""

    ledgers: tuple[tuple[float, str], ...] = ()
    checks: tuple[tuple[float, str], ...] = ()
    manifest: tuple[float, str] | None = None
    is_publishing: bool = False


@dataclass(frozen=True)
class Trouble:
    """A failed day, or the days of a gap without runs."""

    first: date
    last: date
    state: DayState
    is_publishing: bool = False


def troubles(days: Iterable[Day]) -> list[Trouble]:
    """What is wrong with the days (oldest first), the newest first; missing days that follow on one another as one."""
    found: list[Trouble] = []
    for day in days:
        if day.state is DayState.FAILED:
            found.append(Trouble(day.day, day.day, day.state, day.is_publishing))
        elif day.state is DayState.MISSING:
            is_next = found and found[-1].state is day.state and found[-1].last == day.day - timedelta(days=1)
            first = found.pop().first if is_next else day.day
            found.append(Trouble(first, day.day, day.state))
    return found[::-1]


class Days:
    """The days of a data root, read once and again where their files changed."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._known: dict[date, tuple[_Files, Day]] = {}

    def between(self, first: date, last: date) -> list[Day]:
        """Every day of a range, both ends included.

        A day without a run is `missing`, but those before the very first run are left out.
        """
        files = self._files()
        if not files:
            return []
        begun = max(first, min(files))
        wanted = [begun + timedelta(days=number) for number in range((last - begun).days + 1)]
        return [self._read(day, files.get(day, _Files())) for day in wanted]

    def get(self, day: date) -> Day:
        """One day; `missing` where there is nothing of it."""
        return self._read(day, self._files().get(day, _Files()))

    def last(self) -> date | None:
        """The last day that has a run."""
        return max(self._files(), default=None)

    def _files(self) -> dict[date, _Files]:
        ledgers, checks = self._by_day(LEDGER.name), self._by_day(CHECKS.name)
        manifests = {
            day: (changed, path)
            for path, changed in self.store.stamps(self.store.days_folder).items()
            if (day := day_in(path))
        }
        publishing = set(self.store.publishing_days())
        return {
            day: _Files(
                tuple(sorted(ledgers.get(day, ()))),
                tuple(sorted(checks.get(day, ()))),
                manifests.get(day),
                day in publishing,
            )
            for day in {*ledgers, *checks, *manifests, *publishing}
        }

    def _by_day(self, table: str) -> dict[date, list[tuple[float, str]]]:
        found: dict[date, list[tuple[float, str]]] = {}
        for path, changed in self.store.stamps(self.store.ops_folder(table)).items():
            if path.endswith(".parquet") and (day := day_in(path)):
                found.setdefault(day, []).append((changed, path))
        return found

    def _read(self, day: date, files: _Files) -> Day:
        known = self._known.get(day)
        if known and known[0] == files:
            return known[1]
        read = _summarise(self.store, day, files)
        self._known[day] = files, read
        return read


def day_in(path: str) -> date | None:
    """The day that a path of the data root belongs to."""
    for part in PurePosixPath(path).parts:
        if part.startswith("date="):
            try:
                return date.fromisoformat(part.removeprefix("date=").removesuffix(".json"))
            except ValueError:
                return None
    return None


def run_name(path: str) -> str:
    """The name of a run's files: its id without what a file system refuses."""
    return PurePosixPath(path).name.removesuffix(".parquet")


def _summarise(store: Store, day: date, files: _Files) -> Day:
    manifest = store.read_json(files.manifest[1]) if files.manifest else {}
    rows = {name: int(table["rows"]) for name, table in manifest.get("tables", {}).items()}
    if not files.ledgers:
        state = DayState.FAILED if files.is_publishing or files.checks else DayState.MISSING
        return Day(day, DayState.WARNED if manifest else state, rows=rows, is_publishing=files.is_publishing)
    path = files.ledgers[-1][1]
    sources = _by_source(store.read_table(path, columns=["source", "state"]))
    documents = _sum(sources.values())
    failed = _failed_checks(store, {run_name(name): name for _, name in files.checks}.get(run_name(path)))
    is_published = bool(manifest) and not files.is_publishing and _same(manifest.get("documents", {}), documents)
    return Day(
        day=day,
        state=_state(documents, failed, is_published=is_published),
        runs=tuple(run_name(name) for _, name in files.ledgers),
        documents=documents,
        sources=sources,
        failed_checks=failed,
        rows=rows,
        is_publishing=files.is_publishing,
    )


def _by_source(ledger: pa.Table) -> dict[str, Counts]:
    pairs = pc.binary_join_element_wise(ledger["source"], ledger["state"], pa.scalar(SEPARATOR))  # type: ignore[call-overload]  # the stubs know no scalar as the separator
    sources: dict[str, dict[str, int]] = {}
    for row in sorted(pc.value_counts(pairs).to_pylist(), key=lambda row: row["values"]):
        source, state = row["values"].split(SEPARATOR)
        sources.setdefault(source, {})[state] = row["counts"]
    return dict(sources)


def _failed_checks(store: Store, path: str | None) -> dict[str, int]:
    if path is None:
        return {}
    checks = store.read_table(path, columns=["severity", "is_success"]).to_pydict()
    failed = (severity for severity, held in zip(checks["severity"], checks["is_success"], strict=True) if not held)
    return dict(sorted(Counter(failed).items()))


def _sum(counts: Iterable[Counts]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def _same(manifest: Mapping[str, Any], documents: Counts) -> bool:
    """Whether the day that was published last is that of the newest run: a failed run publishes nothing."""
    return {name: count for name, count in manifest.items() if count} == dict(documents)


def _state(documents: Counts, failed_checks: Counts, *, is_published: bool) -> DayState:
    if documents.get(State.HELD) or not is_published:
        return DayState.FAILED
    if not documents:
        return DayState.EMPTY
    return DayState.WARNED if _much_quarantined(documents) or failed_checks.get("warning") else DayState.PUBLISHED


def _much_quarantined(documents: Counts) -> bool:
    return documents.get(State.QUARANTINED, 0) > QUARANTINED_SHARE * sum(documents.values())


def source_state(counts: Counts | None) -> DayState:
    """What a source came to on a day that had a run; null where it had no document."""
    if not counts:
        return DayState.EMPTY
    if counts.get(State.HELD) or (counts.get(State.QUARANTINED) and not counts.get(State.PUBLISHED)):
        return DayState.FAILED
    return DayState.WARNED if _much_quarantined(counts) else DayState.PUBLISHED
