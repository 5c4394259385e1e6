"""Replay: put what lies in quarantine through the day's steps again, after its cause was mended.

A day is a pure function of its landing, the code and the configuration. So a replay runs whole days again, those that
hold what was asked for; what is no longer rejected is resolved by that. What was rejected too often is set aside as
poison: it is listed, and replayed only when asked for by name.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from news_etl.ledger import read_quarantine
from news_etl.outcome import Reason
from news_etl.schema import Row
from news_etl.store import Store

RESTART_FROM = "extract_and_clean"
"""Nothing is collected again: what is replayed is landed."""


class ReplayError(ValueError):
    """What shall be replayed cannot be told. The message says what is expected."""


@dataclass(frozen=True)
class Selection:
    """What to replay: days are inclusive; of one reason, of one source, with what is set aside."""

    start: date
    end: date
    reason: str | None = None
    source: str | None = None
    with_poison: bool = False

    @classmethod
    def of(cls, start: str, end: str | None = None, **choice: Any) -> "Selection":
        """A selection from what a person typed; without `end` a single day.

        Raises:
            ReplayError: when a day is none, the range is empty, or there is no such reason.
        """
        try:
            first, last = date.fromisoformat(start), date.fromisoformat(end or start)
        except ValueError:
            raise ReplayError(f"{start!r} to {end!r} are no days: write them as 2025-11-04") from None
        if first > last:
            raise ReplayError(f"the range ends on {last}, before it begins on {first}")
        if (reason := choice.get("reason")) and reason not in tuple(Reason):
            raise ReplayError(f"there is no reason {reason!r}: {', '.join(Reason)}")
        return cls(first, last, **choice)

    def days(self) -> Iterator[date]:
        for number in range((self.end - self.start).days + 1):
            yield self.start + timedelta(days=number)

    def holds(self, entry: Row) -> bool:
        return (not self.reason or entry["reason"] == self.reason) and (
            not self.source or entry["source"] == self.source
        )


@dataclass(frozen=True)
class Waiting:
    """What of a day lies in quarantine unresolved: what will be replayed, and what is set aside."""

    day: date
    entries: list[Row]
    poison: list[Row]


def is_poison(entry: Row, max_attempts: int) -> bool:
    """Whether an entry of the quarantine was rejected so often that it is set aside."""
    return bool(not entry["is_resolved"] and entry["attempts"] >= max_attempts)


def waiting(store: Store, selection: Selection, max_attempts: int) -> list[Waiting]:
    """The selected days of which something lies in quarantine, in their order."""
    found = (_of_day(store, day, selection, max_attempts) for day in selection.days())
    return [one for one in found if one.entries or one.poison]


def _of_day(store: Store, day: date, selection: Selection, max_attempts: int) -> Waiting:
    entries = [entry for entry in read_quarantine(store, day) if not entry["is_resolved"] and selection.holds(entry)]
    poison = [entry for entry in entries if is_poison(entry, max_attempts)]
    if selection.with_poison:
        return Waiting(day, entries, [])
    return Waiting(day, [entry for entry in entries if entry not in poison], poison)


def outcome(store: Store, replayed: Iterable[Waiting]) -> list[dict[str, Any]]:
    """What became of the entries, a row for each day: `{day, replayed, resolved, rejected, poison}`; `rejected` by
    reason.
    """
    return [_outcome(store, one) for one in replayed]


def _outcome(store: Store, one: Waiting) -> dict[str, Any]:
    now = {_key(entry): entry for entry in read_quarantine(store, one.day)}
    still = [now[_key(entry)] for entry in one.entries if not now[_key(entry)]["is_resolved"]]
    return {
        "day": one.day.isoformat(),
        "replayed": len(one.entries),
        "resolved": len(one.entries) - len(still),
        "rejected": dict(sorted(Counter(str(entry["reason"]) for entry in still).items())),
        "poison": len(one.poison),
    }


def _key(entry: Row) -> tuple[Any, ...]:
    return entry["record_id"], entry["table"], entry["row_id"]
