"""A parsed HTML page: its tree, its meta tags, and the text units that stand on it in reading order."""

import re
from dataclasses import dataclass, field
from enum import IntFlag, auto
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from news_etl.extract.sites import NO_RULE, Rule
from news_etl.extract.text import fold, squeeze
from news_etl.outcome import Reason, Rejected

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "video",
        "audio",
        "picture",
        "button",
        "select",
        "label",
        "iframe",
    ]
)
_IGNORED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "math",
        "object",
        "embed",
        "iframe",
        "canvas",
        "head",
        "select",
        "option",
        "input",
        "textarea",
        "map",
        "area",
        "audio",
        "video",
        "link",
        "meta",
        "title",
        "source",
        "track",
        "param",
        "datalist",
    ]
)
_PROSE_CHARS = 100
_MAX_UNITS = 20_000
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


class Flag(IntFlag):
    """What the markup says about the text under an element."""

    FIGURE = auto()
    CAPTION = auto()
    CREDIT = auto()
    HIDDEN = auto()
    NAVIGATION = auto()
    ASIDE = auto()
    RELATED = auto()
    SHARE = auto()
    NEWSLETTER = auto()
    COMMENTS = auto()
    AUTHOR = auto()
    ADVERT = auto()
    FORM = auto()
    META = auto()
    EMBED = auto()
    TABLE = auto()
    LIST = auto()
    QUOTE = auto()
    DECK = auto()
    LINK = auto()


@cache
def _class_patterns() -> tuple[tuple[Flag, re.Pattern[str]], ...]:
    """The patterns of `markup.yaml`, by flag."""
    words = yaml.safe_load((files("news_etl.extract") / "markup.yaml").read_text("utf-8"))
    return tuple(
        (Flag[name.upper()], re.compile(rf"(?<![a-z])(?:{'|'.join(found)})(?![a-z])")) for name, found in words.items()
    )


@cache
def _any_class() -> re.Pattern[str]:
    return re.compile("|".join(pattern.pattern for _, pattern in _class_patterns()))


_TAG_FLAGS = {
    "figure": Flag.FIGURE, "picture": Flag.FIGURE, "figcaption": Flag.FIGURE | Flag.CAPTION, "nav": Flag.NAVIGATION,
    "footer": Flag.NAVIGATION, "aside": Flag.ASIDE, "form": Flag.FORM, "button": Flag.FORM, "label": Flag.FORM,
    "dialog": Flag.FORM, "table": Flag.TABLE, "ul": Flag.LIST, "ol": Flag.LIST, "dl": Flag.LIST,
    "blockquote": Flag.QUOTE, "address": Flag.AUTHOR, "time": Flag.META,
}  # fmt: skip
_ROLE_FLAGS = {
    "navigation": Flag.NAVIGATION, "complementary": Flag.ASIDE, "contentinfo": Flag.NAVIGATION, "dialog": Flag.FORM,
    "search": Flag.FORM, "menu": Flag.NAVIGATION, "banner": Flag.NAVIGATION, "button": Flag.FORM,
    "alertdialog": Flag.FORM,
}  # fmt: skip
_NAMING = ("class", "id", "data-component", "data-testid", "itemprop", "data-type")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass
class Mark:
    """An element that carries flags."""

    element: HtmlElement
    flags: Flag


@dataclass
class Unit:
    """A paragraph, heading, list item or other run of text between block boundaries."""

    text: str
    tag: str
    element: HtmlElement
    """The innermost block element that holds the text."""
    marks: tuple[int, ...]
    """Indexes into `Page.marks`: the flagged elements around the text, outermost first."""
    link_chars: int = 0
    bold_chars: int = 0
    folded: str = ""
    position: int = 0

    @property
    def link_density(self) -> float:
        """Share of the text that is linked."""
        return self.link_chars / max(1, len(self.text))

    @property
    def is_heading(self) -> bool:
        """Whether the markup says heading."""
        return self.tag in _HEADINGS

    def stands_in(self, elements: frozenset[HtmlElement]) -> bool:
        """Whether one of the elements holds the text."""
        return bool(elements) and (self.element in elements or not elements.isdisjoint(self.element.iterancestors()))


@dataclass
class Picture:
    """An image on the page: its element, the number of units before it, and the flagged elements around it."""

    element: HtmlElement
    position: int
    marks: tuple[int, ...]


@dataclass
class Page:
    """What the readers of fields share."""

    tree: HtmlElement
    meta: dict[str, list[str]]
    units: list[Unit] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    @property
    def has_prose(self) -> bool:
        """Whether anything on the page reads like a paragraph."""
        return any(len(unit.text) >= _PROSE_CHARS and unit.link_density < 0.5 for unit in self.units)

    def first_meta(self, *names: str) -> str | None:
        """The first non-empty content of the named meta tags."""
        for name in names:
            for content in self.meta.get(name, ()):
                if content:
                    return content
        return None


