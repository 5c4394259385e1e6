"""Fetching from a real server, well-behaved and hostile: what is given back, and what is refused."""

import hashlib
import io
import ipaddress
import re
import socket
import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

import news_etl.landing  # noqa: F401 - it teaches warcio to read brotli
from hostile_newsroom import PAGE, hostile_newsroom, make_bombs, retry_after, robots, with_tls
from news_etl.fetch import FEEDS, Fetcher, FetchReason, HostState, Policy, Validators
from news_etl.fetch.robots import MAX_BYTES as ROBOTS_BYTES
from news_etl.fetch.robots import TDMREP
from news_etl.settings import Settings

POLICY = Policy(
    user_agent="news-etl/1.0 (+https://collector.example/about)",
    private_hosts=frozenset({"127.0.0.1"}),
    min_delay=0.0,
    backoff_seconds=0.02,
    breaker_failures=100,
    connect_seconds=1.0,
    read_seconds=0.4,
    total_seconds=1.0,
    max_bytes=2_000_000,
)


@pytest.fixture(scope="module")
def newsroom():
    make_bombs()
    with hostile_newsroom() as server:
        yield server


@pytest.fixture
def fetcher():
    with Fetcher(POLICY) as fetcher:
        yield fetcher


def fetch(url, validators=None, accept=frozenset({"text/html"}), **changes):
    with Fetcher(replace(POLICY, **changes)) as fetcher:
        return fetcher.get(url, validators, accept)


def paths(server):
    """What was asked, but for the files that say how the site may be used."""
    return [asked.path for asked in server.log if asked.path not in ("/robots.txt", TDMREP)]


# ---- what is given back


def test_a_page_comes_with_its_content_and_the_bytes_of_the_wire(newsroom, fetcher):
    before = datetime.now(UTC)
    page = fetcher.get(newsroom.url + "/page")
    assert (page.reason, page.status, page.ok) == ("ok", 200, True)
    assert page.content == page.body == PAGE
    assert page.sha256 == hashlib.sha256(PAGE).hexdigest()
    assert (page.media_type, page.charset) == ("text/html", "utf-8")
    assert page.request.startswith(b"GET /page HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % newsroom.port)
    assert b"\r\nUser-Agent: news-etl/1.0 (+https://collector.example/about)\r\n" in page.request
    assert page.response_head.startswith(b"HTTP/1.1 200 OK\r\nServer: ")
    assert page.response_head.endswith(b"\r\n\r\n")
    assert before <= page.fetched_at <= datetime.now(UTC)
    assert page.ip_address == "127.0.0.1"
    assert page.redirects == ()


AS_IT_SHOULD_BE = ["/page", "/chunked", "/gzip", "/brotli", "/early-hints", "/old-server", "/no-type"]
BENT = [
    "/chunks-and-a-length",
    "/interim-for-a-while",
    "/bare-line-feeds",
    "/folded-header",
    "/cookie",
]


@pytest.mark.parametrize("path", AS_IT_SHOULD_BE + BENT)
def test_the_bytes_received_are_a_warc_response_that_a_reader_decodes(newsroom, fetcher, warc, path):
    page = fetcher.get(newsroom.url + path)
    archive, _ = warc([("response", page.final_url, page.response_head + page.body)])
    stream = next(iter(ArchiveIterator(io.BytesIO(archive)))).content_stream()
    decoded = b"".join(iter(lambda: stream.read(1 << 20), b""))
    assert decoded == page.content == PAGE


def test_what_a_server_sends_after_the_end_of_a_page_is_no_part_of_it(newsroom, fetcher):
    page = fetcher.get(newsroom.url + "/longer-than-said")
    assert page.content == page.body == PAGE
    assert fetcher.get(newsroom.url + "/page").content == PAGE


def test_connections_are_used_again(newsroom, fetcher):
    pages = [fetcher.get(newsroom.url + "/page") for _ in range(3)]
    assert {page.reason for page in pages} == {"ok"}
    ports = {asked.headers["Host"] for asked in newsroom.log}
    assert ports == {f"127.0.0.1:{newsroom.port}"}


def test_a_kept_connection_that_the_server_has_closed_is_opened_anew(newsroom, fetcher):
    for _ in range(3):
        assert fetcher.get(newsroom.url + "/old-server").ok
        assert fetcher.get(newsroom.url + "/page").ok


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("/page?q=éclusée et crue", "/page?q=%C3%A9clus%C3%A9e%20et%20crue"),
        ("/page?a=%C3%A9&b=1%2B1", "/page?a=%C3%A9&b=1%2B1"),
        ("/a/../page#fin", "/page"),
        ("/page?", "/page?"),
    ],
)
def test_urls_are_asked_for_as_browsers_do(newsroom, fetcher, url, asked):
    fetched = fetcher.get(newsroom.url + url)
    assert fetched.ok
    assert fetched.url == newsroom.url + url
    assert newsroom.log[-1].path == asked


