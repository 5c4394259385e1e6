"""A call that takes too long, too much memory or its process with it is stopped alone, and the others go on.

The calls are functions of the standard library, so that a fresh interpreter knows them: what is called is real.
"""

import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial

import psutil
import pytest

from news_etl.guard import Limits, Stopped, WorkerError, guarded
from news_etl.outcome import Reason

LIMITS = Limits(seconds=1, memory=300_000_000, workers=2)
FOREVER = partial(sum, range(10**15))
"""A loop in C that looks at no signal."""
HUNGRY = partial(list, range(10**8))
"""0.8 GB in a second."""


def results(*items: partial, limits: Limits = LIMITS) -> list:
    return list(guarded(operator.call, items, limits))


def reasons(*items: partial, limits: Limits = LIMITS) -> list:
    return [found.reason if isinstance(found, Stopped) else found for found in results(*items, limits=limits)]


def workers() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "news_etl.guard" in " ".join(child.cmdline())]


# ---- what is stopped


def test_a_call_that_takes_too_long_is_stopped_alone_even_in_c():
    assert reasons(partial(abs, -1), FOREVER, partial(abs, -2)) == [1, Reason.TIMEOUT, 2]


def test_a_call_that_takes_too_much_memory_is_stopped_alone():
    limits = Limits(seconds=20, memory=300_000_000)
    assert reasons(partial(abs, -1), HUNGRY, partial(abs, -2), limits=limits) == [1, Reason.OUT_OF_MEMORY, 2]


def test_a_call_that_ends_its_process_is_stopped_alone():
    found = results(partial(abs, -1), partial(signal.raise_signal, signal.SIGSEGV), partial(os._exit, 3))
    assert found[0] == 1
    assert [stopped.reason for stopped in found[1:]] == [Reason.STEP_CRASHED] * 2
    assert "signal 11" in found[1].message
    assert "exit code 3" in found[2].message


def test_a_call_that_hangs_without_computing_is_stopped_too(monkeypatch):
    monkeypatch.setattr("news_etl.guard._CLOCK_FACTOR", 2)
    assert reasons(partial(time.sleep, 600)) == [Reason.TIMEOUT]


def test_waiting_for_a_busy_machine_is_not_computing():
    assert reasons(partial(time.sleep, 1.5)) == [None]


def test_the_message_names_the_limit():
    assert results(FOREVER)[0].message == "takes more than 1 seconds"
    assert "300 MB" in results(HUNGRY, limits=Limits(20, 300_000_000))[0].message


def test_a_stray_kill_condemns_no_call():
    """The worker is killed once from outside while it works; the call is made again."""
    found = list(guarded(operator.call, _kill_the_first_worker(), Limits(20, 10**9)))
    assert found == [0, 49_999_995_000_000]


def _kill_the_first_worker() -> Iterator[partial]:
    yield partial(int, 0)
    os.kill(workers()[0].pid, signal.SIGKILL)
    yield partial(sum, range(10**7))


# ---- the rest goes on


def test_results_come_in_the_order_of_the_items_from_several_workers():
    items = [partial(operator.add, number, number % 7) for number in range(400)]
    found = list(guarded(operator.call, items, Limits(20, 10**9, workers=3)))
    assert found == [number + number % 7 for number in range(400)]


def test_several_workers_take_part_in_a_long_list_and_one_does_a_short_one():
    short, long = (len(set(results(*[partial(os.getpid)] * count))) for count in (20, 300))
    assert (short, long) == (1, 2)


def test_no_more_is_read_ahead_than_fits_into_memory():
    taken = 0

    def items() -> Iterator[partial]:
        nonlocal taken
        for number in range(3000):
            taken += 1
            yield partial(abs, number)

    found = guarded(operator.call, items(), LIMITS)
    assert next(found) == 0
    assert taken < 10
    assert len(list(found)) == 2999


def test_no_items_no_workers():
    assert results() == []


def test_an_error_among_the_items_comes_after_the_results_before_it():
    def items() -> Iterator[partial]:
        yield from (partial(abs, number) for number in range(3))
        raise LookupError("line 4")

    seen = []
    with pytest.raises(LookupError, match="line 4"):
        seen.extend(guarded(operator.call, items(), LIMITS))
    assert workers() == []


# ---- faults of the program


def test_what_the_function_raises_is_raised_with_its_traceback():
    with pytest.raises(WorkerError, match="ZeroDivisionError"):
        results(partial(operator.truediv, 1, 0))


def test_a_function_that_no_worker_can_import_is_an_error():
    with pytest.raises(WorkerError, match="cannot be started"):
        list(guarded(partial(_Unknown()), [1], LIMITS))


class _Unknown:
    """The worker imports it, and fails."""

    def __call__(self, item: int) -> int:
        return item

    def __reduce__(self) -> tuple:
        return (__import__, ("no_such_module",))


# ---- no process is left, wherever it runs


def test_no_worker_is_left_whether_the_caller_reads_on_or_not():
    found = guarded(operator.call, [partial(abs, -1), FOREVER], LIMITS)
    assert next(found) == 1
    assert workers()
    found.close()
    assert workers() == []
    results(partial(abs, -1), FOREVER)
    assert workers() == []


def test_workers_end_when_the_caller_is_killed():
    code = """
import operator, os, signal
from functools import partial
from news_etl.guard import Limits, guarded
calls = guarded(operator.call, [partial(os.getpid), partial(sum, range(10**15))], Limits(1, 10**9))
print(next(calls), flush=True)
next(calls)
"""
    caller = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert caller.stdout is not None
    worker = psutil.Process(int(caller.stdout.readline()))
    caller.kill()
    caller.communicate()
    worker.wait(timeout=10)


def test_a_daemonic_process_may_use_it():
    """Tasks of Celery run in such processes; `multiprocessing` refuses them children."""
    code = """
import multiprocessing, operator
from functools import partial
from news_etl.guard import Limits, guarded

def task(queue):
    found = list(guarded(operator.call, [partial(abs, -1)], Limits(1, 10**9)))
    queue.put((multiprocessing.current_process().daemon, found))

if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    context.Process(target=task, args=(queue,), daemon=True).start()
    print(queue.get(timeout=60))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "(True, [1])", done.stderr
