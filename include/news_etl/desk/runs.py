"""One run of a day: where its documents went, for what reasons, and what its checks say."""

import heapq
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from news_etl.outcome import State
from news_etl.runs import RunRecord, read_record
from news_etl.schema import CHECKS, FETCH_LOG, LEDGER, Row
from news_etl.store import Store

SLOWEST = 5
"""Documents, and fetches, that are named as the slowest."""

OF_LEDGER = (
    "record_id", "source", "path", "state", "reason", "step", "message", "article_id", "revision", "extract_seconds",
    "enrich_seconds",
)  # fmt: skip

SEVERITIES = ("critical", "warning", "info")

AUDIT = "validate"
"""The step whose quarantined documents had become articles; those of the steps before had not."""


@dataclass(frozen=True)
class Reason:
    """Documents of a run that ended in one state for one reason; `message` is that of the first."""

    state: str
    reason: str
    step: str
    documents: int
    message: str
    sources: Mapping[str, int]


@dataclass(frozen=True)
class Stage:
    """A step of the flow: what came in, and what left it. What goes on to the next is the rest."""

    name: str
    incoming: int
    leaving: Sequence[tuple[str, int]]
    """State and documents, without those that are 0."""

    @property
    def outgoing(self) -> int:
        return self.incoming - sum(count for _, count in self.leaving)


@dataclass(frozen=True)
class Check:
    """The result of one expectation."""

    table: str
    expectation: str
    column: str
    severity: str
    is_success: bool
    row_count: int
    unexpected_count: int
    rule: str
    examples: Sequence[str]


@dataclass(frozen=True)
class Run:
    """A run of a day: its record, and what its books say. `name` is that of its files."""

    day: date
    name: str
    record: RunRecord
    has_books: bool
    """Whether it came to its audit; before that, nothing is known of its documents."""
    landed: int
    stages: Sequence[Stage]
    ended: Sequence[tuple[str, int]]
    """What is left after the last stage, published or held, by state."""
    reasons: Sequence[Reason]
    checks: Sequence[Check]
    slowest: Sequence[Row]
    """The documents that took most processor time, with both times of the ledger and their sum in `seconds`."""

    @property
    def sources(self) -> Mapping[str, Mapping[str, int]]:
        """The documents of each source by state."""
        return self.record.documents

    def failed(self, severity: str) -> int:
        return sum(not check.is_success and check.severity == severity for check in self.checks)

    @property
    def failed_checks(self) -> list[Check]:
        """The worst first."""
        failed = [check for check in self.checks if not check.is_success]
        return sorted(failed, key=lambda check: (SEVERITIES.index(check.severity), check.table, check.expectation))


def read_run(store: Store, day: date, name: str) -> Run:
    """A run by the name of its files.

    Raises:
        FileNotFoundError: when the day has no such run.
    """
    record = read_record(store, day, name)
    if record is None:
        raise FileNotFoundError(f"{day} has no run {name}")
    path = store.ops(LEDGER.name, day, name)
    has_books = store.exists(path)
    ledger = store.read_table(path, columns=list(OF_LEDGER)).to_pylist() if has_books else []
    stages = flow(ledger)
    left = Counter(row["state"] for row in ledger if row["state"] in (State.PUBLISHED, State.HELD))
    return Run(
        day=day,
        name=name,
        record=record,
        has_books=has_books,
        landed=len(ledger),
        stages=stages,
        ended=sorted(left.items(), reverse=True),
        reasons=_reasons(ledger),
        checks=[_check(row) for row in read_checks(store, day, name)],
        slowest=_slowest(ledger),
    )


def _slowest(ledger: Iterable[Row]) -> list[Row]:
    timed = (
        row | {"seconds": (row["extract_seconds"] or 0) + (row["enrich_seconds"] or 0)}
        for row in ledger
        if row["extract_seconds"] is not None
    )
    return heapq.nsmallest(SLOWEST, timed, key=lambda row: (-row["seconds"], row["path"]))


def flow(ledger: Iterable[Row]) -> list[Stage]:
    """The documents of a run, stage by stage: read, told apart from their duplicates, audited.

    The sums hold: what comes into a stage is what leaves it and what comes into the next.
    """
    rows = list(ledger)
    quarantined = Counter(row["step"] == AUDIT for row in rows if row["state"] == State.QUARANTINED)
    states = Counter(row["state"] for row in rows)
    leaving = (
        ("read", [(State.QUARANTINED, quarantined[False]), (State.SKIPPED, states[State.SKIPPED])]),
        ("compared", [(State.DUPLICATE, states[State.DUPLICATE])]),
        ("audited", [(State.QUARANTINED, quarantined[True])]),
    )
    stages: list[Stage] = []
    incoming = len(rows)
    for name, exits in leaving:
        stages.append(Stage(name, incoming, [(str(state), count) for state, count in exits if count]))
        incoming = stages[-1].outgoing
    return stages


def read_checks(store: Store, day: date, name: str) -> list[Row]:
    """The rows of the checks of a run; none where it ended before its audit."""
    path = store.ops(CHECKS.name, day, name)
    return store.read_table(path).to_pylist() if store.exists(path) else []


def report_pages(store: Store, day: date, name: str) -> dict[str, str]:
    """The pages of the audit's report by table: paths below the data root."""
    folder = store.report(day, name)
    pages: dict[str, str] = {}
    for path in store.stamps(f"{folder}/validations"):
        if path.endswith(".html"):
            pages[path.removeprefix(f"{folder}/validations/").partition("/")[0]] = path
    return pages


def slowest_fetches(store: Store, day: date) -> list[Row]:
    """The pages of a day that took longest to fetch, of all its collections; none where nothing is fetched."""
    rows: list[Row] = []
    for path in store.stamps(store.ops_partition(FETCH_LOG.name, day)):
        rows += store.read_table(path, columns=["kind", "source", "url", "seconds", "reason"]).to_pylist()
    pages = [row for row in rows if row["kind"] == "page"]
    return heapq.nsmallest(SLOWEST, pages, key=lambda row: (-row["seconds"], row["url"]))


def _reasons(ledger: Sequence[Row]) -> list[Reason]:
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in ledger:
        if row["reason"] and row["state"] != State.HELD:
            groups.setdefault((row["state"], row["reason"], row["step"] or ""), []).append(row)
    reasons = [
        Reason(
            *key,
            documents=len(rows),
            message=rows[0]["message"] or "",
            sources=dict(Counter(row["source"] for row in rows).most_common()),
        )
        for key, rows in groups.items()
    ]
    order = [State.QUARANTINED, State.SKIPPED, State.DUPLICATE]
    return sorted(reasons, key=lambda reason: (order.index(State(reason.state)), -reason.documents, reason.reason))


def _check(row: Row) -> Check:
    examples: list[Any] = json.loads(row["examples"]) if row["examples"] else []
    return Check(
        **{name: row[name] for name in ("table", "expectation", "column", "severity", "is_success")},
        row_count=row["row_count"],
        unexpected_count=row["unexpected_count"],
        rule=row["rule"],
        examples=[_short(example) for example in examples],
    )


def _short(example: Any, length: int = 90) -> str:
    if isinstance(example, float):
        return f"{example:.3g}"
    text = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)
    return text if len(text) <= length else text[: length - 1] + "…"
