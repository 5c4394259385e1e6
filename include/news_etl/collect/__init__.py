"""Collect: bring a source's documents into the landing. One module a kind of source.

inbox, archive, warc      files that lie in folders by day
feed, sitemap, listing    what servers offer
web, offered, pages       looking at it, fetching and landing it
memory                    what is known of a source's pages
health                    how a source does, day by day
"""

import logging
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from news_etl.collect import archive, inbox
from news_etl.collect.health import examine, write_fetch_log
from news_etl.collect.memory import Memory
from news_etl.collect.web import Collected, collect_web, fetcher_for
from news_etl.landing import Arrival, Landed, land, landed_ids
from news_etl.outcome import SourceStatus
from news_etl.settings import Settings
from news_etl.sources import AnySource, AnyWeb, Archive, Inbox, Sitemap
from news_etl.store import Store

log = logging.getLogger(__name__)

NOW = "now"
"""What stands for the run in the books of a collection that belongs to none."""


def collect(
    store: Store, source: AnySource, day: date, settings: Settings | None = None, run_id: str = NOW
) -> dict[str, Any]:
    """Land what a source has for a day and the landing has not, and note how the source does.

    Files and archives are landed for the day they are filed under. A source of the web is fetched now if the day is
    today; for a past day the landing of that day stands, and what a sitemap dates to it is fetched late.

    Returns `{source, status, new, known, documents, bytes, part, …}`: documents that are new, known already, and landed
    for the day in all; `part` is the new part of the landing. For the web, besides what was offered and how the fetches
    ended. `status` is a `SourceStatus`.

    Raises:
        OSError: when the source cannot be reached; the books say so.
    """
    try:
        manifest = _collected(store, source, day, settings or Settings(), run_id)
    except OSError as error:
        failed = _manifest(source, SourceStatus.FAILED, Landed(documents=_documents(store, source, day)))
        examine(store, source, day, failed | {"fault": str(error)}, run_id)
        raise
    health = examine(store, source, day, manifest, run_id)
    log.info("%s %s: %s", source.id, day, manifest | health)
    return manifest | health


def collect_now(
    store: Store, source: AnyWeb, settings: Settings, run_id: str = NOW, *, due_only: bool = False
) -> dict[str, Any]:
    """Land what a source of the web offers now.

    With `due_only`, only if its last collection is long enough ago and none is under way: a slow one must not be joined
    by the next.

    Returns what `collect` does. Raises OSError when the source cannot be reached.
    """
    now = datetime.now(UTC)
    if not source.expects(now.date()):
        return _manifest(source, SourceStatus.NOT_EXPECTED, Landed())
    with store.hold(source.id) as is_alone:
        if due_only and not (is_alone and Memory.load(store, source.id, now).is_due(source.every_hours, now)):
            return _manifest(source, SourceStatus.NOT_DUE, Landed())
        done = _fetched(store, source, now, settings, run_id)
    return _web_manifest(source, SourceStatus.COLLECTED, done)


def _collected(store: Store, source: AnySource, day: date, settings: Settings, run_id: str) -> dict[str, Any]:
    if not source.expects(day):
        return _manifest(source, SourceStatus.NOT_EXPECTED, Landed(documents=_documents(store, source, day)))
    if isinstance(source, (Inbox, Archive)):
        landed = land(store, source.id, day, arrivals(source, day))
        landed.documents = landed.documents or _documents(store, source, day)
        return _manifest(source, _status(landed, source, day), landed)
    now = datetime.now(UTC)
    if day == now.date() or (isinstance(source, Sitemap) and day < now.date()):
        done = _fetched(store, source, now, settings, run_id, None if day == now.date() else day)
        manifest = _web_manifest(source, SourceStatus.COLLECTED, done)
        landed = Landed(documents=_documents(store, source, day))
        return manifest | {"documents": landed.documents, "status": str(_status(landed, source, day))}
    landed = Landed(documents=_documents(store, source, day))
    if landed.documents:
        return _manifest(source, SourceStatus.COLLECTED, landed)
    why = f"nothing was landed on that day, and a {source.kind} cannot give it now"
    log.warning("%s %s: %s", source.id, day, why)
    return _manifest(source, SourceStatus.NOT_AVAILABLE, landed) | {"fault": why}


def _documents(store: Store, source: AnySource, day: date) -> int:
    return len(landed_ids(store, store.landed_parts(source.id, day)))


def _status(landed: Landed, source: AnySource, day: date) -> SourceStatus:
    if landed.documents:
        return SourceStatus.COLLECTED
    where = source.pattern(day) if isinstance(source, (Inbox, Archive)) else source.origin
    what = "holds no file" if isinstance(source, (Inbox, Archive)) else "has nothing"
    log.warning("%s %s: the %s %s for this day: %s", source.id, day, source.kind, what, where)
    return SourceStatus.EMPTY


def arrivals(source: Inbox | Archive, day: date) -> Iterable[Arrival]:
    """The documents that a source of files has for a day. See `inbox.arrivals`."""
    return inbox.arrivals(source, day) if isinstance(source, Inbox) else archive.arrivals(source, day)


def _fetched(
    store: Store, source: AnyWeb, now: datetime, settings: Settings, run_id: str, late_for: date | None = None
) -> Collected:
    """Fetch and land, and keep the log of it.

    Raises:
        OSError: when there are listings, and none could be read.
    """
    with fetcher_for(source, settings, store) as fetcher:
        done = collect_web(store, source, fetcher, now, settings, late_for)
    write_fetch_log(store, source.id, run_id, done.log, late_for or now.date())
    if done.offered.is_dead:
        raise OSError(f"{source.id}: {done.offered.fault}")
    return done


def _manifest(source: AnySource, status: SourceStatus, landed: Landed) -> dict[str, Any]:
    return {
        "source": source.id,
        "status": str(status),
        "new": landed.new,
        "known": landed.known,
        "documents": landed.documents,
        "bytes": landed.bytes,
        "part": landed.part,
    }


def _web_manifest(source: AnyWeb, status: SourceStatus, done: Collected) -> dict[str, Any]:
    parts = [landed for landed in done.landed.values() if landed.part]
    total = Landed(
        done.new,
        done.choice.known,
        sum(landed.documents for landed in done.landed.values()),
        sum(part.bytes for part in parts),
        parts[-1].part if parts else None,
    )
    fetches = {str(reason): count for reason, count in sorted(done.reasons.items())}
    return _manifest(source, status, total) | {
        "offered": done.offered.count,
        "left_out": dict(done.offered.left_out),
        "fetches": fetches,
        **{name: count for name in ("postponed", "resting") if (count := getattr(done.choice, name))},
        "fault": done.offered.fault or None,
    }
