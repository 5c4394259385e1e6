"""What the News desk computes: days, flows, health, quarantine, the reader. Small ledgers, and one day that was run."""

import json
import os
import re
import sys
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from news_etl.collect import collect
from news_etl.day import run_day
from news_etl.desk.charts import bars, cells, months, sparkline
from news_etl.desk.days import Days, DayState, source_state, troubles
from news_etl.desk.find import find
from news_etl.desk.quarantine import Quarantine, Wanted, groups, raw
from news_etl.desk.reader import list_articles, pieces, read_article
from news_etl.desk.runs import flow, read_run, report_pages
from news_etl.desk.sankey import picture
from news_etl.desk.sources import SourceDays, health, notes
from news_etl.ledger import write_books
from news_etl.runs import begin_run, close_run, fail_run, note_trouble
from news_etl.schema import CHECKS, QUARANTINE
from news_etl.settings import PROJECT_ROOT
from news_etl.sources import Feed, Inbox
from news_etl.store import Store

DAY = date(2025, 11, 4)
HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)> & \"Sons\""


@pytest.fixture
def ran(store):
    """File the books of a run as a day leaves them: documents as (source, state, reason, step, count)."""

    def file(day=DAY, *documents, run="run", is_published=True, failed=(), message=None):
        rows = [
            {
                "record_id": f"{day}-{number}-{index}",
                "source": source,
                "path": f"{source}-{number}-{index}.html",
                "raw_pointer": {"file": "", "record_id": f"{day}-{number}-{index}", "sha256": ""},
                "state": state,
                "reason": reason,
                "step": step,
                "message": message,
                "article_id": f"{number}{index}" if state == "published" else None,
                "extract_seconds": 0.01 * index,
            }
            for number, (source, state, reason, step, count) in enumerate(documents)
            for index in range(count)
        ]
        checks = [
            {
                "run_id": run, "table": "articles", "expectation": f"rule_{number}", "column": "title",
                "severity": severity, "is_success": not is_broken, "row_count": len(rows),
                "unexpected_count": int(is_broken), "rule": "the title is good", "examples": '["bad"]',
            }
            for number, (severity, is_broken) in enumerate([("critical", False), *((one, True) for one in failed)])
        ]  # fmt: skip
        store.write_table(store.ops("checks", day, run), CHECKS.arrow(checks))
        if is_published:
            articles = sum(row["state"] == "published" for row in rows)
            store.write_json(store.day_manifest(day), {"tables": {"articles": {"rows": articles}}})
        write_books(store, day, run, rows, failure=None if is_published else message or "it breaks a promise")
        return store

    return file


def good(count=20, source="a"):
    return (source, "published", None, None, count)


def bad(count=1, source="a", step="extract", reason="no_body"):
    return (source, "quarantined", reason, step, count)


def held(count=20, source="a"):
    return (source, "held", "day_failed", "validate", count)


def state_of(store, day=DAY):
    return Days(store).get(day).state


# ---- days


def test_a_day_whose_documents_are_published_is_published(ran):
    assert state_of(ran(DAY, good(), ("a", "duplicate", "exact_duplicate", "clean", 9))) == "published"


def test_a_few_bad_documents_among_many_leave_a_day_published_and_more_of_them_warn(ran, store):
    assert state_of(ran(DAY, good(99), bad(1))) == "published"
    assert state_of(ran(DAY, good(98), bad(3))) == "warned"
    assert state_of(ran(DAY, good(9), bad(1))) == "published"
    assert state_of(ran(DAY, good(9), bad(2))) == "warned"


def test_a_failed_check_of_severity_warning_warns_and_one_of_info_does_not(ran, store):
    assert state_of(ran(DAY, good(), failed=["info"])) == "published"
    assert state_of(ran(DAY, good(), failed=["info", "warning"])) == "warned"


def test_a_day_without_documents_is_empty_and_one_without_a_run_is_missing(ran):
    store = ran(DAY)
    ran(DAY + timedelta(days=2), good())
    states = [day.state for day in Days(store).between(DAY - timedelta(days=9), DAY + timedelta(days=3))]
    assert states == ["empty", "missing", "published", "missing"]  # before the first run nothing is missing


def test_a_day_that_holds_its_documents_has_failed_also_where_readers_see_an_earlier_publication(ran, store):
    ran(DAY, good(), run="first")
    time.sleep(0.01)
    ran(DAY, held(), run="second", is_published=False)
    day = Days(store).get(DAY)
    assert (day.state, day.runs, day.documents) == ("failed", ("first", "second"), {"held": 20})


