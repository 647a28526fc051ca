"""Processes that record on the same chains make one chain of each: no fork, no gap, nothing twice, nothing lost."""

from __future__ import annotations

import multiprocessing
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from coi import ledger
from coi.ledger import audit
from tests.attacks import writer
from tests.ledgers import Bags, fill, toy

if TYPE_CHECKING:
    from tests.conftest import MakeDatabase
    from tests.evidence import Evidence

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([writer.__name__])


@pytest.fixture(autouse=True)
def _without_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the writers from importing the program that started the tests."""
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)


@pytest.mark.long("ledger")
@pytest.mark.parametrize("chains", [1, 3, 200])
def test_processes_make_no_fork(make_database: MakeDatabase, evidence: Evidence, chains: int) -> None:
    """Processes that record on 1, 3 or 200 chains at once make no fork and no gap, and every deed is there once."""
    database = make_database(Bags())
    toy.create_all(database.engine)
    names = fill(database, chains=chains, deeds=0)
    url = database.url.render_as_string(hide_password=False)
    writers, deeds = evidence.size(4, 16), evidence.size(15, 2_000)

    started = [PROCESSES.Process(target=writer.write_some, args=(url, names, n, deeds)) for n in range(writers)]
    for process in started:
        process.start()
    for process in started:
        process.join()

    assert [0] * writers == [process.exitcode for process in started]
    report = database.read(audit.fsck)
    assert report.ok, report.as_text()
    assert 1 + chains + writers * deeds == report.entries
    said: Counter[object] = Counter()
    for chain in names:
        for entry in database.read(lambda session, chain=chain: ledger.entries(session, chain, after=1)):  # type: ignore[misc]  # bound now
            said[entry.stmt["by"], entry.stmt["turn"]] += 1
    assert {(by, turn): 1 for by in range(writers) for turn in range(deeds)} == said
    assert [] == audit.rebuild_check(database)
    evidence.count("processes", writers)
    evidence.count("deeds", writers * deeds)
