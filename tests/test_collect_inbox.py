"""The inbox: whatever people and programs put there becomes documents, and nothing of it is lost or stops the rest."""

import gzip
import hashlib
import json
import logging
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from news_etl.collect import collect
from news_etl.collect.inbox import arrivals, documents_in
from news_etl.collect.warc import in_utc
from news_etl.landing import read_landing

DAY = date(2025, 11, 4)
PAGES = [
    ("response", f"http://x.example/{n}", b"HTTP/1.1 200 OK\r\n\r\n" + b"<p>Page %d</p>" % n * 9) for n in range(3)
]


def contents(file: Path, name: str | None = None) -> tuple[list[bytes], list[str]]:
    """The documents in a file, and the faults of those that are damaged."""
    whole, faults = [], []
    for arrival in documents_in(file, name or file.name):
        if arrival.damage:
            faults.append(arrival.damage)
        else:
            whole.append(arrival.block().read())
    return whole, faults


def collected(store, source):
    result = collect(store, source, DAY)
    parts = store.landed_parts(source.id, DAY)
    return result, {document.path: document for document in read_landing(store, source.id, DAY, parts, 1_000_000)}


# ---- which files


def test_every_kind_of_file_is_collected_with_its_type(store, filed):
    types = {
        "a.txt": "text/plain",
        "b.html": "text/html",
        "c.HTM": "text/html",
        "d.html.gz": "text/html",
        "e.json": "application/json",
        "f.pdf": "application/octet-stream",
        "no extension": "application/octet-stream",
    }
    result, documents = collected(store, filed(dict.fromkeys(types, b"x")))
    assert {path: document.media_type for path, document in documents.items()} == types
    assert (result["status"], result["new"], result["known"]) == ("collected", len(types), 0)


def test_hidden_and_unfinished_files_and_sidecars_are_no_documents(store, filed):
    left_out = [
        ".hidden.html",
        "_draft.html",
        "a.html.part",
        "a.html.tmp",
        "a.crdownload",
        "a.html~",
        "a.html.meta.json",
    ]
    _, documents = collected(store, filed(dict.fromkeys([*left_out, "a.html"], b"x")))
    assert documents.keys() == {"a.html"}


def test_collecting_again_adds_only_what_is_new(store, filed):
    source = filed({"a.txt": b"a"})
    collect(store, source, DAY)
    filed({"b.txt": b"b"})
    result, documents = collected(store, source)
    assert (result["new"], result["known"]) == (1, 1)
    assert documents.keys() == {"a.txt", "b.txt"}


def test_a_day_without_files_is_empty_and_said_so(store, filed, caplog):
    result = collect(store, filed({}), DAY)
    assert (result["status"], result["new"]) == ("empty", 0)
    assert "holds no file" in caplog.text


def test_a_day_on_which_nothing_is_expected_is_no_alarm(store, filed, caplog):
    result = collect(store, filed({"a.txt": b"x"}, days=["2025-11-03"]), DAY)
    assert result["status"] == "not_expected"
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_an_inbox_that_is_not_mounted_is_an_error(store, filed, tmp_path):
    source = filed({"a.txt": b"x"})
    (tmp_path / "inboxes").rename(tmp_path / "away")
    with pytest.raises(FileNotFoundError, match="is it mounted"):
        collect(store, source, DAY)


def test_files_of_one_name_in_two_folders_are_two_documents(store, filed):
    _, documents = collected(store, filed({"sport/a.txt": b"same", "culture/a.txt": b"same"}))
    assert documents.keys() == {"sport/a.txt", "culture/a.txt"}


def test_folders_above_the_day_are_part_of_the_name(store, filed, tmp_path):
    for desk in ("sport", "culture"):
        folder = tmp_path / "box" / desk / f"date={DAY}"
        folder.mkdir(parents=True)
        (folder / "a.txt").write_bytes(b"same")
    source = filed({}).model_copy(update={"path": f"{tmp_path}/box/*/date={{date}}/*"})
    _, documents = collected(store, source)
    assert documents.keys() == {"sport/a.txt", "culture/a.txt"}


def test_the_name_of_a_document_does_not_depend_on_where_the_inbox_lies(store, filed, tmp_path):
    folder = tmp_path / f"backup of {DAY}" / "box" / f"date={DAY}"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"x")
    source = filed({}).model_copy(update={"path": f"{tmp_path}/backup of {DAY}/box/date={{date}}/*"})
    _, documents = collected(store, source)
    assert documents.keys() == {"a.txt"}


