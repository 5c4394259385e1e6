"""Read a sitemap: of pages or of news, an index of sitemaps, a feed or a list of lines in its place."""

import io
from itertools import islice
from typing import Any

from lxml import etree

from news_etl.clean.urls import clean_url
from news_etl.collect.feed import read_feed
from news_etl.collect.listing import MAX_OFFERS, Content, NotAListing, Offer, refuse_entities, stamp_of
from news_etl.decode import open_payload
from news_etl.outcome import Rejected

FEED_ROOTS = ("rss", "feed", "RDF")


def read_sitemap(content: bytes, url: str, max_bytes: int, media_type: str | None = None) -> Content:
    """What a sitemap holds; compressed with gzip, it may be of `max_bytes` without.

    Raises:
        NotAListing: for what is none, or declares entities.
    """
    try:
        content = open_payload(content, url, max_bytes)
    except Rejected as verdict:
        raise NotAListing(verdict.message) from None
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"{":
        return read_feed(content, url, media_type)
    if start != b"<" and b"\0" not in content[:4]:
        return _lines(content, url)
    refuse_entities(content)
    return _xml(content, url, media_type)


def _xml(content: bytes, url: str, media_type: str | None) -> Content:
    found = Content()
    root = None
    # lxml reads no external entity, DTD or address with these; huge trees are refused by its own limits
    events = etree.iterparse(
        io.BytesIO(content),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
    )
    try:
        for event, element in events:
            name = _name(element)
            if event == "start":
                root = root or name
                if root in FEED_ROOTS:
                    return read_feed(content, url, media_type)
            elif name in ("url", "sitemap"):
                _take(found, element, name, url)
                element.clear()
            if len(found.offers) + len(found.sitemaps) >= MAX_OFFERS:
                break
    except etree.XMLSyntaxError as error:
        if not found.offers and not found.sitemaps:
            raise NotAListing(f"no sitemap: {error}") from None
    if root not in ("urlset", "sitemapindex"):
        raise NotAListing(f"no sitemap: its root element is {root!r}")
    return found


def _take(found: Content, element: Any, name: str, base: str) -> None:
    texts = {_name(child): (child.text or "").strip() for child in element.iter() if _name(child)}
    address = clean_url(texts.get("loc"), base)
    modified = stamp_of(texts.get("lastmod"))
    if address and name == "sitemap":
        found.sitemaps.append((address, modified))
    elif not address:
        found.nameless += 1
    else:
        found.offers.append(Offer(address, stamp_of(texts.get("publication_date")), modified, texts.get("title")))


def _name(element: Any) -> str:
    """The name of an element without its namespace; empty for comments and the like."""
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def _lines(content: bytes, url: str) -> Content:
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    named = (Offer(address) for line in lines if line.startswith("http") and (address := clean_url(line)))
    offers = list(islice(named, MAX_OFFERS))
    if not offers:
        raise NotAListing("no sitemap, and no list of addresses")
    return Content(offers)
