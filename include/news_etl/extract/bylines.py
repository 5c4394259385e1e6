"""The names in a byline: `Par Claire Montfort, envoyée spéciale à Altmont (avec AFP)` has two."""

import re
from collections.abc import Iterator
from functools import cache

from news_etl.extract.lexicon import any_of, lexicon
from news_etl.extract.names import clean_name, ends_in_role, is_role, join_agencies, split_names, strip_prefix
from news_etl.extract.text import fold
from news_etl.extract.times import find_dates

MAX_CHARS = 250
"""A longer line is no byline, and a hostile one would be slow to read."""
_NEAR_START = 3
_WORDS_BEFORE = 8
_WORDS_OF_A_DESK = 4
_LOWER_AGENCIES = frozenset(("dpa", "epd"))
_GLUED = re.compile(r"(?<=[a-zà-ÿ]{2})(?=[A-ZÀ-Þ][a-zà-ÿ])")
_STOP = re.compile(r"@|\(|\b\d|https?:|\s\|\s?|[•·]|\|")
_ELIDED = re.compile(r"^\s*[lL][’'](?=[A-ZÀ-Þ])")
"""The article before an agency's name, in French and Italian: "avec l’AFP"."""
_ELIDED_PARTICLE = re.compile(r"^[a-z]{1,4}[’'][A-ZÀ-Þ]")
"""A particle written together with the name: "d’Ormaison", "dell’Orto"."""
_INITIALS = re.compile(r"(?:[A-ZÀ-Þ][a-z]?\.[\s-]?){1,2}[A-ZÀ-Þ][a-z]?")
_WITH_AGENCIES = re.compile(
    r"(?P<outlet>\S+(?:\s\S+){0,3}?)\s*(?:\s(?:avec|with|mit|con)|;)\s+(?:[lL][’'])?(?P<agencies>[^\W\d_][^|•·@]*)$"
)
_AFTER_DATE = re.compile(r"^(?:[^A-ZÀ-Þ]|(?:Uhr|[A-Z]{2,4})\b)*")
"""The clock and its zone, up to a capital that begins a name."""
_LOWER_END = re.compile(r"(?:[\s,|–—-]+[a-zà-ÿ]+)+[\s,|–—-]*$")
"""The words before a date that belong to it: "le", "on", "vom"."""
_PARTICLES = frozenset(
    ("de", "del", "della", "dei", "degli", "di", "da", "dos", "do", "du", "des", "la", "le", "las", "los", "van", "von",
     "den", "der", "ten", "ter", "el", "al", "af", "av", "bin", "ben", "ibn", "y", "e", "zu", "zum", "zur", "vom")
)  # fmt: skip
_ROMANCE = frozenset(("de", "di", "da"))
"""Where nouns are written small, a capital before one of these is a first name, whatever stands before that."""
_ARTICLES = frozenset(("the", "le", "la", "les", "die", "der", "das", "el", "il"))
_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"


@cache
def _announced() -> re.Pattern[str]:
    """A word such as "by" within the first words of a line, before a capital."""
    words = [word for word in lexicon().raw_words["byline_prefixes"] if len(word) > 1]
    return re.compile(
        rf"(?:^|(?<=[\s|>]))(?P<word>(?i:{'|'.join(map(re.escape, words))}))"
        r"(?:\s*:\s*|\s+|(?=[A-ZÀ-Þ][a-z]))(?=[^\W\d_])"
    )


@cache
def _closing() -> re.Pattern[str]:
    """Words after which a byline is over: "published", "Follow", "edited by"."""
    words = any_of("published", "updated", "byline_ends")
    return re.compile(rf"(?:^|\s|(?<=\|))(?:{words})\b", re.IGNORECASE)


@cache
def _pictures() -> re.Pattern[str]:
    """A word that announces who made the pictures, first, before a colon or behind a sign: "Photo:", "/ Photos"."""
    words = any_of("credit_words")
    return re.compile(rf"(?:^|\s)(?:{words})\s?:|[/,;|•·–—-]\s*(?:{words})\b", re.IGNORECASE)


