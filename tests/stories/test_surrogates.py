"""Whatever stands in for the bag, the band or the scanner is stopped: each way by a code of its own, in the ledger.

One bedside check with everything right in hand, and one thing changed at a time. Nothing moves, and the right one
passes up to its signatures afterwards.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from coi import people
from coi.custody import actions, steps
from coi.custody import protocol_register as protocols
from coi.custody.deed import Done, NeedsSignatures
from coi.custody.sightings import sighting_table
from coi.db import upsert
from coi.identity import HouseCode
from coi.labelling import store as pieces
from tests.world import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from coi.custody.deed import Deed
    from coi.custody.order import Order
    from coi.custody.reading import Scanned
    from tests.journeys import Story
    from tests.moments import MakeStory

STEP = "h16_start"
BAND, BAG, BAR = 0, 1, 2


def right(story: Story) -> tuple[Deed, list[Scanned]]:
    """Return the deed and the right scans of the bedside check: band, bag, the bag's bars, twenty seconds apart."""
    road = story.world.road
    order = road.order(story.name)
    step = steps.step_of(protocols.pinned(order.protocol_sha256), order, STEP)
    scans = [one for slot in step.slots for one in road.scans(order, slot, step, {})]
    now = road.clock()
    worn = [scans[0], next(one for one in scans[1:] if one.aim.startswith("]d")), scans[-1]]
    dated = [replace(one, at=now - timedelta(seconds=60 - 20 * n), assurance="signed") for n, one in enumerate(worn)]
    site = order.site(step.site)
    station: dict[str, Any] = {"device": "D-BEDSIDE", "device_site": site, "device_state": "qualified"}
    return replace(road.actor(order, step), at=now, **station), dated


def attempt(story: Story, deed: Deed, scans: list[Scanned]) -> Done | NeedsSignatures:
    """Put a question to the gate."""
    road = story.world.road
    order = road.order(story.name)
    step = steps.step_of(protocols.pinned(order.protocol_sha256), order, STEP)
    values = dict(road.values(order, step))
    return story.world.database.run(
        lambda session: actions.attempt(session, deed, story.name, STEP, scans, values, story.world.patient(0))
    )


def unlabelled(scan: Scanned, story: Story) -> Scanned:
    """Return what a certificate says: the product's own code, without the number of any label."""
    bag = story.world.road.order(story.name).of_kind("drug_product")[0]
    piece = story.world.road.piece(story.world.road.order(story.name), "container", bag.id, "applied").id.encode()
    parts = [part for part in scan.data.split(b"\x1d") if piece not in part]
    return replace(scan, data=b"\x1d".join(parts))


def first_band(scan: Scanned, story: Story) -> Scanned:
    """Return the wristband of the collection, which the ward's new one has made void."""
    world, order = story.world, story.world.road.order(story.name)
    known = world.database.read(lambda session: pieces.of_order(session, order.id))
    dead = next(one for one in known if one.role == "wristband" and not one.alive)
    return replace(world.road.read_piece(dead, linear=False), at=scan.at, assurance=scan.assurance)


def changed(number: int, **other: Any) -> Callable[[list[Scanned], Story], list[Scanned]]:  # noqa: ANN401 - any field
    """Change one scan."""
    return lambda scans, _story: [replace(one, **other) if n == number else one for n, one in enumerate(scans)]


def swapped(number: int, make: Callable[[Scanned, Story], Scanned]) -> Callable[[list[Scanned], Story], list[Scanned]]:
    """Put something else in the place of one scan."""
    return lambda scans, story: [make(one, story) if n == number else one for n, one in enumerate(scans)]


def specimen(scan: Scanned, _story: Story) -> Scanned:
    """Return a copy that bears the role of no label: a specimen, a proof, paperwork."""
    return replace(scan, data=str(HouseCode.from_random("specimen", bytes(range(10)))).encode())


