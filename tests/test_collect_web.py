"""Collecting from servers: everything once, as it came, whatever they do; a real server on loopback."""

import gzip
import json
import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from hostile_newsroom import robots
from news_etl.collect import collect, collect_now
from news_etl.collect.memory import Memory
from news_etl.landing import read_landing
from news_etl.outcome import SourceStatus
from news_etl.schema import FETCH_LOG, SOURCE_DAYS
from news_etl.settings import Settings
from news_etl.sources import Feed, Pages, Sitemap
from news_etl.store import Store
from newsroom import Newsroom, Request, sample_site

pytestmark = pytest.mark.usefixtures("one_day")

PAST = date(2025, 11, 4)


@pytest.fixture
def serve():
    """Start a server with the given routes; `routes` of what it returns may be changed."""
    running = []

    def start(routes) -> Newsroom:
        room = Newsroom(routes)
        room.__enter__()
        running.append(room)
        return room

    yield start
    for room in running:
        room.__exit__(None, None, None)


def today() -> date:
    return datetime.now(UTC).date()


def source(kind, room: Newsroom, path: str | list[str] = "/feed.json", **fields):
    paths = [path] if isinstance(path, str) else path
    entry = {"id": "src", "kind": kind.__name__.lower(), "url": [room.url + one for one in paths]}
    return kind.model_validate(entry | {"delay_seconds": 0, "allow_private": True} | fields)


def page(text: str, **headers: str):
    """A route for a page; `page.text` of the dictionary may change between requests."""
    return lambda request: request.answer(f"<title>{text}</title><p>{text}</p>".encode(), **headers)


def feed(*paths: str, **items: str):
    """A route for a JSON Feed of these paths; `modified` is the time of change of all of them."""

    def answer(request: Request) -> None:
        entries = [{"url": path, "date_modified": items.get("modified")} for path in paths]
        request.answer(json.dumps({"version": "1.1", "items": entries}).encode(), Content_Type="application/feed+json")

    return answer


def sitemap(**dated: str):
    """A route for a sitemap: path (without its slash) and time of last change."""
    urls = "".join(f"<url><loc>/{path}</loc><lastmod>{at}</lastmod></url>" for path, at in dated.items())
    return lambda request: request.answer(f"<urlset>{urls}</urlset>".encode(), Content_Type="application/xml")


def landed(store: Store, day: date | None = None) -> list:
    day = day or today()
    return list(read_landing(store, "src", day, store.landed_parts("src", day), 10_000_000))


def paths(store: Store, day: date | None = None) -> list[str]:
    return sorted(
        document.path.partition("/")[2].partition("/")[2].partition("/")[2] for document in landed(store, day)
    )


def fetches(store: Store, day: date | None = None) -> list[tuple[str, str]]:
    files = store.files(f"ops/{FETCH_LOG.name}/date={day or today()}")
    rows = [row for file in files for row in store.read_table(file).to_pylist()]
    return [(row["url"].rpartition("/")[2], row["reason"]) for row in rows]


def health(store: Store, day: date | None = None) -> dict:
    (file,) = store.files(f"ops/{SOURCE_DAYS.name}/date={day or today()}")
    return store.read_table(file).to_pylist()[0]


def records(store: Store) -> list:
    found = []
    for part in store.landed_parts("src", today()):
        with store.open(part) as file:
            for record in ArchiveIterator(file, parse_http=False):
                whole = record.verify_block_digest()
                found.append((record.record_type, dict(record.headers), record.reader.read(), whole))
    return found


# ---- once, as it came


@pytest.mark.parametrize(("kind", "path", "count"), [(Feed, "/feed.xml", 8), (Feed, "/feed.json", 12)])
def test_the_sample_newsroom_is_collected_once(store, serve, kind, path, count):
    site = {name: route for name, route in sample_site().items() if name != "/robots.txt"}  # it asks for a long pause
    room = serve(site)
    first = collect_now(store, source(kind, room, path), Settings())
    again = collect_now(store, source(kind, room, path), Settings())
    assert (first["new"], first["fetches"]) == (count, {"ok": count})
    assert (again["new"], again["fetches"]) == (0, {})
    assert len(landed(store)) == count
    assert max(room.counts[name] for name in room.counts if name.endswith(".html")) == 1


