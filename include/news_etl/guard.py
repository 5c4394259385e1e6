"""Calls in worker processes: one that takes too long or too much memory is stopped alone, and the others go on.

A signal or a thread cannot stop a parser written in C; ending its process can. A worker is a fresh interpreter on a
pipe, started as any program is: `multiprocessing` gives daemonic processes no children, and tasks of Airflow may be
daemonic; a fork would copy the locks of other threads.
"""

import contextlib
import json
import math
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, Generic, TypeVar

import psutil

from news_etl.outcome import Reason

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_TICK_SECONDS = 0.05
"""How often the memory of a busy worker is looked at. A parser fills some 100 MB in that time."""
_CALLS_PER_WORKER = 50
"""Calls after which one more worker pays for its start, which takes as long as reading some 20 pages."""
_MOST_AHEAD = 500
"""Results that may wait for an earlier one, so that they fit into memory."""
_CLOCK_FACTOR = 10
"""A worker that hangs without computing is stopped after so many times the limit, by the clock."""
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[2]); from news_etl.guard import serve; serve(sys.argv[1])"


@dataclass(frozen=True)
class Limits:
    """What one call may take, and how many run at a time.

    `seconds` of processor time, so that a busy machine condemns nothing; `memory` in bytes, of the whole worker (of
    which the interpreter, its libraries and models are some 300 MB).
    """

    seconds: int
    memory: int
    workers: int = 1


@dataclass(frozen=True)
class Stopped:
    """Why a call has no result. The message is the end of a sentence that begins with the item."""

    reason: Reason
    message: str


class WorkerError(RuntimeError):
    """A worker cannot be started, or the function itself failed there: a fault of the program, not of an item."""


def guarded(
    function: Callable[[_Item], _Result], items: Iterable[_Item], limits: Limits
) -> Iterator[_Result | Stopped]:
    """The result of `function` for each item, in their order; `Stopped` for one that went over its limits.

    Function, items and results are pickled. Only a second stop, in a worker of its own, is a verdict: memory that
    earlier items left behind, or a stray signal, condemns nothing. Too long is too long the first time.

    Raises:
        WorkerError: when the function raises, or no worker can be started.
    """
    pool = _Pool(function, limits)
    try:
        yield from pool.run(items)
    finally:
        pool.close()


# ---- the side of the caller


@dataclass
class _Call(Generic[_Item]):
    """An item on its way: its place in the order, and how often it was stopped."""

    number: int
    item: _Item
    stops: int = 0


class _Worker(Generic[_Item]):
    """A worker process and the call it is at."""

    def __init__(self, function: Callable[[_Item], Any], limits: Limits) -> None:
        self.limits = limits
        self.call: _Call[_Item] | None = None
        self.deadline = 0.0
        self.pipe, theirs = Pipe()
        with theirs:
            command = [sys.executable, "-c", _START, str(theirs.fileno()), json.dumps(sys.path)]
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
        try:
            self.pipe.send((function, limits.seconds))
            self.pipe.recv()
        except (EOFError, OSError) as error:
            self.end()
            raise WorkerError(f"a worker process cannot be started ({' '.join(command[:2])} …)") from error

    def take(self, call: _Call[_Item]) -> None:
        self.call = call
        self.deadline = time.monotonic() + _CLOCK_FACTOR * self.limits.seconds
        with contextlib.suppress(OSError):  # it ended meanwhile: `verdict` will tell
            self.pipe.send(call.item)

    def answer(self) -> tuple[bool, Any] | None:
        """What the function returned (True and the result) or raised (False and the traceback); None if it ended."""
        try:
            return self.pipe.recv()  # type: ignore[no-any-return]
        except (EOFError, OSError):
            return None

    def excess(self) -> Stopped | None:
        """The limit that a busy worker is over, and that nothing within it can enforce."""
        if time.monotonic() > self.deadline:
            return _too_long(self.limits.seconds)
        try:
            memory = psutil.Process(self.process.pid).memory_info().rss
        except psutil.Error:  # it has just ended: its pipe will say so
            return None
        if memory <= self.limits.memory:
            return None
        return Stopped(Reason.OUT_OF_MEMORY, f"takes more than {self.limits.memory // 1_000_000:,} MB of memory")

    def verdict(self) -> Stopped:
        """Why a worker has ended by itself."""
        code = self.process.wait()
        if code == -signal.SIGXCPU:
            return _too_long(self.limits.seconds)
        how = f"signal {-code} ({signal.strsignal(-code)})" if code < 0 else f"exit code {code}"
        return Stopped(Reason.STEP_CRASHED, f"ended the process that reads it, with {how}")

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.pipe.close()


