"""The Node process of the second interpreter ends with the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.labels import foreign

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def zebrash() -> Iterator[foreign.Zebrash]:
    """Return zebrash, started once for all tests of a process."""
    made = foreign.Zebrash()
    yield made
    made.stop()
