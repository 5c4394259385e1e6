"""What the lines around an article say, read from `languages/*.yaml` and `agencies.yaml`.

All languages are read together: a page mixes them, and the language of a dump is not known when it is read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from news_etl.extract.text import fold

_COUNT = re.compile(r"^(?:\d+ )+|(?: \d+)+$")
_PHRASE_KINDS = ("labels", "share", "navigation", "related", "end", "newsletter", "comments", "paywall", "adverts")
_WORD_KINDS = (
    "byline_prefixes", "byline_ends", "joiners", "roles", "place_words", "source_words", "agency_words",
    "outlet_words", "bio_marks", "published", "updated", "reading_time",
    "credit_words", "caption_words", "picture_words", "logo", "image_placeholders", "list_marks",
)  # fmt: skip


@dataclass(frozen=True)
class Phrases:
    """Folded phrases: `lines` match a whole line, `starts` the beginning of one."""

    lines: frozenset[str]
    starts: tuple[str, ...]

    def whole(self, folded: str) -> bool:
        """Whether a folded line is one of the phrases; a count before or after it does not matter."""
        return folded in self.lines or _COUNT.sub("", folded) in self.lines

    def begins(self, folded: str) -> bool:
        """Whether a folded line begins with one of the phrases, at a word boundary."""
        return f"{folded} ".startswith(self.starts)

    def found(self, folded: str) -> bool:
        """Whether a folded line is, or begins with, one of the phrases."""
        return self.whole(folded) or self.begins(folded)


@dataclass(frozen=True)
class Lexicon:
    """The phrases of every language. Word lists are folded, longest first."""

    phrases: dict[str, Phrases]
    words: dict[str, tuple[str, ...]]
    raw_words: dict[str, tuple[str, ...]]
    ago: dict[str, str]
    """Unit words of relative dates, folded, to minute, hour, day, week or month."""
    ago_marks: tuple[str, ...]
    days: dict[str, int]
    """Words such as "yesterday", folded, to the number of days before the fetch."""
    agencies: frozenset[str]
    picture_agencies: tuple[str, ...]
    """Names that stand at the end of credits, as written."""

    def __getitem__(self, kind: str) -> Phrases:
        return self.phrases[kind]


@cache
def lexicon() -> Lexicon:
    """The lexicon of all languages (read once; it never changes)."""
    folder = files("news_etl.extract") / "languages"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    languages: list[dict[str, Any]] = [yaml.safe_load((folder / name).read_text("utf-8")) for name in names]
    dated = [language for language in languages if "relative" in language]
    names_of = yaml.safe_load((files("news_etl.extract") / "agencies.yaml").read_text("utf-8"))
    return Lexicon(
        phrases={kind: _phrases([language.get(kind, {}) for language in languages]) for kind in _PHRASE_KINDS},
        words={kind: _words([fold(w) for lang in languages for w in lang.get(kind, [])]) for kind in _WORD_KINDS},
        raw_words={kind: _words([w.lower() for lang in languages for w in lang.get(kind, [])]) for kind in _WORD_KINDS},
        ago={fold(w): unit for lang in dated for unit, ws in lang["relative"]["units"].items() for w in ws},
        ago_marks=tuple(fold(language["relative"]["ago"]) for language in dated),
        days=_days(dated),
        agencies=frozenset(map(fold, names_of["agencies"])),
        picture_agencies=tuple(sorted(names_of["picture_agencies"], key=lambda name: (-len(name), name))),
    )


def _phrases(parts: list[dict[str, list[str]]]) -> Phrases:
    lines = frozenset(fold(line) for part in parts for line in part.get("lines", []))
    starts = {f"{fold(start)} " for part in parts for start in part.get("starts", []) if fold(start)}
    return Phrases(lines, tuple(sorted(starts)))


def _words(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({word for word in words if word}, key=lambda word: (-len(word), word)))


def _days(languages: list[dict[str, Any]]) -> dict[str, int]:
    days: dict[str, int] = {}
    for language in languages:
        days.update({fold(word): 0 for word in language["relative"]["today"]})
        days.update({fold(word): 1 for word in language["relative"]["yesterday"]})
    return days


@cache
def any_of(*kinds: str) -> str:
    """A pattern of any word of some lists, as written and longest first within each; for use within another pattern."""
    return "|".join(re.escape(word) for kind in kinds for word in lexicon().raw_words[kind])


@cache
def picture_words() -> re.Pattern[str]:
    """A pattern of words that point into a picture: "(l.)", "von links", "pictured"."""
    words = lexicon().raw_words["picture_words"]
    return re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words), re.IGNORECASE)


@cache
def folded_pattern(kind: str) -> re.Pattern[str]:
    """A pattern of any word of a list at word boundaries, for folded text."""
    return re.compile(rf"\b(?:{'|'.join(re.escape(word) for word in lexicon().words[kind])})\b")


@cache
def starts_of(kind: str) -> tuple[str, ...]:
    """The words of a list with a space after each, for `startswith` on folded text that ends with a space."""
    return tuple(f"{word} " for word in lexicon().words[kind])
