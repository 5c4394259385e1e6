"""How long the audit of a large day takes, and how much memory: measured in a process of its own."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from generated_days import generated_day

DAY = date(2025, 11, 4)
SOURCES = 50

AUDIT = """
import json, re, sys, time
from datetime import date
import pyarrow.parquet as pq
from news_etl.settings import Settings
from news_etl.store import Store
from news_etl.validate import Day, Policy, audit

folder = sys.argv[1]
articles, documents, entities, quotes = (
    pq.read_table(f"{folder}/{name}.parquet") for name in ("articles", "documents", "entities", "quotes")
)
rows = {"articles": articles.num_rows, "entities": entities.num_rows, "quotes": quotes.num_rows}
children = {"entities": entities, "quotes": quotes}
day = Day(date(2025, 11, 4), articles, documents.to_pylist(), documents.num_rows, children)
del articles, documents, entities, quotes, children
started, processor = time.monotonic(), time.process_time()
verdict = audit(Store(folder), Policy(Settings(data=folder)), day, "run")
figures = {
    "seconds": time.monotonic() - started,
    "processor_seconds": time.process_time() - processor,
    # not getrusage: what that calls the maximum begins with the size of the process that started this one
    "gigabytes": int(re.search(r"VmHWM:\\s+([0-9]+)", open("/proc/self/status").read())[1]) / 1e6,
    "broken": verdict.broken,
    "published": verdict.articles.num_rows,
}
print(json.dumps(rows | figures))
"""


@pytest.mark.parametrize(
    ("articles", "seconds", "gigabytes"),
    [(1_000, 30, 0.9), pytest.param(50_000, 60, 2.0, marks=[pytest.mark.long, pytest.mark.timeout(1800)])],
)
def test_the_audit_of_a_day_stays_within_time_and_memory(articles, seconds, gigabytes, tmp_path):
    """50,000 articles with some 600,000 names and 300,000 quotations, in processor time: others may be at work."""
    volumes = {f"source-{number:02}": articles // SOURCES for number in range(SOURCES)}
    day = generated_day(DAY, volumes)
    write(tmp_path, day)
    del day
    done = subprocess.run([sys.executable, "-c", AUDIT, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    print(figures)
    assert figures["entities"] >= 10 * articles
    assert figures["quotes"] >= 3 * articles
    assert (figures["published"], figures["broken"]) == (articles, [])
    assert figures["processor_seconds"] < seconds
    assert figures["gigabytes"] < gigabytes


def write(folder: Path, day) -> None:
    from news_etl.schema import DOCUMENTS

    tables = {"articles": day.articles, "documents": DOCUMENTS.arrow(day.documents), **day.children}
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
