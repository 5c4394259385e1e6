"""### Is yesterday published?

Runs once a day, at the deadline (06:00 UTC), and sends one message when yesterday is not published by then, whatever
the reason: a run that takes too long, that failed, or that never began.
"""

from __future__ import annotations

from datetime import UTC, timedelta

from airflow.sdk import CronTriggerTimetable, dag, get_current_context, task

DEADLINE = "0 6 * * *"


@dag(
    schedule=CronTriggerTimetable(DEADLINE, timezone="UTC"),
    catchup=False,  # and no start date: switched on, it waits for its time
    doc_md=__doc__,
    tags=["news"],
)
def news_deadline():
    @task(retries=2, retry_delay=timedelta(minutes=1))
    def tell_if_late() -> None:
        """One message, when yesterday is late."""
        from airflow.configuration import conf

        from news_etl.alerts import late, send
        from news_etl.settings import from_environment
        from news_etl.store import open_store

        settings, context = from_environment(), get_current_context()
        yesterday = context["dag_run"].run_after.astimezone(UTC).date() - timedelta(days=1)
        link = f"{conf.get('api', 'base_url', fallback='').rstrip('/')}/dags/news_daily"
        if alert := late(open_store(settings), yesterday, link):
            send(alert, settings, context)

    tell_if_late()


news_deadline()
