"""Who is the patient? Chairs, bands, twins, imports and what is spoken (hazards.md R1, R6, R7 and 28)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import pytest

from coi import vault
from coi.custody.reading import Scanned
from coi.quality import actions as quality

if TYPE_CHECKING:
    from coi.custody.orders import PatientFacts
    from tests.journeys import Story
    from tests.moments import MakeStory

OWN_BAND, OTHER_BAND = b"8018950600013430000009", b"8018950600013430000016"
"""What two hospital bands say; invented service relation numbers."""


def band(story: Story, data: bytes = OWN_BAND) -> Scanned:
    """Return the scan of a band, or of any sticker that repeats its code."""
    return Scanned(data, "]d2", "picture", story.world.road.clock(), "token")


def printed(story: Story, name: str, role: str) -> Scanned:
    """Return the scan of a label that lies at a chair, not yet in use."""
    order = story.world.road.order(name)
    held = None if role == "wristband" else order.containers[0].id
    return story.world.road.read_piece(story.world.road.piece(order, role, held, "printed"), linear=False)


def twin(facts: PatientFacts) -> PatientFacts:
    """Return somebody of the same name and birth date with a record number of their own."""
    return replace(facts, record_number="200001")


def test_two_chairs_with_every_swap_of_labels_and_wristbands(before: MakeStory) -> None:
    """R1: one of the neighbour's, or all of them, at the first scan: refused, and nothing of either has begun."""
    story = before("h3_begin")
    world, road = story.world, story.world.road
    beside = world.order(2, "h2_print")
    slots = {"wristband": "wristband", "bag": "container"}

    for swapped in product((False, True), repeat=2):
        names = [slot for slot, is_theirs in zip(slots, swapped, strict=True) if is_theirs]
        if not names:
            continue
        instead = {slot: printed(story, beside, slots[slot]) for slot in names}
        done = road.do(story.name, "h3_begin", instead=instead, patient=world.patient(0))

        assert (done.outcome, "other_order" in world.codes(done)) == ("blocked", True), names
        assert done.holds == ()  # empty bags: there are no cells to hold
    assert {road.order(name).state for name in (story.name, beside)} == {"SCHEDULED"}
    assert road.do(story.name, "h3_begin", patient=world.patient(0)).outcome == "accepted"
    world.is_whole()


def test_two_chairs_and_the_neighbours_machine(before: MakeStory) -> None:
    """R1: a machine has one open order, and a bag that comes off another machine than it began at is refused."""
    story = before("h3_begin")
    world, road = story.world, story.world.road
    beside = world.order(2, "h3_begin")
    theirs = road.plain(road.order(beside).fact("separator") or "")

    taken = road.do(story.name, "h3_begin", instead={"separator": theirs}, patient=world.patient(0))
    began = road.do(story.name, "h3_begin", patient=world.patient(0))
    swapped = road.do(story.name, "h4_end", instead={"separator": theirs})

    assert (taken.outcome, world.codes(taken)) == ("blocked", {"machine_taken"})
    assert began.outcome == "accepted"
    assert (swapped.outcome, world.codes(swapped)) == ("blocked", {"other_machine"})
    assert road.do(story.name, "h4_end").outcome == "accepted"
    world.is_whole()


def test_the_neighbours_wrong_patient_in_the_chair(before: MakeStory) -> None:
    """R1: labels, bag and machine are right, another patient sits there and says who they are: refused."""
    story = before("h3_begin")

    done = story.world.road.do(story.name, "h3_begin", patient=story.world.patient(1))

    assert (done.outcome, story.world.codes(done)) == ("blocked", {"not_spoken"})


def test_a_copy_of_the_hospitals_band_is_not_our_wristband(before: MakeStory) -> None:
    """R6: a sticker on chart, bed or specimen repeats the hospital's code; it never stands for the patient."""
    story = before("h14_band")
    road = story.world.road

    done = road.do(story.name, "h14_band", instead={"wristband": band(story)}, patient=story.world.patient(0))

    assert (done.outcome, "missing" in story.world.codes(done)) == ("blocked", True)
    assert OWN_BAND not in done.entry.body


@pytest.mark.parametrize(
    ("data", "bound", "code"),
    [(OTHER_BAND, False, "band_unbound"), (OTHER_BAND, True, "other_order"), (OWN_BAND, False, "")],
    ids=["a band nobody bound", "another patient's band", "the patient's own"],
)
def test_beside_our_wristband_the_hospitals_own_is_compared(
    before: MakeStory,
    data: bytes,
    bound: bool,  # noqa: FBT001  a case
    code: str,
) -> None:
    """R6: bound by two persons it counts; unbound or another patient's, the infusion stops, and it is told nowhere."""
    story = before("h14_band")
    world, road = story.world, story.world.road
    road.do(story.name, "h14_band", instead={"band": band(story)}, patient=world.patient(0))
    if bound:
        theirs = road.order(story.other).patient
        world.database.run(partial(vault.bind, code=vault.band(data), subject=theirs, at=road.clock()))
    road.carry(story.name, "h15_accept", world.patient(0))

    done = road.do(story.name, "h16_start", instead={"band": band(story, data)}, patient=world.patient(0))

    assert done.outcome == ("blocked" if code else "accepted")
    assert world.codes(done) == ({code} if code else set())
    assert data not in done.entry.body


