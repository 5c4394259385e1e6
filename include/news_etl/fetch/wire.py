"""One request and its response over HTTP/1.1, recorded as they pass on the wire.

`httpcore` speaks HTTP. Beneath it lies a backend of our own that connects to checked addresses alone, keeps the bytes
in both directions, and ends an exchange that takes too long or brings too much, wherever in it that shows.
"""

import re
import ssl
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import certifi
import httpcore

from news_etl.fetch.addresses import Target, permitted
from news_etl.fetch.content import Content
from news_etl.fetch.fetched import FetchReason, Stopped
from news_etl.fetch.policy import Policy

HEAD_BYTES = 128 << 10
"""Room for the head of a response besides its body; h11 refuses heads over 100 kB."""
ERROR_BYTES = 64 << 10
"""Of the body of an answer that is not used. It is read so that the connection can be used again."""
IDLE_SECONDS = 15.0
IDLE_CONNECTIONS = 32
TRIED_ADDRESSES = 3
COMPLETE = (200, 203)

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_INTERIM = re.compile(rb"HTTP/[0-9.]+ 1[0-9][0-9]\b")


@dataclass
class Exchange:
    """What passed between us and a server. Of an exchange that failed, what passed until then.

    Header names are lower-case, in the order received. `content` is null unless the body was wanted and came whole.
    """

    target: Target
    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)
    started: float = 0.0
    seconds: float = 0.0
    fetched_at: datetime | None = None
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    content: bytes | None = None
    ip_address: str | None = None
    is_new_connection: bool = False

    def header(self, name: str) -> str | None:
        """The first header of that lower-case name."""
        return next((value for known, value in self.headers if known == name), None)

    def all_headers(self, name: str) -> str:
        """The headers of that lower-case name as one: a list may be spread over several lines (RFC 9110, 5.3)."""
        return ", ".join(value.strip() for known, value in self.headers if known == name)

    def media_type(self) -> str | None:
        return (self.header("content-type") or "").partition(";")[0].strip().lower() or None

    def head_and_body(self) -> tuple[bytes, bytes]:
        """The response as received, cut where its head ends; interim responses before it are left out."""
        data, start = bytes(self.received), 0
        while end := _HEAD_END.search(data, start):
            if not _INTERIM.match(data, start) or end.end() == len(data):
                return data[start : end.end()], self._own(data[end.end() :])
            start = end.end()
        return data[start:], b""

    def _own(self, body: bytes) -> bytes:
        """Without what a server sends after the end of a body of stated length."""
        length = self.header("content-length") or ""
        return body[: int(length)] if length.isdecimal() and not self.header("transfer-encoding") else body


class Wire:
    """Connections to servers, kept open for a while and shared by threads.

    An exchange runs in the thread that asked for it.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._current = threading.local()
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trust(),
            max_keepalive_connections=IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=_Backend(policy, self._current),
        )

    def close(self) -> None:
        self._pool.close()

    def get(self, target: Target, headers: list[tuple[str, str]], accept: frozenset[str]) -> Exchange:
        """Ask once, and read the body when its media type is one of `accept` and the status is a success.

        Raises:
            Failed: with the reason, and the exchange as far as it went.
        """
        exchange = Exchange(target, started=time.monotonic(), fetched_at=datetime.now(UTC))
        try:
            try:
                self._get(exchange, headers, accept)
            except (httpcore.RemoteProtocolError, httpcore.NetworkError):
                if exchange.received or exchange.is_new_connection:
                    raise
                # the server had closed the connection that was kept open: that is nobody's fault
                exchange.sent.clear()
                self._get(exchange, headers, accept)
        except Stopped as stop:
            raise Failed(stop.reason, stop.message, exchange) from None
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Failed(_reason(error, exchange), _said(error), exchange) from None
        finally:
            exchange.seconds = time.monotonic() - exchange.started
        return exchange

    def _get(self, exchange: Exchange, headers: list[tuple[str, str]], accept: frozenset[str]) -> None:
        self._current.exchange = exchange
        target, policy = exchange.target, self._policy
        url = httpcore.URL(
            scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
        )
        timeouts = {"connect": policy.connect_seconds, "read": policy.read_seconds, "write": policy.read_seconds}
        host = target.url.partition("://")[2].partition("/")[0]
        with self._pool.stream(
            "GET", url, headers=_encoded([("Host", host), *headers]), extensions={"timeout": timeouts}
        ) as response:
            exchange.status = response.status
            exchange.headers = [(name.decode().lower(), value.decode("latin-1")) for name, value in response.headers]
            exchange.ip_address = response.extensions["network_stream"].address
            if response.status in COMPLETE:
                exchange.content = _content(exchange, response.iter_stream(), accept, policy.max_bytes)
            else:
                _drain(response.iter_stream())


class Failed(Stopped):
    """An exchange that did not come to its end, or whose answer is not taken."""

    def __init__(self, reason: FetchReason, message: str, exchange: Exchange) -> None:
        super().__init__(reason, message, exchange.status)
        self.exchange = exchange


def _content(exchange: Exchange, pieces: Iterable[bytes], accept: frozenset[str], most: int) -> bytes:
    media_type = exchange.media_type()
    if accept and media_type and media_type not in accept:
        raise Stopped(FetchReason.BAD_CONTENT_TYPE, f"{media_type} is not what is collected here")
    length = exchange.header("content-length") or ""
    if length.isdecimal() and int(length) > most:
        raise Stopped(FetchReason.TOO_LARGE, f"{int(length):,} bytes, the limit is {most:,}")
    content = Content(exchange.all_headers("content-encoding").lower(), most)
    for piece in pieces:
        content.feed(piece)
    return content.finish()


def _encoded(headers: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Headers as bytes: a validator goes back as the server gave it, whatever is in it."""
    return [(name.encode(), value.encode("latin-1", errors="replace")) for name, value in headers]


