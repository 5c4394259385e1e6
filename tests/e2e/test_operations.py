"""On a running Airflow: a red day tells, an override mends its cause, the replay makes it green; old files go."""

import contextlib
import json
import socket
import threading
from datetime import date
from pathlib import Path

import pytest
import yaml

from news_etl.ledger import read_quarantine
from news_etl.runs import read_record
from news_etl.store import Store
from running_airflow import running_airflow

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

DAY = date(2025, 11, 6)
BODY = "Le conseil municipal de Vaubrisse a adopté mardi le plan de rénovation. " * 12


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A source that announces everything a year ahead."""
    folder = tmp_path_factory.mktemp("place")
    inbox = folder / "inbox" / f"date={DAY}"
    inbox.mkdir(parents=True)
    lines = (
        {"title": f"Annonce {n}", "body": BODY + str(n), "language": "fr", "published_at": "2026-11-04T08:00:00Z"}
        for n in range(25)
    )
    (inbox / "all.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    write_sources(folder)
    leftover = folder / "data" / "stage" / "date=2020-01-01" / "documents.parquet"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"old")
    return folder


def write_sources(folder: Path, **fields) -> None:
    entry = {"id": "almanac", "kind": "inbox", "path": f"{folder}/inbox/date={{date}}/*", "days": [DAY]}
    (folder / "sources.yaml").write_text(yaml.safe_dump({"sources": [entry | fields]}), encoding="utf-8")


@pytest.fixture(scope="module")
def metrics():
    """Where StatsD would listen, and what was sent there."""
    received: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))

        def listen() -> None:
            with contextlib.suppress(OSError):  # it was closed
                while True:
                    received.extend(listener.recv(65536).decode().splitlines())

        threading.Thread(target=listen, daemon=True).start()
        yield listener.getsockname()[1], received


@pytest.fixture(scope="module")
def airflow(place, metrics):
    notifier = {"path": str(place / "told.txt"), "subject": "{subject}", "text": "{text}"}
    variables = {
        "NEWS_ETL_DATA": str(place / "data"),
        "NEWS_ETL_SOURCES": str(place / "sources.yaml"),
        "NEWS_ETL_NOTIFIER": "noting_notifier.NotingNotifier",
        "NEWS_ETL_NOTIFIER_ARGS": json.dumps(notifier),
        "PYTHONPATH": str(Path(__file__).parent),
        "AIRFLOW__METRICS__STATSD_ON": "True",
        "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
        "AIRFLOW__METRICS__STATSD_PORT": str(metrics[0]),
    }
    with running_airflow(variables) as client:
        for dag in ("news_daily", "news_replay", "news_housekeeping"):
            client.wait_for_dag(dag)
            client.unpause(dag)
        yield client


def wait_for(client, dag: str, run_id: str) -> str:
    """The state in which a run ends."""
    import time

    for _ in range(600):
        state = client.request("GET", f"/api/v2/dags/{dag}/dagRuns/{run_id}")["state"]
        if state in ("success", "failed"):
            return str(state)
        time.sleep(0.5)
    raise AssertionError(f"{dag} {run_id} does not end; {client.troubles(dag)}")


def states_of(client, run_id: str) -> dict[str, str]:
    """The states of the tasks of a run of the housekeeping."""
    path = f"/api/v2/dags/news_housekeeping/dagRuns/{run_id}/taskInstances"
    return {task["task_id"]: task["state"] for task in client.request("GET", path)["task_instances"]}


def test_a_red_day_is_told_mended_by_an_override_and_replayed(airflow, place):
    run_id = airflow.trigger("news_daily", {"date": str(DAY)})
    assert wait_for(airflow, "news_daily", run_id) == "failed"
    told = (place / "told.txt").read_text(encoding="utf-8")
    assert told.count("News of") == 1
    assert read_record(Store(str(place / "data")), DAY, run_id).failed_tasks == ("validate",)
    assert f"News of {DAY} failed" in told
    assert "25 of 25 documents are quarantined (absurd_date 25)" in told
    assert f"/dags/news_daily/runs/{run_id}" in told

    write_sources(place, quality={"reason": "announces events under their own date", "limits": {"max_days_ahead": 400}})
    replay = airflow.trigger("news_replay", {"start": str(DAY), "reason": "absurd_date"})
    assert wait_for(airflow, "news_replay", replay) == "success", airflow.troubles("news_replay")

    store = Store(str(place / "data"))
    assert store.read_json(store.day_manifest(DAY))["tables"]["articles"]["rows"] == 25
    assert all(entry["is_resolved"] for entry in read_quarantine(store, DAY))


def test_the_housekeeping_plans_first_and_removes_when_it_is_told_to(airflow, place):
    old = place / "data" / "stage" / "date=2020-01-01"
    dry = airflow.trigger("news_housekeeping", {})
    assert wait_for(airflow, "news_housekeeping", dry) == "success"
    assert old.exists()
    real = airflow.trigger("news_housekeeping", {"dry_run": False})
    assert wait_for(airflow, "news_housekeeping", real) == "success"
    assert not old.exists()
    assert states_of(airflow, dry)["plan_database"] == "success"
    assert states_of(airflow, dry)["clean_database"] == "skipped"
    assert states_of(airflow, real)["clean_database"] == "success"
    assert list((place / "data" / "raw").rglob("*.warc.gz"))


def test_counts_and_durations_are_sent_as_metrics(airflow, metrics):
    assert "airflow.news_etl.documents.published:25|g" in metrics[1]
    assert "airflow.news_etl.documents.quarantined:25|g" in metrics[1]
    sent = {line.partition(":")[0]: line for line in metrics[1]}
    for name in ("dagrun.duration.failed.news_daily", "dag.news_daily.validate.duration"):
        assert sent[f"airflow.{name}"].endswith("|ms")


def test_a_run_that_fails_before_anything_is_known_of_its_documents_is_written_down_and_told(airflow, place):
    good = (place / "sources.yaml").read_text(encoding="utf-8")
    (place / "sources.yaml").write_text(f"{good}colour: blue\n", encoding="utf-8")
    try:
        run_id = airflow.trigger("news_daily", {"date": "2025-11-07"})
        assert wait_for(airflow, "news_daily", run_id) == "failed"
    finally:
        (place / "sources.yaml").write_text(good, encoding="utf-8")
    record = read_record(Store(str(place / "data")), date(2025, 11, 7), run_id)
    assert (record.state, record.failed_tasks) == ("failed", ("sources",))
    assert "colour: the file has no such key" in record.message
    told = (place / "told.txt").read_text(encoding="utf-8")
    assert "News of 2025-11-07 failed" in told
    assert "colour: the file has no such key" in told
