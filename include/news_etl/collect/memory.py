"""What the collection of a source remembers: which pages it has, and which ones it could not get.

All that matters stands in the landing. The memory is its index, kept in one file a source so that a collection need
not read the landing of weeks; where it is lost, or older than the landing, it is made from that.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from news_etl.collect.listing import Offer
from news_etl.fetch import Fetched, FetchReason, Validators
from news_etl.landing import LandedPage, Original, read_pages
from news_etl.store import Store

KEPT_DAYS = 35
"""Days for which a page is remembered after its last fetch. Feeds and news sitemaps list a few days."""

LASTING = frozenset(
    {
        FetchReason.BAD_URL,
        FetchReason.BAD_SCHEME,
        FetchReason.PRIVATE_ADDRESS,
        FetchReason.ROBOTS_DENIED,
        FetchReason.HTTP_STATUS,
        FetchReason.REDIRECT_LOOP,
        FetchReason.TOO_MANY_REDIRECTS,
        FetchReason.BAD_CONTENT_TYPE,
        FetchReason.BAD_ENCODING,
        FetchReason.TOO_LARGE,
        FetchReason.DECOMPRESSION_BOMB,
    }
)
"""Failures that the next hour will hardly mend: such a page is tried once a day."""

RETRY = timedelta(minutes=30)
"""After a failure that passes, doubled with each further one."""
RETRY_LASTING = timedelta(days=1)
AHEAD = timedelta(days=1)
"""So far a server's clock or time zone may be wrong."""
LOOKED_AT_AGAIN = timedelta(minutes=10)
"""A collection that starts a little early still counts as the next one."""


@dataclass
class Page:
    """The last fetch of an address that gave its content, and the landed record that holds it."""

    sha256: str
    fetched_at: datetime
    original: Original
    etag: str | None = None
    last_modified: str | None = None

    @property
    def validators(self) -> Validators:
        return Validators(self.etag, self.last_modified, self.sha256, self.fetched_at)


@dataclass
class Failure:
    """An address that could not be fetched, how often in a row, and when it was last tried."""

    reason: FetchReason
    at: datetime
    times: int = 1

    @property
    def rests_until(self) -> datetime:
        return self.at + (
            RETRY_LASTING if self.reason in LASTING else min(RETRY * 2 ** (self.times - 1), RETRY_LASTING)
        )


@dataclass
class Memory:
    """The memory of one source. `parts` are the landed parts that it knows; `listings` what was last read of a feed or
    sitemap in full, by its address.
    """

    parts: set[str] = field(default_factory=set)
    pages: dict[str, Page] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    listings: dict[str, Validators] = field(default_factory=dict)
    collected_at: datetime | None = None
    _contents: dict[str, Page] = field(default_factory=dict)

    @classmethod
    def load(cls, store: Store, source: str, now: datetime) -> "Memory":
        """The memory as it was left, brought up to date with the landing."""
        memory = cls._read(store, source)
        oldest = (now - timedelta(days=KEPT_DAYS)).date()
        landed = [
            part for day in store.landed_days(source) if day >= oldest for part in store.landed_parts(source, day)
        ]
        for part in landed:
            if part not in memory.parts:
                memory.learn(read_pages(store, part))
        memory.parts = set(landed)
        memory.pages = {url: page for url, page in memory.pages.items() if page.fetched_at.date() >= oldest}
        memory.failures = {url: failure for url, failure in memory.failures.items() if failure.at.date() >= oldest}
        memory._contents = {page.sha256: page for page in memory.pages.values()}
        return memory

    @classmethod
    def _read(cls, store: Store, source: str) -> "Memory":
        try:
            content = store.read_json(store.state(source))
            return cls(
                set(content["parts"]),
                {url: _page(page) for url, page in content["pages"].items()},
                {
                    url: Failure(**(_timed(failure, "at") | {"reason": FetchReason(failure["reason"])}))
                    for url, failure in content["failures"].items()
                },
                {url: Validators(**_timed(known, "fetched_at")) for url, known in content["listings"].items()},
                _time(content["collected_at"]),
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            return cls()  # never written, or by another version: the landing knows

    def save(self, store: Store, source: str) -> None:
        content = asdict(self)
        del content["_contents"]
        content["parts"] = sorted(self.parts)
        store.write_json(store.state(source), _plain(content))

    # ---- questions

    def wants(self, offer: Offer, now: datetime) -> bool:
        """Whether a page is to be fetched: it is not known, or has changed since.

        A change that lies far ahead is none: the page would be fetched every hour until then.
        """
        page = self.pages.get(offer.url)
        if page is None or offer.modified is None:
            return page is None
        return offer.modified.is_after(page.fetched_at) and not offer.modified.is_after(now + AHEAD)

    def rests(self, offer: Offer, now: datetime) -> bool:
        """Whether a page failed so recently that it is not tried yet."""
        failure = self.failures.get(offer.url)
        return failure is not None and failure.rests_until > now

    def is_due(self, every_hours: int, now: datetime) -> bool:
        return not self.collected_at or now - self.collected_at >= timedelta(hours=every_hours) - LOOKED_AT_AGAIN

    def same_content(self, sha256: str) -> Page | None:
        """A page that is landed already and has this content."""
        return self._contents.get(sha256)

    # ---- experience

    def learn(self, pages: Iterable[LandedPage]) -> None:
        for landed in pages:
            before = self.pages.get(landed.path)
            if before is None or before.fetched_at <= landed.fetched_at:
                known = Page(landed.sha256, landed.fetched_at, landed.original, landed.etag, landed.last_modified)
                self.remember(landed.path, known)

    def remember(self, address: str, page: Page) -> None:
        self.pages[address] = page
        self._contents.setdefault(page.sha256, page)
        self.failures.pop(address, None)

    def failed(self, fetched: Fetched, address: str, now: datetime) -> None:
        times = self.failures[address].times if address in self.failures else 0
        self.failures[address] = Failure(fetched.reason, now, times + 1)


def _page(content: dict[str, Any]) -> Page:
    original = Original(**_timed(content["original"], "fetched_at"))
    return Page(**(_timed(content, "fetched_at") | {"original": original}))


def _timed(fields: dict[str, Any], name: str) -> dict[str, Any]:
    return fields | {name: _time(fields[name])}


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return value.isoformat() if isinstance(value, datetime) else value
