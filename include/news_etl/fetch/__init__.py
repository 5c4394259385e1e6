"""Fetch: the only door to the network. A client that is polite, careful and keeps what passed on the wire.

fetched    what a fetch gives: one reason from a closed set, the bytes as received, the decoded content
policy     the limits and manners of a run
addresses  which URLs and network addresses may be asked at all
robots     robots.txt (RFC 9309), and what it says of machine learning
optouts    reservations against text and data mining, from headers and robots.txt
hosts      one request at a time to a host, its pauses and its circuit breaker, across the processes of a run
content    content encodings, undone within a limit
wire       one request and its response, recorded byte by byte
client     `Fetcher`, which puts them together

with Fetcher(Policy.of(settings), HostState(folder)) as fetcher:
    fetched = fetcher.get("https://www.example.org/feed.xml", accept=FEEDS)
    if fetched.reason == FetchReason.OK: ...
"""

from news_etl.fetch.client import Fetcher
from news_etl.fetch.fetched import Fetched, FetchReason, Validators
from news_etl.fetch.hosts import HostState
from news_etl.fetch.policy import FEEDS, PAGES, Policy

__all__ = ["FEEDS", "PAGES", "FetchReason", "Fetched", "Fetcher", "HostState", "Policy", "Validators"]
