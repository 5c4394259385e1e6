"""What a run owes each host: one request at a time, its pauses, its circuit breaker, and what its robots.txt said.

All of it lies in a folder, one small file a host under a lock, so that the threads and processes of a run share it.
The lock is the file system's (`flock`): it ends with the process that holds it, whatever ends that. A folder on a
share that all workers see holds across machines too. File names are digests: nothing that comes from a page or a feed
becomes a path.
"""

import fcntl
import hashlib
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from news_etl.fetch.fetched import FetchReason, Stopped
from news_etl.fetch.policy import Policy

MAX_BACKOFF = 300.0
"""Seconds. What a host asks for itself (Retry-After) may be more."""
MAX_RETRY_AFTER = 86_400.0
JITTER = 0.5
"""Up to half of a back-off is added by chance, so that runs which failed together do not come back together."""


class HostState:
    """The shared memory of a run about hosts.

    Without a folder it lives in a temporary one, for one process.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="news-etl-hosts-")
        self._folder = folder or Path(self._temporary.name)  # type: ignore[union-attr]
        self._folder.mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        if self._temporary:
            self._temporary.cleanup()

    @contextmanager
    def turn(self, host: str, delay: float, policy: Policy) -> Iterator["Turn"]:
        """The turn to ask a host once: waits until nobody else asks it, and until its pause is over.

        Raises:
            Stopped: CIRCUIT_OPEN while the host is left alone, RATE_LIMITED where it asked for too long a pause.
        """
        with self.locked(host, "host") as file:
            turn = Turn(host, file, _Record.of(file.read()), policy)
            turn.wait(delay)
            try:
                yield turn
            finally:
                turn.end()

    @contextmanager
    def locked(self, name: str, kind: str) -> Iterator["LockedFile"]:
        """The file of that name and kind, held by nobody else meanwhile."""
        path = self._folder / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.{kind}.json"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield LockedFile(descriptor)
        finally:
            os.close(descriptor)


class LockedFile:
    """A small JSON object in a file that this process holds."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self) -> dict[str, Any]:
        """The object, empty where there is none or a crash has torn it."""
        try:
            content = json.loads(os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0))
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    def write(self, content: dict[str, Any]) -> None:
        data = json.dumps(content).encode()
        os.pwrite(self._descriptor, data, 0)
        os.ftruncate(self._descriptor, len(data))


@dataclass
class _Record:
    """What is remembered of a host; times are seconds of the clock since 1970."""

    asked_at: float = 0.0
    """When the last request ended, or began, where its process was killed."""
    not_before: float = 0.0
    """The pause after a failure, or that the host asked for."""
    failures: int = 0
    open_until: float = 0.0

    @classmethod
    def of(cls, content: dict[str, Any]) -> "_Record":
        names = [field.name for field in fields(cls)]
        numbers = {name: content[name] for name in names if isinstance(content.get(name), int | float)}
        return cls(**numbers)


class Turn:
    """One request to a host: say how it went, with `succeeded` or `failed`."""

    def __init__(self, host: str, file: LockedFile, record: _Record, policy: Policy) -> None:
        self._host = host
        self._file = file
        self._record = record
        self._policy = policy

    def wait(self, delay: float) -> None:
        now, record = time.time(), self._record
        if record.open_until > now:
            raise Stopped(
                FetchReason.CIRCUIT_OPEN,
                f"{self._host} failed {record.failures} times in a row and is left alone for "
                f"{record.open_until - now:.0f} s",
            )
        if record.not_before - now > self._policy.max_wait:
            raise Stopped(
                FetchReason.RATE_LIMITED, f"{self._host} asked for a pause of {record.not_before - now:.0f} s more"
            )
        # a last request in the future comes of a clock that was set back: the pause is never longer than the delay
        until = max(min(record.asked_at, now) + delay, record.not_before)
        while (left := until - time.time()) > 0:
            time.sleep(left)
        record.asked_at = time.time()
        self._file.write(asdict(record))

    def succeeded(self) -> None:
        """The host is well, whatever it thinks of this URL."""
        self._record.failures = 0
        self._record.not_before = self._record.open_until = 0.0

    def failed(self, retry_after: float | None = None) -> float:
        """The host is not well. Returns the pause until it may be asked again, in seconds.

        `retry_after` is what it asked for itself: it is kept to, and not taken for ill health beyond the pause.
        """
        record, policy, now = self._record, self._policy, time.time()
        record.failures += 1
        backoff: float = min(policy.backoff_seconds * 2 ** min(record.failures - 1, 20), MAX_BACKOFF)
        pause = backoff * (1 + random.uniform(0, JITTER))  # noqa: S311 - spreads load, guards nothing
        if retry_after is not None:
            pause = max(min(retry_after, MAX_RETRY_AFTER), policy.min_delay)
        elif record.failures >= policy.breaker_failures:
            record.open_until = now + policy.breaker_seconds
        record.not_before = now + pause
        return max(pause, record.open_until - now)

    def end(self) -> None:
        self._record.asked_at = time.time()
        self._file.write(asdict(self._record))
