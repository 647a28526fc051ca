"""Both nurses' logins and passwords in one hand, at one station: they are not two persons (hazards.md, scenario 29).

It is tried at a gate of the shipped protocol that asks the second person for another factor, with the product's own
actions. Nothing is done, the attempt stands in the security log, and the statement waits on for the right hands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS
from coi.custody import actions
from coi.custody import protocol_register as protocols
from coi.custody.deed import Done, NeedsSignatures
from coi.errors import NotAuthenticated
from coi.people import factors, store
from tests import world as worlds
from tests.world import said

if TYPE_CHECKING:
    from pathlib import Path

    from coi.custody.deed import Deed
    from coi.people.signatures import Auth
    from tests.conftest import MakeDatabase
    from tests.world import World

STEP, BEFORE = "h3_begin", "h2_print"


@dataclass(slots=True)
class Hand:
    """One hand at one station, with a statement that waits for two signatures."""

    world: World
    name: str
    deed: Deed
    prepared: str
    first: str
    second: str

    def sign(self, *auths: Auth) -> Done:
        """Give these signatures."""
        outcome = self.world.database.run(lambda session: actions.confirm(session, self.deed, self.prepared, auths))
        assert isinstance(outcome, Done)
        return outcome

    def auth(self, login: str, code: str = "") -> Auth:
        """Return what the hand knows of a login, and a code where it has one."""
        road = self.world.road
        return (road.login(login), road.secret, code)

    def entries(self) -> int:
        """Return how many entries the order has."""
        return len(self.world.road.entries(self.name))

    def notes(self) -> list[str]:
        """Return the security log, newest first."""
        return [note.what for note in self.world.database.read(store.security_log)]


@pytest.fixture
def hand(make_database: MakeDatabase, tmp_path: Path) -> Hand:
    """A hand that has scanned everything right, as the first of two persons, and is asked for both signatures."""
    world = worlds.make(make_database(*PROJECTIONS), tmp_path)
    road, name = world.road, world.order(0, until=BEFORE)
    order = road.order(name)
    step = protocols.pinned(order.protocol_sha256).checkpoint(STEP)
    deed = road.actor(order, step)
    scans = [scan for slot in step.slots for scan in road.scans(order, slot, step, {})]
    deed, values, patient = replace(deed, at=road.clock()), road.values(order, step), world.patient(0)
    waits = world.database.run(lambda session: actions.attempt(session, deed, name, STEP, scans, values, patient))
    assert isinstance(waits, NeedsSignatures), waits.reasons
    first, second = road.cast["collection_operator", deed.site][:2]  # either could take either place
    return Hand(world, name, deed, waits.prepared.id, first, second)


def test_two_passwords_are_refused(hand: Hand) -> None:
    """Both passwords: 401, no entry, no state, one line in the security log; with the second's own code it is done."""
    entries, state = hand.entries(), hand.world.road.order(hand.name).state

    with pytest.raises(NotAuthenticated):
        hand.sign(hand.auth(hand.first), hand.auth(hand.second))

    assert (entries, state) == (hand.entries(), hand.world.road.order(hand.name).state)
    assert ["wrong_code"] == hand.notes()
    done = hand.sign(hand.auth(hand.first), hand.auth(hand.second, hand.world.road.code(hand.second)))
    assert ("accepted", ["password", "password+totp"]) == (done.outcome, [one["method"] for one in done.entry.sig])
    assert ["wrong_code"] == hand.notes()
    hand.world.is_whole()


def test_the_own_telephone_does_not_help(hand: Hand) -> None:
    """Whoever acts, holds the own telephone and knows the other's password signs as one person, in either order."""
    road = hand.world.road
    entries = hand.entries()

    with pytest.raises(NotAuthenticated):
        hand.sign(hand.auth(hand.first, road.code(hand.first)), hand.auth(hand.second))
    with pytest.raises(NotAuthenticated):
        hand.sign(hand.auth(hand.first), hand.auth(hand.second, road.code(hand.first)))
    assert entries == hand.entries()

    done = hand.sign(hand.auth(hand.second), hand.auth(hand.first, road.code(hand.first)))
    assert "blocked" == done.outcome
    assert "same_person" in hand.world.codes(done)
    assert "COLLECTING" != road.order(hand.name).state


def test_a_code_read_over_the_shoulder_is_used_up(hand: Hand) -> None:
    """The code that the second person has just signed with signs nothing more."""
    code = hand.world.road.code(hand.second)
    second, at = hand.world.road.persons[hand.second], hand.deed.at
    assert "accepted" == hand.sign(hand.auth(hand.first), hand.auth(hand.second, code)).outcome

    assert not hand.world.database.run(lambda session: factors.code_ok(session, second, code, at))


def test_without_a_telephone_there_is_a_way_out(hand: Hand) -> None:
    """A second person without one is refused as an entry that says so; a colleague with one signs instead."""
    database, road = hand.world.database, hand.world.road
    admin, second = road.persons["admin"], road.persons[hand.second]
    database.run(lambda session: factors.remove(session, second, by=admin, at=hand.deed.at))

    done = hand.sign(hand.auth(hand.first), hand.auth(hand.second))

    assert ("blocked", ["factor_missing"]) == (done.outcome, [one["code"] for one in said(done.entry)["reasons"]])
    assert not done.holds
    assert road.order(hand.name).state != "COLLECTING"
    patient = hand.world.patient(0)
    again = road.do(hand.name, STEP, patient=patient, signers=[hand.first, "celllab1"])
    assert "accepted" == again.outcome


@pytest.mark.parametrize("handoff", ["H3", "H4", "H10", "H16"])
def test_the_hard_gates_ask_for_the_other_factor(handoff: str) -> None:
    """Every shipped protocol asks the second person for another factor at H3, H4, H10 and H16."""
    for name, protocol in protocols.shipped().items():
        asking = [step.id for step in protocol.checkpoints if step.handoff == handoff and step.sign]
        assert any(protocol.checkpoint(step).sign.factor == "other" for step in asking), (name, asking)  # type: ignore[union-attr]
