"""Collect a source of the web: look what it offers, fetch what is not known, land it as it comes."""

import hashlib
import io
import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from news_etl.collect.listing import Offer, Window
from news_etl.collect.memory import LASTING, Memory, Page
from news_etl.collect.offered import Listing, Offered, look
from news_etl.collect.pages import by_host
from news_etl.fetch import Fetched, Fetcher, FetchReason, HostState, Policy
from news_etl.landing import Arrival, Landed, Landing, Original, record_id
from news_etl.schema import Row
from news_etl.settings import Settings
from news_etl.sources import Pages, Sitemap, Web
from news_etl.store import Store

log = logging.getLogger(__name__)

BROUGHT = (FetchReason.OK, FetchReason.UNCHANGED, FetchReason.NOT_MODIFIED)
"""The server gave the page, or said that it is the one that is known."""


@dataclass(frozen=True)
class Choice:
    """Which of the pages on offer are fetched, those not known yet first, then by date, and how many are not.

    `known` are landed already; `resting` failed a short time ago, and are left alone until later; `postponed` are over
    the bound of one collection.
    """

    offers: list[Offer]
    known: int
    resting: int
    postponed: int


@dataclass
class Collected:
    """What a collection of a source did. `log` are rows of `fetch_log` without run and source."""

    offered: Offered
    choice: Choice
    reasons: Counter[FetchReason] = field(default_factory=Counter)
    landed: dict[date, Landed] = field(default_factory=dict)
    log: list[Row] = field(default_factory=list)

    @property
    def new(self) -> int:
        return sum(landed.new for landed in self.landed.values())

    def note(self, kind: str, fetched: Fetched, **fields: Any) -> None:
        self.log.append({"number": len(self.log) + 1, "kind": kind} | _log_row(fetched) | fields)


def fetcher_for(source: Web, settings: Settings, store: Store) -> Fetcher:
    """The fetcher of a source, with its manners; what is known of hosts is shared by all processes of this root."""
    policy = Policy.of(settings, source.hosts if source.allow_private else ())
    if source.delay_seconds is not None:
        policy = replace(policy, min_delay=source.delay_seconds)
    return Fetcher(policy, HostState(store.local("state/hosts")))


def collect_web(
    store: Store, source: Web, fetcher: Fetcher, now: datetime, settings: Settings, late_for: date | None = None
) -> Collected:
    """Fetch and land what a source has and the landing has not.

    A page belongs to the UTC day of its fetch. A collection that is `late_for` a past day fetches only what the source
    dates to that day, and files it there.

    Raises:
        OSError: when no listing of the source can be read, or the landing cannot be written.
    """
    with Landing(store, source.id, keep=True) as landing:
        memory = Memory.load(store, source.id, now)
        offered = look(source, fetcher, window_of(source, now, late_for), memory, settings)
        done = Collected(offered, choose(source, offered, memory, now))
        for listing in offered.listings:
            done.note("listing", listing.fetched, **_of_listing(listing))
        get = partial(_get, fetcher, memory)
        for url, fetched in by_host([offer.url for offer in done.choice.offers], get):
            done.reasons[fetched.reason] += 1
            identity = _take(landing, source, memory, url, fetched, late_for)
            done.note("page", fetched, record_id=identity)
            if fetched.reason not in BROUGHT:
                memory.failed(fetched, url, now)
    done.landed = landing.all_landed()
    _remember(store, source, memory, done, now)
    return done


def window_of(source: Web, now: datetime, late_for: date | None = None) -> Window:
    """The times of the pages that are wanted: of a past day, else those that are recent for this source."""
    if late_for:
        return Window.of_day(late_for)
    return Window.recent(now, source.max_age_days if isinstance(source, Sitemap) else None)


