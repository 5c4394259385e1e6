"""What a source of the web offers: its feeds or sitemaps are fetched and read, politely and within bounds."""

import logging
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from math import inf

from news_etl.collect.feed import read_feed
from news_etl.collect.listing import Content, NotAListing, Offer, Stamp, Window
from news_etl.collect.memory import Memory
from news_etl.collect.sitemap import read_sitemap
from news_etl.fetch import FEEDS, Fetched, Fetcher, FetchReason, Validators
from news_etl.guard import Limits, Stopped, guarded
from news_etl.settings import Settings
from news_etl.sources import Feed, Pages, Sitemap, Web

log = logging.getLogger(__name__)

MAX_SITEMAPS = 50
"""Sitemaps read in one collection. Those of an index that have not changed since the window are not read."""
MAX_DEPTH = 3
SHOWN_FAULTS = 3
LARGE_BYTES = 200_000
"""Size of a listing from which it is read in a process that can be stopped: parsers have slow paths, and a megabyte
made for them takes minutes. Starting the process takes a second."""


@dataclass(frozen=True)
class Listing:
    """One fetch of a feed or sitemap: how many pages it offers (null where it has not changed), or what was wrong."""

    fetched: Fetched
    offered: int | None = None
    fault: str | None = None


@dataclass
class Offered:
    """The pages that a source offers: `offers` are those in the window that it wants.

    `left_out` counts the others by why they are: address, age, future, undated, nameless (no address); and the sitemaps
    that were not read, because they are too many or nested too deep (sitemaps) or have not changed since (sitemap age).
    `read` are the listings that were read in full,
    with what to ask them with the next time.
    """

    offers: dict[str, Offer] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    listings: list[Listing] = field(default_factory=list)
    read: dict[str, Validators] = field(default_factory=dict)

    @property
    def count(self) -> int | None:
        """How many pages are offered; null where no feed or sitemap has changed since it was last read."""
        is_known = not self.listings or any(listing.offered is not None for listing in self.listings)
        return len(self.offers) if is_known else None

    @property
    def is_dead(self) -> bool:
        """Whether there are listings, and none could be read."""
        return bool(self.listings) and all(listing.fault for listing in self.listings)

    @property
    def fault(self) -> str:
        """What was wrong with the listings that could not be read; empty where nothing was."""
        faults = [f"{listing.fetched.url}: {listing.fault}" for listing in self.listings if listing.fault]
        return "; ".join(faults[:SHOWN_FAULTS]) + ("; …" if len(faults) > SHOWN_FAULTS else "")


def look(source: Web, fetcher: Fetcher, window: Window, memory: Memory, settings: Settings) -> Offered:
    """What a source offers in a window. Never raises for what a server does."""
    looking = _Looking(source, fetcher, window, memory, settings)
    if isinstance(source, Pages):
        looking.take([Offer(url) for url in source.url])
    elif isinstance(source, Feed):
        for url in source.url:
            looking.read(url)
    else:
        looking.follow(source.url)
    return looking.found


@dataclass(frozen=True)
class _Received:
    """A listing as it came."""

    is_feed: bool
    content: bytes
    url: str
    media_type: str | None


def _read(received: _Received, max_bytes: int) -> Content:
    """What a listing holds.

    Raises:
        NotAListing: for what is none.
    """
    if received.is_feed:
        return read_feed(received.content, received.url, received.media_type)
    return read_sitemap(received.content, received.url, max_bytes, received.media_type)


def _read_or_say(received: _Received, max_bytes: int) -> Content | str:
    """The content of a listing, or why it is none: for the border of a process."""
    try:
        return _read(received, max_bytes)
    except NotAListing as verdict:
        return str(verdict)


class _Looking:
    def __init__(self, source: Web, fetcher: Fetcher, window: Window, memory: Memory, settings: Settings) -> None:
        self.source, self.fetcher, self.window, self.memory, self.settings = (
            source, fetcher, window, memory, settings,
        )  # fmt: skip
        self.undated = not isinstance(source, Sitemap) or source.undated == "take"
        self.found = Offered()

    def follow(self, urls: Iterable[str]) -> None:
        """Read sitemaps, and those that they name, the newest first."""
        waiting = deque((url, 1) for url in urls)
        seen: set[str] = set()
        while waiting:
            url, depth = waiting.popleft()
            if url in seen:
                continue
            if depth > MAX_DEPTH or len(seen) >= MAX_SITEMAPS:
                self.found.left_out["sitemaps"] += 1
                continue
            seen.add(url)
            waiting.extend((child, depth + 1) for child in self._unread(self.read(url)))
        if unread := self.found.left_out["sitemaps"]:
            log.warning("%s: %d sitemaps are not read: at most %d are", self.source.id, unread, MAX_SITEMAPS)

    def read(self, url: str) -> list[tuple[str, Stamp | None]]:
        """Fetch a feed or sitemap and take what it offers; returns the sitemaps that it names."""
        known = None if self.window.day else self.memory.listings.get(url)
        fetched = self.fetcher.get(url, known, accept=FEEDS)
        listings = self.found.listings
        if fetched.content is None:
            unchanged = fetched.reason is FetchReason.NOT_MODIFIED
            listings.append(Listing(fetched, fault=None if unchanged else f"{fetched.reason}: {fetched.message}"))
            return []
        try:
            content = self._content(fetched, fetched.content)
        except NotAListing as verdict:
            listings.append(Listing(fetched, fault=str(verdict)))
            return []
        listings.append(Listing(fetched, len(content.offers)))
        if not content.sitemaps:
            self.found.read[url] = fetched.validators()
        self.take(content.offers)
        if content.nameless:
            self.found.left_out["nameless"] += content.nameless
        return content.sitemaps

    def take(self, offers: Iterable[Offer]) -> None:
        for offer in offers:
            if not self.source.wants(offer.url):
                self.found.left_out["address"] += 1
            elif not self.window.holds(offer, undated=self.undated):
                self.found.left_out[self._why_not(offer)] += 1
            else:
                self.found.offers.setdefault(offer.url, offer)

    def _why_not(self, offer: Offer) -> str:
        if offer.latest is None:
            return "undated"
        return "future" if not self.window.day and offer.latest.at >= self.window.end else "age"

    def _content(self, fetched: Fetched, content: bytes) -> Content:
        received = _Received(isinstance(self.source, Feed), content, fetched.final_url, fetched.media_type)
        if len(content) < LARGE_BYTES:
            return _read(received, self.settings.max_document_bytes)
        limits = Limits(self.settings.max_seconds, self.settings.max_memory_bytes)
        (answer,) = guarded(partial(_read_or_say, max_bytes=self.settings.max_document_bytes), [received], limits)
        if isinstance(answer, Content):
            return answer
        raise NotAListing(f"it {answer.message}" if isinstance(answer, Stopped) else answer)

    def _unread(self, sitemaps: list[tuple[str, Stamp | None]]) -> list[str]:
        """The sitemaps of an index that may hold pages of the window, those without a date first, then the newest."""
        first = self.window.start.date()
        wanted = [(url, at.at.timestamp() if at else inf) for url, at in sitemaps if not at or at.at.date() >= first]
        if len(wanted) < len(sitemaps):
            self.found.left_out["sitemap age"] += len(sitemaps) - len(wanted)
        return [url for url, _ in sorted(wanted, key=lambda entry: -entry[1])]
