"""A web server that does what servers do on bad days: each route one misdeed. See `scripts/newsroom.py`.

with hostile_newsroom() as newsroom:
    newsroom.url + "/drip"
"""

import gzip
import io
import socket
import ssl
import struct
import time
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path

import brotli
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from newsroom import Newsroom, Request, Route

PAGE = "<!doctype html><title>Éclusée</title><p>La Sorline monte.</p>".encode()
METADATA = "http://169.254.169.254/latest/meta-data/"
BOMB_BYTES = 60_000_000
"""What the bombs become; they are some sixty kilobytes on the wire, and less in brotli."""

ROUTES: dict[str, Route] = {}


def hostile_newsroom(
    routes: Mapping[str, Route] | None = None, addresses: tuple[str, ...] = ("127.0.0.1",)
) -> Newsroom:
    """A server with all the routes of this module, and those given."""
    return Newsroom({**ROUTES, **(routes or {})}, addresses=addresses)


def make_bombs() -> None:
    """Make what takes a second to make before a crawler waits for it."""
    for make in (_gzip_bomb, _brotli_bomb, _deflate_bomb):
        make()


def route(path: str):
    """Put a function into the server, under a path."""

    def put(function: Route) -> Route:
        ROUTES[path] = function
        return function

    return put


def robots(text: str, status: int = 200) -> dict[str, Route]:
    """A server's robots.txt, as routes."""
    return {"/robots.txt": lambda request: request.answer(text.encode(), status, Content_Type="text/plain")}


# ---- what is as it should be


@route("/page")
def page(request: Request) -> None:
    request.answer(PAGE)


@route("/chunked")
def chunked(request: Request) -> None:
    request.answer_head(Transfer_Encoding="chunked")
    for piece in (PAGE[:20], PAGE[20:]):
        request.wfile.write(f"{len(piece):x};who=cares\r\n".encode() + piece + b"\r\n")
    request.wfile.write(b"0\r\n\r\n")


@route("/early-hints")
def early_hints(request: Request) -> None:
    request.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\n\r\n")
    request.answer(PAGE)


@route("/gzip")
def gzipped(request: Request) -> None:
    request.answer(gzip.compress(PAGE, mtime=0), Content_Encoding="gzip")


@route("/brotli")
def brotlied(request: Request) -> None:
    request.answer(brotli.compress(PAGE), Content_Encoding="br")


@route("/old-server")
def old_server(request: Request) -> None:
    request.send(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE)


@route("/conditional")
def conditional(request: Request) -> None:
    if request.headers.get("If-None-Match") == '"one"':
        request.answer(status=304, ETag='"one"')
    else:
        request.answer(PAGE, ETag='"one"', Last_Modified="Mon, 03 Nov 2025 08:00:00 GMT")


# ---- validators that lie


@route("/new-etag-each-time")
def new_etag_each_time(request: Request) -> None:
    request.answer(PAGE, ETag=f'"{request.times_asked}"')


@route("/old-etag-for-a-new-page")
def old_etag(request: Request) -> None:
    request.answer(PAGE + str(request.times_asked).encode(), ETag='"one"')


@route("/always-304")
def always_304(request: Request) -> None:
    if request.headers.get("If-None-Match"):
        request.answer(status=304)
    else:
        request.answer(PAGE + str(request.times_asked).encode(), ETag='"one"')


@route("/304-to-anyone")
def unasked_304(request: Request) -> None:
    request.answer(status=304)


# ---- redirects


def redirect(location: str, status: int = 301) -> Route:
    return lambda request: request.answer(status=status, Location=location)


ROUTES |= {
    "/moved": redirect("/moved-again", 302),
    "/moved-again": redirect("/page", 308),
    "/moved-to-itself": redirect("/moved-to-itself"),
    "/loop": redirect("/loop-back"),
    "/loop-back": redirect("/loop"),
    "/to-metadata": redirect(METADATA),
    "/to-a-file": redirect("file:///etc/passwd"),
    "/to-nowhere": redirect("http://[oops"),
    "/to-localhost": lambda request: request.answer(
        status=302, Location=f"http://localhost:{request.newsroom.port}/page"
    ),
    "/to-the-next-address": lambda request: request.answer(
        status=302, Location=f"http://127.0.0.2:{request.newsroom.port}/page"
    ),
}


@route("/further")
def further(request: Request) -> None:
    number = int(request.path.partition("?")[2] or 0)
    request.answer(status=307, Location=f"/further?{number + 1}")


# ---- hours of need


@route("/busy-once")
def busy_once(request: Request) -> None:
    if request.times_asked == 1:
        request.answer(status=503)
    else:
        request.answer(PAGE)


@route("/slow-down")
def slow_down(request: Request) -> None:
    if request.times_asked == 1:
        request.answer(status=429, Retry_After="1")
    else:
        request.answer(PAGE)


@route("/slow-down-by-date")
def slow_down_by_date(request: Request) -> None:
    request.answer(status=429, Retry_After=format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True))


@route("/down")
def down(request: Request) -> None:
    request.answer(status=503)


