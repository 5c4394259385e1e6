"""The landing: every document once, unchanged, for good, and readable by any WARC tool."""

import gzip
import hashlib
import io
import uuid
import zlib
from datetime import UTC, date, datetime

import brotli
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from hypothesis import given
from hypothesis import strategies as st

from news_etl.landing import (
    Arrival,
    Landing,
    Original,
    as_document,
    find_document,
    land,
    landed_ids,
    read_landing,
    read_pages,
)
from news_etl.store import Store

DAY = date(2025, 11, 4)
LIMIT = 1_000_000


def arrival(path: str = "a.html", content: bytes = b"<p>Bonjour</p>", **fields) -> Arrival:
    """A file on its way; of a `response` the content is what follows the HTTP headers."""
    block = fields.pop("block", content)
    fields = {"media_type": "text/html"} | fields
    return Arrival(path, hashlib.sha256(content).hexdigest(), lambda: io.BytesIO(block), **fields)


def landed(store: Store, *arrivals: Arrival):
    return land(store, "src", DAY, arrivals)


def read(store: Store, limit: int = LIMIT):
    return list(read_landing(store, "src", DAY, store.landed_parts("src", DAY), limit))


def files(store: Store) -> dict[str, bytes]:
    return {name: store.read_bytes(name) for name in store.landed_parts("src", DAY)}


@pytest.mark.parametrize("url", ["{tmp}", "memory://{id}"])
def test_landing_the_same_again_adds_nothing(url, tmp_path):
    store = Store(url.format(tmp=tmp_path, id=uuid.uuid4()))
    first = landed(store, arrival("a"), arrival("b"))
    before = files(store)
    again = landed(store, arrival("b"), arrival("a"))
    assert (first.new, first.known) == (2, 0)
    assert (again.new, again.known, again.part) == (0, 2, None)
    assert files(store) == before
    assert len(read(store)) == 2


def test_the_same_bytes_under_another_name_are_another_document(store):
    landed(store, arrival("a.html"))
    assert landed(store, arrival("b.html")).new == 1
    assert {document.path for document in read(store)} == {"a.html", "b.html"}
    assert len({document.record_id for document in read(store)}) == 2


def test_other_bytes_under_the_same_name_are_another_document_and_the_first_stays(store):
    landed(store, arrival(content=b"one"))
    before = files(store)
    landed(store, arrival(content=b"two"))
    assert {document.payload for document in read(store)} == {b"one", b"two"}
    assert before.items() <= files(store).items()


def test_a_document_that_arrives_twice_at_once_lands_once(store):
    assert landed(store, arrival("a"), arrival("a")).new == 1
    assert len(read(store)) == 1


def test_nothing_new_writes_no_part(store):
    assert landed(store).part is None
    assert files(store) == {}


def test_two_empty_roots_get_the_same_bytes(tmp_path):
    roots = [Store(str(tmp_path / name)) for name in ("one", "two")]
    for root in roots:
        landed(root, arrival("a", fetched_at=datetime(2025, 11, 4, 9, tzinfo=UTC)), arrival("b", content=b""))
    assert files(roots[0]) == files(roots[1])


def test_source_and_day_are_part_of_the_key(store):
    land(store, "src", DAY, [arrival()])
    land(store, "other", DAY, [arrival()])
    land(store, "src", date(2025, 11, 5), [arrival()])
    landings = (("src", DAY), ("other", DAY), ("src", date(2025, 11, 5)))
    ids = [landed_ids(store, store.landed_parts(*landing)) for landing in landings]
    assert len(set.union(*ids)) == 3


def test_a_document_in_two_parts_is_read_once(store, tmp_path):
    """Two collectors at work at once, each with a document of its own and one that both have."""
    elsewhere = Store(str(tmp_path / "elsewhere"))
    landed(store, arrival("a"), arrival("b"))
    landed(elsewhere, arrival("b"), arrival("c"))
    for name, content in files(elsewhere).items():
        store.write_bytes(name, content)
    assert len(files(store)) == 2
    assert sorted(document.path for document in read(store)) == ["a", "b", "c"]


def test_a_document_that_changes_while_it_lands_is_landed_by_the_next_attempt(store, tmp_path):
    changed = arrival(content=b"first")
    changed.block = lambda: io.BytesIO(b"second")
    with pytest.raises(OSError, match="changed while it was landed"):
        landed(store, arrival("other"), changed)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert landed(store, arrival(content=b"second")).new == 1


