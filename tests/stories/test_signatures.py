"""Signatures are given, each time, by whom the step asks for, over exactly what was shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from coi.custody import actions
from coi.custody import protocol_register as protocols
from coi.custody.deed import Deed, Done, NeedsSignatures, Outcome
from coi.errors import NotAuthenticated, NotPermitted
from coi.ledger import statement_hash

if TYPE_CHECKING:
    from tests.journeys import Story
    from tests.moments import MakeStory

STEP = "h4_end"


def prepare(story: Story, step: str = STEP, **values: str) -> tuple[Deed, NeedsSignatures]:
    """Bring a step to where only the signatures are missing."""
    road = story.world.road
    order = road.order(story.name)
    given = protocols.pinned(order.protocol_sha256).checkpoint(step)
    deed = road.actor(order, given)
    scans = [scan for slot in given.slots for scan in road.scans(order, slot, given, {})]
    deed = replace(deed, at=road.clock())
    said = {**road.values(order, given), **values}
    outcome = story.world.database.run(lambda session: actions.attempt(session, deed, story.name, step, scans, said))
    assert isinstance(outcome, NeedsSignatures)
    return deed, outcome


def confirm(
    story: Story, deed: Deed, waiting: NeedsSignatures, *logins: str, secret: str | None = None, second: bool = False
) -> Outcome:
    """Sign what waits; *second* where who signs alone takes the second place, which asks for a code."""
    road = story.world.road
    auths = [
        (login, secret or road.secret, road.code(logins[0]) if second else "".join(code))
        for login, _, *code in road.auths(waiting.prepared, logins)
    ]
    later = replace(deed, at=road.clock())
    return story.world.database.run(lambda session: actions.confirm(session, later, waiting.prepared.id, auths))


def blocked(outcome: Outcome) -> list[tuple[str, str]]:
    """Return the reasons of a refusal."""
    assert isinstance(outcome, Done)
    assert outcome.outcome == "blocked"
    return [(reason.code, reason.seen) for reason in outcome.reasons]


def test_two_persons_sign_exactly_what_was_shown(before: MakeStory) -> None:
    """The entry holds the very statement, and both signatures are over its hash."""
    story = before(STEP)
    deed, waiting = prepare(story)
    entries = len(story.world.road.entries(story.name))

    done = confirm(story, deed, waiting, "apheresis1", "apheresis2")

    assert isinstance(done, Done)
    assert done.outcome == "accepted"
    assert dict(done.entry.stmt) == dict(waiting.statement)
    assert {sig["sha256"] for sig in done.entry.sig} == {statement_hash(done.entry.stmt)}
    assert len({sig["person"] for sig in done.entry.sig}) == 2
    assert len(story.world.road.entries(story.name)) == entries + 1


def test_signatures_are_not_gathered_from_refused_attempts(before: MakeStory) -> None:
    """One signs alone and is refused, then the other alone: without a signer nobody confirms what they left."""
    story = before(STEP)
    deed, waiting = prepare(story)

    first = confirm(story, deed, waiting, "apheresis1")
    second = confirm(story, deed, waiting, "apheresis2", second=True)
    third = confirm(story, deed, waiting)

    assert blocked(first) == [("signer_missing", "1")]
    assert ("signer_missing", "1") in blocked(second)
    assert blocked(third) == [("signer_missing", "0")]
    assert story.world.road.order(story.name).state == "COLLECTING"
    story.world.is_whole()


def test_nobody_signs_nothing(before: MakeStory) -> None:
    """A confirmation without a signature is refused, and the refusal is an entry."""
    story = before(STEP)
    deed, waiting = prepare(story)

    assert blocked(confirm(story, deed, waiting)) == [("signer_missing", "0")]


def test_a_wrong_secret_leaves_the_statement_waiting(before: MakeStory) -> None:
    """Nothing is written, and the right secret still counts."""
    story = before(STEP)
    deed, waiting = prepare(story)
    entries = len(story.world.road.entries(story.name))

    with pytest.raises(NotAuthenticated):
        confirm(story, deed, waiting, "apheresis1", "apheresis2", secret="guess")

    assert len(story.world.road.entries(story.name)) == entries
    done = confirm(story, deed, waiting, "apheresis1", "apheresis2")
    assert isinstance(done, Done)
    assert done.outcome == "accepted"


def test_a_statement_is_used_once(before: MakeStory) -> None:
    """Signed again it is refused: the step was done."""
    story = before(STEP)
    deed, waiting = prepare(story)
    confirm(story, deed, waiting, "apheresis1", "apheresis2")

    again = confirm(story, deed, waiting, "apheresis1", "apheresis2")

    assert "already_done" in {code for code, _ in blocked(again)}


def test_a_statement_waits_two_minutes(before: MakeStory) -> None:
    """Signed too late nothing is done."""
    story = before(STEP)
    deed, waiting = prepare(story)
    story.world.road.clock.forward(minutes=2, seconds=1)

    late = confirm(story, deed, waiting, "apheresis1", "apheresis2")

    assert {code for code, _ in blocked(late)} >= {"signature_void"}
    assert story.world.road.order(story.name).state == "COLLECTING"


def test_a_hold_that_came_meanwhile_stops_the_signed_statement(before: MakeStory) -> None:
    """What was prepared before the hold is judged again when it is signed."""
    story = before("h7_accept")
    road = story.world.road
    road.hand_in_traces(road.order(story.name))
    deed, waiting = prepare(story, "h7_accept")
    order = road.order(story.name)
    step = protocols.pinned(order.protocol_sha256).checkpoint("h7_accept")
    scans = [road.scan_for(order, step.slots[0], step), story.world.their_container(story.other)]
    mixed = story.world.database.run(
        lambda session: actions.attempt(session, replace(deed, at=road.clock()), story.name, "h7_accept", scans, {})
    )
    assert isinstance(mixed, Done)

    late = confirm(story, deed, waiting, "qa")

    assert blocked(late) == [("held", f"identity hold {mixed.holds[0]}")]
    story.world.is_whole()


@pytest.mark.parametrize("login", ["physician", "nurse1", "celllab1"])
def test_who_may_not_sign_does_not(before: MakeStory, login: str) -> None:
    """A second signer of another role is refused by person and role; one of a listed role is not."""
    story = before(STEP)
    deed, waiting = prepare(story)

    done = confirm(story, deed, waiting, "apheresis1", login)

    assert isinstance(done, Done)
    if login == "celllab1":
        assert done.outcome == "accepted"
    else:
        assert "signer_role" in {code for code, _ in blocked(done)}


def test_only_who_prepared_brings_it_to_its_end(before: MakeStory) -> None:
    """Another person's confirmation is not taken, whoever signs."""
    story = before(STEP)
    deed, waiting = prepare(story)
    other = replace(deed, by=story.world.road.deed("cell_lab", deed.site).by)

    with pytest.raises(NotPermitted, match="Expected who prepared the statement to bring it to its end"):
        confirm(story, other, waiting, "apheresis1", "apheresis2")


TYPED: dict[str, dict[str, Any]] = {
    "h4_end": {"volume": "{}"},
    "h2_schedule": {"slot_collection": "{}", "slot_manufacturing": "{}", "slot_infusion": "{}"},
    "h7_receive": {"condition": "{}"},
    "h11_qc": {"qc_result": "{}"},
    "h8_start": {"line_clearance": "{}"},
    "h10_fill": {"volume": "120", "{}": "1"},
}


@pytest.mark.parametrize("step", TYPED)
def test_a_name_typed_into_any_field_stays_out_of_the_ledger(before: MakeStory, step: str) -> None:
    """Whatever is no value of the field is refused and not repeated, in no reason and no entry."""
    story = before(step)
    canary = "Mustermann"
    said = {name.format(canary): text.format(canary) for name, text in TYPED[step].items()}

    done = story.world.road.do(story.name, step, values=said)

    assert done.outcome == "blocked"
    assert all(canary not in f"{reason}" for reason in done.reasons)
    assert all(canary.encode() not in entry.body for entry in story.world.road.entries(story.name))
