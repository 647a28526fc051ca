"""Whatever breaks while labels are printed: none is accepted twice, none is lost, none is sent twice by itself."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from coi.labelling import pieces as rules
from coi.labelling import queue_store
from coi.labelling import store as kept
from coi.labelling.claim import NOT_PRINTED
from coi.ledger import audit
from labels.printers.network import VirtualZebra
from tests import print_shop
from tests.attacks import print_carrier
from tests.print_shop import PROJECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

    from sqlalchemy.orm import Session

    from coi.db import Database
    from tests.evidence import Evidence
    from tests.print_shop import Shop

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([print_carrier.__name__])
FAULTS: dict[str, dict[str, object]] = {
    "nothing": {},
    "refused": {"reset": "before_first_byte"},
    "torn early": {"reset": "after_bytes", "reset_after": 20},
    "torn late": {"reset": "after_bytes", "reset_after": 125},
    "torn in the format": {"reset": "mid_format"},
    "torn after the print": {"reset": "after_print"},
    "torn while it answers": {"reset": "during_status"},
    "half an answer": {"truncated_status": True},
    "no labels": {"media_out": True},
    "roll ends": {"media_left": 1},
    "roll ends inside a label": {"media_left": 1, "cut_short": True},
    "no ribbon": {"ribbon_out": True},
    "cover open": {"head_open": True},
    "paused and mute": {"paused": True, "mute": True},
    "twins": {"twin": True},
    "not counted": {"miscount": True},
    "somebody else": {"foreign": 1},
}
WHOLE: dict[str, object] = {
    "reset": "",
    "truncated_status": False,
    "media_out": False,
    "media_left": None,
    "cut_short": False,
    "ribbon_out": False,
    "head_open": False,
    "paused": False,
    "mute": False,
    "twin": False,
    "miscount": False,
    "foreign": 0,
}


class Killed(Exception):
    """The process died here."""


@dataclass(slots=True)
class Mortal:
    """A database whose process dies at one of its transactions: in it (rolled back), or right after its commit."""

    real: Database
    at: int
    committed: bool
    done: int = 0

    def run(self, work: Callable[[Session], object]) -> object:
        """Do *work*, or die."""
        self.done += 1
        if self.done != self.at:
            return self.real.run(work)
        if self.committed:
            self.real.run(work)
            raise Killed

        def half(session: Session) -> object:
            work(session)
            session.flush()
            raise Killed

        return self.real.run(half)

    def read(self, work: Callable[[Session], object]) -> object:
        """Read."""
        return self.real.read(work)


@pytest.mark.long("labels")
def test_two_workers_never_mix_two_labels(
    make_database: Callable[..., Database], tmp_path: Path, evidence: Evidence
) -> None:
    """Two workers, one printer: each label once, in the order in which it was asked for, no format inside another."""
    with VirtualZebra() as zebra:
        shop = print_shop.open_shop(make_database(*PROJECTIONS), zebra, tmp_path)
        pieces = shop.ask(evidence.size(20, 200))
        workers = [shop.worker(name) for name in ("w1", "w2")]

        def work(number: int) -> None:
            while any(shop.state(piece) == "intended" for piece in pieces):
                workers[number].work(eager=True)

        threads = [Thread(target=work, args=(number,), daemon=True) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=300)

        assert shop.came_out() == pieces
        assert zebra.odd == 0
        assert len(shop.entries("label.sending")) == len(pieces)
        _nobody_was_fooled(shop, pieces)
        evidence.count("labels", len(pieces))
    assert shop.database.read(audit.fsck).ok


@pytest.mark.long("labels")
@pytest.mark.usefixtures("_without_pytest")
def test_a_killed_worker_prints_nothing_twice(
    make_database: Callable[..., Database], tmp_path: Path, evidence: Evidence
) -> None:
    """``kill -9`` at a random moment of a worker's life: the next one goes on, and no label is lost or made twice."""
    random = evidence.random()
    with VirtualZebra() as zebra:
        shop = print_shop.open_shop(make_database(*PROJECTIONS), zebra, tmp_path)
        url = shop.database.url.render_as_string(hide_password=False)
        for _ in range(evidence.size(3, 100)):
            pieces = shop.ask(8)
            shop.at = max(shop.at, datetime.now(UTC))
            shop.database.dispose()
            here, there = PROCESSES.Pipe(duplex=False)
            process = PROCESSES.Process(target=print_carrier.carry, args=(url, there))
            process.start()
            assert here.poll(120), "the worker did not begin"
            time.sleep(random.uniform(0, 0.25))
            process.kill()
            process.join()
            shop.at = max(shop.at, datetime.now(UTC))
            _repaired(shop)
            _nobody_was_fooled(shop, pieces)
            evidence.count("kills")
        assert shop.database.read(audit.fsck).ok
        assert list(audit.rebuild_check(shop.database, PROJECTIONS)) == []