@cache
def _named_with_role() -> re.Pattern[str]:
    """A name of a script without spaces before its role, of the same script: the reporter of Korean and Japanese."""
    roles = [role for role in lexicon().raw_words["roles"] if re.match(rf"[{_WIDE}]", role)]
    named = "|".join(map(re.escape, roles))
    return re.compile(rf"(?:^|(?<=[\s,·/]))(?P<name>[{_WIDE}]{{2,6}})\s?(?:{named})(?![{_WIDE}])")


def _announcements(text: str) -> Iterator[re.Match[str]]:
    """Words such as "by" that a name follows, those within a name left out ("Ana de Soto")."""
    for match in _announced().finditer(text[:MAX_CHARS]):
        if text[match.end() : match.end() + 1].isupper() and not _is_in_name(text[: match.start()], match["word"]):
            yield match


def _is_in_name(before: str, word: str) -> bool:
    """Whether "de" or the like stands between names, not after a kind of article ("Chronique de …")."""
    tokens = before.split()
    asked = tokens[-1:] if word.lower() in _ROMANCE else tokens
    if not tokens or word.lower() not in _PARTICLES or not all(token[0].isupper() for token in asked):
        return False
    return not lexicon()["labels"].lines.intersection(fold(before).split())


def announces(text: str) -> bool:
    """Whether a line begins with (or has near its start) a word that announces names."""
    match = next(_announcements(text), None)
    return match is not None and len(text[: match.start()].split()) <= _NEAR_START


def byline_names(text: str) -> list[str]:
    """The names in a byline, in order, without roles, places, dates and buttons."""
    if len(text) > MAX_CHARS:
        return []
    tokens = fold(text).split()
    if sum(_is_interface(token) for token in tokens) > len(tokens) / 2 or _pictures().match(text):
        return []
    signed = [match["name"] for match in _named_with_role().finditer(text)]
    if signed:
        return list(dict.fromkeys(signed))
    text, word = _announced_part(_cut(_beside_date(text), _closing()))
    text = join_agencies(text)
    if outlet := _outlet_with_agencies(text):
        return outlet
    text = _cut(_cut(text, _pictures()), _STOP)
    names: list[str] = []
    for piece in split_names(_GLUED.sub(" ; ", strip_prefix(text))):
        desk = piece if word and not names and is_desk(piece) else None
        names += [name] if (name := _one_name(piece, first=not names) or desk) else []
    if not names and word:
        names = _short_name(text, word)
    return list(dict.fromkeys(names))


def _announced_part(text: str) -> tuple[str, str]:
    """What follows the word that announces the names, and that word; all of the text where there is none."""
    matches = list(_announcements(text))
    if matches and len(text[: matches[-1].start()].split()) <= _WORDS_BEFORE:
        return text[matches[-1].end() :], matches[-1]["word"].lower()
    return text, ""


def _cut(text: str, end: re.Pattern[str]) -> str:
    """A byline up to what follows its names: a date, an address, who made the pictures."""
    match = end.search(text)
    return text[: match.start()] if match and match.start() > 2 else text


def _beside_date(text: str) -> str:
    """What stands before the dates of a line, or behind them where the names are there."""
    dates = find_dates(text)
    if not dates:
        return text
    first, last = dates[0], dates[-1]
    if first.start <= _NEAR_START:
        return _AFTER_DATE.sub("", text[last.end :])
    after = text[last.start :]
    return after if next(_announcements(after), None) else _LOWER_END.sub("", text[: first.start])


def _outlet_with_agencies(text: str) -> list[str]:
    """A site's own name of whatever form and the agencies it wrote with: "Brévenne-Matin avec AFP"."""
    match = _WITH_AGENCIES.match(strip_prefix(text))
    agencies = split_names(match["agencies"]) if match else []
    if not match or not agencies or not all(fold(name) in lexicon().agencies for name in agencies):
        return []
    outlet = match["outlet"].strip(" ,;(-–—")
    folded = fold(outlet)
    named = outlet[:1].isupper() or outlet[:1].isdigit() or is_desk(outlet)
    whole = named and not lexicon()["labels"].whole(folded) and not _is_interface(folded)
    return [outlet, *agencies] if whole and len(split_names(outlet)) == 1 else []


