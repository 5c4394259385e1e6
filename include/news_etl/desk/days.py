"""The state of every day and of each source on it, read from the records of its runs.

What was read is kept as long as its files do not change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import PurePosixPath

from news_etl.outcome import State
from news_etl.runs import RunRecord, RunState
from news_etl.store import Store

QUARANTINED_SHARE = 0.02
"""A large day has its few bad files, which the quarantine lists, and a small source its one. More than one in fifty,
and more than one, is worth a look at the day."""

LONGEST_RUN = timedelta(hours=6)
"""A run that began earlier and has not ended was killed: a day of 50,000 articles takes an hour or two."""


class DayState(StrEnum):
    """What a day, or a source on a day, came to."""

    PUBLISHED = "published"
    WARNED = "warned"
    """Published, with a failed check of severity warning, or with many quarantined documents."""
    FAILED = "failed"
    """Not published by its newest run, or that was interrupted."""
    RUNNING = "running"
    """Its newest run has not ended yet."""
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
    record: RunRecord | None = None
    """Of the newest run."""
    documents: Counts = field(default_factory=dict)
    is_publishing: bool = False
    """Its publication has begun and not ended."""

    @property
    def run(self) -> str | None:
        """The name of the newest run's files."""
        return self.runs[-1] if self.runs else None

    @property
    def sources(self) -> Mapping[str, Counts]:
        return self.record.documents if self.record else {}

    @property
    def landed(self) -> int:
        return sum(self.documents.values())

    @property
    def is_known(self) -> bool:
        """Whether the newest run came far enough to say what each source gave."""
        return self.record is not None and (self.record.state is RunState.PUBLISHED or bool(self.documents))


@dataclass(frozen=True)
class _Files:
    """The files that tell of a day; the records with the time of their last change, oldest first."""

    records: tuple[tuple[float, str], ...] = ()
    is_published: bool = False
    is_publishing: bool = False


@dataclass(frozen=True)
class Trouble:
    """A failed day, or the days of a gap without runs."""

    first: date
    last: date
    state: DayState
    failed_tasks: tuple[str, ...] = ()
    is_publishing: bool = False


def troubles(days: Iterable[Day]) -> list[Trouble]:
    """What is wrong with the days (oldest first), the newest first; missing days that follow on one another as one."""
    found: list[Trouble] = []
    for day in days:
        if day.state is DayState.FAILED:
            tasks = day.record.failed_tasks if day.record else ()
            found.append(Trouble(day.day, day.day, day.state, tasks, day.is_publishing))
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

    def last_with_documents(self) -> date | None:
        """The last day of which a run found documents."""
        files = self._files()
        days = (self._read(day, files[day]) for day in sorted(files, reverse=True))
        return next((day.day for day in days if day.documents), None)

    def open_entries(self) -> int:
        """How many entries of the quarantine are not resolved, on all days."""
        days = (self._read(day, files) for day, files in self._files().items())
        return sum(day.record.in_quarantine for day in days if day.record)

    def _files(self) -> dict[date, _Files]:
        records: dict[date, list[tuple[float, str]]] = {}
        for path, changed in self.store.stamps(self.store.runs_folder).items():
            if day := day_in(path):
                records.setdefault(day, []).append((changed, path))
        published = set(self.store.published_days())
        publishing = set(self.store.publishing_days())
        return {
            day: _Files(tuple(sorted(records.get(day, ()))), day in published, day in publishing)
            for day in {*records, *published, *publishing}
        }

    def _read(self, day: date, files: _Files) -> Day:
        known = self._known.get(day)
        if known and known[0] == files:
            return known[1]
        read = _summarise(self.store, day, files)
        if read.state is not DayState.RUNNING:  # which it is only for so long
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
    return PurePosixPath(path).stem


def _summarise(store: Store, day: date, files: _Files) -> Day:
    paths = [path for _, path in files.records]
    record = RunRecord.model_validate_json(store.read_bytes(paths[-1])) if paths else None
    documents = record.states if record else {}
    return Day(
        day=day,
        state=_state(record, documents, files),
        runs=tuple(map(run_name, paths)),
        record=record,
        documents=documents,
        is_publishing=files.is_publishing,
    )


def _state(record: RunRecord | None, documents: Counts, files: _Files) -> DayState:
    if record and record.state is RunState.RUNNING and _is_fresh(record):
        return DayState.RUNNING
    if files.is_publishing:
        return DayState.FAILED
    if record is None:
        return DayState.PUBLISHED if files.is_published else DayState.MISSING
    if record.state is not RunState.PUBLISHED or not files.is_published:
        return DayState.FAILED
    if not documents:
        return DayState.EMPTY
    is_doubtful = _much_quarantined(documents) or record.failed_checks.get("warning")
    return DayState.WARNED if is_doubtful else DayState.PUBLISHED


def _is_fresh(record: RunRecord) -> bool:
    return record.began_at is not None and datetime.now(UTC) - record.began_at < LONGEST_RUN


def _much_quarantined(documents: Counts) -> bool:
    return documents.get(State.QUARANTINED, 0) > max(1, QUARANTINED_SHARE * sum(documents.values()))


def source_state(counts: Counts | None) -> DayState:
    """What a source came to on a day that had a run; null where it had no document."""
    if not counts:
        return DayState.EMPTY
    if counts.get(State.HELD) or (counts.get(State.QUARANTINED) and not counts.get(State.PUBLISHED)):
        return DayState.FAILED
    return DayState.WARNED if _much_quarantined(counts) else DayState.PUBLISHED
