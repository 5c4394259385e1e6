"""robots.txt as RFC 9309 has it, and what it and its neighbour tdmrep.json say about training and mining.

A missing robots.txt (4xx) allows everything; one that cannot be reached (5xx, no answer) forbids everything.
"""

import json
import re
from functools import cache
from pathlib import Path

import yaml
from protego import Protego

from news_etl.fetch.fetched import FetchReason

TDMREP = "/.well-known/tdmrep.json"
"""Where a site reserves text and data mining for parts of it, by the TDM Reservation Protocol (W3C community group)."""

MAX_BYTES = 512_000
"""RFC 9309 asks for at least 500 KiB; what comes after is not read."""

_AGENT = re.compile(r"^([ \t]*user-?agent[ \t]*:)([^#/\r\n]*)(/[^#\r\n]*)?", re.IGNORECASE | re.MULTILINE)
"""A line that names a crawler; a version after the product token means nothing."""

_SIGNAL = re.compile(r"^[ \t]*(content-signal|content-usage)[ \t]*:[ \t]*([^#\r\n]*)", re.IGNORECASE | re.MULTILINE)


@cache
def ai_agents() -> tuple[str, ...]:
    """The product tokens of crawlers that collect for training or text and data mining."""
    listed = yaml.safe_load((Path(__file__).parent / "ai_agents.yaml").read_text(encoding="utf-8"))
    return tuple(str(name) for name in listed)


class Robots:
    """The rules of one origin. `reason` is null where there are rules or none are needed.

    Else it says why they are not known, and nothing may be fetched. `tdmrep` is the text of the site's tdmrep.json.
    """

    def __init__(self, text: str = "", reason: FetchReason | None = None, message: str = "", tdmrep: str = "") -> None:
        self.text = text
        self.tdmrep = tdmrep
        self._reserved = Protego.parse(_reserved(tdmrep))
        self.reason = reason
        self.message = message
        text = _AGENT.sub(r"\1\2", text)
        self._rules = Protego.parse(text)
        self._named = {name.strip().lower() for _, name, _ in _AGENT.findall(text)}
        self._agents = [name for name in ai_agents() if name.lower() in self._named]
        self._signals = tuple(f"robots:{signal}" for signal in signals(_SIGNAL.findall(text)))

    def allows(self, url: str, product: str) -> bool:
        """Whether the crawler of that product token may fetch the URL."""
        return bool(self._rules.can_fetch(url, self._group(product)))

    def delay(self, product: str) -> float:
        """Seconds between requests that the site asks for, 0 where it does not."""
        group = self._group(product)
        rate = self._rules.request_rate(group)
        return max(self._rules.crawl_delay(group) or 0.0, rate.seconds / rate.requests if rate else 0.0)

    def sitemaps(self) -> tuple[str, ...]:
        """The URLs of sitemaps that the file names."""
        return tuple(self._rules.sitemaps)

    def opt_outs(self, url: str) -> tuple[str, ...]:
        """What is reserved: `tdmrep.json`, `robots:GPTBot`, `robots:content-signal ai-train=no`.

        Crawlers count that it names in groups of their own and keeps from this URL.
        """
        mining = () if self._reserved.can_fetch(url, "*") else ("tdmrep.json",)
        return (*mining, *(f"robots:{name}" for name in self._agents if not self.allows(url, name)), *self._signals)

    def _group(self, product: str) -> str:
        """The group that applies: the product's own, else that of everyone.

        RFC 9309 matches whole product tokens, where the library takes the beginning of one as well.
        """
        return product if product.lower() in self._named else "*"


def _reserved(tdmrep: str) -> str:
    """The reservations of a tdmrep.json as rules of a robots.txt: its locations are patterns of the same kind."""
    try:
        rules = json.loads(tdmrep or "[]")
    except (ValueError, RecursionError):
        return ""
    lines = ["User-agent: *"]
    for rule in rules if isinstance(rules, list) else [rules]:
        if isinstance(rule, dict) and isinstance(rule.get("location"), str):
            word = "Disallow" if rule.get("tdm-reservation") in (1, "1") else "Allow"
            lines.append(f"{word}: {' '.join(rule['location'].split())}")
    return "\n".join(lines)


def signals(statements: list[tuple[str, str]]) -> list[str]:
    """The refusals in statements of a name and a value such as `ai-train=no, search=yes`: each once, in order.

    `Content-Signal` is Cloudflare's, `Content-Usage` that of the IETF's AI Preferences working group.
    """
    refusals = {"ai-train=no", "ai-input=no", "train-ai=n", "train-genai=n"}
    found = [
        f"{name.lower()} {term}"
        for name, value in statements
        for term in re.split(r"[,;\s]+", re.sub(r"\s*=\s*", "=", value.lower()))
        if term in refusals
    ]
    return list(dict.fromkeys(found))