def test_a_document_comes_back_as_it_was(store):
    at = datetime(2025, 11, 4, 9, 30, tzinfo=UTC)
    content = bytes(range(256))
    landed(
        store, arrival("sub/a b.html", content, url="https://x.example/é?a=1&b=2", fetched_at=at, container="c.warc")
    )
    (document,) = read(store)
    assert document.payload == content
    assert document.path == "sub/a b.html"
    assert document.url == "https://x.example/é?a=1&b=2"
    assert document.fetched_at == at
    assert (document.source, document.day, document.media_type) == ("src", DAY, "text/html")
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert document.raw_file in files(store)


def test_a_fetch_time_that_is_not_known_stays_unknown(store):
    landed(store, arrival())
    assert read(store)[0].fetched_at is None


def test_the_empty_document_lands_too(store):
    landed(store, arrival(content=b""))
    assert read(store)[0].payload == b""


HOSTILE = [
    "a\nNews-Damage: forged.txt",
    "a\r\n\r\nWARC/1.1",
    " leading.txt",
    "trailing.txt ",
    "../../etc/passwd",
    "100%25 sûr.html",
    "c.warc.gz#https://x.example/?q=a#b",
    "🙂\u2028\u200b.txt",
    "\x00\x01",
    "a\\b:c;d\"e'",
]


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_names_come_back_and_forge_nothing(store, path):
    landed(store, arrival(path, url=f"http://x.example/{path}"), arrival("honest"))
    documents = {document.path: document for document in read(store)}
    assert documents.keys() == {path, "honest"}
    assert documents[path].damage is None
    assert documents[path].payload == b"<p>Bonjour</p>"


@given(path=st.text(st.characters(exclude_categories=["Cs"])), content=st.binary())
def test_any_name_and_any_content_survive(path, content):
    document = as_document(arrival(path, content), LIMIT)
    assert (document.path, document.payload) == (path, content)


def test_a_read_is_cut_just_after_the_limit(store):
    landed(store, arrival(content=b"x" * 5000))
    assert len(read(store, limit=1000)[0].payload) == 1001
    assert len(read(store, limit=5000)[0].payload) == 5000


def test_a_raw_pointer_finds_its_document(store):
    landed(store, arrival("a", b"one"), arrival("b", b"two"))
    for document in read(store):
        found = find_document(store, document.raw_file, document.record_id, "src", DAY, LIMIT)
        assert found == document
    assert find_document(store, next(iter(files(store))), "nobody", "src", DAY, LIMIT) is None


# ---- pages of archives


def response(body: bytes, *headers: bytes, status: bytes = b"HTTP/1.1 200 OK", **fields) -> Arrival:
    block = b"\r\n".join([status, *headers, b"", body])
    return arrival("c#u", body, block=block, record_type="response", url="http://x.example/", **fields)


def test_a_response_gives_its_body_status_and_charset(store):
    landed(
        store,
        response("été".encode("latin-1"), b"Content-Type: text/html; Charset='ISO-8859-1'", status=b"HTTP/1.1 404 No"),
    )
    (document,) = read(store)
    assert (document.payload, document.http_status, document.charset) == (b"\xe9t\xe9", 404, "iso-8859-1")


@pytest.mark.parametrize(
    ("name", "encode"), [(b"gzip", gzip.compress), (b"br", brotli.compress), (b"deflate", zlib.compress)]
)
def test_transfer_and_content_encoding_are_undone_in_reading_alone(store, name, encode):
    body = encode(b"<p>long</p>" * 100)
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    landed(store, response(chunked, b"Content-Encoding: " + name, b"Transfer-Encoding: chunked"))
    assert read(store)[0].payload == b"<p>long</p>" * 100
    assert read(store)[0].sha256 == hashlib.sha256(chunked).hexdigest()


@pytest.mark.parametrize(("name", "encode"), [(b"gzip", gzip.compress), (b"deflate", zlib.compress)])
def test_a_page_whose_encoding_ends_too_early_is_told_from_a_whole_one(store, name, encode):
    body = encode(hashlib.sha512(b"long").hexdigest().encode() * 100)
    landed(store, response(body, b"Content-Encoding: " + name), response(body[:-40], b"Content-Encoding: " + name))
    assert sorted(document.is_cut for document in read(store)) == [False, True]


