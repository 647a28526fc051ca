"""A hold stops what it names, while it is open."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from coi.quality.holds import WAYS_OUT, Hold, blocking

AT = datetime(2026, 11, 2, tzinfo=UTC)


def hold(*containers: str, lifted: bool = False, kind: str = "identity") -> Hold:
    """Return a hold."""
    return Hold("H-1", "O-1", kind, "other_order", containers, "S-1", AT, AT if lifted else None)


@pytest.mark.parametrize(
    ("held", "moved", "stops"),
    [
        (hold("C-1"), ["C-1"], True),
        (hold("C-1", "C-2"), ["C-2", "C-3"], True),
        (hold("C-1"), ["C-2"], False),
        (hold("C-1"), [], False),
        (hold(), ["C-1"], True),
        (hold(), [], True),
        (hold("C-1", lifted=True), ["C-1"], False),
        (hold(lifted=True), ["C-1"], False),
    ],
)
def test_what_a_hold_stops(held: Hold, moved: list[str], stops: bool) -> None:  # noqa: FBT001  a case
    """The containers that it names, or all when it names none; a lifted one stops nothing."""
    assert ((held,) if stops else ()) == blocking([held], moved)


def test_each_open_hold_is_returned() -> None:
    """In the order in which they were placed."""
    assert blocking([hold("C-1"), hold("C-2"), hold()], iter(["C-1"])) == (hold("C-1"), hold())


@pytest.mark.parametrize("kind", ["identity", "condition", "quality"])
def test_every_kind_tells_its_way_out(kind: str) -> None:
    """The words of the screen."""
    assert hold(kind=kind).way_out == WAYS_OUT[kind]
    assert set(WAYS_OUT) == {"identity", "condition", "quality"}
