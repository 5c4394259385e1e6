"""The local Airflow: it listens on loopback alone, keeps its secrets, and ends without a trace, also after a crash."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local_airflow import COMPONENTS, MARKER, LocalAirflow, LocalAirflowError, free_port, is_alive
from running_airflow import airflow_home

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[1]

UNMARKED = {"PATH": os.environ["PATH"]}

# Starts it as `make up` does, in a process that a test can kill.
LAUNCHER = """
import sys
from pathlib import Path
from local_airflow import LocalAirflow
LocalAirflow(Path(sys.argv[1]), int(sys.argv[2])).up()
"""


@pytest.fixture
def airflow() -> Iterator[LocalAirflow]:
    with airflow_home() as home:
        local = LocalAirflow(home, free_port())
        try:
            yield local
        finally:
            local.down()


def every_process(airflow: LocalAirflow) -> list[psutil.Process]:
    """Each process with the marker or with a file of this home on its command line, found without the launcher."""
    found = []
    for process in psutil.process_iter():
        try:
            marked = process.environ().get(MARKER) == str(airflow.home)
            named = any(str(airflow.home) in argument for argument in process.cmdline())
        except psutil.Error:
            continue
        if (marked or named) and process.pid != os.getpid():
            found.append(process)
    return found


def command_line(process: psutil.Process) -> list[str]:
    """Its arguments; none for a process that has ended since it was listed, of which every start leaves some."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def descendants(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [child for process in processes if is_alive(process) for child in process.children(recursive=True)]


def test_it_listens_on_loopback_only_keeps_its_secrets_and_ends_without_a_trace(airflow: LocalAirflow) -> None:
    url = airflow.up()
    said: list[str] = []
    again = LocalAirflow(airflow.home, free_port(), say=said.append)

    assert again.up() == url, "a second `up` must find the first one, whatever port it asks for"
    assert "Already up" in said[0]
    assert airflow.running() == set(COMPONENTS)

    listening = [
        connection.laddr.ip
        for process in every_process(airflow)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening, "the API server listens somewhere"
    assert set(listening) == {"127.0.0.1"}

    for secret in ("passwords.json", "keys.json", "airflow.cfg"):
        assert stat.S_IMODE((airflow.home / secret).stat().st_mode) == 0o600, secret
    assert stat.S_IMODE(airflow.postgres.folder.stat().st_mode) == 0o700, "its socket admits whoever reaches it"
    assert airflow.password() not in "".join(log.read_text() for log in (airflow.home / "logs").glob("*.log"))

    seen = every_process(airflow)
    everything = {*seen, *descendants(seen)}
    assert len(everything) > len(COMPONENTS)
    airflow.down()
    assert [process for process in everything if is_alive(process)] == []
    assert every_process(airflow) == []


def test_parts_that_were_killed_are_reported_and_the_rest_is_ended_and_started_again(airflow: LocalAirflow) -> None:
    airflow.up()
    seen = every_process(airflow)
    everything = {*seen, *descendants(seen)}
    scheduler = next(process for process in everything if "scheduler" in command_line(process))
    server = airflow.postgres.process()
    assert server is not None
    scheduler.kill()
    server.kill()
    psutil.wait_procs([scheduler, server], timeout=10)

    assert "scheduler" not in airflow.running()
    assert not airflow.is_up()

    airflow.up()
    assert airflow.is_up()
    assert [process for process in everything if is_alive(process)] == [], "left from before the crash"


def test_a_launcher_that_was_killed_leaves_nothing_that_down_does_not_find(airflow: LocalAirflow) -> None:
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, airflow.home, str(airflow.port)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")},
        stdout=subprocess.DEVNULL,
    )
    wait_until(lambda: any("scheduler" in command_line(process) for process in every_process(airflow)))
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()

    assert every_process(airflow), "its children live on"
    airflow.down()
    assert every_process(airflow) == []


def test_down_finds_what_a_task_started_with_an_environment_of_its_own(airflow: LocalAirflow) -> None:
    component = subprocess.Popen(["sh", "-c", "sleep 300 & exec sleep 300"], env=UNMARKED, start_new_session=True)
    record(airflow, component.pid, psutil.Process(component.pid).create_time())
    wait_until(lambda: psutil.Process(component.pid).children())
    (orphan,) = psutil.Process(component.pid).children()
    component.kill()
    component.wait()
    assert is_alive(orphan)

    airflow.down()

    assert not is_alive(orphan)


def test_a_foreign_process_that_got_the_number_of_an_ended_one_is_left_alone(airflow: LocalAirflow) -> None:
    foreign = subprocess.Popen(["sleep", "300"], env=UNMARKED, start_new_session=True)
    record(airflow, foreign.pid, psutil.Process(foreign.pid).create_time() - 3600)

    airflow.down()

    assert foreign.poll() is None
    foreign.kill()
    foreign.wait()


def record(airflow: LocalAirflow, pid: int, created: float) -> None:
    """Note a process as a component, as `up` does."""
    airflow.state_file.write_text(json.dumps({"components": {"scheduler": [pid, created]}}))


def test_a_taken_port_is_refused_with_the_remedy_and_nothing_is_started(airflow: LocalAirflow) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", airflow.port))
        other.listen()
        with pytest.raises(LocalAirflowError, match=rf"Port {airflow.port} .* make up PORT="):
            airflow.up()
    assert every_process(airflow) == []


def test_a_component_that_cannot_start_is_named_with_its_log_and_nothing_is_left(airflow: LocalAirflow) -> None:
    broken = LocalAirflow(airflow.home, airflow.port, {"AIRFLOW__CORE__EXECUTOR": "NoSuchExecutor"})

    with pytest.raises(LocalAirflowError, match=r"scheduler ended while starting[\s\S]*NoSuchExecutor"):
        broken.up()

    assert every_process(airflow) == []


def test_down_says_so_when_nothing_runs(airflow: LocalAirflow) -> None:
    said: list[str] = []
    LocalAirflow(airflow.home, airflow.port, say=said.append).down()
    assert said == ["Nothing was running."]


def wait_until(happened, seconds: float = 60) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
