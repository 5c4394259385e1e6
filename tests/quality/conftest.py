"""What the tests of accuracy share."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def versions_of() -> Callable[[Path], Iterator[tuple[str, Any]]]:
    """Commit and content of every version of a JSON file that the history of the repository knows."""

    def versions(file: Path) -> Iterator[tuple[str, Any]]:
        here = file.relative_to(ROOT).as_posix()
        history = _git("log", "--format=%H", "--", here)
        if history.returncode:
            pytest.skip("no history: this is not a clone of the repository")
        for commit in history.stdout.split():
            shown = _git("show", f"{commit}:{here}")
            if shown.returncode == 0:
                yield commit, json.loads(shown.stdout)

    return versions


def _git(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
