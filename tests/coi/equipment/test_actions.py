"""Things are registered under a right code of their own kind, by whom may, at one site."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from coi.equipment import actions, store
from coi.errors import Conflict, Malformed, NotPermitted
from coi.identity import HouseCode

if TYPE_CHECKING:
    from coi.equipment.register import Equipment
    from coi.ledger.entry import Entry
    from tests.journeys import Story
    from tests.moments import MakeStory

LOC = str(HouseCode.from_random("location", secrets.token_bytes))


def register(story: Story, code: str, kind: str = "location", role: str = "materials", **days: int) -> Entry:
    """Register a thing as who has *role*, at that person's site."""
    road = story.world.road
    site = next(site for found, site in road.cast if found == role)
    by, at = road.deed(role, site).by, road.clock()
    until = at + timedelta(days=days.get("days", 10))
    return story.world.database.run(
        lambda session: actions.register(
            session, code=code, kind=kind, site=site, label="Freezer", qualified_until=until, by=by, at=at
        )
    )


def found(story: Story, code: str) -> Equipment | None:
    """Return what is registered."""
    return story.world.database.read(lambda session: store.find(session, code))


@pytest.mark.parametrize("role", ["materials", "site_admin"])
def test_a_thing_is_registered_and_requalified(before: MakeStory, role: str) -> None:
    """One entry each; the later one of the site counts, and the table rebuilds."""
    story = before("h5_pack")
    register(story, LOC, role=role)
    entry = register(story, LOC, role=role, days=20)

    thing = found(story, LOC)
    assert thing is not None
    assert (thing.kind, thing.label, thing.site) == ("location", "Freezer", entry.stmt["site"])
    assert thing.qualified(entry.at + timedelta(days=19))
    assert not thing.qualified(entry.at + timedelta(days=20))
    assert thing in story.world.database.read(lambda session: store.at_site(session, thing.site))
    story.world.is_whole()


BAD = {
    "no code": ("freezer 7", "location", "Expected the code of a thing of the house"),
    "a slip": (LOC[:-1] + ("0" if LOC[-1] != "0" else "1"), "location", "Expected the code of a thing of the house"),
    "another kind": (LOC, "shipper", r"Expected the code of a shipper, seen that of a location\."),
    "a kind of nothing": (
        LOC,
        "king",
        r"Expected one of \('shipper', 'location', 'equipment', 'logger', 'kit'\), seen 'king'\.",
    ),
    "a seal": (str(HouseCode.from_random("seal", secrets.token_bytes)), "shipper", r"seen that of a seal\."),
    "a command": ("CMD-CONFIRM", "location", r"seen that of a command\."),
}


@pytest.mark.parametrize(("code", "kind", "said"), BAD.values(), ids=BAD)
def test_only_a_right_code_of_the_kind(before: MakeStory, code: str, kind: str, said: str) -> None:
    """A mistyped code, or a place under the code of a shipper, is not registered."""
    story = before("h5_pack")

    with pytest.raises(Malformed, match=said):
        register(story, code, kind)

    assert found(story, code) is None


def test_not_everybody_registers(before: MakeStory) -> None:
    """A nurse does not."""
    with pytest.raises(NotPermitted, match=r"Expected one of .* seen another role"):
        register(before("h5_pack"), LOC, role="ward_nurse")


def test_one_code_is_one_thing_at_one_site(before: MakeStory) -> None:
    """What one site registered another cannot take over, and nothing is written."""
    story = before("h5_pack")
    register(story, LOC, role="materials")
    first = found(story, LOC)

    with pytest.raises(Conflict, match="Expected a code that no other site registered"):
        register(story, LOC, role="site_admin")

    assert found(story, LOC) == first
    story.world.is_whole()