def parse_page(text: str, name: str, rule: Rule = NO_RULE) -> Page:
    """The page of an HTML text, without what the site's rule drops.

    Raises Rejected(NOT_AN_ARTICLE) when there is no element in it.
    """
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        tree = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise Rejected(
            Reason.NOT_AN_ARTICLE, f"{name}: no HTML could be parsed ({error}); check what was landed"
        ) from error
    rule.prune(tree)
    page = Page(tree, _read_meta(tree))
    _Walk(page, rule).run()
    if len(page.units) > _MAX_UNITS:
        message = f"{name}: the page has {len(page.units):,} pieces of text; an article has at most {_MAX_UNITS:,}"
        raise Rejected(Reason.TOO_LARGE, message)
    return page


def _read_meta(tree: HtmlElement) -> dict[str, list[str]]:
    meta: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = element.get("content")
        if content:
            for attribute in ("name", "property", "itemprop", "http-equiv"):
                name = element.get(attribute)
                if name:
                    meta.setdefault(name.strip().lower(), []).append(content.strip())
    return meta


def flags_of(element: HtmlElement) -> Flag:
    """The flags that an element's own tag and attributes give."""
    tag = element.tag
    flags = _TAG_FLAGS.get(tag, Flag(0))
    attributes = element.attrib
    if not attributes:
        return flags
    role = attributes.get("role")
    if role:
        flags |= _ROLE_FLAGS.get(role, Flag(0))
    if "hidden" in attributes or attributes.get("aria-hidden") == "true" or _HIDING.search(attributes.get("style", "")):
        flags |= Flag.HIDDEN
    names = " ".join([value for key in _NAMING if (value := attributes.get(key))])
    return flags | _flags_of_names(names) if names else flags


@lru_cache(maxsize=8192)
def _flags_of_names(names: str) -> Flag:
    """The flags that the words of class, id and the like give; a page repeats them a hundred times."""
    flags = Flag(0)
    lowered = _CAMEL.sub("-", names).lower().replace("_", "-")
    if _any_class().search(lowered):
        for flag, pattern in _class_patterns():
            if pattern.search(lowered):
                flags |= flag
    return flags


class _Walk:
    """One pass over the body that cuts its text into units."""

    def __init__(self, page: Page, rule: Rule) -> None:
        self.page = page
        self.rule = rule
        self.stack: list[int] = []
        self.blocks: list[HtmlElement] = []
        self.parts: list[str] = []
        self.link_chars = 0
        self.bold_chars = 0
        self.links = 0
        self.bolds = 0

    def run(self) -> None:
        body = self.page.tree.find("body")
        if body is None:
            return
        self.blocks.append(body)
        walk: Any = etree.iterwalk(body, events=("start", "end"))
        for event, element in walk:
            tag = element.tag
            if not isinstance(tag, str):
                continue
            if event == "start":
                if tag in _IGNORED:
                    walk.skip_subtree()
                else:
                    self._open(element, tag)
            else:
                self._close(element, tag)
                if element is not body and element.tail:
                    self._text(element.tail)
        self._flush()

    def _open(self, element: HtmlElement, tag: str) -> None:
        if tag == "br":
            self.parts.append("\n")
            return
        if tag in ("img", "figure"):
            self.page.pictures.append(Picture(element, len(self.page.units), tuple(self.stack)))
        if tag in _BLOCKS:
            self._flush()
            self.blocks.append(element)
        flags = flags_of(element)
        if flags:
            self.page.marks.append(Mark(element, flags))
            self.stack.append(len(self.page.marks) - 1)
        if tag == "a":
            self.links += 1
        elif tag in ("b", "strong"):
            self.bolds += 1
        if element.text:
            self._text(element.text)

    def _close(self, element: HtmlElement, tag: str) -> None:
        if tag in _IGNORED or tag == "br":
            return
        if tag in _BLOCKS:
            self._flush()
            if self.blocks and self.blocks[-1] is element:
                self.blocks.pop()
        if self.stack and self.page.marks[self.stack[-1]].element is element:
            self.stack.pop()
        if tag == "a":
            self.links -= 1
        elif tag in ("b", "strong"):
            self.bolds -= 1

    def _text(self, text: str) -> None:
        self.parts.append(text)
        if self.links or self.bolds:
            size = len(text.strip())
            self.link_chars += size if self.links else 0
            self.bold_chars += size if self.bolds else 0

    def _flush(self) -> None:
        if self.parts:
            raw = "".join(self.parts)
            pieces = [raw] if "\n" not in raw else _paragraphs(self.parts)
            for piece in pieces:
                text = squeeze(piece)
                if text and not self.rule.drops(text):
                    self._add(text, 1.0 if len(pieces) == 1 else len(text) / max(1, len(raw)))
        self.parts = []
        self.link_chars = self.bold_chars = 0

    def _add(self, text: str, share: float) -> None:
        block = self.blocks[-1] if self.blocks else self.page.tree
        unit = Unit(
            text=text,
            tag=str(block.tag),
            element=block,
            marks=tuple(self.stack),
            link_chars=round(self.link_chars * share),
            bold_chars=round(self.bold_chars * share),
            folded=fold(text),
            position=len(self.page.units),
        )
        self.page.units.append(unit)


def _paragraphs(parts: list[str]) -> list[str]:
    """Two line breaks (`<br><br>`) part paragraphs, one does not; line feeds of the source are mere spaces."""
    text = "".join(part if part == "\n" else part.replace("\n", " ") for part in parts)
    return re.split(r"\n\s*\n", text)
