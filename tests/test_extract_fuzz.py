"""Whatever the bytes, a document ends as an article or with a verdict, and the body can be rebuilt from its blocks."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from news_etl.clean import BLOCK_SEPARATOR, clean
from news_etl.document import Document
from news_etl.extract import extract
from news_etl.outcome import Reason, Rejected, Skipped

SAMPLES = Path(__file__).resolve().parents[1] / "include" / "samples"
FETCHED = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)
TAG = re.compile(rb"<[^<>]{1,2000}>")
ATTRIBUTE = re.compile(rb'([\w-]+)="([^"]*)"')
LD = re.compile(rb'(<script type="application/ld\+json">)(.*?)(</script>)', re.DOTALL)
SCRAPS = (
    *(b"", b"\x00", b"\xff\xfe", b"<", b">", b'"', b"&#0;", b"&#xD800;", b"&#9999999999;", b"]]>", b"<!--", b"--!>"),
    *(b"<?xml version='1.0' encoding='utf-16'?>", b"<![CDATA[", b"<svg><title>", b"<table><p>", b"<template>"),
    *(
        b"<base href='http://['>",
        b"<meta charset=utf-7>",
        b"<plaintext>",
        b"<select><p>",
        b"http://[::1",
        b"data:,",
        b"%",
    ),
    *("\u202e\u2028\u0085\ufeff".encode(), b"\xed\xa0\x80", b"\xf0\x9f", b"\xc2\xa0" * 50, b"\n" * 50),
    *(b"9999-99-99", b"31/02/2025", b"0000-00-00T00:00:00Z", b"2025-11-04T25:61:00+99:99", b"il y a 999 jours"),
    *(b"Par , et avec", "Publié il y a 99999 mois".encode()),
)
VALUES = (
    *(None, True, 0, -1, 1e308, 10**30, "", " ", "\ud800", "2025-13-45", "A" * 5000),
    *([], {}, [[]], [None], ["NewsArticle", 3], [{"name": ["a", {"name": "b"}]}]),
    *({"@type": "Person"}, {"name": None}, {"@value": 5}, {"@graph": [1, None]}, {"@id": "#x"}),
)

Bytes = st.binary(max_size=12)


def pages() -> list[bytes]:
    files = [*sorted(SAMPLES.glob("*/date=*/*.html")), *sorted(SAMPLES.glob("*/pages/*.html"))]
    return [file.read_bytes() for file in files]


def dumps() -> list[bytes]:
    return [file.read_bytes() for file in sorted(SAMPLES.glob("*/date=*/*.txt")) if file.stem != "illisible"]


PAGES, DUMPS = pages(), dumps()


# ---- mutations


def splice(data: st.DataObject, text: bytes) -> bytes:
    at = data.draw(st.integers(0, len(text)))
    length = data.draw(st.sampled_from((0, 0, 1, 7, 60, 900)))
    scrap = data.draw(st.sampled_from(SCRAPS) | Bytes)
    return text[:at] + scrap + text[at + length :]


def move(data: st.DataObject, text: bytes) -> bytes:
    """A stretch is repeated elsewhere: blocks out of order, elements closed twice."""
    start, to = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))
    return text[:to] + text[start : start + data.draw(st.sampled_from((40, 300, 4000)))] + text[to:]


def cut(data: st.DataObject, text: bytes) -> bytes:
    return text[: data.draw(st.integers(0, len(text)))]


def flip(data: st.DataObject, text: bytes) -> bytes:
    changed = bytearray(text)
    for at in data.draw(st.lists(st.integers(0, max(0, len(text) - 1)), max_size=30)) if text else ():
        changed[at] ^= data.draw(st.sampled_from((1, 32, 128, 255)))
    return bytes(changed)


def recode(data: st.DataObject, text: bytes) -> bytes:
    """The same text in another encoding than it says."""
    encoding = data.draw(
        st.sampled_from(("utf-16", "utf-16-be", "utf-32", "latin-1", "cp1252", "utf-8-sig", "utf-7", "cp037"))
    )
    return text.decode("utf-8", "replace").encode(encoding, "replace")


def drop_tag(data: st.DataObject, text: bytes) -> bytes:
    tags = list(TAG.finditer(text))
    if not tags:
        return text
    tag = data.draw(st.sampled_from(tags))
    again = data.draw(st.sampled_from((0, 0, 2, 40, 400)))  # dropped, or nested deeply
    return text[: tag.start()] + tag[0] * again + text[tag.end() :]


def garble_attribute(data: st.DataObject, text: bytes) -> bytes:
    found = list(ATTRIBUTE.finditer(text))
    if not found:
        return text
    match = data.draw(st.sampled_from(found))
    value = data.draw(st.sampled_from(SCRAPS) | st.sampled_from(found).map(lambda other: other[2]) | Bytes)
    return text[: match.start(2)] + value + text[match.end(2) :]


def break_json(data: st.DataObject, text: bytes) -> bytes:
    """One value of the JSON-LD is of another type, or the JSON itself is broken."""
    match = LD.search(text)
    if match is None:
        return text
    if data.draw(st.booleans()):
        return text[: match.start(2)] + splice(data, match[2]) + text[match.end(2) :]
    try:
        node = json.loads(match[2])
    except ValueError:
        return text
    value = data.draw(st.sampled_from(VALUES))
    if isinstance(node, dict) and node:
        node[data.draw(st.sampled_from(sorted(node)))] = value
    else:
        node = value
    return text[: match.start(2)] + json.dumps(node).encode() + text[match.end(2) :]


def move_line(data: st.DataObject, text: bytes) -> bytes:
    lines = text.split(b"\n")
    line = lines.pop(data.draw(st.integers(0, len(lines) - 1)))
    for _ in range(data.draw(st.sampled_from((0, 1, 2, 30)))):
        lines.insert(data.draw(st.integers(0, len(lines))), line)
    return data.draw(st.sampled_from((b"\n", b"\n", b"\r\n", b"\r", b" ", b"\n\n"))).join(lines)


ANY = (splice, splice, move, cut, flip, recode)
OF_PAGES = (*ANY, drop_tag, drop_tag, garble_attribute, garble_attribute, break_json, break_json)
OF_DUMPS = (*ANY, move_line, move_line, move_line)


def mutated(data: st.DataObject, media_type: str) -> bytes:
    html = media_type == "text/html"
    payload = data.draw(st.sampled_from(PAGES if html else DUMPS))
    for mutate in data.draw(st.lists(st.sampled_from(OF_PAGES if html else OF_DUMPS), min_size=1, max_size=4)):
        payload = mutate(data, payload)
    return payload


# ---- what holds for every document


def check(payload: bytes, media_type: str, charset: str | None = None) -> None:
    """An article whose body is rebuilt from its blocks, or a verdict; a crash is none."""
    address = "https://www.gazette-du-port.example/a" if media_type == "text/html" else None
    document = Document(
        path="a", payload=payload, media_type=media_type, url=address, fetched_at=FETCHED, charset=charset
    )
    refused: Rejected | None = None
    try:
        row = clean(document, extract(document))
    except Skipped:
        return
    except Rejected as verdict:
        refused = verdict
    if refused:
        assert refused.reason is not Reason.STEP_CRASHED, refused.message
        return
    body, end = row["body"], 0
    for block in row["blocks"]:
        assert block["start"] == (end + len(BLOCK_SEPARATOR) if end else 0)
        end = block["end"]
        assert body[block["start"] : end] == block["text"] == block["text"].strip()
        assert block["text"]
    assert end == len(body)
    assert BLOCK_SEPARATOR.join(block["text"] for block in row["blocks"]) == body
    json.dumps(row, default=str, ensure_ascii=False).encode()  # a lone surrogate cannot be written


charsets = st.sampled_from((None, None, None, "utf-8", "latin-1", "utf-16", "shift_jis", "no-such", "", "hex", "idna"))


def _fuzz(media_type: str, examples: int) -> None:
    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(st.data(), charsets)
    def run(data: st.DataObject, charset: str | None) -> None:
        check(mutated(data, media_type), media_type, charset)

    run()


@pytest.mark.parametrize(("media_type", "examples"), [("text/html", 400), ("text/plain", 500)])
def test_a_mutated_document_is_read_or_refused(media_type: str, examples: int) -> None:
    _fuzz(media_type, examples)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("media_type", "examples"), [("text/html", 8_000), ("text/plain", 10_000)])
def test_many_mutated_documents_are_read_or_refused(media_type: str, examples: int) -> None:
    _fuzz(media_type, examples)


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(st.text(max_size=400), st.sampled_from(("text/html", "text/plain", "application/json")))
def test_any_text_is_read_or_refused(text: str, media_type: str) -> None:
    check(text.encode("utf-8", "surrogatepass"), media_type)


# ---- what was found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("!!!\n???\n", id="no line says anything"),
        pytest.param("\u200b\n\ufeff", id="invisible characters alone"),
        pytest.param("Publicité\nPublicité\n", id="nothing but labels of advertisements"),
    ],
)
def test_a_dump_without_a_line_is_refused(text: str) -> None:
    with pytest.raises(Rejected) as refused:
        extract(Document(path="a.txt", payload=text.encode(), media_type="text/plain"))
    assert refused.value.reason in (Reason.NOT_AN_ARTICLE, Reason.EMPTY_DOCUMENT)
