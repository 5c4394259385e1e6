"""The pictures of a page: address, caption, credit and alternative text, kept apart."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from lxml.html import HtmlElement

from news_etl.article import Image
from news_etl.extract.credits import join_credit, split_credit
from news_etl.extract.jsonld import Node, as_list, text_of
from news_etl.extract.lexicon import lexicon
from news_etl.extract.page import Flag, Page, Picture, Unit, flags_of
from news_etl.extract.text import fold, squeeze

_SOURCES = ("src", "data-src", "data-lazy-src", "data-original", "data-srcset", "srcset")
_MAX_CAPTION = 700
_MAX_UNITS = 7
_MAX_CLIMB = 7
_ABOVE = 25
"""How many units above the headline's end of the body a picture of the article may stand."""
_HEADINGS = frozenset(("h1", "h2", "h3"))
_SITE_PARTS = frozenset(("header", "nav", "footer"))
_ARTICLE_PARTS = frozenset(("article", "main", "figure"))
_OUTSIDE = Flag.NAVIGATION | Flag.RELATED | Flag.AUTHOR | Flag.COMMENTS | Flag.ADVERT | Flag.NEWSLETTER | Flag.SHARE


@dataclass
class Box:
    """The element that holds a picture and the lines about it, and nothing of the article's text."""

    element: HtmlElement
    picture: Picture
    units: list[Unit]


def find_boxes(page: Page) -> list[Box]:
    """The picture boxes of a page, in order. Each unit belongs to one box at most."""
    size: Counter[HtmlElement] = Counter()
    held: dict[HtmlElement, list[Unit]] = {}
    for unit in page.units:
        for element in (unit.element, *unit.element.iterancestors()):
            size[element] += len(unit.text)
            held.setdefault(element, []).append(unit)
    sources: dict[HtmlElement, set[str]] = {}
    for picture in page.pictures:
        if picture.element.tag == "img":
            key = picture.element.get("alt") or picture.element.get("src") or ""
            for element in picture.element.iterancestors():
                sources.setdefault(element, set()).add(key)
    boxes: list[Box] = []
    taken: set[HtmlElement] = set()
    for picture in page.pictures:
        element = _climb(picture.element, size, held, sources)
        if element not in taken and taken.isdisjoint(element.iterancestors()):
            taken.add(element)
            boxes.append(Box(element, picture, held.get(element, [])))
    return boxes


def _climb(
    start: HtmlElement,
    size: Counter[HtmlElement],
    held: dict[HtmlElement, list[Unit]],
    sources: dict[HtmlElement, set[str]],
) -> HtmlElement:
    """The outermost element around a picture that still holds only it and a caption's worth of text."""
    best = start
    for depth, element in enumerate(start.iterancestors()):
        units = held.get(element, [])
        if depth >= _MAX_CLIMB or element.tag in ("body", "article", "main") or len(units) > _MAX_UNITS:
            break
        if size[element] > _MAX_CAPTION or len(sources.get(element, ())) > 1:
            break
        if any(unit.tag in _HEADINGS for unit in units):
            break
        best = element
    return best


def read_images(
    page: Page, boxes: list[Box], chosen: Iterable[Unit], url: str | None, node: Node | None
) -> list[Image]:
    """The pictures between the headline and the end of the body, then those that only JSON-LD describes."""
    positions = [unit.position for unit in chosen]
    first, last = (min(positions), max(positions)) if positions else (0, 0)
    own = set(positions)
    images: list[Image] = []
    for box in boxes:
        if not first - _ABOVE <= box.picture.position <= last + 1 or own & {unit.position for unit in box.units}:
            continue
        if any(page.marks[mark].flags & _OUTSIDE for mark in box.picture.marks[-4:]) and not _captioned(page, box):
            continue
        if _is_of_the_site(box.picture.element):
            continue
        image = _read_box(page, box, url)
        if image is not None:
            _add(images, image)
    for image in _described(node):
        _add(images, image)
    return images


def _is_of_the_site(element: HtmlElement) -> bool:
    """Whether a picture stands in the header or footer of the site, outside the article: its logo, not a photograph."""
    around = {ancestor.tag for ancestor in element.iterancestors()}
    return bool(around & _SITE_PARTS) and not around & _ARTICLE_PARTS


def _captioned(page: Page, box: Box) -> bool:
    return any(page.marks[mark].flags & Flag.CAPTION for unit in box.units for mark in unit.marks)