@route("/gone")
def gone(request: Request) -> None:
    request.answer(b"<p>Page introuvable</p>", 410)


# ---- time


@route("/silent")
def silent(request: Request) -> None:
    time.sleep(3)
    request.answer(PAGE)


@route("/drip")
def drip(request: Request) -> None:
    """Never silent for long, never done."""
    request.answer_head(Content_Length="1000000")
    for _ in range(200):
        request.wfile.write(b"a")
        time.sleep(0.05)


@route("/dripping-head")
def dripping_head(request: Request) -> None:
    request.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(200):
        request.wfile.write(b"a")
        time.sleep(0.05)


# ---- lengths and sizes


@route("/shorter-than-said")
def shorter_than_said(request: Request) -> None:
    request.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9999\r\n\r\n" + PAGE)


@route("/longer-than-said")
def longer_than_said(request: Request) -> None:
    request.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE + PAGE)


@route("/cut-chunk")
def cut_chunk(request: Request) -> None:
    request.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + PAGE)


@route("/cut-gzip")
def cut_gzip(request: Request) -> None:
    request.answer(gzip.compress(PAGE * 100)[:-20], Content_Encoding="gzip")


@route("/reset")
def reset(request: Request) -> None:
    request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()


@route("/200-megabytes")
def large(request: Request) -> None:
    request.answer_head(Content_Length="200000000")
    _pour(request, b"a" * 100_000, 2_000)


@route("/200-megabytes-unsaid")
def large_unsaid(request: Request) -> None:
    request.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    _pour(request, b"a" * 100_000, 2_000)


@route("/200-megabytes-of-nothing")
def large_error(request: Request) -> None:
    request.send(b"HTTP/1.1 404 Not Found\r\n\r\n")
    _pour(request, b"a" * 100_000, 2_000)


@route("/endless-head")
def endless_head(request: Request) -> None:
    request.send(b"HTTP/1.1 200 OK\r\n")
    _pour(request, b"X-More: " + b"a" * 100_000 + b"\r\n", 2_000)


def _pour(request: Request, piece: bytes, times: int) -> None:
    for _ in range(times):
        request.wfile.write(piece)


@route("/gzip-bomb")
def gzip_bomb(request: Request) -> None:
    request.answer(_gzip_bomb(), Content_Encoding="gzip")


@route("/brotli-bomb")
def brotli_bomb(request: Request) -> None:
    request.answer(_brotli_bomb(), Content_Encoding="br")


@route("/deflate-bomb")
def deflate_bomb(request: Request) -> None:
    request.answer(_deflate_bomb(), Content_Encoding="deflate")


