"""What a page says in its head against text and data mining, and against training on it."""

import re
from collections.abc import Mapping, Sequence

_NO_AI = ("noai", "noimageai")
"""Directives that publishers put beside `noindex`, a convention; the same stand in the header X-Robots-Tag."""


def meta_opt_outs(meta: Mapping[str, Sequence[str]]) -> list[str]:
    """The reservations in meta tags, by name: `meta:tdm-reservation=1`, `meta:robots noai`.

    The first is of the TDM Reservation Protocol (W3C community group).
    """
    found = [
        f"meta:tdm-reservation={value.strip()}" for value in meta.get("tdm-reservation", ()) if value.strip() == "1"
    ]
    words = [word for value in meta.get("robots", ()) for word in re.split(r"[,\s]+", value.lower())]
    return found + [f"meta:robots {word}" for word in _NO_AI if word in words]