def test_a_day_of_which_all_documents_are_bad_and_nothing_was_published_has_failed(ran):
    assert state_of(ran(DAY, bad(25), is_published=False)) == "failed"


def test_a_publication_that_was_interrupted_is_a_failed_day(ran, store):
    ran(DAY, good())
    store.write_json(store.publishing_marker(DAY), {})
    day = Days(store).get(DAY)
    assert (day.state, day.is_publishing) == ("failed", True)


def test_a_run_that_failed_before_its_audit_is_a_failed_day_and_says_in_which_task(ran, store):
    begin_run(store, DAY, "run")
    fail_run(store, DAY, "run", ["extract_and_clean"])
    days = Days(store).between(DAY, DAY)
    assert [day.state for day in days] == ["failed"]
    assert [one.failed_tasks for one in troubles(days)] == [("extract_and_clean",)]


def test_a_run_is_running_until_it_ends_or_must_have_been_killed(store, monkeypatch):
    begin_run(store, DAY, "run")
    days = Days(store)
    assert days.get(DAY).state == "running"
    assert troubles(days.between(DAY, DAY)) == []
    monkeypatch.setattr("news_etl.desk.days.LONGEST_RUN", timedelta())
    assert days.get(DAY).state == "failed"


def test_the_last_day_with_documents_is_told_where_empty_days_came_after_it(ran, store):
    assert Days(store).last_with_documents() is None
    ran(DAY, good())
    ran(DAY + timedelta(days=400))
    assert Days(store).last_with_documents() == DAY


def test_a_published_day_that_is_run_again_is_running_and_its_sources_are_not_silent(ran, store):
    ran(DAY, good())
    time.sleep(0.01)
    begin_run(store, DAY + timedelta(days=1), "run")
    begin_run(store, DAY, "second")
    days = Days(store).between(DAY, DAY + timedelta(days=1))
    assert [day.state for day in days] == ["running", "running"]
    (one,) = health(days, [source("a")])
    assert one.silent_days == 0


def test_a_run_without_books_shows_what_is_known_of_it(store):
    begin_run(store, DAY, "run")
    note_trouble(store, DAY, "run", OSError("no space left"))
    fail_run(store, DAY, "run", ["enrich"])
    run = read_run(store, DAY, "run")
    assert (run.has_books, run.landed, run.record.message) == (False, 0, "OSError: no space left")


def test_the_entries_of_the_quarantine_are_counted_over_all_days(ran, store):
    ran(DAY, good(), bad(3))
    ran(DAY + timedelta(days=1), good(), bad(2))
    ran(DAY + timedelta(days=1), good(), bad(1), run="second")
    assert Days(store).open_entries() == 4


def test_days_without_a_run_that_follow_on_one_another_are_one_trouble(ran, store):
    for number, publication in [(0, True), (4, False), (6, True)]:
        ran(DAY + timedelta(days=number), good() if publication else held(), is_published=publication)
    found = troubles(Days(store).between(DAY, DAY + timedelta(days=6)))
    assert [(one.state, one.first.day, one.last.day) for one in found] == [
        ("missing", 9, 9), ("failed", 8, 8), ("missing", 5, 7),
    ]  # fmt: skip


def test_what_was_read_is_read_again_when_its_files_change(ran, store):
    ran(DAY, good())
    days = Days(store)
    assert days.get(DAY).state == "published"
    assert days.get(DAY) is days.get(DAY)
    time.sleep(0.01)
    ran(DAY, held(), is_published=False)
    assert days.get(DAY).state == "failed"


def test_an_empty_data_root_has_no_days(store):
    assert Days(store).between(DAY, DAY) == []
    assert Days(store).last() is None
    assert Days(store).get(DAY).state == "missing"


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        (None, "empty"),
        ({"published": 9}, "published"),
        ({"duplicate": 9}, "published"),
        ({"published": 9, "quarantined": 1}, "published"),
        ({"published": 9, "quarantined": 2}, "warned"),
        ({"quarantined": 1}, "failed"),
        ({"held": 1}, "failed"),
    ],
)
def test_a_source_on_a_day_is_judged_by_its_own_documents(counts, state):
    assert source_state(counts) == state


# ---- a run


