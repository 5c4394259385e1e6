"""Politeness, seen from the servers: one request at a time to a host, and its pauses, whoever asks."""

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from hostile_newsroom import PAGE, hostile_newsroom, robots
from news_etl.fetch import Fetcher, HostState, Policy
from news_etl.fetch.fetched import FetchReason, Stopped

POLICY = Policy(min_delay=0.1, private_hosts=frozenset({"127.0.0.1"}), backoff_seconds=0.1)


def addresses(count):
    return tuple(f"127.0.0.{number}" for number in range(1, count + 1))


def by_host(log):
    """The requests of each host, in the order they came."""
    hosts = defaultdict(list)
    for asked in sorted(log, key=lambda asked: asked.at):
        hosts[asked.host].append(asked)
    return hosts


ARRIVAL = 0.01
"""Seconds by which the server may note one request later than another, for the same delay before them."""


def closest(log):
    """The shortest time between two requests to one host, in seconds, with the server's own delay allowed for."""
    pairs = [pair for asked in by_host(log).values() for pair in itertools.pairwise(asked)]
    return min(after.at - before.at for before, after in pairs) + ARRIVAL


def crawl(newsroom, hosts, pages, policy, state=None):
    """Fetch pages of many hosts as a run does, a thread a host; returns the seconds that it took."""
    with (
        Fetcher(replace(policy, private_hosts=frozenset(hosts)), state) as fetcher,
        ThreadPoolExecutor(len(hosts)) as pool,
    ):
        started = time.monotonic()
        urls = [[f"http://{host}:{newsroom.port}/page?{number}" for number in range(pages)] for host in hosts]
        done = list(pool.map(lambda of_a_host: [fetcher.get(url).reason for url in of_a_host], urls))
        took = time.monotonic() - started
    assert done == [["ok"] * pages] * len(hosts)
    return took


@pytest.mark.parametrize(
    ("hosts", "pages", "delay"), [(8, 20, 0.15), pytest.param(20, 100, 0.2, marks=pytest.mark.long)]
)
def test_many_hosts_are_fetched_at_the_pace_of_politeness_and_none_faster(hosts, pages, delay):
    names = addresses(hosts)
    with hostile_newsroom(addresses=names) as newsroom:
        took = crawl(newsroom, names, pages, replace(POLICY, min_delay=delay))
        # each host is asked for robots.txt and tdmrep.json too, and the first request waits for nothing
        limit = (pages + 1) * delay
        print(f"{hosts} hosts, {pages} pages, {delay} s: {took:.1f} s, {took / limit:.2f} of the politeness limit")
        assert len(newsroom.log) == hosts * (pages + 2)
        assert closest(newsroom.log) >= delay
        assert took <= 1.3 * limit


def _collect(url, folder, pages, number):
    with Fetcher(POLICY, HostState(folder)) as fetcher:
        for page in range(pages):
            assert fetcher.get(f"{url}/page?{number}-{page}").ok


