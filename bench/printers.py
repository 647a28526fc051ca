"""How long does a printer's state take to be asked, and how many labels a second are taken, beside a bare socket?

``python bench/printers.py [--rounds 5] [--asks 200] [--labels 200] [--write]``

* ``status`` is ``Tcp9100.status()`` against the virtual printer in a process of its own: connect, ``~HS``, ``~HQES``,
  half-close, read to the end, judge. The peer beside it in the same round is a bare echo over loopback: connect, the
  same number of bytes there and back twice, half-close, read to the end.
* ``labels`` are sent one after the other, each over its own connection, and drawn by the virtual printer before it
  closes; the peer takes the same bytes and throws them away. The label is a pattern that compresses as our labels do.
* What counts is the ratio within a round; the median of the rounds is shown with floor and ceiling.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import socket
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labels import zpl
from labels.printers import Sent, Tcp9100

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).parents[1]
EVIDENCE = ROOT / "docs" / "evidence" / "bench.md"
TITLE = "## Printers"
TARGET_MS = 20.0
ECHO = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    while True:
        line, _ = server.accept()
        with line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while data := line.recv(8192):
                if len(data) < 1000:
                    line.sendall(data)
"""
"""Gives back what is short, as a question is, and swallows what is long, as a label is."""


VIRTUAL = """
from threading import Event
from labels.printers.network import VirtualZebra
with VirtualZebra() as printer:
    print(printer.port, flush=True)
    Event().wait()
"""


@contextmanager
def standing(*command: str) -> Iterator[int]:
    """Run *command*, which prints the port that it stands at, until the end."""
    with subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            found = re.search(r"(\d+)\s*$", running.stdout.readline())
            assert found is not None
            yield int(found[1])
        finally:
            running.terminate()


def echoed(port: int) -> None:
    """Do over a bare socket what a status does: two questions, two answers, the end."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for size in (90, 200):
            line.sendall(b"x" * size)
            back = 0
            while back < size:
                back += len(line.recv(8192))
        line.shutdown(socket.SHUT_WR)
        assert line.recv(1) == b""


def swallowed(port: int, job: bytes) -> None:
    """Send *job* over a bare socket and wait for the end."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(job)
        line.shutdown(socket.SHUT_WR)
        while line.recv(8192):
            pass


def timed(deed: Callable[[], object], times: int) -> list[float]:
    """Do *deed* so many times; return the milliseconds of each."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        deed()
        took.append((time.perf_counter() - start) * 1e3)
    return took


def label() -> bytes:
    """Return the format of a label of 100 x 60 mm at 300 dpi, a fifth of it in blocks of chance."""
    chance = np.random.default_rng(7)
    ink = np.zeros((709, 1181), dtype=np.bool_)
    ink[100:400, 100:600] = np.kron(chance.random((100, 167)) < 0.5, np.ones((3, 3)))[:, :500] > 0
    return zpl.written(ink)


def p95(took: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(took, n=20, method="inclusive")[18]


def spread(values: Sequence[float], digits: int = 1) -> str:
    """Return the median with floor and ceiling."""
    return f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def measured(asked: argparse.Namespace) -> list[str]:
    """Do all rounds, ours and the peer in turn; return the rows."""
    job = label()
    with ExitStack() as stack:
        zebra = stack.enter_context(standing("-c", VIRTUAL))
        echo = stack.enter_context(standing("-c", ECHO))
        printer = Tcp9100("127.0.0.1", zebra)

        def status() -> None:
            assert printer.status().state == "ready"

        def sent() -> None:
            assert isinstance(printer.send(job, "bench"), Sent)

        for deed in (status, sent):
            timed(deed, 5)  # nothing is measured cold
        rounds = []
        for _ in range(asked.rounds):
            ours, theirs = timed(status, asked.asks), timed(lambda: echoed(echo), asked.asks)
            takes, bare = timed(sent, asked.labels), timed(lambda: swallowed(echo, job), asked.labels)
            rounds.append((p95(ours), p95(theirs), 1e3 * asked.labels / sum(takes), 1e3 * asked.labels / sum(bare)))
            print(" ".join(f"{one:.2f}" for one in rounds[-1]), f"load {os.getloadavg()[0]:.1f}", flush=True)
        counted = printer.counter()
    assert counted == 1000 + 5 + asked.rounds * asked.labels, "a label was lost or doubled"
    status_ms, echo_ms, rate, bare_rate = zip(*rounds, strict=True)
    ratios = [a / b for a, b in zip(status_ms, echo_ms, strict=True)]
    shares = [100 * a / b for a, b in zip(rate, bare_rate, strict=True)]
    verdict = "met" if statistics.median(status_ms) <= TARGET_MS else "missed"
    status_row = ("status, p95 ms", spread(status_ms, 2), spread(echo_ms, 2), f"{spread(ratios)} times")
    label_row = (
        f"labels of {len(job):,} bytes a second, drawn",
        spread(rate),
        spread(bare_rate),
        f"{spread(shares)} %",
    )
    return [
        f"| {' | '.join(status_row)} | ≤ {TARGET_MS:g} ms: {verdict} |",
        f"| {' | '.join(label_row)} | |",
    ]


def main() -> None:
    """Measure as asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--asks", type=int, default=200, help="questions of one round")
    parser.add_argument("--labels", type=int, default=100, help="labels of one round")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/evidence/bench.md")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    rows = measured(asked)
    words = " ".join(["python", "bench/printers.py", *sys.argv[1:]])
    machine = (
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load average {load:.1f} before the first round"
    )
    head = (
        f"{TITLE}\n\n`{words}`\n\n{machine}; {asked.rounds} interleaved rounds of {asked.asks} questions and "
        f"{asked.labels} labels; medians (floor–ceiling). The peer is a bare socket that echoes or swallows the same "
        "bytes, in the same round.\n\n"
        "| what | virtual printer | bare socket | ratio | wanted |\n| --- | ---: | ---: | ---: | --- |\n"
    )
    section = head + "\n".join(rows) + "\n"
    print("\n" + section)
    if asked.write:
        page = EVIDENCE.read_text(encoding="utf-8") if EVIDENCE.exists() else "# Measured speed\n"
        others = [part for part in re.split(r"(?m)^(?=## )", page) if not part.startswith(TITLE)]
        EVIDENCE.write_text("\n\n".join(part.strip() for part in [*others, section]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
