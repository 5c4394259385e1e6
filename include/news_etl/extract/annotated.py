"""Dumps with a label before each line: `label| text`, under header lines `# key: value` (see tests/quality/dumps).

In a byline `[[ ]]` marks an author's name, in a caption or credit `{{ }}` marks the credit; the marks are no text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from news_etl.extract.credits import without_credit_words
from news_etl.extract.lexicon import any_of
from news_etl.extract.text import squeeze

LABELS = frozenset(
    (
        "site_name", "navigation", "label", "kicker", "title", "deck", "byline", "role", "date", "reading_time",
        "caption", "alt", "credit", "share", "paragraph", "heading", "list", "quote", "related", "bio", "newsletter",
        "comments", "paywall", "advert", "tags", "other",
    )
)  # fmt: skip
OF_THE_BODY = ("paragraph", "heading", "list", "quote")
_PICTURES = ("caption", "alt", "credit")
_AUTHOR = re.compile(r"\[\[(.+?)\]\]")
_CREDIT = re.compile(r"\{\{(.+?)\}\}")
_MARKS = re.compile(r"\[\[|\]\]|\{\{|\}\}")
_HEADER = re.compile(r"# (\w+): (.+)")


class AnnotationError(ValueError):
    """A line of an annotated dump cannot be read; the message names file and line."""


@dataclass(frozen=True)
class LabelledLine:
    """A line of a dump as annotated, with its marks. An empty line has no label."""

    label: str
    marked: str

    @property
    def text(self) -> str:
        """The line as it stands in the dump."""
        return _MARKS.sub("", self.marked)


@dataclass(frozen=True)
class AnnotatedDump:
    """A dump, every line labelled; `about` holds the header: layout, fetched_at, published, modified (ISO 8601)."""

    name: str
    about: dict[str, str]
    lines: list[LabelledLine] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The dump as a reader gets it."""
        return "\n".join(line.text for line in self.lines) + "\n"

    def gold(self) -> dict[str, Any]:
        """The fields of the article: title, deck, authors, published, body, paragraphs, headings and images."""
        shown = [line for line in self.lines if line.label]
        return {
            "id": self.name,
            "title": next(line.text for line in shown if line.label == "title"),
            "deck": [line.text for line in shown if line.label == "deck"],
            "authors": list(dict.fromkeys(name for line in shown for name in _AUTHOR.findall(line.marked))),
            "published": self.about.get("published"),
            "body": [line.text for line in shown if line.label in ("deck", *OF_THE_BODY)],
            "paragraphs": [line.text for line in shown if line.label in OF_THE_BODY and line.label != "heading"],
            "headings": [line.text for line in shown if line.label == "heading"],
            "images": [_image(line) for line in shown if line.label in _PICTURES],
        }


def read_annotated(file: Path) -> AnnotatedDump:
    """The annotated dump in a file. Raises AnnotationError for a line without a known label, or not one title."""
    lines = file.read_text("utf-8").split("\n")
    end = next((number for number, line in enumerate(lines) if not line.startswith("# ")), len(lines))
    about = {match[1]: match[2].strip() for line in lines[:end] if (match := _HEADER.match(line))}
    dump = AnnotatedDump(file.stem, about, list(_labelled(file, lines, end + 1)))
    if sum(line.label == "title" for line in dump.lines) != 1:
        raise AnnotationError(f"{file}: not exactly one line is labelled title")
    return dump


def read_set(folder: Path) -> dict[str, AnnotatedDump]:
    """The annotated dumps in the folders of a folder (one a language), by id (`fr/slug`), in order."""
    files = sorted(folder.glob("*/*.txt"))
    return {file.relative_to(folder).with_suffix("").as_posix(): read_annotated(file) for file in files}


def _labelled(file: Path, lines: list[str], start: int) -> Iterator[LabelledLine]:
    for number, line in enumerate(lines[start:], start=start + 1):
        label, bar, text = line.partition("| ")
        if not line.strip():
            yield LabelledLine("", "")
        elif bar and label in LABELS:
            yield LabelledLine(label, text)
        else:
            raise AnnotationError(f"{file}, line {number}: no known label before a bar: {line[:40]!r}")


def _image(line: LabelledLine) -> dict[str, Any]:
    if line.label == "alt":
        return {"alt": line.text}
    credit = [without_credit_words(match[1]) for match in _CREDIT.finditer(line.marked)]
    return {"credit": credit} if line.label == "credit" else {"caption": _without_credit(line.marked), "credit": credit}


def _without_credit(marked: str) -> str:
    """A caption up to its credit, without the sign or the words that announce it ("(Photo: ")."""
    caption, mark, _ = marked.partition("{{")
    return squeeze(_announcing().sub("", caption) if mark else caption)


@cache
def _announcing() -> re.Pattern[str]:
    return re.compile(rf"[\s(\[©:|/–-]*(?:(?<=[\s(\[©])(?:{any_of('credit_words')})[\s:]*)?$", re.IGNORECASE)
