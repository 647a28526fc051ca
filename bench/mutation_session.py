"""Which change does a test notice? One pytest session that runs its tests for every change of ``bench.mutation``.

The tests are collected once and run once unchanged; then each change is woken in a child of this process, which runs
the tests that passed through the changed function until one of them fails.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import time
from collections import defaultdict
from dataclasses import dataclass
from functools import _lru_cache_wrapper, partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, settings
from mutmut.mutation import trampoline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

UNTOUCHED = "survived: no test passes through it"
FIRST_ONLY = (Phase.explicit, Phase.generate)
"""What Hypothesis does: the first failure is enough, and need not be made small."""
BY_ITSELF = 600
"""Seconds of CPU that one run of all tests of an area is given."""
SLACK = 5
"""Seconds of CPU beyond ten times what the tests took before a change counts as an endless loop."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one function."""

    name: str
    """Module and mutant, as mutmut's trampoline expects it."""
    function: str
    path: str


class Session:
    """The pytest plugin: instead of running the tests once, run them once for every change."""

    def __init__(self, folder: Path, mutants: Sequence[Mutant], budget: float, report: Path, *, thorough: bool) -> None:
        """Write to *report*; give each change at most *budget* seconds of tests, twice where *thorough*."""
        self._folder = folder
        self._mutants = mutants
        self._budget = budget
        self._report = report
        self._thorough = thorough
        self._seconds: dict[str, float] = {}
        self._through: dict[str, list[pytest.Item]] = defaultdict(list)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run everything once unchanged, then wake one change after another."""
        import coi  # noqa: PLC0415  the copy, which can be found only now

        assert Path(str(coi.__file__)).is_relative_to(self._folder), f"expected the copy, seen {coi.__file__}"
        self._watch(session.items)
        gc.collect()
        gc.freeze()
        for mutant in self._mutants:
            started = time.monotonic()
            _note(self._report, mutant, self._fate(session, mutant), started)
        return True

    def _watch(self, items: Sequence[pytest.Item]) -> None:
        """Run every test unchanged, and see how long it takes and which functions it passes through."""
        seen: set[str] = set()
        trampoline.get_mutant_under_test = lambda: "stats"
        trampoline.record_trampoline_hit = lambda name, **_: seen.add(name)  # type: ignore[attr-defined]  # what it calls
        for item, following in zip(items, [*items[1:], items[0]], strict=True):
            seen.clear()
            started = time.process_time()
            assert not _fails(item, following), f"expected {item.nodeid} to pass unchanged, seen it fail"
            self._seconds[item.nodeid] = time.process_time() - started
            for function in seen:
                self._through[function].append(item)

    def _chosen(self, mutant: Mutant) -> list[pytest.Item]:
        """Return the tests to run: those of the module's own file first, quick ones before slow ones, within budget."""
        own = f"test_{Path(mutant.path).stem}.py"
        items = list(self._through[mutant.function])
        random.Random(mutant.function).shuffle(items)
        items.sort(key=lambda item: (item.path.name != own, round(self._seconds[item.nodeid], 1)))
        spent = 0.0
        chosen: list[pytest.Item] = []
        for item in items:
            spent += self._seconds[item.nodeid]
            if spent < self._budget or not chosen:
                chosen.append(item)
        return chosen

    def _fate(self, session: pytest.Session, mutant: Mutant) -> str:
        items = self._chosen(mutant)
        if not items:
            return UNTOUCHED
        seconds = SLACK + 10 * sum(self._seconds[item.nodeid] for item in items)
        status = _forked(lambda: int(self._noticed(session, mutant, items)), seconds)
        return {0: "survived", 1: "killed", -signal.SIGPROF: "killed: endless"}.get(
            status, f"killed: broke off, {status}"
        )

    def _noticed(self, session: pytest.Session, mutant: Mutant, items: Sequence[pytest.Item]) -> bool:
        trampoline.get_mutant_under_test = lambda: mutant.name
        session._setupstate.teardown_exact(items[0])  # noqa: SLF001  what the last test had set up ends
        turns = list(zip(items, [*items[1:], items[0]], strict=True))
        if any(_fails(item, following) for item, following in turns):
            return True
        if not self._thorough:
            return False
        for found in gc.get_objects():  # what the unchanged code had made ready is made again by the changed one
            if isinstance(found, _lru_cache_wrapper) and found.__module__.startswith("tests."):
                found.cache_clear()
        return any(_fails(item, following) for item, following in turns)


def _fails(item: pytest.Item, following: pytest.Item) -> bool:
    """Run one test without the report that a person would want, and tell whether it fails."""
    item._initrequest()  # type: ignore[attr-defined]  # noqa: SLF001  a test that runs again needs its fixtures again
    failed = False
    for step in (item.ihook.pytest_runtest_setup, item.ihook.pytest_runtest_call):
        call = pytest.CallInfo.from_call(partial(step, item=item), "call")
        if call.excinfo is not None:
            failed = not call.excinfo.errisinstance(pytest.skip.Exception)
            break
    item.ihook.pytest_runtest_teardown(item=item, nextitem=following)
    return failed


def judge(mutants: Sequence[Mutant], tests: Sequence[str], budget: float, report: Path, *, thorough: bool) -> int:
    """Write to *report* what becomes of each change in the copy, which is where this process stands.

    1. All of them, in one session whose tests and modules are loaded already.
    2. Those of functions that run only while a module is loaded, as tables do: each in a process that loads it anew.
    """
    usual = ["-x", "-q", "-n0", "-p", "no:randomly", "-k", "not postgresql", "--hypothesis-profile=mutation"]
    usual += ["-m", "not vectors", "--assert=plain", "--tb=short", *tests]
    settings.register_profile("mutation", max_examples=50, phases=FIRST_ONLY, deadline=None, derandomize=True)
    session = Session(Path.cwd(), mutants, budget, report, thorough=thorough)
    if status := _forked(lambda: pytest.main(usual, plugins=[session]), BY_ITSELF * (1 + len(mutants))):
        return status
    judged = {one["name"]: one["fate"] for one in map(json.loads, report.read_text("utf-8").splitlines())}
    for mutant in mutants:
        if judged.get(mutant.name) == UNTOUCHED:
            started = time.monotonic()
            fate = "killed" if _forked(partial(_loaded_anew, mutant, usual), BY_ITSELF) else "survived"
            _note(report, mutant, fate, started)
    return 0


def _loaded_anew(mutant: Mutant, tests: list[str]) -> int:
    """Run *tests* with the change awake before anything of the project is loaded."""
    trampoline.get_mutant_under_test = lambda: mutant.name
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    return pytest.main(tests)


def _forked(deed: Callable[[], int], seconds: float) -> int:
    """Return what *deed* returns when it is done in a child, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        status = 3
        try:
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_PROF, seconds)
            status = int(deed())
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _note(report: Path, mutant: Mutant, fate: str, started: float) -> None:
    line = {"name": mutant.name, "path": mutant.path, "fate": fate, "seconds": round(time.monotonic() - started, 3)}
    with report.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
