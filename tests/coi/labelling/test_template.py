"""Which version of a template counts, and what changed: told by dates and data alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from coi.labelling.template import Difference, Held, differences, in_force, standing

AT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ONE = Held(
    "11" * 32, "vial", 1, "vial", "Vial", "approved", "{}", "first", {}, "U-1", AT - 9 * DAY, "U-1", AT - 8 * DAY,
    "U-2", AT - 7 * DAY, AT - 6 * DAY, None, None,
)  # fmt: skip
TWO = replace(ONE, sha256="22" * 32, version=2, effective=AT)
OTHER = replace(ONE, sha256="33" * 32, name="cassette")


def test_the_newest_version_whose_day_has_come_is_in_force() -> None:
    """Before its day the one before is; another template's versions are none of it."""
    assert in_force((ONE, TWO, OTHER), "vial", AT - DAY) == ONE
    assert in_force((ONE, TWO, OTHER), "vial", AT) == TWO
    assert in_force((ONE,), "vial", AT - 7 * DAY) is None
    assert in_force((), "vial", AT) is None


@pytest.mark.parametrize("state", ["draft", "in_review", "retired"])
def test_only_what_is_approved_is_in_force(state: str) -> None:
    """A retired version leaves the one before it in force."""
    two = replace(TWO, state=state)

    assert in_force((ONE, two), "vial", AT) == ONE
    assert standing(two, (ONE, two), AT) == state
    assert not replace(ONE, effective=None).is_effective(AT)


def test_how_an_approved_version_stands() -> None:
    """Its day is to come, it is in force, or a newer one is."""
    known = (ONE, TWO)

    assert [standing(one, known, AT - DAY) for one in known] == ["in_force", "ahead"]
    assert [standing(one, known, AT) for one in known] == ["superseded", "in_force"]


def test_every_difference_is_told_by_its_path() -> None:
    """What is new, what fell away and what changed, each once; what is alike is not told."""
    old = {
        "version": 1,
        "fields": {"lot": {"most": 20}, "din": {"most": 15}},
        "elements": [{"box": [1, 2]}, {"kind": "band"}],
    }
    new = {"version": 2, "fields": {"lot": {"most": 22}}, "elements": [{"box": [1, 3], "least": 2}], "title": "T"}

    assert differences(old, new) == (
        Difference("elements.1.box", "1 2", "1 3"),
        Difference("elements.1.least", "", "2"),
        Difference("elements.2", "kind band", ""),
        Difference("fields.din", "most 15", ""),
        Difference("fields.lot.most", "20", "22"),
        Difference("title", "", "T"),
        Difference("version", "1", "2"),
    )
    assert differences(old, old) == ()
    assert differences({"a": ["x"]}, {"a": ["x", "y"]}) == (Difference("a", "x", "x y"),)
