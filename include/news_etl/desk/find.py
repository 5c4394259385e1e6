"""Where did my story go? The documents of each day's newest run whose address, file, title or id holds some words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from news_etl.desk.days import Day
from news_etl.schema import ARTICLES, LEDGER, Row
from news_etl.store import Store

LIMIT = 200
"""Documents at most: more is no answer."""

COLUMNS = ("record_id", "source", "path", "state", "reason", "step", "message", "article_id", "revision")


@dataclass(frozen=True)
class Found:
    """A document in the ledger of a day."""

    day: date
    row: Row


def find(store: Store, days: Iterable[Day], text: str) -> list[Found]:
    """The documents of the given days' newest runs that the text points to, in the order of the days.

    The text is looked for, in any case, in a document's path or URL, its record id, and its article's id and title.
    """
    found: list[Found] = []
    for day in days:
        if day.run and len(found) < LIMIT:
            found += [Found(day.day, row) for row in _in_ledger(store, day.day, day.run, text)]
    return found[:LIMIT]


def _in_ledger(store: Store, day: date, run: str, text: str) -> list[Row]:
    ledger = store.read_table(store.ops(LEDGER.name, day, run), columns=list(COLUMNS))
    path, record, article = (
        pc.match_substring(pc.field(column), text, ignore_case=True) for column in ("path", "record_id", "article_id")
    )
    titled = pc.field("article_id").isin(pa.array(_titled(store, day, text), pa.string()))
    rows: list[Row] = ledger.filter(path | record | article | titled).to_pylist()  # null or true is true
    return rows


def _titled(store: Store, day: date, text: str) -> list[str]:
    """The ids of the day's published articles whose title holds the text."""
    title = pc.match_substring(pc.field("title"), text, ignore_case=True)
    ids: list[str] = []
    for path in store.files(store.partition(ARTICLES.name, day), ".parquet"):
        found = store.read_table(path, columns=["article_id", "title"]).filter(title)
        ids += map(str, found["article_id"].to_pylist())
    return ids