def test_a_new_wristband_kills_the_old_ones(after: MakeStory) -> None:
    """R6: banded anew by two persons, the band of the collection and the one before stop every step."""
    story = after("h14_band")
    world, road, name = story.world, story.world.road, story.name
    old = road.read_piece(road.piece(road.order(name), "wristband", None, "applied"), linear=False)

    road.do(name, "h14_band_print")
    at_once = road.do(name, "h14_band", instead={"wristband": old}, patient=world.patient(0))
    anew = road.do(name, "h14_band", patient=world.patient(0))
    road.carry(name, "h14_retrieve", world.patient(0))
    later = road.do(name, "h14_preflight", instead={"wristband": old})

    assert "dead_piece" in world.codes(at_once)
    assert anew.outcome == "accepted"
    assert (later.outcome, "dead_piece" in world.codes(later)) == ("blocked", True)
    world.is_whole()


@pytest.mark.parametrize("step", ["h3_begin", "h14_band", "h16_start"])
def test_the_wrong_patient_is_spoken(before: MakeStory, step: str) -> None:
    """R6: another name, or none entered, stops; a tick alone is no answer."""
    story = before(step)
    world, road = story.world, story.world.road

    other = road.do(story.name, step, patient=world.patient(1))
    ticked = road.do(story.name, step, values={**road.said(road.order(story.name), step), "spoken": "yes"})

    assert (other.outcome, world.codes(other)) == ("blocked", {"not_spoken"})
    assert (ticked.outcome, bool(world.codes(ticked) & {"value_missing", "not_stated"})) == ("blocked", True)


def test_a_patient_who_cannot_speak_has_a_witness(before: MakeStory) -> None:
    """R6: without a witness it stops; a third person's signature stands for half an hour."""
    story = before("h16_start")
    world, road, name = story.world, story.world.road, story.name
    said = {**road.said(road.order(name), "h16_start"), "spoken": "cannot_speak"}

    alone = road.do(name, "h16_start", values=said)
    witnessed = road.do(name, "h16_witness")
    done = road.do(name, "h16_start", values=said)

    assert (alone.outcome, world.codes(alone)) == ("blocked", {"no_witness"})
    assert len(witnessed.entry.sig) == 1
    assert done.outcome == "accepted"
    world.is_whole()


def test_a_witness_of_long_ago_is_none(before: MakeStory) -> None:
    """R6: what was signed more than half an hour ago says nothing about who lies there now."""
    story = before("h16_start")
    road, name = story.world.road, story.name
    road.do(name, "h16_witness")
    road.clock.forward(minutes=24)

    done = road.do(name, "h16_start", values={**road.said(road.order(name), "h16_start"), "spoken": "cannot_speak"})

    assert "no_witness" in story.world.codes(done)


@pytest.mark.parametrize("step", ["h3_begin", "h8_start", "h14_thaw", "h16_start"])
def test_a_merge_or_a_changed_number_holds_and_never_points_anew(before: MakeStory, step: str) -> None:
    """R7: what another system says of the patient is a review hold; the binding is H1's deed, and stays."""
    story = before(step)
    world, road = story.world, story.world.road
    order = road.order(story.name)
    deed = road.deed("physician", order.site("treatment"))
    place = partial(
        quality.place, chain=order.chain, order=order.id, by=deed.by, product=order.product,
        why="identifiers_changed", containers=(), common=deed.common(),
    )  # fmt: skip

    world.database.run(place)
    held = road.do(story.name, step, patient=world.patient(0))

    assert world.last(story.name, "hold.placed").stmt["kind"] == "review"
    assert (held.outcome, "held" in world.codes(held)) == ("blocked", True)
    assert held.order.patient == order.patient


@pytest.mark.parametrize("step", ["h3_begin", "h16_start"])
def test_twins_are_told_apart_by_the_third_identifier(before: MakeStory, step: str) -> None:
    """28: with a twin's order open the record number is asked; the twin's does not pass, and nobody is blocked."""
    story = before(step)
    world, road = story.world, story.world.road
    facts = world.patient(0)
    other = road.open(twin(facts))

    without = road.do(story.name, step, patient=replace(facts, record_number=""))
    wrong = road.do(story.name, step, patient=twin(facts))
    right = road.do(story.name, step, patient=facts)
    theirs = road.carry(other, "h2_print", twin(facts))
    swapped = road.do(other, "h3_begin", patient=facts)

    assert [(done.outcome, world.codes(done)) for done in (without, wrong)] == [("blocked", {"not_spoken"})] * 2
    assert right.outcome == "accepted"
    assert theirs.state == "SCHEDULED"
    assert world.codes(swapped) == {"not_spoken"}
    assert road.do(other, "h3_begin", patient=twin(facts)).outcome == "accepted"
    world.is_whole()
