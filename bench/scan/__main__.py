"""``python -m bench.scan --quick`` looks; ``--full`` runs the whole corpus and writes docs/evidence/scan-lab.md."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from bench.scan import compare, hunt, plot, report, speed, voting

EVIDENCE = Path(__file__).parents[2] / "docs" / "evidence"
SEED = 20261121
QUICK, FULL = 1, 6


def main() -> None:
    """Run the lab."""
    ask = argparse.ArgumentParser(prog="python -m bench.scan", description=__doc__)
    size = ask.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="one picture a kind, a short hunt (the default)")
    size.add_argument("--full", action="store_true", help="six pictures a kind, and the page is written")
    ask.add_argument("--each", type=int, help="pictures a symbology, degradation and severity")
    ask.add_argument("--hunt", type=int, help="pictures a kind of the hunt")
    ask.add_argument("--votes", type=int, help="22 x so many sequences of frames")
    ask.add_argument("--seed", type=int, default=SEED)
    ask.add_argument("--write", action="store_true", help="write the page, whatever the size")
    asked = ask.parse_args()
    each = asked.each or (FULL if asked.full else QUICK)
    hunted = asked.hunt or (10_000 if asked.full else 60)
    votes = asked.votes or (100 if asked.full else 1)
    began = time.perf_counter()
    result = compare.run(each, asked.seed)
    found = hunt.run(hunted, asked.seed)
    voted = voting.run(votes, asked.seed)
    measured = speed.run(10 if asked.full else 3, asked.seed)
    command = f"python -m bench.scan --each {each} --hunt {hunted} --votes {votes} --seed {asked.seed}"
    page = report.written(result, found, voted, measured, command=command, seconds=time.perf_counter() - began)
    print(page)
    if asked.full or asked.write:
        (EVIDENCE / "scan-lab.md").write_text(page, encoding="utf-8")
        for at, group in enumerate(compare.GROUPS, 1):
            (EVIDENCE / f"scan-{at}.svg").write_text(plot.severities(result, group), encoding="utf-8")


if __name__ == "__main__":
    main()