def choose(source: Web, offered: Offered, memory: Memory, now: datetime) -> Choice:
    """What of the offers is to be fetched now."""
    wanted, known, resting = [], 0, 0
    for offer in offered.offers.values():
        if memory.rests(offer, now):
            resting += 1
        elif isinstance(source, Pages) or memory.wants(offer, now):
            wanted.append(offer)
        else:
            known += 1
    # a sitemap that dates all its pages to now must not keep those that are new waiting for ever
    wanted.sort(key=lambda offer: offer.latest.at.timestamp() if offer.latest else 0, reverse=True)
    wanted.sort(key=lambda offer: offer.url in memory.pages)
    return Choice(wanted[: source.max_pages], known, resting, max(0, len(wanted) - source.max_pages))


def _get(fetcher: Fetcher, memory: Memory, url: str) -> Fetched:
    page = memory.pages.get(url)
    return fetcher.get(url, page.validators if page else None)


def _take(
    landing: Landing, source: Web, memory: Memory, url: str, fetched: Fetched, late_for: date | None
) -> str | None:
    """Land what a fetch has brought; returns the id of its record, null where it brought nothing new for the day."""
    page = memory.pages.get(url)
    if fetched.fetched_at is None or fetched.reason not in BROUGHT:
        return None
    fetched_at = fetched.fetched_at.replace(microsecond=0)
    sha256 = fetched.sha256 or (page.sha256 if page else None)
    if not sha256:
        return None  # a server that answers 304 to a question without conditions
    same = memory.same_content(sha256) or page
    original = same.original if same and same.sha256 == sha256 else None
    day = late_for or fetched_at.date()
    arrival = arrival_of(url, fetched, sha256, fetched_at, original)
    is_new = landing.add(arrival, day)
    identity = record_id(source.id, day, url, sha256)
    here = Original(identity, fetched.final_url, fetched_at)
    memory.remember(url, Page(sha256, fetched_at, original or here, *_validators(fetched, page)))
    return identity if is_new else None


def _validators(fetched: Fetched, page: Page | None) -> tuple[str | None, str | None]:
    if fetched.reason is FetchReason.NOT_MODIFIED and page:
        return fetched.etag or page.etag, fetched.last_modified or page.last_modified
    return fetched.etag, fetched.last_modified


def arrival_of(
    url: str, fetched: Fetched, sha256: str, fetched_at: datetime, original: Original | None = None
) -> Arrival:
    """A fetched page on its way into the landing; with an `original` only its headers are."""
    body = b"" if original else fetched.body or b""
    block = fetched.response_head + body
    return Arrival(
        path=url,
        sha256=sha256,
        block=lambda: io.BytesIO(block),
        media_type=fetched.media_type or "text/html",
        record_type="revisit" if original else "response",
        url=fetched.final_url,
        fetched_at=fetched_at,
        request=fetched.request,
        http_status=fetched.status,
        payload_sha256=hashlib.sha256(fetched.body).hexdigest() if fetched.body is not None else None,
        original=original,
        tdm_opt_out=fetched.tdm_opt_out,
    )


def _remember(store: Store, source: Web, memory: Memory, done: Collected, now: datetime) -> None:
    memory.parts |= {landed.part for landed in done.landed.values() if landed.part}
    passing = any(failure.reason not in LASTING for failure in memory.failures.values())
    if not done.choice.postponed and not passing:  # else the listing must be read again, changed or not
        memory.listings |= done.offered.read
    else:
        for url in done.offered.read:
            memory.listings.pop(url, None)
    memory.collected_at = now
    memory.save(store, source.id)


def _of_listing(listing: Listing) -> Row:
    return {"offered": listing.offered} | ({"message": listing.fault} if listing.fault else {})


def _log_row(fetched: Fetched) -> Row:
    return {
        "url": fetched.url,
        "final_url": fetched.final_url if fetched.redirects else None,
        "redirects": len(fetched.redirects),
        "reason": fetched.reason,
        "message": fetched.message or None,
        "http_status": fetched.status,
        "media_type": fetched.media_type,
        "bytes": None if fetched.body is None else len(fetched.body),
        "seconds": fetched.seconds,
        "sha256": fetched.sha256,
        "fetched_at": fetched.fetched_at and fetched.fetched_at.astimezone(UTC),
    }