def _short_name(text: str, word: str) -> list[str]:
    """What a word such as "by" announces though it has no two names: initials, a desk, one name alone."""
    piece = text.strip(" ,;:|–—-")
    if _INITIALS.fullmatch(piece.rstrip(".")):
        return [f"{piece.rstrip('.')}."]
    if is_desk(piece):
        return [piece]
    alone = re.fullmatch(r"[A-ZÀ-Þ][\w’'-]{2,}", piece) and word not in _PARTICLES and not _is_interface(fold(piece))
    return [piece] if alone and not is_role(piece) else []


def is_desk(text: str) -> bool:
    """Whether few words name a newsroom or a part of it: "La rédaction", "Web Desk", "LB-Redaktion"."""
    tokens = fold(text).split()
    named = set(lexicon().words["outlet_words"])
    return 1 <= len(tokens) <= _WORDS_OF_A_DESK and not named.isdisjoint(tokens) and not _is_interface(fold(text))


def _one_name(piece: str, first: bool) -> str | None:
    """The name in a piece of a byline, or None: a role, a place, a phrase."""
    name = clean_name(_ELIDED.sub("", piece))
    if name is None or ":" in name or _is_interface(fold(name)) or _INITIALS.fullmatch(name):
        return None
    tokens = _without_place(name.split())
    name = " ".join(tokens)
    if fold(name) in lexicon().agencies:
        return name if is_written_as_agency(name) else None
    pictured = fold(tokens[0]) in lexicon().words["credit_words"]
    if pictured or (not first and fold(tokens[0]) in _ARTICLES) or (ends_in_role(name) and len(tokens) < 3):
        return None
    roles = [index for index in range(1, len(tokens)) if is_role(" ".join(tokens[index:]))]
    if roles or len(tokens) > 4:
        tokens = _leading_name(tokens)
    proper = [token for token in tokens if token[0].isupper() or _ELIDED_PARTICLE.match(token)]
    if len(proper) < 2 or any(token not in proper and token.lower() not in _PARTICLES for token in tokens):
        return None
    return " ".join(tokens)


def _without_place(tokens: list[str]) -> list[str]:
    """A name without the place where it writes: "Claire Montfort à Rome"."""
    places = lexicon().words["place_words"]
    after = (index for index in range(1, len(tokens)) if tokens[index].islower() and fold(tokens[index]) in places)
    return tokens[: next(after, None)]


@cache
def _buttons() -> frozenset[str]:
    return lexicon()["share"].lines | lexicon()["navigation"].lines


@cache
def _date_words() -> frozenset[str]:
    return frozenset((*lexicon().words["published"], *lexicon().words["updated"]))


def _is_interface(folded: str) -> bool:
    """Whether the words are buttons or words about dates, which are capitalised as names are."""
    tokens = folded.split()
    return folded in _buttons() or _buttons().issuperset(tokens) or not _date_words().isdisjoint(tokens)


def _leading_name(tokens: list[str]) -> list[str]:
    """The first two names of a longer run, with initials and particles between them."""
    taken: list[str] = []
    for token in tokens:
        taken.append(token)
        full = [word for word in taken if len(word) > 2 and word.lower() not in _PARTICLES]
        if len(full) >= 2:
            break
    return taken


def is_written_as_agency(name: str) -> bool:
    """Whether an acronym has its capitals: in small letters it is a word ("ap", "epa")."""
    return len(name) > 4 or name.isupper() or name in _LOWER_AGENCIES


def distinct(names: list[str]) -> list[str]:
    """Names without what stands for a portrait of another one: its initials, "Portrait of" before it."""
    initials = {"".join(part[0] for part in name.split()) for name in names if " " in name}
    full = [name for name in dict.fromkeys(names) if name not in initials or fold(name) in lexicon().agencies]
    whole = [name for name in full if " " in name]  # a name alone may be the family name of another author
    return [name for name in full if not any(name.endswith(f" {other}") for other in whole)]
