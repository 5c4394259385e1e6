"""The byline of a text dump: which lines name the authors, and which names stand in them."""

import re
from collections.abc import Sequence
from functools import cache

from news_etl.extract.lexicon import lexicon
from news_etl.extract.lines import Line
from news_etl.extract.names import clean_name, ends_in_role, is_role, split_names, strip_prefix
from news_etl.extract.text import fold
from news_etl.extract.times import find_dates

_MAX_WORDS = 18
_ENOUGH = 2.5
"""Score from which a line is the byline; measured on dumps of sites that had no part in choosing it."""
_MAX_SIGNATURE = 6
_OF_PICTURES = frozenset(("credit", "credit_line", "credit_tail", "placeholder"))
_LOWER_AGENCIES = frozenset(("dpa", "epd"))
_SIGNED = re.compile(r"[/,;|•·()]|\s[-–—]\s|©|:\s|\s(?:avec|with|mit|con|und|et)\s")
_GLUED = re.compile(r"(?<=[a-zà-ÿ]{2})(?=[A-ZÀ-Þ][a-zà-ÿ])")
_STOP = re.compile(r"@|\(|\b\d|https?:|\s\|\s?|[•·]|\|")
_BAR = re.compile(r"[@(|/•·]|\b\d|https?:")
_ELIDED = re.compile(r"^\s*[lL][’'](?=[A-ZÀ-Þ])")
"""The article before an agency's name, in French and Italian: "avec l’AFP"."""
_COVERED = 0.65
_PARTICLES = frozenset(
    [
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
        "la",
        "le",
        "van",
        "von",
        "den",
        "der",
        "ten",
        "ter",
        "el",
        "al",
        "bin",
        "ibn",
        "y",
        "e",
        "zu",
    ]
)
_INTERFACE = frozenset(
    ("is_share", "is_navigation", "is_related", "is_newsletter", "is_comments", "is_end", "is_labels", "begins_related")
)
_TOKEN = re.compile(r"[^\W\d_][\w.’'´-]*")


@cache
def _announced() -> re.Pattern[str]:
    """A word such as "by" within the first words of a line, before a capital."""
    words = [word for word in lexicon().raw_words["byline_prefixes"] if len(word) > 1]
    return re.compile(
        rf"(?:^|(?<=[\s|>]))(?:(?i:{'|'.join(map(re.escape, words))}))(?:\s*:\s*|\s+|(?=[A-ZÀ-Þ][a-z]))(?=[^\W\d_])"
    )


