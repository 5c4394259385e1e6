"""The DAG on a scheduler and PostgreSQL: backfills in any order, manual and scheduled runs, a day that fails."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from local_airflow import environment
from news_etl.day import Run, run_day
from news_etl.settings import PROJECT_ROOT, Settings
from running_airflow import AirflowClient, running_airflow

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

DAG = "news_daily"
DAYS = [date(2025, 11, 3), date(2025, 11, 4), date(2025, 11, 5)]
BAD_DAY = date(2025, 11, 6)


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> Path:
    """The sample sources, and one that has nothing but empty files, on a day of its own."""
    folder = tmp_path_factory.mktemp("sources")
    content = yaml.safe_load((PROJECT_ROOT / "include" / "sources.yaml").read_text(encoding="utf-8"))
    content["sources"].append(
        {"id": "broken", "kind": "inbox", "path": f"{folder}/inbox/date={{date}}/*", "days": [BAD_DAY]}
    )
    day = folder / "inbox" / f"date={BAD_DAY}"
    day.mkdir(parents=True)
    for number in range(25):
        (day / f"{number}.txt").touch()
    file = folder / "sources.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def expected(sources, tmp_path_factory) -> Path:
    """The three days as the command line makes them, one after the other."""
    data = tmp_path_factory.mktemp("expected")
    settings = Settings(data=str(data), sources=sources)
    for day in DAYS:
        dict(run_day(Run.of(day, f"expected-{day}", settings)))
    return data


@pytest.fixture(scope="module")
def airflow(sources, tmp_path_factory):
    """A running Airflow, its DAG switched on, and its data root."""
    data = tmp_path_factory.mktemp("data")
    with running_airflow({"NEWS_ETL_DATA": str(data), "NEWS_ETL_SOURCES": str(sources)}) as client:
        client.wait_for_dag(DAG)
        client.unpause(DAG)
        yield client, data


def sample_days(digests: dict[str, str]) -> dict[str, str]:
    return {path: digest for path, digest in digests.items() if any(f"date={day}" in path for day in DAYS)}


def test_a_backfill_backwards_gives_the_bytes_of_the_command_line(airflow, expected, digests):
    client, data = airflow
    client.backfill(DAG, DAYS[0], DAYS[-1], backwards=True)
    client.wait_for_runs(DAG, "backfill", len(DAYS))
    assert sample_days(digests(data)) == digests(expected)
    assert sample_days(digests(data, "raw")) == digests(expected, "raw")


def test_the_command_line_of_airflow_backfills_finished_days_again(airflow, expected, digests):
    client, data = airflow
    client.wait_for_backfills(DAG)
    command = [
        Path(sys.executable).with_name("airflow"), "backfill", "create", "--dag-id", DAG,
        "--from-date", str(DAYS[1]), "--to-date", str(DAYS[1]), "--reprocess-behavior", "completed",
    ]  # fmt: skip
    variables = environment(client.airflow.home) | {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": client.airflow.postgres.start(),
    }
    subprocess.run(command, env=os.environ | variables, check=True, capture_output=True)
    client.wait_for_runs(DAG, "backfill", len(DAYS))
    assert sample_days(digests(data)) == digests(expected)


@pytest.mark.parametrize(
    ("conf", "logical_date"),
    [
        ({"date": "2025-11-04"}, None),
        ({}, "2025-11-04T00:00:00.123Z"),
        ({"date": "2025-11-04", "sources": ["fil-de-presse"]}, None),
        ({"date": "2025-11-04", "restart_from": "validate"}, None),
    ],
    ids=["date", "logical date", "one source", "restart"],
)
def test_a_manual_run_covers_the_day_that_was_asked_for(airflow, expected, digests, conf, logical_date):
    client, data = airflow
    if not list(data.glob("warehouse/articles/*")):
        client.trigger(DAG, {"date": "2025-11-04"})
    before = len(client.runs(DAG, "manual"))
    client.trigger(DAG, conf, logical_date)
    client.wait_for_runs(DAG, "manual", before + 1)
    of_the_day = {path: digest for path, digest in digests(expected).items() if f"date={DAYS[1]}" in path}
    assert {path: digest for path, digest in digests(data).items() if f"date={DAYS[1]}" in path} == of_the_day


def test_the_scheduled_run_covers_yesterday(airflow):
    client, data = airflow
    run = client.wait_for_runs(DAG, "scheduled", 1)[0]  # the first of two, where the test runs over midnight
    day = date.fromisoformat(run["logical_date"][:10])
    assert run["run_after"][:10] == str(day + timedelta(days=1))
    assert list(data.glob(f"warehouse/articles/date={day}/part-0000.parquet"))


def test_publishing_tells_date_rows_and_path_to_those_who_wait_for_it(airflow):
    client, data = airflow
    events = client.request("GET", "/api/v2/assets/events?limit=100")["asset_events"]
    of_the_day = [event["extra"] for event in events if event["extra"].get("date") == "2025-11-04"]
    assert of_the_day
    assert of_the_day[0]["rows"]["articles"] == 16
    assert of_the_day[0]["path"] == str(data / "warehouse")


def test_a_day_that_breaks_its_contract_fails_at_once_with_one_message(airflow):
    client, data = airflow
    run_id = client.trigger(DAG, {"date": str(BAD_DAY)})
    state = wait_for_end(client, run_id)
    assert state == "failed"
    tasks = client.request("GET", f"/api/v2/dags/{DAG}/dagRuns/{run_id}/taskInstances")["task_instances"]
    (validate,) = (task for task in tasks if task["task_id"] == "validate")
    assert (validate["state"], validate["try_number"]) == ("failed", 1)
    assert not list(data.glob(f"warehouse/articles/date={BAD_DAY}"))
    log = client.request("GET", f"/api/v2/dags/{DAG}/dagRuns/{run_id}/taskInstances/validate/logs/1")
    assert "25 of 25 documents are quarantined (empty_document 25)" in str(log)
    assert list(data.glob(f"reports/date={BAD_DAY}/*/index.html"))


def wait_for_end(client: AirflowClient, run_id: str) -> str:
    for _ in range(600):
        state = client.request("GET", f"/api/v2/dags/{DAG}/dagRuns/{run_id}")["state"]
        if state in ("success", "failed"):
            return state
        time.sleep(0.5)
    raise AssertionError(f"{run_id} did not end")


@pytest.fixture
def get(airflow):
    """Ask the web server for a path, with the login or without; returns status and text."""
    client, _ = airflow

    def ask(path: str, *, login: bool = True) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {client.token}"} if login else {}
        request = urllib.request.Request(f"{client.airflow.url}{path}", headers=headers)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    return ask


def test_the_audit_reports_are_in_the_ui_behind_its_login(airflow, get):
    _, data = airflow
    report = next(data.glob("reports/date=*/*/index.html")).relative_to(data)
    status, page = get("/news/reports")
    assert status == 200
    assert f'href="/news/{report}"' in page
    assert "articles" in get(f"/news/{report}")[1]
    for path in ("/news/reports", f"/news/{report}", "/news/docs", "/news/openapi.json"):
        assert get(path, login=False)[0] in (401, 404), path
    assert get("/news/reports", login=False)[0] == 401


@pytest.mark.parametrize(
    "path",
    [
        "..%2fwarehouse%2f_days",
        "%2e%2e/%2e%2e/etc/passwd",
        "/etc/passwd",
        "date=2025-11-04",
        "..",
        "date=2025-11-04/%00",
    ],
)
def test_nothing_but_reports_is_served(get, path):
    assert get(f"/news/reports/{path}")[0] == 404
