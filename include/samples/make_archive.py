"""Write the sample WARC of `archive-regionale`, so that its binary content has a source that can be read.

Pages come from `archive-regionale/pages/`; times and record ids are fixed: the same pages give the same archive.
Run it after editing a page: `python include/samples/make_archive.py [TARGET]`.
"""

import base64
import sys
from io import BytesIO
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HERE = Path(__file__).parent
PAGES = HERE / "archive-regionale" / "pages"
TARGET = HERE / "archive-regionale" / "date=2025-11-04" / "echo-des-combes.warc.gz"
SITE = "https://www.echo-des-combes.example"
HTML = "text/html; charset=utf-8"
PNG = base64.b64decode(  # one grey pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
ROBOTS = f"User-agent: *\nAllow: /\nSitemap: {SITE}/sitemap.xml\n".encode()
GONE = b"<!DOCTYPE html><html lang='fr'><title>Page introuvable</title><h1>Page introuvable</h1></html>"


def page(name: str) -> bytes:
    """Return the page of that name, as a server would send it."""
    return (PAGES / f"{name}.html").read_bytes()


# (path, status line, media type, body, fetch time in UTC), in the order of the crawl
RESPONSES = [
    ("/robots.txt", "200 OK", "text/plain; charset=utf-8", ROBOTS, "2025-11-04T05:12:00Z"),
    (
        "/economie/fromagerie-cooperative-noirlieu.html",
        "200 OK",
        HTML,
        page("fromagerie-cooperative"),
        "2025-11-04T05:12:03Z",
    ),
    ("/images/fromagerie.png", "200 OK", "image/png", PNG, "2025-11-04T05:12:05Z"),
    ("/environnement/loup-vallon-gris-cameras.html", "200 OK", HTML, page("loup-vallon-gris"), "2025-11-04T05:12:09Z"),
    ("/environnement/chamois-comptage.html", "404 Not Found", HTML, GONE, "2025-11-04T05:12:12Z"),
    ("/transports/gare-de-breval-reouverture.html", "200 OK", HTML, page("gare-de-breval"), "2025-11-04T05:12:15Z"),
]


def named(kind: str, url: str, at: str) -> dict[str, str]:
    """Return the WARC headers that would otherwise come from the clock and from chance."""
    return {"WARC-Record-ID": f"<urn:uuid:{uuid5(NAMESPACE_URL, f'{kind} {url} {at}')}>", "WARC-Date": at}


def make_archive(target: Path) -> None:
    """Write warcinfo, then a response and its request for each entry of `RESPONSES`."""
    with target.open("wb") as out:
        writer = WARCWriter(out, gzip=True, warc_version="1.1")
        start = RESPONSES[0][-1]
        info = b"software: warcio\r\nformat: WARC File Format 1.1\r\nisPartOf: invented sample pages\r\n"
        headers = named("warcinfo", SITE, start) | {"WARC-Filename": target.name}
        writer.write_record(
            writer.create_warc_record(
                "", "warcinfo", BytesIO(info), len(info), "application/warc-fields", warc_headers_dict=headers
            )
        )
        for path, status, media_type, body, at in RESPONSES:
            url = SITE + path
            answer = StatusAndHeaders(
                status, [("Content-Type", media_type), ("Content-Length", str(len(body)))], protocol="HTTP/1.1"
            )
            response = writer.create_warc_record(
                url, "response", BytesIO(body), len(body), http_headers=answer,
                warc_headers_dict=named("response", url, at),
            )  # fmt: skip
            question = StatusAndHeaders(
                f"GET {path} HTTP/1.1", [("Host", SITE.removeprefix("https://")), ("User-Agent", "sample")],
                is_http_request=True,
            )  # fmt: skip
            request = writer.create_warc_record(
                url, "request", http_headers=question, warc_headers_dict=named("request", url, at)
            )
            writer.write_request_response_pair(request, response)


if __name__ == "__main__":
    make_archive(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
