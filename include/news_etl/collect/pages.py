"""Fetch many pages: one thread a host, since a host is asked for one thing at a time and most of it is waiting."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from urllib.parse import urlsplit

MAX_HOSTS = 32
"""Hosts that are asked at once."""
TICK = 0.2
"""Seconds after which a waiting thread looks whether it is still wanted."""

T = TypeVar("T")


def by_host(urls: Sequence[str], get: Callable[[str], T]) -> Iterator[tuple[str, T]]:
    """Each URL with what `get` gives for it, as they come; those of one host one after the other, in their order.

    What `get` raises is raised here, and the rest is left.
    """
    hosts: dict[str, list[str]] = {}
    for url in urls:
        hosts.setdefault(urlsplit(url).netloc.lower(), []).append(url)
    if not hosts:
        return
    # few results wait for the landing: each holds a page
    results: queue.Queue[tuple[str, T] | BaseException] = queue.Queue(maxsize=len(hosts))
    stop = threading.Event()

    def work(host: list[str]) -> None:
        try:
            for url in host:
                if stop.is_set():
                    return
                _put(results, (url, get(url)), stop)
        except BaseException as error:
            _put(results, error, stop)

    with ThreadPoolExecutor(min(len(hosts), MAX_HOSTS), thread_name_prefix="fetch") as pool:
        try:
            for host in hosts.values():
                pool.submit(work, host)
            for _ in urls:
                result = results.get()
                if isinstance(result, BaseException):
                    raise result
                yield result
        finally:
            stop.set()


def _put(results: "queue.Queue[T]", result: T, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            results.put(result, timeout=TICK)
            return
        except queue.Full:
            continue