@pytest.mark.parametrize(
    "status",
    [
        b"HTTP/1.1 \xb2\xb2\xb2 OK",
        b"HTTP/1.1 " + b"9" * 5000,
        b"HTTP/1.1",
        b"HTTP/2 200",
        b"\x00\xff garbage",
        b"",
        b"-",
    ],
)
def test_no_status_line_stops_the_day(store, status):
    landed(store, response(b"x", status=status), arrival("good"))
    assert [document.path for document in read(store)] == ["c#u", "good"]


@pytest.mark.parametrize(
    "headers",
    [
        [b"Content-Encoding: gzip"],
        [b"Content-Encoding: br"],
        [b"Content-Encoding: deflate"],
        [b"Content-Encoding: unheard-of"],
        [b"Transfer-Encoding: chunked"],
        [b"Content-Type: text/html; charset="],
        [b"no colon at all"],
        [b": empty name", b" continued"],
        [b"X: \xff\xfe\r\x00"],
    ],
)
@pytest.mark.parametrize("body", [b"plain", b"", b"-5\r\nabc\r\n", b"\x1f\x8b\x08\x00broken"])
def test_headers_that_lie_stop_nothing(store, headers, body):
    landed(store, response(body, *headers), arrival("good"))
    assert [document.path for document in read(store)] == ["c#u", "good"]


def test_a_response_without_a_block_is_an_empty_document(store):
    landed(store, arrival("c#u", b"", block=b"", record_type="response", url="http://x.example/"))
    assert read(store)[0].payload == b""


# ---- an independent reader


def fastwarc_records(store: Store, name: str):
    """Every record as another library reads it: (record, block, digests hold)."""
    found = []
    for record in ArchiveIterator(io.BytesIO(store.read_bytes(name)), parse_http=False, verify_digests=False):
        holds = record.verify_block_digest()
        found.append((dict(record.headers), record.record_type, record.reader.read(), holds))
    return found


def test_another_tool_reads_the_parts_and_the_digests_hold(store):
    blocks = {
        "resource": b"<p>a file</p>",
        "response": b"HTTP/1.1 200 OK\r\nx-ODD:  kept\r\nSet-Cookie: caf\xe9\r\n\r\nbody",
        "revisit": b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n",
    }
    arrivals = [
        arrival(f"c#{kind}", block, block=block, record_type=kind, url=f"http://x.example/{kind}")
        for kind, block in blocks.items()
    ]
    part = landed(store, *arrivals).part
    records = fastwarc_records(store, part)
    kinds = [WarcRecordType.resource, WarcRecordType.response, WarcRecordType.revisit]
    assert [kind for _, kind, _, _ in records] == kinds
    assert [block for _, _, block, _ in records] == list(blocks.values())
    assert all(holds for *_, holds in records)
    assert {headers["WARC-Record-ID"] for headers, *_ in records} == {
        f"<urn:uuid:{identity}>" for identity in landed_ids(store, store.landed_parts("src", DAY))
    }


def test_another_tool_verifies_the_payload_of_a_page(store):
    part = landed(store, response(b"<p>page</p>", b"Content-Type: text/html")).part
    record = next(iter(ArchiveIterator(io.BytesIO(store.read_bytes(part)), parse_http=True)))
    assert record.http_headers.status_code == 200
    assert record.verify_payload_digest()
    assert record.reader.read() == b"<p>page</p>"


def test_the_date_of_a_record_is_its_fetch_or_the_start_of_its_day(store):
    part = landed(store, arrival("a"), arrival("b", fetched_at=datetime(2025, 11, 4, 9, 30, 5, tzinfo=UTC))).part
    dates = [headers["WARC-Date"] for headers, *_ in fastwarc_records(store, part)]
    assert dates == ["2025-11-04T00:00:00Z", "2025-11-04T09:30:05Z"]


def test_a_brotli_bomb_costs_no_more_than_the_limit(store):
    landed(store, response(brotli.compress(b"\0" * 50_000_000, quality=1), b"Content-Encoding: br"), arrival("good"))
    assert {document.path: len(document.payload) for document in read(store)} == {"c#u": LIMIT + 1, "good": 14}


# ---- parts that grow


def fetched(path: str, content: bytes = b"<p>Bonjour</p>", **fields) -> Arrival:
    """A page as it comes from a server."""
    block = b'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: "7"\r\n\r\n' + content
    at = datetime(2025, 11, 4, 9, 30, tzinfo=UTC)
    about = {"url": f"http://x.example/{path}", "fetched_at": at, "request": b"GET / HTTP/1.1\r\n\r\n"}
    return arrival(path, content, **({"block": block, "record_type": "response"} | about | fields))


