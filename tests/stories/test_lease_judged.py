"""What a station did alone is judged by the same gates when it comes in, and stands in the ledger as what it was."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from coi.custody import actions
from coi.custody import protocol_register as protocols
from coi.ledger.entry import instant
from coi.people.signing import is_bound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coi.custody.deed import Done
    from tests.journeys import Story
    from tests.moments import MakeStory


def alone(story: Story, step_id: str, *, other: bool = False, claims: Mapping[str, str] | None = None) -> Done:
    """Hand in a deed that the ward's station did alone ten minutes ago, by both persons of the preflight."""
    road = story.world.road
    order = road.order(story.name)
    step = protocols.for_product("CRYO-CAR-T").checkpoint(step_id)
    deed = road.actor(order, step)
    persons = [story.world.database.read(partial(people_of, number=n, story=story)) for n in (0, 1)]
    source = road.order(story.other) if other else order
    scans = [
        replace(scan, at=deed.at)
        for slot in step.slots
        if not slot.optional
        for scan in (
            [story.world.their_container(source.id)]
            if other and slot.name == "product"
            else road.scans(order, slot, step, {})
        )
    ]
    values = {name: text for name, text in road.values(order, step).items() if name != "spoken"} | dict(claims or {})
    road.clock.forward(minutes=10)
    return story.world.database.run(
        lambda session: actions.by_lease(
            session, deed, story.name, step_id, scans, values, signers=persons, lease="LS-1", recorded_at=road.clock()
        )
    )


def people_of(session, *, number: int, story: Story):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  a person
    """Return one of the two nurses of the ward."""
    from coi import people  # noqa: PLC0415 - the name people is a room's

    road = story.world.road
    login = road.cast["ward_nurse", road.sites["treatment"]][number]
    return people.person(session, road.persons[login])


def test_a_bedside_check_done_alone_is_accepted_as_of_then(after: MakeStory) -> None:
    """It counts from when it was done, is written down when it came in, and its signatures say how they were given."""
    story = after("h15_accept")
    done = alone(story, "h16_start")

    assert (done.outcome, done.reasons, done.order.state) == ("accepted", (), "INFUSING")
    assert done.entry.stmt["lease"] == "LS-1"
    assert str(done.entry.stmt["occurred_at"]) < instant(story.world.road.clock.now)
    assert {signature["method"] for signature in done.entry.sig} == {"lease"}
    assert all(is_bound(done.entry.stmt, signature) for signature in done.entry.sig)

    assert alone(story, "h17_end").order.state == "INFUSED"
    story.world.is_whole()


def test_a_deed_done_alone_twice_counts_once(after: MakeStory) -> None:
    """The same bedside check handed in again is refused: the bag stands elsewhere by then."""
    story = after("h15_accept")
    alone(story, "h16_start")

    assert alone(story, "h16_start").outcome == "blocked"


def test_a_station_cannot_answer_for_the_vault(after: MakeStory) -> None:
    """Who writes into the record that the spoken name agreed is not believed: the entry says nothing of it."""
    story = after("h15_accept")
    done = alone(story, "h16_start", claims={"spoken": "yes"})

    assert done.outcome == "accepted"
    assert "spoken" not in dict(done.entry.stmt["values"])  # type: ignore[arg-type]  # an object in every such entry


def test_another_patients_bag_is_refused_although_a_lease_was_there(after: MakeStory) -> None:
    """A lease is no way round the comparison: the refusal is an entry with its reasons, and holds our bag's way."""
    story = after("h15_accept")
    done = alone(story, "h16_start", other=True)

    assert done.outcome == "blocked"
    assert "other_order" in story.world.codes(done)
    assert story.world.road.order(story.name).state == "THAWING"
