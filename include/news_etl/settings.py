"""The settings of the project: the only module that reads the environment.

Every variable, its meaning and its default stand in `VARIABLES`, which `news-etl --help` and the documentation print.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

PROJECT_ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds `include/`: relative paths of the configuration start here."""

BUNDLED_MODELS = {"fr": PROJECT_ROOT / "include" / "models" / "fr_news"}
"""The language pipelines that ship with the project, by language; `NEWS_ETL_MODEL_<LANGUAGE>` names another."""

MODEL_PREFIX = "NEWS_ETL_MODEL_"

KEEP_DAYS = {
    "stage": 14,
    "reports": 90,
    "quarantine": 400,
    "ops": 1100,
    "leftovers": 2,
    "logs": 30,
    "airflow": 90,
}
"""Days after which the housekeeping removes files, by folder; `raw` is not among them: a landing is kept for ever.

A stage serves restarts within days; a report the questions of a quarter. The quarantine is kept for a year and the
books for three, so that a season can be compared with the one before.
"""

VARIABLES: dict[str, str] = {
    "NEWS_ETL_DATA": "root of all data: a folder, or a URL that fsspec knows (default: data in the project's root). "
    "With a URL, let one machine collect from the web",
    "NEWS_ETL_SOURCES": "the file that says what is collected (default: include/sources.yaml)",
    "NEWS_ETL_FILES_PER_DAY": "Parquet files of a table and day (default: 1)",
    "NEWS_ETL_MAX_DOCUMENT_MB": "a document over this size is quarantined (default: 20)",
    "NEWS_ETL_MAX_SECONDS": "a document that takes longer to read, in processor time, is stopped and quarantined "
    "(default: 20)",
    "NEWS_ETL_MAX_MEMORY_MB": "a document is stopped and quarantined when the process that reads it is over this size "
    "(default: 1000)",
    "NEWS_ETL_WORKERS": "processes that read documents at a time (default: the processors, up to 4)",
    "NEWS_ETL_MAX_BAD_SHARE": "share of quarantined documents from which a day fails (default: 0.5)",
    "NEWS_ETL_MAX_ATTEMPTS": "runs that reject a document until it is set aside and no longer replayed (default: 5)",
    "NEWS_ETL_NOTIFIER": "class of the notifier that carries alerts, by its path: "
    "airflow.providers.smtp.notifications.smtp.SmtpNotifier (default: none, they are logged)",
    "NEWS_ETL_NOTIFIER_ARGS": "its arguments as JSON; {subject} and {text} stand for the message (default: {})",
    "NEWS_ETL_ALERT_SHARE": "share of quarantined documents from which a published day is told of (default: 0.1)",
    "NEWS_ETL_KEEP_DAYS": "days after which files are removed, by folder (default: stage=14 reports=90 quarantine=400 "
    "ops=1100 leftovers=2 logs=30 airflow=90; raw=N removes landings that no published day needs)",
    "NEWS_ETL_AIRFLOW_DATABASE": "URL of Airflow's database, for the housekeeping to clean it (default: none)",
    "NEWS_ETL_SHARDS": "enrichment tasks of a day at most (default: 16)",
    MODEL_PREFIX + "<LANGUAGE>": "the spaCy pipeline of a language: a package or a folder (default: fr_news for "
    "French, which ships with the project; for other languages none)",
    "NEWS_ETL_USER_AGENT": "the name under which pages are fetched, product/version (default: news-etl/…)",
    "NEWS_ETL_CONTACT": "a URL or mail address where sites can turn to, sent with every request (default: none)",
    "NEWS_ETL_EVAL": "folder of the evaluation data (default: ../shared)",
}


class SettingsError(ValueError):
    """A variable of the environment holds a value that cannot be used."""