def test_the_flow_of_a_run_sums_at_every_step(ran):
    store = ran(
        DAY, good(16), bad(2), bad(3, step="validate", reason="failed_expectation"),
        ("b", "duplicate", "exact_duplicate", "clean", 4), ("b", "skipped", "http_status", "extract", 5),
    )  # fmt: skip
    run = read_run(store, DAY, "run")
    assert [(stage.name, stage.incoming, stage.outgoing) for stage in run.stages] == [
        ("read", 30, 23),
        ("compared", 23, 19),
        ("audited", 19, 16),
    ]
    assert run.ended == [("published", 16)]
    assert sum(count for stage in run.stages for _, count in stage.leaving) + 16 == run.landed


def test_the_bars_of_a_flow_are_as_high_as_their_documents_and_bands_join_them(ran):
    drawn = picture(read_run(ran(DAY, good(60), good(40, "b"), bad(20)), DAY, "run"))
    heights = {bar.node.key: bar.height for bar in drawn.bars}
    assert heights["landed"] == pytest.approx(heights["articles"] + heights["read quarantined"])
    assert heights["source a"] == pytest.approx(2 * heights["source b"])
    assert heights["audited published"] == pytest.approx(5 * heights["read quarantined"])
    assert {band.words for band in drawn.bands} >= {"a → landed: 80", "landed → quarantined: 20"}


def test_many_sources_share_a_bar_and_a_day_without_documents_has_no_picture(ran, store):
    ran(DAY, *[good(30 - number, f"s{number:02}") for number in range(20)])
    labels = [bar.node.label for bar in picture(read_run(store, DAY, "run")).bars if bar.node.kind == "source"]
    assert labels[0] == "s00"
    assert labels[-1] == "13 other sources"
    ran(DAY, run="none")
    assert picture(read_run(store, DAY, "none")) is None


def test_reasons_name_count_message_and_sources_and_the_held_are_none(ran):
    run = read_run(ran(DAY, held(), bad(2), bad(1, "b"), message="no text", is_published=False), DAY, "run")
    (reason,) = run.reasons
    assert (reason.reason, reason.documents, reason.message, reason.sources) == (
        "no_body", 3, "no text", {"a": 2, "b": 1},
    )  # fmt: skip
    assert run.record.message == "no text"


def test_the_slowest_documents_come_first_with_the_time_of_each_step(ran, store):
    run = read_run(ran(DAY, good(9)), DAY, "run")
    assert [row["extract_seconds"] for row in run.slowest] == pytest.approx([0.08, 0.07, 0.06, 0.05, 0.04])
    assert run.slowest[0]["path"] == "a-0-8.html"


def test_failed_checks_come_worst_first_with_their_examples(ran):
    run = read_run(ran(DAY, good(), failed=["info", "critical", "warning"]), DAY, "run")
    assert [check.severity for check in run.failed_checks] == ["critical", "warning", "info"]
    assert run.failed_checks[0].examples == ["bad"]


def test_the_flow_of_nothing_is_nothing():
    assert [(stage.incoming, stage.outgoing) for stage in flow([])] == [(0, 0)] * 3


# ---- sources


def source(name, **fields):
    return Inbox.model_validate({"id": name, "kind": "inbox", "path": "x/{date}/*"} | fields)


def test_a_source_is_silent_since_its_last_document_and_days_without_a_run_do_not_count(ran, store):
    for number in range(6):
        if number != 4:
            ran(DAY + timedelta(days=number), good(3, "talks"), *([good(3, "stops")] if number < 2 else []))
    days = Days(store).between(DAY, DAY + timedelta(days=5))
    talks, stops = sorted(health(days, [source("talks"), source("stops")]), key=lambda one: one.is_silent)
    assert (talks.silent_days, talks.is_silent) == (0, False)
    assert (stops.id, stops.silent_days, stops.last_published) == ("stops", 3, DAY + timedelta(days=1))
    assert stops.states == ["published", "published", "empty", "empty", "missing", "empty"]


def test_nothing_is_expected_of_a_source_that_is_paused_or_has_its_days_or_is_not_listed(ran, store):
    ran(DAY, good(3, "paused"), good(3, "archive"), good(3, "gone"))
    for number in (1, 2):
        ran(DAY + timedelta(days=number), good(3, "other"))
    days = Days(store).between(DAY, DAY + timedelta(days=2))
    listed = [source("paused", paused="moved"), source("archive", days=[DAY]), source("never")]
    for one in health(days, listed):
        assert not one.is_silent, one.id
    never = next(one for one in health(days, listed) if one.id == "never")
    assert (never.is_seen, never.states) == (False, [None, None, None])