def test_the_day_may_stand_in_the_name_of_the_file(store, filed, tmp_path):
    (tmp_path / f"wire-{DAY}.txt").write_bytes(b"x")
    source = filed({}).model_copy(update={"path": f"{tmp_path}/wire-{{date}}.*"})
    _, documents = collected(store, source)
    assert documents.keys() == {f"wire-{DAY}.txt"}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("é ü.txt", "é ü.txt"),
        ("100%.txt", "100%.txt"),
        ("a%2Fb.txt", "a%2Fb.txt"),
        ("a\nb.txt", "a\nb.txt"),
        (" a.txt", " a.txt"),
        ("a..b.txt", "a..b.txt"),
        ("[a]*?.txt", "[a]*?.txt"),
        ("#a.txt", "#a.txt"),
        (b"caf\xe9.txt", "caf\\xe9.txt"),
    ],
)
def test_no_file_name_is_too_odd(store, filed, name, path):
    _, documents = collected(store, filed({name: b"x", "b.txt": b"y"}))
    assert documents.keys() == {path, "b.txt"}


# ---- sidecars


def sidecar(store, filed, content: bytes):
    _, documents = collected(store, filed({"a.html": b"x", "a.html.meta.json": content}))
    return documents["a.html"]


def test_a_sidecar_tells_address_and_fetch(store, filed):
    told = {"url": "https://x.example/a", "fetched_at": "2025-11-04T10:00:00+02:00", "editor": 7}
    document = sidecar(store, filed, json.dumps(told).encode())
    assert (document.url, document.fetched_at) == ("https://x.example/a", datetime(2025, 11, 4, 8, tzinfo=UTC))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"url": 5, "fetched_at": ["x"]}',
        b'{"fetched_at": "yesterday"}',
        b'{"fetched_at": "2025-11-04T10:00:00"}',
        b'{"fetched_at": "0001-01-01T00:00:00+05:00"}',
        b'{"fetched_at": "9999-12-31T23:59:59-05:00"}',
    ],
)
def test_a_sidecar_that_says_nothing_useful_is_as_none(store, filed, content):
    document = sidecar(store, filed, content)
    assert (document.url, document.fetched_at, document.payload) == (None, None, b"x")


@pytest.mark.parametrize("url", ["http://x.example/\\r\\nNews-Damage: forged", "http://x.example/\\ud800", "\\u0000"])
def test_a_sidecar_cannot_forge_a_header_or_stop_the_source(store, filed, url):
    document = sidecar(store, filed, f'{{"url": "{url}"}}'.encode())
    assert (document.damage, document.payload) == (None, b"x")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2025-11-04T10:00:00Z", datetime(2025, 11, 4, 10, tzinfo=UTC)),
        ("2025-11-04T01:00:00+02:00", datetime(2025, 11, 3, 23, tzinfo=UTC)),
        ("2025-11-04", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_time_with_its_zone_is_a_fetch_time(text, at):
    assert in_utc(text) == at


# ---- JSON Lines


def test_each_line_is_a_document(store, filed):
    _, documents = collected(store, filed({"a.jsonl": b'{"a": 1}\r\n\n   \n{"b": 2}\nnot json'}))
    assert {path: document.payload for path, document in documents.items()} == {
        "a.jsonl#line=1": b'{"a": 1}',
        "a.jsonl#line=4": b'{"b": 2}',
        "a.jsonl#line=5": b"not json",
    }
    assert {document.media_type for document in documents.values()} == {"application/json"}


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.ndjson.gz", "a.jsonl"])
def test_compressed_lines_are_told_by_their_bytes(tmp_path, name):
    (tmp_path / name).write_bytes(gzip.compress(b"1\n2\n"))
    assert contents(tmp_path / name) == ([b"1", b"2"], [])


def test_a_file_without_lines_is_counted_as_one_damaged_document(tmp_path):
    for content in (b"", b"\n\n", gzip.compress(b"")):
        (tmp_path / "a.jsonl").write_bytes(content)
        assert contents(tmp_path / "a.jsonl") == ([], ["the file holds no line"])


def test_a_cut_gzip_gives_its_whole_lines_and_one_damaged_document(tmp_path):
    # lines that hardly compress, so that every cut falls within one
    lines = [hashlib.sha256(bytes([n])).hexdigest().encode() for n in range(200)]
    packed = gzip.compress(b"\n".join(lines) + b"\n")
    seen = set()
    for cut in range(20, len(packed), 97):
        (tmp_path / "a.jsonl.gz").write_bytes(packed[:cut])
        whole, faults = contents(tmp_path / "a.jsonl.gz")
        assert whole == lines[: len(whole)]
        assert len(faults) == 1
        assert f"after line {len(whole)}" in faults[0]
        seen.add(len(whole))
    assert len(seen) > 20


def test_what_follows_a_gzip_stream_is_one_damaged_document(tmp_path):
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"1\n2\n") + b"garbage")
    whole, faults = contents(tmp_path / "a.jsonl.gz")
    assert (whole, len(faults)) == ([b"1", b"2"], 1)


