"""Kill the process while it publishes, at every file: readers find whole files, and a re-run completes the day."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import warnings
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from news_etl.day import Run, run_day
from news_etl.read import PublicationInProgress, articles
from news_etl.schema import WAREHOUSE
from news_etl.settings import Settings
from news_etl.store import Store

DAY = date(2025, 11, 4)
FILES = 3
ARTICLES = [f"Le conseil de Vaubrisse adopte son point numéro {n}" for n in range(12)]

PUBLISHER = """
import os, pathlib, signal, sys
from datetime import date
from news_etl.day import Run, publish
from news_etl.settings import from_environment

replace = pathlib.Path.replace

def publish_and_die(left, when):
    def counted(self, target):
        nonlocal left
        left -= 1
        if left == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = replace(self, target)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    pathlib.Path.replace = counted
    publish(Run.of(date(2025, 11, 4), "killed", from_environment(), "publish"))
    os._exit(0)

for line in sys.stdin:
    os.environ["NEWS_ETL_DATA"], left, when = line.rstrip("\\n").split("\\t")
    child = os.fork() or publish_and_die(int(left), when)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Publishes in a child of its own for each line of its input (data root, file, before or after), and prints how the
child ended. One process for all tests: the imports cost seconds."""

# The files of a publication in their order: marker, child tables, articles, manifest; then the books.
LAST = 1 + FILES * len(WAREHOUSE) + 1


def digests(data: Path) -> dict[str, str]:
    """SHA-256 of every file of the warehouse, by its path."""
    files = (file for file in sorted((data / "warehouse").rglob("*")) if file.is_file())
    return {file.relative_to(data).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def lines(titles: list[str], version: str) -> bytes:
    body = "Le conseil municipal a longuement débattu de ce point avant de passer au vote, à main levée. " * 8
    return b"".join(
        json.dumps(
            {
                "title": title,
                "body": f"{body} {version}",
                "url": f"https://example.org/{number}",
                "images": [{"url": f"https://example.org/{number}.jpg", "caption": version}],
            }
        ).encode()
        + b"\n"
        for number, title in enumerate(titles)
    )


@pytest.fixture(scope="module")
def half_done(tmp_path_factory):
    """A data root with an old day published and a new one validated; the digests of both; and the publisher."""
    folder = tmp_path_factory.mktemp("crash")
    settings = Settings(data=str(folder / "data"), sources=folder / "sources.yaml", files_per_day=FILES)
    settings.sources.write_text(
        f"sources:\n  - {{id: inbox, kind: inbox, path: '{folder}/inbox/date={{date}}/*', languages: [fr]}}\n"
    )
    file = folder / "inbox" / f"date={DAY}" / "day.jsonl"
    file.parent.mkdir(parents=True)

    file.write_bytes(lines(ARTICLES[:9], "nouveau"))
    dict(run_day(Run.of(DAY, "new", replace(settings, data=str(folder / "new")))))

    file.write_bytes(lines(ARTICLES, "ancien"))
    dict(run_day(Run.of(DAY, "old", settings)))
    old = digests(folder / "data")
    shutil.rmtree(folder / "data" / "raw")
    shutil.copytree(folder / "new" / "raw", folder / "data" / "raw")
    file.write_bytes(lines(ARTICLES[:9], "nouveau"))
    for step, _ in run_day(Run.of(DAY, "again", settings)):
        if step == "validate":
            break

    environment = os.environ | {"NEWS_ETL_SOURCES": str(settings.sources), "NEWS_ETL_FILES_PER_DAY": str(FILES)}
    publisher = subprocess.Popen(
        [sys.executable, "-c", PUBLISHER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield folder / "data", old, digests(folder / "new"), publisher
    publisher.communicate()


def publish_in(publisher, data, at: int, when: str) -> int:
    """Let a process publish, and kill it before or after its file number `at`; returns its exit code."""
    publisher.stdin.write(f"{data}\t{at}\t{when}\n")
    publisher.stdin.flush()
    return int(publisher.stdout.readline())


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 1 + FILES, LAST - FILES, LAST - 1, LAST, LAST + 1])
def test_killed_at_a_file_every_file_is_whole_and_every_article_is_there_once(half_done, at, when, tmp_path):
    origin, old, new, publisher = half_done
    data = tmp_path / "data"
    shutil.copytree(origin, data)
    assert publish_in(publisher, data, at, when) == -signal.SIGKILL

    files = tables_of(digests(data))
    assert set(files) == set(tables_of(old))
    assert all(digest in (old[path], new[path]) for path, digest in files.items())
    table = pd.read_parquet(data / "warehouse" / "articles")
    keys = table[["article_id", "revision"]]
    assert not keys.duplicated().any()
    assert 9 <= len(keys) <= 12

    begun = (at, when) != (1, "before")
    ended = at > LAST
    store = Store(str(data))
    assert store.publishing_days() == ([DAY] if begun and not ended else [])
    assert reported(data) == (begun and not ended)

    assert publish_in(publisher, data, 9999, "before") == 0
    assert digests(data) == new
    assert not reported(data)


def tables_of(files: dict[str, str]) -> dict[str, str]:
    """The files that a reader of Parquet sees."""
    return {path: digest for path, digest in files.items() if path.endswith(".parquet") and "/." not in path}


def reported(data) -> bool:
    """Whether reading the data tells that a publication was interrupted."""
    environment = pytest.MonkeyPatch()
    environment.setenv("NEWS_ETL_DATA", str(data))
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            articles()
    finally:
        environment.undo()
    return any(issubclass(warning.category, PublicationInProgress) for warning in caught)