def test_a_day_that_a_source_cannot_give_is_neither_empty_nor_silence(ran, store):
    feed = Feed(id="feed", kind="feed", url="https://x.example/feed")
    ran(DAY, good(3, "feed"))
    for number in (1, 2, 3):
        ran(DAY + timedelta(days=number), good(3, "other"))
        collect(store, feed, DAY + timedelta(days=number))
    days = Days(store).between(DAY, DAY + timedelta(days=3))
    (found, _) = health(days, [feed], SourceDays(store).status)
    assert found.states == ["published", *["unavailable"] * 3]
    assert (found.silent_days, found.is_silent) == (0, False)
    assert notes(store, DAY + timedelta(days=3)) == {
        "feed": "nothing was landed on that day, and a feed cannot give it now"
    }


def test_what_is_usual_is_the_median_of_the_same_weekday(ran, store):
    for number in range(29):
        ran(DAY + timedelta(days=number), good(30 if number % 7 == 0 else 5))
    (one,) = health(Days(store).between(DAY, DAY + timedelta(days=28)), [])
    assert one.usual == 30


# ---- charts


def test_a_row_of_days_has_a_path_for_each_state_and_joins_days_where_they_are_many():
    few = cells([DayState.PUBLISHED, DayState.PUBLISHED, None, DayState.FAILED])
    assert few["published"].count("M") == 2
    many = cells([DayState.PUBLISHED] * 300 + [DayState.FAILED] * 65)
    assert many["published"].count("M") == many["failed"].count("M") == 1


def test_charts_of_nothing_are_empty(store):
    assert (cells([]), bars([], 1), sparkline([]), months([])) == ({}, {}, ("", ""), [])


def test_months_are_named_where_they_begin():
    days = [date(2025, 11, 20) + timedelta(days=number) for number in range(91)]
    assert [name for _, name in months(days)] == ["Nov 2025", "Dec", "Jan 2026", "Feb"]


# ---- quarantine


@pytest.fixture
def rejected(store):
    """File a day's quarantine; rows as changes to one entry."""

    def file(*changes, day=DAY):
        now = datetime(2025, 11, 5, tzinfo=UTC)
        rows = [
            {
                "run_id": "run", "record_id": f"r{number}", "source": "a", "path": f"{number}.html",
                "table": "documents",
                "row_id": 0, "content": None, "raw_pointer": {"file": "", "record_id": f"r{number}", "sha256": ""},
                "step": "validate", "reason": "failed_expectation", "first_seen_at": now, "last_seen_at": now,
                "message": "published_at_absurd: not true that it is sane; short: not true that it is long",
                "attempts": 1, "is_resolved": False,
            } | change
            for number, change in enumerate(changes)
        ]  # fmt: skip
        store.write_table(store.ops("quarantine", day, "current"), QUARANTINE.arrow(rows))
        return Quarantine(store)

    return file


def test_entries_are_found_by_day_source_reason_expectation_and_text(rejected):
    quarantine = rejected({}, {"source": "b"}, {"reason": "no_body", "message": "nothing there"}, {"is_resolved": True})
    rejected({}, day=DAY + timedelta(days=1))

    def count(**wanted):
        return len(quarantine.find(Wanted(**wanted)))

    assert (count(first=DAY, last=DAY), count(source="b"), count(reason="no_body")) == (3, 1, 1)
    assert (count(rule="short"), count(rule="sho"), count(text="NOTHING"), count(is_resolved=True)) == (3, 0, 1, 1)


def test_entries_of_one_cause_are_a_group(rejected):
    quarantine = rejected({}, {"attempts": 3}, {"source": "b"})
    rejected({}, day=DAY + timedelta(days=1))
    first, second = groups(quarantine.find(Wanted()))
    assert (first.source, first.entries, first.attempts, first.rule) == ("a", 3, 3, "published_at_absurd, short")
    assert (first.first, first.last) == (DAY, DAY + timedelta(days=1))
    assert second.source == "b"


def test_an_entry_whose_document_is_no_longer_landed_has_no_raw_view(rejected, store):
    entry = rejected({}).get(DAY, "r0", "documents", 0)
    assert raw(store, entry) is None


# ---- a day that was run


