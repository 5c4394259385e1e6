"""Content encodings, undone in whatever pieces they come."""

import contextlib
import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from news_etl.fetch.content import Content
from news_etl.fetch.fetched import Stopped

TEXT = "Les écluses de la Sorline rouvrent mardi. ".encode() * 200


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


ENCODED = {
    "": TEXT,
    "identity": TEXT,
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]),
    "deflate": zlib.compress(TEXT),
    "br": brotli.compress(TEXT),
}


def decode(encoding, pieces, limit=1_000_000):
    content = Content(encoding, limit)
    for piece in pieces:
        content.feed(piece)
    return content.finish()


@pytest.mark.parametrize("encoding", ENCODED)
@given(size=st.integers(1, 300))
def test_any_pieces_give_the_same_content(encoding, size):
    data = ENCODED[encoding]
    assert decode(encoding, [data[at : at + size] for at in range(0, len(data), size)]) == TEXT


def test_both_meanings_of_deflate_are_read():
    assert decode("deflate", [raw_deflate(TEXT)]) == TEXT


@given(size=st.integers(1, 100))
def test_an_empty_member_of_gzip_hides_none_of_the_others(size):
    data = b"".join(map(gzip.compress, (b"", b"", TEXT[:99], b"", TEXT[99:], b"")))
    assert decode("gzip", [data]) == TEXT
    assert decode("gzip", [data[at : at + size] for at in range(0, len(data), size)]) == TEXT


def test_padding_after_gzip_is_left_aside():
    assert decode("gzip", [gzip.compress(TEXT), b"\0" * 512, b"\0"]) == TEXT


def test_an_empty_body_is_empty_content_in_any_encoding():
    assert [decode(encoding, [b""]) for encoding in ENCODED] == [b""] * len(ENCODED)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_data_that_end_too_early_are_told(encoding):
    with pytest.raises(Stopped) as stop:
        decode(encoding, [ENCODED[encoding][:-12]])
    assert stop.value.reason == "truncated"


@pytest.mark.parametrize(
    ("encoding", "reason"), [("", "too_large"), ("gzip", "decompression_bomb"), ("br", "decompression_bomb")]
)
def test_the_limit_is_exact(encoding, reason):
    assert decode(encoding, [ENCODED[encoding]], limit=len(TEXT)) == TEXT
    with pytest.raises(Stopped) as stop:
        decode(encoding, [ENCODED[encoding]], limit=len(TEXT) - 1)
    assert stop.value.reason == reason


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
@given(noise=st.binary(min_size=1, max_size=300))
def test_noise_is_content_or_a_reason(encoding, noise):
    with contextlib.suppress(Stopped):  # anything else would fail the test
        assert len(decode(encoding, [noise], limit=1000)) <= 1000
