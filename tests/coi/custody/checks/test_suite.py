"""One order in a suite."""

from __future__ import annotations

from coi.custody.checks import suite
from coi.custody.reasons import Reason
from tests.coi.custody.paper import asked, scanned

RIGHT = asked("h8_start")
CODE = scanned(RIGHT, "suite").code


def test_an_empty_suite_and_ones_own_pass() -> None:
    """Nobody's, or this order's, or one that is not in use by the order at hand."""
    assert suite.check(RIGHT) == ()
    assert suite.check(asked("h8_start", suites={CODE: "O-0"})) == ()
    assert suite.check(asked("h8_start", suites={"LOC-2": "O-1"})) == ()


def test_a_suite_with_another_order_in_it_is_refused() -> None:
    """Two products side by side is how they were mixed up; the other order is not named."""
    assert suite.check(asked("h8_start", suites={CODE: "O-1"})) == (
        Reason("suite_taken", "location", "a suite without another order", CODE),
    )


def test_only_places_are_suites() -> None:
    """The code of another thing is no suite, whatever a list says of it."""
    bag = scanned(RIGHT, "bag")

    assert suite.check(asked("h8_start", suites={bag.code: "O-1"})) == ()
