"""How may a picture from outside be read without risk to the service? In a process of its own that may die.

``read_upload`` looks at length and kind itself and leaves everything else to a worker (``worker``): at most ``WORKERS``
at a time, each used again for the next picture, replaced when it died. What is refused is refused by its type:
``TooLarge``, ``NotAPicture``, ``TooSlow``, or ``Busy`` when no worker came free in time. A crash is never "no code".
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGPROF
from typing import IO, TYPE_CHECKING, Any, cast

from scanners.picture import MOST_BYTES, MOST_PIXELS, NotAPicture, TooLarge
from scanners.pipeline import Looked
from scanners.scan import Scan, ScanError
from scanners.worker import LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS = max(1, min(2, os.cpu_count() or 1))
WAIT_SECONDS = 10.0
WALL_SECONDS = 20.0
START_SECONDS = 60.0
_LETTER = {Looked.IDENTITY: b"i", Looked.PATIENT: b"p"}
_HEADS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


class TooSlow(ScanError):
    """The picture took more time than a picture may."""


class Busy(ScanError):
    """All workers had work for too long: try again."""


class Pool:
    """Some workers, started when first needed."""

    def __init__(self, workers: int = WORKERS, *, wait: float = WAIT_SECONDS, wall: float = WALL_SECONDS) -> None:
        """Let *workers* work at a time; one waits *wait* seconds for one, and *wall* for its answer."""
        self._free = threading.BoundedSemaphore(workers)
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()
        self._wait = wait
        self._wall = wall
        self.started = 0

    def read(self, data: bytes, looked: Looked = Looked.IDENTITY) -> list[Scan]:
        """Return the codes in the picture *data*, or raise by what it is refused."""
        if len(data) > MOST_BYTES:
            raise TooLarge(f"expected at most {MOST_BYTES} bytes, got {len(data)}")
        if not data.startswith(_HEADS) and not (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
            raise NotAPicture(f"expected a PNG, JPEG or WEBP, got {len(data)} bytes that are none")
        with self._worker() as worker:
            answer = worker.ask(_LETTER[looked] + data, self._wall)
        if "refused" in answer:
            raise (TooLarge if answer["refused"] == "TooLarge" else NotAPicture)(answer["why"])
        return [_scan(one) for one in answer["scans"]]

    def close(self) -> None:
        """End the workers that have nothing to do."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.end()

    @contextmanager
    def _worker(self) -> Iterator[_Worker]:
        if not self._free.acquire(timeout=self._wait):
            raise Busy(f"expected a free worker within {self._wait:g} s, seen none")
        try:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            if worker is not None and not worker.alive:
                worker.end()
                worker = None
            if worker is None:
                worker = _Worker()
                self.started += 1
            try:
                yield worker
            except BaseException:
                worker.end()
                raise
            with self._lock:
                self._idle.append(worker)
        finally:
            self._free.release()


class _Worker:
    """One process and its two pipes."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "scanners.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd="/",
            close_fds=True,
            start_new_session=True,
        )
        self._asked: IO[bytes] = cast("IO[bytes]", self._process.stdin)
        self._told: IO[bytes] = cast("IO[bytes]", self._process.stdout)
        try:
            self._answer(time.monotonic() + START_SECONDS)
        except BaseException:
            self.end()
            raise

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, job: bytes, seconds: float) -> dict[str, Any]:
        until = time.monotonic() + seconds
        with suppress(BrokenPipeError):  # it died: what it died of is told below
            self._asked.write(LENGTH.pack(len(job)) + job)
            self._asked.flush()
        return self._answer(until)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._told.close()
        with suppress(BrokenPipeError):  # bytes that nobody will read
            self._asked.close()

    def _answer(self, until: float) -> dict[str, Any]:
        (length,) = LENGTH.unpack(self._bytes(LENGTH.size, until))
        answer: dict[str, Any] = json.loads(self._bytes(length, until))
        return answer

    def _bytes(self, count: int, until: float) -> bytes:
        pipe, out = self._told.fileno(), b""
        with selectors.DefaultSelector() as ready:
            ready.register(pipe, selectors.EVENT_READ)
            while len(out) < count:
                if not ready.select(max(0.0, until - time.monotonic())):
                    raise TooSlow("expected an answer in time, seen none")
                part = os.read(pipe, count - len(out))
                if not part:
                    self._died()
                out += part
        return out

    def _died(self) -> None:
        code = self._process.wait()
        if code == -SIGPROF:
            raise TooSlow("expected a picture that is read in 3 s of processor time, seen one that takes longer")
        raise NotAPicture(f"expected a picture that can be read, seen one that ended the reader ({code})")


def read_upload(data: bytes, *, looked: Looked = Looked.IDENTITY) -> list[Scan]:
    """Return the codes in a picture from outside, or raise ``TooLarge``, ``NotAPicture``, ``TooSlow`` or ``Busy``."""
    return _POOL.read(data, looked)


def _scan(told: dict[str, Any]) -> Scan:
    quad = told["quad"]
    corners = None if quad is None else tuple((int(x), int(y)) for x, y in quad)
    return Scan(bytes.fromhex(told["data"]), told["aim"], told["source"], corners)  # type: ignore[arg-type]  # four, as the worker wrote


def _environment() -> dict[str, str]:
    # Nothing of ours but where the modules lie: the worker knows no secret.
    here = str(Path(__file__).resolve().parents[1])
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2", "PYTHONDONTWRITEBYTECODE": "1"}
    return {"PYTHONPATH": here, "OPENCV_IO_MAX_IMAGE_PIXELS": str(MOST_PIXELS), "LC_ALL": "C.UTF-8", **one}


_POOL = Pool()
atexit.register(_POOL.close)
