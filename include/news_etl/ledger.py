"""The books: where every landed document ended in a run, what lies in quarantine, and what a run came to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from news_etl.outcome import Reason, State
from news_etl.runs import close_run
from news_etl.schema import CHECKS, LEDGER, QUARANTINE, Row
from news_etl.store import Store

CURRENT = "current"
"""The quarantine of a day is one file: what stands in it now, not one a run."""


def count_states(documents: Iterable[Row]) -> dict[str, int]:
    """Documents by state; every state is named, also with 0."""
    counts = Counter(str(document["state"]) for document in documents)
    return {str(state): counts[state] for state in State}


def count_reasons(documents: Iterable[Row]) -> dict[str, int]:
    """Documents by state and reason, as `quarantined: empty_document`."""
    counts = Counter(f"{document['state']}: {document['reason']}" for document in documents if document["reason"])
    return dict(sorted(counts.items()))


def hold(documents: Iterable[Row], step: str, message: str) -> list[Row]:
    """The documents of a day that failed: the good ones are held, the others stay what they are."""
    return [
        document | {"state": State.HELD, "reason": Reason.DAY_FAILED, "step": step, "message": message}
        if document["state"] == State.PUBLISHED
        else document
        for document in documents
    ]


def write_books(
    store: Store,
    day: date,
    run_id: str,
    documents: list[Row],
    rejected: Sequence[Row] = (),
    failure: str | None = None,
) -> None:
    """Write the run's ledger, bring the day's quarantine up to date, and close the record of the run.

    `rejected` are rows of child tables that are not published though their article is (`schema.REJECTED_ROWS`);
    `failure` is why the day is not published.
    """
    ledger = [document | {"run_id": run_id} for document in documents]
    store.write_table(store.ops(LEDGER.name, day, run_id), LEDGER.arrow(ledger))
    bad = [_rejected_document(row) for row in documents if row["state"] == State.QUARANTINED] + list(rejected)
    quarantine = _quarantine(read_quarantine(store, day), bad, run_id, datetime.now(UTC))
    store.write_table(store.ops(QUARANTINE.name, day, CURRENT), QUARANTINE.arrow(quarantine))
    close_run(
        store,
        day,
        run_id,
        failure,
        documents=_states_by_source(documents),
        failed_checks=_failed_checks(store, day, run_id),
        in_quarantine=sum(not entry["is_resolved"] for entry in quarantine),
    )


def _states_by_source(documents: Iterable[Row]) -> dict[str, dict[str, int]]:
    sources: dict[str, Counter[str]] = {}
    for document in documents:
        sources.setdefault(document["source"], Counter())[str(document["state"])] += 1
    return {source: dict(sorted(counts.items())) for source, counts in sorted(sources.items())}


def _failed_checks(store: Store, day: date, run_id: str) -> dict[str, int]:
    path = store.ops(CHECKS.name, day, run_id)
    if not store.exists(path):
        return {}
    checks = store.read_table(path, columns=["severity", "is_success"]).to_pylist()
    return dict(sorted(Counter(check["severity"] for check in checks if not check["is_success"]).items()))


def read_ledger(store: Store, day: date, run_id: str) -> pa.Table:
    """The ledger of one run."""
    return store.read_table(store.ops(LEDGER.name, day, run_id))


def read_quarantine(store: Store, day: date) -> list[Row]:
    """The quarantine of a day as it stands."""
    path = store.ops(QUARANTINE.name, day, CURRENT)
    return store.read_table(path).to_pylist() if store.exists(path) else []


def _rejected_document(document: Row) -> Row:
    return document | {"table": "documents", "row_id": 0, "content": None}


def _quarantine(before: list[Row], bad: list[Row], run_id: str, now: datetime) -> list[Row]:
    """What stood in quarantine stays in it for ever, resolved where this run did not reject it any more."""
    known = {_key(row): row for row in before}
    rejected = {_key(row): row for row in bad}
    kept = [row | {"is_resolved": True} for key, row in known.items() if key not in rejected]
    return kept + [_entry(row, known.get(key), run_id, now) for key, row in rejected.items()]


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in QUARANTINE.key)


def _entry(row: Row, before: Row | None, run_id: str, now: datetime) -> Row:
    again = before is not None and before["run_id"] == run_id  # a retry of the same run is no new attempt
    return {name: row.get(name) for name in QUARANTINE.schema.names} | {
        "run_id": run_id,
        "message": row["message"] or "",
        "first_seen_at": before["first_seen_at"] if before else now,
        "last_seen_at": now,
        "attempts": (before["attempts"] if before else 0) + (0 if again else 1),
        "is_resolved": False,
    }
