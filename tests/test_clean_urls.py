"""Addresses: one form for each page, nothing private, and never an exception."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news_etl.clean.urls import MAX_URL_CHARACTERS, canonical_url, clean_url


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        ("HTTPS://Journal.Example/Article", "https://journal.example/Article"),
        ("http://journal.example:80/a", "http://journal.example/a"),
        ("https://journal.example/a#comments", "https://journal.example/a"),
        ("https://journal.example/a?utm_source=x&utm_medium=y", "https://journal.example/a"),
        ("https://journal.example/a?fbclid=1&id=5", "https://journal.example/a?id=5"),
        ("https://journal.example/a?xtor=RSS-1", "https://journal.example/a"),
        ("https://journal.example/a?b=2&a=1", "https://journal.example/a?a=1&b=2"),
        ("https://journal.example/été", "https://journal.example/%C3%A9t%C3%A9"),
        ("  https://journal.example/a\n", "https://journal.example/a"),
        ("https://journal.example/long\n/path", "https://journal.example/long/path"),
        ("https://journal.example/photo 1.jpg", "https://journal.example/photo%201.jpg"),
        ("https://reader:secret@journal.example/a", "https://journal.example/a"),
    ],
)
def test_an_address_has_one_form(url, cleaned):
    assert clean_url(url) == cleaned
    assert clean_url(cleaned) == cleaned


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "   ",
        "/relative",
        "//journal.example/a",
        "mailto:a@b.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://journal.example/a",
        "http://",
        "http:///a",
        "http://[::1",
        "https://journal.example/\ud800",
        "https://journal.example/" + "a" * MAX_URL_CHARACTERS,
    ],
)
def test_what_is_no_address_of_a_page_is_null(url):
    assert clean_url(url) is None


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("b.jpg", "https://journal.example/a/b.jpg"),
        ("/b.jpg", "https://journal.example/b.jpg"),
        ("//cdn.example/b.jpg", "https://cdn.example/b.jpg"),
        ("http://cdn.example/b.jpg", "http://cdn.example/b.jpg"),
    ],
)
def test_an_address_within_a_page_becomes_absolute(url, absolute):
    assert clean_url(url, "https://journal.example/a/page") == absolute


@given(st.one_of(st.text(), st.text("htps:/@[]?#&=%.é \ud800").map("http://".__add__)), st.none() | st.text())
def test_no_text_is_too_odd(url, base):
    cleaned = clean_url(url, base)
    assert cleaned is None or cleaned.startswith(("http://", "https://"))


PAGE = "https://journal.example/2025/a?utm_source=x"


@pytest.mark.parametrize(
    ("stated", "url", "canonical"),
    [
        (None, PAGE, "https://journal.example/2025/a"),
        ("https://journal.example/a", PAGE, "https://journal.example/a"),
        ("/a", PAGE, "https://journal.example/a"),
        ("https://journal.example/", PAGE, "https://journal.example/2025/a"),
        ("https://other.example/", "https://journal.example/", "https://other.example/"),
        ("https://journal.example/?p=7", PAGE, "https://journal.example/?p=7"),
        ("mailto:desk@journal.example", PAGE, "https://journal.example/2025/a"),
        ("https://journal.example/a", None, "https://journal.example/a"),
        ("https://journal.example/", None, "https://journal.example/"),
        (None, None, None),
        ("/a", None, None),
    ],
)
def test_the_page_names_its_address_unless_that_is_plainly_wrong(stated, url, canonical):
    assert canonical_url(stated, url) == canonical
