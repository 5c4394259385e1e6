"""The articles and pictures of a day as data frames, with what the rules look at besides their columns."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, get_args

import pandas as pd
import pyarrow as pa
import pyarrow.compute

from news_etl.article import AuthorKind, BlockKind
from news_etl.schema import IMAGES, STAGED, Row
from news_etl.sources import Source
from news_etl.validate.suites import (
    BLOCKS_MATCH,
    BODY_CHARACTERS,
    BODY_HAS_WORDS,
    BODY_INTACT,
    BODY_PLAIN,
    COUNTS_MATCH,
    IDENTITY,
    IN_ORDER,
    KINDS_KNOWN,
    LANGUAGE_EXPECTED,
    PARENT_EXISTS,
)

compute: Any = pyarrow.compute  # its type stubs know little of chunked columns

NESTED = tuple(field.name for field in STAGED.schema if pa.types.is_nested(field.type))
"""Columns that no rule compares as they are: only whether they are there."""

WORD = r"[\p{L}\p{N}]"
MARKUP = r"(?i)</?(?:p|div|span|script|style|br)\b[^>]*>"

BATCH_ROWS = 1_000
"""Rows that are Python objects at a time: 10 MB."""

CLOCK_TOLERANCE = timedelta(days=1)
"""A day may be stated for one time and an hour for the other, and zones be left out."""


def record_ids(articles: pa.Table) -> Any:
    """The id of the landed record of each article."""
    return compute.struct_field(articles["raw_pointer"], "record_id")


def article_frame(articles: pa.Table, sources: Sequence[Source], children: Mapping[str, pa.Table]) -> pd.DataFrame:
    """The articles, of the schema `STAGED`, for `suites.article_rules`.

    Whole numbers keep a type that admits null: else pandas makes floats of them.
    """
    body = articles["body"]
    frame = to_frame(articles.drop_columns([*NESTED, "body"]))
    for name in (*NESTED, "body"):
        frame[name] = compute.if_else(compute.is_valid(articles[name]), name, None).to_pandas()
    frame[IDENTITY] = record_ids(articles).to_pandas()
    # pandas would hold each text as a Python object: searched here, a day of them costs no memory
    frame[BODY_HAS_WORDS] = compute.match_substring_regex(body, WORD).to_pandas()
    frame[BODY_CHARACTERS] = compute.utf8_length(body).to_pandas()
    frame[BODY_INTACT] = compute.invert(compute.match_substring(body, "\ufffd")).to_pandas()
    frame[BODY_PLAIN] = compute.invert(compute.match_substring_regex(body, MARKUP)).to_pandas()
    checked = list(_nested(articles))
    frame[BLOCKS_MATCH] = [blocks for blocks, _ in checked]
    frame[KINDS_KNOWN] = [kinds for _, kinds in checked]
    frame[COUNTS_MATCH] = _counts_match(articles, children)
    frame[IN_ORDER] = _in_order(frame)
    expected = {source.id: source.languages for source in sources if source.languages}
    places = zip(frame["source"], frame["language"], strict=True)
    frame[LANGUAGE_EXPECTED] = [source not in expected or language in expected[source] for source, language in places]
    return frame


def image_frame(articles: pa.Table) -> pd.DataFrame:
    """The pictures of the articles, for `suites.image_rules`."""
    columns = ["article_id", "revision", "source", "images"]
    keyed = articles.select(columns).append_column(IDENTITY, record_ids(articles))
    rows = [
        {name: row[name] for name in ("article_id", "revision", "source", IDENTITY)} | {"position": position} | image
        for row in _rows(keyed)
        for position, image in enumerate(row["images"] or (), start=1)
    ]
    frame = pd.DataFrame(rows, columns=["source", IDENTITY, *IMAGES.schema.names])
    frame[PARENT_EXISTS] = True  # here pictures are nested in their article
    return frame


def to_frame(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a data frame."""
    frame: pd.DataFrame = table.to_pandas(types_mapper=lambda kind: pd.Int32Dtype() if kind == pa.int32() else None)
    return frame


def _rows(table: pa.Table) -> Iterator[Row]:
    for batch in table.to_batches(max_chunksize=BATCH_ROWS):
        yield from batch.to_pylist()


def _nested(articles: pa.Table) -> Iterator[tuple[bool, bool]]:
    """For each article whether its blocks match its body, and whether the kinds of blocks and authors are known."""
    blocks, authors = set(get_args(BlockKind)), set(get_args(AuthorKind))
    for row in _rows(articles.select(["body", "blocks", "authors"])):
        kinds = _kinds(row["blocks"]) <= blocks and _kinds(row["authors"]) <= authors
        yield _blocks_match(row["body"] or "", row["blocks"] or []), kinds


def _kinds(parts: Iterable[Row] | None) -> set[str]:
    return {part["kind"] for part in parts or ()}


def _blocks_match(body: str, blocks: Sequence[Row]) -> bool:
    """Whether the blocks stand where they say, in their order, with nothing but white space around them."""
    position = 0
    for block in blocks:
        start, end = block["start"], block["end"]
        if start < position or body[start:end] != block["text"] or body[position:start].strip():
            return False
        position = end
    return bool(blocks) and not body[position:].strip()


def _counts_match(articles: pa.Table, children: Mapping[str, pa.Table]) -> list[bool]:
    keys = list(zip(articles["article_id"].to_pylist(), articles["revision"].to_pylist(), strict=True))
    matches = [True] * len(keys)
    for name, column in (("entities", "entity_count"), ("quotes", "quote_count")):
        if (table := children.get(name)) is not None:
            found = Counter(zip(table["article_id"].to_pylist(), table["revision"].to_pylist(), strict=True))
            stated = articles[column].to_pylist()
            rows = zip(matches, keys, stated, strict=True)
            matches = [so_far and (count is None or count == found[key]) for so_far, key, count in rows]
    return matches


def _in_order(frame: pd.DataFrame) -> list[bool]:
    apart = frame["modified_at"] - frame["published_at"]
    return list(apart.isna() | (apart >= -CLOCK_TOLERANCE))
