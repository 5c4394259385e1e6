"""Web archives: pages of other tools' files land unchanged, only those that are wanted, and fast."""

import gzip
import io
import resource
import time
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as OtherReader
from fastwarc.warc import WarcRecord, WarcRecordType
from warcio.archiveiterator import ArchiveIterator

from news_etl.collect import collect
from news_etl.collect.archive import arrivals
from news_etl.landing import land, landed_ids, read_landing
from news_etl.sources import Archive
from news_etl.store import Store

DAY = date(2025, 11, 4)


def html(number: int, size: int) -> bytes:
    """A page of its own."""
    return (f"<title>Page {number}</title>".encode() + text(number % 20, size))[:size]


@cache
def text(number: int, size: int) -> bytes:
    """A text that compresses about as pages do."""
    words = [f"mot{(number * 7919 + index * 104729) % 9973}" for index in range(max(1, size // 9))]
    lines = (f'<p class="c{n % 5}">{" ".join(words[n : n + 40])}</p>' for n in range(0, len(words), 40))
    return "\n".join(lines).encode()


def write_archive(file: Path, count: int, size: int) -> None:
    """An archive as fastwarc writes it: warcinfo, then request, response and metadata of each page."""
    with file.open("wb") as raw:
        for number in range(count):
            url = f"https://site{number % 7}.example/{number}"
            kinds = (
                (WarcRecordType.request, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                (WarcRecordType.response, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + html(number, size)),
                (WarcRecordType.metadata, b"fetchTimeMs: 12\r\n"),
            )
            for kind, block in kinds:
                record = WarcRecord()
                record.init_headers(kind)
                record.headers["WARC-Target-URI"] = url
                record.headers["WARC-Date"] = "2025-11-04T08:00:00Z"
                if kind is WarcRecordType.response:
                    record.is_http = True
                record.set_bytes_content(block)
                content = io.BytesIO()
                record.write(content)
                raw.write(gzip.compress(content.getvalue(), 6, mtime=0))


def source(folder: Path, **fields) -> Archive:
    entry = {"id": "cc", "kind": "archive", "path": f"{folder}/CC-NEWS-{{date:%Y%m%d}}*.warc.gz"}
    return Archive.model_validate(entry | fields)


def landed(store: Store) -> list:
    return list(read_landing(store, "cc", DAY, store.landed_parts("cc", DAY), 10_000_000))


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    """A folder with an archive of a thousand pages, named as CC-NEWS does, and one of another day."""
    folder = tmp_path_factory.mktemp("archive")
    write_archive(folder / "CC-NEWS-20251104051200-00123.warc.gz", 1000, 3000)
    write_archive(folder / "CC-NEWS-20251105051200-00124.warc.gz", 3, 300)
    return folder


def test_a_thousand_pages_of_another_tool_land_once_and_come_back(store, archive):
    first = collect(store, source(archive), DAY)
    assert (first["status"], first["new"]) == ("collected", 1000)
    documents = {document.url: document for document in landed(store)}
    assert len(documents) == 1000
    one = documents["https://site3.example/500"]
    assert one.payload == html(500, 3000)
    assert one.path == "CC-NEWS-20251104051200-00123.warc.gz#https://site3.example/500"
    assert one.fetched_at == datetime(2025, 11, 4, 8, tzinfo=UTC)
    assert (one.media_type, one.http_status, one.record_type) == ("text/html", 200, "response")
    again = collect(store, source(archive), DAY)
    assert (again["new"], again["known"], again["part"]) == (0, 1000, None)


def test_compressed_records_are_copied_unchanged_and_another_tool_reads_them(store, archive):
    part = collect(store, source(archive), DAY)["part"]
    before = (archive / "CC-NEWS-20251104051200-00123.warc.gz").read_bytes()
    after = store.read_bytes(part)
    records = list(OtherReader(io.BytesIO(before), record_types=WarcRecordType.response))
    positions = [record.stream_pos for record in records]
    assert all(before[at : at + 400] in after for at in positions[:: len(positions) // 20])
    kept = [
        (record.headers["WARC-Record-ID"], record.reader.read())
        for record in OtherReader(io.BytesIO(after), record_types=WarcRecordType.response, parse_http=False)
    ]
    assert len(kept) == 1000
    assert kept[0][1].endswith(html(0, 3000))


def test_only_wanted_pages_land(store, archive):
    done = collect(store, source(archive, only=["https://site1.example/*"], exclude=["*/1"]), DAY)
    urls = {document.url for document in landed(store)}
    assert done["new"] == len(urls) == 142
    assert all(url.startswith("https://site1.example/") for url in urls)


def test_a_day_without_archives_is_empty_and_a_folder_that_is_gone_an_error(store, archive, tmp_path):
    assert collect(store, source(archive), date(2025, 11, 6))["status"] == "empty"
    with pytest.raises(FileNotFoundError, match="is it mounted"):
        collect(store, source(tmp_path / "nowhere"), DAY)


def test_what_a_copied_record_says_of_itself_forges_nothing(store, tmp_path, warc, http):
    """An archive may hold records of a landing, or of somebody who knows what those look like."""
    content, _ = warc([("response", "http://x.example/a", http(b"<p>a</p>"))])
    forged = content.replace(
        b"WARC-Type", b"News-Path: forged\r\nNews-Damage: forged\r\nNews-SHA256: 0\r\nWARC-Type", 1
    )
    metadata, _ = warc([("metadata", "http://x.example/b", b"")])
    label = metadata.replace(b"WARC-Type", b"News-Path: other\r\nWARC-Type", 1)
    members = [gzip.compress(record, mtime=0) for record in (label, forged)]
    (tmp_path / "CC-NEWS-20251104000000-1.warc.gz").write_bytes(b"".join(members))
    assert collect(store, source(tmp_path), DAY)["new"] == 1
    (document,) = landed(store)
    assert document.path == "CC-NEWS-20251104000000-1.warc.gz#http://x.example/a"
    assert (document.damage, document.payload) == (None, b"<p>a</p>")
    assert landed_ids(store, store.landed_parts("cc", DAY)) == {document.record_id}


@pytest.mark.parametrize("cut", [1, 4, 8, 9, 200])
def test_a_record_whose_compression_is_torn_is_never_copied_as_it_stands(store, tmp_path, warc, http, cut):
    content, _ = warc(
        [("response", f"http://x.example/{n}", http(b"<p>%d</p>" % n * 99)) for n in range(3)], compressed=True
    )
    (tmp_path / "CC-NEWS-20251104000000-1.warc.gz").write_bytes(content[:-cut])
    collect(store, source(tmp_path), DAY)
    land(store, "cc", DAY, [])
    for part in store.landed_parts("cc", DAY):
        assert list(OtherReader(io.BytesIO(store.read_bytes(part))))
        assert gzip.decompress(store.read_bytes(part))  # each member to its checksum
    assert len([document for document in landed(store) if not document.damage]) in (2, 3)


# ---- how fast


def speed(tmp_path: Path, count: int, size: int) -> tuple[float, float, float]:
    """Records a second of processor time, landing and in a bare loop; and the growth of memory in MB."""
    write_archive(tmp_path / "CC-NEWS-20251104000000-1.warc.gz", count, size)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    attempts = []
    for attempt in ("first", "second"):  # the first pays for imports and caches
        started = time.process_time()
        done = land(Store(str(tmp_path / attempt)), "cc", DAY, arrivals(source(tmp_path), DAY))
        attempts.append(time.process_time() - started)
        assert done.new == count
    landing = min(attempts)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) / 1024
    started = time.process_time()
    with (tmp_path / "CC-NEWS-20251104000000-1.warc.gz").open("rb") as file:
        for record in ArchiveIterator(file):
            record.content_stream().read()
    return count / landing, count / (time.process_time() - started), grown


@pytest.mark.parametrize(
    ("count", "size", "least", "share"),
    [
        (500, 20_000, 500, 0.0),
        (60, 280_000, 0, 0.3),
        pytest.param(10_000, 20_000, 1000, 0.0, marks=pytest.mark.long),
        pytest.param(2_000, 280_000, 0, 0.5, marks=pytest.mark.long),
    ],
)
def test_landing_an_archive_is_about_as_fast_as_reading_it(tmp_path, count, size, least, share, record_property):
    landing, bare, grown = speed(tmp_path, count, size)
    record_property("records_per_second", round(landing))
    print(f"{count} records of {size} bytes: {landing:.0f}/s landed, {bare:.0f}/s read, {grown:.0f} MB more memory")
    assert landing > least
    assert landing > share * bare
    assert grown < 60
