"""What a person at the terminal sees of a day, a table or a source."""

import csv
import json
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Grid

from news_etl.outcome import BrokenContract, State
from news_etl.read import SelectionError, contract_of, dataset
from news_etl.schema import LEDGER, TABLES
from news_etl.settings import Settings
from news_etl.sources import AnyWeb, Archive, Inbox
from news_etl.store import Store, open_store

if TYPE_CHECKING:
    from news_etl.collect.listing import Stamp
    from news_etl.collect.preview import Sample

SHOWN_COLUMNS = ("date", "source", "language", "published_at", "title", "word_count")
SAMPLE_COLUMNS = (
    "title",
    "deck",
    "authors",
    "published_at",
    "section",
    "language",
    "word_count",
    "access",
    "tdm_opt_out",
)
MIN_COLUMN = 6
WIDE = 110
"""Columns of a terminal from which the authors have room beside the titles."""


def show_day(settings: Settings, day: date, console: Console) -> None:
    """The articles of a day, the ledger's counts, where the files are, and the next command.

    Raises:
        BrokenContract: when the day is not published.
    """
    store = open_store(settings)
    if not store.exists(store.day_manifest(day)):
        raise BrokenContract(f"{day} is not published in {store.shown('warehouse')}. Run it: news-etl run --date {day}")
    manifest = store.read_json(store.day_manifest(day))
    found = dataset(store, "articles").to_table(
        columns=["source", "language", "title", "authors", "word_count"],
        filter=pc.field("date") == day,
    )
    console.print(f"{found.num_rows} articles of {day}", highlight=False)
    console.print(_articles(found, console), markup=False)
    console.print(_ledger(store, day))
    folder = store.shown(f"warehouse/articles/date={day}")
    files = ", ".join(f"{name} {table['rows']}" for name, table in sorted(manifest["tables"].items()))
    console.print(f"\nPublished: {folder}  (rows: {files})", highlight=False, soft_wrap=True)
    if day in store.publishing_days():
        console.print("[red]A publication of this day was interrupted: run the day again to complete it.[/]")
    warehouse = store.shown("warehouse/articles")
    plain: dict[str, Any] = {"highlight": False, "markup": False, "soft_wrap": True}
    console.print(f"Try next:  {_command('news-etl')} read articles --from {day} --columns title,deck,authors", **plain)
    console.print(
        f"           {_command('python')} -c \"import pandas; print(pandas.read_parquet('{warehouse}'))\"", **plain
    )


def _command(name: str) -> str:
    """A command of this environment as it can be typed here: by its name where that finds it, else by its path."""
    file = Path(sys.executable).parent / name
    found = shutil.which(name)
    if found and Path(found) == file:
        return name
    return str(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)


def _articles(found: pa.Table, console: Console) -> Grid:
    names = {"source": "source", "language": "lang", "title": "title", "authors": "by", "word_count": "words"}
    if console.width < WIDE:
        del names["authors"]
    rows = [[_glance(row[name]) for name in names] for row in found.to_pylist()]
    return _fitted(list(names.values()), rows, console.width)


def _fitted(names: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Grid:
    """A grid of one line a row, no wider than the terminal: the widest columns give way first."""
    columns = list(zip(names, *rows, strict=True))
    widths = [max(cell_len(cell) for cell in column) for column in columns]
    frame = 3 * len(names) + 1
    while sum(widths) + frame > width and max(widths) > MIN_COLUMN:
        widths[widths.index(max(widths))] -= 1
    grid = Grid()
    for name, room in zip(names, widths, strict=True):
        grid.add_column(_short(name, room), width=room, no_wrap=True)
    for row in rows:
        grid.add_row(*(_short(cell, room) for cell, room in zip(row, widths, strict=True)))
    return grid


def _ledger(store: Store, day: date) -> Grid:
    """The states of the last run of the day, with their reasons."""
    runs = store.files(store.ops_partition(LEDGER.name, day), ".parquet")
    newest = max(runs, key=lambda path: store.fs.modified(store.path(path)), default=None)
    rows = store.read_table(newest, columns=["state", "reason"]).to_pylist() if newest else []
    grid = Grid(title=f"Ledger: {len(rows)} documents in", title_justify="left")
    grid.add_column("state")
    grid.add_column("documents", justify="right")
    grid.add_column("reasons")
    for state in State:
        reasons = Counter(row["reason"] for row in rows if row["state"] == state)
        named = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items(), key=str) if reason)
        if reasons:
            grid.add_row(state, str(reasons.total()), named)
    return grid


def show_schema(name: str, console: Console) -> None:
    """The columns of a table.

    Raises:
        SelectionError: when there is no such table.
    """
    if name not in TABLES:
        raise SelectionError(f"there is no table {name!r}: {', '.join(TABLES)}")
    contract = TABLES[name]
    grid = Grid(title=f"{name}: {contract.row}", title_justify="left")
    for title in ("column", "type", "required", "description"):
        grid.add_column(title)
    for column in contract.columns:
        unit = f" [{column.unit}]" if column.unit else ""
        grid.add_row(column.name, str(column.type), "yes" if column.required else "", column.description + unit)
    console.print(grid, markup=False)


