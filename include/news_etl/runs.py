"""The record of every run of a day: that it began, how it ended, and what it came to in numbers.

It is written first when the run begins, so that a run that was killed is not taken for one that never was; and it is
small, so that a year of them is read in a moment.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from news_etl.outcome import BrokenContract
from news_etl.store import Store


class RunState(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    """It has begun. So it stays in the record when it is killed."""
    PUBLISHED = "published"
    FAILED = "failed"


class RunRecord(BaseModel):
    """One run of a day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_id: str
    state: RunState
    began_at: datetime | None = None
    ended_at: datetime | None = None
    failed_tasks: tuple[str, ...] = ()
    message: str | None = None
    """Why it failed; of one that is running, what went wrong in it last."""
    documents: Mapping[str, Mapping[str, int]] = {}
    """How many documents of each source ended in each state; nothing where it ended before its audit did."""
    failed_checks: Mapping[str, int] = {}
    """Failed expectations by severity."""
    in_quarantine: int = 0
    """Entries of the day's quarantine that were not resolved when it ended."""

    @property
    def states(self) -> dict[str, int]:
        """How many documents ended in each state, over all sources."""
        total: Counter[str] = Counter()
        for counts in self.documents.values():
            total.update(counts)
        return dict(total)


def read_record(store: Store, day: date, run_id: str) -> RunRecord | None:
    """The record of a run, by its id or by the name of its files."""
    path = store.run_record(day, run_id)
    return RunRecord.model_validate_json(store.read_bytes(path)) if store.exists(path) else None


def begin_run(store: Store, day: date, run_id: str) -> None:
    """Write down that a run has begun."""
    _write(store, day, RunRecord(run_id=run_id, state=RunState.RUNNING, began_at=datetime.now(UTC)))


def note_trouble(store: Store, day: date, run_id: str, error: BaseException) -> None:
    """Write down what went wrong in a run. It may be tried again, so the run has not failed by that."""
    message = str(error) if isinstance(error, BrokenContract) else f"{type(error).__name__}: {error}"
    _write(store, day, _known(store, day, run_id).model_copy(update={"message": message}))


def fail_run(store: Store, day: date, run_id: str, failed_tasks: Iterable[str] = ()) -> None:
    """Write down that a run has failed; what is known of its documents and of the reason stays."""
    ended = {"state": RunState.FAILED, "failed_tasks": tuple(failed_tasks), "ended_at": datetime.now(UTC)}
    _write(store, day, _known(store, day, run_id).model_copy(update=ended))


def close_run(store: Store, day: date, run_id: str, message: str | None, **counts: Any) -> None:
    """Write down how a run whose audit is done has ended: it failed for the reason in `message`, or is published.

    `counts` are `documents`, `failed_checks` and `in_quarantine` of the record.
    """
    state = RunState.FAILED if message else RunState.PUBLISHED
    fields = {"message": message, "failed_tasks": (), "ended_at": datetime.now(UTC)} | counts
    _write(store, day, _known(store, day, run_id).model_copy(update={"state": state} | fields))


def _known(store: Store, day: date, run_id: str) -> RunRecord:
    return read_record(store, day, run_id) or RunRecord(run_id=run_id, state=RunState.RUNNING)


def _write(store: Store, day: date, record: RunRecord) -> None:
    store.write_json(store.run_record(day, record.run_id), record.model_dump(mode="json"))
