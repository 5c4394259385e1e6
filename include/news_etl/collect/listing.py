"""What feeds and sitemaps have in common: pages on offer, the times they are dated to, and hostile XML."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

MAX_OFFERS = 50_000
"""Pages of one listing; the sitemap protocol allows no more in a file."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""A time before the web is what a program writes that has none (year 1, 1970)."""

_LAST = datetime.max.replace(tzinfo=UTC)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


class NotAListing(ValueError):  # noqa: N818 - a verdict on what a server sent, not an error of the program
    """What was fetched is no feed or sitemap, or is not safe to read. The message says why."""


@dataclass(frozen=True)
class Stamp:
    """A time in UTC; with `is_day` it is a calendar day, at 00:00."""

    at: datetime
    is_day: bool = False

    def is_after(self, moment: datetime) -> bool:
        """Whether it is surely later than a moment: a day is, when it comes after the moment's."""
        return self.at.date() > moment.date() if self.is_day else self.at > moment


@dataclass(frozen=True)
class Offer:
    """A page that a source offers. Without times the source does not date it."""

    url: str
    published: Stamp | None = None
    modified: Stamp | None = None
    title: str | None = None

    @property
    def latest(self) -> Stamp | None:
        return max(filter(None, (self.published, self.modified)), key=lambda stamp: stamp.at, default=None)


@dataclass
class Content:
    """What a listing holds: pages, the sitemaps of an index with the time of their last change, and the number of
    entries without an address that can be used.
    """

    offers: list[Offer] = field(default_factory=list)
    sitemaps: list[tuple[str, Stamp | None]] = field(default_factory=list)
    nameless: int = 0


@dataclass(frozen=True)
class Window:
    """The times of pages that a collection is about: from `start` to before `end`.

    A collection through the day wants what is recent by any of its times. A late one, for a past `day`, wants what
    the source dates to that day: by its publication, where the source names it.
    """

    start: datetime
    end: datetime
    day: date | None = None

    @classmethod
    def recent(cls, now: datetime, days: int | None = None) -> "Window":
        """What is dated to the last days; without a number, all that is on offer."""
        return cls(now - timedelta(days=days), now + timedelta(days=1)) if days else cls(EARLIEST, _LAST)

    @classmethod
    def of_day(cls, day: date) -> "Window":
        start = datetime.combine(day, time(), UTC)
        return cls(start, start + timedelta(days=1), day)

    def holds(self, offer: Offer, *, undated: bool) -> bool:
        """Whether a page is wanted; `undated` says so for one without a time."""
        stamp = (offer.published or offer.modified) if self.day else offer.latest
        if stamp is None:
            return undated and not self.day
        start = datetime.combine(self.start.date(), time(), UTC) if stamp.is_day else self.start
        return start <= stamp.at < self.end


def stamp_of(text: str | None) -> Stamp | None:
    """A time as XML and JSON write it (ISO 8601); null where it is none, absurd, or coarser than a day."""
    text = (text or "").strip()
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Stamp(at, bool(_DAY.fullmatch(text))) if at >= EARLIEST else None


def refuse_entities(content: bytes) -> None:
    """Refuse XML that declares entities: no listing needs them, and they can explode or read files.

    Raises:
        NotAListing: for such XML.
    """
    plain = content.replace(b"\0", b"")  # UTF-16, too
    if _DOCTYPE.search(plain) and _ENTITY.search(plain):
        raise NotAListing("it declares XML entities, which may be an attack: not read")
