"""A whole Airflow for a test: started as `make up` starts it, in a folder of its own, and talked to by its REST API."""

import json
import os
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from local_airflow import USER, LocalAirflow, free_port


@contextmanager
def airflow_home() -> Iterator[Path]:
    """A folder for Airflow's home.

    Not pytest's `tmp_path`: PostgreSQL runs as another user when the tests run as root, and pytest closes its folder
    to others; besides, the path of a socket may be 107 bytes long at most.
    """
    home = Path(tempfile.mkdtemp(prefix="news-etl-"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def running_airflow(variables: Mapping[str, str]) -> Iterator["AirflowClient"]:
    """Start an Airflow, end it after the test.

    Args:
        variables: environment of all components, e.g. `NEWS_ETL_DATA`.
    """
    with airflow_home() as home:
        airflow = LocalAirflow(home, free_port(), variables)
        airflow.up()
        try:
            yield AirflowClient(airflow)
        except BaseException:
            keep_logs(home)
            raise
        finally:
            airflow.down()


def keep_logs(home: Path) -> None:
    """Copy the logs of a failed test to where the next reader finds them."""
    target = Path("test-output") / "airflow-logs"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(home / "logs", target)
    print(f"Airflow's logs: {target.resolve()}")


class AirflowClient:
    """What the tests ask of a running Airflow."""

    def __init__(self, airflow: LocalAirflow) -> None:
        self.airflow = airflow
        self.token: str | None = None
        self.token = self.request("POST", "/auth/token", {"username": USER, "password": airflow.password()})[
            "access_token"
        ]

    def request(self, method: str, path: str, body: object = None) -> Any:
        """Send a request, return the decoded answer; an error of the API raises `urllib.error.HTTPError`."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.airflow.url}{path}", data, headers, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def wait_for_dag(self, dag_id: str, seconds: float = 60) -> None:
        """Wait until the DAG processor has read the DAG."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            dags = self.request("GET", "/api/v2/dags?exclude_stale=true")["dags"]
            if dag_id in {dag["dag_id"] for dag in dags}:
                return
            time.sleep(0.5)
        errors = self.request("GET", "/api/v2/importErrors")["import_errors"]
        raise AssertionError(f"{dag_id} did not appear in {seconds} s. Import errors: {errors}")

    def unpause(self, dag_id: str) -> None:
        self.request("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str, conf: Mapping[str, object], logical_date: str | None = None) -> str:
        """Trigger a run by hand; returns its id."""
        body = {"logical_date": logical_date, "conf": dict(conf)}
        run = self.request("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)
        return str(run["dag_run_id"])

    def backfill(self, dag_id: str, first: date, last: date, *, backwards: bool = False, again: bool = False) -> None:
        """Start a backfill of the days from `first` to `last`, both included.

        Args:
            again: run also the days that have a finished run.
        """
        body = {
            "dag_id": dag_id,
            "from_date": f"{first}T00:00:00Z",
            "to_date": f"{last}T00:00:00Z",
            "run_backwards": backwards,
            "reprocess_behavior": "completed" if again else "none",
            "max_active_runs": 1,
        }
        self.request("POST", "/api/v2/backfills", body)

    def wait_for_backfills(self, dag_id: str, seconds: float = 60) -> None:
        """Wait until Airflow has closed the DAG's backfills: until then it refuses another one."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            backfills = self.request("GET", f"/api/v2/backfills?dag_id={dag_id}")["backfills"]
            if all(backfill["completed_at"] for backfill in backfills):
                return
            time.sleep(0.5)
        raise AssertionError(f"a backfill of {dag_id} is still open")

    def runs(self, dag_id: str, run_type: str) -> list[dict[str, Any]]:
        """The DAG's runs of a type (manual, backfill, scheduled), as the API gives them."""
        path = f"/api/v2/dags/{dag_id}/dagRuns?limit=100&run_type={run_type}"
        runs: list[dict[str, Any]] = self.request("GET", path)["dag_runs"]
        return runs

    def wait_for_runs(self, dag_id: str, run_type: str, count: int, seconds: float = 400) -> list[dict[str, Any]]:
        """Wait until that many runs of a type have succeeded, and return them.

        By type, because a DAG that is no longer paused runs yesterday as well.

        Raises:
            AssertionError: with states and the tasks that did not succeed, when a run fails or time runs out.
        """
        deadline = time.monotonic() + seconds
        while True:
            runs = self.runs(dag_id, run_type)
            states = [run["state"] for run in runs]
            if len(runs) >= count and set(states) == {"success"}:
                return runs
            if "failed" in states or time.monotonic() > deadline:
                raise AssertionError(f"runs: {states}; tasks that did not succeed: {self.troubles(dag_id)}")
            time.sleep(0.5)

    def troubles(self, dag_id: str) -> list[str]:
        """The task instances that have not succeeded."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/~/taskInstances?limit=500"
        return [
            f"{task['dag_run_id']} {task['task_id']} [{task['map_index']}] {task['state']}"
            for task in self.request("GET", path)["task_instances"]
            if task["state"] != "success"
        ]


def services_required() -> bool:
    """Whether a missing browser fails the tests (as in CI) instead of skipping those that need it."""
    return bool(os.environ.get("NEWS_ETL_REQUIRE_SERVICES"))
