"""An article as a page: its text cut where names and quotations begin and end, and where each field came from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

import pyarrow.compute as pc

from news_etl.schema import ARTICLES, ENTITIES, IMAGES, QUOTES, Row
from news_etl.store import Store

LISTED = (
    "article_id", "revision", "source", "publisher", "language", "title", "section", "published_at", "word_count",
    "entity_count", "quote_count", "quality_flags", "enrichment", "is_truncated",
)  # fmt: skip

TEXT_FIELDS = ("title", "deck", "body")

LABELS = {"PER": "person", "LOC": "place", "ORG": "organisation", "MISC": "other name"}


@dataclass(frozen=True)
class Piece:
    """A run of characters with one set of marks. `entity` and `quote` are rows of their tables, or null."""

    text: str
    entity: Row | None = None
    quote: Row | None = None
    starts_quote: bool = False


@dataclass(frozen=True)
class Paragraph:
    """A block of the body, and the quotations that begin in it."""

    kind: str
    pieces: Sequence[Piece]
    quotes: Sequence[Row] = ()


@dataclass(frozen=True)
class Named:
    """What the article names: one entity with its mentions."""

    entity_id: int
    name: str
    label: str
    mentions: int
    forms: Sequence[str]
    """How it is written, other than by its name."""
    place: str | None
    quotes: int


@dataclass(frozen=True)
class Article:
    """An article with all that was found in it."""

    row: Row
    title: Sequence[Piece]
    deck: Sequence[Piece]
    paragraphs: Sequence[Paragraph]
    named: Sequence[Named]
    quotes: Sequence[Row]
    images: Sequence[Row]
    provenance: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Listing:
    """One page of the articles of a day, and how many there are."""

    rows: Sequence[Row]
    total: int
    sources: Sequence[tuple[str, int]]


def list_articles(
    store: Store, day: date, *, source: str = "", flag: str = "", text: str = "", start: int = 0, limit: int = 100
) -> Listing:
    """The published articles of a day, in the order of the table.

    Args:
        source: id of a source; all where empty.
        flag: a quality flag; articles without it are left out.
        text: words that the title holds, in any case.
        start: number of articles to pass over.
        limit: articles on the page.
    """
    tables = [store.read_table(path, columns=list(LISTED)) for path in _parts(store, ARTICLES.name, day)]
    rows = [row for table in tables for row in table.to_pylist()]
    sources: dict[str, int] = defaultdict(int)
    for row in rows:
        sources[row["source"]] += 1
    found = [
        row
        for row in rows
        if (not source or row["source"] == source)
        and (not flag or flag in row["quality_flags"])
        and (not text or text.lower() in row["title"].lower())
    ]
    return Listing(found[start : start + limit], len(found), sorted(sources.items()))


def read_article(store: Store, day: date, article_id: str, revision: int) -> Article | None:
    """One published article; null where there is none of that id and revision."""
    rows = _rows(store, ARTICLES.name, day, article_id, revision)
    if not rows:
        return None
    row = rows[0]
    entities = _rows(store, ENTITIES.name, day, article_id, revision)
    quotes = _rows(store, QUOTES.name, day, article_id, revision)
    return Article(
        row=row,
        title=pieces(row["title"], 0, _in("title", entities), _in("title", quotes)),
        deck=pieces(row["deck"] or "", 0, _in("deck", entities), _in("deck", quotes)),
        paragraphs=_paragraphs(row, _in("body", entities), _in("body", quotes)),
        named=_named(entities, quotes),
        quotes=quotes,
        images=_rows(store, IMAGES.name, day, article_id, revision),
        provenance=dict(row["field_provenance"] or ()),
    )


def pieces(text: str, offset: int, entities: Iterable[Row], quotes: Iterable[Row]) -> list[Piece]:
    """A text cut at every edge of a name or quotation. `offset` is the place of the text in its field."""
    end = offset + len(text)
    names = [row for row in entities if row["start"] < end and row["end"] > offset]
    said = [row for row in quotes if row["start"] < end and row["end"] > offset]
    edges = {offset, end}
    for row in (*names, *said):
        edges |= {max(offset, row["start"]), min(end, row["end"])}
    cuts = sorted(edges)
    return [_piece(text[left - offset : right - offset], left, right, names, said) for left, right in pairwise(cuts)]


def _piece(text: str, left: int, right: int, entities: Iterable[Row], quotes: Iterable[Row]) -> Piece:
    quote = _covering(left, right, quotes)
    return Piece(text, _covering(left, right, entities), quote, bool(quote and quote["start"] == left))


def _covering(left: int, right: int, rows: Iterable[Row]) -> Row | None:
    """The shortest span that covers the piece: the inner one where one lies in another."""
    covering = [row for row in rows if row["start"] <= left and row["end"] >= right]
    return min(covering, key=lambda row: (row["end"] - row["start"], row["start"]), default=None)


def _paragraphs(row: Row, entities: Sequence[Row], quotes: Sequence[Row]) -> list[Paragraph]:
    return [
        Paragraph(
            block["kind"],
            pieces(block["text"], block["start"], entities, quotes),
            [quote for quote in quotes if block["start"] <= quote["start"] < block["end"]],
        )
        for block in row["blocks"]
    ]


def _named(entities: Sequence[Row], quotes: Sequence[Row]) -> list[Named]:
    mentions: dict[int, list[Row]] = defaultdict(list)
    for row in entities:
        mentions[row["entity_id"]].append(row)
    spoken: dict[int, int] = defaultdict(int)
    for quote in quotes:
        if quote["speaker_entity_id"] is not None:
            spoken[quote["speaker_entity_id"]] += 1
    named = [
        Named(
            entity_id=entity_id,
            name=rows[0]["name"],
            label=rows[0]["label"],
            mentions=len(rows),
            forms=sorted({row["text"] for row in rows} - {rows[0]["name"]}),
            place=_place(rows[0]),
            quotes=spoken[entity_id],
        )
        for entity_id, rows in mentions.items()
    ]
    order = list(LABELS)
    return sorted(named, key=lambda entity: (order.index(entity.label), -entity.mentions, entity.entity_id))


def _place(row: Row) -> str | None:
    where = [row["country_code"]] if row["country_code"] else []
    if row["latitude"] is not None:
        where.append(f"{row['latitude']:.2f}, {row['longitude']:.2f}")
    return " · ".join(where) or None


def _in(name: str, rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["field"] == name]


def _rows(store: Store, table: str, day: date, article_id: str, revision: int) -> list[Row]:
    is_it = (pc.field("article_id") == article_id) & (pc.field("revision") == revision)
    found: list[Row] = []
    for path in _parts(store, table, day):
        found += store.read_table(path).filter(is_it).to_pylist()
    return found


def _parts(store: Store, table: str, day: date) -> list[str]:
    return store.files(store.partition(table, day), ".parquet")
