"""### Put the quarantine through again

After the cause of a rejection is mended (the code, the sources file, a decision by hand), trigger this with a range of
days. It runs `news_daily` again for each day that has something of the kind in quarantine, without
collecting anything, one day after the other. What is no longer rejected is resolved; the last task says what became of
it.

What was rejected too often (`NEWS_ETL_MAX_ATTEMPTS`) is set aside and only counted, unless **with poison** is on.
`news_daily` must not be paused: its runs would wait.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

PARAMS = {
    "start": Param(type="string", format="date", title="First day"),
    "end": Param(
        None, type=["null", "string"], format="date", title="Last day", description="Included. Empty: one day only."
    ),
    "reason": Param(
        None,
        type=["null", "string"],
        title="Reason",
        description="Only what was rejected for this reason, as it stands in the quarantine: absurd_date.",
    ),
    "source": Param(None, type=["null", "string"], title="Source", description="Only what came from this source."),
    "with_poison": Param(
        False, type="boolean", title="With poison", description="Also what was rejected too often and is set aside."
    ),
}


def _waiting():
    """The store, and what of it the run is asked to put through again."""
    from news_etl.replay import ReplayError, Selection, waiting
    from news_etl.settings import SettingsError, from_environment
    from news_etl.store import open_store

    try:
        settings = from_environment()
        store = open_store(settings)
        selection = Selection.of(**get_current_context()["params"])
        return store, waiting(store, selection, settings.max_attempts)
    except (ReplayError, SettingsError) as error:
        raise AirflowFailException(str(error)) from error


@dag(
    schedule=None,
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    params=PARAMS,
    default_args={"retries": 1, "retry_delay": timedelta(seconds=30)},
    doc_md=__doc__,
    tags=["news"],
)
def news_replay():
    @task
    def days() -> list[dict]:
        """The days to run again, as the configuration of their runs."""
        from news_etl.replay import RESTART_FROM

        _, found = _waiting()
        for one in found:
            print(f"{one.day}: {len(one.entries)} to replay, {len(one.poison)} set aside")
        return [{"date": one.day.isoformat(), "restart_from": RESTART_FROM} for one in found if one.entries]

    run_again = TriggerDagRunOperator.partial(
        task_id="run_again",
        trigger_dag_id="news_daily",
        wait_for_completion=True,
        poke_interval=5,
        max_active_tis_per_dagrun=1,
        retries=0,
    )

    @task(trigger_rule="all_done")
    def report(replayed: list[dict]) -> list[dict]:
        """What still lies in quarantine of the days that were run again; fails where a day did."""
        _, left = _waiting()
        still = {one.day.isoformat(): len(one.entries) + len(one.poison) for one in left}
        found = [{"day": conf["date"], "still_rejected": still.get(conf["date"], 0)} for conf in replayed]
        print(*found, sep="\n")
        context = get_current_context()
        dag_run = context["dag_run"]
        states = context["ti"].get_task_states(dag_id=dag_run.dag_id, run_ids=[dag_run.run_id])[dag_run.run_id]
        red = [conf["date"] for n, conf in enumerate(replayed) if states.get(f"run_again_{n}") != "success"]
        if red:
            raise AirflowFailException(f"not published: {', '.join(red)}. Look at what news_daily says of them.")
        return found

    asked = days()
    run_again.expand(conf=asked) >> report(asked)


news_replay()
