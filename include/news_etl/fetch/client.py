"""`Fetcher`: one URL in, one `Fetched` out, whatever the server does."""

import hashlib
import logging
import time
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

from news_etl.fetch.addresses import Target, parse
from news_etl.fetch.content import ACCEPT_ENCODING
from news_etl.fetch.fetched import Fetched, FetchReason, Stopped, Validators
from news_etl.fetch.hosts import HostState, LockedFile
from news_etl.fetch.optouts import header_opt_outs
from news_etl.fetch.policy import PAGES, Policy
from news_etl.fetch.robots import MAX_BYTES as ROBOTS_BYTES
from news_etl.fetch.robots import TDMREP, Robots
from news_etl.fetch.wire import Exchange, Failed, Wire

log = logging.getLogger(__name__)

REDIRECTS = (301, 302, 303, 307, 308)
TRANSIENT_STATUS = (429, 500, 502, 503, 504)
EMPTY_STATUS = (204, 205)
"""There is a robots.txt and nothing in it. Other odd successes (202 of a guard, 206) are not taken for one."""
TRANSIENT = (
    FetchReason.CONNECT_FAILED,
    FetchReason.TIMEOUT,
    FetchReason.PROTOCOL_ERROR,
    FetchReason.TRUNCATED,
)
ILL_HEALTH = (*TRANSIENT, FetchReason.DNS_FAILED, FetchReason.TOO_SLOW, FetchReason.TLS_FAILED)
"""Reasons that count against the host; the others are about one URL."""

TELLING = (
    FetchReason.DNS_FAILED,
    FetchReason.CONNECT_FAILED,
    FetchReason.TLS_FAILED,
    FetchReason.PRIVATE_ADDRESS,
    FetchReason.CIRCUIT_OPEN,
    FetchReason.RATE_LIMITED,
)
"""What befalls robots.txt and would befall the page in the same way: said as it is, not as `robots_unreachable`."""


