"""A news page as an article."""

from dataclasses import dataclass
from datetime import date

from news_etl.article import Article, Timestamp
from news_etl.decode import decode
from news_etl.document import Document
from news_etl.extract.body import Body, choose, choose_within, witness_lines
from news_etl.extract.embedded import with_embedded
from news_etl.extract.images import Box, find_boxes, read_images
from news_etl.extract.lead import mark_lead
from news_etl.extract.metadata import Metadata, read_metadata
from news_etl.extract.names import as_authors, split_names
from news_etl.extract.optouts import meta_opt_outs
from news_etl.extract.page import Page, parse_page
from news_etl.extract.sites import NO_RULE, SITE_RULE, Rule, rule_for
from news_etl.extract.text import fold
from news_etl.extract.times import Moment, parse_stamp
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


def prepare(document: Document, text: str, rule: Rule = NO_RULE) -> Prepared:
    """Parse a page, read its metadata and describe the units that may be its body."""
    page = parse_page(text, document.path, rule)
    if not page.has_prose:
        page = parse_page(with_embedded(text), document.path, rule)
    metadata = read_metadata(page, document)
    _apply(rule, page, metadata)
    known = known_of(witness_lines(page, document.url), metadata)
    boxes = find_boxes(page)
    candidates = read_candidates(page, known, boxes, rule.body_elements(page.tree))
    mark_lead(candidates, known)
    return Prepared(page, metadata, boxes, candidates)


def _apply(rule: Rule, page: Page, metadata: Metadata) -> None:
    """Replace the metadata that the site's rule points to, where it finds them."""
    names = [name for text in rule.texts(rule.authors, page.tree) for name in split_names(text)]
    moments = (parse_stamp(text) for text in rule.times(page.tree))
    found = {
        "title": next(iter(rule.texts(rule.title, page.tree)), None),
        "authors": as_authors(names, metadata.publisher),
        "published": next((moment for moment in moments if moment), None),
    }
    for name, value in found.items():
        if value:
            setattr(metadata, name, value)
            metadata.provenance[name] = SITE_RULE
    if found["title"]:
        metadata.title_page = None
        metadata.provenance.pop("title_page", None)


def read_page(document: Document, payload: bytes) -> Article:
    """The article on an HTML page. Raises Rejected(NOT_AN_ARTICLE) for a page without one."""
    text = decode(payload, document.charset).text
    rule = rule_for(document, lambda: _own_day(document, text))
    prepared = prepare(document, text, rule)
    metadata = prepared.metadata
    body = _read_body(prepared, rule)
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
        tdm_opt_out=meta_opt_outs(prepared.page.meta),
        extraction_agreement=body.agreement,
        extractor="html",
        field_provenance=metadata.provenance,
    )


def _own_day(document: Document, text: str) -> date | None:
    """The day of publication, as the page is read without any rule."""
    published = read_metadata(parse_page(text, document.path), document).published
    return published.at.date() if published else None


def _read_body(prepared: Prepared, rule: Rule) -> Body:
    page, metadata = prepared.page, prepared.metadata
    titles = frozenset(fold(text or "") for text in (metadata.title, metadata.title_page))
    elements = rule.body_elements(page.tree)
    body = choose_within(prepared.candidates, elements, titles) if elements else Body()
    if body.blocks:
        metadata.provenance["blocks"] = SITE_RULE
    else:
        body = choose(prepared.candidates, titles)
    if deck := " ".join(rule.texts(rule.deck, page.tree)):
        body.deck, metadata.provenance["deck"] = deck, SITE_RULE
    return body


def _stamp(metadata: Metadata, name: str, moment: Moment | None) -> Timestamp | None:
    source = metadata.provenance.get(name, "visible")
    return moment.stamp("visible" if source == SITE_RULE else source) if moment else None


def _deck(metadata: Metadata, body: Body) -> str | None:
    """The deck that the page shows, else the description, where it is no mere beginning of the body."""
    if body.deck:
        metadata.provenance.setdefault("deck", "visible")
        return body.deck
    description = metadata.description or ""
    start = fold(description)[:_SAME_START]
    repeated = not start or any(start in fold(block.text) for block in body.blocks[:4])
    if repeated or description.endswith(("…", "...")):
        return None
    metadata.provenance["deck"] = metadata.provenance["description"]
    return description