def _add(images: list[Image], image: Image) -> None:
    """Add a picture, or what it says more of one that is known."""
    for known in images:
        same_address = image.url is not None and image.url == known.url
        same_caption = (
            image.caption is not None and known.caption is not None and fold(image.caption) == fold(known.caption)
        )
        if same_address or same_caption:
            known.caption = known.caption or image.caption
            known.credit = known.credit or image.credit
            known.alt = known.alt or image.alt
            return
    images.append(image)


def _read_box(page: Page, box: Box, url: str | None) -> Image | None:
    element = box.picture.element
    picture = element if element.tag == "img" else next(element.iter("img"), None)
    alt = squeeze(picture.get("alt") or "") if picture is not None else ""
    captions: list[str] = []
    credits: list[str] = []
    for unit in box.units:
        if not _is_control(unit):
            _sort_pieces(page, unit, captions, credits)
    caption, credit = _settle(captions, credits, alt)
    address = _address(picture, url)
    if not (caption or credit or alt or address):
        return None
    return Image(url=address, caption=caption, credit=credit, alt=alt or None)


def _is_control(unit: Unit) -> bool:
    words = lexicon()
    controls = ("share", "navigation", "related", "newsletter", "comments")
    return unit.folded in words.words["image_placeholders"] or any(words[kind].whole(unit.folded) for kind in controls)


def _sort_pieces(page: Page, unit: Unit, captions: list[str], credits: list[str]) -> None:
    """Put the pieces of a unit where they belong: elements called "credit" to the credits, the rest to the captions."""
    if any(page.marks[mark].flags & Flag.CREDIT for mark in unit.marks[-2:]):
        credits.append(unit.text)
        return
    marked = [
        child
        for child in unit.element.iterdescendants()
        if isinstance(child.tag, str) and flags_of(child) & Flag.CREDIT
    ]
    rest = unit.text
    for child in marked:
        text = squeeze(child.text_content())
        if text and text in rest:
            credits.append(text)
            rest = squeeze(rest.replace(text, " "))
    if not marked:
        rest = join_credit(unit.text, _last_piece(unit.element))
    if rest:
        captions.append(rest)


def _last_piece(element: HtmlElement) -> str | None:
    """The text of the last inline element, when a caption ends with one: often the credit."""
    children = [child for child in element if isinstance(child.tag, str) and squeeze(child.text_content())]
    if (
        not children
        or squeeze(children[-1].tail or "")
        or (children[-1].tag in ("a", "strong", "b") and not (element.text or "").strip())
    ):
        return None
    return squeeze(children[-1].text_content())


def _settle(captions: list[str], credits: list[str], alt: str) -> tuple[str | None, str | None]:
    """One caption and one credit of all pieces."""
    texts = list(dict.fromkeys(captions))
    found = [split_credit(text)[1] or text for text in credits]
    kept: list[str] = []
    for index, text in enumerate(texts):
        caption, credit = split_credit(text)
        short = len(text.split()) <= 8 and not text.endswith((".", "!", "?"))
        if credit:
            found.append(credit)
        elif index and short and index == len(texts) - 1 and not found and fold(text) not in fold(alt):
            found.append(text)
            caption = None
        if caption:
            kept.append(caption)
    return " ".join(kept) or None, " ".join(dict.fromkeys(found)) or None


def _described(node: Node | None) -> list[Image]:
    """Pictures that JSON-LD describes with a caption or a credit."""
    images: list[Image] = []
    for value in as_list((node or {}).get("image")):
        if isinstance(value, dict):
            caption = text_of(value.get("caption")) or text_of(value.get("description"))
            credit = (
                text_of(value.get("creditText"))
                or text_of(value.get("copyrightHolder"))
                or text_of(value.get("author"))
            )
            address: Any = value.get("url") or value.get("contentUrl")
            if caption or credit:
                split = split_credit(caption or "")
                images.append(Image(url=text_of(address), caption=split[0], credit=credit or split[1]))
    return images


def _address(picture: HtmlElement | None, url: str | None) -> str | None:
    if picture is None:
        return None
    for name in _SOURCES:
        value = (picture.get(name) or "").strip().split(",")[0].split(" ")[0]
        if value and not value.startswith("data:"):
            try:
                return str(urljoin(url or "", value))
            except ValueError:
                return None
    return None
