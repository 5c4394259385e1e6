"""Small text helpers that every reader shares."""

import html
import re
import unicodedata

_SPACES = re.compile(r"[ \t\r\n\f\v\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_NO_BREAK = frozenset("\u00a0\u2007\u202f")
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u2060\ufeff\u00ad]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,31});")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_MARKS = [chr(code) for code in (*range(0x300, 0x3100), *range(0xFE20, 0xFE30)) if unicodedata.combining(chr(code))]
_COMBINING = re.compile(f"[{''.join(_MARKS)}]+")
_WORD = re.compile(r"\w+")
_SHORT_WORD = 3


def squeeze(text: str) -> str:
    """One line: every run of white space is one space, invisible characters are gone.

    A no-break space that typography put between two words stays; among other spaces it is layout.
    """
    return _SPACES.sub(_one_space, _INVISIBLE.sub("", text)).strip()


def _one_space(run: re.Match[str]) -> str:
    return run[0][0] if set(run[0]) <= _NO_BREAK else " "


def plain(text: str) -> str:
    """`squeeze` for values that may carry HTML, as those of JSON-LD and meta tags often do (even escaped twice)."""
    for _ in range(2):
        if _ENTITY.search(text):
            text = html.unescape(text)
    return squeeze(_TAG.sub(" ", text) if "<" in text else text)


def fold(text: str) -> str:
    """A key for comparison: lower case, no accents, words separated by one space."""
    if text.isascii():
        return " ".join(_WORD.findall(text.lower()))
    return " ".join(_WORD.findall(_COMBINING.sub("", unicodedata.normalize("NFKD", text)).casefold()))


def words(text: str) -> list[str]:
    """The words of a text, as written."""
    return _WORD.findall(text)


def vocabulary(folded: str) -> set[str]:
    """The words of a folded text that say something: those of more than three letters."""
    return {word for word in folded.split() if len(word) > _SHORT_WORD}


def level(value: int, edges: tuple[int, ...]) -> int:
    """How many of the edges a value reaches: numbers become few names of features."""
    return sum(value >= edge for edge in edges)