# ---- archives


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_pages_are_documents_and_requests_are_not(store, filed, warc, name):
    records = [
        ("warcinfo", "", b"software: test"),
        ("request", "http://x.example/", b"GET / HTTP/1.1\r\n\r\n"),
        ("response", "http://x.example/", b"HTTP/1.1 404 Gone\r\nContent-Type: TEXT/HTML; charset=utf-8\r\n\r\nbody"),
        ("metadata", "http://x.example/", b"a: b"),
        ("resource", "file:///b.html", b"<p>file</p>"),
        ("revisit", "http://x.example/same", b"HTTP/1.1 200 OK\r\n\r\n"),
    ]
    content, _ = warc(records, compressed=name.endswith(".gz"))
    _, documents = collected(store, filed({name: content}))
    page = documents[f"{name}#http://x.example/"]
    assert (page.payload, page.http_status, page.media_type, page.record_type) == (
        b"body",
        404,
        "text/html",
        "response",
    )
    assert page.fetched_at == datetime(2025, 11, 4, 8, tzinfo=UTC)
    assert documents[f"{name}#file:///b.html"].payload == b"<p>file</p>"
    assert documents[f"{name}#http://x.example/same"].record_type == "revisit"
    assert len(documents) == 3


@pytest.mark.parametrize("compressed", [False, True])
def test_an_archive_cut_anywhere_gives_its_whole_records_and_one_damaged_document(tmp_path, warc, compressed):
    content, bounds = warc(PAGES, compressed=compressed)
    blocks = [block for _, _, block in PAGES]
    # A record is there when its content is: two line breaks follow it, and in gzip a checksum.
    tail = 12 if compressed else 4
    for cut in range(1, len(content)):
        (tmp_path / "a.warc").write_bytes(content[:cut])
        whole, faults = contents(tmp_path / "a.warc")
        surely = sum(end <= cut for _, end in bounds)
        perhaps = sum(end - tail <= cut for _, end in bounds)
        assert surely <= len(whole) <= perhaps, cut
        assert whole == blocks[: len(whole)]
        rest = 0 if len(whole) and cut <= bounds[len(whole) - 1][1] else 1
        assert len(faults) == rest, cut


def test_the_damaged_rest_is_kept_byte_for_byte(store, filed, warc):
    content, bounds = warc(PAGES)
    cut = bounds[1][1] + 40
    _, documents = collected(store, filed({"a.warc": content[:cut]}))
    (damaged,) = [document for document in documents.values() if document.damage]
    assert damaged.payload == content[bounds[1][1] : cut]
    assert damaged.path == f"a.warc#after-byte={bounds[1][1]}"


@pytest.mark.parametrize("kind", ["response", "resource", "metadata", "revisit"])
@pytest.mark.parametrize("compressed", [False, True])
def test_a_record_without_content_does_not_end_an_archive(tmp_path, warc, kind, compressed):
    content, _ = warc([PAGES[0], (kind, "http://x.example/empty", b""), PAGES[1]], compressed=compressed)
    (tmp_path / "a.warc").write_bytes(content)
    whole, faults = contents(tmp_path / "a.warc")
    empty = [] if kind == "metadata" else [b""]
    assert (whole, faults) == ([PAGES[0][2], *empty, PAGES[1][2]], [])


