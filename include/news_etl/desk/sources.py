"""The health of the sources: each one's days behind one another."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Protocol

from news_etl.collect.health import newest_file, read_source_days
from news_etl.desk.days import Counts, Day, DayState, source_state
from news_etl.outcome import SourceStatus, State
from news_etl.store import Store

SILENT_DAYS = 2
"""A newspaper that gave nothing on two days in a row is worth a look; one day off happens."""

SAME_WEEKDAYS = 4
"""Weeks that tell what is usual on a weekday: newspapers have a rhythm of the week."""

MIN_USUAL = 3
"""Weekdays that must be known before one speaks of what is usual."""


class Listed(Protocol):
    """What the health of a source needs of its entry in the sources file."""

    @property
    def id(self) -> str: ...

    @property
    def paused(self) -> str | None: ...

    def expects(self, day: date) -> bool: ...


@dataclass(frozen=True)
class Source:
    """A source over a range of days, oldest first; `states` has a null where nothing was to be expected."""

    id: str
    states: Sequence[DayState | None]
    published: Sequence[int]
    landed: Sequence[int]
    documents: Counts
    last_published: date | None
    silent_days: int
    """Days at the end on which documents were expected and none came."""
    usual: float | None
    """Median of what it published on the same weekday of the weeks before the last day; null where unknown."""
    is_listed: bool
    paused: str | None = None

    @property
    def is_seen(self) -> bool:
        """Whether there was a document of it."""
        return any(self.landed)

    @property
    def is_silent(self) -> bool:
        return self.silent_days >= SILENT_DAYS and not self.paused

    @property
    def quarantined_share(self) -> float:
        total = sum(self.documents.values())
        return self.documents.get(State.QUARANTINED, 0) / total if total else 0.0


Said = Callable[[date, str], str | None]
"""What the collections of a day said of a source at last: a `SourceStatus`; null where none is known."""


class SourceDays:
    """The statuses of `source_days`, each file read once: they are asked for where a source had no document."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[datetime, str], str] = {}

    def status(self, day: date, source: str) -> str | None:
        newest = newest_file(self._store, source, day)
        if newest is None:
            return None
        if newest not in self._known:
            self._known[newest] = self._store.read_table(newest[1], columns=["status"]).to_pylist()[0]["status"]
        return self._known[newest]


def health(days: Sequence[Day], listed: Iterable[Listed], said: Said = lambda day, source: None) -> list[Source]:
    """Every source of the sources file or of a ledger over the given days (oldest first), sorted by id.

    `said` is asked for days on which a source had no document.
    """
    entries = {source.id: source for source in listed}
    seen = {name for day in days for name in day.sources}
    return [_source(name, days, entries.get(name), said) for name in sorted({*entries, *seen})]


def notes(store: Store, day: date) -> dict[str, str]:
    """What the collection of a day found worth saying, by source; of a day's runs the last word counts."""
    return {source: row["message"] for source, row in read_source_days(store, day).items() if row["message"]}


def _source(name: str, days: Sequence[Day], entry: Listed | None, said: Said) -> Source:
    counts = [day.sources.get(name, {}) for day in days]
    first = next((number for number, one in enumerate(counts) if one), len(days))
    states = [
        _state_on(day, one, entry, said) if number >= first else None
        for number, (day, one) in enumerate(zip(days, counts, strict=True))
    ]
    published = [one.get(State.PUBLISHED, 0) for one in counts]
    return Source(
        id=name,
        states=states,
        published=published,
        landed=[sum(one.values()) for one in counts],
        documents=_sum(counts),
        last_published=next(
            (day.day for day, number in zip(reversed(days), reversed(published), strict=True) if number), None
        ),
        silent_days=_silent_days(states),
        usual=_usual(published),
        is_listed=entry is not None,
        paused=entry.paused if entry else None,
    )


def _state_on(day: Day, counts: Counts, entry: Listed | None, said: Said) -> DayState | None:
    if counts:
        return source_state(counts)
    if entry is None or entry.paused or not entry.expects(day.day):
        return None
    if not day.is_known:
        return DayState.MISSING
    return DayState.UNAVAILABLE if said(day.day, entry.id) == SourceStatus.NOT_AVAILABLE else DayState.EMPTY


def _silent_days(states: Sequence[DayState | None]) -> int:
    """Days without a run, and those that it cannot give, say nothing of a source: they are passed over."""
    number = 0
    for state in reversed(states):
        if state is DayState.EMPTY:
            number += 1
        elif state not in (None, DayState.MISSING, DayState.UNAVAILABLE):
            break
    return number


def _usual(published: Sequence[int]) -> float | None:
    before = [number for number in published[:-1][-7 * SAME_WEEKDAYS :][::-1][6::7] if number]
    return median(before) if len(before) >= MIN_USUAL else None


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for state, number in one.items():
            total[state] = total.get(state, 0) + number
    return total
