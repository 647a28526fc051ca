"""What did a long test really do?

A test marked ``@pytest.mark.long("ledger")`` runs in every check in a short, seeded form. With ``COI_LONG=1`` (what
``./dev check --long ledger`` sets) it runs its full numbers, and what it counted goes to ``docs/evidence/ledger.md``.

* The numbers come from ``evidence.size(short, full)`` and ``evidence.seed``, so that a run can be repeated.
* A long run may be stopped and started again: a test that passed on the same state of the files is not run twice,
  its result is kept in ``.dev/evidence`` and stands in the page all the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import random
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
    """Return docs/evidence/AREA.md: the command, the seed, and one row a test."""
    written = (
        f"Written by `./dev check --long {area}` on {state}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, seed {notes[0].seed}. "
        f"{len(notes)} long tests passed in {sum(note.seconds for note in notes):.0f} s."
    )
    lines = [
        f"# Evidence: {area}",
        "",
        written,
        "",
        "| What holds | Test | Counted | Measured | Seconds |",
        "| --- | --- | --- | --- | ---: |",
    ]
    for note in sorted(notes, key=lambda one: one.test):
        counted = "; ".join(f"{name} {times:,}" for name, times in note.counts.items()) or "–"
        measured = "; ".join(f"{name} {value}" for name, value in note.figures.items()) or "–"
        lines.append(f"| {note.truth} | `{note.test}` | {counted} | {measured} | {note.seconds:.1f} |")
    return "\n".join(lines) + "\n"


def _kept(config: pytest.Config) -> Path:
    return config.rootpath / ".dev" / "evidence" / _state(config)


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
    """Under ``--long``, leave the tests of the area asked for that have not passed on these files yet."""
    areas = {item.nodeid: _area(item) for item in items}
    if not os.environ.get("COI_LONG"):
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
    notes = [Evidence(**json.loads(file.read_text(encoding="utf-8"))) for file in _kept(session.config).glob("*.json")]
    wanted = os.environ.get("COI_LONG_AREA")
    folder = session.config.rootpath / "docs" / "evidence"
    folder.mkdir(parents=True, exist_ok=True)
    for area in sorted({note.area for note in notes if not wanted or note.area == wanted}):
        text = page(area, [note for note in notes if note.area == area], state)
        (folder / f"{area}.md").write_text(text, encoding="utf-8")
