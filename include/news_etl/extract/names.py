"""Bylines: the names in them, in order, and what each name is."""

import re
from functools import cache

from news_etl.article import Author, AuthorKind
from news_etl.extract.lexicon import any_of, lexicon, starts_of
from news_etl.extract.text import fold, squeeze

_SEPARATORS = re.compile(r"\s*(?:[;|•·/\n]|\s-\s|\s–\s|\s—\s|、|，)\s*")
_NOT_A_NAME = re.compile(r"https?:|www\.|@\S+\.\w|^@|[<>{}\[\]=_]|^\W*$")
_PARENTHESIS = re.compile(r"\s*[(\[]([^()\[\]]{1,60})[)\]]")
_MAX_NAME_WORDS = 7


@cache
def _prefix() -> re.Pattern[str]:
    prefixes = any_of("byline_prefixes")
    return re.compile(rf"^\W*(?:{prefixes})(?:\s*:\s*|\s+)(?=\S)", re.IGNORECASE)


@cache
def _joiner() -> re.Pattern[str]:
    joiners = any_of("joiners")
    return re.compile(rf"\s+(?:{joiners})\s+|\s*&\s*", re.IGNORECASE)


def strip_prefix(byline: str) -> str:
    """The byline without "Par", "By", "Von" and the like."""
    return _prefix().sub("", byline, count=1)


def has_prefix(byline: str) -> bool:
    """Whether the byline begins with a word that announces names."""
    return _prefix().match(byline) is not None


def split_names(byline: str, commas: bool = True) -> list[str]:
    """The names of a byline, in order: `Par A. Blanc et C. Dunois (AFP)` gives A. Blanc, C. Dunois, AFP."""
    text = _PARENTHESIS.sub("", join_agencies(strip_prefix(squeeze(byline))))
    names: list[str] = []
    for part in _SEPARATORS.split(text):
        for piece in part.split(",") if commas else [part]:
            for name in _joiner().split(f" {piece.strip()} "):
                _add(names, name)
    return names


def join_agencies(byline: str) -> str:
    """The byline with the agencies that stand in parentheses among the names: `Claire Montfort (avec AFP)`."""
    return _PARENTHESIS.sub(_joined_agency, byline)


def _joined_agency(match: re.Match[str]) -> str:
    names = [name for name in _joiner().split(f" {match[1]} ") if name.strip()]
    return f" ; {' ; '.join(names)}" if all(fold(name) in lexicon().agencies for name in names) else match[0]


def _add(names: list[str], name: str) -> None:
    clean = clean_name(name)
    if clean and fold(clean) not in {fold(known) for known in names}:
        names.append(clean)


def clean_name(name: str) -> str | None:
    """A name without quotes, digits and addresses, or None when it is none."""
    text = squeeze(name).strip(' ,.;:-–—|*"“”«»/©')
    text = re.sub(r"^@|\s+\d+$", "", text)
    if not text or _NOT_A_NAME.search(text) or len(text.split()) > _MAX_NAME_WORDS or len(text) > 80:
        return None
    if is_role(text) or not any(char.isalpha() for char in text):
        return None
    return text


def is_role(text: str) -> bool:
    """Whether the words are a function ("correspondante à Rome"), not a name."""
    folded = f"{fold(text)} "
    return folded.startswith(starts_of("roles"))


def ends_in_role(text: str) -> bool:
    """Whether the words end with a function ("Political Correspondent", after a name or alone)."""
    return f" {fold(text)} ".endswith(tuple(f" {word}" for word in starts_of("roles")))


def kind_of(name: str, publisher: str | None = None) -> AuthorKind:
    """Person, agency or outlet."""
    folded = fold(name)
    if folded in lexicon().agencies or all(part in lexicon().agencies for part in fold_parts(name)):
        return "agency"
    tokens = set(folded.split())
    if len(tokens) > 1 and tokens & set(lexicon().words["agency_words"]):
        return "agency"
    if publisher and (folded == fold(publisher) or folded.replace(" ", "") == fold(publisher).replace(" ", "")):
        return "outlet"
    if any(word in tokens or (" " in word and word in folded) for word in lexicon().words["outlet_words"]):
        return "outlet"
    if "." in name and re.fullmatch(
        r"[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|de|fr|it|es|co\.uk|info|news|eu|ch|at|be|tv)", name, re.IGNORECASE
    ):
        return "outlet"
    return "person"


def fold_parts(name: str) -> list[str]:
    """The folded parts of a name joined with a slash: `AFP/Reuters`."""
    return [fold(part) for part in name.split("/")]


def as_authors(names: list[str], publisher: str | None = None) -> list[Author]:
    """Authors of the given names, with their kinds."""
    return [Author(name=name, kind=kind_of(name, publisher)) for name in names]
