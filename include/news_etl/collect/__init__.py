"""Collect: bring a source's documents of a day into the landing. One module a kind of source."""

import logging
from datetime import date
from typing import Any

from news_etl.collect import inbox
from news_etl.landing import land
from news_etl.sources import Inbox
from news_etl.store import Store

log = logging.getLogger(__name__)


def collect(store: Store, source: Inbox, day: date) -> dict[str, Any]:
    """Land what a source has for a day and the landing has not.

    Returns the counts of documents: `{source, status, new, known, bytes, part}`, where status is `collected`,
    `empty` (expected and nothing there) or `not_expected`.
    """
    if not source.expects(day):
        return {"source": source.id, "status": "not_expected", "new": 0, "known": 0, "bytes": 0, "part": None}
    landed = land(store, source.id, day, lambda: inbox.arrivals(source, day))
    status = "collected" if landed.new + landed.known else "empty"
    if status == "empty":
        log.warning("%s %s: the inbox holds no file for this day: %s", source.id, day, source.pattern(day))
    log.info("%s %s: %d documents landed, %d were there already", source.id, day, landed.new, landed.known)
    return {
        "source": source.id,
        "status": status,
        "new": landed.new,
        "known": landed.known,
        "bytes": landed.bytes,
        "part": landed.part,
    }
