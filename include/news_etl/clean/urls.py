"""Addresses: one form for each page, so that the same article has the same id wherever it was met."""

import re
from urllib.parse import urljoin, urlsplit

from courlan import normalize_url

MAX_URL_CHARACTERS = 2_083
"""What browsers and sitemaps (sitemaps.org: under 2,048) handle; a longer one is data, not an address."""


_BREAKS = re.compile(r"[\t\r\n]")
"""Browsers pass over these in an address (URL standard of the WHATWG), and read a space as %20."""


def clean_url(url: str | None, base: str | None = None) -> str | None:
    """An absolute http(s) address without fragment and tracking parameters; null where it is none."""
    if not url or len(url) > MAX_URL_CHARACTERS:
        return None
    try:
        absolute = urljoin(base or "", _BREAKS.sub("", url.strip()).replace(" ", "%20"))
        parts = urlsplit(absolute)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return None
        public = parts._replace(fragment="", netloc=parts.netloc.rpartition("@")[2])  # no one's password is published
        return str(normalize_url(public.geturl())) or None
    except ValueError:
        return None


def canonical_url(stated: str | None, url: str | None) -> str | None:
    """The address that the page names as its own, unless that is plainly wrong; else the one it was fetched from.

    Wrong is a canonical link to the front page from a page that is not: many templates carry it.
    """
    fetched = clean_url(url)
    named = clean_url(stated, fetched)
    if named and fetched and _is_front_page(named) and not _is_front_page(fetched):
        return fetched
    return named or fetched


def _is_front_page(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query
