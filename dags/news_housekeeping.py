"""### Remove what is old

`plan` says what has outlived its keep-time (`NEWS_ETL_KEEP_DAYS`): stages, reports, the books, resolved quarantine,
what crashes left half-written, Airflow's logs and old runs in its database. `clean` removes it. Scheduled runs do both;
one that is triggered by hand only plans, unless **dry run** is switched off.

What readers read is never touched, nor is a landing that a published day was made from.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import CronTriggerTimetable, Param, dag, get_current_context, task

PARAMS = {
    "dry_run": Param(
        True,
        type="boolean",
        title="Dry run",
        description="Only plan. Scheduled runs always clean, whatever stands here.",
    )
}


def _plan():
    """The store, the settings, and what the housekeeping would remove."""
    from news_etl.housekeeping import plan
    from news_etl.settings import from_environment
    from news_etl.store import open_store

    settings = from_environment()
    store = open_store(settings)
    return store, settings, plan(store, settings, datetime.now(UTC))


def _logs(days: int):
    """Airflow's log files that are older, on this machine."""
    from pathlib import Path

    from airflow.configuration import conf

    oldest = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    folder = Path(conf.get("logging", "base_log_folder"))
    return [file for file in folder.rglob("*.log*") if file.is_file() and file.stat().st_mtime < oldest]


def _clean_database(*options: str) -> None:
    """Clean Airflow's own database. Airflow keeps tasks away from it: its address has to be given on purpose."""
    import os
    import subprocess
    import sys

    from airflow.sdk.exceptions import AirflowSkipException

    from news_etl.settings import from_environment

    settings = from_environment()
    if not settings.airflow_database:
        raise AirflowSkipException("NEWS_ETL_AIRFLOW_DATABASE is not set: run `airflow db clean` by other means")
    oldest = datetime.now(UTC) - timedelta(days=settings.keep_days["airflow"])
    command = [sys.executable, "-m", "airflow", "db", "clean", "--clean-before-timestamp", oldest.isoformat(), *options]
    address = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": settings.airflow_database}
    done = subprocess.run(command, env=os.environ | address, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    print(done.stdout, done.stderr)
    done.check_returncode()


@dag(
    schedule=CronTriggerTimetable("30 3 * * 0", timezone="UTC"),
    catchup=False,  # and no start date: switched on, it waits for its time
    max_active_runs=1,
    params=PARAMS,
    doc_md=__doc__,
    tags=["news"],
)
def news_housekeeping():
    @task
    def plan() -> dict:
        """What would be removed: number and bytes by kind. The log names each."""
        from news_etl.housekeeping import totals

        _, settings, removals = _plan()
        for one in removals:
            print(f"{one.kind}: {one.path}: {one.bytes:,} bytes, {one.days} days old")
        logs = _logs(settings.keep_days["logs"])
        return totals(removals) | {"logs": {"number": len(logs), "bytes": sum(file.stat().st_size for file in logs)}}

    @task
    def plan_database() -> None:
        """What `airflow db clean` would remove."""
        _clean_database("--dry-run")

    @task.short_circuit
    def is_meant() -> bool:
        """Whether to go on: by schedule, or by hand with the dry run off."""
        context = get_current_context()
        return context["dag_run"].run_type == "scheduled" or not context["params"]["dry_run"]

    @task
    def clean() -> dict:
        """Remove it."""
        from news_etl.housekeeping import carry_out, totals

        store, settings, removals = _plan()
        carry_out(store, removals)
        for file in _logs(settings.keep_days["logs"]):
            file.unlink(missing_ok=True)
        return totals(removals)

    @task
    def clean_database() -> None:
        """Remove old runs from Airflow's database."""
        _clean_database("--yes", "--skip-archive")

    # trouble with the database keeps no file from being removed
    meant = is_meant()
    plan() >> meant >> clean()
    [meant, plan_database()] >> clean_database()


news_housekeeping()
