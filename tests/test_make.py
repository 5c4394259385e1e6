"""The commands a newcomer types first: `make`, the set-up with whatever Python is there, and `make run`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RUN_DAY = [sys.executable, ROOT / "scripts" / "run_day.py"]


def run(*command: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def make_python(folder: Path, name: str, version: str) -> None:
    """A stand-in for a Python of another version, as the set-up script asks it."""
    python = folder / name
    supported = re.match(r"3\.1[123]\.", version) is not None
    python.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "Python {version}" && exit 0\nexit {int(not supported)}\n'
    )
    python.chmod(0o755)


def test_bare_make_lists_each_command() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.*)", makefile, flags=re.MULTILINE)
    assert targets

    shown = run("make", "--no-print-directory").stdout

    for target in targets[1].split():
        assert re.search(rf"^  make {target} +\S", shown, flags=re.MULTILINE), f"`make {target}` is not explained"


def test_an_unsupported_python_is_refused_with_the_remedy(tmp_path: Path) -> None:
    for name in ("python3", "python3.13", "python3.12", "python3.11", "python"):
        make_python(tmp_path, name, "3.14.0")

    refused = run("sh", "scripts/make_venv.sh", tmp_path / "venv", PATH=f"{tmp_path}:/usr/bin:/bin")

    assert refused.returncode == 1
    assert "No Python 3.11, 3.12 or 3.13 found; python3 is Python 3.14.0" in refused.stderr
    assert "PYTHON=" in refused.stderr
    assert not (tmp_path / "venv").exists()


def test_the_python_that_was_asked_for_is_not_replaced_by_another(tmp_path: Path) -> None:
    make_python(tmp_path, "python3.10", "3.10.2")

    refused = run("sh", "scripts/make_venv.sh", tmp_path / "venv", tmp_path / "python3.10")

    assert refused.returncode == 1
    assert "python3.10 is not Python 3.11, 3.12 or 3.13: Python 3.10.2" in refused.stderr


def test_a_supported_python_is_found_behind_an_unsupported_one(tmp_path: Path) -> None:
    make_python(tmp_path, "python3", "3.14.0")
    make_python(tmp_path, "python3.13", "3.14.0")
    make_python(tmp_path, "python3.12", "3.12.1")

    made = run("sh", "scripts/make_venv.sh", tmp_path / "venv", PATH=f"{tmp_path}:/usr/bin:/bin")

    assert "with Python 3.12.1" in made.stdout


def test_what_is_no_day_is_refused() -> None:
    refused = run(*RUN_DAY, "04/11/2025")
    assert refused.returncode == 2
    assert "'04/11/2025' is no day: YYYY-MM-DD is expected" in refused.stderr


@pytest.mark.airflow
def test_a_day_runs_through_airflow_again_and_again_and_shows_its_articles(tmp_path: Path) -> None:
    # HOME: nothing may be written to ~/airflow, where Airflow would put its files.
    environment = {"NEWS_ETL_DATA": str(tmp_path / "data"), "HOME": str(tmp_path / "user")}
    for _ in range(2):
        done = run(*RUN_DAY, "2025-11-04", "--home", tmp_path / "airflow", **environment)
        assert done.returncode == 0, done.stderr
        for task in ("collect", "extract_and_clean", "enrich", "validate", "publish"):
            assert re.search(rf"^  {task} +done +\d+\.\d s", done.stdout, flags=re.MULTILINE), task
        assert "articles of 2025-11-04" in done.stdout
        assert list((tmp_path / "data/warehouse/articles/date=2025-11-04").glob("*.parquet"))
    assert not (tmp_path / "user" / "airflow").exists()


@pytest.mark.airflow
def test_a_failed_day_says_why_and_where_the_log_is(tmp_path: Path) -> None:
    environment = {"NEWS_ETL_DATA": str(tmp_path / "data"), "NEWS_ETL_SOURCES": str(tmp_path / "missing.yaml")}

    failed = run(*RUN_DAY, "2025-11-04", "--home", tmp_path / "airflow", **environment)

    assert failed.returncode == 1
    assert re.search(r"^  sources +FAILED", failed.stdout, flags=re.MULTILINE)
    assert "missing.yaml" in failed.stdout
    assert f"The end of {tmp_path}/airflow/logs/run-2025-11-04.log" in failed.stderr
