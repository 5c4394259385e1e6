"""One day through Airflow in this process: `make run`.

Runs the DAG `news_daily` by Airflow's own `dag.test`, on SQLite, without a scheduler. The console shows each task and
its time; everything else goes to a log under `.airflow/logs`.
"""

import argparse
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from local_airflow import HOME, ROOT, environment, locked, migrate, open_log, tail

if TYPE_CHECKING:
    from airflow.sdk.definitions.dag import DAG
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

DAG_ID = "news_daily"


class Progress:
    """What the console shows: a line per task, with its time, and why it failed."""

    def __init__(self, console: IO[str]) -> None:
        self.console = console
        self.started = 0.0

    def running(self, task: "RuntimeTaskInstance") -> None:
        self.started = time.monotonic()
        print(f"  {task.task_id:<18} ", end="", file=self.console, flush=True)

    def ended(self, task: "RuntimeTaskInstance", how: str, error: object = None) -> None:
        line = f"{how:<8} {time.monotonic() - self.started:5.1f} s  {task.rendered_map_index or ''}"
        print(line.rstrip(), file=self.console, flush=True)
        if error:
            print(f"    {error}", file=self.console, flush=True)


def listen(progress: Progress) -> None:
    """Have Airflow tell `progress` what each task does."""
    from airflow.listeners import hookimpl
    from airflow.sdk.listener import get_listener_manager

    class Listener:
        @hookimpl
        def on_task_instance_running(self, task_instance: "RuntimeTaskInstance") -> None:
            progress.running(task_instance)

        @hookimpl
        def on_task_instance_success(self, task_instance: "RuntimeTaskInstance") -> None:
            progress.ended(task_instance, "done")

        @hookimpl
        def on_task_instance_skipped(self, task_instance: "RuntimeTaskInstance") -> None:
            progress.ended(task_instance, "skipped")

        @hookimpl
        def on_task_instance_failed(self, task_instance: "RuntimeTaskInstance", error: object) -> None:
            progress.ended(task_instance, "FAILED", error)

    get_listener_manager().add_listener(Listener())  # type: ignore[no-untyped-call]


@contextmanager
def output_to(log: IO[str]) -> Iterator[IO[str]]:
    """Send what this process and its libraries print to the log; yields the console."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    try:
        with os.fdopen(os.dup(kept[0]), "w") as console:
            yield console
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, original in enumerate(kept, start=1):
            os.dup2(original, descriptor)
            os.close(original)


def run(day: date, home: Path, log: IO[str]) -> bool:
    """Run the day; returns whether every task ended well. Traces of errors are in the log."""
    with output_to(log) as console:
        try:
            print(
                f"{DAG_ID} for {day}; log: {log.name}",
                file=console,
                flush=True,
            )
            migrate(environment(home), home / "sqlite", log)
            dag = load(console)
            if dag is None:
                return False
            for operator in dag.tasks:
                operator.retries = 0  # someone is waiting: say at once what is wrong
            listen(Progress(console))
            # The day also as parameter: the data interval of a manual run would end on it, not start.
            run = dag.test(
                logical_date=datetime(day.year, day.month, day.day, tzinfo=UTC),
                run_conf={"date": str(day)},
            )
            return str(run.state) == "success"
        except Exception:  # whatever it is: the trace belongs into the log, whose end the caller shows
            traceback.print_exc()
            return False


def load(console: IO[str]) -> "DAG | None":
    """Read the DAG folder; None when the DAG is not in it, after saying why on the console."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(ROOT / "dags")
    for file, error in bag.import_errors.items():
        print(f"{file} cannot be read:\n{error}", file=console, flush=True)
    return bag.dags.get(DAG_ID)


def utc_day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: YYYY-MM-DD is expected, e.g. 2025-11-04") from error


def main() -> int:
    parser = argparse.ArgumentParser(description=f"Run {DAG_ID} for one day through Airflow, and show what came out.")
    parser.add_argument("day", type=utc_day, help="the UTC day, YYYY-MM-DD")
    parser.add_argument("--home", type=Path, default=HOME, help="where Airflow keeps its state (default: .airflow)")
    arguments = parser.parse_args()
    day, home = arguments.day, arguments.home.resolve()
    os.environ.update(environment(home))
    os.chdir(ROOT)
    with locked(home / "run.lock", lambda: print("Waiting for another `make run`", flush=True)):
        file = home / "logs" / f"run-{day}.log"
        file.parent.mkdir(parents=True, exist_ok=True)
        with open_log(file) as log:
            succeeded = run(day, home, log)
    if not succeeded:
        print(f"\nThe day failed. {tail(file, 25)}", file=sys.stderr)
        return 1
    return subprocess.run(  # noqa: S603
        [Path(sys.executable).with_name("news-etl"), "show", "--date", str(day)],
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
