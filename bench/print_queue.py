"""How many labels a second go through the queue, every step of each committed, and come out of the virtual printer?

``python bench/print_queue.py [--labels 1000] [--write]``

* Each label is asked for (an entry and a job), leased, drawn as the worker draws it, read back, sent over TCP, counted
  by the printer's odometer, and recorded as printed; the database is SQLite on disk, as an installation has it.
* Worker and virtual printer share one process: its own time is the price of both. By the wall, other work counts too.
* In the end every label came out once, in its order, and the ledger is verified; else there are no figures.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from coi.app import migrate
from coi.db import Database
from coi.ledger import audit
from labels.printers.network import VirtualZebra
from tests import print_shop

EVIDENCE = Path(__file__).parents[1] / "docs" / "evidence" / "bench.md"
TITLE = "## Print queue"
WANTED = 20


def measured(labels: int) -> tuple[float, float]:
    """Print so many labels; return the seconds of the wall and of this process."""
    with TemporaryDirectory() as folder, VirtualZebra() as zebra:
        database = Database(f"sqlite:///{folder}/queue.db", print_shop.PROJECTIONS)
        try:
            migrate(database)
            shop = print_shop.open_shop(database, zebra, Path(folder))
            worker = shop.worker(small=False)
            shop.ask(1)
            worker.work(eager=True)  # nothing is measured cold
            wall, own = time.perf_counter(), time.process_time()
            pieces = shop.ask(labels)
            while any(shop.state(piece) == "intended" for piece in pieces[-1:]):
                worker.work(eager=True)
            wall, own = time.perf_counter() - wall, time.process_time() - own
            states = {shop.state(piece) for piece in pieces}
            if states != {"printed"}:
                raise RuntimeError(f"Expected every label printed once, seen {states}.")
            if zebra.odometer != 1001 + labels or not database.read(audit.fsck).ok:
                raise RuntimeError(f"Expected {1001 + labels} labels counted and a whole ledger, seen otherwise.")
        finally:
            database.dispose()
    return wall, own


def main() -> None:
    """Measure as asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/evidence/bench.md")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    wall, own = measured(asked.labels)
    words = " ".join(["python", "bench/print_queue.py", *sys.argv[1:]])
    section = (
        f"{TITLE}\n\n`{words}`\n\nPython {platform.python_version()}, {os.cpu_count()} cores, load average {load:.1f} "
        f"before it began. {asked.labels:,} labels as dots, each asked for, drawn, read back, sent and counted; "
        "SQLite on disk; worker and virtual printer in one process.\n\n"
        "| what | measured | wanted |\n| --- | ---: | --- |\n"
        f"| labels a second, by the wall | {asked.labels / wall:.1f} | ≥ {WANTED} |\n"
        f"| labels a second of processor, worker and printer | {asked.labels / own:.1f} | |\n"
    )
    print("\n" + section)
    if asked.write:
        page = EVIDENCE.read_text(encoding="utf-8") if EVIDENCE.exists() else "# Measured speed\n"
        others = [part for part in re.split(r"(?m)^(?=## )", page) if not part.startswith(TITLE)]
        EVIDENCE.write_text("\n\n".join(part.strip() for part in [*others, section]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
