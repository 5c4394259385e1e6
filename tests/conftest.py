"""What the tests share: small factories of real parts, and a guard that keeps them off the network."""

import gzip
import hashlib
import ipaddress
import json
import os
import socket
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from news_etl.article import Article, Block
from news_etl.clean import clean
from news_etl.day import Run
from news_etl.document import Document
from news_etl.landing import record_id
from news_etl.settings import Settings
from news_etl.sources import Inbox
from news_etl.store import Store

DAY = date(2025, 11, 4)

BODY = (
    "Le conseil municipal de Vaubrisse a adopté mardi soir le plan de rénovation de l’école de voile, après une "
    "longue discussion sur son coût. Les travaux commenceront au printemps et dureront dix-huit mois, a précisé la "
    "maire. L’opposition demande une étude indépendante avant le premier coup de pioche.\n\n"
    "Les habitants du quai, eux, craignent surtout le bruit et la poussière pendant la saison des régates."
)


# ---- one day

MINUTES = 2
"""Longer than a test that lands pages under today takes on a busy machine."""


@pytest.fixture
def one_day() -> None:
    """The test begins and ends on one UTC day: what it lands under today is there when it looks."""
    now = datetime.now(UTC)
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
    if midnight - now < timedelta(minutes=MINUTES):
        time.sleep((midnight - now).total_seconds() + 1)


# ---- no network


class NetworkRefused(OSError):
    """A test tried to leave this machine."""


def _is_local(address: Any) -> bool:
    host = address[0] if isinstance(address, tuple) else address  # a path: a socket of this machine
    if not isinstance(address, tuple) or host in ("", "localhost", socket.gethostname()):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests speak to this machine alone."""

    def guarded(name: str) -> None:
        original = getattr(socket.socket, name)

        def call(self: socket.socket, address: Any) -> Any:
            if not _is_local(address):
                raise NetworkRefused(f"tests do not use the network: {address}")
            return original(self, address)

        monkeypatch.setattr(socket.socket, name, call)

    guarded("connect")
    guarded("connect_ex")


# ---- inboxes, runs, stores


@pytest.fixture
def filed(tmp_path: Path) -> Callable[..., Inbox]:
    """File documents into the inbox of a source; returns the source. A name may be bytes, and hold folders."""

    def file(files: dict[str | bytes, bytes], source: str = "inbox", day: date = DAY, **fields: Any) -> Inbox:
        folder = tmp_path / "inboxes" / source / f"date={day}"
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            path = os.path.join(os.fsencode(folder), os.fsencode(name))  # noqa: PTH118 - Path refuses bytes
            os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
            with open(path, "wb") as stream:  # noqa: PTH123
                stream.write(content)
        pattern = f"{tmp_path}/inboxes/{source}/date={{date}}/**"
        return Inbox.model_validate({"id": source, "kind": "inbox", "path": pattern} | fields)

    return file


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty data root."""
    return Store(str(tmp_path / "data"))


@pytest.fixture
def sources_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a sources file that holds the given sources."""

    def write(*sources: Inbox) -> Path:
        entries = [source.model_dump(mode="json", exclude_defaults=True) for source in sources]
        path = tmp_path / "sources.yaml"
        path.write_text(yaml.safe_dump({"sources": entries}, allow_unicode=True), encoding="utf-8")
        return path

    return write


@pytest.fixture
def run_over(tmp_path: Path, sources_file: Callable[..., Path]) -> Callable[..., Run]:
    """A run of `DAY` over the given sources, with its own data root; changes go to the settings."""

    def make(*sources: Inbox, run_id: str = "test", day: date = DAY, **changes: Any) -> Run:
        settings = Settings(data=str(tmp_path / "data"), sources=sources_file(*sources), **changes)
        return Run.of(day, run_id, settings)

    return make


# ---- documents


@pytest.fixture
def line() -> Callable[..., bytes]:
    """One line of JSON: a ready article. A field set to None is left out."""

    def make(title: str = "Vaubrisse rénove son école de voile", **fields: Any) -> bytes:
        article = {"title": title, "body": BODY, "language": "fr", "published_at": "2025-11-04T08:00:00Z"} | fields
        present = {name: value for name, value in article.items() if value is not None}
        return json.dumps(present, ensure_ascii=False).encode() + b"\n"

    return make


@pytest.fixture(scope="session")
def article_row() -> Callable[..., dict[str, Any]]:
    """A row as `clean` gives it. `path` and `source` are the document's; other fields are the article's."""

    def make(
        title: str = "Vaubrisse rénove son école de voile",
        body: str = BODY,
        path: str = "a.json",
        source: str = "inbox",
        day: date = DAY,
        fetched_at: datetime | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        sha256 = hashlib.sha256(f"{title}\n{body}".encode()).hexdigest()
        document = Document(
            path=path,
            payload=b"",
            media_type="application/json",
            source=source,
            day=day,
            fetched_at=fetched_at,
            record_id=record_id(source, day, path, sha256),
            sha256=sha256,
            raw_file=f"raw/{source}/date={day}/part-0.warc.gz",
        )
        blocks = [Block(text=text) for text in body.split("\n\n")]
        return clean(document, Article(title=title, blocks=blocks, extractor="test", **fields))

    return make


@pytest.fixture
def warc() -> Callable[..., tuple[bytes, list[tuple[int, int]]]]:
    """An archive written byte by byte, so that also what no writer would produce can be in it."""
    return _warc


def _warc(
    records: list[tuple[str, str, bytes]], *, compressed: bool = False, date_: str = "2025-11-04T08:00:00Z"
) -> tuple[bytes, list[tuple[int, int]]]:
    """The bytes of an archive of records (type, address, block), and where each begins and ends."""
    archive, bounds = b"", []
    for number, (kind, url, block) in enumerate(records):
        media_type = "application/http; msgtype=response" if kind in ("response", "revisit") else "text/html"
        head = (
            f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number:08}-0000-4000-8000-000000000000>\r\n"
            f"WARC-Date: {date_}\r\nWARC-Target-URI: {url}\r\nContent-Type: {media_type}\r\n"
            f"Content-Length: {len(block)}\r\n\r\n"
        ).encode()
        record = head + block + b"\r\n\r\n"
        begin = len(archive)
        archive += gzip.compress(record, mtime=0) if compressed else record
        bounds.append((begin, len(archive)))
    return archive, bounds


@pytest.fixture
def http() -> Callable[..., bytes]:
    """The block of a response record."""

    def make(body: bytes, *headers: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
        return b"\r\n".join([status, b"Content-Type: text/html; charset=utf-8", *headers, b"", body])

    return make


# ---- the command line


@pytest.fixture
def news_etl(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Call the command line in this process; returns exit code, stdout and stderr."""

    def call(*arguments: str) -> tuple[int, str, str]:
        from news_etl.cli import main

        monkeypatch.setattr("sys.argv", ["news-etl", *arguments])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        output = capsys.readouterr()
        return code, output.out, output.err

    return call


@pytest.fixture
def at() -> Callable[[str], datetime]:
    """A time in UTC, written short: 2025-11-04T08:00."""
    return lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the project."""
    return Path(__file__).resolve().parents[1]