def _drain(pieces: Iterable[bytes]) -> None:
    """Read a short rest; leaving a long one closes the connection."""
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            if size > ERROR_BYTES:
                return
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, Stopped):
        return  # the status has said what there is to say


def _reason(error: Exception, exchange: Exchange) -> FetchReason:
    if isinstance(error, httpcore.TimeoutException):
        return FetchReason.TIMEOUT
    if isinstance(error, httpcore.ConnectError):
        return FetchReason.CONNECT_FAILED
    if exchange.status is None:
        return FetchReason.PROTOCOL_ERROR
    return FetchReason.TRUNCATED


def _said(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _trust() -> ssl.SSLContext:
    """Certificates are verified, by the authorities of the system and of Mozilla's list.

    `SSL_CERT_FILE` names those of an inner network, as with any program that uses OpenSSL.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class _Backend(httpcore.NetworkBackend):
    """Connects to addresses that have been checked: the name is looked up once, here."""

    def __init__(self, policy: Policy, current: threading.local) -> None:
        self._policy = policy
        self._current = current
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self._current.exchange.is_new_connection = True
        seconds = _time_left(self._current.exchange, self._policy, timeout)
        addresses = permitted(host.strip("[]"), port, seconds, self._policy.private_hosts)[:TRIED_ADDRESSES]
        fault: Exception = httpcore.ConnectError("no address")
        for address in addresses:
            try:
                seconds = _time_left(self._current.exchange, self._policy, timeout)
                return _Tap(self._sockets.connect_tcp(address, port, seconds), address, self._current, self._policy)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
        raise fault


class _Tap(httpcore.NetworkStream):
    """A connection that writes down what passes into the exchange of the thread that uses it."""

    def __init__(self, stream: httpcore.NetworkStream, address: str, current: threading.local, policy: Policy) -> None:
        self._stream = stream
        self.address = address
        self._current = current
        self._policy = policy

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        exchange = self._current.exchange
        seconds = _time_left(exchange, self._policy, timeout)
        try:
            data = self._stream.read(max_bytes, seconds)
        except httpcore.ReadTimeout:
            _time_left(exchange, self._policy, timeout)  # is it the end of the exchange's time, or silence?
            raise
        exchange.received += data
        if len(exchange.received) > self._policy.max_bytes + HEAD_BYTES:
            raise Stopped(FetchReason.TOO_LARGE, f"more than {self._policy.max_bytes:,} bytes")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        exchange = self._current.exchange
        exchange.sent += buffer
        self._stream.write(buffer, _time_left(exchange, self._policy, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = _time_left(self._current.exchange, self._policy, timeout)
        try:
            stream = self._stream.start_tls(ssl_context, server_hostname, seconds)
        except (httpcore.ConnectError, ValueError) as error:  # ValueError: a name that no certificate can have
            raise Stopped(FetchReason.TLS_FAILED, _said(error)) from None
        return _Tap(stream, self.address, self._current, self._policy)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _time_left(exchange: Exchange, policy: Policy, timeout: float | None) -> float:
    """The seconds that the next step of an exchange may take.

    Raises:
        Stopped: TOO_SLOW when there are none.
    """
    left = exchange.started + policy.total_seconds - time.monotonic()
    if left <= 0:
        raise Stopped(FetchReason.TOO_SLOW, f"not done in {policy.total_seconds:g} s")
    return left if timeout is None else min(timeout, left)