# ---- what need not be sent again


def test_a_page_that_has_not_changed_is_not_sent_again(newsroom, fetcher):
    first = fetcher.get(newsroom.url + "/conditional")
    assert (first.etag, first.last_modified) == ('"one"', "Mon, 03 Nov 2025 08:00:00 GMT")
    again = fetcher.get(newsroom.url + "/conditional", first.validators())
    assert (again.reason, again.status, again.body) == ("not_modified", 304, None)
    assert newsroom.log[-1].headers["If-Modified-Since"] == first.last_modified


def test_a_new_etag_for_the_same_page_deceives_nobody(newsroom, fetcher):
    first = fetcher.get(newsroom.url + "/new-etag-each-time")
    again = fetcher.get(newsroom.url + "/new-etag-each-time", first.validators())
    assert again.reason == "unchanged"
    assert again.sha256 == first.sha256


def test_an_old_etag_for_a_new_page_deceives_nobody(newsroom, fetcher):
    first = fetcher.get(newsroom.url + "/old-etag-for-a-new-page")
    again = fetcher.get(newsroom.url + "/old-etag-for-a-new-page", first.validators())
    assert (again.reason, again.etag) == ("ok", first.etag)
    assert again.sha256 != first.sha256


def test_a_server_that_says_304_for_ever_is_asked_without_conditions_once_a_day(newsroom, fetcher):
    first = fetcher.get(newsroom.url + "/always-304")
    assert fetcher.get(newsroom.url + "/always-304", first.validators()).reason == "not_modified"
    yesterday = replace(first.validators(), fetched_at=datetime.now(UTC) - timedelta(hours=25))
    assert fetcher.get(newsroom.url + "/always-304", yesterday).reason == "ok"


def test_a_304_that_nobody_asked_for_is_an_odd_status(newsroom, fetcher):
    assert fetcher.get(newsroom.url + "/304-to-anyone").reason == "http_status"


def test_a_validator_with_anything_in_it_is_no_crash(newsroom, fetcher):
    for etag in ("é", "日本", "a\r\nX-Evil: 1", "\0"):
        fetched = fetcher.get(newsroom.url + "/page", Validators(etag=etag))
        assert fetched.reason in ("ok", "protocol_error")
        assert "X-Evil" not in newsroom.log[-1].headers


# ---- redirects


def test_redirects_are_followed_and_recorded(newsroom, fetcher):
    page = fetcher.get(newsroom.url + "/moved")
    assert (page.reason, page.content) == ("ok", PAGE)
    assert page.redirects == (newsroom.url + "/moved-again", newsroom.url + "/page")
    assert page.final_url == newsroom.url + "/page"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/loop", "redirect_loop"),
        ("/moved-to-itself", "redirect_loop"),
        ("/further", "too_many_redirects"),
        ("/to-metadata", "private_address"),
        ("/to-localhost", "private_address"),
        ("/to-the-next-address", "private_address"),
        ("/to-a-file", "bad_scheme"),
        ("/to-nowhere", "bad_url"),
        ("/to-a-script", "bad_scheme"),
        ("/to-data", "bad_scheme"),
        ("/to-a-password", "bad_url"),
        ("/to-a-mapped-address", "private_address"),
        ("/to-an-octal-address", "private_address"),
    ],
)
def test_redirects_end_where_they_lead_to_no_good(newsroom, fetcher, path, reason):
    fetched = fetcher.get(newsroom.url + path)
    assert fetched.reason == reason
    assert fetched.body is None


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/to-utf-8", "/page?%C3%A9"),
        ("/to-latin-1", "/page?%C3%A9"),
        ("/to-a-header", "/page?%0d%0aX-Evil:%201"),
        ("/to-two-places", "/page"),
    ],
)
def test_an_odd_location_is_one_address_and_nothing_else(newsroom, fetcher, path, asked):
    assert fetcher.get(newsroom.url + path).ok
    assert newsroom.log[-1].path == asked
    assert "X-Evil" not in newsroom.log[-1].headers


