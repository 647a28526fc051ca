"""Whether a picture from outside can hurt anything but the process that was made for it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from scanners import guard, worker
from scanners.picture import NotAPicture, TooLarge
from scanners.pipeline import Looked
from scanners.scan import Scan
from tests.scanners.test_decode import JPEG, PIECE, RUBBISH, drawn, png

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.evidence import Evidence

FILES = {case: data for case, data in RUBBISH.items() if isinstance(data, bytes)}


@pytest.fixture(scope="module")
def pool() -> Iterator[guard.Pool]:
    """One worker for all these tests."""
    made = guard.Pool(1)
    yield made
    made.close()


def _process(pool: guard.Pool) -> Any:  # noqa: ANN401 - a look inside
    return pool._idle[0]._process  # noqa: SLF001 - which process it is stands nowhere else


def test_a_picture_reads_the_same_in_the_worker_as_here(pool: guard.Pool) -> None:
    """Bytes, AIM identifier, source and corners come back as they were read."""
    (scan,) = pool.read(png(drawn(PIECE, "Code128")))
    assert Scan(PIECE, "]C0", "picture") == scan
    assert scan.quad is not None

    assert [] == pool.read(png(drawn(PIECE, "Aztec")))
    assert [PIECE] == [one.data for one in pool.read(png(drawn(PIECE, "Aztec")), Looked.PATIENT)]


@pytest.mark.parametrize("case", FILES)
def test_rubbish_and_bombs_are_refused_and_the_worker_lives(pool: guard.Pool, case: str) -> None:
    """Whatever is no picture is refused by its type, in little memory, and the next picture is read as ever."""
    with pytest.raises(NotAPicture):
        pool.read(FILES[case])

    assert [PIECE] == [scan.data for scan in pool.read(png(drawn(PIECE, "Code128")))]
    status = Path(f"/proc/{_process(pool).pid}/status").read_text(encoding="ascii")
    assert int(status.partition("VmHWM:")[2].split()[0]) < 300_000


def test_too_much_has_a_name_of_its_own(pool: guard.Pool) -> None:
    """Too many bytes and too many pixels are ``TooLarge``: what is sent must be smaller, not another kind."""
    for case in ("nine megabytes", "a bomb of 6000 x 6000"):
        with pytest.raises(TooLarge):
            pool.read(FILES[case])


def test_a_worker_that_died_is_replaced(pool: guard.Pool) -> None:
    """A worker killed between two pictures is not asked again; the picture is read by another."""
    pool.read(png(drawn(PIECE, "Code128")))
    before, started = _process(pool), pool.started
    os.kill(before.pid, signal.SIGKILL)
    before.wait()

    assert [PIECE] == [scan.data for scan in pool.read(png(drawn(PIECE, "Code128")))]
    assert started + 1 == pool.started


def test_what_ended_a_worker_is_told(pool: guard.Pool) -> None:
    """Its processor time, a crash, or no answer in time: a refusal each, and the next picture has a new worker."""
    job = b"i" + png(drawn(PIECE, "Code128"))
    for blow, refusal in (
        (signal.SIGPROF, guard.TooSlow),
        (signal.SIGSEGV, NotAPicture),
        (signal.SIGSTOP, guard.TooSlow),
    ):
        with pool._worker() as one:  # noqa: SLF001 - a worker that is at work
            os.kill(one._process.pid, blow)  # noqa: SLF001 - same
            with pytest.raises(refusal):
                one.ask(job, 0.3 if blow == signal.SIGSTOP else 60)
            one.end()

        assert [PIECE] == [scan.data for scan in pool.read(job[1:])]


def test_the_clock_of_the_processor_ends_a_picture_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each picture is given its processor time anew, and the clock stands while nothing is asked."""
    asked: list[float] = []
    monkeypatch.setattr(signal, "setitimer", lambda _which, seconds: asked.append(seconds))
    job = b"i" + png(drawn(PIECE, "Code128"))
    here, there = os.pipe(), os.pipe()
    os.write(here[1], worker.LENGTH.pack(len(job)) + job)
    os.close(here[1])
    with os.fdopen(here[0], "rb") as asks, os.fdopen(there[1], "wb") as tells:
        worker.serve(asks, tells)
    with os.fdopen(there[0], "rb") as told:
        assert PIECE.hex().encode() in told.read()

    assert [worker.CPU_SECONDS, 0] == asked


def test_no_more_pictures_are_read_at_a_time_than_there_are_workers() -> None:
    """A picture that finds every worker busy waits, and is told so when the wait is over."""
    pool = guard.Pool(1, wait=0.05)
    with pool._worker(), pytest.raises(guard.Busy):  # noqa: SLF001 - a worker that is at work
        pool.read(png(drawn(PIECE, "Code128")))
    assert [PIECE] == [scan.data for scan in pool.read(png(drawn(PIECE, "Code128")))]
    pool.close()


def test_the_worker_can_open_nothing(pool: guard.Pool) -> None:
    """A confined worker has 1 GB, no file to open or to write, no core to leave, and none of our secrets."""
    pool.read(png(drawn(PIECE, "Code128")))
    pid = _process(pool).pid
    limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
    told = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()[1:]}
    names = {item.split(b"=")[0] for item in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0") if item}

    assert {"1073741824", "0"} == {told["Max address space"], told["Max open files"]}
    assert "0" == told["Max file size"] == told["Max core file size"]
    assert not {name for name in names if name.startswith(b"COI_")}


def test_more_pixels_than_are_read_are_shrunk_and_their_corners_put_back() -> None:
    """A picture of more than 12 million pixels is read smaller; corners are those of the picture as it was sent."""
    grey, shrunk = worker.fitted(np.zeros((4000, 6000), dtype=np.uint8))
    assert grey.size <= worker.MOST_READ
    assert abs(6000 - grey.shape[1] * shrunk) < 2

    large = np.full((4200, 4200), 255, dtype=np.uint8)
    code = drawn(PIECE, "Code128")
    large[3000 : 3000 + code.shape[0], 2000 : 2000 + code.shape[1]] = code
    answer = worker.answered(b"i" + png(large))
    (x, y), *_ = answer["scans"][0]["quad"]
    assert abs(x - 2080) < 12
    assert 3020 < y < 3260


@pytest.mark.long("scan")
def test_damaged_files_do_not_end_the_service(evidence: Evidence, pool: guard.Pool) -> None:
    """Mutated PNG and JPEG files are read or refused; a worker may die of one, the pool reads on."""
    random = evidence.random()
    sound = [png(drawn(PIECE, "Code128", scale=2)), JPEG]
    slowest = 0.0
    for _ in range(evidence.size(60, 5_000)):
        data = bytearray(random.choice(sound))
        for _ in range(random.randint(1, 12)):
            data[random.randrange(len(data))] = random.randrange(256)
        began = time.perf_counter()
        try:
            found = pool.read(bytes(data))
        except (NotAPicture, guard.TooSlow):
            evidence.count("refused")
        else:
            evidence.count("read")
            assert {scan.data for scan in found} <= {PIECE}
        slowest = max(slowest, time.perf_counter() - began)
    evidence.figure("slowest", f"{slowest:.2f} s")
    evidence.count("workers started", pool.started)

    assert [PIECE] == [scan.data for scan in pool.read(png(drawn(PIECE, "Code128")))]
