"""Feeds: RSS, Atom and JSON Feed give the same offers, malformed ones what can be read, and hostile ones nothing."""

import json
import time
from datetime import UTC, datetime

import pytest

from news_etl.collect.feed import read_feed
from news_etl.collect.listing import NotAListing, Offer, Stamp
from newsroom import SITE

FEED = "https://fanal.example/rss/une.xml"
AT = datetime(2025, 11, 4, 7, 30, tzinfo=UTC)


def rss(*items: str, head: str = "") -> bytes:
    joined = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?>{head}<rss version="2.0"><channel><title>F</title>{joined}</channel></rss>'.encode()


def offers(content: bytes) -> list[Offer]:
    return read_feed(content, FEED).offers


def addresses(content: bytes) -> list[str]:
    return [offer.url for offer in offers(content)]


def test_the_three_formats_give_the_same_offer():
    atom = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><title>Le pont rouvre</title>'
        b'<link rel="enclosure" href="/son.mp3"/><link href="/pont"/><id>urn:1</id>'
        b"<published>2025-11-04T08:30:00+01:00</published><updated>2025-11-04T07:30:00Z</updated></entry></feed>"
    )
    item = {"title": "Le pont rouvre", "url": "https://fanal.example/pont", "date_published": "2025-11-04T07:30:00Z"}
    offer = Offer("https://fanal.example/pont", Stamp(AT), title="Le pont rouvre")
    assert offers(
        rss("<title>Le pont\n rouvre</title><link>/pont#haut</link><pubDate>Tue, 04 Nov 2025 08:30:00 +0100</pubDate>"),
    ) == [offer]
    assert offers(atom) == [Offer(offer.url, Stamp(AT), Stamp(AT), offer.title)]
    assert offers(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]}).encode()) == [offer]


@pytest.mark.parametrize(("name", "count"), [("feed.xml", 8), ("atom.xml", 4), ("feed.json", 12)])
def test_the_feeds_of_the_sample_newsroom_are_read(name, count):
    found = offers((SITE / name).read_bytes())
    assert len(found) == count
    assert all(offer.published and offer.title for offer in found)
    assert not [offer for offer in found if "utm_" in offer.url]


def test_a_page_offered_twice_is_one_offer_also_with_tracking_parameters():
    assert addresses(rss("<link>/a</link>", "<link>/a?utm_source=rss</link>", "<link>/b</link>")) == [
        "https://fanal.example/a",
        "https://fanal.example/b",
    ]


def test_what_is_no_address_of_the_web_is_left_out():
    links = ["javascript:alert(1)", "file:///etc/passwd", "ftp://x/y", "", "data:text/html,x", "http://", "/good"]
    assert addresses(rss(*(f"<link>{link}</link>" for link in links))) == ["https://fanal.example/good"]
    broken = {"items": [{"url": 5}, {"url": None}, "x", {}, {"url": "/good", "date_published": "soon"}]}
    assert addresses(json.dumps(broken).encode()) == ["https://fanal.example/good"]


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("../a.html", "https://fanal.example/a.html"),
        ("b.html", "https://fanal.example/rss/b.html"),
        ("//cdn.example/c", "https://cdn.example/c"),
        ("?p=1", "https://fanal.example/rss/une.xml?p=1"),
        ("\n https://fanal.example/a b \n", "https://fanal.example/a%20b"),
        ("/économie/é?q=ù", "https://fanal.example/%C3%A9conomie/%C3%A9?q=%C3%B9"),
        ("<![CDATA[/a?b=1&c=2]]>", "https://fanal.example/a?b=1&c=2"),
    ],
)
def test_links_of_every_kind_are_addresses(link, url):
    assert addresses(rss(f"<link>{link}</link>")) == [url]


