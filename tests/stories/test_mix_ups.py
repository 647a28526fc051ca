"""The first mix-ups, tried at every checkpoint where they can occur; each is stopped, and each attempt is an entry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from coi.custody import actions
from coi.custody import protocol_register as protocols
from coi.custody.deed import Done
from tests.journeys import BESIDE, STEPS

if TYPE_CHECKING:
    from coi.custody.order import Order
    from coi.custody.protocol import Checkpoint
    from coi.custody.reading import Scanned
    from tests.journeys import Story
    from tests.moments import MakeStory
    from tests.world import World

PROTOCOL = protocols.for_product("CRYO-CAR-T")
ROAD = [PROTOCOL.checkpoint(name) for name in STEPS]
REACHED = [PROTOCOL.checkpoint(name) for name in (*STEPS, *BESIDE)]
WITH_CONTAINER = [step for step in REACHED if any(slot.klass == "container" for slot in step.slots)]
WITH_CASSETTE = [step for step in REACHED if any(slot.klass == "cassette" for slot in step.slots)]
WITH_BAND = [step for step in REACHED if any(slot.klass == "wristband" for slot in step.slots)]
WITH_TWO = [step for step in REACHED if step.sign is not None and len(step.sign.by) > 1]
APPLIED = [step for step in WITH_CONTAINER if any(s.klass == "container" and s.piece == "applied" for s in step.slots)]


def told(story: Story) -> tuple[World, str, str]:
    """Return a story's world, its order and the other patient's order."""
    return story.world, story.name, story.other


def theirs(world: World, name: str, other: str, step: Checkpoint, klass: str = "container") -> dict[str, Scanned]:
    """Return, for every slot of a class, the scan of another patient's label: of the same kind of thing if it lives."""
    order, own = world.road.order(other), world.road.order(name)
    found = {}
    for slot in step.slots:
        if slot.klass == klass:
            kind = slot.kind or ""
            held = order.of_kind(kind)[-1]
            assert held.id not in {container.id for container in own.containers}
            piece = world.road.piece(order, klass, held.id, "applied")
            found[slot.name] = world.road.read_piece(piece, linear=slot.symbol == "linear")
    return found


def refused(world: World, name: str, step: Checkpoint, order_before: Order, codes: set[str], wanted: str) -> None:
    """Assert that nothing moved, that the attempt is an entry with its reasons, and that it discloses nobody."""
    entry = world.last(name, f"custody.{step.id}")
    after = world.road.order(name)
    assert entry.stmt["outcome"] == "blocked"
    assert wanted in codes
    assert after.refused == order_before.refused + 1
    assert (after.state, after.custodian, after.containers) == (
        order_before.state,
        order_before.custodian,
        order_before.containers,
    )


@pytest.mark.parametrize("step", WITH_CONTAINER, ids=lambda step: step.id)
def test_another_patients_bag_is_stopped(before: MakeStory, step: Checkpoint) -> None:
    """Another patient's bag of the same kind is stopped at every checkpoint, and its order is not named."""
    world, name, other = told(before(step.id))
    order = world.road.order(name)

    done = world.road.do(name, step.id, instead=theirs(world, name, other, step), patient=world.patient(0))

    entry = world.last(name, f"custody.{step.id}")
    assert "other_order" in world.codes(done)
    assert other not in entry.body.decode()
    if step.quarantine:
        assert done.outcome == "quarantined"
        assert done.holds
    else:
        refused(world, name, step, order, world.codes(done), "other_order")
    assert any(e.type in {"custody.notice", "hold.placed"} for e in world.road.entries(other))
    world.is_whole()


@pytest.mark.parametrize("step", WITH_CASSETTE, ids=lambda step: step.id)
def test_another_patients_cassette_is_stopped(before: MakeStory, step: Checkpoint) -> None:
    """The right bag in another patient's cassette is stopped before the bag is put in or taken out."""
    world, name, other = told(before(step.id))
    order = world.road.order(name)

    done = world.road.do(name, step.id, instead=theirs(world, name, other, step, "cassette"))

    refused(world, name, step, order, world.codes(done), "other_order")
    world.is_whole()


