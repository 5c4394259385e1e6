"""JSON articles: the fields are there already, and are checked rather than found."""

import json
import re
from typing import Any

from news_etl.article import Access, Article, Author, Block, BlockKind, Image, Timestamp
from news_etl.decode import decode
from news_etl.document import Document
from news_etl.extract.names import as_authors, kind_of, split_names
from news_etl.extract.text import squeeze
from news_etl.extract.times import parse_stamp
from news_etl.outcome import Reason, Rejected

_TEXT_FIELDS = (
    "url",
    "canonical_url",
    "publisher",
    "language",
    "label",
    "kicker",
    "deck",
    "section",
    "byline",
    "title_page",
)
_KINDS: tuple[BlockKind, ...] = ("paragraph", "heading", "list", "quote")
_ACCESS: tuple[Access, ...] = ("free", "paid", "unknown")
_AUTHOR_KINDS = ("person", "agency", "outlet")


class _Wrong(Exception):  # noqa: N818 - carried to one place, where it becomes the verdict
    """A field has a value of another type than its name promises."""


def read_ready(document: Document, payload: bytes) -> Article:
    """The article in a JSON object whose fields are named like those of `Article`.

    `body` is a string (paragraphs separated by blank lines), a list of strings, or a list of {kind, text}.
    Fields that `Article` does not have are left aside. Raises Rejected (NOT_JSON, NOT_AN_ARTICLE).
    """
    record = _object(document, payload)
    try:
        article = _article(record, document)
    except _Wrong as wrong:
        raise _no_article(document, f"the field {wrong}") from wrong
    if not article.title:
        raise _no_article(document, "it has no title (field `title`)")
    if not article.blocks:
        raise _no_article(document, "it has no body (field `body`)")
    return article


def _no_article(document: Document, seen: str) -> Rejected:
    return Rejected(Reason.NOT_AN_ARTICLE, f"{document.path}: {seen}; see the data dictionary for the expected fields")


def _object(document: Document, payload: bytes) -> dict[str, Any]:
    try:
        record = json.loads(decode(payload, document.charset).text)
    except (ValueError, RecursionError) as error:
        raise Rejected(
            Reason.NOT_JSON, f"{document.path}: not valid JSON ({error}); mend it and land it again"
        ) from error
    if not isinstance(record, dict):
        raise _no_article(document, f"it is a JSON {type(record).__name__}, not an object")
    return record


def _article(record: dict[str, Any], document: Document) -> Article:
    publisher = _text(record, "publisher")
    fields: dict[str, Any] = {name: _text(record, name) for name in _TEXT_FIELDS}
    fields["url"] = fields["url"] or document.url
    fields["title"] = _text(record, "title")
    fields["authors"] = _authors(record, publisher)
    fields["published"] = _time(record, "published_at")
    fields["modified"] = _time(record, "modified_at")
    fields["topics"] = _texts(record, "topics")
    fields["images"] = _images(record)
    fields["blocks"] = _blocks(record)
    fields["access"] = _choice(record, "access", _ACCESS, "unknown")
    fields["is_truncated"] = record.get("is_truncated") is True
    fields["reading_minutes_stated"] = _number(record, "reading_minutes_stated")
    fetched = _time(record, "fetched_at")
    fields["fetched_at"] = document.fetched_at or (fetched.at if fetched else None)
    given = {"published": "published_at", "modified": "modified_at", "blocks": "body"}
    provenance = {given.get(name, name): "json" for name, value in fields.items() if value and value != "unknown"}
    return Article(**fields, extractor="ready", field_provenance=provenance)


def _text(record: dict[str, Any], name: str) -> str | None:
    value = record.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _Wrong(f"`{name}` is {_type(value)}, not a string")
    return squeeze(value) or None


def _type(value: object) -> str:
    return {dict: "an object", list: "a list", bool: "a boolean", int: "a number", float: "a number"}.get(
        type(value), "null"
    )


def _list(record: dict[str, Any], name: str) -> list[Any]:
    value = record.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _Wrong(f"`{name}` is {_type(value)}, not a list")
    return value


def _texts(record: dict[str, Any], name: str) -> list[str]:
    value = record.get(name)
    items = list(value.split(",")) if isinstance(value, str) else _list(record, name)
    if not all(isinstance(item, str) for item in items):
        raise _Wrong(f"`{name}` is not a list of strings")
    return list(dict.fromkeys(squeeze(item) for item in items if squeeze(item)))


def _number(record: dict[str, Any], name: str) -> int | None:
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 100_000:
        raise _Wrong(f"`{name}` is not a number of minutes")
    return int(value)


def _choice(record: dict[str, Any], name: str, allowed: tuple[Access, ...], default: Access) -> Access:
    value = record.get(name)
    if value is None:
        return default
    for choice in allowed:
        if value == choice:
            return choice
    raise _Wrong(f"`{name}` is none of {', '.join(allowed)}")


def _time(record: dict[str, Any], name: str) -> Timestamp | None:
    text = _text(record, name)
    if text is None:
        return None
    moment = parse_stamp(text)
    if moment is None:
        raise _Wrong(f"`{name}` is {text[:40]!r}, not an ISO 8601 time")
    return moment.stamp("json")


def _authors(record: dict[str, Any], publisher: str | None) -> list[Author]:
    value = record.get("authors")
    if isinstance(value, str):
        return as_authors(split_names(value), publisher)
    return [_author(item, publisher) for item in _list(record, "authors")]


def _author(item: object, publisher: str | None) -> Author:
    given: dict[str, Any] = {"name": item} if isinstance(item, str) else item if isinstance(item, dict) else {}
    name = _text(given, "name")
    if not name:
        raise _Wrong("`authors` has an entry without a name")
    kind = given.get("kind")
    known = kind if kind in _AUTHOR_KINDS else kind_of(name, publisher)
    return Author(name=name, kind=known, role=_text(given, "role"), bio=_text(given, "bio"))


def _images(record: dict[str, Any]) -> list[Image]:
    images: list[Image] = []
    for item in _list(record, "images"):
        given: dict[str, Any] = {"url": item} if isinstance(item, str) else item if isinstance(item, dict) else {}
        if not given:
            raise _Wrong("`images` has an entry that is neither a URL nor an object")
        images.append(Image(**{name: _text(given, name) for name in ("url", "caption", "credit", "alt")}))
    return images


def _blocks(record: dict[str, Any]) -> list[Block]:
    body = record.get("body", record.get("blocks"))
    if body is None:
        return []
    if isinstance(body, str):
        body = re.split(r"\n\s*\n", body.replace("\r\n", "\n"))
    if not isinstance(body, list):
        raise _Wrong(f"`body` is {_type(body)}, not a string or a list")
    return [block for block in map(_block, body) if block is not None]


def _block(item: object) -> Block | None:
    given: dict[str, Any] = {"text": item} if isinstance(item, str) else item if isinstance(item, dict) else {}
    text = given.get("text")
    if not isinstance(text, str):
        raise _Wrong("`body` has an entry without text")
    kind = given.get("kind", "paragraph")
    if kind not in _KINDS:
        raise _Wrong(f"`body` has an entry of kind {kind!r} (known: {', '.join(_KINDS)})")
    clean = "\n".join(line for line in map(squeeze, text.split("\n")) if line) if kind == "list" else squeeze(text)
    return Block(kind=kind, text=clean) if clean else None
