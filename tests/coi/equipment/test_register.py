"""A thing is qualified until an instant, and not at it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from coi.equipment.register import Equipment

UNTIL = datetime(2027, 1, 1, tzinfo=UTC)


def test_the_qualification_ends_at_its_instant() -> None:
    """A microsecond before it counts, at it and after it does not."""
    thing = Equipment("SHP-1", "shipper", "S-1", UNTIL)

    assert [thing.qualified(UNTIL + timedelta(microseconds=late)) for late in (-1, 0, 1)] == [True, False, False]
