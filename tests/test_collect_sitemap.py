"""Sitemaps: pages, news, indexes and what stands in their place, with the times they name and nothing hostile."""

import gzip
from datetime import UTC, date, datetime, timedelta

import pytest

from news_etl.collect.listing import NotAListing, Offer, Stamp, Window, stamp_of
from news_etl.collect.sitemap import read_sitemap
from newsroom import SITE

URL = "https://fanal.example/sitemap.xml"
LIMIT = 5_000_000
NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
)


def urlset(*urls: str) -> bytes:
    joined = "".join(f"<url>{url}</url>" for url in urls)
    return f'<?xml version="1.0"?><urlset {NAMESPACES}>{joined}</urlset>'.encode()


def test_pages_come_with_their_times():
    content = urlset(
        "<loc> /a </loc><lastmod>2025-11-04</lastmod>",
        "<loc>/b</loc><news:news><news:publication><news:name>F</news:name></news:publication>"
        "<news:publication_date>2025-11-04T08:30:00+01:00</news:publication_date><news:title>Le pont</news:title>"
        "</news:news>",
        "<loc>/c</loc><lastmod>soon</lastmod>",
        "<loc>javascript:x</loc>",
        "",
    )
    assert read_sitemap(content, URL, LIMIT).offers == [
        Offer("https://fanal.example/a", modified=Stamp(datetime(2025, 11, 4, tzinfo=UTC), is_day=True)),
        Offer("https://fanal.example/b", Stamp(datetime(2025, 11, 4, 7, 30, tzinfo=UTC)), title="Le pont"),
        Offer("https://fanal.example/c"),
    ]


def test_an_index_names_its_sitemaps():
    content = (
        f"<sitemapindex {NAMESPACES}><sitemap><loc>/1.xml</loc><lastmod>2025-11-04T00:00:00Z</lastmod></sitemap>"
        "<sitemap><loc>/2.xml</loc></sitemap></sitemapindex>"
    ).encode()
    found = read_sitemap(content, URL, LIMIT)
    assert found.sitemaps == [
        ("https://fanal.example/1.xml", Stamp(datetime(2025, 11, 4, tzinfo=UTC))),
        ("https://fanal.example/2.xml", None),
    ]
    assert found.offers == []


def test_the_sitemaps_of_the_sample_newsroom_are_read():
    counts = {name: len(read_sitemap((SITE / name).read_bytes(), URL, LIMIT).offers) for name in NAMES}
    assert counts == NAMES


NAMES = {"sitemap.xml": 0, "sitemap-news.xml": 9, "sitemap-articles.xml": 13}


@pytest.mark.parametrize(
    "content",
    [
        b'<rss version="2.0"><channel><item><link>/a</link></item></channel></rss>',
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/a"}]}',
        b"https://fanal.example/a\nnot an address\n",
        gzip.compress(urlset("<loc>/a</loc>")),
        urlset("<loc>/a</loc>").decode().encode("utf-16"),
    ],
    ids=["rss", "json", "lines", "gzip", "utf-16"],
)
def test_what_stands_in_the_place_of_a_sitemap_is_read(content):
    assert [offer.url for offer in read_sitemap(content, URL, LIMIT).offers] == ["https://fanal.example/a"]


def test_a_sitemap_that_is_cut_gives_what_came_before():
    whole = urlset(*(f"<loc>/{n}</loc>" for n in range(100)))
    assert len(read_sitemap(whole[: len(whole) // 2], URL, LIMIT).offers) > 40


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>404</body></html>",
        b"nothing here",
        b'<!DOCTYPE u [<!ENTITY f SYSTEM "file:///etc/passwd">]><urlset><url><loc>&f;</loc></url></urlset>',
        gzip.compress(b"<urlset>" + b" " * LIMIT),
        gzip.compress(urlset("<loc>/a</loc>"))[:-9],
    ],
    ids=["empty", "html", "text", "entity", "bomb", "cut gzip"],
)
def test_what_is_no_sitemap_or_no_safe_one_is_refused(content):
    with pytest.raises(NotAListing):
        read_sitemap(content, URL, LIMIT)


def test_tags_nested_without_end_are_no_danger():
    assert read_sitemap(f"<urlset {NAMESPACES}>".encode() + b"<url>" * 100_000, URL, LIMIT).offers == []


# ---- times


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("2025-11-04", Stamp(datetime(2025, 11, 4, tzinfo=UTC), is_day=True)),
        ("2025-11-04T08:30+01:00", Stamp(datetime(2025, 11, 4, 7, 30, tzinfo=UTC))),
        ("2025-11-04T08:30:00.25Z", Stamp(datetime(2025, 11, 4, 8, 30, 0, 250_000, tzinfo=UTC))),
        ("2025-11-04T08:30:00", Stamp(datetime(2025, 11, 4, 8, 30, tzinfo=UTC))),
        ("2025-11", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("1970-01-01", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_times_are_read_as_iso_writes_them(text, stamp):
    assert stamp_of(text) == stamp


def offer(published: str | None = None, modified: str | None = None) -> Offer:
    return Offer("https://fanal.example/a", stamp_of(published), stamp_of(modified))


def test_a_past_day_wants_what_is_dated_to_it_by_its_publication_first():
    window = Window.of_day(date(2025, 11, 4))
    held = [offer("2025-11-04"), offer("2025-11-04T23:59:59Z"), offer(modified="2025-11-04T10:00:00Z")]
    assert all(window.holds(one, undated=True) for one in held)
    not_held = [offer("2025-11-03", "2025-11-04"), offer("2025-11-05T00:30:00+00:00"), offer("2025-11-05"), offer()]
    assert not any(window.holds(one, undated=True) for one in not_held)


def test_through_the_day_what_is_recent_by_any_time_is_wanted():
    now = datetime(2025, 11, 4, 12, tzinfo=UTC)
    window = Window.recent(now, days=3)
    assert window.holds(offer("2025-10-01", "2025-11-04"), undated=False)
    assert window.holds(offer("2025-11-01"), undated=False)  # a day is wanted as a whole
    assert not window.holds(offer("2025-11-01T11:00:00Z"), undated=False)
    assert window.holds(offer(), undated=True)
    assert not window.holds(offer(), undated=False)
    assert Window.recent(now).holds(offer("1999-01-01"), undated=False)
    assert Window.recent(now).holds(offer("9999-12-31"), undated=False)  # a feed shows it: it is there
    assert not window.holds(Offer("x", Stamp(now + timedelta(days=30))), undated=False)
