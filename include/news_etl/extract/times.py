"""Times as pages write them: machine formats, and dates in words of many languages."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import get_month_names

from news_etl.article import Precision, Timestamp

EARLIEST_YEAR = 1990
"""No page of the web is older: an earlier publication date is a default value of some publishing system."""

_LOCALES = [
    "fr",
    "en",
    "de",
    "es",
    "it",
    "pt",
    "nl",
    "da",
    "sv",
    "nb",
    "nn",
    "fi",
    "is",
    "et",
    "lv",
    "lt",
    "pl",
    "cs",
    "sk",
    "sl",
    "hr",
    "sr_Latn",
    "bs",
    "hu",
    "ro",
    "bg",
    "uk",
    "ru",
    "be",
    "el",
    "tr",
    "az",
    "he",
    "ar",
    "fa",
    "hi",
    "bn",
    "ta",
    "id",
    "ms",
    "vi",
    "th",
    "sw",
    "af",
    "sq",
    "mk",
    "ca",
    "eu",
    "gl",
    "ka",
    "hy",
    "kk",
    "uz",
    "zu",
    "xh",
    "tl",
]
# Zone abbreviations that newspapers print; ambiguous ones are left out.
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "bst": 60, "wet": 0, "west": 60, "cet": 60, "cest": 120, "mez": 60, "mesz": 120,
    "eet": 120, "eest": 180, "msk": 180, "trt": 180, "sast": 120, "cat": 120, "eat": 180, "wat": 60, "pkt": 300,
    "wib": 420, "ict": 420, "sgt": 480, "hkt": 480, "jst": 540, "kst": 540, "aest": 600, "aedt": 660, "nzst": 720,
    "nzdt": 780, "est": -300, "edt": -240, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip
_REGIONS = {"et": "America/New_York", "pt": "America/Los_Angeles", "ct": "America/Chicago"}

_ISO = re.compile(
    r"(?P<y>\d{4})-?(?P<m>\d\d)-?(?P<d>\d\d)"
    r"(?:(?:T|\s|\s?-\s?)+(?P<H>\d\d?):?(?P<M>\d\d)(?::?(?P<S>\d\d(?:[.,]\d+)?))?\s*(?P<z>Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?|)?(?P<rest>.*))?$",
    re.IGNORECASE | re.DOTALL,
)
_CLOCK = (
    r"(?P<H>[01]?\d|2[0-3])\s?(?:[:hH](?:\s?(?=\d\d))|[.](?=\d\d(?!\d))|時|시)(?P<M>[0-5]\d)?(?::(?P<S>[0-5]\d))?\s*(?:分|분|Uhr\b|min\b)?"
    r"\s*(?P<ap>[ap]\.?\s?m\b\.?)?"
)
_CLOCK_AP = r"(?P<H2>1[0-2]|0?[1-9])\s?(?P<ap2>[ap]\.?m\b\.?)"
_ZONE = r"\s*(?P<zone>\(?(?:UTC|GMT)\s?[+-]\s?\d\d?(?::?\d\d)?\)?|[+-]\d\d:?\d\d\b|\(?\b[A-Za-z]{1,4}\b\)?)?"
_TIME = re.compile(rf"(?<![\d.,:])(?:{_CLOCK}|{_CLOCK_AP}){_ZONE}", re.IGNORECASE)
_NUMERIC = re.compile(
    r"(?<![\d.,/-])(?:(?P<y1>(?:19|20)\d\d)(?P<s1>[-/.])\s?(?P<m1>\d\d?)(?P=s1)\s?(?P<d1>\d\d?)"
    r"|(?P<y3>(?:19|20)\d\d)\s?[年년]\s?(?P<m3>\d\d?)\s?[月월]\s?(?P<d3>\d\d?)\s?[日일]"
    r"|(?P<a>\d\d?)(?P<s2>[-/.])\s?(?P<b>\d\d?)(?P=s2)\s?(?P<y2>(?:19|20)\d\d|\d\d(?![\d:])))(?![\d/])"
)


@dataclass(frozen=True)
class Moment:
    """A point of time or a day. `at` is aware; `tz` is the zone as written, None where there was none."""

    at: datetime
    tz: str | None
    precision: Precision

    @property
    def plausible(self) -> bool:
        """Whether a news page can carry it as its date."""
        return self.at.year >= EARLIEST_YEAR

    def stamp(self, source: str) -> Timestamp:
        """The timestamp of an article, found at `source`."""
        return Timestamp(at=self.at, tz=self.tz, precision=self.precision, source=source)


@dataclass(frozen=True)
class FoundDate:
    """A date in running text: the moment and where it stands."""

    moment: Moment
    start: int
    end: int
    ambiguous: Moment | None = None
    """The other reading of a date such as 04/05/2024."""


def parse_stamp(text: str) -> Moment | None:
    """A machine-readable time (ISO 8601 and its common misspellings, RFC 2822, epoch), else a date in words."""
    text = text.strip().strip("\"'")
    if not text or len(text) > 120:
        return None
    if re.fullmatch(r"1\d{9}|1\d{12}", text):
        return _epoch(int(text[:10]))
    match = _ISO.match(text)
    if match and (match["H"] or len(text) <= 10):
        return _from_iso(match)
    if re.match(r"^[A-Za-z]{3},? \d{1,2} [A-Za-z]{3} \d{4}", text):
        return _from_rfc2822(text)
    found = find_dates(text)
    return found[0].moment if found else None


def _epoch(seconds: int) -> Moment:
    return Moment(datetime.fromtimestamp(seconds, UTC), "Z", "minute")


def _from_iso(match: re.Match[str]) -> Moment | None:
    day = _day(match["y"], match["m"], match["d"])
    if day is None or match["H"] is None:
        return Moment(day, None, "day") if day else None
    rest = (match["rest"] or "").strip()
    zone = match["z"] or _zone_word(rest)
    hour, minute, second = int(match["H"]), int(match["M"]), float((match["S"] or "0").replace(",", "."))
    if hour > 23 or minute > 59 or second >= 60:
        return Moment(day, None, "day")
    if re.match(r"[ap]\.?m", rest, re.IGNORECASE):
        hour = hour % 12 + (12 if rest[0] in "pP" else 0)
    at = day.replace(hour=hour, minute=minute, second=int(second), microsecond=int(second % 1 * 1_000_000))
    return _localised(at, zone)


def _from_rfc2822(text: str) -> Moment | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if at.tzinfo is None:
        return Moment(at.replace(tzinfo=UTC), None, "minute")
    return Moment(at, text.rsplit(" ", 1)[-1], "minute")


def _day(year: str | int, month: str | int, day: str | int) -> datetime | None:
    century = "20" if len(str(year)) == 2 else ""
    try:
        return datetime(int(f"{century}{year}"), int(month), int(day), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _zone_word(text: str) -> str | None:
    word = text.strip("()[] ")
    return word if word.lower() in _ZONES or "/" in word else None


def _localised(at: datetime, zone: str | None) -> Moment:
    offset = _offset(zone, at) if zone else None
    if offset is None:
        return Moment(at, None, "minute")
    return Moment(at.replace(tzinfo=timezone(offset)), zone, "minute")


def _offset(zone: str, at: datetime) -> timedelta | None:
    """The offset of a zone written as +0200, UTC+2, CEST, ET or Europe/Paris."""
    word = re.sub(r"[()\s]", "", zone)
    match = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d\d?):?(\d\d)?", word, re.IGNORECASE)
    if match:
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return timedelta(minutes=-minutes if match[1] == "-" else minutes) if minutes < 24 * 60 else None
    if word.lower() in _ZONES:
        return timedelta(minutes=_ZONES[word.lower()])
    try:
        return (
            ZoneInfo(_REGIONS.get(word.lower(), word)).utcoffset(at.replace(tzinfo=None)) if _is_region(word) else None
        )
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _is_region(word: str) -> bool:
    return word.lower() in _REGIONS or re.fullmatch(r"[A-Z][A-Za-z]+/[A-Za-z_/]+", word) is not None


@cache
def month_numbers() -> dict[str, int]:
    """Month names and abbreviations of the languages above (from CLDR), lower case, without full stop."""
    numbers: dict[str, int] = {}
    for code in _LOCALES:
        locale = Locale.parse(code)
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, locale).items():
                    word = name.lower().strip(". ")
                    if not word.isdigit() and len(word) >= 3 and not word[0].isdigit():
                        numbers.setdefault(word, number)
    numbers.update(
        {"juil": 7, "févr": 2, "sept": 9, "mär": 3, "mrz": 3, "dez": 12, "okt": 10, "ene": 1, "abr": 4, "ago": 8}
    )
    return numbers


@cache
def _worded() -> re.Pattern[str]:
    names = "|".join(sorted(map(re.escape, month_numbers()), key=len, reverse=True))
    month = rf"(?<!\w)(?P<{{0}}>{names})(?!\w)\.?"
    day_first = (
        rf"(?<!\d)(?P<d1>\d\d?)(?:er|\.|º|°|st|nd|rd|th|-an|-a)?,?\s*(?:de\s|of\s|di\s)?[\s-]*{month.format('m1')}"
    )
    day_first += r",?\s*(?:de\s|del\s|d\.\s?)?[\s-]*(?P<y1>(?:19|20)\d\d)(?!\d)"
    month_first = rf"{month.format('m2')}\s*(?P<d2>\d\d?)(?:st|nd|rd|th)?,?\s+(?:at\s)?(?P<y2>(?:19|20)\d\d)(?!\d)"
    year_first = rf"(?<!\d)(?P<y3>(?:19|20)\d\d)(?:\.|\sm\.)?,?\s+{month.format('m3')}\s+(?P<d3>\d\d?)(?!\d)"
    return re.compile(f"{day_first}|{month_first}|{year_first}", re.IGNORECASE)


def find_dates(text: str, month_first: bool = False) -> list[FoundDate]:
    """Full dates (day, month, year) in a text, in order, each with the clock time that stands right beside it.

    `month_first` reads 04/05/2024 as 5 April, the American way.
    """
    if not any(char.isdigit() for char in text):
        return []
    found = [_worded_date(match) for match in _worded().finditer(text)]
    found += [_numeric_date(match, month_first) for match in _NUMERIC.finditer(text)]
    dates = sorted((date for date in found if date is not None), key=lambda date: date.start)
    return [_with_time(date, text) for date in dates]


def _worded_date(match: re.Match[str]) -> FoundDate | None:
    for index in "123":
        if match[f"m{index}"]:
            month = month_numbers()[match[f"m{index}"].lower()]
            day = _day(match[f"y{index}"], month, match[f"d{index}"])
            return FoundDate(Moment(day, None, "day"), match.start(), match.end()) if day else None
    return None


def _numeric_date(match: re.Match[str], month_first: bool) -> FoundDate | None:
    if match["a"]:
        readings = [_day(match["y2"], match["b"], match["a"]), _day(match["y2"], match["a"], match["b"])]
        if month_first and match["s2"] == "/":
            readings.reverse()
        days = [day for day in readings if day is not None]
    else:
        single = (
            _day(match["y1"], match["m1"], match["d1"]) if match["y1"] else _day(match["y3"], match["m3"], match["d3"])
        )
        days = [single] if single else []
    if not days:
        return None
    other = Moment(days[1], None, "day") if len(days) > 1 and days[0] != days[1] else None
    return FoundDate(Moment(days[0], None, "day"), match.start(), match.end(), other)


def _with_time(date: FoundDate, text: str) -> FoundDate:
    """The date with the clock time right after it (`…, à 08h42`, `- 02:24`) or before it (`08:42, 3 May 2024`)."""
    after = _TIME.search(text, date.end)
    if after and len(text[date.end : after.start()].strip(" ,|-–—•·/()[]:T")) <= 6 and after.start() - date.end <= 14:
        return _timed(date, after, end=after.end())
    for before in _TIME.finditer(text, max(0, date.start - 30), date.start):
        if len(text[before.end() : date.start].strip(" ,|-–—•·/()")) <= 10:
            return _timed(date, before, end=date.end)
    return date


def _timed(date: FoundDate, clock: re.Match[str], end: int) -> FoundDate:
    def timed(moment: Moment) -> Moment:
        hour = int(clock["H"] or clock["H2"])
        half = (clock["ap"] or clock["ap2"] or "").lower()
        if half and hour <= 12:
            hour = hour % 12 + (12 if half[0] == "p" else 0)
        at = moment.at.replace(hour=hour, minute=int(clock["M"] or 0))
        return _localised(at, clock["zone"])

    return FoundDate(timed(date.moment), date.start, end, timed(date.ambiguous) if date.ambiguous else None)
