"""A label is at one place at a time: what was just scanned elsewhere is a copy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coi.custody.checks import travel
from coi.custody.reasons import Reason
from tests.coi.custody.paper import asked, scanned


def codes(step: str, site: str, ago: timedelta) -> list[str]:
    """Return what is said when the bag of a step was scanned at a site so long ago."""
    question = asked(step)
    piece = scanned(question, "bag").piece
    assert piece is not None
    facts = replace(question.facts, sightings={piece.id: (site, question.at - ago)})
    return [reason.code for reason in travel.check(replace(question, facts=facts))]


@pytest.mark.parametrize(
    ("minutes", "expected"), [(0, ["too_fast"]), (4.9, ["too_fast"]), (-1, ["too_fast"]), (5, []), (600, [])]
)
def test_no_way_is_shorter_than_five_minutes(minutes: float, expected: list[str]) -> None:
    """A moment before or after at another site is impossible; later it may have travelled."""
    assert expected == codes("h7_accept", "S-ELSEWHERE", timedelta(minutes=minutes))


def test_the_same_site_and_a_courier_are_no_way() -> None:
    """Scanned here before, or by the courier who brought it: nothing is wrong."""
    question = asked("h7_accept")

    assert [] == codes("h7_accept", question.facts.site, timedelta())
    assert [] == codes("h7_accept", question.order.site("courier"), timedelta())


def test_a_courier_is_wherever_the_goods_are() -> None:
    """Who takes a shipper over stands at the giver's door."""
    assert () == travel.check(asked("h5_accept"))


@pytest.mark.parametrize(
    ("custodian", "expected"),
    [("S-COURIER/van", []), ("S-ELSEWHERE/ward", ["too_fast"]), ("S-ELSEWHERE", ["too_fast"])],
)
def test_a_demonstration_may_hurry_but_not_copy(custodian: str, expected: list[str]) -> None:
    """Where orders are walked in minutes, what was handed on may have come; what still lies elsewhere is a copy."""
    question = asked("h7_accept")
    item = scanned(question, "bag")
    assert item.container is not None
    item = replace(item, container=replace(item.container, custodian=custodian))
    assert item.piece is not None
    facts = replace(question.facts, items=(item,), sightings={item.piece.id: ("S-ELSEWHERE", question.at)})

    assert ["too_fast"] == [reason.code for reason in travel.check(replace(question, facts=facts))]
    hurried = replace(question, facts=replace(facts, hurried=True))
    assert expected == [reason.code for reason in travel.check(hurried)]


def test_what_was_never_seen_may_be_anywhere() -> None:
    """The first scan of a label is no travel."""
    assert () == travel.check(asked("h7_accept"))


@pytest.mark.parametrize(("ago", "seen"), [(timedelta(minutes=3), "3 minutes"), (timedelta(seconds=299), "4 minutes")])
def test_the_reason_tells_how_long_it_took(ago: timedelta, seen: str) -> None:
    """In whole minutes that have passed, and which thing it is that was in two places."""
    question = asked("h7_accept")
    item = scanned(question, "bag")
    assert item.piece is not None
    facts = replace(question.facts, sightings={item.piece.id: ("S-ELSEWHERE", question.at - ago)})

    assert (Reason("too_fast", "container", "at least 5 minutes from another site", seen),) == travel.check(
        replace(question, facts=facts)
    )
