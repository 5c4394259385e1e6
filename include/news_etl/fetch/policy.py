"""The manners and limits of a collection run. Each number says where it comes from."""

from collections.abc import Iterable
from dataclasses import dataclass

from news_etl.settings import Settings

PAGES = frozenset({"text/html", "application/xhtml+xml"})
"""Media types of article pages."""

FEEDS = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "application/json",
        "application/xml",
        "text/xml",
        "application/gzip",  # a sitemap that is a file, sitemap.xml.gz
        "application/x-gzip",
        "application/octet-stream",  # what servers say of a file type that they do not know
        "text/plain",
        "text/html",
    }
)
"""Media types under which feeds and sitemaps are served; what they are is seen from their content."""


@dataclass(frozen=True)
class Policy:
    """How a run behaves towards servers. Times are in seconds, sizes in bytes."""

    user_agent: str = "news-etl"
    """`product/version (+contact)`: the product is the name that robots.txt rules are looked up by."""
    private_hosts: frozenset[str] = frozenset()
    """Hosts that may have a loopback or private address: those of a source that says `allow_private`. Link-local and
    metadata addresses are refused even so."""

    min_delay: float = 1.0
    """From the end of one request to a host to the start of the next."""
    max_crawl_delay: float = 60.0
    """A longer crawl-delay counts as this: at a minute a page, an hour's news of a large site can still be fetched."""
    max_wait: float = 120.0
    """A host that asks for a longer pause (Retry-After) is left for a later run."""

    connect_seconds: float = 10.0
    read_seconds: float = 20.0
    """Of silence."""
    total_seconds: float = 60.0
    """For a whole exchange, from the look-up of the name to the last byte."""

    max_bytes: int = 20_000_000
    """Of a body as received, and of its decoded content: news pages stay below 5 MB."""
    max_redirects: int = 5
    """RFC 9309 asks for at least five for robots.txt."""

    attempts: int = 3
    backoff_seconds: float = 2.0
    """Before the second attempt; doubled for each further failure in a row, with jitter."""
    breaker_failures: int = 5
    """Failures of a host in a row after which it is left alone …"""
    breaker_seconds: float = 900.0
    """… for this long; then one request tries it."""

    robots_seconds: float = 86_400.0
    """RFC 9309: robots.txt should not be used for more than 24 hours."""
    robots_retry_seconds: float = 600.0
    """How long an unreachable robots.txt is believed to be so."""
    trust_304_seconds: float = 86_400.0
    """A body older than this is fetched without conditions: a server that always answers 304 hides news."""

    @property
    def product(self) -> str:
        """The product token of the user agent."""
        return self.user_agent.partition("/")[0].split()[0]

    @classmethod
    def of(cls, settings: Settings, private_hosts: Iterable[str] = ()) -> "Policy":
        """The policy of these settings; what a source asks for besides is set with `dataclasses.replace`."""
        return cls(settings.user_agent, frozenset(private_hosts), max_bytes=settings.max_document_bytes)
