"""A small newsroom on loopback, to try the collection over HTTP without leaving the machine: `make newsroom`.

    python scripts/newsroom.py --port 8765

It serves include/samples/newsroom as a newspaper's server would: feeds, sitemaps, robots.txt, pages; compressed, with
ETags and 304. The files name the newspaper's invented origin; in what a crawler follows, it is replaced by the
server's own. The tests use the same server, and give it routes that misbehave.
"""

import argparse
import gzip
import hashlib
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

SITE = Path(__file__).resolve().parents[1] / "include" / "samples" / "newsroom" / "site"
ORIGIN = "https://www.fanal-des-ardelles.example"
PORT = 8765

MEDIA_TYPES = {".html": "text/html; charset=utf-8", ".txt": "text/plain; charset=utf-8", ".xml": "application/xml"}
FEED_TYPES = {
    "/feed.xml": "application/rss+xml; charset=utf-8",
    "/atom.xml": "application/atom+xml; charset=utf-8",
    "/feed.json": "application/feed+json",
}


@dataclass
class Asked:
    """One request as the server saw it; `at` and `answered_at` are times of the clock, the latter 0 until then."""

    host: str
    path: str
    headers: Mapping[str, str]
    at: float
    answered_at: float = 0.0


class Request(BaseHTTPRequestHandler):
    """One request: `answer` it properly, or `send` bytes that no server should."""

    protocol_version = "HTTP/1.1"
    newsroom: ClassVar["Newsroom"]
    disable_nagle_algorithm = True  # small answers go out at once, as from any web server

    def answer(self, body: bytes = b"", status: int = 200, **headers: str) -> None:
        """Answer with a body of stated length; `Content_Type="text/html"` is a header."""
        self.answer_head(status, **{"Content_Length": str(len(body))} | headers)
        self.wfile.write(body)

    def answer_head(self, status: int = 200, **headers: str) -> None:
        """Answer with status and headers; the body is written to `wfile`."""
        self.send_response(status)
        for name, value in ({"Content_Type": MEDIA_TYPES[".html"]} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def send(self, data: bytes) -> None:
        """Send bytes as they are; the connection ends with the answer."""
        self.close_connection = True
        self.wfile.write(data)
        self.wfile.flush()

    @property
    def origin(self) -> str:
        """The address under which this server was asked."""
        return f"http://{self.headers['Host']}"

    @property
    def times_asked(self) -> int:
        """How often this path has been asked, this time included."""
        return self.newsroom.counts[self.path]

    def do_GET(self) -> None:
        asked = Asked(str(self.server.server_address[0]), self.path, dict(self.headers), time.time())
        self.newsroom.log.append(asked)
        self.newsroom.counts[self.path] += 1
        try:
            self.newsroom.routes.get(self.path.partition("?")[0], self.newsroom.fallback)(self)
        except (ConnectionError, TimeoutError):
            self.close_connection = True  # the crawler has had enough
        finally:
            asked.answered_at = time.time()

    def log_message(self, format: str, *args: object) -> None:
        if self.newsroom.is_talkative:
            print(f"{self.log_date_time_string()}  {format % args}", flush=True)


Route = Callable[[Request], None]


def not_found(request: Request) -> None:
    request.answer(b"<p>Nothing here.</p>", 404)


class Newsroom:
    """A web server on one or more loopback addresses, all on one port. `routes` say what each path does."""

    def __init__(
        self,
        routes: Mapping[str, Route],
        *,
        addresses: Sequence[str] = ("127.0.0.1",),
        port: int = 0,
        fallback: Route = not_found,
        is_talkative: bool = False,
    ) -> None:
        self.routes = dict(routes)
        self.fallback = fallback
        self.is_talkative = is_talkative
        self.log: list[Asked] = []
        self.counts: Counter[str] = Counter()
        handler = type("RequestHere", (Request,), {"newsroom": self})
        self.servers: list[ThreadingHTTPServer] = []
        for address in addresses:
            self.servers.append(_Server((address, port), handler))
            port = self.port

    @property
    def port(self) -> int:
        return int(self.servers[0].server_address[1])

    @property
    def url(self) -> str:
        """The origin of the first address, without a slash at its end."""
        return f"http://{self.servers[0].server_address[0]!s}:{self.port}"

    def __enter__(self) -> Self:
        for server in self.servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    address_family = socket.AF_INET
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A crawler that goes away in the middle is no fault of the server."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def sample_site(folder: Path = SITE) -> dict[str, Route]:
    """A route for each file of the sample newsroom. A path that is no file of it is no route: nothing is looked up."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {path: _page(file, path) for file in files for path in [f"/{file.relative_to(folder).as_posix()}"]}


def _page(file: Path, path: str) -> Route:
    media_type = FEED_TYPES.get(path) or MEDIA_TYPES.get(file.suffix, "application/octet-stream")

    def serve(request: Request) -> None:
        body = file.read_bytes()
        if file.suffix != ".html":  # pages keep the address that their newspaper gave them
            body = body.replace(ORIGIN.encode(), request.origin.encode())
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            request.answer(status=304, ETag=etag)
        elif "gzip" in request.headers.get("Accept-Encoding", ""):
            request.answer(
                gzip.compress(body, mtime=0), Content_Type=media_type, ETag=etag, Content_Encoding="gzip",
                Vary="Accept-Encoding",
            )  # fmt: skip
        else:
            request.answer(body, Content_Type=media_type, ETag=etag, Vary="Accept-Encoding")

    return serve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=PORT, help=f"port on 127.0.0.1 (default: {PORT})")
    arguments = parser.parse_args()
    try:
        newsroom = Newsroom(sample_site(), port=arguments.port, is_talkative=True)
    except OSError as error:
        sys.exit(f"port {arguments.port} of 127.0.0.1 cannot be used ({error}); choose another with --port")
    with newsroom:
        print(f"The sample newsroom is at {newsroom.url} (end it with Ctrl-C):")
        for path in (*FEED_TYPES, "/sitemap.xml", "/robots.txt"):
            print(f"  {newsroom.url}{path}")
        print("Its source stands in include/sources.yaml, paused. Requests:", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
