"""What did a long test really do?

A test marked ``@pytest.mark.long("ledger")`` runs in every check in a short, seeded form. With ``COI_LONG=1`` (what
``./dev check --long ledger`` sets) it runs its full numbers, and what it counted goes to ``docs/evidence/ledger.md``.

* The numbers come from ``evidence.size(short, full)`` and ``evidence.seed``, so that a run can be repeated.
* A long run may be stopped and started again: a test that passed on the same state of the files is not run twice,
  its result is kept in ``.dev/evidence`` and stands in the page all the same.
* What takes hours is done in parts (``@in_parts(40)``), each a test of its own; the page adds them up and says how many
  there are so far. A row names the state of the files that it was counted on.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import random
import re
import subprocess
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

SEED = 20261121
"""The seed of every run that names no other one in COI_SEED."""
_PART = re.compile(r"\[part(?P<part>\d+)of(?P<of>\d+)\]$")


def in_parts(full: int, short: int = 1) -> pytest.MarkDecorator:
    """Mark a long test that is done in parts: *full* under ``--long``, each kept by itself, and *short* in a check."""
    parts = full if os.environ.get("COI_LONG") else short
    return pytest.mark.parametrize("part", [pytest.param(n, id=f"part{n + 1}of{parts}") for n in range(parts)])


@dataclass(slots=True)
class Evidence:
    """The notebook of one long test: how much was asked for, what was counted, what was measured."""

    area: str
    test: str
    truth: str
    seed: int
    full: bool
    counts: dict[str, int] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    state: str = ""
    """The files that it was counted on; the name of the folder where it is kept."""

    @property
    def whole(self) -> str:
        """The test, whichever part of it this is."""
        return _PART.sub("", self.test)

    @property
    def parts(self) -> int:
        """In how many parts the test is done."""
        part = _PART.search(self.test)
        return int(part["of"]) if part else 1

    def share(self, short: int, full: int) -> int:
        """Return how many to do in this part of a test that is done in parts."""
        each, left = divmod(self.size(short, full), self.parts)
        if left:
            message = (
                f"{self.test}: expected a number that {self.parts} parts share evenly, seen {self.size(short, full)}"
            )
            raise ValueError(message)
        return each

    def size(self, short: int, full: int) -> int:
        """Return how many to do: *short* in an ordinary check, *full* under ``--long``."""
        return full if self.full else short

    def random(self) -> random.Random:
        """Return a generator that gives the same numbers in each run with this seed."""
        return random.Random(f"{self.seed}:{self.test}")

    def count(self, name: str, times: int = 1) -> None:
        """Add *times* to the count called *name*."""
        self.counts[name] = self.counts.get(name, 0) + times

    def figure(self, name: str, value: object) -> None:
        """Note a measured figure with its unit, as it shall stand in the page."""
        self.figures[name] = str(value)


def state_of_files(root: Path) -> str:
    """Return a short name of the files as they are: the commit, and what differs from it outside docs/evidence."""

    def git(*words: str) -> str:
        return subprocess.run(("git", *words), cwd=root, capture_output=True, text=True, check=False).stdout

    changed = git("diff", "HEAD", "--", ".", ":!docs/evidence") + git("ls-files", "--others", "--exclude-standard")
    commit = git("rev-parse", "--short=12", "HEAD").strip() or "no-commit"
    return commit if not changed else f"{commit}+{hashlib.sha256(changed.encode()).hexdigest()[:8]}"


def page(area: str, notes: list[Evidence], state: str) -> str:
    """Return docs/evidence/AREA.md: the command, the seed, and one row a test with the files it was counted on."""
    tests = [added_up(list(parts)) for parts in _by_test(notes, state).values()]
    now = [note for note, _ in tests if note.state == state]
    earlier = f" {len(tests) - len(now)} more on earlier files, as their rows say." if len(now) < len(tests) else ""
    written = (
        f"Written by `./dev check --long {area}` on {state}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, seed {notes[0].seed}. "
        f"{len(now)} long tests passed in {sum(note.seconds for note in now):.0f} s.{earlier}"
    )
    lines = [
        f"# Evidence: {area}",
        "",
        written,
        "",
        "| What holds | Test | Counted | Measured | On | Seconds |",
        "| --- | --- | --- | --- | --- | ---: |",
    ]
    for note, done in sorted(tests, key=lambda one: one[0].test):
        so_far = f"**{done} of {note.parts} parts so far:** " if done < note.parts else ""
        counted = "; ".join(f"{name} {times:,}" for name, times in note.counts.items()) or "–"
        measured = "; ".join(f"{name} {value}" for name, value in note.figures.items()) or "–"
        on = note.state if note.state == state else f"{note.state} (earlier files)"
        lines.append(f"| {note.truth} | `{note.whole}` | {so_far}{counted} | {measured} | {on} | {note.seconds:.1f} |")
    return "\n".join(lines) + "\n"


def _by_test(notes: list[Evidence], state: str) -> dict[str, list[Evidence]]:
    """Sort the notebooks by test: those of the present *state*, else of the one with most parts, the last of these."""
    states: dict[str, dict[str, list[Evidence]]] = {}
    for note in notes:
        states.setdefault(note.whole, {}).setdefault(note.state, []).append(note)
    return {test: by.get(state) or max(reversed(list(by.values())), key=len) for test, by in states.items()}


def added_up(parts: list[Evidence]) -> tuple[Evidence, int]:
    """Return the parts of one test as one notebook, and how many they are."""
    first, figures = parts[0], {name: "" for note in parts for name in note.figures}
    whole = Evidence(first.area, first.test, first.truth, first.seed, first.full, state=first.state)
    for note in parts:
        for name, times in note.counts.items():
            whole.count(name, times)
        whole.seconds += note.seconds
    for name in figures:
        seen = sorted({note.figures[name] for note in parts if name in note.figures})
        whole.figure(name, seen[0] if len(seen) == 1 else f"{seen[0]} to {seen[-1]}")
    return whole, len(parts)


def _kept(config: pytest.Config) -> Path:
    return config.rootpath / ".dev" / "evidence" / _state(config)


def _notes(config: pytest.Config) -> list[Evidence]:
    """Return every notebook of a test that there is, kept on these files and on earlier ones, the oldest first."""
    files = sorted(_kept(config).parent.glob("*/*.json"), key=lambda file: (file.stat().st_mtime_ns, file.name))
    kept = [Evidence(**json.loads(file.read_text(encoding="utf-8")) | {"state": file.parent.name}) for file in files]
    return [note for note in kept if _is_there(config.rootpath, note.test)]


def _is_there(root: Path, test: str) -> bool:
    """Say whether a test is still written in its file, whatever was chosen for this run."""
    name, *inside = test.partition("[")[0].split("::")
    file = root / name
    return file.is_file() and f"def {inside[-1]}(" in file.read_text(encoding="utf-8")


def _file(config: pytest.Config, test: str) -> Path:
    return _kept(config) / (hashlib.sha256(test.encode()).hexdigest()[:16] + ".json")


def _area(item: pytest.Item) -> str | None:
    mark = item.get_closest_marker("long")
    if mark is None:
        return None
    if len(mark.args) != 1:
        message = f'{item.nodeid}: expected @pytest.mark.long("AREA"), seen {len(mark.args)} arguments'
        raise pytest.UsageError(message)
    return str(mark.args[0])


def _state(config: pytest.Config) -> str:
    return str(getattr(config, "coi_state", ""))


def pytest_configure(config: pytest.Config) -> None:
    """Look once, at the start, which state of the files this run will speak of."""
    if os.environ.get("COI_LONG"):
        config.coi_state = state_of_files(config.rootpath)  # type: ignore[attr-defined]  # pytest's own place for a plugin's values


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the long tests; under ``--long``, leave those of the area asked for that have not passed here yet.

    They take longest in a short run as well: none of them is begun by one worker when the other has nothing left.
    """
    areas = {item.nodeid: _area(item) for item in items}
    if not os.environ.get("COI_LONG"):
        items.sort(key=lambda item: areas[item.nodeid] is None)
        return
    wanted = os.environ.get("COI_LONG_AREA")
    chosen: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        area = areas[item.nodeid]
        asked = area is not None and (not wanted or area == wanted)
        (chosen if asked and not _file(config, item.nodeid).exists() else left).append(item)
    items[:] = chosen
    config.hook.pytest_deselected(items=left)


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> Iterator[Evidence]:
    """The notebook of the running long test; its first docstring line is the truth that the page states."""
    area = _area(request.node)
    if area is None:
        pytest.fail(f'{request.node.nodeid} takes `evidence` but bears no @pytest.mark.long("AREA")')
    truth = (request.function.__doc__ or request.node.name).strip().splitlines()[0]
    seed = int(os.environ.get("COI_SEED", SEED))
    note = Evidence(area, request.node.nodeid, truth, seed, full=bool(os.environ.get("COI_LONG")))
    request.node.stash[_NOTE] = note
    started = time.perf_counter()
    yield note
    note.seconds = time.perf_counter() - started


_NOTE: pytest.StashKey[Evidence] = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep the notebook of a full run as soon as its test has passed, so that a stopped run loses nothing."""
    report = yield
    note = item.stash.get(_NOTE, None)
    if note is not None and note.full and call.when == "call" and report.passed:
        note.seconds = call.duration
        target = _file(item.config, item.nodeid)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(asdict(note)), encoding="utf-8")
    return report


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the pages of all areas that ran, but only if nothing failed: a page never tells of a broken run."""
    state = _state(session.config)
    if not state or hasattr(session.config, "workerinput"):
        return
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and _kept(session.config).exists():
        session.exitstatus = pytest.ExitCode.OK  # everything asked for had passed on these files before
    elif exitstatus != pytest.ExitCode.OK:
        return
    notes = _notes(session.config)
    wanted = os.environ.get("COI_LONG_AREA")
    folder = session.config.rootpath / "docs" / "evidence"
    folder.mkdir(parents=True, exist_ok=True)
    here = {note.area for note in notes if note.state == state}
    for area in sorted(area for area in here if not wanted or area == wanted):
        text = page(area, [note for note in notes if note.area == area], state)
        (folder / f"{area}.md").write_text(text, encoding="utf-8")
