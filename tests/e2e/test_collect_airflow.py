"""Collecting over HTTP in Airflow: a newsroom is landed by the hourly DAG, and its day published by the daily one."""

import time
from datetime import UTC, datetime

import pytest
import yaml

from hostile_newsroom import robots
from newsroom import Newsroom, sample_site
from running_airflow import running_airflow

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(1200), pytest.mark.usefixtures("one_day")]


@pytest.fixture(scope="module")
def room():
    with Newsroom({**sample_site(), **robots("")}) as newsroom:
        yield newsroom


@pytest.fixture(scope="module")
def airflow(room, tmp_path_factory):
    """A running Airflow, its DAGs switched on: a paused newsroom, and a source that is dead."""
    folder = tmp_path_factory.mktemp("collect")
    common = {"kind": "feed", "allow_private": True, "delay_seconds": 0}
    sources = [
        {"id": "fanal", "url": [f"{room.url}/feed.xml", f"{room.url}/atom.xml"], "paused": "not now"} | common,
        {"id": "dead", "url": f"{room.url}/nowhere.xml"} | common,
    ]
    (folder / "sources.yaml").write_text(yaml.safe_dump({"sources": sources}), encoding="utf-8")
    settings = {"NEWS_ETL_DATA": str(folder / "data"), "NEWS_ETL_SOURCES": str(folder / "sources.yaml")}
    with running_airflow(settings) as client:
        for dag in ("news_collect", "news_daily"):
            client.wait_for_dag(dag)
        yield client, folder / "data"


def tasks(client, dag: str, run_id: str) -> dict[tuple[str, int], str]:
    found = client.request("GET", f"/api/v2/dags/{dag}/dagRuns/{run_id}/taskInstances")["task_instances"]
    return {(task["task_id"], task["map_index"]): task["state"] for task in found}


def test_a_paused_newsroom_that_is_asked_for_is_landed_and_its_day_published(airflow, room):
    client, data = airflow
    client.unpause("news_collect")
    client.trigger("news_collect", {"sources": ["fanal"]})
    client.wait_for_runs("news_collect", "manual", 1)
    (part,) = data.glob("raw/fanal/date=*/*.warc.gz")
    pages = sum(count for path, count in room.counts.items() if path.endswith(".html"))
    assert pages == 12

    client.unpause("news_daily")
    day = part.parent.name.removeprefix("date=")
    run_id = client.trigger("news_daily", {"date": day, "sources": ["fanal"]})
    client.wait_for_runs("news_daily", "manual", 1)
    assert set(tasks(client, "news_daily", run_id).values()) == {"success"}
    assert pages == sum(count for path, count in room.counts.items() if path.endswith(".html"))
    events = client.request("GET", "/api/v2/assets/events?limit=100")["asset_events"]
    rows = [event["extra"]["rows"]["articles"] for event in events if event["extra"].get("date") == day]
    assert rows == [12]
    assert list(data.glob(f"ops/source_days/date={day}/*--fanal.parquet"))


def test_a_dead_source_is_red_in_its_own_task_and_tells_why(airflow):
    client, data = airflow
    client.unpause("news_collect")
    run_id = client.trigger("news_collect", {"sources": ["fanal", "dead"]})
    states = wait_for_tasks(client, run_id)
    assert states["collect", 0] == "success"
    assert states["collect", 1] == "failed"
    log = client.request("GET", f"/api/v2/dags/news_collect/dagRuns/{run_id}/taskInstances/collect/logs/1?map_index=1")
    assert "http_status: HTTP 404" in str(log)
    assert list(data.glob(f"ops/fetch_log/date={datetime.now(UTC).date()}/*--dead.parquet"))


def wait_for_tasks(client, run_id: str) -> dict[tuple[str, int], str]:
    for _ in range(240):
        states = tasks(client, "news_collect", run_id)
        mapped = [states.get(("collect", index)) for index in range(2)]
        if all(state in ("success", "failed") for state in mapped):
            return states
        time.sleep(0.5)
    raise AssertionError(states)
