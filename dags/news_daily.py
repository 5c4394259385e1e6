"""### The day's news, from the sources to Parquet

`collect` (one task a source) → `extract_and_clean` → `enrich` (one task a shard) → `validate` → `publish`, and `tell`

A run covers one UTC day: that of its logical date, or the one given as **date**. (Airflow names a scheduled run after
the moment it is due, the end of its day.) It lands what the sources have, reads everything that is landed for the day,
checks it with Great Expectations, and only then replaces the day in the warehouse. Run any day again, alone or in a
backfill, in any order: the same landing gives the same bytes.

**When a task is red**

* `collect`: the source cannot be reached. The day goes on without it; once the source is back, clear the
  task with those downstream of it, or run the day again.
* `validate`: the day breaks a promise. The message names the expectations, the counts and the report. Nothing was
  published, nothing is lost: the documents are held, and `ops/ledger` says where each one is.
* anything else: what is transient was retried. Clear the task to try again; steps never leave half of a file behind.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from airflow.sdk import Asset, CronDataIntervalTimetable, Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

WAREHOUSE = Asset("news_warehouse")
STEPS = ["collect", "extract_and_clean", "enrich", "validate", "publish"]

RETRY = {"retries": 3, "retry_delay": timedelta(seconds=30), "retry_exponential_backoff": True}
"""For what is transient: a full disk, a share that is away, a killed worker. A broken contract is not retried."""

PARAMS = {
    "date": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Day",
        description="The UTC day to run. Empty: the day of the logical date; without one, yesterday. "
        "Not for a backfill: there each run has its own day.",
    ),
    "sources": Param(
        None,
        type=["null", "array"],
        items={"type": "string"},
        title="Sources",
        description="Ids from the sources file, one a line: only these are collected now. Empty: all that are not "
        "paused. What others have landed for the day is published all the same.",
    ),
    "restart_from": Param(
        STEPS[0],
        enum=STEPS,
        title="Restart from",
        description="Take over what an earlier run of the day left of the steps before this one, where it still "
        "holds: after a change of the landing, the configuration or the code they run again.",
    ),
}


def _place():
    """Where this run is written down, whatever becomes of it: the data root, the day, the run's id."""
    from news_etl.day import resolve_day
    from news_etl.settings import from_environment
    from news_etl.store import open_store

    context = get_current_context()
    dag_run = context["dag_run"]
    # a date that is left in the form of a backfill would make each of its runs cover the same day
    asked = None if dag_run.run_type == "backfill" else context["params"]["date"]
    day = resolve_day(asked, dag_run.logical_date, dag_run.run_after)
    return open_store(from_environment()), day, dag_run.run_id


def _step(function, *arguments):
    """Call a step of the package; a broken contract fails the task at once, without retries."""
    from news_etl.day import Run
    from news_etl.outcome import BrokenContract
    from news_etl.runs import note_trouble
    from news_etl.settings import SettingsError, from_environment
    from news_etl.sources import SourcesError

    context, place = get_current_context(), _place()
    try:
        return function(Run.of(*place[1:], from_environment(), context["params"]["restart_from"]), *arguments)
    except Exception as error:
        if context["ti"].task_id != "collect":  # a source that cannot be collected is no trouble of the day
            note_trouble(*place, error)
        if isinstance(error, (BrokenContract, SettingsError, SourcesError)):
            raise AirflowFailException(str(error)) from error
        raise


@dag(
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=datetime(2025, 1, 1),
    catchup=False,
    params=PARAMS,
    default_args=RETRY,
    doc_md=__doc__,
    tags=["news"],
)
def news_daily():
    @task
    def sources() -> list[str]:
        """The sources to collect, one mapped task each."""
        from news_etl.runs import begin_run

        begin_run(*_place())
        return _step(
            lambda run: [source.id for source in run.sources.active(get_current_context()["params"]["sources"])]
        )

    @task(map_index_template="{{ source }}")
    def collect(source: str) -> dict:
        """Land what the source has for the day, unchanged."""
        from news_etl.day import collect_source

        get_current_context()["source"] = source
        return _step(collect_source, source)

    @task(trigger_rule="all_done_min_one_success")
    def extract_and_clean() -> list[int]:
        """Turn everything landed for the day into articles; returns the numbers of their shards."""
        from news_etl.day import extract_and_clean

        return list(range(_step(extract_and_clean)["shards"]))

    @task
    def enrich(shard: int) -> dict:
        """Add what the language pipelines find, one shard of the day's articles a task."""
        from news_etl.day import enrich_shard

        return _step(enrich_shard, shard)

    @task
    def validate() -> dict:
        """Audit the day with Great Expectations, before anyone can read it."""
        from news_etl.day import validate

        return _step(validate)

    @task(outlets=[WAREHOUSE])
    def publish(*, outlet_events=None) -> dict:
        """Replace the day in the warehouse, file by file, and close the books."""
        from news_etl.day import publish

        summary = _step(publish)
        outlet_events[WAREHOUSE].extra = {name: summary[name] for name in ("date", "rows", "path")}
        return summary

    @task(retries=1)
    def tell() -> None:
        """Close the record of the run, send its metrics, and one message when there is something to look at."""
        from airflow.configuration import conf
        from airflow.sdk.observability import stats

        from news_etl.alerts import of_run, send
        from news_etl.outcome import State
        from news_etl.runs import fail_run, read_record
        from news_etl.settings import from_environment

        context, settings, (store, day, run_id) = get_current_context(), from_environment(), _place()
        dag_id = context["dag_run"].dag_id
        states = context["ti"].get_task_states(dag_id=dag_id, run_ids=[run_id])[run_id]
        if states.get("publish") != "success":
            # an instance of a mapped task has its number behind its name
            failed = {re.sub(r"_\d+$", "", task_id) for task_id, state in states.items() if state == "failed"}
            fail_run(store, day, run_id, sorted(failed))
        if record := read_record(store, day, run_id):
            for state in State:
                stats.gauge(f"news_etl.documents.{state}", record.states.get(state, 0))
        link = f"{conf.get('api', 'base_url', fallback='').rstrip('/')}/dags/{dag_id}/runs/{run_id}"
        if alert := of_run(store, settings, day, run_id, link):
            send(alert, settings, context)

    shards = extract_and_clean()
    collect.expand(source=sources()) >> shards
    enrich.expand(shard=shards) >> validate() >> publish() >> tell().as_teardown()


news_daily()
