"""### Through the day: what feeds, sitemaps and pages have now

One task a source that is due: each has its own `every_hours` in the sources file. Pages are fetched politely
(robots.txt, a pause between requests to a host, back-off), landed as they came under the UTC day of their fetch, and
read by the `news_daily` run of that day. A feed shows its news for some hours only: what is not fetched meanwhile
cannot be had later.

**When a task is red**, its source cannot be reached or is no feed any more; the message says why. The others are not
concerned, and the next hour tries again. `ops/fetch_log` has a row for each request, `ops/source_days` the health of a
source day by day.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

PARAMS = {
    "sources": Param(
        None,
        type=["null", "array"],
        items={"type": "string"},
        title="Sources",
        description="Ids from the sources file, one a line: only these are collected, due or not, also paused ones. "
        "Empty: all that are due.",
    ),
}


def _load():
    """The settings, and what the sources file says."""
    from news_etl.settings import SettingsError, from_environment
    from news_etl.sources import SourcesError, load_sources

    try:
        settings = from_environment()
        return settings, load_sources(settings.sources)
    except (SettingsError, SourcesError) as error:
        raise AirflowFailException(str(error)) from error


@dag(
    schedule="@hourly",
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=6,  # a slow source may take hours: the others do not wait for it, and it is not joined by itself
    params=PARAMS,
    default_args={"retries": 0},  # the fetcher has tried again already, and the next hour will
    doc_md=__doc__,
    tags=["news"],
)
def news_collect():
    @task
    def sources() -> list[str]:
        """The sources of the web that are not paused, one mapped task each."""
        from news_etl.sources import SourcesError

        try:
            return [source.id for source in _load()[1].web(get_current_context()["params"]["sources"])]
        except SourcesError as error:
            raise AirflowFailException(str(error)) from error

    @task(map_index_template="{{ source }}")
    def collect(source: str) -> dict:
        """Fetch what is new, and land it."""
        from news_etl.collect import collect_now
        from news_etl.store import open_store

        context = get_current_context()
        context["source"] = source
        settings, known = _load()
        is_named = bool(context["params"]["sources"])
        store, run_id = open_store(settings), context["dag_run"].run_id
        return collect_now(store, known.get(source), settings, run_id, due_only=not is_named)

    collect.expand(source=sources())


news_collect()
