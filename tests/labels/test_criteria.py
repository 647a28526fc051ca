"""Whether what docs/label-criteria.md names as proof is there."""

from __future__ import annotations

import re

import pytest

from tests.vectors import ROOT

PAGE = (ROOT / "docs" / "label-criteria.md").read_text(encoding="utf-8")
ROWS = re.findall(r"(?m)^\| (\d[\d–]*) \| .*$", PAGE)
NAMED = sorted(set(re.findall(r"`(tests/[a-z_0-9/]+\.py)::(test_\w+)`", PAGE)))
RUN = re.findall(r"(bench/\w+\.py)`", PAGE)


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_proof_is_there(file: str, test: str) -> None:
    """The test that proves a promise exists under the name that the page gives, and is marked long if it says so."""
    text = (ROOT / file).read_text(encoding="utf-8")

    assert f"\ndef {test}(" in text
    marked = re.search(rf'@pytest\.mark\.long\("\w+"\)\n(?:@.*\n)*def {test}\(', text) is not None
    assert marked == (f"::{test}` (long" in PAGE)


def test_every_promise_has_its_row() -> None:
    """Each of the 25 criteria stands there once, and each program that measures exists."""
    assert [*map(str, range(1, 20)), "20–23", "24", "25"] == ROWS
    assert RUN
    assert all((ROOT / file).is_file() for file in RUN)