def _too_long(seconds: int) -> Stopped:
    return Stopped(Reason.TIMEOUT, f"takes more than {seconds} seconds")


class _Pool(Generic[_Item]):
    """The workers, and the results that wait for their turn."""

    def __init__(self, function: Callable[[_Item], Any], limits: Limits) -> None:
        self.function = function
        self.limits = limits
        self.workers: list[_Worker[_Item]] = []
        self.results: dict[int, Any] = {}
        self.failure: Exception | None = None

    def run(self, items: Iterable[_Item]) -> Iterator[Any]:
        calls = self._calls(items)
        given = yielded = 0
        while True:
            while self._can_take(given) and (call := next(calls, None)):
                self._free_worker().take(call)
                given += 1
            busy = [worker for worker in self.workers if worker.call]
            if not busy:
                break
            self._look_after(busy)
            while yielded in self.results:
                yield self.results.pop(yielded)
                yielded += 1
        if self.failure:
            raise self.failure

    def _calls(self, items: Iterable[_Item]) -> Iterator[_Call[_Item]]:
        """The items, numbered. If they end in an error, it comes after the results of those before it."""
        try:
            yield from (_Call(number, item) for number, item in enumerate(items))
        except Exception as error:  # raised by `run`
            self.failure = error

    def _can_take(self, given: int) -> bool:
        idle = any(worker.call is None for worker in self.workers)
        wanted = min(self.limits.workers, 1 + given // _CALLS_PER_WORKER)
        return len(self.results) < _MOST_AHEAD and (idle or len(self.workers) < wanted)

    def _free_worker(self) -> _Worker[_Item]:
        idle = next((worker for worker in self.workers if worker.call is None), None)
        return idle or self._new_worker()

    def _new_worker(self) -> _Worker[_Item]:
        worker = _Worker(self.function, self.limits)
        self.workers.append(worker)
        return worker

    def _look_after(self, busy: list[_Worker[_Item]]) -> None:
        """Take what the busy workers have ready, and stop those that are over a limit."""
        ready = wait([worker.pipe for worker in busy], timeout=_TICK_SECONDS)
        for worker in busy:
            if worker.pipe in ready:
                answer = worker.answer()
                if answer is None:
                    self._stop(worker, worker.verdict())
                else:
                    self._settle(worker, *answer)
            elif excess := worker.excess():
                self._stop(worker, excess)

    def _settle(self, worker: _Worker[_Item], is_result: bool, answer: Any) -> None:
        if not is_result:
            raise WorkerError(f"a call failed in its worker process:\n{answer}")
        assert worker.call is not None
        self.results[worker.call.number] = answer
        worker.call = None

    def _stop(self, worker: _Worker[_Item], why: Stopped) -> None:
        worker.end()
        self.workers.remove(worker)
        call = worker.call
        assert call is not None
        call.stops += 1
        if call.stops > 1 or why.reason is Reason.TIMEOUT:
            self.results[call.number] = why
        else:
            self._new_worker().take(call)

    def close(self) -> None:
        for worker in self.workers:
            worker.end()


# ---- the side of the worker


def serve(descriptor: str) -> None:
    """Answer calls on a pipe until the caller closes it, or is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller handles an interrupt, and ends this process
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    _limit(resource.RLIMIT_CORE, 0)
    with Connection(int(descriptor)) as pipe, contextlib.suppress(EOFError, ConnectionError):
        function, seconds = pipe.recv()
        pipe.send(None)
        while True:
            item = pipe.recv()
            # enforced by the system: it holds in C code, and when the caller has been killed
            _limit(resource.RLIMIT_CPU, math.ceil(time.process_time() + seconds))
            pipe.send(_answer(function, item))


def _limit(kind: int, soft: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _answer(function: Callable[[Any], Any], item: Any) -> tuple[bool, Any]:
    try:
        return True, function(item)
    except Exception:  # whatever it is, the caller raises it
        return False, traceback.format_exc()