def test_request_and_response_land_byte_for_byte_and_another_tool_reads_them(store, serve):
    def odd(request: Request) -> None:
        request.send(
            b"HTTP/1.1 200 Fine\r\nx-ODD:  kept \r\nContent-Type: text/html; charset=latin-1\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n3\r\n\xe9t\xe9\r\n0\r\n\r\n"
        )

    room = serve({"/feed.json": feed("/odd"), "/odd": odd})
    collect_now(store, source(Feed, room), Settings(user_agent="test/1"))
    (request, response) = records(store)
    assert (request[0], response[0]) == (WarcRecordType.request, WarcRecordType.response)
    assert request[2].startswith(b"GET /odd HTTP/1.1\r\n")
    assert b"User-Agent: test/1\r\n" in request[2]
    assert b"x-ODD:  kept \r\n" in response[2]
    assert response[2].endswith(b"\r\n\r\n3\r\n\xe9t\xe9\r\n0\r\n\r\n")
    assert request[1]["WARC-Concurrent-To"] == response[1]["WARC-Record-ID"]
    assert request[3]
    assert response[3]
    (document,) = landed(store)
    assert (document.payload, document.charset, document.http_status) == (b"\xe9t\xe9", "latin-1", 200)
    part = store.landed_parts("src", today())[0]
    with store.open(part) as file:
        kept = next(iter(ArchiveIterator(file, record_types=WarcRecordType.response)))
        assert kept.verify_payload_digest()


@pytest.mark.parametrize("size", [100, 16 << 10, 100_000])  # of noise, which fills the reader's blocks
@pytest.mark.parametrize("padding", [b"", bytes(99)])
def test_a_page_in_many_members_of_gzip_comes_back_whole(store, serve, size, padding):
    noise = random.Random(size).randbytes(size)
    body = b"".join(gzip.compress(member, mtime=0) for member in (b"", b"<p>", b"", noise, b"</p>", b"")) + padding
    room = serve({"/feed.json": feed("/a"), "/a": lambda request: request.answer(body, Content_Encoding="gzip")})
    collect_now(store, source(Feed, room), Settings())
    (document,) = landed(store)
    assert (document.payload, document.is_cut) == (b"<p>" + noise + b"</p>", False)


def test_a_page_belongs_to_the_day_of_its_fetch(store, serve):
    room = serve({"/feed.json": feed("/a"), "/a": page("a")})
    collect_now(store, source(Feed, room), Settings())
    (document,) = landed(store)
    assert store.landed_days("src") == [document.fetched_at.date()]
    assert abs(datetime.now(UTC) - document.fetched_at) < timedelta(minutes=1)


def test_two_addresses_of_one_page_are_a_page_and_a_revisit(store, serve):
    room = serve({"/feed.json": feed("/a", "/b"), "/a": page("same"), "/b": page("same")})
    collect_now(store, source(Feed, room), Settings())
    kinds = [kind for kind, *_ in records(store) if kind != WarcRecordType.request]
    assert kinds == [WarcRecordType.response, WarcRecordType.revisit]
    response, revisit = (headers for kind, headers, *_ in records(store) if kind != WarcRecordType.request)
    assert revisit["WARC-Refers-To"] == response["WARC-Record-ID"]
    assert revisit["WARC-Refers-To-Target-URI"] == room.url + "/a"
    assert revisit["WARC-Payload-Digest"] == response["WARC-Payload-Digest"]
    assert sorted(document.record_type for document in landed(store)) == ["response", "revisit"]


def test_the_redirected_page_is_known_by_both_addresses(store, serve):
    def moved(request: Request) -> None:
        request.answer(status=301, Location="/new")

    room = serve({"/feed.json": feed("/old"), "/old": moved, "/new": page("moved")})
    collect_now(store, source(Feed, room), Settings())
    (document,) = landed(store)
    assert (document.path, document.url) == (room.url + "/old", room.url + "/new")


# ---- again


def test_a_page_is_fetched_again_when_the_feed_says_that_it_has_changed(store, serve):
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    room = serve({"/feed.json": feed("/a", modified="2025-11-04T08:00:00Z"), "/a": page("first")})
    feeds = source(Feed, room)
    collect_now(store, feeds, Settings())
    assert collect_now(store, feeds, Settings())["fetches"] == {}
    room.routes |= {"/feed.json": feed("/a", modified=later), "/a": page("second")}
    assert collect_now(store, feeds, Settings())["new"] == 1
    assert {b"first" in document.payload for document in landed(store)} == {True, False}


