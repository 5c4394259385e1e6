"""Rules for single sites, each for a span of time: where reading pages in general fails on one of them.

They are data, in `sites/*.yaml`, one file a site. A rule points to fields by selectors and drops what does not belong
to the article; what it does not mention is read as everywhere. Old pages are read with the rule of their time.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from cssselect import HTMLTranslator, SelectorError
from lxml import etree
from lxml.html import HtmlElement
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from news_etl import yaml_lines
from news_etl.document import Document
from news_etl.extract.text import squeeze
from news_etl.outcome import BrokenContract

SITE_RULE = "site rule"
"""What `field_provenance` says of a field that a rule gave."""

_TIME_ATTRIBUTES = ("datetime", "content", "title")


class SitesError(BrokenContract):
    """A file of site rules cannot be used. The message has a line for each fault: file, line, field, what is wrong."""


@cache
def _compiled(selector: str) -> etree.XPath:
    """A selector: XPath where it begins like a path (`//p`, `./p`, `(//p)[1]`), else CSS."""
    is_path = selector.startswith(("/", "./", "("))
    return etree.XPath(selector if is_path else HTMLTranslator().css_to_xpath(selector))


def _selector(text: str) -> str:
    try:
        _compiled(text)
    except (SelectorError, etree.XPathError) as error:
        raise ValueError(f"{text!r} is neither a CSS selector nor an XPath: {error}") from None
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


Selector = Annotated[str, AfterValidator(_selector)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class Rule(BaseModel):
    """How a site's articles are read within a span of time. Every field but `why` may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    why: Annotated[str, Field(min_length=1, description="What goes wrong without it.")]
    valid_from: Annotated[date | None, Field(description="First day; the day of the fetch counts.")] = None
    valid_until: Annotated[date | None, Field(description="Last day.")] = None
    title: Annotated[Selector | None, Field(description="The element with the headline.")] = None
    deck: Annotated[Selector | None, Field(description="The elements with the text under the headline.")] = None
    authors: Annotated[Selector | None, Field(description="The elements with names.")] = None
    published: Annotated[Selector | None, Field(description="The element with the time of publication.")] = None
    body: Annotated[Selector | None, Field(description="The elements that hold the article's text.")] = None
    drop: Annotated[tuple[Selector, ...], Field(description="Elements that are no part of the article.")] = ()
    drop_lines: Annotated[
        tuple[Pattern, ...],
        Field(description="Lines that are no part of it, of pages and dumps: regular expressions, matched whole."),
    ] = ()

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "Rule":
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise ValueError(f"valid_from {self.valid_from} lies after valid_until {self.valid_until}")
        return self

    def holds_on(self, day: date) -> bool:
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)

    def prune(self, tree: HtmlElement) -> None:
        """Remove the elements that the rule drops."""
        for element in [element for selector in self.drop for element in _select(selector, tree)]:
            if element.getparent() is not None:
                element.drop_tree()

    def drops(self, line: str) -> bool:
        return any(re.fullmatch(pattern, line) for pattern in self.drop_lines)

    def texts(self, selector: str | None, tree: HtmlElement) -> list[str]:
        """The texts of the selected elements; none where the rule has no such selector."""
        found = (squeeze(element.text_content()) for element in _select(selector, tree))
        return [text for text in found if text]

    def times(self, tree: HtmlElement) -> list[str]:
        """What the element with the time of publication says, for machines first."""
        elements = _select(self.published, tree)
        stated = [element.get(name) for element in elements for name in _TIME_ATTRIBUTES]
        return [*filter(None, stated), *self.texts(self.published, tree)]

    def body_elements(self, tree: HtmlElement) -> frozenset[HtmlElement]:
        """The elements that hold the article's text."""
        return frozenset(_select(self.body, tree))


def _select(selector: str | None, tree: HtmlElement) -> list[HtmlElement]:
    found = _compiled(selector)(tree) if selector else []
    return [item for item in found if isinstance(item, HtmlElement)] if isinstance(found, list) else []


NO_RULE = Rule(why="what most sites have")


class Site(BaseModel):
    """A file of rules, and which documents they are for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: Annotated[tuple[str, ...], Field(description="Hosts; those below them are meant too.")] = ()
    sources: Annotated[tuple[str, ...], Field(description="Ids of sources, for documents without an address.")] = ()
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @field_validator("rules")
    @classmethod
    def _one_a_day(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        ordered = sorted(rules, key=lambda rule: rule.valid_from or date.min)
        for before, after in pairwise(ordered):
            shared = after.valid_from or date.min
            if before.holds_on(shared):
                raise ValueError(f"two rules hold on {shared}: a day has one")
        return rules

    def covers(self, document: Document) -> bool:
        try:
            host = urlsplit(document.url or "").hostname or ""
        except ValueError:
            host = ""
        return any(f".{host}".endswith(f".{name}") for name in self.hosts) or document.source in self.sources


def load_sites(folder: Path) -> tuple[Site, ...]:
    """The sites of a folder.

    Raises:
        SitesError: with a line for each fault.
    """
    try:
        return tuple(yaml_lines.load(path, Site) for path in sorted(folder.glob("*.yaml")))
    except ValueError as error:
        raise SitesError(str(error)) from None


@cache
def sites() -> tuple[Site, ...]:
    """The sites that have rules (read once; they never change).

    Raises:
        SitesError: when a file cannot be used.
    """
    with as_file(files("news_etl.extract") / "sites") as folder:
        return load_sites(folder)


def rule_for(document: Document, own_day: Callable[[], date | None]) -> Rule:
    """The rule of a document's site and time; one that changes nothing where there is none.

    The layout is that of the day of the fetch; where it is not known, the day of publication (`own_day`, asked only
    then) or the day it is filed under must do, and a document without any is read as today's.
    """
    site = next((site for site in sites() if site.covers(document)), None)
    if site is None:
        return NO_RULE
    day = (document.fetched_at.date() if document.fetched_at else own_day()) or document.day or date.max
    return next((rule for rule in site.rules if rule.holds_on(day)), NO_RULE)