def test_no_cookie_is_kept(newsroom, fetcher):
    assert [fetcher.get(newsroom.url + path).ok for path in ("/cookie", "/cookie", "/page")] == [True] * 3
    assert not [asked for asked in newsroom.log if "Cookie" in asked.headers]


def test_a_redirect_inside_is_refused_before_anything_is_sent():
    with hostile_newsroom(addresses=("127.0.0.1", "127.0.0.2")) as server:
        assert fetch(server.url + "/to-the-next-address").reason == "private_address"
        assert {asked.host for asked in server.log} == {"127.0.0.1"}


def test_each_host_of_a_redirect_has_its_own_robots():
    with hostile_newsroom(robots("User-agent: *\nDisallow: /page"), ("127.0.0.1", "127.0.0.2")) as server:
        hosts = frozenset({"127.0.0.1", "127.0.0.2"})
        assert fetch(server.url + "/to-the-next-address", private_hosts=hosts).reason == "robots_denied"
        assert {(asked.host, asked.path) for asked in server.log} == {
            ("127.0.0.1", "/robots.txt"),
            ("127.0.0.1", TDMREP),
            ("127.0.0.1", "/to-the-next-address"),
            ("127.0.0.2", "/robots.txt"),
            ("127.0.0.2", TDMREP),
        }


# ---- addresses


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://0/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://127.0.0.1./",
        "http://017700000001/",
        "http://0x7f.1/",
        "http://127\u30020\u30020\u30021/",  # full stops of another script
        "http://127.0.0.1:080/",
        "http://127.0.0.1#@example.org/",
        "http://[0:0:0:0:0:ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[::ffff:0:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b:1::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[::ffff:169.254.169.254]/",
    ],
)
def test_no_way_of_writing_an_inner_address_is_followed(url):
    assert fetch(url, private_hosts=frozenset()).reason == "private_address"


def test_link_local_addresses_are_refused_even_to_a_source_that_may_ask_for_private_ones():
    url = "http://169.254.169.254/latest/"
    assert fetch(url, private_hosts=frozenset({"169.254.169.254"})).reason == "private_address"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org/feed", "bad_scheme"),
        ("file:///etc/passwd", "bad_scheme"),
        ("/feed.xml", "bad_scheme"),
        ("gopher://127.0.0.1:25/", "bad_scheme"),
        ("http://", "bad_url"),
        ("http://user:secret@example.org/", "bad_url"),
        ("http://example.org:25/", "bad_url"),
        ("http://example.org:99999/", "bad_url"),
        ("http://exa mple.org/", "bad_url"),
        ("http://example.org/\r\nX-Evil: 1", "bad_url"),
        ("http://example.org/" + "a" * 3000, "bad_url"),
        ("http://[::1/", "bad_url"),
        ("http://0177.0.0.1/", "bad_url"),
        ("http://\uff11\uff12\uff17.0.0.1/", "bad_url"),  # digits of full width
        ("http://[fe80::1%25eth0]/", "bad_url"),
        ("http://%31%32%37.0.0.1/", "bad_url"),
        ("http://127.0.0.1%00.example.org/", "bad_url"),
        ("http://127.0.0.1\\@example.org/", "bad_url"),
        ("http://example.org@127.0.0.1/", "bad_url"),
        ("http:127.0.0.1", "bad_url"),
        ("//127.0.0.1/", "bad_scheme"),
        ("", "bad_scheme"),
    ],
)
def test_what_is_no_web_address_is_not_asked(url, reason):
    assert fetch(url).reason == reason