def test_an_unchanged_page_lands_nothing_whether_the_server_says_so_or_not(store, serve):
    def honest(request: Request) -> None:
        if request.headers.get("If-None-Match") == '"1"':
            request.answer(status=304, ETag='"1"')
        else:
            request.answer(b"<p>one</p>", ETag='"1"')

    def lying(request: Request) -> None:
        request.answer(b"<p>two</p>", ETag=f'"{request.times_asked}"')

    room = serve({"/honest": honest, "/lying": lying})
    pages = source(Pages, room, ["/honest", "/lying"])
    assert collect_now(store, pages, Settings())["new"] == 2
    for _ in range(2):
        again = collect_now(store, pages, Settings())
        assert (again["new"], again["fetches"]) == (0, {"not_modified": 1, "unchanged": 1})
    assert len(landed(store)) == 2


def test_what_is_unchanged_since_another_day_is_a_revisit_of_today(store, serve):
    room = serve({"/sitemap.xml": sitemap(a=str(PAST)), "/a": page("same", ETag='"1"')})
    site = source(Sitemap, room, "/sitemap.xml")
    collect(store, site, PAST)
    room.routes["/sitemap.xml"] = sitemap(a=datetime.now(UTC).isoformat())
    assert collect_now(store, site, Settings())["fetches"] == {"unchanged": 1}
    assert [document.record_type for document in landed(store, PAST)] == ["response"]
    assert [document.record_type for document in landed(store)] == ["revisit"]


def test_a_lost_memory_is_made_from_the_landing(store, serve):
    room = serve({"/feed.json": feed("/a", "/b"), "/a": page("a", ETag='"7"'), "/b": page("b")})
    feeds = source(Feed, room)
    collect_now(store, feeds, Settings())
    before = Memory.load(store, "src", datetime.now(UTC))
    for content in (None, b"", b"{}", b'{"parts": 5}', b"[" * 99):
        store.remove(store.state("src"))
        if content is not None:
            store.write_bytes(store.state("src"), content)
        assert Memory.load(store, "src", datetime.now(UTC)).pages == before.pages
        assert collect_now(store, feeds, Settings())["fetches"] == {}
    assert before.pages[room.url + "/a"].etag == '"7"'


# ---- failures


def test_pages_that_fail_are_counted_and_the_others_land(store, serve):
    room = serve(
        {
            **robots("User-agent: *\nDisallow: /private"),
            "/feed.json": feed("/good", "/gone", "/private", "/image", "/inside", "/good2"),
            "/good": page("good"),
            "/good2": page("good2"),
            "/image": lambda request: request.answer(b"\x89PNG", Content_Type="image/png"),
            "/inside": lambda request: request.answer(status=302, Location="http://169.254.169.254/latest/"),
        }
    )
    done = collect(store, source(Feed, room), today())
    assert (done["status"], done["new"]) == ("collected", 2)
    assert dict(fetches(store)) == {
        "feed.json": "ok",
        "good": "ok",
        "good2": "ok",
        "gone": "http_status",
        "private": "robots_denied",
        "image": "bad_content_type",
        "inside": "private_address",
    }
    seen = health(store)
    assert (seen["offered"], seen["new"], seen["failed"], seen["robots_denied"]) == (6, 2, 4, 1)
    assert seen["documents"] == 2
    assert seen["last_success_at"] is not None
    assert not {"/private", "/gone"} & {document.path for document in landed(store)}


def test_a_page_that_cannot_be_had_is_not_asked_for_every_hour(store, serve):
    room = serve({"/feed.json": feed("/gone"), "/gone": lambda request: request.answer(status=410)})
    feeds = source(Feed, room)
    collect_now(store, feeds, Settings())
    again = collect_now(store, feeds, Settings())
    assert (again["fetches"], again["resting"]) == ({}, 1)
    assert room.counts["/gone"] == 1
    memory = Memory.load(store, "src", datetime.now(UTC))
    failure = memory.failures[room.url + "/gone"]
    assert failure.rests_until - failure.at == timedelta(days=1)


def test_a_dead_source_is_an_error_that_names_it(store, serve):
    room = serve({})
    with pytest.raises(OSError, match="http_status: HTTP 404"):
        collect(store, source(Feed, room), today())
    assert health(store)["status"] == SourceStatus.FAILED
    assert fetches(store) == [("feed.json", "http_status")]


