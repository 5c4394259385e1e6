"""Alerts: one message a run, when somebody should look: what happened, what to do, and a link.

Any notifier of Airflow can carry it, by configuration: `NEWS_ETL_NOTIFIER` names its class, `NEWS_ETL_NOTIFIER_ARGS`
its arguments as JSON, in which `{subject}` and `{text}` stand for the message. Nothing in a message is a template: it
may quote what stands in a document.
"""

import importlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from news_etl.ledger import read_ledger
from news_etl.outcome import State
from news_etl.schema import CHECKS, LEDGER, SOURCE_DAYS, Row
from news_etl.settings import Settings, SettingsError
from news_etl.store import FAILURE, Store

log = logging.getLogger(__name__)

LISTED = 5
"""Of each kind: a message is to be read on a telephone."""

UNUSUAL = {
    "failed": "could not be looked at",
    "quiet": "is quiet",
    "empty": "has nothing, which is not expected",
}
"""Statuses of a source on a day that somebody should know of."""


@dataclass(frozen=True)
class Alert:
    """A message: its subject, and its text in lines."""

    subject: str
    text: str


def of_run(
    store: Store, settings: Settings, day: date, run_id: str, failed_tasks: Iterable[str], link: str
) -> Alert | None:
    """What should be told of a run; nothing, when all is well.

    `failed_tasks` are the ids of its tasks that failed.
    """
    failures = _failures(store, day, run_id, sorted(failed_tasks))
    notes = [*_sources(store, day, run_id), *_quarantine(store, day, run_id, settings)]
    if not failures and not notes:
        return None
    state = "failed, and is not published" if failures else "is published; look at this"
    return _alert(f"News of {day} {state}", [*failures, *notes], link)


def late(store: Store, day: date, link: str) -> Alert | None:
    """What should be told when a day's deadline has passed; nothing, when it is published."""
    if store.exists(store.day_manifest(day)) and not store.exists(store.publishing_marker(day)):
        return None
    state = "began and did not end" if store.exists(store.publishing_marker(day)) else "has not begun"
    what = f"Its publication {state}. Look at the runs of news_daily: is one running, red, or is the DAG paused?"
    return _alert(f"News of {day} is late", [what], link)


def _alert(subject: str, lines: Iterable[str], link: str) -> Alert:
    return Alert(subject, "\n".join([*(f"- {line}" for line in lines), link]))


def _failures(store: Store, day: date, run_id: str, failed_tasks: list[str]) -> list[str]:
    """Why the day is not published. A source that could not be collected stops no day."""
    tasks = [task for task in failed_tasks if task != "collect"]
    if not tasks:
        return []
    refused = store.stage(day, FAILURE)
    if "validate" in tasks and store.exists(refused) and (said := store.read_json(refused))["run_id"] == run_id:
        return [f"{said['message']}\n  What to do: look at the checks, mend the cause, replay the day."]
    return [f"Failed: {', '.join(tasks)}. What to do: read the end of the task's log, mend the cause, clear the task."]


def _sources(store: Store, day: date, run_id: str) -> list[str]:
    """The sources that could not be collected, or gave far less than usual."""
    named = {row["source"]: row for row in _read(store, SOURCE_DAYS.name, day, run_id) if row["status"] in UNUSUAL}
    lines = [f"{name} {UNUSUAL[row['status']]}. {row['message'] or ''}".strip() for name, row in sorted(named.items())]
    for check in _read(store, CHECKS.name, day, run_id):
        if check["expectation"] == "volume_low" and not check["is_success"]:
            lines += [f"{name} has far less than usual" for name in json.loads(check["examples"]) if name not in named]
    more = [f"… and {len(lines) - LISTED} more sources"] if len(lines) > LISTED else []
    return lines[:LISTED] + more


def _quarantine(store: Store, day: date, run_id: str, settings: Settings) -> list[str]:
    counted = [row for row in _ledger(store, day, run_id) if row["state"] != State.SKIPPED]
    bad = sum(row["state"] == State.QUARANTINED for row in counted)
    if len(counted) < settings.min_rows_for_share or bad <= settings.alert_share * len(counted):
        return []
    return [
        f"{bad} of {len(counted)} documents are in quarantine, more than {settings.alert_share:.0%}. "
        "What to do: look at their reasons, mend the cause, replay them."
    ]


def _ledger(store: Store, day: date, run_id: str) -> list[Row]:
    is_there = store.exists(store.ops(LEDGER.name, day, run_id))
    rows: list[Row] = read_ledger(store, day, run_id).to_pylist() if is_there else []
    return rows


def _read(store: Store, table: str, day: date, run_id: str) -> list[Row]:
    path = store.ops(table, day, run_id)
    rows: list[Row] = store.read_table(path).to_pylist() if store.exists(path) else []
    return rows


# ---- sent


def send(alert: Alert, settings: Settings, context: Mapping[str, Any]) -> bool:
    """Hand a message to the configured notifier; returns whether there is one. It is always logged.

    Raises:
        SettingsError: when the notifier cannot be made: a class that is not there, or arguments that do not fit.
    """
    log.warning("%s\n%s", alert.subject, alert.text)
    if not settings.notifier:
        return False
    module, _, name = settings.notifier.rpartition(".")
    try:
        notifier = getattr(importlib.import_module(module), name)(**_filled(settings.notifier_args, alert))
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise SettingsError(f"NEWS_ETL_NOTIFIER={settings.notifier!r} cannot be used: {error}") from error
    notifier.notify(context)
    return True


def _filled(value: Any, alert: Alert) -> Any:
    """The arguments with the message in its places. `notify` is called as it is, so no Jinja sees them."""
    if isinstance(value, str):
        return value.replace("{subject}", alert.subject).replace("{text}", alert.text)
    if isinstance(value, Mapping):
        return {name: _filled(item, alert) for name, item in value.items()}
    return [_filled(item, alert) for item in value] if isinstance(value, list) else value
