"""The command line looks at a source of the web before it is collected, and collects it: what a newcomer sees."""

import pytest
import yaml

from hostile_newsroom import robots
from news_etl.store import Store
from newsroom import Newsroom, sample_site

pytestmark = pytest.mark.usefixtures("one_day")

OPEN = robots("User-agent: GPTBot\nDisallow: /")


@pytest.fixture
def room():
    with Newsroom({**sample_site(), **OPEN}) as newsroom:
        yield newsroom


@pytest.fixture
def described(tmp_path, monkeypatch, room):
    """Write a sources file with one entry for the newsroom, and use it."""

    def describe(**fields) -> None:
        entry = {"id": "fanal", "kind": "feed", "url": f"{room.url}/feed.xml", "delay_seconds": 0}
        entry = entry | {"allow_private": True} | fields
        file = tmp_path / "sources.yaml"
        file.write_text(yaml.safe_dump({"sources": [entry]}, allow_unicode=True), encoding="utf-8")
        monkeypatch.setenv("NEWS_ETL_SOURCES", str(file))
        monkeypatch.setenv("NEWS_ETL_DATA", str(tmp_path / "data"))
        monkeypatch.setenv("COLUMNS", "120")

    describe()
    return describe


def test_a_look_shows_what_would_be_fetched_and_how_a_page_is_read_and_lands_nothing(news_etl, described, tmp_path):
    code, out, _ = news_etl("sources", "check", "fanal")
    assert code == 0
    assert "/feed.xml: 8 pages" in out
    assert "8 pages would be fetched, 0 are known" in out
    assert "2025-11-05 14:00" in out
    assert "Dans les cantines des Ardelles, six produits sur dix viennent de la région" in out
    assert "authors        Camille Roussignol, Agence Fluviale" in out
    assert "tdm_opt_out    meta:tdm-reservation=1, robots:GPTBot" in out
    assert not (tmp_path / "data" / "raw").exists()


def test_a_look_at_a_sitemap_tells_what_a_past_day_would_give(news_etl, described, room):
    described(kind="sitemap", url=f"{room.url}/sitemap.xml")
    code, out, _ = news_etl("sources", "check", "fanal", "--date", "2025-11-04")
    assert code == 0
    assert "7 pages would be fetched, 0 are known, 10 left out by age" in out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"url": "http://127.0.0.1:9/feed.xml"}, "port 9 is no web server"),
        ({"path": "/nowhere.xml"}, "http_status: HTTP 404"),
        ({"path": "/sport/etoile-de-brisemont-coupe.html"}, "no RSS, Atom or JSON feed"),
        ({"allow_private": False}, "private_address"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_source_that_cannot_be_read_is_said_with_the_reason(news_etl, described, room, change, words):
    described(**({"url": room.url + change["path"]} if "path" in change else change))
    code, out, errors = news_etl("sources", "check", "fanal")
    assert code == 1
    assert words in out + errors
    assert "nothing of it can be read" in errors


def test_a_page_that_is_no_article_is_said_to_be_none(news_etl, described, room):
    room.routes["/feed.xml"] = lambda request: request.answer(
        b'<rss version="2.0"><channel><item><link>/index</link></item></channel></rss>'
    )
    room.routes["/index"] = lambda request: request.answer(b"<title>Index</title><a href='/a'>a</a>")
    code, out, _ = news_etl("sources", "check", "fanal")
    assert code == 0
    assert "not_an_article" in out


def test_the_command_collects_what_is_due_once(news_etl, described, tmp_path):
    code, _, errors = news_etl("collect")
    assert (code, "new 8" in errors) == (0, True)
    assert "status not_due" in news_etl("collect")[2]
    assert "status collected, new 0" in news_etl("collect", "--source", "fanal")[2]
    assert len(Store(str(tmp_path / "data")).landed_days("fanal")) == 1
    assert "0 pages would be fetched, 8 are known" in news_etl("sources", "check", "fanal")[1]


def test_a_dead_source_fails_the_command_by_its_name(news_etl, described, room):
    described(url=f"{room.url}/nowhere.xml")
    code, _, errors = news_etl("collect")
    assert code == 1
    assert "http_status: HTTP 404" in errors
    assert "not collected: fanal" in errors


def test_a_paused_source_is_collected_when_it_is_asked_for(news_etl, described):
    described(paused="not now")
    assert news_etl("collect")[2] == ""
    assert "new 8" in news_etl("collect", "--source", "fanal")[2]
