"""Look at a source of the web without landing anything: what it offers, what would be fetched, how a page is read."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice

from news_etl.collect.listing import Offer
from news_etl.collect.memory import Memory
from news_etl.collect.offered import Offered, look
from news_etl.collect.web import arrival_of, choose, fetcher_for, window_of
from news_etl.fetch import Fetched
from news_etl.landing import as_document
from news_etl.process import process
from news_etl.schema import Row
from news_etl.settings import Settings
from news_etl.sources import AnyWeb
from news_etl.store import Store


@dataclass(frozen=True)
class Sample:
    """A page that was fetched: its article, or why there is none."""

    fetched: Fetched
    article: Row | None = None
    fault: str | None = None


@dataclass(frozen=True)
class Preview:
    """What a collection now would do: `fetched` are the pages it would fetch, `known` those it has already."""

    offered: Offered
    fetched: list[Offer]
    known: int
    resting: int
    postponed: int
    samples: list[Sample]


def preview(store: Store, source: AnyWeb, settings: Settings, day: date | None = None, samples: int = 1) -> Preview:
    """Fetch the listings of a source and some of its pages. `day` is a past one to look at; without it, now.

    Nothing is landed or remembered, but for the manners towards its hosts.
    """
    now = datetime.now(UTC)
    memory = Memory.load(store, source.id, now)
    memory.listings = {}  # an unchanged feed is to be shown, too
    with fetcher_for(source, settings, store) as fetcher:
        window = window_of(source, now, day)
        offered = look(source, fetcher, window, memory, settings)
        choice = choose(source, offered, memory, now)
        tried = islice(choice.offers or offered.offers.values(), samples)
        pages = [_sample(fetcher.get(offer.url), source, settings) for offer in tried]
    return Preview(offered, choice.offers, choice.known, choice.resting, choice.postponed, pages)


def _sample(fetched: Fetched, source: AnyWeb, settings: Settings) -> Sample:
    if not fetched.ok or not fetched.sha256 or not fetched.fetched_at:
        return Sample(fetched, fault=f"{fetched.reason}: {fetched.message}")
    document = as_document(
        arrival_of(fetched.url, fetched, fetched.sha256, fetched.fetched_at), settings.max_document_bytes
    )
    row, state = process(document, source, settings)
    return Sample(fetched, row, None if row else f"{state['reason']}: {state['message']}")
