"""Whole days: run them as a user would, and look at what lies on disk afterwards."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from news_etl.day import Run, run_day
from news_etl.settings import Settings

SAMPLE_DAYS = [date(2025, 11, 3), date(2025, 11, 4), date(2025, 11, 5)]


def digests(data: Path, area: str = "warehouse") -> dict[str, str]:
    """SHA-256 of every file of an area, by its path."""
    return {
        file.relative_to(data).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted((data / area).rglob("*"))
        if file.is_file()
    }


@pytest.fixture
def run_one() -> Callable[..., dict]:
    """Run one day; returns the manifest of each step by its name (of the last, where a step ran several times)."""

    def run(data: Path, day: date, run_id: str = "test", only: list[str] | None = None, **changes) -> dict:
        restart_from = changes.pop("restart_from", "collect")
        settings = replace(Settings(data=str(data)), **changes)
        return dict(run_day(Run.of(day, run_id, settings, restart_from), only))

    return run


@pytest.fixture
def inbox(tmp_path) -> Callable[..., Path]:
    """Make an inbox of one source with the given files for one day; returns the sources file."""

    def make(files: dict[str, bytes], day: str = "2025-11-04", source: str = "inbox") -> Path:
        folder = tmp_path / source / f"date={day}"
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        sources = tmp_path / f"{source}.yaml"
        sources.write_text(
            f"sources:\n  - id: {source}\n    kind: inbox\n    path: {tmp_path / source}/date={{date}}/*\n"
            "    publisher: Le Test\n    country: FR\n"
        )
        return sources

    return make


@pytest.fixture(name="digests")
def digests_fixture() -> Callable[..., dict[str, str]]:
    return digests
