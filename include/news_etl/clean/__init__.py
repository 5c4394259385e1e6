"""Clean: from what an extractor found to the row that is published. One concern, one module."""

import hashlib
import math
from datetime import timedelta
from typing import Any

from news_etl.article import Article, Block, Image, Timestamp
from news_etl.clean.language import identify
from news_etl.clean.text import clean_text, count_words, fold
from news_etl.clean.times import TOLERANCE, absurd, in_zone, to_utc
from news_etl.clean.urls import canonical_url, clean_url
from news_etl.document import Document
from news_etl.outcome import Reason, Rejected
from news_etl.schema import SHARE_DECIMALS
from news_etl.sources import Source

WORDS_PER_MINUTE = 238
"""Mean silent reading rate of adults for non-fiction: Brysbaert 2019, doi:10.1016/j.jml.2019.104047."""

BLOCK_SEPARATOR = "\n\n"

COLUMNS = {"published": "published_at", "modified": "modified_at", "blocks": "body"}
"""The columns of fields that have another name while they are extracted."""

INPUT_KINDS = {"text/plain": "dump", "application/json": "json"}
"""Everything else that an extractor accepts is a page."""


def clean(
    document: Document, article: Article, source: Source | None = None, tolerance: timedelta | None = TOLERANCE
) -> dict[str, Any]:
    """The staged row of an article, without what other articles of the day decide (its revision).

    `tolerance` is how long after its fetch a document may be dated; null where any time was allowed by hand.

    Raises:
        Rejected: when it has no title, no body, or a publication time that cannot be.
    """
    provenance = {COLUMNS.get(name, name): found for name, found in article.field_provenance.items()}
    provenance.setdefault("body", article.extractor)
    body, blocks = _body(article.blocks)
    title = clean_text(article.title)
    if not title:
        raise Rejected(Reason.NO_TITLE, f"{document.path}: no title was found")
    if not body:
        raise Rejected(Reason.NO_BODY, f"{document.path}: no body text was found")
    fetched_at = article.fetched_at or document.fetched_at
    url = clean_url(article.url or document.url)
    canonical = canonical_url(article.canonical_url, article.url or document.url)
    language, confidence = identify(body, article.language)
    provenance["language"] = "declared" if confidence is None else "text"
    publisher = clean_text(article.publisher)
    if not publisher and source and source.publisher:
        publisher, provenance["publisher"] = source.publisher, "sources"
    section = clean_text(article.section)
    if not section and source and (section := source.section_of(url)):
        provenance["section"] = "sources"
    words = count_words(body)
    row: dict[str, Any] = {
        "article_id": _article_id(canonical, document.source or "", title, body),
        "revision": 1,
        "content_hash": _sha256(f"{' '.join(title.split())}\n{' '.join(body.split())}"),
        "url": url,
        "canonical_url": canonical,
        "source": document.source or "",
        "publisher": publisher,
        "country": source.country if source else None,
        "language": language,
        "language_confidence": confidence,
        "label": clean_text(article.label),
        "kicker": clean_text(article.kicker),
        "title": title,
        "title_page": clean_text(article.title_page),
        "deck": clean_text(article.deck),
        "section": section,
        "topics": _texts(article.topics),
        "authors": _authors(article),
        "byline": clean_text(article.byline),
        "agency": next((clean_text(author.name) for author in article.authors if author.kind == "agency"), None),
        "fetched_at": fetched_at,
        "body": body,
        "blocks": blocks,
        "word_count": words,
        "sentence_count": None,
        "token_count": None,
        "entity_count": None,
        "person_count": None,
        "quote_count": None,
        "quoted_share": None,
        "enrichment": "none",
        "reading_minutes_stated": article.reading_minutes_stated,
        "reading_minutes": max(1, math.ceil(words / WORDS_PER_MINUTE)),
        "access": article.access,
        "is_truncated": article.is_truncated,
        "tdm_opt_out": sorted({*document.tdm_opt_out, *article.tdm_opt_out}),
        "quality_flags": sorted(set(article.quality_flags)),
        "extraction_agreement": _share(article.extraction_agreement),
        "input_kind": INPUT_KINDS.get(document.media_type, "html"),
        "raw_pointer": {"file": document.raw_file, "record_id": document.record_id, "sha256": document.sha256},
        "extractor": article.extractor,
        "images": _images(article.images, url),
    }
    zone = source.timezone if source else None
    published, modified = in_zone(article.published, zone), in_zone(article.modified, zone)
    if published and published.tz and article.published and not article.published.tz:
        provenance["published_tz"] = "sources"
    row |= _times(document, published, modified, row, tolerance)
    row["field_provenance"] = sorted((name, found) for name, found in provenance.items() if row.get(name))
    return row


def _body(blocks: list[Block]) -> tuple[str, list[dict[str, Any]]]:
    """The body text and its blocks with their offsets in it."""
    cleaned: list[dict[str, Any]] = []
    position = 0
    for block in blocks:
        if text := clean_text(block.text):
            cleaned.append(
                {
                    "kind": block.kind,
                    "text": text,
                    "start": position,
                    "end": position + len(text),
                    "label": block.label,
                    "score": _share(block.score),
                }
            )
            position += len(text) + len(BLOCK_SEPARATOR)
    return BLOCK_SEPARATOR.join(block["text"] for block in cleaned), cleaned


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, SHARE_DECIMALS)


def _times(
    document: Document,
    published: Timestamp | None,
    modified: Timestamp | None,
    row: dict[str, Any],
    tolerance: timedelta | None,
) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(
        ("published_at", "published_tz", "published_precision", "published_source", "modified_at")
    )
    if published:
        at = to_utc(published)
        if tolerance is not None and (why := absurd(at, row["fetched_at"], document.day, tolerance)):
            raise Rejected(Reason.ABSURD_DATE, f"{document.path}: publication time from {published.source}: {why}")
        found |= {
            "published_at": at,
            "published_tz": published.tz,
            "published_precision": published.precision,
            "published_source": published.source,
        }
    if modified:
        at = to_utc(modified)
        if absurd(at, row["fetched_at"], document.day):
            row["quality_flags"] = sorted({*row["quality_flags"], "absurd_modified_at"})
        else:
            found["modified_at"] = at
    return found


def _authors(article: Article) -> list[dict[str, Any]]:
    return [
        {"name": name, "kind": author.kind, "role": clean_text(author.role), "bio": clean_text(author.bio)}
        for author in article.authors
        if (name := clean_text(author.name))
    ]


def _images(images: list[Image], base: str | None) -> list[dict[str, Any]]:
    cleaned = (
        {
            "url": clean_url(image.url, base),
            "caption": clean_text(image.caption),
            "credit": clean_text(image.credit),
            "alt": clean_text(image.alt),
        }
        for image in images
    )
    return [image for image in cleaned if any(image.values())]


def _texts(texts: list[str]) -> list[str]:
    """Cleaned, in their order, each once."""
    return list(dict.fromkeys(cleaned for text in texts if (cleaned := clean_text(text))))


def _article_id(canonical: str | None, source: str, title: str, body: str) -> str:
    key = f"url\n{canonical}" if canonical else f"text\n{source}\n{fold(title)}\n{fold(body)}"
    return _sha256(key)[:32]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