def left_behind(store: Store, tmp_path, *arrivals: Arrival):
    """The file that a killed collection leaves; nobody holds it any more."""
    landing = Landing(store, "src", keep=True).__enter__()
    for one in arrivals:
        landing.add(one, DAY)
    (growing,) = landing._parts.values()
    growing._growing.file.close()
    (file,) = (path for path in tmp_path.rglob(".growing-*"))
    return file


def test_what_a_killed_collection_fetched_is_landed_by_the_next(store, tmp_path):
    left_behind(store, tmp_path, fetched("a"), fetched("b"))
    assert read(store) == []
    with Landing(store, "src", keep=True) as landing:
        assert [landing.add(fetched(name), DAY) for name in "abc"] == [False, False, True]
    assert sorted(document.path for document in read(store)) == ["a", "b", "c"]
    assert list(tmp_path.rglob(".growing-*")) == []


def test_a_torn_end_costs_the_torn_record_alone(store, tmp_path):
    file = left_behind(store, tmp_path, *(fetched(str(n), bytes([n]) * 50) for n in range(4)))
    whole = file.read_bytes()
    seen = set()
    for cut in range(0, len(whole), 13):
        file.write_bytes(whole[:cut])
        with Landing(store, "src", keep=True):
            pass
        documents = sorted(document.path for document in read(store))
        assert documents == [str(n) for n in range(len(documents))]
        seen.add(len(documents))
        for part in store.landed_parts("src", DAY):
            assert all(holds for *_, holds in fastwarc_records(store, part))
            store.remove(part)
        assert not file.exists()
    assert seen == {0, 1, 2, 3}


def test_what_another_collection_is_writing_is_left_alone(store, tmp_path):
    with Landing(store, "src", keep=True) as busy:
        busy.add(fetched("a"), DAY)
        with Landing(store, "src", keep=True) as other:
            other.add(fetched("b"), DAY)
        assert [document.path for document in read(store)] == ["b"]
    assert sorted(document.path for document in read(store)) == ["a", "b"]


def collect_until_the_disk_is_full(store: Store, keep: bool) -> None:
    with Landing(store, "src", keep=keep) as landing:
        landing.add(fetched("a"), DAY)
        raise OSError("the disk is full")


def test_an_error_keeps_the_pages_that_were_fetched_and_no_files_that_can_be_read_again(store, tmp_path):
    for keep, documents in ((True, ["a"]), (False, [])):
        with pytest.raises(OSError, match="full"):
            collect_until_the_disk_is_full(store, keep)
        assert [document.path for document in read(store)] == documents
        for part in store.landed_parts("src", DAY):
            store.remove(part)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_files_that_a_kill_left_half_landed_are_landed_whole(store, tmp_path):
    left_behind(store, tmp_path, arrival("a"))
    assert landed(store, arrival("a"), arrival("b")).new == 2
    assert list(tmp_path.rglob(".growing-*")) == []


def test_a_collection_over_midnight_lands_each_page_on_its_day(store):
    with Landing(store, "src", keep=True) as landing:
        landing.add(fetched("a"), DAY)
        landing.add(fetched("b"), date(2025, 11, 5))
    assert store.landed_days("src") == [DAY, date(2025, 11, 5)]


def test_pages_can_grow_for_a_root_that_is_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store = Store(f"memory://{uuid.uuid4()}")
    left_behind(store, tmp_path, fetched("a"))
    with Landing(store, "src", keep=True) as landing:
        landing.add(fetched("b"), DAY)
    assert sorted(document.path for document in read(store)) == ["a", "b"]


def test_what_is_known_of_a_page_stands_in_the_landing(store):
    with Landing(store, "src", keep=True) as landing:
        landing.add(fetched("a", tdm_opt_out=("robots:GPTBot",)), DAY)
    (first,) = (document.record_id for document in read(store))
    original = Original(first, "http://x.example/a", datetime(2025, 11, 4, 9, 30, tzinfo=UTC))
    with Landing(store, "src", keep=True) as landing:
        landing.add(fetched("b", record_type="revisit", original=original), DAY)
    pages = {page.path: page for part in store.landed_parts("src", DAY) for page in read_pages(store, part)}
    assert pages["a"].etag == '"7"'
    assert {page.original for page in pages.values()} == {original}
    assert {document.path: document.tdm_opt_out for document in read(store)}["a"] == ("robots:GPTBot",)
