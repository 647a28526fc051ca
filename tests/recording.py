"""Which tests are recorded for branch coverage? All, but cases that run the same lines once more.

Recording makes a test two to four times as slow, since Python 3.11 has to tell of every line. A case that is not
recorded is run and judged as any other; what is reported can be too low by it, and never too high.

* What runs on SQLite and on PostgreSQL is recorded on SQLite, but for the tests of what differs between the two.
* A long test does many times, in an order drawn by lot, what others do once: it is not recorded.
* Of a test with many cases one in ``SHARE`` is recorded, chosen by its name, so that it hangs on no order and on no
  number of workers. The tests of rooms that must be covered whole are recorded whole.
"""

from __future__ import annotations

import zlib
from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

WHOLE = ("tests/coi/identity/", "tests/coi/ledger/", "tests/coi/custody/checks/")
"""Tests of the rooms of which ``./dev check`` wants every branch."""
BOTH = ("tests/coi/test_db.py", "tests/test_")
"""Tests of what the two databases do each in its own way."""
MANY, SHARE = 64, 8


def recorded(name: str, cases: int, *, long: bool = False) -> bool:
    """Tell whether a test is recorded, by its node id and the number of cases of its function."""
    if name.startswith(WHOLE):
        return True
    if long:
        return False
    if "[" not in name or (cases <= MANY and "postgresql" not in name):
        return True
    if "postgresql" in name.partition("[")[2] and not name.startswith(BOTH):
        return False
    return cases <= MANY or zlib.crc32(name.encode()) % SHARE == 0


def function_of(name: str) -> str:
    """Return the node id of the function of which a test is one case."""
    return name.partition("[")[0]


_LEFT_OUT: pytest.StashKey[bool] = pytest.StashKey()


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Count the cases of each function, and mark those that are left out."""
    cases = Counter(function_of(item.nodeid) for item in items)
    for item in items:
        long = item.get_closest_marker("long") is not None
        item.stash[_LEFT_OUT] = not recorded(item.nodeid, cases[function_of(item.nodeid)], long=long)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Stop recording before a test that is left out, with its fixtures, and go on after it."""
    recorder = getattr(item.config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    if recorder is None or not recorder.started or not item.stash[_LEFT_OUT]:
        return (yield)
    recorder.pause()
    try:
        return (yield)
    finally:
        recorder.resume()
