"""An article as the extractors give it: typed fields, each with its provenance.

`clean` turns it into the row that is published; the schema of that row is in `schema.py`.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

AuthorKind = Literal["person", "agency", "outlet"]
BlockKind = Literal["paragraph", "heading", "list", "quote"]
Precision = Literal["minute", "day"]
Access = Literal["free", "paid", "unknown"]


class Part(BaseModel):
    """A piece of an article. Unknown fields are an error: a typo must not lose data."""

    model_config = ConfigDict(extra="forbid")


class Author(Part):
    """One name of the byline, in its order."""

    name: str
    kind: AuthorKind = "person"
    role: str | None = None
    bio: str | None = None


class Block(Part):
    """One paragraph, heading, list or block quotation of the body, in reading order.

    `label` and `score` (0..1) are the verdict of the line classifier, for text dumps.
    """

    kind: BlockKind = "paragraph"
    text: str
    label: str | None = None
    score: float | None = None


class Image(Part):
    """One picture: caption, credit and alternative text are kept apart, and out of the body."""

    url: str | None = None
    caption: str | None = None
    credit: str | None = None
    alt: str | None = None


class Timestamp(Part):
    """A time as it was found.

    `at` is aware; with precision `day` it is that calendar day at 00:00 UTC, never shifted by a zone.
    `tz` is the zone as found (`+02:00`, `Europe/Paris`, `Z`), null where none was stated (then `at` assumes UTC).
    `source` says where it was found: json-ld, meta, feed, dump, url, visible, inferred, json.
    """

    at: datetime
    tz: str | None = None
    precision: Precision = "minute"
    source: str


class Article(Part):
    """What an extractor found in one document. Texts are as found; `clean` normalises them."""

    url: str | None = None
    canonical_url: str | None = None
    publisher: str | None = None
    language: str | None = None
    label: str | None = None
    kicker: str | None = None
    title: str | None = None
    title_page: str | None = None
    deck: str | None = None
    section: str | None = None
    topics: list[str] = Field(default_factory=list)
    authors: list[Author] = Field(default_factory=list)
    byline: str | None = None
    published: Timestamp | None = None
    modified: Timestamp | None = None
    fetched_at: datetime | None = None
    blocks: list[Block] = Field(default_factory=list)
    images: list[Image] = Field(default_factory=list)
    reading_minutes_stated: int | None = None
    access: Access = "unknown"
    is_truncated: bool = False
    quality_flags: list[str] = Field(default_factory=list)
    tdm_opt_out: list[str] = Field(default_factory=list)
    """What the page itself says against text and data mining."""
    extraction_agreement: float | None = Field(None, ge=0, le=1)
    """How far two ways of finding the body agree (0..1), for pages."""
    extractor: str
    field_provenance: dict[str, str] = Field(default_factory=dict)