@pytest.fixture
def _without_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the worker from importing the program that started the tests."""
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)


@pytest.mark.long("labels")
def test_no_fault_makes_a_label_usable_twice_or_lost(
    make_database: Callable[..., Database], tmp_path: Path, evidence: Evidence
) -> None:
    """After every fault and every death: no serial lives in two labels, each has a fate or a job, none was sent twice.

    The process dies in or right after a random transaction, or not; the line and the printer fail in every known way;
    a person answers what nobody else can tell.
    """
    random = evidence.random()
    with VirtualZebra() as zebra:
        shop = print_shop.open_shop(make_database(*PROJECTIONS), zebra, tmp_path)
        for number in range(evidence.size(17, 510)):
            fault = list(FAULTS)[number % len(FAULTS)]
            pieces = shop.ask(random.randrange(1, 4))
            _broken(shop, fault, random, evidence)
            _repaired(shop)
            _nobody_was_fooled(shop, pieces)
            evidence.count("runs")
            evidence.count("labels", len(pieces))
        assert shop.database.read(audit.fsck).ok
        assert list(audit.rebuild_check(shop.database, PROJECTIONS)) == []
    assert evidence.counts["deaths"] > 0


def _broken(shop: Shop, fault: str, random: Random, evidence: Evidence) -> None:
    """Print while something is broken, until the worker can do no more or is dead."""
    shop.zebra.change(**FAULTS[fault])
    mortal = Mortal(shop.database, random.randrange(1, 16), random.random() < 0.5)
    worker = shop.worker("mortal", database=mortal)  # type: ignore[arg-type]  # as a worker sees a database
    try:
        for _ in range(3):
            worker.work()
            shop.later(2)
    except Killed:
        evidence.count("deaths")
    evidence.count(f"fault: {fault}")


def _repaired(shop: Shop) -> None:
    """Repair the printer, start again, and answer what is asked, until nothing waits."""
    shop.zebra.change(**WHOLE)
    worker = shop.worker("next")
    for _ in range(12):
        shop.later(70)
        worker.work()
        if shop.known().state == "suspended":
            shop.resume()
        for job in shop.database.read(lambda session: queue_store.jobs(session, "uncertain")):
            shop.power_cycle()
            copies = Counter(shop.came_out())[job.piece]
            assert not (job.why == NOT_PRINTED and copies), "what was proved not printed lies in the tray"
            shop.answer(job.piece, copies)
        if not shop.database.read(lambda session: queue_store.jobs(session, *queue_store.OPEN)):
            return
    raise AssertionError("Expected an empty queue after a dozen looks, seen jobs that wait.")


def _nobody_was_fooled(shop: Shop, pieces: list[str]) -> None:
    """Hold the three laws for each label of this run."""
    copies = Counter(shop.came_out())
    entries = Counter((entry.type, str(entry.stmt.get("piece", ""))) for entry in shop.entries("label."))
    for piece in pieces:
        held = shop.database.read(partial(kept.find, piece_id=piece))
        assert held is not None
        if held.state in rules.ALIVE:
            assert copies[piece] == 1, (piece, copies[piece])
        else:
            assert held.accounted, held
        sent = entries["label.sending", piece]
        back = entries["label.not_sent", piece] + entries["label.not_printed", piece]
        assert sent - back <= 1, (piece, sent, back)
