"""Housekeeping: what has outlived its time goes; what readers read, and what it was made from, stays."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from news_etl.housekeeping import carry_out, plan, totals
from news_etl.ledger import write_books
from news_etl.settings import KEEP_DAYS, Settings
from test_replay import bad

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def days_ago(days: int) -> date:
    return NOW.date() - timedelta(days=days)


def paths(store, **keep) -> set[str]:
    return {removal.path for removal in plan(store, Settings(keep_days=KEEP_DAYS | keep), NOW)}


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("stage", lambda store, day: store.stage(day, "documents.parquet")),
        ("reports", lambda store, day: f"{store.report(day, 'run')}/index.html"),
        ("ops", lambda store, day: store.ops("ledger", day, "run")),
        ("ops", lambda store, day: store.run_record(day, "run")),
    ],
)
def test_a_folder_goes_the_day_after_its_time(store, kind, path):
    for age in (KEEP_DAYS[kind], KEEP_DAYS[kind] + 1):
        store.write_bytes(path(store, days_ago(age)), b"12345")
    (removal,) = plan(store, Settings(), NOW)
    assert (removal.kind, removal.bytes, removal.days) == (kind, 5, KEEP_DAYS[kind] + 1)
    carry_out(store, [removal])
    assert store.exists(path(store, days_ago(KEEP_DAYS[kind])))
    assert not store.exists(path(store, days_ago(KEEP_DAYS[kind] + 1)))


def test_quarantine_goes_only_when_nothing_of_it_is_open(store):
    old = days_ago(500)
    write_books(store, old, "r1", [bad("1")])
    open_entry = paths(store, ops=9999)
    write_books(store, old, "r2", [])
    assert (open_entry, paths(store, ops=9999)) == (set(), {store.ops_partition("quarantine", old)})


def test_what_a_crash_left_half_written_goes_after_two_days(store):
    for name, age in ((".writing-1-a", 1), (".writing-2-b", 3)):
        store.write_bytes(f"warehouse/articles/date=2026-05-01/{name}", b"x")
        time = (NOW - timedelta(days=age)).timestamp()
        os.utime(Path(store.path(f"warehouse/articles/date=2026-05-01/{name}")), (time, time))
    assert paths(store) == {"warehouse/articles/date=2026-05-01/.writing-2-b"}


def test_a_landing_is_kept_for_ever_unless_that_is_decided_otherwise_and_always_where_a_published_day_needs_it(store):
    published, other = days_ago(900), days_ago(800)
    parts = {day: f"{store.landing('gazette', day)}/part-1.warc.gz" for day in (published, other)}
    late = f"{store.landing('gazette', published)}/part-2.warc.gz"
    for path in (*parts.values(), late, store.part("articles", published, 0)):
        store.write_bytes(path, b"x")
    store.write_bytes(store.decision("1"), b"{}")
    store.write_json(store.day_manifest(published), {"landing": [parts[published]]})
    assert paths(store) == set()
    assert paths(store, raw=365) == {parts[other], late}
    assert paths(store, raw=850) == {late}
    store.write_json(store.day_manifest(published), {})
    assert paths(store, raw=850) == set()


def test_a_plan_is_summed_by_kind(store):
    for age in (100, 200):
        store.write_bytes(store.stage(days_ago(age), "a"), b"12")
    assert totals(plan(store, Settings(), NOW)) == {"stage": {"number": 2, "bytes": 4}}
