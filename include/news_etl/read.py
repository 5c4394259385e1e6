"""Read what is published: for notebooks and scripts. pandas first; Arrow and DuckDB on request.

    from news_etl.read import articles

    frame = articles("2025-11-03", "2025-11-05", languages=["fr"], columns=["title", "body"])

Only the days, columns and row groups that are asked for are read.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from news_etl.schema import TABLES, Table
from news_etl.settings import from_environment
from news_etl.store import Store, open_store

Day = str | date
Form = Literal["pandas", "arrow", "duckdb"]

PARTITIONING = ds.partitioning(pa.schema([("date", pa.date32())]), flavor="hive")


class NothingPublished(LookupError):  # noqa: N818 - named for what is the case
    """The data root holds no such table yet. The message says where it was looked for, and the remedy."""


class SelectionError(ValueError):
    """What was asked for is not there to be selected: the message names what is."""


class PublicationInProgress(UserWarning):
    """A day that is read is being published, or its publication was interrupted: its tables may not match."""


@dataclass(frozen=True)
class Selection:
    """Which rows: days are inclusive; `published` selects by the day of publication (UTC) instead of collection."""

    start: Day | None = None
    end: Day | None = None
    languages: Sequence[str] = ()
    sources: Sequence[str] = ()
    published: bool = False


def articles(
    start: Day | None = None,
    end: Day | None = None,
    *,
    languages: Sequence[str] = (),
    sources: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    published: bool = False,
    form: Form = "pandas",
) -> Any:
    """The articles of a range of days, both ends included; one day where `end` is left out, all where both are.

    Args:
        languages: ISO 639-1 codes to keep; all where empty.
        sources: ids of sources to keep; all where empty.
        columns: the columns to read; all where null. `date` is the day of collection.
        published: select by the day of publication (`published_at`, UTC) instead of the day of collection.
        form: `pandas` gives a DataFrame, `arrow` a pyarrow.Table, `duckdb` a relation to query on.

    Raises:
        NothingPublished: when there is no table to read.
        SelectionError: when a day, column or form is not known.
    """
    selection = Selection(start, end, languages, sources, published)
    return table("articles", selection, columns=columns, form=form)


def table(
    name: str, selection: Selection | None = None, *, columns: Sequence[str] | None = None, form: Form = "pandas"
) -> Any:
    """Rows of any published table. See `articles`; raises what it raises."""
    if form not in ("pandas", "arrow", "duckdb"):
        raise SelectionError(f"form {form!r} is not known: pandas, arrow or duckdb")
    selection = selection or Selection()
    store = open_store(from_environment())
    contract = contract_of(name, columns)
    _warn_of_publications(store)
    found = dataset(store, name).to_table(
        columns=list(columns) if columns else [*contract.schema.names, "date"], filter=_filter(contract, selection)
    )
    return _as(form, found)


def dataset(store: Store, name: str) -> ds.Dataset:
    """A table of the warehouse as an Arrow data set.

    Raises:
        NothingPublished: when no day of it is published.
    """
    days = store.days(name)
    if not days:
        raise NothingPublished(
            f"{store.shown('warehouse')} holds no table {name!r}. Publish a day first (make run), or set NEWS_ETL_DATA."
        )
    schema = TABLES[name].schema.append(pa.field("date", pa.date32()))
    path = store.path(f"warehouse/{name}")
    return ds.dataset(path, schema=schema, format="parquet", partitioning=PARTITIONING, filesystem=store.fs)


def days_of(store: Store, article: str) -> list[date]:
    """The published days that hold an article, given by its id or address."""
    if not store.days("articles"):
        return []
    names = [pc.field(column) == article for column in ("article_id", "url", "canonical_url")]
    found = dataset(store, "articles").to_table(columns=["date"], filter=names[0] | names[1] | names[2])
    days: Any = found["date"].to_pylist()
    return sorted(set(days))


def contract_of(name: str, columns: Sequence[str] | None = None) -> Table:
    """The contract of a published table.

    Raises:
        SelectionError: when there is no such table, or it lacks one of the columns.
    """
    published = [table.name for table in TABLES.values() if table.area == "warehouse"]
    if name not in published:
        raise SelectionError(f"there is no table {name!r}: {', '.join(published)}")
    known = [*TABLES[name].schema.names, "date"]
    if unknown := [column for column in columns or () if column not in known]:
        raise SelectionError(f"table {name} has no column {', '.join(unknown)}. It has: {', '.join(known)}")
    return TABLES[name]


def _filter(contract: Table, selection: Selection) -> pc.Expression | None:
    conditions = _days(contract, selection)
    for column, values in (("language", selection.languages), ("source", selection.sources)):
        if values:
            _needs(contract, column)
            wanted = [values] if isinstance(values, str) else list(values)
            conditions.append(pc.field(column).isin(wanted))
    combined = None
    for condition in conditions:
        combined = condition if combined is None else combined & condition
    return combined


def _days(contract: Table, selection: Selection) -> list[pc.Expression]:
    start = _day(selection.start)
    end = _day(selection.end) or start
    if start and end and start > end:
        raise SelectionError(f"the range ends on {end}, before it begins on {start}")
    if not selection.published:
        field = pc.field("date")
        return [
            bound for bound in (field >= start if start else None, field <= end if end else None) if bound is not None
        ]
    _needs(contract, "published_at")
    field = pc.field("published_at")
    conditions = []
    if start:
        conditions.append(field >= datetime(start.year, start.month, start.day, tzinfo=UTC))
    if end:
        conditions.append(field < datetime(end.year, end.month, end.day, tzinfo=UTC) + timedelta(days=1))
    return conditions


def _needs(contract: Table, column: str) -> None:
    if column not in contract.schema.names:
        raise SelectionError(f"table {contract.name} has no column {column}: join it with articles")


def _day(day: Day | None) -> date | None:
    if isinstance(day, datetime):
        return day.date()
    if day is None or isinstance(day, date):
        return day
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise SelectionError(f"{day!r} is not a day: write it as 2025-11-04") from None


def _warn_of_publications(store: Store) -> None:
    if days := store.publishing_days():
        listed = ", ".join(map(str, days))
        warnings.warn(
            f"{listed}: being published, or interrupted while it was; run the day again if this stays",
            PublicationInProgress,
            stacklevel=4,
        )


def _as(form: Form, found: pa.Table) -> Any:
    if form == "arrow":
        return found
    if form == "duckdb":
        import duckdb

        return duckdb.from_arrow(found)
    frame: pd.DataFrame = found.to_pandas()
    if "date" in frame:
        frame["date"] = pd.to_datetime(frame["date"])
    return frame
