"""What a fetch gives: exactly one reason, and what was received. A server cannot make a fetch raise."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FetchReason(StrEnum):
    """How a fetch ended. The value stands in `fetch_log`."""

    OK = "ok"
    UNCHANGED = "unchanged"
    """The server sent a body, and it is the one that the caller has: its validators are not to be trusted."""
    NOT_MODIFIED = "not_modified"
    # nothing was asked, by our own decision
    BAD_URL = "bad_url"
    BAD_SCHEME = "bad_scheme"
    PRIVATE_ADDRESS = "private_address"
    ROBOTS_DENIED = "robots_denied"
    ROBOTS_UNREACHABLE = "robots_unreachable"
    CIRCUIT_OPEN = "circuit_open"
    RATE_LIMITED = "rate_limited"
    """The server answered 429, or the host has asked for a longer pause than a run waits."""
    # the server was not reached, or did not answer as HTTP asks
    DNS_FAILED = "dns_failed"
    CONNECT_FAILED = "connect_failed"
    TLS_FAILED = "tls_failed"
    TIMEOUT = "timeout"
    """Silence for longer than the limit."""
    TOO_SLOW = "too_slow"
    """Never silent for long, and not done within the time for a whole answer."""
    PROTOCOL_ERROR = "protocol_error"
    TRUNCATED = "truncated"
    # it answered, and the answer is not taken
    HTTP_STATUS = "http_status"
    REDIRECT_LOOP = "redirect_loop"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    BAD_CONTENT_TYPE = "bad_content_type"
    BAD_ENCODING = "bad_encoding"
    TOO_LARGE = "too_large"
    DECOMPRESSION_BOMB = "decompression_bomb"


class Stopped(Exception):  # noqa: N818 - a verdict on one fetch, not an error of the program
    """A fetch ends here, with this reason. It never leaves the package: `Fetcher.get` returns it."""

    def __init__(self, reason: FetchReason, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.status = status


@dataclass(frozen=True)
class Validators:
    """What is known of an earlier body of the same URL, so that it need not be sent again.

    `sha256` is that of the decoded body; `fetched_at` (UTC) is when the body was last received in full. Servers lie in
    both directions: a new ETag for an old body shows in the hash, and a 304 that never ends is met by asking without
    conditions once the body is older than `Policy.trust_304_seconds`.
    """

    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None
    fetched_at: datetime | None = None


@dataclass(frozen=True)
class Fetched:
    """One fetch. What was received is there whatever the reason, as far as it came; else it is empty or null.

    `response_head` + `body` are the bytes of the response as received, without interim (1xx) responses: the block of a
    WARC response record. `body` keeps its transfer and content encoding; it is null unless it is complete and within
    the limits. `content` is the body without both encodings, and `sha256` its digest.
    `redirects` are the URLs that `url` led to, in order; the last one is `final_url`. `charset` is the declared one
    where it names a character set that Python knows: it may lie. `seconds` is the time of the last exchange.
    """

    url: str
    final_url: str
    reason: FetchReason
    status: int | None = None
    message: str = ""
    request: bytes = b""
    response_head: bytes = b""
    body: bytes | None = None
    content: bytes | None = None
    sha256: str | None = None
    media_type: str | None = None
    charset: str | None = None
    fetched_at: datetime | None = None
    seconds: float = 0.0
    redirects: tuple[str, ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    tdm_opt_out: tuple[str, ...] = ()
    ip_address: str | None = None

    @property
    def ok(self) -> bool:
        """Whether there is a body that the caller did not have."""
        return self.reason is FetchReason.OK

    def validators(self) -> Validators:
        """What the next fetch of this URL should know."""
        return Validators(self.etag, self.last_modified, self.sha256, self.fetched_at)