def test_one_feed_of_two_that_is_dead_stops_nothing(store, serve):
    room = serve({"/feed.json": feed("/a"), "/a": page("a")})
    done = collect_now(store, source(Feed, room, ["/nowhere", "/feed.json"]), Settings())
    assert done["new"] == 1
    assert "/nowhere: http_status" in done["fault"]


def test_no_more_pages_are_fetched_than_the_bound_and_the_rest_comes_next(store, serve):
    names = [f"/{n}" for n in range(5)]
    etag = {"ETag": '"1"'}

    def conditional(request: Request) -> None:
        if request.headers.get("If-None-Match"):
            request.answer(status=304, **etag)
        else:
            request.answer(json.dumps({"items": [{"url": name} for name in names]}).encode(), **etag)

    room = serve({"/feed.json": conditional, **{name: page(name) for name in names}})
    feeds = source(Feed, room, max_pages=2)
    assert [collect_now(store, feeds, Settings())["new"] for _ in range(4)] == [2, 2, 1, 0]
    assert [reason for name, reason in fetches(store) if name == "feed.json"].count("not_modified") <= 1


def test_pages_that_are_new_come_before_those_that_a_sitemap_always_calls_changed(store, serve):
    def dated_now(request: Request) -> None:
        sitemap(**dict.fromkeys("012345", datetime.now(UTC).isoformat()))(request)

    room = serve({"/sitemap.xml": dated_now, **{f"/{n}": page(str(n)) for n in range(6)}})
    site = source(Sitemap, room, "/sitemap.xml", max_pages=2)
    assert [collect_now(store, site, Settings())["new"] for _ in range(3)] == [2, 2, 2]


def test_a_change_that_lies_years_ahead_is_no_reason_to_come_back_every_hour(store, serve):
    room = serve({"/feed.json": feed("/a", modified="2099-01-01T00:00:00Z"), "/a": page("a")})
    feeds = source(Feed, room)
    assert collect_now(store, feeds, Settings())["new"] == 1
    assert collect_now(store, feeds, Settings())["fetches"] == {}


def test_a_feed_of_two_thousand_items_is_collected_by_and_by(store, serve):
    names = [f"/{n}" for n in range(2000)]
    room = serve({"/feed.json": feed(*names), **{name: page(name) for name in names}})
    feeds = source(Feed, room, max_pages=60)
    first, second = (collect_now(store, feeds, Settings()) for _ in range(2))
    assert (first["new"], first["offered"], first["postponed"]) == (60, 2000, 1940)
    assert (second["new"], second["known"], second["postponed"]) == (60, 60, 1880)
    assert max(room.counts[name] for name in names) == 1


def index(*names: str):
    """A route for an index of these sitemaps."""
    listed = "".join(f"<sitemap><loc>{name}</loc></sitemap>" for name in names)
    return lambda request: request.answer(f"<sitemapindex>{listed}</sitemapindex>".encode(), Content_Type="text/xml")


def test_indexes_that_name_themselves_and_each_other_are_read_once(store, serve):
    now = datetime.now(UTC).isoformat()
    room = serve(
        {
            "/sitemap.xml": index("/sitemap.xml", "/other.xml", "/s.xml"),
            "/other.xml": index("/sitemap.xml", "/other.xml", "/s.xml#again"),
            "/s.xml": sitemap(a=now),
            "/a": page("a"),
        }
    )
    assert collect_now(store, source(Sitemap, room, "/sitemap.xml"), Settings())["new"] == 1
    assert {name: count for name, count in room.counts.items() if name.endswith(".xml")} == dict.fromkeys(
        ("/sitemap.xml", "/other.xml", "/s.xml"), 1
    )


def test_indexes_without_end_are_left_at_a_bound_and_counted(store, serve):
    room = serve({"/sitemap.xml": index(*(f"/{n}.xml" for n in range(300)))})
    room.fallback = sitemap()
    done = collect_now(store, source(Sitemap, room, "/sitemap.xml"), Settings())
    assert done["left_out"] == {"sitemaps": 251}

    def deeper(request: Request) -> None:
        index(f"/{len(room.log)}.xml")(request)

    room.fallback = deeper
    done = collect_now(store, source(Sitemap, room, "/deep.xml"), Settings())
    assert done["left_out"] == {"sitemaps": 1}