@pytest.fixture(scope="module")
def sample_day(tmp_path_factory):
    """The store of a day with an article, another whose words are scripts, a binary file and a page with a script."""
    from news_etl.day import Run
    from news_etl.settings import Settings

    folder = tmp_path_factory.mktemp("desk")
    inbox = folder / "inbox" / f"date={DAY}"
    inbox.mkdir(parents=True)
    (inbox / "a.jsonl").write_text(
        json.dumps(
            {
                "title": "The port of Vaubrisse opens again",
                "language": "en",
                "published_at": "2025-11-04T08:00:00Z",
                "body": "The port of Vaubrisse opened on Tuesday. “We have waited two years for this day,” said the "
                "mayor.\n\nFishermen had doubted it. “Nobody believed the dates any more,” one of them said. " * 3,
            }
        )
        + "\n"
    )
    with (inbox / "a.jsonl").open("a") as file:
        file.write(json.dumps({"title": HOSTILE, "body": f"{HOSTILE} said nothing. " * 20, "language": "en"}) + "\n")
    (inbox / "b.txt").write_bytes(b"\x00\x01\x02" * 400)
    (inbox / "c.html").write_text("<html><title>x</title><script>alert(1)</script></html>")
    sources = folder / "sources.yaml"
    sources.write_text(f"sources:\n  - {{id: a, kind: inbox, path: '{folder}/inbox/date={{date}}/*'}}\n")
    settings = Settings(data=str(folder / "data"), sources=sources, workers=1)
    dict(run_day(Run.of(DAY, "manual__2025-11-05T00:00:00+00:00", settings)))
    return Store(settings.data_url)


def test_a_run_has_the_id_that_airflow_knows_and_its_days_say_what_became_of_it(sample_day):
    day = Days(sample_day).get(DAY)
    run = read_run(sample_day, DAY, day.run)
    assert run.record.run_id == "manual__2025-11-05T00:00:00+00:00"
    assert run.slowest[0]["seconds"] > 0
    assert {row["enrich_seconds"] is not None for row in run.slowest if row["state"] == "published"} == {True}
    assert (day.documents["published"], day.documents["quarantined"]) == (2, 2)
    assert day.state == "warned"
    assert run.checks


def test_the_raw_view_shows_a_page_as_text_and_binary_data_as_bytes(sample_day):
    entries = {entry.path: entry for entry in Quarantine(sample_day).find(Wanted())}
    page, binary = raw(sample_day, entries["c.html"]), raw(sample_day, entries["b.txt"])
    assert "<script>alert(1)</script>" in page.text
    assert binary.is_binary
    assert binary.text.startswith("000000  00 01 02")


def test_a_story_is_found_by_file_and_by_title(sample_day):
    days = Days(sample_day).between(DAY, DAY)
    (by_title,) = find(sample_day, days, "vaubrisse OPENS")
    assert by_title.row["state"] == "published"
    (by_file,) = find(sample_day, days, "b.txt")
    assert by_file.row["reason"] == "binary_content"
    assert find(sample_day, days, "(((") == []


def test_the_reader_cuts_the_text_without_losing_a_character(sample_day):
    (listed,) = list_articles(sample_day, DAY, text="Vaubrisse").rows
    article = read_article(sample_day, DAY, listed["article_id"], listed["revision"])
    said = "\n\n".join("".join(piece.text for piece in paragraph.pieces) for paragraph in article.paragraphs)
    assert said == article.row["body"]
    assert article.quotes
    assert {piece.quote["quote_id"] for block in article.paragraphs for piece in block.pieces if piece.quote} == {
        quote["quote_id"] for quote in article.quotes
    }
    assert read_article(sample_day, DAY, "0" * 32, 1) is None


def test_articles_are_listed_by_source_flag_and_title(sample_day):
    assert list_articles(sample_day, DAY, source="b").total == 0
    assert list_articles(sample_day, DAY, text="PORT").total == 1
    assert list_articles(sample_day, DAY, flag="no_such_flag").total == 0
    assert list_articles(sample_day, date(2001, 1, 1)).total == 0


def span(start, end, **fields):
    return {"start": start, "end": end} | fields


