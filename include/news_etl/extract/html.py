"""A news page as an article."""

from dataclasses import dataclass

from news_etl.article import Article, Timestamp
from news_etl.decode import decode
from news_etl.document import Document
from news_etl.extract.body import Body, choose, witness_lines
from news_etl.extract.embedded import with_embedded
from news_etl.extract.images import Box, find_boxes, read_images
from news_etl.extract.metadata import Metadata, read_metadata
from news_etl.extract.page import Page, parse_page
from news_etl.extract.text import fold
from news_etl.extract.times import Moment
from news_etl.extract.units import Candidate, known_of, read_candidates
from news_etl.outcome import Reason, Rejected

_MIN_BODY_CHARS = 80
_FULL_ARTICLE_CHARS = 1200
"""A paid article that is shorter is the part before the wall."""
_LOW_AGREEMENT = 0.5
"""Below it, two ways of finding the body found different texts; most such pages are read wrongly."""
_SAME_START = 60
"""Characters by which a description is known to be the beginning of the text."""


@dataclass
class Prepared:
    """A parsed page with all that is known before its body is chosen."""

    page: Page
    metadata: Metadata
    boxes: list[Box]
    candidates: list[Candidate]


def prepare(document: Document, text: str) -> Prepared:
    """Parse a page, read its metadata and describe the units that may be its body."""
    page = parse_page(text, document.path)
    if not page.has_prose:
        page = parse_page(with_embedded(text), document.path)
    metadata = read_metadata(page, document)
    titles = (metadata.title, metadata.title_page or metadata.title)
    known = known_of(witness_lines(page, document.url), metadata.body_text, titles, metadata.description)
    boxes = find_boxes(page)
    return Prepared(page, metadata, boxes, read_candidates(page, known, boxes))


def read_page(document: Document, payload: bytes) -> Article:
    """The article on an HTML page. Raises Rejected(NOT_AN_ARTICLE) for a page without one."""
    prepared = prepare(document, decode(payload, document.charset).text)
    metadata = prepared.metadata
    body = choose(prepared.candidates, frozenset(fold(text or "") for text in (metadata.title, metadata.title_page)))
    blocks = body.blocks
    size = sum(len(block.text) for block in blocks)
    if not metadata.title or size < _MIN_BODY_CHARS:
        seen = "no title" if not metadata.title else f"only {size} characters of body text"
        message = f"{document.path}: the page holds no article ({seen}); check whether it is an index or an error page"
        raise Rejected(Reason.NOT_AN_ARTICLE, message)
    return Article(
        url=document.url,
        canonical_url=metadata.canonical_url,
        publisher=metadata.publisher,
        language=metadata.language,
        kicker=metadata.kicker,
        title=metadata.title,
        title_page=metadata.title_page,
        deck=_deck(metadata, body),
        section=metadata.section,
        topics=metadata.topics or [],
        authors=metadata.authors or [],
        byline=metadata.byline,
        published=_stamp(metadata, "published", metadata.published),
        modified=_stamp(metadata, "modified", metadata.modified),
        fetched_at=document.fetched_at,
        blocks=blocks,
        images=read_images(prepared.page, prepared.boxes, body.units, document.url, metadata.node),
        access=metadata.access,
        is_truncated=metadata.access == "paid" and size < _FULL_ARTICLE_CHARS,
        quality_flags=["low_agreement"] if body.agreement < _LOW_AGREEMENT else [],
        extractor="html",
        field_provenance=metadata.provenance,
    )


def _stamp(metadata: Metadata, name: str, moment: Moment | None) -> Timestamp | None:
    return moment.stamp(metadata.provenance.get(name, "visible")) if moment else None


def _deck(metadata: Metadata, body: Body) -> str | None:
    """The deck that the page shows, else the description, where it is no mere beginning of the body."""
    if body.deck:
        metadata.provenance["deck"] = "visible"
        return body.deck
    description = metadata.description or ""
    start = fold(description)[:_SAME_START]
    repeated = not start or any(start in fold(block.text) for block in body.blocks[:4])
    if repeated or description.endswith(("…", "...")):
        return None
    metadata.provenance["deck"] = metadata.provenance["description"]
    return description
