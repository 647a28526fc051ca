"""The notebook of long tests: short in a check, full and written down under --long, never twice on the same files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

STORY = '''
import pytest

@pytest.mark.long("ledger")
def test_many(evidence):
    """Every change is found."""
    for _ in range(evidence.size(short=3, full=2000)):
        evidence.count("changes")
    evidence.figure("slowest", "8 ms")

@pytest.mark.long("labels")
def test_other(evidence):
    """Every label reads back."""
    assert evidence.random().random() == evidence.random().random()

def test_plain():
    """Nothing long."""
'''


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project of its own, outside of this one's settings."""
    for name in ("COI_LONG", "COI_LONG_AREA", "COI_SEED"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeini("[pytest]\nmarkers = long(area): long")
    pytester.makepyfile(STORY)
    return pytester


def _run(project: pytest.Pytester) -> pytest.RunResult:
    return project.runpytest_inprocess("-p", "tests.evidence", "-p", "no:randomly", "-p", "no:cacheprovider")


def _pages(project: pytest.Pytester) -> list[Path]:
    return sorted(project.path.glob("docs/evidence/*.md"))


def test_an_ordinary_run_is_short_and_writes_nothing(project: pytest.Pytester) -> None:
    """In a check every test runs, long ones in their short form, and no page is written."""
    _run(project).assert_outcomes(passed=3)

    assert [] == _pages(project)


def test_a_long_run_writes_its_page(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under --long the area's tests run in full, and their page tells command, seed, counts and figures."""
    monkeypatch.setenv("COI_LONG", "1")
    monkeypatch.setenv("COI_LONG_AREA", "ledger")

    _run(project).assert_outcomes(passed=1, deselected=2)

    (page,) = _pages(project)
    text = page.read_text(encoding="utf-8")
    assert "ledger.md" == page.name
    assert "`./dev check --long ledger`" in text
    assert "seed 20261121" in text
    assert "| Every change is found. |" in text
    assert "| changes 2,000 | slowest 8 ms | no-commit |" in text


def test_a_long_run_is_resumed(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has passed on the same files is not run again, and stands in the page all the same."""
    monkeypatch.setenv("COI_LONG", "1")
    _run(project).assert_outcomes(passed=2, deselected=1)
    _pages(project)[0].unlink()

    again = _run(project)

    again.assert_outcomes(deselected=3)
    assert pytest.ExitCode.OK == again.ret
    assert ["labels.md", "ledger.md"] == [page.name for page in _pages(project)]


PARTS = '''
import pytest
from tests.evidence import in_parts

@pytest.mark.long("ledger")
@in_parts(4)
def test_many(part, evidence):
    """Every change is found."""
    evidence.count("changes", evidence.share(short=3, full=2000))
    evidence.figure("slowest", f"{part} ms")
'''


def test_what_is_done_in_parts_is_added_up(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part is kept by itself; the page says how many there are so far, and nothing of parts once all are there."""
    project.makepyfile(test_parts=PARTS)
    _run(project).assert_outcomes(passed=4)
    monkeypatch.setenv("COI_LONG", "1")
    monkeypatch.setenv("COI_LONG_AREA", "ledger")
    first = project.runpytest_inprocess(
        "-p", "tests.evidence", "-p", "no:randomly", "-p", "no:cacheprovider", "-k", "part1of4 or part3of4"
    )
    first.assert_outcomes(passed=2, deselected=5)
    some = (project.path / "docs/evidence/ledger.md").read_text(encoding="utf-8")

    _run(project).assert_outcomes(passed=3, deselected=4)

    whole = (project.path / "docs/evidence/ledger.md").read_text(encoding="utf-8")
    assert "test_parts.py::test_many` | **2 of 4 parts so far:** changes 1,000 | slowest 0 ms to 2 ms |" in some
    assert "test_parts.py::test_many` | changes 2,000 | slowest 0 ms to 3 ms |" in whole


def test_a_page_keeps_what_was_counted_on_earlier_files(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What took hours on an earlier state of the files stands in the page, with the name of that state."""
    monkeypatch.setenv("COI_LONG", "1")
    _run(project)
    (kept,) = (project.path / ".dev" / "evidence").iterdir()
    kept.rename(kept.with_name("0123456789ab"))
    for page in _pages(project):
        page.unlink()

    project.runpytest_inprocess(
        "-p", "tests.evidence", "-p", "no:randomly", "-p", "no:cacheprovider", "-k", "many"
    ).assert_outcomes(passed=1, deselected=2)

    (page,) = _pages(project)
    assert "| changes 2,000 | slowest 8 ms | no-commit |" in page.read_text(encoding="utf-8")


def test_a_page_tells_of_these_files_first_and_of_no_test_that_is_gone(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One part counted now stands before four of earlier files; only what was not counted now says that it is older."""
    monkeypatch.setenv("COI_LONG", "1")
    monkeypatch.setenv("COI_LONG_AREA", "ledger")
    project.makepyfile(test_parts=PARTS, test_gone=STORY)
    _run(project).assert_outcomes(passed=6, deselected=4)
    (kept,) = (project.path / ".dev" / "evidence").iterdir()
    kept.rename(kept.with_name("0123456789ab"))
    (project.path / "test_gone.py").unlink()

    project.runpytest_inprocess(
        "-p", "tests.evidence", "-p", "no:randomly", "-p", "no:cacheprovider", "-k", "part1of4"
    ).assert_outcomes(passed=1, deselected=6)

    (page,) = _pages(project)
    text = page.read_text(encoding="utf-8")
    assert "1 long tests passed in" in text
    assert "1 more on earlier files, as their rows say." in text
    assert "test_parts.py::test_many` | **1 of 4 parts so far:** changes 500 | slowest 0 ms | no-commit |" in text
    assert "| changes 2,000 | slowest 8 ms | 0123456789ab (earlier files) |" in text
    assert "test_gone" not in text


def test_a_broken_run_writes_no_page(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page never tells of a run in which something failed."""
    monkeypatch.setenv("COI_LONG", "1")
    project.makepyfile(test_broken=STORY.replace('"8 ms")', '"8 ms"); assert False'))

    assert pytest.ExitCode.TESTS_FAILED == _run(project).ret
    assert [] == _pages(project)


def test_a_long_test_names_its_area(project: pytest.Pytester) -> None:
    """A mark without an area is a mistake of the one who wrote it, said at once."""
    project.makepyfile(test_bare="import pytest\n@pytest.mark.long\ndef test_bare(): pass")

    run = _run(project)

    assert pytest.ExitCode.USAGE_ERROR == run.ret
    run.stderr.fnmatch_lines(['*expected @pytest.mark.long("AREA"), seen 0 arguments*'])