def test_marks_that_lie_in_one_another_or_cross_are_cut_at_their_edges():
    found = pieces("Elle dit : Nadia vient.", 100, [span(111, 116, entity_id=1)], [span(111, 122, quote_id=1)])
    assert [(piece.text, bool(piece.entity), bool(piece.quote)) for piece in found] == [
        ("Elle dit : ", False, False),
        ("Nadia", True, True),
        (" vient", False, True),
        (".", False, False),
    ]
    crossing = pieces("abcdef", 0, [span(0, 4, entity_id=1)], [span(2, 6, quote_id=1)])
    assert [piece.text for piece in crossing] == ["ab", "cd", "ef"]
    assert pieces("abc", 0, [], [span(10, 20)]) == pieces("abc", 0, [], [])


# ---- at size


def test_a_year_of_fifty_sources_is_on_the_page_in_a_second(get, ran, store, monkeypatch):
    """365 days of 50 sources, read for the first time: 0.2 s on an idle core, in processor time."""
    names = [f"s{number:02}" for number in range(50)]
    documents = {name: {"published": 25, "quarantined": 1} for name in names}
    for number in range(365):
        day = DAY + timedelta(days=number)
        close_run(store, day, "run", None, documents=documents, failed_checks={"info": 2}, in_quarantine=50)
        store.write_json(store.day_manifest(day), {})
    monkeypatch.setenv("NEWS_ETL_DATA", store.url)
    started = time.process_time()
    answer = get(f"/news/desk?days=365&until={DAY + timedelta(days=364)}")
    assert time.process_time() - started < 1
    assert answer.text.count('class="line"') == 50


# ---- the pages, and who may see them


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The plugin's app, as Airflow mounts it."""
    os.environ.setdefault("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
    os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] = "True"  # it writes no file with passwords then
    sys.path.insert(0, str(PROJECT_ROOT / "plugins"))
    import news_desk
    from airflow.api_fastapi.app import init_auth_manager
    from fastapi import FastAPI

    init_auth_manager()
    mounted = FastAPI()
    mounted.mount("/news", news_desk.app)
    yield mounted
    sys.path.remove(str(PROJECT_ROOT / "plugins"))
    del os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"]


@pytest.fixture
def get(app, sample_day, monkeypatch):
    """Ask for a page as somebody who is logged in, in a role of Airflow's; nobody where it is null."""
    import news_desk
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from airflow.api_fastapi.core_api.security import get_user
    from fastapi.testclient import TestClient

    monkeypatch.setenv("NEWS_ETL_DATA", sample_day.url)
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(PROJECT_ROOT / "include" / "sources.yaml"))

    def ask(path, role="ADMIN", method="GET", **options):
        overrides = news_desk.app.dependency_overrides
        overrides.clear()
        if role:
            overrides[get_user] = lambda: SimpleAuthManagerUser(username="somebody", role=role)
        with TestClient(app) as client:
            return client.request(method, path, **options)

    yield ask
    news_desk.app.dependency_overrides.clear()


def addresses(store):
    """An address of every view."""
    (row,) = list_articles(store, DAY, text="alert").rows
    entry = Quarantine(store).find(Wanted(text="c.html"))[0]
    run = Days(store).get(DAY).run
    page = next(iter(report_pages(store, DAY, run).values()))
    return [
        "/news/desk", "/news/desk?days=365", f"/news/desk/days/{DAY}", f"/news/desk/days/{DAY}?run={run}",
        f"/news/desk/days/{DAY + timedelta(days=1)}", "/news/desk/sources", "/news/desk/sources/a",
        "/news/desk/quarantine", "/news/desk/quarantine?resolved=1", f"/news/desk/quarantine/{DAY}/{entry.record_id}",
        f"/news/desk/articles/{DAY}", f"/news/desk/articles/{DAY}/{row['article_id']}/1",
        "/news/desk/find?text=alert", "/news/reports", f"/news/{page}", "/news/static/desk.css",
    ]  # fmt: skip


def test_every_route_turns_away_who_is_not_logged_in(app, get):
    import news_desk

    routes = [
        (method, re.sub(r"\{[^}]*\}", "2025-11-04", route.path))
        for route in news_desk.app.routes
        for method in route.methods - {"HEAD"}
    ]
    assert len(routes) > 10
    for method, path in routes:
        answer = get(f"/news{path}", role=None, method=method, follow_redirects=False)
        assert answer.status_code in ((401,) if method == "GET" else (401, 415)), (method, path)
        asked = get(f"/news{path}", role=None, method=method, json={}, follow_redirects=False)
        assert asked.status_code == 401, (method, path)
    for path in ("/news/docs", "/news/redoc", "/news/openapi.json"):
        assert get(path, role=None).status_code == 404, path


