"""The byline of a text dump: which of its lines name the authors."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from news_etl.extract.bylines import MAX_CHARS, announces, byline_names
from news_etl.extract.lexicon import lexicon
from news_etl.extract.lines import Line
from news_etl.extract.names import ends_in_role, is_role
from news_etl.extract.text import fold
from news_etl.extract.times import find_dates

_MAX_WORDS = 18
_ENOUGH = 2.5
"""Score from which a line is the byline; measured on dumps of sites that had no part in choosing it."""
_BAR = re.compile(r"[@(|/•·]|\b\d|https?:")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}")
_COVERED = 0.65
_HEADER = 15
"""So many lines below the title, or above the text, a byline may stand."""
_END = 6
INTERFACE = frozenset(
    ("is_share", "is_navigation", "is_related", "is_newsletter", "is_comments", "is_end", "is_labels", "begins_related")
)
"""Features of a line that belongs to the page around the article."""


@dataclass(frozen=True)
class _Place:
    """Where the article stands among the lines."""

    title: int
    again: tuple[int, ...]
    """Lines above the title that repeat it."""
    start: int
    """The second paragraph, above which the byline stands; a deck may read as the first."""
    end: int
    """The last paragraph, or -1."""
    told: frozenset[str]
    """The words of the text. Its last paragraph may introduce the author and does not count."""


def find_bylines(lines: Sequence[Line], title: int, prose: Sequence[int], chances: Sequence[float]) -> list[int]:
    """The lines of the byline, in order. `prose` are the body's lines, `chances` the classifier's for "byline"."""
    place = _place(lines, title, prose)
    names = {
        index: named
        for index, line in enumerate(lines)
        if index != title and line.words <= _MAX_WORDS and not _is_credit(line) and (named := byline_names(line.text))
    }
    scored = {
        index: _score(lines, index, names[index], place.told) + _nearness(index, place) + 2 * chances[index]
        for index in names
    }
    best = max(scored, key=lambda index: (scored[index], -index), default=None)
    if best is None or scored[best] < _ENOUGH:
        return []
    found = [best]
    for step in (-1, 1):
        found += _beside(lines, scored, best, step)
    return sorted(found)


def _place(lines: Sequence[Line], title: int, prose: Sequence[int]) -> _Place:
    below = [index for index in prose if index > title]
    start = below[1] if len(below) > 1 else title + _HEADER
    again = tuple(index for index in range(title) if lines[index].folded == lines[title].folded)
    told = frozenset(word for index in prose[:-1] for word in lines[index].folded.split())
    return _Place(title, again, start, prose[-1] if prose else -1, told)


def _is_credit(line: Line) -> bool:
    """Whether a line ends with a word for a picture: "A. Blanc / Le Phare nuotr."."""
    return line.folded.rsplit(" ", 1)[-1] in lexicon().words["credit_words"] and not announces(line.text)


def _beside(lines: Sequence[Line], scored: dict[int, float], best: int, step: int) -> list[int]:
    """Further name lines that adjoin the best one, with nothing but roles, addresses and repetitions between."""
    found: list[int] = []
    index = best + step
    while 0 <= index < len(lines):
        if scored.get(index, 0.0) >= _ENOUGH and _is_alike(lines[index], lines[best]):
            found.append(index)
        elif not (_is_between(lines[index]) or lines[index].folded == lines[index - step].folded):
            break
        index += step
    return found


def _is_alike(line: Line, best: Line) -> bool:
    """Whether a line goes on with the byline: announced as it is, an agency, or begun with "and"."""
    joined = line.folded.split(" ", 1)[0] in lexicon().words["joiners"]
    return announces(line.text) == announces(best.text) or line.folded in lexicon().agencies or joined


def _is_between(line: Line) -> bool:
    """Whether a line may stand between two authors: a role, an address, a joiner alone."""
    return _is_signing(line) or line.folded in lexicon().words["joiners"]


def _is_function(text: str) -> bool:
    return len(text.split()) <= 10 and (is_role(text) or ends_in_role(text))


def _bare(text: str) -> str:
    """A line up to its first date, digit, address or bar: where a bare name ends."""
    text = text[:MAX_CHARS]
    dates = find_dates(text)
    text = text[: dates[0].start] if dates and dates[0].start > 3 else text
    stop = _BAR.search(text, 3)
    return (text[: stop.start()] if stop else text).strip()


def _score(lines: Sequence[Line], index: int, names: list[str], told: frozenset[str]) -> float:
    """How much a line and its neighbours look like a byline; `told` are the words of the body."""
    line = lines[index]
    features = line.features
    before = lines[index - 1] if index else None
    introduced = before is not None and before.folded in lexicon().words["byline_prefixes"]
    announced = introduced or announces(line.text)
    covered = "has_roles" in features or sum(map(len, names)) >= _COVERED * len(_bare(line.text))
    score = 3.0 if announced else 1.5 if covered else 0.0
    near = [lines[other].features for other in range(max(0, index - 2), min(len(lines), index + 3)) if other != index]
    score += 1.0 if any("date" in other for other in near) or "date" in features else 0.0
    score += 1.0 if index + 1 < len(lines) and _is_signing(lines[index + 1]) else 0.0
    score += 0.5 if features & {"same_next", "same_before", "within_next"} else 0.0
    score += 1.5 if covered and {"date", "clock"} <= features else 0.0
    score += 1.0 if covered and _ADDRESS.search(line.text) else 0.0
    score += 1.0 if any(fold(name) in lexicon().agencies for name in names) else 0.0
    score -= 3 if features & INTERFACE or _is_reading_time(line, names) else 0
    score -= 2 if features & {"credit", "credit_line", "placeholder"} else 0
    score -= 2 if before and before.features & {"is_related", "begins_related"} else 0
    if not announced and fold(names[0]).split()[-1] in told:
        score -= 1.5 if _adjoins_date(lines, index) else 2.5
    if line.is_sentence and line.words > 6:
        score -= 2.5
    return score


def _is_signing(line: Line) -> bool:
    """Whether a line says more about the name above it: a role, an e-mail address."""
    return _is_function(line.text) or bool(_ADDRESS.fullmatch(line.text))


def _is_reading_time(line: Line, names: list[str]) -> bool:
    """Whether what reads as a name is "3 Minuten Lesezeit"."""
    return "has_reading_time" in line.features and any(char.isdigit() for char in names[0])


def _adjoins_date(lines: Sequence[Line], index: int) -> bool:
    return any(
        0 <= other < len(lines) and "date" in lines[other].features and not lines[other].is_sentence
        for other in (index - 1, index, index + 1)
    )


def _nearness(index: int, place: _Place) -> float:
    """What the place says: bylines stand between title and text, else right above the title, else below the text."""
    title = place.title
    if title < index <= min(title + _HEADER, place.start):
        return 2.0
    if any(other < index <= other + _HEADER for other in place.again) and index < place.start:
        return 2.0
    if title < index < place.start and place.start - index <= _HEADER:
        return 1.5
    if title - 4 <= index < title:
        return 0.5
    if 0 <= place.end < index <= place.end + _END:
        return 0.7
    return -2.0