@pytest.mark.parametrize("encoding", [{}, {"Content_Encoding": "gzip"}])
def test_a_sitemap_that_is_a_bomb_is_a_dead_source(store, serve, encoding):
    bomb = gzip.compress(b"<urlset>" + b" " * 30_000_000, mtime=0)
    headers = {"Content_Type": "application/gzip"} | encoding
    room = serve({"/sitemap.xml": lambda request: request.answer(bomb, **headers)})
    with pytest.raises(OSError, match="decompress"):
        collect_now(store, source(Sitemap, room, "/sitemap.xml"), Settings())


def test_a_feed_that_is_made_to_take_minutes_is_stopped(store, serve):
    """A hundred thousand attributes of one element: the parser's time grows with their square."""
    attributes = " ".join(f"a{n}='1'" for n in range(100_000))
    feed_of_them = f"<rss version='2.0'><channel><item {attributes}><link>/a</link></item></channel></rss>".encode()
    room = serve({"/feed.xml": lambda request: request.answer(feed_of_them, Content_Type="text/xml")})
    with pytest.raises(OSError, match="it takes more than 2 seconds"):
        collect_now(store, source(Feed, room, "/feed.xml"), Settings(max_seconds=2))


def test_a_large_feed_is_read_like_a_small_one(store, serve):
    items = [{"url": "/a", "content_text": "x" * 300_000}]
    room = serve({"/feed.json": lambda request: request.answer(json.dumps({"items": items}).encode()), "/a": page("a")})
    assert collect_now(store, source(Feed, room), Settings())["new"] == 1
    room.routes["/feed.json"] = lambda request: request.answer(b"<p>" + b"x" * 300_000)
    with pytest.raises(OSError, match="no RSS, Atom or JSON feed"):
        collect_now(store, source(Feed, room), Settings())


def test_entries_without_an_address_are_counted(store, serve):
    room = serve({"/feed.json": lambda request: request.answer(b'{"items": [{"title": "x"}, {"url": "mailto:x"}]}')})
    assert collect_now(store, source(Feed, room), Settings())["left_out"] == {"nameless": 2}


def test_a_source_of_the_inner_network_is_refused_unless_it_may(store, serve):
    room = serve({"/feed.json": feed("/a"), "/a": page("a")})
    with pytest.raises(OSError, match="private_address"):
        collect_now(store, source(Feed, room, allow_private=False), Settings())
    assert room.log == []


def test_only_the_addresses_that_are_wanted_are_fetched(store, serve):
    room = serve({"/feed.json": feed("/news/a", "/video/b", "/sport/c"), "/news/a": page("a")})
    done = collect_now(store, source(Feed, room, only=["*/news/*", "*/video/*"], exclude=["*/video/*"]), Settings())
    assert paths(store) == ["news/a"]
    assert done["left_out"] == {"address": 2}


# ---- days


def test_a_sitemap_gives_a_past_day_and_files_it_there(store, serve):
    dated = {"a": "2025-11-04T23:00:00Z", "b": "2025-11-04", "c": "2025-11-05T00:30:00Z", "d": "2025-11-03"}
    index = "<sitemapindex><sitemap><loc>/old.xml</loc><lastmod>2025-11-01</lastmod></sitemap>"
    index += "<sitemap><loc>/s.xml</loc><lastmod>2025-11-06</lastmod></sitemap></sitemapindex>"
    room = serve(
        {
            "/sitemap.xml": lambda request: request.answer(index.encode(), Content_Type="text/xml"),
            "/s.xml": sitemap(**dated),
            **{f"/{name}": page(name) for name in dated},
        }
    )
    site = source(Sitemap, room, "/sitemap.xml")
    done = collect(store, site, PAST)
    assert (done["status"], done["new"]) == ("collected", 2)
    assert done["left_out"] == {"age": 2, "sitemap age": 1}
    assert paths(store, PAST) == ["a", "b"]
    assert all(document.fetched_at.date() == today() for document in landed(store, PAST))
    assert room.counts["/old.xml"] == 0  # it has not changed since before that day
    again = collect(store, site, PAST)
    assert (again["status"], again["new"], again["documents"]) == ("collected", 0, 2)
    assert landed(store) == []


def test_a_feed_cannot_give_a_past_day_and_says_so(store, serve, caplog):
    room = serve({"/feed.json": feed("/a"), "/a": page("a")})
    done = collect(store, source(Feed, room), PAST)
    assert (done["status"], done["documents"]) == ("not_available", 0)
    assert "cannot give it" in caplog.text
    assert room.log == []
    assert health(store, PAST)["status"] == SourceStatus.NOT_AVAILABLE


