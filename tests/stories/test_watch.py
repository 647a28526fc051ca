"""An overdue check becomes one entry, and somebody is told; a copied label and an old picture are stopped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from coi import vault
from coi.custody import proof_store, sightings, watch_actions
from coi.errors import Unknown
from coi.ledger.audit import rebuild_check

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.watch import Overdue
    from coi.db import Database
    from coi.ledger import Entry
    from coi.people import ToCall
    from tests.moments import MakeStory


def test_a_bag_that_nobody_verified_is_raised_once_and_then_escalated(before: MakeStory) -> None:
    """After an hour one entry and one call, however often one looks; after two another, with who is on call."""
    story = before("h16_start")
    database, clock = story.world.database, story.world.road.clock
    told: list[tuple[Overdue, tuple[ToCall, ...]]] = []
    clock.forward(minutes=61)
    for _ in range(2):
        watch_actions.sweep(database, clock(), lambda one, called: told.append((one, called)))
    clock.forward(minutes=60)
    watch_actions.sweep(database, clock(), lambda one, called: told.append((one, called)))

    mine = [(one.kind, one.level) for one, _called in told if one.kind == "not_verified"]
    types = [entry.type for entry in story.world.road.entries(story.name) if entry.type.startswith("watch.")]
    assert [("not_verified", "warning"), ("not_verified", "alarm")] == mine
    assert ["watch.raised", "watch.escalated"] == types
    assert all(called for _one, called in told)
    assert [] == rebuild_check(database)


def test_one_frame_of_both_codes_of_a_label_is_no_replay(before: MakeStory) -> None:
    """At the bedside the square code and the bar code may be read in one frame; either of them again is a replay."""
    story = before("h5_offer")
    database, at = story.world.database, story.world.road.clock()

    def keep(code: bytes) -> bool:
        return database.run(lambda session: proof_store.keep(session, b"frame", at, code))[1]

    assert [False, False, True, True] == [keep(code) for code in (b"square", b"bar", b"square", b"bar")]


def test_every_scanned_label_was_seen_somewhere(before: MakeStory) -> None:
    """Where each label of an order was last scanned is known, and rebuilt from the entries alone."""
    story = before("h5_offer")
    order = story.world.road.order(story.name)
    piece = story.world.road.piece(order, "container", order.containers[0].id, "applied")

    seen = story.world.database.read(lambda session: sightings.of(session, [piece.id]))

    assert order.site("collection") == seen[piece.id][0]


@pytest.mark.parametrize(("outcome", "moves"), [("blocked", False), ("accepted", True), ("quarantined", True)])
def test_a_copy_shown_elsewhere_stops_no_true_bag(before: MakeStory, outcome: str, *, moves: bool) -> None:
    """Only where something was done does a label tell where it is: a refused copy leaves the true one where it was."""
    story = before("h5_offer")
    road = story.world.road
    order = road.order(story.name)
    piece = road.piece(order, "container", order.containers[0].id, "applied")
    entry = next(one for one in reversed(road.entries(story.name)) if _shows_a_bag(one))
    copy = replace(entry, stmt={**entry.stmt, "site": "S-ELSEWHERE", "outcome": outcome})

    def seen(session: Session) -> str:
        sightings.PROJECTION.apply(session, copy)
        return sightings.of(session, [piece.id])[piece.id][0]

    assert ("S-ELSEWHERE" if moves else order.site("collection")) == story.world.database.run(seen)


def _shows_a_bag(entry: Entry) -> bool:
    items: Any = entry.stmt.get("items", ())
    return "checkpoint" in entry.stmt and any(one["class"] == "container" for one in items)


def test_a_picture_is_known_again_and_goes_when_its_time_is_over(before: MakeStory) -> None:
    """The same frame twice is told; a kept one stays for years, any other is destroyed with its key after a month."""
    story = before("h5_offer")
    database, at = story.world.database, story.world.road.clock()
    first, again = (database.run(lambda session: proof_store.keep(session, b"jpeg", at)) for _ in range(2))
    weighty, _ = database.run(lambda session: proof_store.keep(session, b"of a stop", at))
    database.run(lambda session: proof_store.keep_for_years(session, [weighty], at))
    later = at + timedelta(days=31)
    fresh, _ = database.run(lambda session: proof_store.keep(session, b"a month later", later))

    assert (False, True, first[0]) == (first[1], again[1], again[0])
    assert opened(database, weighty, later)
    assert opened(database, fresh, later)
    with pytest.raises(Unknown):
        opened(database, first[0], later)


def opened(database: Database, commitment: str, at: datetime) -> object:
    """Return what the vault holds under a commitment."""
    return database.run(lambda session: vault.open_(session, commitment, by="U-1", why="test.proof", at=at))


def test_the_vault_forgets_nothing_of_a_patient(before: MakeStory) -> None:
    """Only what has no subject is destroyed; a patient's value, or none at all, is left alone."""
    story = before("h5_offer")
    database, at = story.world.database, story.world.road.clock()
    patient = story.world.road.order(story.name).patient
    kept = database.run(lambda session: vault.put(session, patient, "note", "x", at=at))

    database.run(lambda session: vault.forget(session, kept))
    database.run(lambda session: vault.forget(session, "0" * 64))

    assert "x" == opened(database, kept, at)
