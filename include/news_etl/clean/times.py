"""Publication times: in UTC where the hour is known, and refused where they cannot be."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from news_etl.article import Timestamp

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Before the web: a page dated earlier carries a default (1970) or a fault."""

TOLERANCE = timedelta(days=1)
"""A page may be dated after its fetch by clocks and zones that are off, by up to a day."""


def in_zone(stamp: Timestamp | None, zone: str | None) -> Timestamp | None:
    """A time for which no zone was stated, read as local time of `zone`; others, and days, as they are."""
    if not stamp or not zone or stamp.tz or stamp.precision == "day":
        return stamp
    return stamp.model_copy(update={"at": stamp.at.replace(tzinfo=ZoneInfo(zone)), "tz": zone})


def to_utc(stamp: Timestamp) -> datetime:
    """The time in UTC; with precision `day` that calendar day at 00:00 UTC, whatever zone was stated."""
    if stamp.precision == "day":
        return datetime(stamp.at.year, stamp.at.month, stamp.at.day, tzinfo=UTC)
    aware = (stamp.at if stamp.at.tzinfo else stamp.at.replace(tzinfo=UTC)).replace(microsecond=0)
    try:
        return aware.astimezone(UTC)
    except OverflowError:  # a default such as 0001-01-01T00:00:00+01:00: absurd in any zone
        return aware.replace(tzinfo=UTC)


def absurd(at: datetime, fetched_at: datetime | None, day: date | None, tolerance: timedelta = TOLERANCE) -> str | None:
    """Why a time cannot be that of a publication; null where it can.

    The latest possible time is `tolerance` after the fetch, or after the end of the day the document is filed under.
    """
    latest = "a day" if tolerance == TOLERANCE else f"{tolerance / timedelta(days=1):g} days"
    if at < EARLIEST:
        return f"{at:%Y-%m-%d} is before {EARLIEST:%Y}"
    if fetched_at and at - tolerance > fetched_at:
        return f"{at:%Y-%m-%d %H:%M} is more than {latest} after the fetch at {fetched_at:%Y-%m-%d %H:%M}"
    if not fetched_at and day:
        end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        if at > end + tolerance:
            return f"{at:%Y-%m-%d} is more than {latest} after {day}, the day it is filed under"
    return None
