"""Read a feed: RSS, Atom or JSON Feed, also a malformed one as far as it goes."""

import io
import json
from calendar import timegm
from datetime import UTC, datetime
from typing import Any

import feedparser
from lxml import etree, html

from news_etl.clean.urls import clean_url
from news_etl.collect.listing import (
    EARLIEST,
    MAX_OFFERS,
    Content,
    NotAListing,
    Offer,
    Stamp,
    refuse_entities,
    stamp_of,
)

FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
SHOWN_FEEDS = 5


def read_feed(content: bytes, url: str, media_type: str | None = None) -> Content:
    """The pages that a feed offers, in its order, each once. `url` is where it was found.

    Raises:
        NotAListing: for what is no feed, or declares entities.
    """
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        found = _json_items(content)
    else:
        found = _xml_items(content, url, media_type)
    offers: dict[str, Offer] = {}
    nameless = 0
    for link, published, modified, title in found[:MAX_OFFERS]:
        address = clean_url(link, url)
        if address:
            offers.setdefault(address, Offer(address, published, modified, title))
        else:
            nameless += 1
    return Content(list(offers.values()), nameless=nameless)


Item = tuple[str | None, Stamp | None, Stamp | None, str | None]


def _xml_items(content: bytes, url: str, media_type: str | None) -> list[Item]:
    refuse_entities(content)
    headers = {"content-location": url} | ({"content-type": media_type} if media_type else {})
    try:
        # as a stream: a string or bytes it might take for the name of a file or an address to open
        feed = feedparser.parse(
            io.BytesIO(content), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # whatever a lenient parser makes of hostile bytes, the other sources go on
        raise NotAListing(f"the feed cannot be read: {type(error).__name__}: {error}") from error
    if not feed.get("version") and not feed.entries:
        raise NotAListing("no RSS, Atom or JSON feed" + _what_it_is(content, url))
    return [
        (
            entry.get("link") or _address(entry.get("id")),
            _moment(entry, "published_parsed"),
            _moment(entry, "updated_parsed"),
            _text(entry),
        )
        for entry in feed.entries
    ]


def _what_it_is(content: bytes, url: str) -> str:
    """What stands in the place of a feed, for the person who gave the address."""
    start = content[:2_000].lower()
    if b"<urlset" in start or b"<sitemapindex" in start:
        return ": it is a sitemap, whose kind is `sitemap`"
    if b"<html" not in start and b"<!doctype html" not in start:
        return ""
    try:
        page = html.document_fromstring(content)
    except (etree.ParserError, ValueError):
        return ": it is a web page"
    links = [link.get("href") for link in page.iter("link") if link.get("type") in FEED_TYPES]
    feeds = [address for link in links if (address := clean_url(link, url))][:SHOWN_FEEDS]
    return ": it is a web page" + (f"; the feeds that it names: {', '.join(feeds)}" if feeds else ", and names no feed")


def _address(identity: Any) -> str | None:
    """The id of an item, where that is an address: some feeds name no other."""
    return identity if isinstance(identity, str) and identity.startswith(("http://", "https://")) else None


def _moment(entry: Any, name: str) -> Stamp | None:
    """A time that the parser has read; it gives UTC."""
    parsed = entry[name] if name in entry else None  # noqa: SIM401 - `get` would take one time for the other
    try:
        at = datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, TypeError):
        return None
    return Stamp(at) if at and at >= EARLIEST else None


def _text(entry: Any) -> str | None:
    title = entry.get("title")
    return " ".join(title.split()) if isinstance(title, str) else None


def _json_items(content: bytes) -> list[Item]:
    try:
        feed = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotAListing(f"not JSON: {error}") from None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise NotAListing("JSON without the items of a JSON Feed")
    return [_json_item(item) for item in items if isinstance(item, dict)]


def _json_item(item: dict[str, Any]) -> Item:
    def text(name: str) -> str | None:
        # JSON can hold half of a surrogate pair, which no terminal or file can
        return item[name].encode(errors="replace").decode() if isinstance(item.get(name), str) else None

    return (
        text("url") or text("external_url") or _address(text("id")),
        stamp_of(text("date_published")),
        stamp_of(text("date_modified")),
        text("title"),
    )
