"""When a text dump was published: a date line, a date counted from the fetch, else a date that the text implies."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from news_etl.article import Timestamp
from news_etl.extract.lexicon import lexicon
from news_etl.extract.lines import Line
from news_etl.extract.text import fold
from news_etl.extract.times import FoundDate, Moment, find_dates

_STEPS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-3])\s?[:hH.]\s?([0-5]\d)(?!\d)")
_SLACK = timedelta(days=2)
"""A fetch time is UTC and a printed date local: they may differ by a day and a bit."""
_DAY_WORDS = 12
_NEAR = 25
_SHORT = 18


def published(lines: Sequence[Line], title: int, fetched: datetime | None) -> Timestamp | None:
    """The publication time. `title` is the title's line; dates after the fetch are not believed."""
    for index in _by_distance(lines, title):
        moment = _explicit(lines[index], fetched) or _relative(lines[index], fetched)
        if moment:
            return moment.stamp("dump")
    return inferred(lines, fetched)


def modified(lines: Sequence[Line], title: int, fetched: datetime | None) -> Timestamp | None:
    """The time of the last change, where a line near the title states one."""
    for index in _by_distance(lines, title):
        for mark in lexicon().words["updated"]:
            start = _after_word(lines[index].text, mark)
            if start is not None:
                dates = [date for date in find_dates(lines[index].text) if date.start >= start]
                moment = _believed(dates[0], fetched) if dates else None
                if moment:
                    return moment.stamp("dump")
    return None


def inferred(lines: Sequence[Line], fetched: datetime | None) -> Timestamp | None:
    """The latest full date that the text itself names, as a day: news is about what has just happened."""
    days = [moment.at for line in lines for date in find_dates(line.text) if (moment := _believed(date, fetched))]
    if not days:
        return None
    latest = max(day.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC) for day in days)
    return Timestamp(at=latest, tz=None, precision="day", source="inferred")


def _by_distance(lines: Sequence[Line], title: int) -> list[int]:
    """Short lines with a date or a word such as "yesterday"; first those that say "published", near the title."""
    words = lexicon()
    ranked: list[tuple[int, int, int]] = []
    for index, line in enumerate(lines):
        if line.words > _SHORT or not (line.has_date or _may_be_relative(line.folded)):
            continue
        padded = f" {line.folded} "
        announced = any(f" {mark} " in padded for mark in words.words["published"])
        updated = any(f" {mark} " in padded for mark in words.words["updated"])
        before = lines[index - 1].folded if index else ""
        updated = updated or (not announced and before in words.words["updated"])
        near = -_NEAR // 2 <= index - title <= _NEAR
        # a date within a sentence, a caption's say, is seldom that of the article
        plain = not updated and not line.is_sentence
        rank = 0 if announced and near else 1 if near and plain else 2 if near else 3
        ranked.append((rank, abs(index - title) + (3 if index < title else 0), index))
    return [index for rank, _, index in sorted(ranked) if rank < 3 or _at_end(lines, index)]


def _at_end(lines: Sequence[Line], index: int) -> bool:
    """Far from the title only a line that is nothing but a date counts."""
    found = find_dates(lines[index].text)
    return bool(found) and found[0].end - found[0].start >= 0.6 * len(lines[index].text)


def _explicit(line: Line, fetched: datetime | None) -> Moment | None:
    for date in find_dates(line.text) if line.has_date else []:
        moment = _believed(date, fetched)
        if moment:
            return moment
    return None


def _believed(date: FoundDate, fetched: datetime | None) -> Moment | None:
    """The reading of a date that is possible before the fetch (04/05 may be April or May)."""
    readings = [date.moment] + ([date.ambiguous] if date.ambiguous else [])
    possible = [
        moment for moment in readings if moment.plausible and (fetched is None or moment.at <= fetched + _SLACK)
    ]
    if (
        len(possible) > 1
        and fetched is not None
        and abs(fetched - possible[1].at) < timedelta(days=3) < abs(fetched - possible[0].at)
    ):
        return possible[1]
    return possible[0] if possible else None


@cache
def _relative_patterns() -> tuple[re.Pattern[str], ...]:
    units = "|".join(sorted(map(re.escape, lexicon().ago), key=len, reverse=True))
    marks = "|".join(sorted(map(re.escape, set(lexicon().ago_marks)), key=len, reverse=True))
    amount = rf"(?P<count>\d{{1,3}}) ?(?P<unit>{units})"
    return re.compile(rf"\b(?:{marks}) {amount}\b"), re.compile(rf"\b{amount} (?:{marks})\b")


def _may_be_relative(folded: str) -> bool:
    return any(pattern.search(folded) for pattern in _relative_patterns()) or _day_word(folded) is not None


def _day_word(folded: str) -> int | None:
    """The number of days back that a short line with "today" or "yesterday" and a clock time names."""
    padded = f" {folded} "
    if len(folded.split()) > _DAY_WORDS:
        return None
    return next((days for word, days in lexicon().days.items() if f" {word} " in padded), None)


def _relative(line: Line, fetched: datetime | None) -> Moment | None:
    if fetched is None:
        return None
    for pattern in _relative_patterns():
        match = pattern.search(line.folded)
        if match:
            unit = lexicon().ago[match["unit"]]
            at = fetched - int(match["count"]) * _STEPS[unit]
            if unit in ("minute", "hour"):
                return Moment(at, "UTC", "minute")
            return _day_of(at)
    days = _day_word(line.folded)
    clock = _CLOCK.search(line.text)
    if days is None or clock is None:
        return None
    day = _day_of(fetched - timedelta(days=days))
    return Moment(day.at.replace(hour=int(clock[1]), minute=int(clock[2])), None, "minute")


def _day_of(at: datetime) -> Moment:
    return Moment(at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0), None, "day")


def _after_word(text: str, mark: str) -> int | None:
    """Where the text after a word such as "updated" begins, or None."""
    folded = fold(text)
    if f" {mark} " not in f" {folded} ":
        return None
    match = re.search(re.escape(mark.split(maxsplit=1)[0][:4]), text, re.IGNORECASE)
    return match.start() if match else 0