def test_processes_that_share_a_host_take_turns(tmp_path):
    with hostile_newsroom() as newsroom:
        context = multiprocessing.get_context("spawn")
        processes = [context.Process(target=_collect, args=(newsroom.url, tmp_path, 5, number)) for number in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
        assert [process.exitcode for process in processes] == [0, 0, 0]
        assert len([asked for asked in newsroom.log if asked.path.startswith("/page")]) == 15
        assert len([asked for asked in newsroom.log if asked.path == "/robots.txt"]) == 1
        assert closest(newsroom.log) >= POLICY.min_delay


def test_a_host_is_never_asked_twice_at_once():
    at_work = []

    def slowly(request):
        at_work.append(request.path)
        time.sleep(0.1)
        alone = len(at_work) == 1
        at_work.clear()
        request.answer(PAGE if alone else b"", 200 if alone else 409)

    with hostile_newsroom({"/slowly": slowly}) as newsroom, Fetcher(replace(POLICY, min_delay=0.0)) as fetcher:
        with ThreadPoolExecutor(5) as pool:
            pages = list(pool.map(fetcher.get, [f"{newsroom.url}/slowly?{number}" for number in range(5)]))
        assert [page.reason for page in pages] == ["ok"] * 5
        assert len(newsroom.log) == 5 + 2


def test_a_crawl_delay_is_kept_to_up_to_a_bound():
    with hostile_newsroom(robots("User-agent: *\nCrawl-delay: 0.4\n")) as newsroom:
        crawl(newsroom, ["127.0.0.1"], 2, POLICY)
        assert closest(newsroom.log) >= 0.4, "also between robots.txt and the first page"
    with hostile_newsroom(robots("User-agent: *\nRequest-rate: 1/3600\n")) as newsroom:
        assert crawl(newsroom, ["127.0.0.1"], 2, replace(POLICY, max_crawl_delay=0.2)) < 2
        assert closest(newsroom.log) >= 0.2


def test_attempts_and_redirects_are_requests_like_any_other():
    with hostile_newsroom() as newsroom, Fetcher(POLICY) as fetcher:
        fetcher.get(newsroom.url + "/down")
        fetcher.get(newsroom.url + "/moved")
        assert len(newsroom.log) == 6 + 2
        assert closest(newsroom.log) >= POLICY.min_delay


def test_a_collector_that_is_killed_keeps_nobody_waiting_and_its_request_counts(tmp_path):
    code = """
import sys
from pathlib import Path
from news_etl.fetch import Fetcher, HostState, Policy
with Fetcher(Policy(private_hosts=frozenset({"127.0.0.1"})), HostState(Path(sys.argv[1]))) as fetcher:
    fetcher.get(sys.argv[2])
"""

    def hang(request):
        time.sleep(5)

    with hostile_newsroom({"/hang": hang}) as newsroom:
        process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path), newsroom.url + "/hang"])
        while "/hang" not in [asked.path for asked in newsroom.log]:
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with Fetcher(replace(POLICY, min_delay=0.5), HostState(tmp_path)) as fetcher:
            assert fetcher.get(newsroom.url + "/page").ok
        assert closest(newsroom.log) >= 0.5


def test_a_torn_or_foreign_memory_is_no_harm(tmp_path):
    with hostile_newsroom() as newsroom:
        crawl(newsroom, ["127.0.0.1"], 1, POLICY, HostState(tmp_path))
        files = sorted(tmp_path.iterdir())
        assert files
        for content in (
            b"",
            b"{",
            b"[]",
            b'{"asked_at": "x", "expires": [], "failures": null}',
            b"\xff\x00",
            b'{"expires": 1e99}',
        ):
            for file in files:
                file.write_bytes(content)
            crawl(newsroom, ["127.0.0.1"], 1, POLICY, HostState(tmp_path))


def test_a_clock_that_was_set_back_does_not_stop_a_run(tmp_path):
    state = HostState(tmp_path)
    with state.turn("a.example", 0.0, POLICY):
        pass
    [file] = tmp_path.iterdir()
    file.write_text('{"asked_at": %f}' % (time.time() + 1e6))
    started = time.monotonic()
    with state.turn("a.example", 0.2, POLICY):
        assert 0.1 < time.monotonic() - started < 1


def test_names_of_hosts_become_no_paths(tmp_path):
    state = HostState(tmp_path / "hosts")
    with state.turn("../../etc/passwd", 0.0, POLICY), state.locked("http://x/../..", "robots"):
        pass
    assert all(len(file.name.partition(".")[0]) == 32 for file in (tmp_path / "hosts").iterdir())
    assert [file.name for file in tmp_path.iterdir()] == ["hosts"]


def test_back_off_doubles_and_is_jittered_and_ends_with_the_first_success(tmp_path):
    state, policy = HostState(tmp_path), replace(POLICY, backoff_seconds=0.01, breaker_failures=100, max_wait=1000.0)
    pauses = []
    for _ in range(4):
        with state.turn("a.example", 0.0, policy) as turn:
            pauses.append(turn.failed())
    for number, pause in enumerate(pauses):
        assert 0.01 * 2**number <= pause <= 0.015 * 2**number
    with state.turn("a.example", 0.0, policy) as turn:
        turn.succeeded()
    with state.turn("a.example", 0.0, policy) as turn:
        assert turn.failed() <= 0.015


def test_what_a_host_asks_for_is_kept_to_and_bounded(tmp_path):
    state = HostState(tmp_path)
    with state.turn("a.example", 0.0, POLICY) as turn:
        assert turn.failed(retry_after=1e12) == pytest.approx(86_400)
    with pytest.raises(Stopped) as stop, state.turn("a.example", 0.0, POLICY):
        pass
    assert stop.value.reason == FetchReason.RATE_LIMITED