def test_a_past_day_that_was_collected_through_the_day_is_there(store, serve):
    room = serve({"/sitemap.xml": sitemap(a=str(PAST)), "/a": page("a")})
    collect(store, source(Sitemap, room, "/sitemap.xml"), PAST)
    done = collect(store, source(Feed, room), PAST)  # as if it had been a feed, which stands still for that day
    assert (done["status"], done["documents"]) == ("collected", 1)


def test_a_day_that_has_not_begun_is_not_available(store, serve):
    room = serve({"/sitemap.xml": sitemap(a="2025-11-04"), "/a": page("a")})
    tomorrow = today() + timedelta(days=1)
    assert collect(store, source(Sitemap, room, "/sitemap.xml"), tomorrow)["status"] == "not_available"
    assert room.log == []


def test_pages_without_a_date_are_taken_only_where_the_source_says_so(store, serve):
    undated = lambda request: request.answer(b"<urlset><url><loc>/a</loc></url></urlset>")  # noqa: E731
    room = serve({"/sitemap.xml": undated, "/a": page("a")})
    done = collect_now(store, source(Sitemap, room, "/sitemap.xml"), Settings())
    assert (done["new"], done["left_out"]) == (0, {"undated": 1})
    assert collect_now(store, source(Sitemap, room, "/sitemap.xml", undated="take"), Settings())["new"] == 1


def test_a_source_is_looked_at_when_it_is_due(store, serve):
    room = serve({"/feed.json": feed()})
    hourly, daily = source(Feed, room), source(Feed, room, every_hours=24)
    assert collect_now(store, daily, Settings(), due_only=True)["status"] == "collected"
    assert collect_now(store, daily, Settings(), due_only=True)["status"] == "not_due"
    memory = Memory.load(store, "src", datetime.now(UTC))
    assert not memory.is_due(1, datetime.now(UTC))
    assert memory.is_due(1, datetime.now(UTC) + timedelta(minutes=55))
    assert collect_now(store, hourly, Settings())["status"] == "collected"


def test_a_collection_under_way_is_not_joined_by_the_next(store, serve):
    room = serve({"/feed.json": feed("/a"), "/a": page("a")})
    with store.hold("src") as is_alone:
        assert is_alone
        assert collect_now(store, source(Feed, room), Settings(), due_only=True)["status"] == "not_due"
        assert collect_now(store, source(Feed, room), Settings())["new"] == 1  # who asks for it by name gets it


def test_a_source_with_days_is_not_looked_at_on_others(store, serve):
    room = serve({"/feed.json": feed("/a")})
    assert collect_now(store, source(Feed, room, days=["2025-11-04"]), Settings())["status"] == "not_expected"
    assert room.log == []


# ---- many hosts


def test_hosts_are_asked_at_once_and_each_keeps_its_pause(store):
    hosts = [f"127.0.0.{n}" for n in range(2, 8)]
    room = Newsroom({f"/{n}": page(str(n)) for n in range(4)}, addresses=hosts)
    delay = 0.15
    urls = [f"http://{host}:{room.port}/{n}" for host in hosts for n in range(4)]
    entry = {"id": "src", "kind": "pages", "url": urls, "delay_seconds": delay, "allow_private": True}
    with room:
        started = datetime.now(UTC)
        done = collect_now(store, Pages.model_validate(entry), Settings())
        seconds = (datetime.now(UTC) - started).total_seconds()
    assert done["fetches"] == {"ok": len(urls)}
    for host in hosts:
        times = sorted((asked.at, asked.answered_at) for asked in room.log if asked.host == host)
        pauses = [later[0] - earlier[1] for earlier, later in pairwise(times)]
        assert min(pauses) > delay * 0.9
    # one after the other it would be the pauses of all hosts
    assert seconds < delay * len(urls)


# ---- opt-outs


def test_what_a_site_reserves_is_recorded_with_the_page(store, serve):
    room = serve(
        {
            **robots("User-agent: GPTBot\nDisallow: /\n"),
            "/feed.json": feed("/a"),
            "/a": page("a", X_Robots_Tag="noai", TDM_Reservation="1"),
        }
    )
    collect_now(store, source(Feed, room), Settings())
    (document,) = landed(store)
    assert set(document.tdm_opt_out) == {"header:x-robots-tag noai", "header:tdm-reservation=1", "robots:GPTBot"}
