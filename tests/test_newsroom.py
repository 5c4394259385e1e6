"""The sample newsroom: what it serves fits together, and a crawler gets through it."""

import gzip
import json
import re
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from news_etl.fetch import FEEDS, Fetcher, Policy
from newsroom import ORIGIN, SITE, Newsroom, sample_site

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "scripts" / "newsroom.py"
ARTICLES = {f"/{file.relative_to(SITE)}" for file in SITE.rglob("*.html") if file.parent.name != "abonnes"}
POLICY = Policy(min_delay=0.0, max_crawl_delay=0.0, private_hosts=frozenset({"127.0.0.1"}))


@pytest.fixture(scope="module")
def newsroom():
    with Newsroom(sample_site()) as server:
        yield server


@pytest.fixture(scope="module")
def fetcher():
    with Fetcher(POLICY) as fetcher:
        yield fetcher


def links(newsroom, text):
    """The paths of the newsroom's own pages that a feed or sitemap names."""
    found = re.findall(rf"{re.escape(newsroom.url)}(/[^\s<>\"?]*\.html)", text)
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(
    ("path", "media_type", "count"),
    [
        ("/feed.xml", "application/rss+xml", 8),
        ("/atom.xml", "application/atom+xml", 4),
        ("/feed.json", "application/feed+json", 12),
        ("/sitemap-news.xml", "application/xml", 9),
        ("/sitemap-articles.xml", "application/xml", 13),
    ],
)
def test_feeds_and_sitemaps_name_pages_that_are_there(newsroom, fetcher, path, media_type, count):
    fetched = fetcher.get(newsroom.url + path, accept=FEEDS)
    assert (fetched.reason, fetched.media_type) == ("ok", media_type)
    text = fetched.content.decode()
    assert ORIGIN not in text, "a crawler would leave the machine"
    named = links(newsroom, text)
    assert len(named) == count
    assert set(named) <= {*ARTICLES, "/abonnes/dossier-sorline.html"}
    json.loads(text) if path.endswith(".json") else ET.fromstring(text)


def test_the_sitemap_index_names_the_sitemaps_and_robots_the_index(newsroom, fetcher):
    index = fetcher.get(newsroom.url + "/sitemap.xml", accept=FEEDS).content.decode()
    assert f"{newsroom.url}/sitemap-news.xml" in index
    assert f"{newsroom.url}/sitemap-articles.xml" in index
    assert fetcher.robots(newsroom.url).sitemaps() == (f"{newsroom.url}/sitemap.xml",)


def test_all_pages_can_be_fetched_but_the_one_that_robots_keeps(newsroom, fetcher):
    assert len(ARTICLES) == 12
    pages = [fetcher.get(newsroom.url + path) for path in sorted(ARTICLES)]
    assert {page.reason for page in pages} == {"ok"}
    assert {page.tdm_opt_out for page in pages} == {("robots:CCBot", "robots:Google-Extended", "robots:GPTBot")}
    assert fetcher.get(newsroom.url + "/abonnes/dossier-sorline.html").reason == "robots_denied"


def test_it_behaves_like_a_newspapers_server(newsroom, fetcher):
    url = newsroom.url + "/culture/musee-du-verre-castelmure.html"
    page = fetcher.get(url)
    assert gzip.decompress(page.body) == page.content == (SITE / "culture/musee-du-verre-castelmure.html").read_bytes()
    assert fetcher.get(url, page.validators()).reason == "not_modified"
    assert fetcher.get(newsroom.url + "/%2e%2e/README.md").status == 404
    assert fetcher.get(newsroom.url + "/culture").status == 404


def test_every_address_is_an_invented_one():
    standards = {"schema.org", "www.w3.org", "purl.org", "www.sitemaps.org", "www.google.com", "jsonfeed.org"}
    for file in (file for file in SITE.rglob("*") if file.is_file()):
        hosts = set(re.findall(r"https?://([\w.-]+)", file.read_text(encoding="utf-8"))) - standards
        assert hosts <= {"www.fanal-des-ardelles.example"}, file


def test_the_command_says_where_it_is_and_shows_what_is_asked():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(SCRIPT), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            lines = [process.stdout.readline() for _ in range(7)]
            assert f"http://127.0.0.1:{port} " in lines[0]
            assert f"  http://127.0.0.1:{port}/feed.xml\n" in lines
            with Fetcher(POLICY) as fetcher:
                assert fetcher.get(f"http://127.0.0.1:{port}/feed.xml", accept=FEEDS).ok
            assert '"GET /robots.txt HTTP/1.1" 200' in process.stdout.readline()
            second = subprocess.run(command, capture_output=True, text=True, check=False)
            assert second.returncode == 1
            assert "choose another with --port" in second.stderr
        finally:
            process.terminate()