@dataclass(frozen=True)
class Settings:
    """What a run depends on besides the landing and the sources file."""

    data: str = str(PROJECT_ROOT / "data")
    sources: Path = PROJECT_ROOT / "include" / "sources.yaml"
    files_per_day: int = 1
    max_document_bytes: int = 20_000_000
    max_seconds: int = 20
    """The annotated pages take 0.08 s each on one core, the slowest 0.3 s."""
    max_memory_bytes: int = 1_000_000_000
    workers: int = min(4, os.cpu_count() or 1)
    max_bad_share: float = 0.5
    """A day in which half of the documents are unreadable is a broken feed, not a bad day."""
    min_rows_for_share: int = 20
    """Under 20 documents a share says nothing: three bad files of five are three bad files."""
    max_attempts: int = 5
    """A working week: who has not looked by then will not, and a document that fails so often does not mend itself."""
    notifier: str | None = None
    notifier_args: Mapping[str, Any] = field(default_factory=dict)
    alert_share: float = 0.1
    airflow_database: str | None = None
    keep_days: Mapping[str, int] = field(default_factory=lambda: dict(KEEP_DAYS))
    shards: int = 16
    models: Mapping[str, str] = field(default_factory=dict)
    user_agent: str = f"news-etl/{version('news-etl')}"
    """What requests carry: product/version, and the contact in brackets."""
    evaluation: Path = PROJECT_ROOT.parent / "shared"

    @property
    def data_url(self) -> str:
        """The data root as a URL or an absolute path."""
        return self.data if "://" in self.data else str((PROJECT_ROOT / Path(self.data).expanduser()).resolve())


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: naming the variable, its value and what was expected.
    """
    env = os.environ if environment is None else environment
    defaults = Settings()
    return Settings(
        data=env.get("NEWS_ETL_DATA") or defaults.data,
        sources=PROJECT_ROOT / (env.get("NEWS_ETL_SOURCES") or defaults.sources),
        files_per_day=_count(env, "NEWS_ETL_FILES_PER_DAY", defaults.files_per_day),
        max_document_bytes=int(_number(env, "NEWS_ETL_MAX_DOCUMENT_MB", 20, 0.001, 2000) * 1_000_000),
        max_seconds=_count(env, "NEWS_ETL_MAX_SECONDS", defaults.max_seconds),
        max_memory_bytes=int(_number(env, "NEWS_ETL_MAX_MEMORY_MB", 1000, 400, 1_000_000) * 1_000_000),
        workers=_count(env, "NEWS_ETL_WORKERS", defaults.workers),
        max_bad_share=_number(env, "NEWS_ETL_MAX_BAD_SHARE", defaults.max_bad_share, 0, 1),
        max_attempts=_count(env, "NEWS_ETL_MAX_ATTEMPTS", defaults.max_attempts),
        notifier=env.get("NEWS_ETL_NOTIFIER") or None,
        notifier_args=_json(env, "NEWS_ETL_NOTIFIER_ARGS"),
        alert_share=_number(env, "NEWS_ETL_ALERT_SHARE", defaults.alert_share, 0, 1),
        airflow_database=env.get("NEWS_ETL_AIRFLOW_DATABASE") or None,
        keep_days=_keep_days(env, "NEWS_ETL_KEEP_DAYS"),
        shards=_count(env, "NEWS_ETL_SHARDS", defaults.shards),
        models={
            key.removeprefix(MODEL_PREFIX).lower(): value
            for key, value in sorted(env.items())
            if key.startswith(MODEL_PREFIX) and value
        },
        user_agent=_user_agent(env, defaults.user_agent),
        evaluation=PROJECT_ROOT / (env.get("NEWS_ETL_EVAL") or defaults.evaluation),
    )


def _user_agent(env: Mapping[str, str], default: str) -> str:
    agent, contact = env.get("NEWS_ETL_USER_AGENT") or default, env.get("NEWS_ETL_CONTACT")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*(/[!-~]+)?( [ -~]+)?", agent):
        raise SettingsError(f"NEWS_ETL_USER_AGENT={agent!r}: expected as in my-crawler/1.0, in ASCII.")
    if contact and not re.fullmatch(r"[!-'*-~]+", contact):
        raise SettingsError(f"NEWS_ETL_CONTACT={contact!r}: expected is a URL or a mail address.")
    return f"{agent} (+{contact})" if contact else agent


def _json(env: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        value = json.loads(env.get(name) or "{}")
    except json.JSONDecodeError as error:
        raise SettingsError(f"{name}: not JSON: {error}") from None
    if not isinstance(value, dict):
        raise SettingsError(f"{name}={env[name]!r}: an object is expected. {VARIABLES[name]}.")
    return value


def _keep_days(env: Mapping[str, str], name: str) -> dict[str, int]:
    known = {*KEEP_DAYS, "raw"}
    found = dict(KEEP_DAYS)
    for entry in (env.get(name) or "").split():
        match = re.fullmatch(r"([a-z]+)=([1-9][0-9]{0,4})", entry)
        if not match or match[1] not in known:
            raise SettingsError(f"{name}: {entry!r}: folder=days is expected, of {', '.join(sorted(known))}.")
        found[match[1]] = int(match[2])
    return found


def _count(env: Mapping[str, str], name: str, default: int) -> int:
    value = _number(env, name, default, 1, 1024)
    if value != int(value):
        raise SettingsError(f"{name}={env[name]!r}: a whole number is expected. {VARIABLES[name]}.")
    return int(value)


def _number(env: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    text = env.get(name, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise SettingsError(f"{name}={text!r}: a number from {low} to {high} is expected. {VARIABLES[name]}.")
    return value