def answers(monkeypatch, *looked_up):
    """A name server whose every answer is the next of these; returns the list of what was asked."""
    asked, left = [], list(looked_up)

    def look_up(host, port, *_, **__):
        try:
            ipaddress.ip_address(host)
            addresses = [host]
        except ValueError:
            asked.append(host)
            addresses = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(addresses, Exception):
            raise addresses
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def test_a_name_that_changes_its_address_after_the_check_leads_nowhere(newsroom, monkeypatch):
    """DNS rebinding: what is connected to is the address that was checked, not a second answer."""
    connected = []
    monkeypatch.setattr(socket, "create_connection", lambda address, *_, **__: connected.append(address) or _refuse())
    asked = answers(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    before = len(newsroom.log)
    assert fetch(f"http://rebind.example:{newsroom.port}/page", attempts=1).reason == "connect_failed"
    assert asked == ["rebind.example"]
    assert connected == [("93.184.216.34", newsroom.port)]
    assert fetch(f"http://rebind.example:{newsroom.port}/page", attempts=1).reason == "private_address"
    assert len(newsroom.log) == before


def _refuse():
    raise OSError("refused")


def test_one_private_address_among_public_ones_is_enough(monkeypatch):
    answers(monkeypatch, ["93.184.216.34", "10.0.0.7"])
    assert fetch("http://mixed.example/").reason == "private_address"


def test_a_name_without_address_is_told_from_a_server_that_is_down(monkeypatch, newsroom):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert fetch(f"http://127.0.0.1:{port}/").reason == "connect_failed"
    answers(monkeypatch, socket.gaierror(-2, "Name or service not known"))
    fetched = fetch("http://no-such-host.example/feed.xml")
    assert fetched.reason == "dns_failed"
    assert "no-such-host.example" in fetched.message


# ---- robots.txt


def test_robots_is_obeyed_and_the_page_not_asked_for():
    with hostile_newsroom(robots("User-agent: *\nDisallow: /private\n")) as server:
        assert fetch(server.url + "/private/page").reason == "robots_denied"
        assert fetch(server.url + "/page").ok
        assert paths(server) == ["/page"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_robots_that_does_not_exist_allows_everything(status):
    with hostile_newsroom(robots("User-agent: *\nDisallow: /\n", status)) as server:
        assert fetch(server.url + "/page").ok


def test_a_robots_without_content_allows_everything():
    with hostile_newsroom() as server:
        server.routes["/robots.txt"] = server.routes["/no-content"]
        assert fetch(server.url + "/page").ok


def test_a_robots_of_ten_megabytes_is_read_to_the_last_whole_line_of_its_beginning():
    lines = ["User-agent: *", "Disallow: /down", "Allow: /"]
    filler = "# nothing\n" * ((ROBOTS_BYTES - 40) // 10)
    begun = "\n".join(lines[:2]) + "\n" + filler
    # the cut falls into the path of this rule: its first half would keep us from everything
    cut = "Disallow: /".ljust(ROBOTS_BYTES - len(begun) - 12, " ")
    text = begun + cut + "gone\n" + "Disallow: /page\n" * 600_000
    with hostile_newsroom(robots(text)) as server:
        assert fetch(server.url + "/page", max_bytes=20_000_000, total_seconds=30).ok
        assert fetch(server.url + "/down", max_bytes=20_000_000, total_seconds=30).reason == "robots_denied"


NO_ROBOTS = ["/down", "/silent", "/drip", "/hangs-up", "/cut-gzip", "/loop", "/gzip-bomb"]
NO_ROBOTS += ["/part-of-a-page", "/come-back-later", "/to-metadata", "/304-to-anyone", "/nowhere-to-go", "/not-http"]


@pytest.mark.parametrize("misdeed", NO_ROBOTS)
def test_a_robots_that_cannot_be_had_forbids_everything(misdeed):
    with hostile_newsroom() as server:
        server.routes["/robots.txt"] = server.routes[misdeed]
        fetched = fetch(server.url + "/page", attempts=1)
        assert fetched.reason in ("robots_unreachable", "private_address"), fetched.message
        assert "/page" not in paths(server)


def test_a_robots_that_has_moved_is_followed():
    with hostile_newsroom({"/there": robots("User-agent: *\nDisallow: /page")["/robots.txt"]}) as server:
        server.routes["/robots.txt"] = lambda request: request.answer(status=301, Location="/there")
        assert fetch(server.url + "/page").reason == "robots_denied"


def test_robots_is_fetched_once_for_all_processes_of_a_run(tmp_path):
    with hostile_newsroom(robots("User-agent: *\nDisallow: /private\n")) as server:
        for _ in range(3):
            with Fetcher(POLICY, HostState(tmp_path)) as fetcher:
                assert fetcher.get(server.url + "/page").ok
                assert fetcher.get(server.url + "/private").reason == "robots_denied"
        assert [asked.path for asked in server.log].count("/robots.txt") == 1


def test_robots_is_fetched_again_when_it_is_too_old(tmp_path):
    with hostile_newsroom(robots("User-agent: *\nDisallow:\n")) as server:
        with Fetcher(replace(POLICY, robots_seconds=0.0), HostState(tmp_path)) as fetcher:
            assert fetcher.get(server.url + "/page").ok
            assert fetcher.get(server.url + "/page").ok
        assert [asked.path for asked in server.log].count("/robots.txt") == 2


def test_the_sitemaps_of_robots_are_known(newsroom):
    with hostile_newsroom(robots("Sitemap: https://a.example/map.xml\n")) as server, Fetcher(POLICY) as fetcher:
        assert fetcher.robots(server.url).sitemaps() == ("https://a.example/map.xml",)
        with pytest.raises(ValueError, match="only http and https"):
            fetcher.robots("ftp://a.example")


def test_reservations_of_the_sites_tdmrep_stand_beside_the_pages_they_are_for(tmp_path):
    text = b'[{"location": "/private/*", "tdm-reservation": 1}, {"location": "/page", "tdm-reservation": 1}]'
    with hostile_newsroom({TDMREP: lambda request: request.answer(text, Content_Type="application/json")}) as server:
        for _ in range(2):  # asked for once
            with Fetcher(POLICY, HostState(tmp_path)) as fetcher:
                assert fetcher.get(server.url + "/page").tdm_opt_out == ("tdmrep.json",)
                assert fetcher.get(server.url + "/gzip").tdm_opt_out == ()
        assert [asked.path for asked in server.log].count(TDMREP) == 1


def test_reservations_of_headers_and_robots_stand_beside_the_page():
    text = (
        "User-agent: *\nAllow: /\n\nUser-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n\nContent-Signal: ai-train=no\n"
    )
    with hostile_newsroom(robots(text)) as server:
        assert fetch(server.url + "/reserved").tdm_opt_out == (
            "header:tdm-reservation=1",
            "header:x-robots-tag noai",
            "header:content-usage train-ai=n",
            "robots:CCBot",
            "robots:GPTBot",
            "robots:content-signal ai-train=no",
        )
    with hostile_newsroom() as server:
        assert fetch(server.url + "/page").tdm_opt_out == ()


# ---- servers on a bad day


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/silent", "timeout"),
        ("/drip", "too_slow"),
        ("/dripping-head", "too_slow"),
        ("/shorter-than-said", "truncated"),
        ("/cut-chunk", "truncated"),
        ("/cut-gzip", "truncated"),
        ("/reset", "truncated"),
        ("/200-megabytes", "too_large"),
        ("/200-megabytes-unsaid", "too_large"),
        ("/200-megabytes-of-nothing", "http_status"),
        ("/endless-head", "protocol_error"),
        ("/gzip-bomb", "decompression_bomb"),
        ("/brotli-bomb", "decompression_bomb"),
        ("/deflate-bomb", "decompression_bomb"),
        ("/image", "bad_content_type"),
        ("/noise-called-brotli", "bad_encoding"),
        ("/unknown-encoding", "bad_encoding"),
        ("/not-http", "protocol_error"),
        ("/two-lengths", "protocol_error"),
        ("/switching", "protocol_error"),
        ("/nowhere-to-go", "http_status"),
        ("/hangs-up", "protocol_error"),
        ("/gone", "http_status"),
        ("/no-such-page", "http_status"),
        ("/stacked-encodings", "bad_encoding"),
        ("/stacked-in-two-lines", "bad_encoding"),
        ("/transfer-gzip", "protocol_error"),
        ("/negative-chunk", "truncated"),
        ("/hexadecimal-chunk", "truncated"),
        ("/chunk-of-an-exabyte", "truncated"),
        ("/chunk-beyond-numbers", "truncated"),
        ("/chunk-extension-without-end", "truncated"),
        ("/trailers-without-end", "truncated"),
        ("/trailer-that-speaks-of-lengths", "truncated"),
        ("/no-last-chunk", "truncated"),
        ("/negative-length", "protocol_error"),
        ("/length-in-words", "protocol_error"),
        ("/length-beyond-numbers", "protocol_error"),
        ("/old-server-hangs-up", "truncated"),
        ("/only-a-body", "protocol_error"),
        ("/another-protocol", "protocol_error"),
        ("/status-99", "protocol_error"),
        ("/status-999", "http_status"),
        ("/nul-in-a-header", "protocol_error"),
        ("/header-without-colon", "protocol_error"),
        ("/part-of-a-page", "http_status"),
        ("/come-back-later", "http_status"),
        ("/no-content", "http_status"),
    ],
)
def test_a_misdeed_has_its_reason_and_does_no_harm_to_the_next_page(newsroom, path, reason):
    with Fetcher(replace(POLICY, attempts=1)) as fetcher:
        fetched = fetcher.get(newsroom.url + path)
        assert fetched.reason == reason, fetched.message
        assert fetched.body is None
        assert fetched.sha256 is None
        assert fetched.message
        assert fetcher.get(newsroom.url + "/page").ok


def test_interim_answers_without_end_are_passed_over_in_no_time(newsroom):
    started = time.process_time()
    assert fetch(newsroom.url + "/interim-without-end", total_seconds=30, attempts=1).reason == "too_large"
    assert time.process_time() - started < 5  # with a copy of the rest for each it was minutes


def test_a_head_of_nine_thousand_lines_is_read(newsroom, fetcher):
    assert fetcher.get(newsroom.url + "/nine-thousand-headers").content == PAGE


@pytest.mark.parametrize("path", ["/gzip-bomb", "/brotli-bomb", "/200-megabytes-unsaid", "/200-megabytes-of-nothing"])
def test_what_is_too_large_is_never_held(newsroom, path):
    fetch(newsroom.url + path)  # the server makes its bomb once
    tracemalloc.start()
    try:
        fetch(newsroom.url + path)
        assert tracemalloc.get_traced_memory()[1] < 5 * POLICY.max_bytes
    finally:
        tracemalloc.stop()


def test_a_lie_about_the_character_set_is_passed_on_and_an_unknown_one_is_not(newsroom, fetcher):
    lie = fetcher.get(newsroom.url + "/latin-1-called-utf-8")
    assert (lie.reason, lie.charset, lie.content) == ("ok", "utf-8", "<p>Éclusée</p>".encode("latin-1"))
    assert fetcher.get(newsroom.url + "/no-such-charset").charset is None


def test_a_page_that_is_said_to_be_compressed_and_is_not_is_taken_as_it_is(newsroom, fetcher):
    assert fetcher.get(newsroom.url + "/plain-called-gzip").content == PAGE


def test_feeds_are_taken_under_the_types_that_servers_give_them(newsroom, fetcher):
    for media_type in ("application/rss+xml", "text/xml", "text/plain", "application/json", "text/html"):
        newsroom.routes["/feed"] = lambda request, said=media_type: request.answer(b"<rss/>", Content_Type=said)
        assert fetcher.get(newsroom.url + "/feed", accept=FEEDS).ok
    assert fetcher.get(newsroom.url + "/image", accept=FEEDS).reason == "bad_content_type"


def test_a_spell_of_trouble_is_waited_out(newsroom, fetcher):
    assert fetcher.get(newsroom.url + "/busy-once").ok
    assert paths(newsroom)[-2:] == ["/busy-once", "/busy-once"]


def test_trouble_that_stays_is_given_up(newsroom, fetcher):
    assert fetcher.get(newsroom.url + "/down?now").status == 503
    assert paths(newsroom)[-3:] == ["/down?now"] * 3


def test_a_server_that_asks_for_a_pause_gets_it(newsroom, fetcher):
    assert fetcher.get(newsroom.url + "/slow-down").ok
    first, second = [asked for asked in newsroom.log if asked.path == "/slow-down"]
    assert second.at - first.answered_at >= 0.95


@pytest.mark.parametrize(
    ("value", "then"),
    [
        ("-5", "ok"),
        ("nan", "ok"),
        ("soon", "ok"),
        ("1.5", "ok"),
        ("Fri, 31 Dec 1999 23:59:59 GMT", "ok"),
        ("Fri, 31 Dec 99999 23:59:59 GMT", "ok"),
        ("Fri, 31 Dec 2099 23:59:59 +99999999999999", "ok"),
        ("Fri, 31 Dec 0000 23:59:59 GMT", "ok"),
        ("Fri, 31 Dec 9999 23:59:59 -2359", "rate_limited"),
        ("9" * 50, "rate_limited"),
    ],
)
def test_an_absurd_pause_is_none_or_a_day(newsroom, value, then):
    newsroom.routes["/busy"] = retry_after(value)
    with Fetcher(replace(POLICY, attempts=1)) as fetcher:
        assert fetcher.get(newsroom.url + "/busy").status == 503
        assert fetcher.get(newsroom.url + "/page").reason == then


def test_a_server_that_asks_for_a_long_pause_is_left_alone(tmp_path):
    with hostile_newsroom() as server:
        with Fetcher(POLICY, HostState(tmp_path)) as fetcher:
            assert fetcher.get(server.url + "/slow-down-by-date").reason == "rate_limited"
        with Fetcher(POLICY, HostState(tmp_path)) as fetcher:  # also by the next run
            refused = fetcher.get(server.url + "/page")
        assert refused.reason == "rate_limited"
        assert re.search(r"asked for a pause of 3[56]\d\d s more", refused.message)
        assert paths(server) == ["/slow-down-by-date"]


def test_a_host_that_fails_again_and_again_is_left_alone_for_a_while(tmp_path):
    policy = replace(POLICY, attempts=1, breaker_failures=3, breaker_seconds=0.5)
    with hostile_newsroom() as server, Fetcher(policy, HostState(tmp_path)) as fetcher:
        reasons = [fetcher.get(server.url + "/down").reason for _ in range(5)]
        assert reasons == ["http_status"] * 3 + ["circuit_open"] * 2
        assert paths(server) == ["/down"] * 3
        time.sleep(0.6)
        assert fetcher.get(server.url + "/page").ok, "one request tries it"
        assert fetcher.get(server.url + "/down").reason == "http_status"


# ---- TLS


def test_a_certificate_of_an_authority_that_nobody_knows_is_refused(tmp_path):
    server = hostile_newsroom()
    with_tls(server, tmp_path)
    with server:
        fetched = fetch(f"https://localhost:{server.port}/page", private_hosts=frozenset({"localhost"}))
    assert fetched.reason == "tls_failed"
    assert "self-signed" in fetched.message
    assert server.log == []


def test_a_certificate_must_be_the_hosts(tmp_path, monkeypatch):
    server = hostile_newsroom()
    monkeypatch.setenv("SSL_CERT_FILE", str(with_tls(server, tmp_path)))
    with server:
        hosts = frozenset({"localhost", "127.0.0.1"})
        page = fetch(f"https://localhost:{server.port}/page", private_hosts=hosts)
        assert (page.reason, page.content) == ("ok", PAGE), page.message
        assert page.request.startswith(b"GET /page HTTP/1.1\r\n")
        assert fetch(f"https://127.0.0.1:{server.port}/page", private_hosts=hosts).reason == "tls_failed"


# ---- a fetch never raises


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(url=st.text(max_size=60) | st.text(max_size=40).map("http://127.0.0.1".__add__))
def test_no_url_makes_a_fetch_raise(url, newsroom, monkeypatch):
    answers(monkeypatch, socket.gaierror(-2, "Name or service not known"))  # names are not looked up outside
    fetched = fetch(url.replace("127.0.0.1", f"127.0.0.1:{newsroom.port}"), attempts=1, private_hosts=frozenset())
    assert fetched.reason in set(FetchReason) - {"ok"}


HEADS = st.sampled_from(
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 301 Moved\r\nLocation: ", b"HTTP/1.1 200 OK\r\nContent-"]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=HEADS, rest=st.binary(max_size=200) | st.text(max_size=60).map(str.encode), end=st.booleans())
def test_no_answer_makes_a_fetch_raise(head, rest, end, newsroom):
    newsroom.routes["/noise"] = lambda request: request.send(head + rest + b"\r\n\r\n" * end)
    fetched = fetch(newsroom.url + "/noise", attempts=1, private_hosts=frozenset({"127.0.0.1"}))
    assert fetched.reason in set(FetchReason)
    assert (fetched.body is None) == (fetched.reason != "ok")


# ---- the policy


def test_the_policy_of_the_settings_names_us_and_keeps_to_the_size_of_documents():
    policy = Policy.of(Settings(user_agent="my-crawler/2 (+me@example.org)", max_document_bytes=5), ["intranet"])
    assert (policy.product, policy.max_bytes, policy.private_hosts) == ("my-crawler", 5, {"intranet"})
    assert Policy.of(Settings()).product == "news-etl"