def show_partitions(settings: Settings, name: str, console: Console) -> None:
    """The published days of a table: files, rows and bytes; nothing for a day whose first publication is not done.

    Raises:
        SelectionError: when there is no such table.
    """
    contract_of(name)
    store = open_store(settings)
    grid = Grid(title=f"{name} in {store.shown('warehouse')}", title_justify="left")
    for title in ("date", "files", "rows", "bytes"):
        grid.add_column(title, justify="left" if title == "date" else "right")
    for day in store.days(name):
        manifest = store.read_json(store.day_manifest(day)) if store.exists(store.day_manifest(day)) else {"tables": {}}
        entry = manifest["tables"].get(name, {"rows": 0, "files": []})
        size = sum(file["bytes"] for file in entry["files"])
        grid.add_row(str(day), str(len(entry["files"])), f"{entry['rows']:,}", f"{size:,}")
    console.print(grid)


def show_rows(found: pa.Table, limit: int, form: str, console: Console, *, chosen: bool) -> None:
    """Rows as a table for the eye, as CSV or as JSON Lines."""
    rows = (found.slice(0, limit) if limit else found).to_pylist()
    names = found.column_names
    if form == "jsonl":
        for row in rows:
            sys.stdout.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
        return
    if form == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(names)
        writer.writerows([_cell(row[name]) for name in names] for row in rows)
        return
    shown = names if chosen else [name for name in SHOWN_COLUMNS if name in names] or names
    cells = [[_glance(row[name]) for name in shown] for row in rows]
    console.print(_fitted(shown, cells, console.width), markup=False)
    console.print(f"{len(rows)} of {found.num_rows} rows", highlight=False)


def show_arrivals(source: Inbox | Archive, day: date, console: Console, limit: int = 20) -> None:
    """What a source of files would land for a day."""
    from news_etl.collect import arrivals

    if not source.expects(day):
        console.print(f"{source.id} expects nothing on {day}: its days are {', '.join(map(str, source.days))}")
        return
    shown, count = [], 0
    for count, arrival in enumerate(arrivals(source, day), start=1):
        if count <= limit:
            shown.append((arrival.path, arrival.media_type, arrival.url or "", arrival.damage or ""))
    grid = Grid(title=f"{source.id} on {day}: {count} documents in {source.pattern(day)}", title_justify="left")
    for title in ("path", "type", "url", "note"):
        grid.add_column(title, overflow="fold")
    for row in shown:
        grid.add_row(*row)
    console.print(grid, markup=False)
    if count > limit:
        console.print(f"… and {count - limit} more")


def show_preview(source: AnyWeb, settings: Settings, day: date | None, console: Console, limit: int = 20) -> None:
    """What a collection of a source of the web would fetch now, or for a past day, and how its first page is read.

    Raises:
        BrokenContract: when nothing of the source can be read.
    """
    from news_etl.collect.preview import preview

    seen = preview(open_store(settings), source, settings, day)
    plain: dict[str, Any] = {"highlight": False, "markup": False, "soft_wrap": True}
    for listing in seen.offered.listings:
        what = listing.fault or f"{listing.offered or 0} pages"
        console.print(f"{listing.fetched.url}: {what}", **plain)
    if seen.offered.is_dead:
        raise BrokenContract(f"source {source.id}: nothing of it can be read: {seen.offered.fault}")
    left_out = "".join(f", {count} left out by {why}" for why, count in sorted(seen.offered.left_out.items()))
    counts = f"{len(seen.fetched)} pages would be fetched, {seen.known} are known{left_out}"
    later = f", {seen.resting} rest after a failure, {seen.postponed} wait for the next collection"
    console.print(counts + (later if seen.resting or seen.postponed else ""), **plain)
    rows = [[_dated(offer.latest), offer.url, offer.title or ""] for offer in seen.fetched[:limit]]
    if rows:
        console.print(_fitted(("dated", "address", "title"), rows, console.width), markup=False)
    for sample in seen.samples:
        console.print(f"\nTried: {sample.fetched.final_url}", **plain)
        _show_sample(sample, console)


def _dated(stamp: "Stamp | None") -> str:
    return "" if stamp is None else f"{stamp.at:%Y-%m-%d}" if stamp.is_day else f"{stamp.at:%Y-%m-%d %H:%M}"


def _show_sample(sample: "Sample", console: Console) -> None:
    if sample.article is None:
        console.print(f"  {sample.fault}", highlight=False, markup=False, soft_wrap=True)
        return
    for name in SAMPLE_COLUMNS:
        if value := sample.article[name]:
            console.print(f"  {name:<14} {_glance(value)}", highlight=False, markup=False, soft_wrap=True)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str) if value else ""
    return str(value)


def _glance(value: Any) -> str:
    """A value as the eye wants it: a list by the first field of its items, a time to the minute."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, list):
        return ", ".join(_glance(next(iter(item.values()))) if isinstance(item, dict) else str(item) for item in value)
    return _cell(value)


def _short(text: str, width: int) -> str:
    """At most so many cells of a terminal, in which some characters take two."""
    if cell_len(text) <= width:
        return text
    while cell_len(text) > width - 1:
        text = text[:-1]
    return text + "…"
