"""robots.txt by RFC 9309, and what it reserves."""

import time

import pytest

from news_etl.fetch.robots import Robots, ai_agents

URL = "https://www.example.org"

RFC = """\
User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot
"""


@pytest.mark.parametrize(
    ("product", "path", "allowed"),
    [
        ("foobot", "/example/page.html", True),
        ("FooBot", "/example/allowed.gif", True),
        ("foobot", "/", False),
        ("barbot", "/example/page.html", False),
        ("bazbot", "/example/page.html", False),
        ("bazbot", "/example/other.gif", True),
        ("quxbot", "/example/", True),
        ("news-etl", "/example/a", False),
        ("news-etl", "/publications/a.gif", True),
        ("news-etl", "/a/b.gif", False),
        ("news-etl", "/a/b.gif?x", True),
        ("news-etl", "/robots.txt", True),
    ],
)
def test_the_example_of_the_standard(product, path, allowed):
    assert Robots(RFC).allows(URL + path, product) is allowed


@pytest.mark.parametrize("line", ["news-etl", "News-ETL", "news-etl/2.0", "news-etl # that is us", "  news-etl  "])
def test_a_group_is_ours_by_its_product_token(line):
    assert not Robots(f"User-agent:{line}\nDisallow: /\n").allows(URL, "news-etl")


@pytest.mark.parametrize("other", ["news", "etl", "news-etl-bot", "s"])
def test_the_group_of_a_name_that_is_part_of_ours_is_not_ours(other):
    text = f"User-agent: {other}\nAllow: /\n\nUser-agent: *\nDisallow: /\n"
    assert not Robots(text).allows(URL + "/a", "news-etl")


def test_groups_of_one_crawler_are_read_together():
    text = "User-agent: news-etl\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: news-etl\nDisallow: /b\n"
    robots = Robots(text)
    assert [robots.allows(URL + path, "news-etl") for path in ("/a", "/b", "/c")] == [False, False, True]


def test_percent_encoding_makes_no_difference():
    robots = Robots("User-agent: *\nDisallow: /économie/\nDisallow: /a%3Cd\n")
    assert not robots.allows(URL + "/%C3%A9conomie/x", "news-etl")
    assert not robots.allows(URL + "/%c3%a9conomie/x", "news-etl")
    assert not robots.allows(URL + "/a%3cd", "news-etl")


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 2.5\n", 2.5),
        ("User-agent: *\nRequest-rate: 1/10\n", 10),
        ("User-agent: *\nRequest-rate: 0/10\n", 0),
        ("User-agent: *\nCrawl-delay: -1\n", 0),
        ("User-agent: *\nCrawl-delay: soon\n", 0),
        ("User-agent: *\nCrawl-delay: inf\n", 0),
        ("User-agent: x\nCrawl-delay: 9\n", 0),
        ("", 0),
    ],
)
def test_the_pause_that_a_site_asks_for(text, delay):
    assert Robots(text).delay("news-etl") == delay


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\nDisallow: /" + "*a" * 20_000 + "$\n",
        "User-agent: *\n" + "Disallow: /*a*b*c$\n" * 20_000,
        "\0\ufffd" * 100_000,
        "<!doctype html><h1>Not found</h1>" * 5_000,
        "User-agent\n: *:\nDisallow\nAllow: %%%zz\nCrawl-delay:\nSitemap\n",
    ],
    ids=["many wildcards", "many rules", "noise", "a page", "half lines"],
)
def test_no_file_is_a_trap(text):
    started = time.process_time()
    robots = Robots(text[:512_000])
    robots.allows(URL + "/" + "a" * 2_000, "news-etl")
    robots.opt_outs(URL + "/a")
    assert time.process_time() - started < 3


def test_crawlers_for_training_that_are_kept_out_are_told():
    text = "User-agent: *\nDisallow: /x\n\nUser-agent: gptbot\nUser-agent: CCBot/2.0\nDisallow: /paper/\n"
    robots = Robots(text)
    assert robots.opt_outs(URL + "/paper/1") == ("robots:CCBot", "robots:GPTBot")
    assert robots.opt_outs(URL + "/blog/1") == ()


def test_a_rule_for_everyone_reserves_nothing():
    assert Robots("User-agent: *\nDisallow: /\n").opt_outs(URL + "/a") == ()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Content-Signal: search=yes, ai-train=no", ("robots:content-signal ai-train=no",)),
        ("content-usage: train-ai = n", ("robots:content-usage train-ai=n",)),
        ("Content-Signal: ai-train=yes # ai-train=no", ()),
        ("# Content-Signal: ai-train=no", ()),
    ],
)
def test_signals_against_training_are_told(line, told):
    assert Robots(f"User-agent: *\n{line}\nAllow: /\n").opt_outs(URL + "/a") == told


@pytest.mark.parametrize(
    ("tdmrep", "reserved"),
    [
        ('[{"location": "/", "tdm-reservation": 1, "tdm-policy": "https://a.example/p.json"}]', ["/a", "/b/c"]),
        ('[{"location": "/b/*", "tdm-reservation": 1}]', ["/b/c"]),
        ('[{"location": "/", "tdm-reservation": 1}, {"location": "/b/", "tdm-reservation": 0}]', ["/a"]),
        ('{"location": "/", "tdm-reservation": 1}', ["/a", "/b/c"]),
        ('[{"location": "/", "tdm-reservation": 0}]', []),
        ('[{"location": 7}, "x", null]', []),
        ("[" * 100_000, []),
        ("<!doctype html>", []),
        ("", []),
    ],
)
def test_what_a_tdmrep_reserves(tdmrep, reserved):
    robots = Robots(tdmrep=tdmrep)
    assert [path for path in ("/a", "/b/c") if robots.opt_outs(URL + path) == ("tdmrep.json",)] == reserved
    assert robots.allows(URL + "/a", "news-etl"), "a reservation is told, and is no ban"


def test_the_list_of_crawlers_is_in_order_and_without_twins():
    agents = [name.lower() for name in ai_agents()]
    assert agents == sorted(set(agents))
