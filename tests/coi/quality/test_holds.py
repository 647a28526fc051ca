"""A hold stops what it names, while it is open; it says until when, who is called next, and who lifts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coi.errors import Malformed, NotPermitted
from coi.person import Grant, Person
from coi.quality import holds
from coi.quality.holds import BY_HAND, TIME, WAYS_OUT, Hold, blocking, deadline, escalation, may_place, signers_needed

AT = datetime(2026, 11, 2, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


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


@pytest.mark.parametrize("kind", ["identity", "condition", "quality", "recall", "lost", "review"])
def test_every_kind_tells_its_way_out_and_its_time(kind: str) -> None:
    """The words of the screen, and how long quality has; every kind placed by hand is one of these."""
    assert hold(kind=kind).way_out == WAYS_OUT[kind]
    assert set(WAYS_OUT) == set(TIME) == {"identity", "condition", "quality", "recall", "lost", "review"}
    assert set(BY_HAND.values()) <= set(WAYS_OUT)


DEADLINES = {
    "identity in the freezer": ("identity", "STORED_AT_SITE", None, 24 * HOUR),
    "identity, state not told": ("identity", "", None, 24 * HOUR),
    "condition": ("condition", "RECEIVED_AT_MFG", None, 24 * HOUR),
    "quality": ("quality", "MANUFACTURING", None, 72 * HOUR),
    "recall": ("recall", "RELEASED", None, 24 * HOUR),
    "lost": ("lost", "IN_TRANSIT_TO_SITE", None, 24 * HOUR),
    "review": ("review", "ORDERED", None, 24 * HOUR),
    "placed while thawed": ("identity", "THAWING", AT - 5 * MINUTE, 15 * MINUTE),
    "placed while it runs in": ("identity", "INFUSING", AT - HOUR, 15 * MINUTE),
    "thawed, since when not told": ("quality", "THAWING", None, 15 * MINUTE),
    "placed long before another bag was thawed": ("quality", "INFUSING", AT + 10 * HOUR, 10 * HOUR + 15 * MINUTE),
    "thawed just before the ordinary end": ("identity", "THAWING", AT + 24 * HOUR - MINUTE, 24 * HOUR),
}


@pytest.mark.parametrize(("kind", "state", "since", "after"), DEADLINES.values(), ids=DEADLINES)
def test_until_when_quality_must_decide(kind: str, state: str, since: datetime | None, after: timedelta) -> None:
    """Days while the cells keep, a quarter of an hour while they stand thawed, never later than the ordinary end."""
    assert AT + after == deadline(hold(kind=kind), state, since)


LEVELS = {
    "just placed": (timedelta(), "", 0),
    "before half": (12 * HOUR - MINUTE, "", 0),
    "at half": (12 * HOUR, "", 1),
    "before the end": (24 * HOUR - MINUTE, "", 1),
    "at the end": (24 * HOUR, "", 2),
    "thawed, six minutes": (6 * MINUTE, "THAWING", 0),
    "thawed, eight minutes": (8 * MINUTE, "THAWING", 1),
    "thawed, a quarter": (15 * MINUTE, "INFUSING", 2),
}


@pytest.mark.parametrize(("after", "state", "level"), LEVELS.values(), ids=LEVELS)
def test_who_is_called_next(after: timedelta, state: str, level: int) -> None:
    """Quality on call; after half of the time its head as well; after all of it both sites' heads."""
    assert level == escalation(hold(), AT + after, state)
    assert holds.ESCALATION[level].endswith(".")


def test_the_thaw_starts_a_hold_again_that_was_there_before() -> None:
    """Half of the quarter of an hour counts from the thaw, not from the hold."""
    thaw = AT + 10 * HOUR

    assert [0, 1, 2] == [escalation(hold(), thaw + n * MINUTE, "INFUSING", thaw) for n in (7, 8, 15)]


@given(
    st.sampled_from(sorted(WAYS_OUT)),
    st.sampled_from(["", "STORED_AT_SITE", "THAWING", "INFUSING"]),
    st.integers(0, 200_000),
    st.integers(0, 200_000),
)
def test_escalation_never_goes_back_and_ends_with_the_deadline(kind: str, state: str, first: int, more: int) -> None:
    """The later, the higher; two exactly from the deadline on."""
    one, two = AT + timedelta(seconds=first), AT + timedelta(seconds=first + more)
    held = hold(kind=kind)

    assert escalation(held, one, state) <= escalation(held, two, state)
    assert (escalation(held, one, state) == 2) == (one >= deadline(held, state))


@pytest.mark.parametrize(
    ("kind", "state", "signers"),
    [
        ("identity", "STORED_AT_SITE", 1),
        ("identity", "THAWING", 2),
        ("quality", "INFUSING", 2),
        ("recall", "RELEASED", 2),
        ("condition", "INFUSED", 1),
    ],
)
def test_how_many_of_quality_sign(kind: str, state: str, signers: int) -> None:
    """One; two while the cells stand thawed, and for a recall."""
    assert signers == signers_needed(hold(kind=kind), state)


def test_who_owns_a_hold() -> None:
    """The quality unit of the place; where there is none, as at a courier's, that of the manufacturer."""
    assert holds.owner("S-WARD", "S-PLANT", {"S-WARD", "S-PLANT"}) == "S-WARD"
    assert holds.owner("S-VAN", "S-PLANT", {"S-WARD", "S-PLANT"}) == "S-PLANT"


def test_the_reason_says_the_kind() -> None:
    """A reason of the list; another is refused."""
    assert holds.kind_by_hand("not_found") == "lost"
    with pytest.raises(Malformed, match=r"^Expected one of \('damage_seen', .*\), seen 'a feeling'\.$"):
        holds.kind_by_hand("a feeling")


NURSE = Person("U-1", (Grant("ward_nurse", "S-1", trained_until=AT + HOUR),))
PLACERS = {
    "a trained nurse": (NURSE, True),
    "for this product": (replace(NURSE, grants=(Grant("courier", "S-1", "CAR", AT + HOUR),)), True),
    "for another product": (replace(NURSE, grants=(Grant("courier", "S-1", "OTHER", AT + HOUR),)), False),
    "never trained": (replace(NURSE, grants=(Grant("ward_nurse", "S-1"),)), False),
    "training over": (replace(NURSE, grants=(Grant("ward_nurse", "S-1", trained_until=AT),)), False),
    "elsewhere": (replace(NURSE, grants=(Grant("ward_nurse", "S-2", trained_until=AT + HOUR),)), False),
    "an inspector": (replace(NURSE, grants=(Grant("inspector", "S-1", trained_until=AT + HOUR),)), False),
    "gone": (replace(NURSE, active=False), False),
}


@pytest.mark.parametrize(("person", "may"), PLACERS.values(), ids=PLACERS)
def test_who_places_a_hold_by_hand(person: Person, may: bool) -> None:  # noqa: FBT001  a case
    """Anybody trained for work on cells at this site and for this product; nobody who only looks on."""
    if may:
        assert may_place(person, "S-1", "CAR", AT) == person.grants[0]
    else:
        with pytest.raises(NotPermitted, match=r"^Expected somebody trained for work on cells at S-1, seen U-1"):
            may_place(person, "S-1", "CAR", AT)
