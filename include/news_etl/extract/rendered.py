"""Text dumps made from annotated pages, to train the line classifiers on more sites than there are dumps of.

What copying from a browser gives is the text units of a page with the alternative texts of its pictures between them:
of the article's own container when the selection is narrow, of more of the page when it is wide.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

from news_etl.extract.html import Prepared
from news_etl.extract.page import Page, Unit
from news_etl.extract.text import fold, squeeze

_NEARLY_ALL = 0.9
"""Share of the annotated body that a container of the article holds."""
_WIDER = 1.3
_MAX_CHARS = 200_000
_MIN_WORDS_INSIDE = 5


@dataclass
class Rendering:
    """A dump of a page. `narrow`: of the smallest container of title and body, not of more of the page."""

    text: str
    narrow: bool


@dataclass
class _Held:
    """How much of the annotated body each element holds, and which elements hold the title."""

    body: Counter[HtmlElement] = field(default_factory=Counter)
    titled: set[HtmlElement] = field(default_factory=set)


def titled_gold(gold: dict[str, Any], prepared: Prepared) -> dict[str, Any]:
    """The annotation, with the page's own title where it has a body alone."""
    if "body_text" not in gold:
        return gold
    return {**gold, "title": prepared.metadata.title_page or prepared.metadata.title}


def renderings(prepared: Prepared, gold: dict[str, Any]) -> Iterator[Rendering]:
    """A narrow dump of the page and a wide one, where there are elements that hold title and body."""
    containers = _containers(prepared.page, gold)
    if not containers:
        return
    narrow = _lines(prepared.page, containers[0])
    yield Rendering("\n\n".join(narrow), narrow=True)
    for container in containers[1:]:
        wide = _lines(prepared.page, container)
        if len(wide) >= _WIDER * len(narrow) + 3:
            text = "\n\n".join(wide)
            if len(text) <= _MAX_CHARS:
                yield Rendering(text, narrow=False)
            return


def _containers(page: Page, gold: dict[str, Any]) -> list[HtmlElement]:
    """The elements that hold the title and nearly all of the body, smallest first."""
    title = fold(gold.get("title") or "")
    paragraphs = gold["body_text"].split("\n") if gold.get("body_text") else gold.get("paragraphs", [])
    exact = set(map(fold, paragraphs)) - {""}
    body = f" {' '.join(map(fold, paragraphs))} "
    held, total = _Held(), 0
    for unit in page.units:
        if unit.folded == title:
            held.titled.update(_chain(unit))
        if unit.folded in exact or (unit.folded.count(" ") >= _MIN_WORDS_INSIDE and f" {unit.folded} " in body):
            total += len(unit.folded)
            for element in _chain(unit):
                held.body[element] += len(unit.folded)
    able = [element for element, size in held.body.items() if size >= _NEARLY_ALL * total and element in held.titled]
    return sorted(able, key=lambda element: sum(1 for _ in element.iter()))


def _chain(unit: Unit) -> list[HtmlElement]:
    return [unit.element, *unit.element.iterancestors()]


def _lines(page: Page, container: HtmlElement) -> list[str]:
    """The text units in an element, with the alternative texts of its pictures before what follows them."""
    inside = set(container.iter())
    items = [(unit.position, 1, unit.text) for unit in page.units if unit.element in inside]
    for picture in page.pictures:
        alt = squeeze(picture.element.get("alt") or "") if picture.element.tag == "img" else ""
        if alt and picture.element in inside:
            items.append((picture.position, 0, alt))
    return [text for _, _, text in sorted(items, key=lambda item: item[:2])]