def test_every_view_answers_and_forbids_foreign_scripts(get, sample_day):
    for path in addresses(sample_day):
        answer = get(path)
        assert answer.status_code == 200, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy.replace("style-src 'unsafe-inline'", "")
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_stands_in_a_document_is_never_markup(get, sample_day):
    for path in addresses(sample_day):
        page = get(path).text
        assert not re.search(r"<script(?! type=\"module\" src=\"/news/static/)", page), path
        assert "<img" not in page, path
        assert "style=" not in page.replace("border-style=", "") or "/reports/" in path, path


def test_nothing_on_a_page_is_asked_of_another_host(get, sample_day):
    for path in addresses(sample_day):
        foreign = re.findall(r"""(?:src|<link[^>]*href)=["']?(?:https?:)?//[^"' >]*""", get(path).text)
        assert not foreign, path


def test_a_report_comes_without_scripts_and_its_index_lists_its_pages(get, sample_day):
    run = Days(sample_day).get(DAY).run
    answer = get(f"/news/reports/date={DAY}/{run}/index.html")
    assert 'href="validations/articles/' in answer.text
    page = get(f"/news/{report_pages(sample_day, DAY, run)['articles']}")
    assert "article_id is never null" in page.text
    assert "<script" not in page.text
    assert page.headers["content-security-policy"].startswith("sandbox; ")


@pytest.mark.parametrize(
    "path",
    [
        "/news/reports/..%2fwarehouse%2f_days",
        "/news/reports/%2e%2e/%2e%2e/etc/passwd",
        "/news/reports//etc/passwd",
        "/news/reports/date=2025-11-04",
        "/news/reports/date=2025-11-04/%00",
        "/news/static/..%2f..%2fnews_desk.py",
        "/news/static/%2e%2e",
        "/news/desk/days/2025-11-04?run=../../ledger/x",
        "/news/desk/quarantine/2025-11-04/..%2f..",
        f"/news/desk/articles/2025-11-04/{'0' * 32}/1",
    ],
)
def test_no_path_leads_out_of_what_is_shown(get, path):
    assert get(path).status_code == 404


@pytest.mark.parametrize("path", ["/news/desk/days/yesterday", "/news/desk/days/%2e%2e", "/news/desk?until=x"])
def test_what_is_no_day_is_refused(get, path):
    assert get(path).status_code in (404, 422)


def test_the_button_for_a_replay_is_for_those_who_may_trigger_dags(get):
    page = "/news/desk/quarantine"
    assert 'data-dialog="replay"' in get(page, role="ADMIN").text
    assert 'data-dialog="replay"' not in get(page, role="VIEWER").text
    assert "permission to trigger" in get(page, role="VIEWER").text


def test_the_page_of_a_day_says_how_its_run_stands(get, store, monkeypatch):
    monkeypatch.setenv("NEWS_ETL_DATA", store.url)
    page = f"/news/desk/days/{DAY}"
    begin_run(store, DAY, "scheduled__1")
    assert "It has been running since" in get(page).text
    note_trouble(store, DAY, "scheduled__1", OSError("no space left on <device>"))
    assert "made again: OSError: no space left on &lt;device&gt;" in get(page).text
    with monkeypatch.context() as later:
        later.setattr("news_etl.desk.days.LONGEST_RUN", timedelta())
        assert "it was killed" in get(page).text
    fail_run(store, DAY, "scheduled__1", ["extract_and_clean"])
    assert "Failed in extract and clean. OSError" in get(page).text
    assert "/dags/news_daily/runs/scheduled__1" in get(page).text
    begin_run(store, DAY, "cli__2")
    assert "run in Airflow" not in get(page).text


def test_an_empty_data_root_says_what_to_do(get, tmp_path, monkeypatch):
    monkeypatch.setenv("NEWS_ETL_DATA", str(tmp_path))
    assert "No day has been run yet" in get("/news/desk").text
    for path in ("/news/desk/sources", "/news/desk/quarantine", "/news/desk/find?text=abc", "/news/reports"):
        assert get(path).status_code == 200


def test_a_sources_file_that_cannot_be_used_is_told_and_hides_nothing(get, tmp_path, monkeypatch):
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(tmp_path / "none.yaml"))
    page = get("/news/desk").text
    assert "The sources file cannot be used" in page
    assert "Tue 4 Nov 2025" in page
