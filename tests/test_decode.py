"""Bytes become the text their writer saw, and what is no text is refused with the reason."""

import gzip
import os

import pytest

from news_etl.decode import decode, gunzip, open_payload
from news_etl.outcome import Reason, Rejected

FRENCH = "Le président a été reçu à l’Élysée, où « l’été » – dit-il – s’achève… Œuvre achevée."
RUSSIAN = "Правительство сообщило в понедельник, что переговоры продолжатся на следующей неделе."
JAPANESE = "首相は東京で会見し、来年度の予算について説明した。"


def page(charset: str, text: str) -> str:
    return f'<html><head><meta charset="{charset}"></head><body><p>{text}</p></body></html>'


@pytest.mark.parametrize(
    ("declared", "actual", "text"),
    [
        ("iso-8859-1", "utf-8", FRENCH),
        ("utf-8", "cp1252", FRENCH),
        ("windows-1251", "windows-1251", RUSSIAN),
        ("euc-jp", "euc-jp", JAPANESE),
        ("shift_jis", "shift_jis", JAPANESE),
        ("iso-2022-jp", "iso-2022-jp", JAPANESE),
        ("iso-8859-1", "cp1252", FRENCH),
        ("no-such-encoding", "utf-8", FRENCH),
    ],
)
def test_a_page_is_read_right_whatever_it_declares(declared: str, actual: str, text: str) -> None:
    decoded = decode(page(declared, text).encode(actual))
    assert text in decoded.text


def test_the_header_names_the_encoding_where_the_page_does_not() -> None:
    assert decode(RUSSIAN.encode("koi8-r"), "koi8-r").text == RUSSIAN


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_wide_encodings_and_byte_order_marks_leave_no_trace(encoding: str) -> None:
    assert decode(FRENCH.encode(encoding)).text == FRENCH


def test_undeclared_encodings_are_guessed() -> None:
    assert decode(FRENCH.encode("cp1252")).text == FRENCH
    assert decode((RUSSIAN * 5).encode("cp1251")).text == RUSSIAN * 5


def test_utf8_with_a_damaged_end_stays_utf8() -> None:
    decoded = decode(FRENCH.encode() + "é".encode()[:1])
    assert decoded.encoding == "utf-8"
    assert decoded.text.startswith(FRENCH)


def test_gzip_members_are_joined() -> None:
    assert gunzip(gzip.compress(b"one ") + gzip.compress(b"two"), "a.html.gz") == b"one two"


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-30], lambda data: data[:50] + b"\0" * 50 + data[100:], lambda data: data[:12]]
)
def test_damaged_gzip_is_named(damage) -> None:  # type: ignore[no-untyped-def]
    data = gzip.compress(os.urandom(4000))
    with pytest.raises(Rejected) as refused:
        open_payload(damage(data), "a.html.gz")
    assert refused.value.reason is Reason.DAMAGED_GZIP
    assert "a.html.gz" in refused.value.message


def test_a_gzip_bomb_is_stopped_at_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 60_000_000, 9)
    with pytest.raises(Rejected) as refused:
        gunzip(bomb, "bomb.gz", limit=1_000_000)
    assert refused.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("payload", [b"", b" \r\n\t ", b"\xef\xbb\xbf", gzip.compress(b"\n\n", mtime=0)])
def test_a_document_without_content_is_empty(payload: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        open_payload(payload, "a.txt")
    assert refused.value.reason is Reason.EMPTY_DOCUMENT


@pytest.mark.parametrize(
    "payload",
    [
        b"%PDF-1.7 stuff",
        b"PK\x03\x04rest",
        b"\x89PNG\r\n",
        b"\xff\xd8\xff\xe0",
        bytes(range(256)) * 20,
        b"a\x00b\x00\x01\x02" * 40,
    ],
)
def test_binary_data_named_as_text_are_refused(payload: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        open_payload(payload, "a.txt")
    assert refused.value.reason is Reason.BINARY_CONTENT
    assert "a.txt" in refused.value.message