@cache
def _deflate_bomb() -> bytes:
    packer = zlib.compressobj(9)
    pieces = [packer.compress(b"\0" * 1_000_000) for _ in range(BOMB_BYTES // 1_000_000)]
    return b"".join(pieces) + packer.flush()


@cache
def _gzip_bomb() -> bytes:
    target = io.BytesIO()
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=9, mtime=0) as stream:
        for _ in range(BOMB_BYTES // 1_000_000):
            stream.write(b"\0" * 1_000_000)
    return target.getvalue()


@cache
def _brotli_bomb() -> bytes:
    packer = brotli.Compressor(quality=3)
    pieces = [packer.process(b"\0" * 1_000_000) for _ in range(BOMB_BYTES // 1_000_000)]
    return b"".join(pieces) + packer.finish()


# ---- what is said and what is sent


@route("/image")
def image(request: Request) -> None:
    request.answer(b"\x89PNG", Content_Type="image/png")


@route("/no-type")
def no_type(request: Request) -> None:
    request.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE)


@route("/plain-called-gzip")
def plain_called_gzip(request: Request) -> None:
    request.answer(PAGE, Content_Encoding="gzip")


@route("/noise-called-brotli")
def noise_called_brotli(request: Request) -> None:
    request.answer(b"\xff\xfe\xfd" * 50, Content_Encoding="br")


@route("/unknown-encoding")
def unknown_encoding(request: Request) -> None:
    request.answer(b"\x28\xb5\x2f\xfd....", Content_Encoding="zstd")


@route("/latin-1-called-utf-8")
def charset_lie(request: Request) -> None:
    request.answer("<p>Éclusée</p>".encode("latin-1"), Content_Type='text/html; charset="UTF-8"')


@route("/no-such-charset")
def no_such_charset(request: Request) -> None:
    request.answer(PAGE, Content_Type="text/html; charset=klingon-8")


@route("/not-http")
def not_http(request: Request) -> None:
    request.send(b"220 mail.example ESMTP\r\n")


@route("/switching")
def switching(request: Request) -> None:
    request.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: smtp\r\nConnection: upgrade\r\n\r\n220 hello\r\n")


@route("/nowhere-to-go")
def nowhere_to_go(request: Request) -> None:
    request.answer(status=301)


@route("/two-lengths")
def two_lengths(request: Request) -> None:
    request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nhello")


@route("/hangs-up")
def hangs_up(request: Request) -> None:
    request.close_connection = True


@route("/reserved")
def reserved(request: Request) -> None:
    request.answer(PAGE, TDM_Reservation="1", X_Robots_Tag="noindex, noai", Content_Usage="train-ai=n, search=y")


# ---- answers that bend the protocol

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"
TWICE = gzip.compress(gzip.compress(PAGE, mtime=0), mtime=0)


def raw(data: bytes, more: bytes = b"", times: int = 0) -> Route:
    """An answer of just these bytes, and `more` so many times."""

    def send(request: Request) -> None:
        request.send(data)
        _pour(request, more, times)

    return send


ROUTES |= {
    "/stacked-encodings": raw(HEAD + b"Content-Encoding: gzip, gzip\r\n\r\n" + TWICE),
    "/stacked-in-two-lines": raw(HEAD + b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\n" + TWICE),
    "/transfer-gzip": raw(HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + TWICE),
    "/gzip-in-members": raw(
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + b"".join(map(gzip.compress, (PAGE[:9], PAGE[9:])))
    ),
    "/negative-chunk": raw(CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n"),
    "/hexadecimal-chunk": raw(CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n"),
    "/chunk-of-an-exabyte": raw(CHUNKED + b"f" * 16 + b"\r\nhello\r\n0\r\n\r\n"),
    "/chunk-beyond-numbers": raw(CHUNKED + b"f" * 99 + b"\r\nhello\r\n0\r\n\r\n"),
    "/chunk-extension-without-end": raw(CHUNKED + b"5;", b"a" * 100_000, 100),
    "/trailers-without-end": raw(CHUNKED + b"0\r\n", b"X-More: " + b"a" * 1000 + b"\r\n", 3000),
    "/trailer-that-speaks-of-lengths": raw(CHUNKED + b"1\r\na\r\n0\r\nTransfer-Encoding: x\r\n\r\n"),
    "/no-last-chunk": raw(CHUNKED + b"5\r\nhello\r\n"),
    "/chunks-and-a-length": raw(
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n%x\r\n" % len(PAGE) + PAGE + b"\r\n0\r\n\r\n"
    ),
    "/nine-thousand-headers": raw(HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(9_000)) + b"\r\n" + PAGE),
    "/interim-without-end": raw(b"", INTERIM * 4000, 40),
    "/interim-for-a-while": raw(INTERIM * 3000 + HEAD + b"\r\n" + PAGE),
    "/negative-length": raw(HEAD + b"Content-Length: -5\r\n\r\nhello"),
    "/length-in-words": raw(HEAD + b"Content-Length: five\r\n\r\nhello"),
    "/length-beyond-numbers": raw(HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\nhello"),
    "/old-server-hangs-up": raw(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nContent-Length: 500\r\n\r\nhello"),
    "/only-a-body": raw(PAGE),
    "/another-protocol": raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "/status-99": raw(b"HTTP/1.1 99 Odd\r\n\r\n"),
    "/status-999": raw(b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"),
    "/bare-line-feeds": raw(b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n" + PAGE),
    "/folded-header": raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html;\r\n charset=utf-8\r\n\r\n" + PAGE),
    "/nul-in-a-header": raw(HEAD + b"X-A: a\0b\r\n\r\n" + PAGE),
    "/header-without-colon": raw(HEAD + b"nonsense\r\n\r\n" + PAGE),
    "/part-of-a-page": raw(
        b"HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\nContent-Range: bytes 0-4/9\r\n\r\n<p>ab"
    ),
    "/come-back-later": raw(b"HTTP/1.1 202 Accepted\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>"),
    "/no-content": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "/cookie": raw(HEAD + b"Set-Cookie: session=1\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE),
    "/to-a-script": redirect("javascript:alert(1)"),
    "/to-data": redirect("data:text/html,x"),
    "/to-a-password": redirect("http://user:secret@127.0.0.1/page"),
    "/to-a-mapped-address": redirect("http://[::ffff:169.254.169.254]/latest/"),
    "/to-an-octal-address": redirect("http://017700000002/"),
    "/to-a-header": redirect("/page?%0d%0aX-Evil:%201"),
    "/to-two-places": raw(
        b"HTTP/1.1 302 Found\r\nLocation: /page\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    ),
    "/to-utf-8": raw("HTTP/1.1 302 Found\r\nLocation: /page?é\r\nContent-Length: 0\r\n\r\n".encode()),
    "/to-latin-1": raw("HTTP/1.1 302 Found\r\nLocation: /page?é\r\nContent-Length: 0\r\n\r\n".encode("latin-1")),
}


def retry_after(value: str) -> Route:
    """A server that is busy, and says until when."""
    return raw(f"HTTP/1.1 503 Busy\r\nRetry-After: {value}\r\nContent-Length: 0\r\n\r\n".encode())


# ---- TLS


def with_tls(newsroom: Newsroom, folder: Path, name: str = "localhost") -> Path:
    """Make a server speak TLS, with a certificate that it signed itself; returns the certificate's file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    for server in newsroom.servers:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    return pem