def test_a_response_without_content_lands_and_is_read(store, filed, warc):
    content, _ = warc([("response", "http://x.example/empty", b""), PAGES[1]])
    _, documents = collected(store, filed({"a.warc": content}))
    assert [document.payload for document in documents.values()] == [b"", b"<p>Page 1</p>" * 9]


@pytest.mark.parametrize("stated", [b"Content-Length: x", b"Content-Length: -5", b"Content-Length: 9999999999", b"X: "])
def test_a_length_that_lies_damages_the_rest(tmp_path, warc, stated):
    content, bounds = warc(PAGES[:2])
    first, second = content[: bounds[0][1]], content[bounds[0][1] :]
    (tmp_path / "a.warc").write_bytes(first + second.replace(b"Content-Length: ", stated + b"\r\nOld-Length: ", 1))
    whole, faults = contents(tmp_path / "a.warc")
    assert (whole, len(faults)) == ([PAGES[0][2]], 1)


@pytest.mark.parametrize(
    "content", [b"", b"\r\n\r\n", b"<html>no archive</html>", b"\0" * 100, gzip.compress(b"", mtime=0)]
)
def test_an_archive_without_a_record_is_one_damaged_document(tmp_path, content):
    for name in ("a.warc", "a.warc.gz"):
        (tmp_path / name).write_bytes(content)
        whole, faults = contents(tmp_path / name)
        assert (whole, len(faults)) == ([], 1)


@pytest.mark.parametrize("compressed", [False, True])
def test_garbage_after_the_last_record_is_one_damaged_document(tmp_path, warc, compressed):
    content, _ = warc(PAGES, compressed=compressed)
    (tmp_path / "a.warc").write_bytes(content + b"garbage\xff" * 500)
    whole, faults = contents(tmp_path / "a.warc")
    assert (len(whole), len(faults)) == (3, 1)
    assert len(faults[0]) < 300


def test_a_flipped_bit_costs_no_record_before_it(tmp_path, warc):
    content, bounds = warc(PAGES, compressed=True)
    broken = bytearray(content)
    broken[sum(bounds[1]) // 2] ^= 0x55
    (tmp_path / "a.warc.gz").write_bytes(broken)
    whole, faults = contents(tmp_path / "a.warc.gz")
    assert whole[0] == PAGES[0][2]
    assert len(faults) == 1


def test_an_archive_in_one_gzip_stream_is_refused_with_the_remedy(store, filed, warc):
    content, _ = warc(PAGES)
    _, documents = collected(store, filed({"a.warc.gz": gzip.compress(content), "b.txt": b"x"}))
    (damaged,) = [document for document in documents.values() if document.damage]
    assert "gunzip it" in damaged.damage
    assert gzip.decompress(damaged.payload) == content
    assert "b.txt" in documents


def test_an_arc_file_is_read_as_an_archive(tmp_path):
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Page</p>"
    about = b"1 0 Test\nURL IP-address Archive-date Content-type Archive-length\n"
    (tmp_path / "a.warc").write_bytes(
        b"filedesc://a.arc 0.0.0.0 20251104000000 text/plain %d\n" % len(about)
        + about
        + b"\nhttp://x.example/ 1.2.3.4 20251104101112 text/html %d\n" % len(page)
        + page
        + b"\n"
    )
    assert contents(tmp_path / "a.warc") == ([page], [])
    (arrival,) = documents_in(tmp_path / "a.warc", "a.warc")
    assert arrival.url == "http://x.example/"
    assert arrival.fetched_at == datetime(2025, 11, 4, 10, 11, 12, tzinfo=UTC)


def test_the_same_page_twice_in_an_archive_is_one_document_and_a_changed_one_another(store, filed, warc):
    changed = ("response", PAGES[0][1], b"HTTP/1.1 200 OK\r\n\r\nchanged")
    content, _ = warc([PAGES[0], PAGES[0], changed])
    result = collect(store, filed({"a.warc": content}), DAY)
    assert result["new"] == 2


def test_documents_come_in_the_order_of_their_paths(filed):
    source = filed({"b.txt": b"b", "a.jsonl": b"1\n2\n", "c/a.txt": b"c"})
    assert [arrival.path for arrival in arrivals(source, DAY)] == [
        "a.jsonl#line=1",
        "a.jsonl#line=2",
        "b.txt",
        "c/a.txt",
    ]