class Fetcher:
    """Fetches URLs as the policy has it. One a process and collection run; threads share it.

    `state` is the memory about hosts that the processes of a run share; without one it is this fetcher's own.
    """

    def __init__(self, policy: Policy, state: HostState | None = None) -> None:
        self._policy = policy
        self._own_state = None if state else HostState()
        self._hosts = state or self._own_state or HostState()
        self._wire = Wire(policy)
        self._robots: dict[str, tuple[float, Robots]] = {}
        self._delays: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._wire.close()
        if self._own_state:
            self._own_state.close()

    def get(self, url: str, validators: Validators | None = None, accept: frozenset[str] = PAGES) -> Fetched:
        """Fetch a URL, waiting for the host's turn; redirects are followed, each as carefully as the first URL.

        `accept` are the media types that are taken, all where it is empty; a response that names none is taken too.
        Never raises for what a server, a name or a URL does: that is in `Fetched.reason`.
        """
        trail: list[str] = []
        known = self._trusted(validators)
        try:
            exchange = self._follow(url, trail, self._headers(known, accept), accept)
            fetched = self._fetched(url, trail, exchange, *self._verdict(exchange, known))
        except Failed as failure:
            fetched = self._fetched(url, trail, failure.exchange, failure.reason, failure.message)
        except Stopped as stop:
            fetched = Fetched(url, [url, *trail][-1], stop.reason, message=stop.message, redirects=tuple(trail[1:]))
        log.debug("%s: %s %s", url, fetched.reason, fetched.message)
        return fetched

    def robots(self, url: str) -> Robots:
        """The robots.txt that holds for a URL, fetched when it is not known or too old: its sitemaps, say.

        Raises:
            ValueError: for a URL that is none.
        """
        try:
            return self._rules(parse(url))
        except Stopped as stop:
            raise ValueError(f"{url}: {stop.message}") from None

    # ---- one URL

    def _follow(
        self, url: str, trail: list[str], headers: list[tuple[str, str]], accept: frozenset[str], rules: bool = True
    ) -> Exchange:
        """The answer at the end of the redirects that start at `url`; each URL that is asked is added to the trail."""
        target = parse(url)
        while True:
            trail.append(target.url)
            if rules:
                self._obey(target)
            exchange = self._attempt(target, headers, accept)
            location = _as_utf8(exchange.header("location") or "")
            if exchange.status not in REDIRECTS or not location:
                return exchange
            if len(trail) > self._policy.max_redirects:
                message = f"more than {self._policy.max_redirects} redirects"
                raise Failed(FetchReason.TOO_MANY_REDIRECTS, message, exchange)
            target = parse(location, base=target.url)
            if target.url in trail:
                raise Failed(FetchReason.REDIRECT_LOOP, f"leads back to {target.url}", exchange)

    def _attempt(self, target: Target, headers: list[tuple[str, str]], accept: frozenset[str]) -> Exchange:
        """One answer, asked for again where the failure is one that passes.

        Raises:
            Stopped: without an exchange where none was begun.
        """
        policy = self._policy
        for left in range(policy.attempts - 1, -1, -1):
            failure: Failed | None = None
            with self._hosts.turn(target.host, self._delay(target), policy) as turn:
                try:
                    exchange = self._wire.get(target, headers, accept)
                except Failed as error:
                    failure, exchange = error, error.exchange
                passes = failure.reason in TRANSIENT if failure else exchange.status in TRANSIENT_STATUS
                if passes or (failure and failure.reason in ILL_HEALTH):
                    pause = turn.failed(_retry_after(exchange))
                else:
                    turn.succeeded()
            if not (passes and left and pause <= policy.max_wait):
                break
            log.info("%s: %s; again in %.1f s", target.url, failure or f"HTTP {exchange.status}", pause)
        if failure:
            raise failure
        return exchange

    def _delay(self, target: Target) -> float:
        return max(self._policy.min_delay, min(self._delays.get(target.origin, 0.0), self._policy.max_crawl_delay))

    def _headers(self, validators: Validators, accept: frozenset[str]) -> list[tuple[str, str]]:
        wanted = ", ".join(sorted(accept)) + ", */*;q=0.1" if accept else "*/*"
        conditions = [("If-None-Match", validators.etag), ("If-Modified-Since", validators.last_modified)]
        return [
            ("User-Agent", self._policy.user_agent),
            ("Accept", wanted),
            ("Accept-Encoding", ACCEPT_ENCODING),
            *((name, value) for name, value in conditions if value),
        ]

    def _trusted(self, validators: Validators | None) -> Validators:
        """The validators, without conditions when the body they speak of is too old to be believed unchanged."""
        known = validators or Validators()
        if known.fetched_at:
            age = (datetime.now(UTC) - known.fetched_at).total_seconds()
            if age > self._policy.trust_304_seconds:
                return Validators(sha256=known.sha256)
        return known

    @staticmethod
    def _verdict(exchange: Exchange, known: Validators) -> tuple[FetchReason, str]:
        if exchange.content is not None:
            if hashlib.sha256(exchange.content).hexdigest() == known.sha256:
                return FetchReason.UNCHANGED, "the same content as before"
            return FetchReason.OK, ""
        if exchange.status == 304 and (known.etag or known.last_modified):
            return FetchReason.NOT_MODIFIED, ""
        if exchange.status == 429:
            return FetchReason.RATE_LIMITED, "HTTP 429"
        return FetchReason.HTTP_STATUS, f"HTTP {exchange.status}"

    def _fetched(self, url: str, trail: list[str], exchange: Exchange, reason: FetchReason, message: str) -> Fetched:
        head, body = exchange.head_and_body()
        content = exchange.content
        origin, page = exchange.target.origin, exchange.target.url
        reserved = self._robots[origin][1].opt_outs(page) if origin in self._robots else ()
        return Fetched(
            url=url,
            final_url=trail[-1],
            reason=reason,
            status=exchange.status,
            message=message,
            request=bytes(exchange.sent),
            response_head=head,
            body=None if content is None else body,
            content=content,
            sha256=None if content is None else hashlib.sha256(content).hexdigest(),
            media_type=exchange.media_type(),
            charset=_charset(exchange.header("content-type") or ""),
            fetched_at=exchange.fetched_at,
            seconds=round(exchange.seconds, 3),
            redirects=tuple(trail[1:]),
            etag=exchange.header("etag"),
            last_modified=exchange.header("last-modified"),
            tdm_opt_out=header_opt_outs(exchange.headers) + reserved,
            ip_address=exchange.ip_address,
        )

    # ---- robots.txt

    def _obey(self, target: Target) -> None:
        robots = self._rules(target)
        if robots.reason in TELLING:
            raise Stopped(robots.reason, robots.message)
        if robots.reason:
            raise Stopped(FetchReason.ROBOTS_UNREACHABLE, f"robots.txt: {robots.reason}: {robots.message}")
        if not robots.allows(target.url, self._policy.product):
            raise Stopped(FetchReason.ROBOTS_DENIED, f"robots.txt keeps {self._policy.product} from this URL")

    def _rules(self, target: Target) -> Robots:
        """The rules of an origin: as this process knows them, or another of the run, or as the server has them."""
        expires, robots = self._robots.get(target.origin, (0.0, None))
        if robots is None or expires <= time.time():
            with self._hosts.locked(target.origin, "robots") as file:
                expires, robots = self._remembered(file) or self._asked(target, file)
            self._delays[target.origin] = robots.delay(self._policy.product)
            self._robots[target.origin] = expires, robots
        return robots

    def _remembered(self, file: LockedFile) -> tuple[float, Robots] | None:
        kept, now = file.read(), time.time()
        try:
            expires, reason = float(kept["expires"]), kept["reason"]
            robots = Robots(kept["text"], FetchReason(reason) if reason else None, kept["message"], kept["tdmrep"])
        except (KeyError, TypeError, ValueError):  # nothing yet, or not written by this program
            return None
        # a day ahead at most: the clock may have been set back
        return (expires, robots) if now < expires <= now + self._policy.robots_seconds else None

    def _asked(self, target: Target, file: LockedFile) -> tuple[float, Robots]:
        robots = self._fetch_robots(target)
        seconds = self._policy.robots_retry_seconds if robots.reason else self._policy.robots_seconds
        expires = time.time() + seconds
        self._delays[target.origin] = robots.delay(self._policy.product)
        if not robots.reason and robots.allows(target.origin + TDMREP, self._policy.product):
            robots = Robots(robots.text, tdmrep=self._fetch_tdmrep(target))
        told = {name: getattr(robots, name) for name in ("reason", "message", "text", "tdmrep")}
        file.write({"expires": expires} | told)
        return expires, robots

    def _fetch_robots(self, target: Target) -> Robots:
        """RFC 9309, 2.3.1: redirects are followed, 4xx allows everything, anything worse forbids everything."""
        try:
            exchange = self._fetch_file(f"{target.origin}/robots.txt")
        except Stopped as stop:
            return Robots(reason=stop.reason, message=stop.message)
        status = exchange.status or 0
        if exchange.content is not None:
            return Robots(_start(exchange.content))
        if status == 429:
            return Robots(reason=FetchReason.RATE_LIMITED, message="HTTP 429")
        if status in EMPTY_STATUS or 400 <= status < 500:
            return Robots()
        return Robots(reason=FetchReason.HTTP_STATUS, message=f"HTTP {status}")

    def _fetch_tdmrep(self, target: Target) -> str:
        """What the site reserves: nothing, where it does not say so."""
        try:
            return _start(self._fetch_file(target.origin + TDMREP).content or b"")
        except Stopped as stop:
            log.info("%s%s: %s: %s", target.origin, TDMREP, stop.reason, stop.message)
            return ""

    def _fetch_file(self, url: str) -> Exchange:
        """A file that says how a site may be used: of any media type, and before any rules are known."""
        anything: frozenset[str] = frozenset()
        return self._follow(url, [], self._headers(Validators(), anything), anything, rules=False)


def _start(content: bytes) -> str:
    """The beginning of a file, to the end of a line: half of a rule would be another rule."""
    if len(content) > ROBOTS_BYTES:
        content = content[: content.rfind(b"\n", 0, ROBOTS_BYTES) + 1]
    return content.decode("utf-8-sig", errors="replace")


def _as_utf8(header: str) -> str:
    """A header as servers mean it that write UTF-8 into it; else as it is (headers are read as Latin-1)."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return header


def _retry_after(exchange: Exchange) -> float | None:
    """Seconds that the server asks to be left alone, as a number or a date (RFC 9110, 10.2.3)."""
    text = (exchange.header("retry-after") or "").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the second: an absurd year or zone
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max((at - datetime.now(UTC)).total_seconds(), 0.0)


def _charset(content_type: str) -> str | None:
    message = Message()
    message["Content-Type"] = content_type
    declared = str(message.get_param("charset", "") or "")
    try:
        b" ".decode(declared, "replace")
    except (LookupError, ValueError):  # not a character set that Python knows
        return None
    return declared.lower() or None
