"""JSON-LD of a page: its nodes, resolved and flat, and the one that describes the article."""

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml.html import HtmlElement

from news_etl.extract.text import plain

Node = dict[str, Any]

_OPENING = re.compile(r"(?://\s*)?(?:<!\[CDATA\[|<!--)")
_CLOSINGS = ("]]>", "-->")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_ARTICLE_TYPES = re.compile(r"(?:article|posting|report|review|claimreview)$", re.IGNORECASE)
_LOOSE_TYPES = re.compile(r"(?:webpage|creativework|videoobject)$", re.IGNORECASE)
_MAX_NODES = 5000
_MAX_DEPTH = 12


def load_nodes(tree: HtmlElement) -> list[Node]:
    """Every object of the page's JSON-LD scripts, in document order, graphs and lists opened."""
    nodes: list[Node] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            nodes.extend(_flatten(_parse(script.text), 0))
    return nodes[:_MAX_NODES]


def _parse(text: str) -> Any:
    """The JSON value, after mending what pages get wrong most: comment wrappers, raw line breaks, trailing commas."""
    stripped = _unwrapped(text.strip()).strip().rstrip(";")
    for candidate in (stripped, _TRAILING_COMMA.sub(r"\1", stripped)):
        try:
            return json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _unwrapped(text: str) -> str:
    """The text without a comment mark at either end."""
    if opening := _OPENING.match(text):
        text = text[opening.end() :]
    for mark in _CLOSINGS:
        if text.endswith(mark):
            return text.removesuffix(mark).rstrip().removesuffix("//")
    return text


def _flatten(value: Any, depth: int) -> Iterator[Node]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _flatten(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _flatten(value.get(key), depth + 1)


def types_of(node: Node) -> list[str]:
    """The node's schema.org types."""
    return [str(kind).rsplit("/", 1)[-1] for kind in as_list(node.get("@type"))]


def as_list(value: Any) -> list[Any]:
    """A value that may be one thing, a list (of lists) or nothing, as a flat list."""
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return [inner for item in value for inner in as_list(item)]
    return [value]


def article_node(nodes: list[Node]) -> Node:
    """The node that describes the article, merged from all that do; empty where there is none."""
    strict = [node for node in nodes if any(_ARTICLE_TYPES.search(kind) for kind in types_of(node))]
    strict = [node for node in strict if node.get("headline") or node.get("datePublished") or node.get("name")]
    if strict:
        strict.sort(key=lambda node: -_richness(node))
        return _merged(strict)
    loose = [
        node
        for node in nodes
        if any(_LOOSE_TYPES.search(kind) for kind in types_of(node)) and node.get("datePublished")
    ]
    return _merged(loose) if loose else {}


def _richness(node: Node) -> int:
    """How much a node says about an article: a page may list its teasers as articles, too."""
    named = sum(1 for key in ("headline", "datePublished", "author", "publisher", "articleBody") if node.get(key))
    return named * 10 + min(len(node), 9)


def _merged(found: list[Node]) -> Node:
    """The best node, with the fields it lacks taken from others about the same headline."""
    best = dict(found[0])
    for other in found[1:]:
        if not (best.get("headline") and other.get("headline")) or best["headline"] == other["headline"]:
            for key, value in other.items():
                if not best.get(key):
                    best[key] = value
    return best


class Graph:
    """The nodes of a page, by their `@id`."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes
        self._by_id: dict[str, Node] = {}
        for node in nodes:
            self._index(node, 0)

    def _index(self, node: Any, depth: int) -> None:
        if depth > 4:
            return
        if isinstance(node, list):
            for item in node:
                self._index(item, depth + 1)
        elif isinstance(node, dict):
            key = node.get("@id")
            if isinstance(key, str) and len(node) > len(self._by_id.get(key, {})):
                self._by_id[key] = node
            for value in node.values():
                if isinstance(value, dict | list):
                    self._index(value, depth + 1)

    def resolve(self, value: Any) -> Any:
        """The node that a reference (`{"@id": …}`) points to, or the value itself."""
        if isinstance(value, dict) and isinstance(value.get("@id"), str):
            return {**self._by_id.get(value["@id"], {}), **value}
        return value


def text_of(value: Any) -> str | None:
    """The first plain text in a value: a string, a list of them, or a node with a name."""
    for item in as_list(value):
        named = item.get("@value") or item.get("name") or item.get("headline") if isinstance(item, dict) else item
        if isinstance(named, str) and plain(named):
            return plain(named)
    return None
