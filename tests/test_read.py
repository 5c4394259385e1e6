"""Reading: what an analyst asks for, and nothing else is read; what cannot be given is refused with what can."""

import warnings
from datetime import date, datetime

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from news_etl.article import Image, Timestamp
from news_etl.publish import publish_day, tables_of
from news_etl.read import NothingPublished, PublicationInProgress, Selection, SelectionError, articles, table
from news_etl.schema import ARTICLES
from news_etl.store import TEMPORARY, Store

DAYS = [date(2025, 11, day) for day in (3, 4, 5)]
ENGLISH = (
    "The town council approved the plan to renovate the sailing school on Tuesday evening after a long discussion."
)


@pytest.fixture
def warehouse(store, article_row, at, monkeypatch) -> Store:
    """Three days, each with a French and an English article of its own; published a day before their collection."""
    monkeypatch.setenv("NEWS_ETL_DATA", store.url)
    for day in DAYS:
        when = Timestamp(at=at(f"2025-11-{day.day - 1:02}T23:59:59"), source="meta")
        fields = {"day": day, "published": when}
        rows = [
            article_row(f"Titre du {day}", source="journal", images=[Image(alt="x")], **fields),
            article_row(f"Title of {day}", ENGLISH, source="post", **fields),
        ]
        publish_day(store, day, tables_of(rows), 1, {})
    return store


def titles(frame: pd.DataFrame) -> list[str]:
    return sorted(frame["title"])


def test_all_days_are_read_where_none_is_named(warehouse):
    frame = articles()
    assert len(frame) == 6
    assert list(frame.columns) == [*ARTICLES.schema.names, "date"]
    assert sorted(set(frame["date"])) == [pd.Timestamp(day) for day in DAYS]


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2025-11-04", None, [4]),
        (date(2025, 11, 4), date(2025, 11, 5), [4, 5]),
        (datetime(2025, 11, 3, 12), "2025-11-04", [3, 4]),
        (None, "2025-11-04", [3, 4]),
        ("2025-11-05", "2025-11-30", [5]),
        ("2024-01-01", None, []),
    ],
)
def test_days_are_a_range_with_both_ends(warehouse, start, end, days):
    assert sorted({day.day for day in articles(start, end)["date"]}) == days


def test_the_day_of_publication_is_another_day(warehouse):
    assert titles(articles("2025-11-04", published=True)) == ["Title of 2025-11-05", "Titre du 2025-11-05"]
    assert len(articles("2025-11-02", "2025-11-03", published=True)) == 4
    assert len(articles(published=True)) == 6


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        ({"languages": ["fr"]}, 3),
        ({"languages": "en"}, 3),
        ({"languages": ["fr", "en"]}, 6),
        ({"languages": ["de"]}, 0),
        ({"sources": ["journal"]}, 3),
        ({"sources": ["journal"], "languages": ["en"]}, 0),
        ({"sources": ["post", "journal"], "start": "2025-11-03"}, 2),
    ],
)
def test_languages_and_sources_are_chosen(warehouse, chosen, count):
    assert len(articles(**chosen)) == count


def test_only_the_columns_asked_for_are_given(warehouse):
    frame = articles("2025-11-03", columns=["title", "date"])
    assert list(frame.columns) == ["title", "date"]
    assert articles("2025-11-03", columns=["title"], languages=["fr"])["title"].tolist() == ["Titre du 2025-11-03"]


def test_days_that_are_not_asked_for_are_not_read(warehouse):
    warehouse.write_bytes(warehouse.part("articles", DAYS[0], 0), b"damaged")
    assert len(articles("2025-11-04", "2025-11-05")) == 4


def test_an_empty_day_has_no_rows_and_all_columns(warehouse):
    publish_day(warehouse, date(2025, 11, 6), tables_of([]), 1, {})
    frame = articles("2025-11-06")
    assert len(frame) == 0
    assert "title" in frame


def test_arrow_gives_a_table_of_the_schema(warehouse):
    found = articles("2025-11-04", form="arrow")
    assert isinstance(found, pa.Table)
    assert found.schema.field("published_at").type == pa.timestamp("us", tz="UTC")


def test_duckdb_gives_a_relation_to_query_on(warehouse):
    relation = articles(form="duckdb")
    assert isinstance(relation, duckdb.DuckDBPyRelation)
    counted = relation.aggregate("language, count(*) AS n").order("language").fetchall()
    assert counted == [("en", 3), ("fr", 3)]


def test_other_tables_are_read_too(warehouse):
    frame = table("images", Selection("2025-11-04"))
    assert frame["alt"].tolist() == ["x"]


def test_pandas_alone_opens_the_table_in_one_call(warehouse):
    frame = pd.read_parquet(warehouse.path("warehouse/articles"))
    assert titles(frame) == titles(articles())


def test_rows_of_the_file_are_sorted_by_language_source_and_id(warehouse):
    rows = pq.read_table(warehouse.path(warehouse.part("articles", DAYS[1], 0))).to_pylist()
    assert [row["language"] for row in rows] == ["en", "fr"]


# ---- publications under way


def test_a_day_whose_publication_was_interrupted_is_reported(warehouse):
    warehouse.write_json(warehouse.publishing_marker(DAYS[1]), {})
    with pytest.warns(PublicationInProgress, match="2025-11-04") as caught:
        assert len(articles("2025-11-04")) == 2
    assert caught[0].filename == __file__


def test_a_calm_warehouse_warns_of_nothing(warehouse):
    with warnings.catch_warnings():
        warnings.simplefilter("error", PublicationInProgress)
        articles()


def test_what_a_crash_left_half_written_is_passed_over(warehouse):
    warehouse.write_bytes(f"warehouse/articles/date=2025-11-04/{TEMPORARY}1-part-0000.parquet", b"half")
    assert len(articles()) == 6


# ---- what cannot be given


def test_an_empty_data_root_names_the_place_and_the_remedy(store, monkeypatch):
    monkeypatch.setenv("NEWS_ETL_DATA", store.url)
    with pytest.raises(NothingPublished, match="make run") as error:
        articles()
    assert store.shown("warehouse") in str(error.value)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: articles("4 November"), "'4 November' is not a day: write it as"),
        (lambda: articles(columns=["title", "titel"]), "has no column titel. It has: article_id"),
        (lambda: articles(form="polars"), "pandas, arrow or duckdb"),
        (lambda: table("quotations"), "there is no table 'quotations': articles, images"),
        (lambda: table("ledger"), "there is no table 'ledger'"),
        (lambda: table("images", Selection(languages=["fr"])), "join it with articles"),
        (lambda: table("images", Selection("2025-11-04", published=True)), "join it with articles"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(warehouse, ask, words):
    with pytest.raises(SelectionError) as error:
        ask()
    assert words in str(error.value)


def test_a_warehouse_behind_a_url_is_read_the_same_way(article_row, monkeypatch):
    remote = Store("memory://test_read")
    publish_day(remote, DAYS[0], tables_of([article_row(day=DAYS[0])]), 1, {})
    monkeypatch.setenv("NEWS_ETL_DATA", "memory://test_read")
    assert len(articles("2025-11-03")) == 1


def test_a_range_that_ends_before_it_begins_is_refused(warehouse):
    with pytest.raises(SelectionError, match="ends on 2025-11-03, before it begins on 2025-11-05"):
        articles("2025-11-05", "2025-11-03")
