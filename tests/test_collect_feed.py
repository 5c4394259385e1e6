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


def addresses(content: bytes, **fields) -> list[str]:
    return [offer.url for offer in read_feed(content, FEED, **fields)]


def test_the_three_formats_give_the_same_offer():
    atom = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><title>Le pont rouvre</title>'
        b'<link rel="enclosure" href="/son.mp3"/><link href="/pont"/><id>urn:1</id>'
        b"<published>2025-11-04T08:30:00+01:00</published><updated>2025-11-04T07:30:00Z</updated></entry></feed>"
    )
    item = {"title": "Le pont rouvre", "url": "https://fanal.example/pont", "date_published": "2025-11-04T07:30:00Z"}
    offer = Offer("https://fanal.example/pont", Stamp(AT), title="Le pont rouvre")
    assert read_feed(
        rss("<title>Le pont\n rouvre</title><link>/pont#haut</link><pubDate>Tue, 04 Nov 2025 08:30:00 +0100</pubDate>"),
        FEED,
    ) == [offer]
    assert read_feed(atom, FEED) == [Offer(offer.url, Stamp(AT), Stamp(AT), offer.title)]
    assert read_feed(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]}).encode(), FEED) == [
        offer
    ]


@pytest.mark.parametrize(("name", "count"), [("feed.xml", 8), ("atom.xml", 4), ("feed.json", 12)])
def test_the_feeds_of_the_sample_newsroom_are_read(name, count):
    offers = read_feed((SITE / name).read_bytes(), FEED)
    assert len(offers) == count
    assert all(offer.published and offer.title for offer in offers)
    assert not [offer for offer in offers if "utm_" in offer.url]


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