def seen_elsewhere(scans: list[Scanned], story: Story) -> list[Scanned]:
    """Let the wristband have been scanned at another site a minute ago, where something was done with it."""
    road = story.world.road
    order: Order = road.order(story.name)
    piece = road.piece(order, "wristband", None, "applied").id
    at, site = road.clock.now - timedelta(minutes=1), order.site("manufacturing")
    row = {"piece": piece, "chain_id": order.chain, "site": site, "at": at}
    story.world.database.run(lambda session: upsert(session, sighting_table, row))
    return scans


def bag_first(scans: list[Scanned], _story: Story) -> list[Scanned]:
    """Scan the bag before the patient."""
    return [replace(scans[BAND], at=scans[BAG].at + timedelta(seconds=1)), *scans[BAG:]]


def too_late(scans: list[Scanned], _story: Story) -> list[Scanned]:
    """Scan the band more than two minutes before the bag."""
    return [replace(scans[BAND], at=scans[BAR].at - timedelta(seconds=121)), *scans[BAG:]]


SURROGATES: dict[str, tuple[str, Callable[[list[Scanned], Story], list[Scanned]]]] = {
    "a paperwork code at the bag's place": ("unexpected", swapped(BAG, unlabelled)),
    "a void print": ("dead_piece", swapped(BAND, first_band)),
    "the same label at two sites": ("too_fast", seen_elsewhere),
    "a copy of the wristband for paper": ("not_for_use", swapped(BAND, specimen)),
    "the same picture twice": ("replayed", changed(BAG, replayed=True)),
    "the bag before the patient": ("patient_first", bag_first),
    "more than two minutes apart": ("window", too_late),
    "a scanner that failed its card": ("scanner_failed", changed(BAG, scanner="failed")),
    "a scanner whose card is overdue": ("scanner_due", changed(BAG, scanner="due")),
    "a code that nobody's device signed": ("keyed", changed(BAG, assurance="keyed")),
    "one frame of a camera": ("few_frames", changed(BAG, source="camera", seen="zxing-wasm/3.1.4 1/1")),
    "the bars alone": ("both_symbols", lambda scans, _story: [scans[BAND], scans[BAR]]),
}


def stopped(story: Story, code: str, deed: Deed, scans: list[Scanned]) -> None:
    """See that the gate stops, says why by that code, writes it down, and moves nothing."""
    road = story.world.road
    before, entries = road.order(story.name), len(road.entries(story.name))

    done = attempt(story, deed, scans)

    assert isinstance(done, Done), "nothing is prepared to be signed"
    after = road.order(story.name)
    recorded = [one["code"] for one in said(done.entry)["reasons"]]
    assert "blocked" == done.outcome
    assert code in recorded
    assert len(road.entries(story.name)) > entries
    assert (before.state, before.containers, before.custodian) == (after.state, after.containers, after.custodian)


@pytest.mark.parametrize("case", SURROGATES)
def test_what_stands_in_for_the_bag_is_stopped(before: MakeStory, case: str) -> None:
    """Each by its own code; afterwards, unless it was a mix-up of identities, the right scans go on to be signed."""
    story = before(STEP)
    code, change = SURROGATES[case]
    deed, scans = right(story)

    stopped(story, code, deed, change(scans, story))


def test_the_right_ones_go_on(before: MakeStory) -> None:
    """Without a change the very same question waits for its two signatures."""
    story = before(STEP)

    assert isinstance(attempt(story, *right(story)), NeedsSignatures)


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ({"device": None, "device_site": None, "device_state": None}, "no_device"),
        ({"device_state": "proposed"}, "no_device"),
        ({"device_state": "suspended"}, "no_device"),
        ({"device_site": "S-ELSEWHERE"}, "no_device"),
        ({"by": "courier"}, "role"),
    ],
    ids=["no station", "a station never qualified", "a suspended station", "another site's station", "another role"],
)
def test_who_and_what_may_not_ask_is_stopped(before: MakeStory, case: dict[str, Any], code: str) -> None:
    """A device that is not qualified here, and a person without the role: refused by the gate, and recorded."""
    story = before(STEP)
    road = story.world.road
    deed, scans = right(story)
    if "by" in case:
        who = story.world.database.read(lambda session: people.person(session, road.persons[case["by"]]))
        deed = replace(deed, by=who)
    else:
        deed = replace(deed, **case)

    stopped(story, code, deed, scans)
