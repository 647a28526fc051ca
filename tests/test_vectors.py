"""Outside vectors are run where they are, and their absence is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import vectors

if TYPE_CHECKING:
    from pathlib import Path

STORY = """
import pytest
from tests import vectors

@pytest.mark.vectors
@pytest.mark.parametrize("line", vectors.lines("labels/cases.tsv"))
def test_case(line):
    assert line == "one"

def test_own():
    assert True is not False
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project of its own with one test over vectors and one without."""
    pytester.makeini("[pytest]\nmarkers = vectors: outside")
    pytester.makepyfile(STORY)
    return pytester


def _run(project: pytest.Pytester) -> pytest.RunResult:
    return project.runpytest_inprocess("-p", "tests.vectors", "-p", "no:randomly", "-p", "no:cacheprovider")


def test_vectors_are_run(project: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line of a vector file is a case; comments and blank lines are none."""
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "cases.tsv").write_text("# a comment\none\n\n", encoding="utf-8")
    monkeypatch.setenv("COI_VECTORS", str(tmp_path))

    _run(project).assert_outcomes(passed=2)

    assert ["cases.tsv"] == vectors.names("labels")


def test_absence_is_said(project: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the folder the other tests run, and one line says what was not run."""
    monkeypatch.setenv("COI_VECTORS", str(tmp_path / "nowhere"))

    run = _run(project)

    run.assert_outcomes(passed=1, deselected=1)
    run.stdout.fnmatch_lines(["The outside test vectors were not run: found no folder *nowhere (COI_VECTORS)."])
