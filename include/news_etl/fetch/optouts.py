"""Reservations against text and data mining that a response carries in its headers."""

import re
from collections.abc import Iterable

from news_etl.fetch.robots import signals

_NO_AI = {"noai", "noimageai"}
"""Directives of X-Robots-Tag; the same words stand in `<meta name="robots">`."""


def header_opt_outs(headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The reservations in headers of (lower-case name, value), such as `header:tdm-reservation=1`.

    `TDM-Reservation` is of the TDM Reservation Protocol (W3C community group), `noai` a convention of publishers.
    """
    found: list[str] = []
    for name, value in headers:
        if name == "tdm-reservation" and value.strip() == "1":
            found.append("header:tdm-reservation=1")
        elif name == "x-robots-tag":
            words = re.split(r"[,:\s]+", value.lower())
            found += [f"header:x-robots-tag {word}" for word in words if word in _NO_AI]
        elif name in ("content-signal", "content-usage"):
            found += [f"header:{signal}" for signal in signals([(name, value)])]
    return tuple(dict.fromkeys(found))
