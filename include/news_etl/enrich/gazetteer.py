"""Find listed names in a text: a trie over normalised words, one pass, whatever the tokenizer of the model.

Accents, hyphens, apostrophes and the case of further letters do not count ("Etats Unis" is "États-Unis"); a capital in
the list asks for one in the text, so that "la manche" is no sea. Of several names that begin at a word the longest is
taken.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_UNIT = re.compile(r"[^\W_]+|[^\w\s]|_")
_SKIPPED = frozenset("-',")
"""Marks inside a name that may be there or not."""
LIST_OF_TWO = 2
"""Words. Names up to here are not read over a comma: it separates two names."""
_END = object()
"""The key of what ends at a node: no word."""

SHORT_ACRONYM = 3
"""Letters. Up to here an acronym is written in capitals only; longer ones also as a word: "Otan", "Unesco"."""


@lru_cache(maxsize=100_000)
def fold(text: str) -> str:
    """The text in small letters without accents: how names are compared."""
    decomposed = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).lower()


@dataclass(frozen=True)
class Unit:
    """A word or a mark of a text: `text[start:end]`."""

    text: str
    start: int
    end: int


def units(text: str) -> list[Unit]:
    """The words and marks of a text."""
    return [Unit(match.group(), match.start(), match.end()) for match in _UNIT.finditer(text)]


@dataclass(frozen=True)
class Entry:
    """A listed form of a name."""

    form: str
    label: str
    name: str
    """The canonical name: the first form of the entry."""
    kind: str
    """The section of the list it stands in."""
    code: str | None = None
    """Of places: ISO 3166-1 alpha-2 of the country."""
    ambiguous: bool = False
    """Also an ordinary word or the name of something else: it asks for more evidence than its form."""
    may_be_lower: bool = False
    """The first word may stand in lower case: "le parti socialiste"."""


@dataclass(frozen=True)
class Match:
    """Entries found at `text[start:end]`, in the order of the lists."""

    start: int
    end: int
    words: int
    entries: tuple[Entry, ...]
    bound_before: bool = False
    """A hyphen ties it to the word before: "Russie" in "Ukraine-Russie"."""
    bound_after: bool = False


class Gazetteer:
    """Names to be found in texts. Building takes a pass over the forms, searching a pass over the text."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._root: dict[Any, Any] = {}
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Add a form; several entries may share one."""
        words = [unit.text for unit in units(entry.form) if unit.text not in _SKIPPED]
        if not words:
            return
        node = self._root
        for word in words:
            node = node.setdefault(fold(word), {})
        node.setdefault(_END, []).append((entry, tuple(words)))

    def find(self, text: str, found: list[Unit] | None = None) -> Iterator[Match]:
        """The longest names in a text that do not overlap, from left to right."""
        found = units(text) if found is None else found
        index = 0
        while index < len(found):
            match = self._longest(found, index)
            if match is None:
                index += 1
                continue
            last, hit = match
            yield hit
            index = last + 1

    def _longest(self, found: list[Unit], index: int) -> tuple[int, Match] | None:
        node = self._root
        read: list[Unit] = []
        best: tuple[int, Match] | None = None
        for position in range(index, len(found)):
            unit = found[position]
            if unit.text in _SKIPPED and read:
                continue
            following = node.get(fold(unit.text))
            if following is None:
                break
            node = following
            read.append(unit)
            if _END not in node or (len(read) <= LIST_OF_TWO and any(u.text == "," for u in found[index:position])):
                continue
            entries = tuple(entry for entry, words in node[_END] if _fits(words, read, entry.may_be_lower))
            if entries:
                bound = _is_hyphen(found, index - 1), _is_hyphen(found, position + 1)
                best = position, Match(found[index].start, unit.end, len(read), entries, *bound)
        return best


def _is_hyphen(found: list[Unit], position: int) -> bool:
    """Whether a hyphen stands there, tied to the words on both sides."""
    if not 0 < position < len(found) - 1 or found[position].text != "-":
        return False
    return found[position - 1].end == found[position].start and found[position].end == found[position + 1].start


def _fits(words: tuple[str, ...], read: list[Unit], may_be_lower: bool) -> bool:
    """Whether the words of a text have the capitals of a form; further words may have more ("Union Européenne")."""
    first = _fits_case(words[0], read[0].text) or (may_be_lower and read[0].text[0].islower())
    return first and all(
        _fits_case(word, unit.text) or (word[0].islower() and read[0].text[0].isupper())
        for word, unit in zip(words[1:], read[1:], strict=True)
    )


def _fits_case(word: str, text: str) -> bool:
    """Whether a word of the text has the capitals that the list asks for."""
    if word.isupper() and len(word) > 1:
        return text == word or (len(word) > SHORT_ACRONYM and text == word.capitalize())
    return text[0].isupper() if word[0].isupper() else text[0] == text[0].lower() or text.isupper()