@pytest.mark.parametrize("step", WITH_BAND, ids=lambda step: step.id)
def test_another_patients_wristband_is_stopped(before: MakeStory, step: Checkpoint) -> None:
    """Another patient's wristband is stopped wherever a wristband is scanned."""
    world, name, other = told(before(step.id))
    order = world.road.order(name)
    band = world.road.read_piece(world.road.piece(world.road.order(other), "wristband", None, "applied"), linear=False)

    done = world.road.do(name, step.id, instead={"wristband": band}, patient=world.patient(0))

    refused(world, name, step, order, world.codes(done), "other_order")
    world.is_whole()


@pytest.mark.parametrize("step", APPLIED, ids=lambda step: step.id)
def test_a_dead_label_is_stopped(before: MakeStory, step: Checkpoint) -> None:
    """A label that was voided by a reprint is stopped everywhere, and the bag waits for quality."""
    world, name, _ = told(before(step.id))
    order = world.road.order(name)
    slot = next(s for s in step.slots if s.klass == "container" and s.piece == "applied")
    held = world.road.container(order, slot, step)
    old = world.road.piece(order, "container", held.id, "applied")
    scans = {
        s.name: world.road.read_piece(old, linear=s.symbol == "linear")
        for s in step.slots
        if (s.klass, s.kind, s.piece) == ("container", slot.kind, "applied")
    }
    world.reprint(name, old)

    done = world.road.do(name, step.id, instead=scans, patient=world.patient(0))

    assert "dead_piece" in world.codes(done)
    assert done.outcome == ("quarantined" if step.quarantine else "blocked")
    assert done.holds
    world.is_whole()


@pytest.mark.parametrize("step", [step for step in ROAD if not step.repeat], ids=lambda step: step.id)
def test_a_deed_is_done_once(after: MakeStory, step: Checkpoint) -> None:
    """The same scans a second time are refused: the step was done, and nothing moves twice."""
    world, name, _ = told(after(step.id))
    order = world.road.order(name)
    deed = world.road.actor(order, step)

    outcome = world.database.run(lambda session: actions.attempt(session, deed, name, step.id, [], {}, None))

    assert isinstance(outcome, Done)
    refused(world, name, step, order, world.codes(outcome), "already_done")


@pytest.mark.parametrize("step", WITH_TWO, ids=lambda step: step.id)
def test_one_person_is_not_two(before: MakeStory, step: Checkpoint) -> None:
    """The same person signing in both places is refused, and the refusal is an entry."""
    world, name, _ = told(before(step.id))
    order = world.road.order(name)
    login = world.road.signers(order, step, world.road.actor(order, step))[0]

    done = world.road.do(name, step.id, signers=[login, login], patient=world.patient(0))

    refused(world, name, step, order, world.codes(done), "same_person")
    world.is_whole()


def test_the_giver_cannot_take(after: MakeStory) -> None:
    """Who offers custody cannot be the one who accepts it, even holding the receiver's role."""
    world, name, _ = told(after("h15_issue"))
    order = world.road.order(name)
    assert order.offer is not None
    step = PROTOCOL.checkpoint("h15_accept")
    giver = world.road.deed("ward_nurse", order.site("treatment"))
    same = replace(giver, by=replace(giver.by, id=order.offer.by))

    done = world.road.do(name, step.id, actor=same)

    refused(world, name, step, order, world.codes(done), "giver_takes")


def test_a_typed_code_is_no_scan(after: MakeStory) -> None:
    """A code that no enrolled device signed counts as keyed and opens no gate."""
    world, name, _ = told(after("h4_end"))
    order = world.road.order(name)
    step = PROTOCOL.checkpoint("h5_pack")
    scans = {s.name: replace(world.road.scan_for(order, s, step), assurance="keyed") for s in step.slots}

    done = world.road.do(name, step.id, instead=scans)

    refused(world, name, step, order, world.codes(done), "keyed")