@cache
def _closing() -> re.Pattern[str]:
    """Words after which a byline is over: "published", "Follow"."""
    words = [
        *lexicon().raw_words["published"],
        *lexicon().raw_words["updated"],
        "follow",
        "folgen",
        "suivre",
        "seguir",
        "segui",
        "tips meg",
        "views",
    ]
    return re.compile(rf"(?:^|\s|(?<=\|))(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)


def announces(text: str) -> bool:
    """Whether a line begins with (or has near its start) a word that announces names."""
    match = _announced().search(text)
    return (
        match is not None and len(text[: match.start()].split()) <= 3 and text[match.end() : match.end() + 1].isupper()
    )


def byline_names(text: str) -> list[str]:
    """The names in a byline, in order, without roles, places, dates and buttons."""
    tokens = fold(text).split()
    if sum(_is_interface(token) for token in tokens) > len(tokens) / 2:
        return []
    text = _before_date(text)
    matches = [match for match in _announced().finditer(text) if text[match.end() : match.end() + 1].isupper()]
    if matches and len(text[: matches[-1].start()].split()) <= 8:
        text = text[matches[-1].end() :]
    closing = _closing().search(text)
    if closing and closing.start() > 2:
        text = text[: closing.start()]
    stop = _STOP.search(text)
    if stop and stop.start() > 2:
        text = text[: stop.start()]
    names: list[str] = []
    for piece in split_names(_GLUED.sub(" ; ", strip_prefix(text))):
        names += [name] if (name := _one_name(piece, first=not names)) else []
    return list(dict.fromkeys(names))


def _before_date(text: str) -> str:
    dates = find_dates(text)
    return text[: dates[0].start] if dates and dates[0].start > 3 else text


def _bare(text: str) -> str:
    """A line up to its first date, digit, address or bar: where a bare name ends."""
    text = _before_date(text)
    stop = _BAR.search(text, 3)
    return (text[: stop.start()] if stop else text).strip()


def _one_name(piece: str, first: bool) -> str | None:
    """The name in a piece of a byline, or None: a role, a place, a phrase."""
    name = clean_name(_ELIDED.sub("", piece))
    if name is None or ":" in name or _is_interface(fold(name)):
        return None
    if fold(name) in lexicon().agencies:
        return name if _is_written_as_agency(name) else None
    tokens = name.split()
    if ends_in_role(name) and len(tokens) < 3:
        return (
            tokens[0] if first and len(tokens) == 2 and not name.isascii() else None
        )  # a name without spaces, then "reporter"
    roles = [index for index in range(1, len(tokens)) if is_role(" ".join(tokens[index:]))]
    if roles or len(tokens) > 4:
        tokens = _leading_name(tokens)
    proper = [token for token in tokens if token[0].isupper()]
    if len(proper) < 2 or any(token[0].islower() and token.lower() not in _PARTICLES for token in tokens):
        return None
    return " ".join(tokens)


def _is_interface(folded: str) -> bool:
    """Whether the words are buttons or words about dates, which are capitalised as names are."""
    words = lexicon()
    shared = words["share"].lines | words["navigation"].lines
    dated = {*words.words["published"], *words.words["updated"]}
    return (
        all(token in shared for token in folded.split())
        or folded in shared
        or any(token in dated for token in folded.split())
    )


def _leading_name(tokens: list[str]) -> list[str]:
    """The first two names of a longer run, with initials and particles between them."""
    taken: list[str] = []
    for token in tokens:
        taken.append(token)
        full = [word for word in taken if len(word) > 2 and word.lower() not in _PARTICLES]
        if len(full) >= 2:
            break
    return taken


def find_bylines(lines: Sequence[Line], title: int, prose: Sequence[int], chances: Sequence[float]) -> list[int]:
    """The lines of the byline, in order. `prose` are the body's lines, `chances` the classifier's for "byline"."""
    told = {word for index in prose for word in lines[index].folded.split()}
    scored: dict[int, float] = {}
    for index, line in enumerate(lines):
        if index != title and line.words <= _MAX_WORDS and byline_names(line.text):
            scored[index] = _score(lines, index, told) + _place(index, title, prose) + 2 * chances[index]
    best = max(scored, key=lambda index: (scored[index], -index), default=None)
    if best is None or scored[best] < _ENOUGH:
        return []
    found = [best]
    for step in (-1, 1):
        found += _beside(lines, scored, best, step)
    return sorted(found)


def find_agency(lines: Sequence[Line], title: int, prose: Sequence[int]) -> str | None:
    """The agency that signs where no author does: in a short line by the title or right below the text."""
    last = prose[-1] if prose else title
    places = [*range(title + 1, min(len(lines), title + 6)), *range(last + 1, min(len(lines), last + 5))]
    for index in places:
        line = lines[index]
        if line.words <= _MAX_SIGNATURE and not line.is_sentence and not line.features & (_INTERFACE | _OF_PICTURES):
            for piece in _SIGNED.split(strip_prefix(line.text)):
                name = _agency_in(piece.strip(" .,:;|()[]"))
                if name:
                    return name
    return None


def _is_written_as_agency(name: str) -> bool:
    """Whether an acronym has its capitals: in small letters it is a word ("ap", "epa")."""
    return len(name) > 4 or name.isupper() or name in _LOWER_AGENCIES


def _agency_in(piece: str) -> str | None:
    """The agency that a piece names, alone or before the desk that wrote it: "dpa Sport"."""
    for name in (piece, piece.partition(" ")[0]):
        if fold(name) in lexicon().agencies and _is_written_as_agency(name):
            return name
    return None


def _beside(lines: Sequence[Line], scored: dict[int, float], best: int, step: int) -> list[int]:
    """Further name lines that adjoin the best one, with nothing but roles and repetitions between."""
    found: list[int] = []
    index = best + step
    while 0 <= index < len(lines):
        alike = announces(lines[index].text) == announces(lines[best].text) or lines[index].folded in lexicon().agencies
        if scored.get(index, 0.0) >= _ENOUGH and alike:
            found.append(index)
        elif not (_is_function(lines[index].text) or lines[index].folded == lines[index - step].folded):
            break
        index += step
    return found


def _is_function(text: str) -> bool:
    return len(text.split()) <= 10 and (is_role(text) or ends_in_role(text))


def _score(lines: Sequence[Line], index: int, told: set[str]) -> float:
    """How much a line and its neighbours look like a byline; `told` are the words of the body."""
    line = lines[index]
    features = line.features
    names = byline_names(line.text)
    covered = "has_roles" in features or sum(map(len, names)) >= _COVERED * len(_bare(line.text))
    score = 3.0 if announces(line.text) else 1.5 if covered else 0.0
    near = [lines[other].features for other in range(max(0, index - 2), min(len(lines), index + 3)) if other != index]
    score += 1.0 if any("date" in other for other in near) or "date" in features else 0.0
    score += 1.0 if index + 1 < len(lines) and _is_function(lines[index + 1].text) else 0.0
    score += 0.5 if features & {"same_next", "same_before", "within_next"} else 0.0
    score += 1.5 if covered and {"date", "clock"} <= features else 0.0
    score -= 3 if features & _INTERFACE else 0
    score -= 2 if features & {"credit", "credit_line", "placeholder"} else 0
    score -= 2 if index and lines[index - 1].features & {"is_related", "begins_related"} else 0
    if not announces(line.text) and fold(names[0]).split()[-1] in told:
        score -= 2.5
    if line.is_sentence and line.words > 6:
        score -= 2.5
    return score


def _place(index: int, title: int, prose: Sequence[int]) -> float:
    """What the place says: bylines stand below the title, else right above it, else below the text."""
    below = [other for other in prose if other > title]
    first = below[1] if len(below) > 1 else title + 15
    if title < index <= min(title + 15, first):
        return 2.0
    if title - 4 <= index < title:
        return 0.5
    if prose and prose[-1] < index <= prose[-1] + 6:
        return 0.7
    return -2.0
