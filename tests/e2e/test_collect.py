"""Kill the process while it collects, at any moment: what follows lands every page once, in parts that can be read."""

import gzip
import io
import json
import random
import shutil
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from news_etl.landing import read_landing
from news_etl.store import Store
from newsroom import Newsroom, Request

PAGES = 60
SECONDS = 0.9
"""A little longer than a whole collection takes, so that the kills fall anywhere in it, and after it."""

COLLECTOR = """
import os, signal, sys, time
from news_etl.collect import collect_now
from news_etl.settings import from_environment
from news_etl.sources import Feed
from news_etl.store import open_store

def collect(url):
    settings = from_environment()
    source = Feed(id="src", kind="feed", url=url, delay_seconds=0, allow_private=True)
    collect_now(open_store(settings), source, settings, f"run-{os.getpid()}")
    os._exit(0)

for line in sys.stdin:
    os.environ["NEWS_ETL_DATA"], url, seconds = line.rstrip("\\n").split("\\t")
    child = os.fork() or collect(url)
    if float(seconds):
        time.sleep(float(seconds))
        os.kill(child, signal.SIGKILL)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Collects in a child of its own for each line of its input (data root, feed, seconds until its kill or 0 for none)."""


@pytest.fixture(scope="module")
def room():
    """A newsroom whose pages hardly compress, so that a kill can fall within one."""

    def feed(request: Request) -> None:
        items = [{"url": f"/{number}"} for number in range(PAGES)]
        request.answer(json.dumps({"items": items}).encode(), Content_Type="application/feed+json")

    def page(request: Request) -> None:
        request.answer(random.Random(request.path).randbytes(20_000).hex().encode())

    with Newsroom({"/feed.json": feed, **{f"/{number}": page for number in range(PAGES)}}) as newsroom:
        yield newsroom


@pytest.fixture(scope="module")
def collector():
    with subprocess.Popen(
        [sys.executable, "-c", COLLECTOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.stdin.close()


def run(collector, data, room: Newsroom, seconds: float = 0) -> int:
    collector.stdin.write(f"{data}\t{room.url}/feed.json\t{seconds}\n")
    collector.stdin.flush()
    return int(collector.stdout.readline())


def documents(store: Store) -> list:
    """Of today and yesterday: the test may run over midnight."""
    today = datetime.now(UTC).date()
    days = (today, today - timedelta(days=1))
    return [
        document
        for day in days
        for document in read_landing(store, "src", day, store.landed_parts("src", day), 1_000_000)
    ]


KILLS = [*range(3), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 23))]


@pytest.mark.parametrize("seed", KILLS)
def test_killed_while_it_collects_every_page_is_landed_once(room, collector, tmp_path, seed):
    moments = random.Random(seed)
    data, store = tmp_path / "data", Store(str(tmp_path / "data"))
    for _ in range(moments.randint(1, 3)):
        run(collector, data, room, moments.uniform(0.02, SECONDS))
    assert run(collector, data, room) == 0
    assert Counter(document.path for document in documents(store)) == {f"{room.url}/{n}": 1 for n in range(PAGES)}
    assert all(document.payload == expected(document.path) for document in documents(store))
    assert pages_in_parts(data) == PAGES
    assert list(data.rglob(".*")) == []
    asked = room.counts.copy()
    assert run(collector, data, room) == 0
    assert {path for path, count in (room.counts - asked).items() if count} <= {"/feed.json", "/robots.txt"}
    shutil.rmtree(data)


def expected(path: str) -> bytes:
    return random.Random("/" + path.rpartition("/")[2]).randbytes(20_000).hex().encode()


def pages_in_parts(data) -> int:
    """The pages that another reader finds in all parts, read to the checksum of their last byte."""
    count = 0
    for part in data.glob("raw/src/date=*/*.warc.gz"):
        content = part.read_bytes()
        gzip.decompress(content)
        records = ArchiveIterator(io.BytesIO(content), record_types=WarcRecordType.response, verify_digests=True)
        count += sum(record.verify_payload_digest() for record in records)
    return count


def test_two_collections_at_once_land_every_page(room, collector, tmp_path):
    """The hourly one and a person's: both may fetch a page, and it is one document."""
    data = tmp_path / "data"
    command = [sys.executable, "-c", COLLECTOR]
    line = f"{data}\t{room.url}/feed.json\t0\n"
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        process.stdin.write(line)
        process.stdin.flush()
    for process in both:
        with process:
            process.stdin.close()
            assert process.stdout.read().strip() == "0"
    assert Counter(document.path for document in documents(Store(str(data)))) == {
        f"{room.url}/{n}": 1 for n in range(PAGES)
    }
