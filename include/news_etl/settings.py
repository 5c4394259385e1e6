"""The settings of the project: the only module that reads the environment.

Every variable, its meaning and its default stand in `VARIABLES`, which `news-etl --help` and the documentation print.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds `include/`: relative paths of the configuration start here."""

BUNDLED_MODELS = {"fr": PROJECT_ROOT / "include" / "models" / "fr_news"}
"""The language pipelines that ship with the project, by language; `NEWS_ETL_MODEL_<LANGUAGE>` names another."""

MODEL_PREFIX = "NEWS_ETL_MODEL_"

VARIABLES: dict[str, str] = {
    "NEWS_ETL_DATA": "root of all data: a folder, or a URL that fsspec knows (default: data in the project's root)",
    "NEWS_ETL_SOURCES": "the file that says what is collected (default: include/sources.yaml)",
    "NEWS_ETL_FILES_PER_DAY": "Parquet files of a table and day (default: 1)",
    "NEWS_ETL_MAX_DOCUMENT_MB": "a document over this size is quarantined (default: 20)",
    "NEWS_ETL_MAX_BAD_SHARE": "share of quarantined documents from which a day fails (default: 0.5)",
    "NEWS_ETL_SHARDS": "enrichment tasks of a day at most (default: 16)",
    MODEL_PREFIX + "<LANGUAGE>": "the spaCy pipeline of a language: a package or a folder (default: fr_news for "
    "French, which ships with the project; for other languages none)",
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
    max_bad_share: float = 0.5
    """A day in which half of the documents are unreadable is a broken feed, not a bad day."""
    min_rows_for_share: int = 20
    """Under 20 documents a share says nothing: three bad files of five are three bad files."""
    shards: int = 16
    models: Mapping[str, str] = field(default_factory=dict)
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
        max_bad_share=_number(env, "NEWS_ETL_MAX_BAD_SHARE", defaults.max_bad_share, 0, 1),
        shards=_count(env, "NEWS_ETL_SHARDS", defaults.shards),
        models={
            key.removeprefix(MODEL_PREFIX).lower(): value
            for key, value in sorted(env.items())
            if key.startswith(MODEL_PREFIX) and value
        },
        evaluation=PROJECT_ROOT / (env.get("NEWS_ETL_EVAL") or defaults.evaluation),
    )


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