def test_the_id_of_an_item_is_its_address_where_it_is_one_and_names_no_other():
    content = rss(
        "<guid>https://fanal.example/a</guid>",
        '<guid isPermaLink="false">https://fanal.example/b</guid>',
        '<link>/c</link><guid isPermaLink="false">https://fanal.example/x</guid>',
        '<guid isPermaLink="false">12345</guid>',
    )
    assert addresses(content) == [f"https://fanal.example/{name}" for name in "abc"]
    assert read_feed(content, FEED).nameless == 1
    atom = b'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/dir/"><entry><id>http://x.example/a</id></entry>'
    assert addresses(atom + b'<entry><link href="b"/><id>urn:2</id></entry></feed>') == [
        "http://x.example/a",
        "https://fanal.example/dir/b",
    ]
    items = {"items": [{"id": "https://fanal.example/a"}, {"id": "5"}, {"id": "6", "url": "/b"}]}
    assert addresses(json.dumps(items).encode()) == ["https://fanal.example/a", "https://fanal.example/b"]


@pytest.mark.parametrize(
    "at",
    [
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "0001-01-01T00:00:00Z",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "9999-12-31T23:59:59-23:00",
        "yesterday",
        "-1",
    ],
)
def test_an_absurd_date_is_none(at):
    assert offers(rss(f"<link>/a</link><pubDate>{at}</pubDate>")) == [Offer("https://fanal.example/a")]
    item = {"url": "/a", "date_published": at, "date_modified": at}
    assert offers(json.dumps({"items": [item]}).encode()) == [Offer("https://fanal.example/a")]


def test_text_that_no_file_can_hold_is_replaced():
    content = b'{"items": [{"url": "/a", "title": "\\ud800"}, {"url": "/\\ud800"}]}'
    assert [offer.title for offer in offers(content)][:1] == ["?"]
    assert all(address.isascii() for address in addresses(content))


def test_a_feed_that_is_cut_gives_what_came_before():
    whole = rss(*(f"<title>T</title><link>/{n}</link>" for n in range(50)))
    assert len(addresses(whole[: len(whole) // 2])) > 20


def test_text_in_a_wrong_encoding_costs_no_item():
    assert len(addresses(rss("<title>été</title><link>/a</link>").decode().encode("latin-1"))) == 1


def test_two_thousand_items_are_read_in_seconds():
    text = "Une phrase assez longue pour un résumé. " * 20
    content = rss(*(f"<title>T{n}</title><link>/{n}</link><description>{text}</description>" for n in range(2000)))
    started = time.process_time()
    assert len(addresses(content)) == 2000
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"/etc/passwd",
        b"http://127.0.0.1/",
        b"<html><body>Not found</body></html>",
        b'{"error": "no"}',
        b'{"items": ' + b"[" * 100_000,
        b"\x00\xff" * 100,
        b"%PDF-1.7",
    ],
    ids=lambda content: repr(content[:12]),
)
def test_what_is_no_feed_is_said_to_be_none(content):
    with pytest.raises(NotAListing):
        read_feed(content, FEED, "text/html")


def test_what_stands_in_the_place_of_a_feed_is_said():
    page = '<html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head><body>x</body></html>'
    for content, words in [
        (page, "it is a web page; the feeds that it names: https://fanal.example/feed"),
        ("<!doctype html><p>x", "it is a web page, and names no feed"),
        ("<urlset><url/></urlset>", "it is a sitemap, whose kind is `sitemap`"),
        ("nothing", "feed$"),
    ]:
        with pytest.raises(NotAListing, match=words):
            read_feed(content.encode(), FEED)


BOMB = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("head", [BOMB, FILE, FILE.lower(), f"<!-- <rss> -->{FILE}"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_that_declares_entities_is_not_read(head, encoding):
    content = rss("<title>&b;&f;</title><link>/a</link>", head=head).decode().encode(encoding)
    with pytest.raises(NotAListing, match="entities"):
        read_feed(content, FEED)


def test_a_feed_of_old_with_a_doctype_is_read():
    head = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://x.example/rss-0.91.dtd">'
    assert addresses(rss("<link>/a</link>", head=head)) == ["https://fanal.example/a"]
