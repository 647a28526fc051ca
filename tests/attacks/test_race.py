"""Many hands at one thing at one instant: one has it, the others are told no, and the chain is whole."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from coi.custody import actions
from coi.custody import protocol_register as protocols
from coi.custody.deed import Done
from coi.errors import NotPermitted
from tests.world import said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coi.custody.deed import Deed
    from coi.custody.reading import Scanned
    from tests.journeys import Story
    from tests.moments import MakeStory

HANDS = 16
PROTOCOL = protocols.for_product("CRYO-CAR-T")


def together(works: Sequence[Callable[[], str]]) -> Counter[str]:
    """Do all works at one instant, each in a thread of its own, and count what came of them."""
    start = threading.Barrier(len(works))

    def one(work: Callable[[], str]) -> str:
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return Counter(pool.map(one, works))


def ready(story: Story, name: str, step: str, **instead: str) -> tuple[Deed, list[Scanned]]:
    """Return who does a step and the right scans for it, some codes replaced."""
    road = story.world.road
    order = road.order(name)
    given = PROTOCOL.checkpoint(step)
    deed = road.actor(order, given)
    scans = [
        road.plain(instead[slot.name]) if slot.name in instead else road.scan_for(order, slot, given)
        for slot in given.slots
    ]
    return replace(deed, at=road.clock()), scans


def attempting(story: Story, name: str, step: str, deed: Deed, scans: Sequence[Scanned]) -> Callable[[], str]:
    """Return a work that tries one step and says what came of it."""

    def work() -> str:
        done = story.world.database.run(lambda session: actions.attempt(session, deed, name, step, scans, {}))
        assert isinstance(done, Done)
        return done.outcome

    return work


def refusal(story: Story, step: str) -> set[str]:
    """Return why a step was refused, to whichever of the two orders it was."""
    names = (story.name, story.other)
    told = [said(e) for name in names for e in story.world.road.entries(name) if e.type == f"custody.{step}"]
    return {reason["code"] for stmt in told if stmt["outcome"] == "blocked" for reason in stmt["reasons"]}


def test_of_sixteen_hands_one_takes_the_shipper(before: MakeStory) -> None:
    """One acceptance and fifteen refusals, each an entry that says the step was done."""
    story = before("h5_accept")
    deed, scans = ready(story, story.name, "h5_accept")

    outcomes = together([attempting(story, story.name, "h5_accept", deed, scans)] * HANDS)

    order = story.world.road.order(story.name)
    entries = [entry for entry in story.world.road.entries(story.name) if entry.type == "custody.h5_accept"]
    refused = [said(entry) for entry in entries if said(entry)["outcome"] == "blocked"]
    assert outcomes == {"accepted": 1, "blocked": HANDS - 1}
    assert len(entries) == HANDS
    assert {reason["code"] for stmt in refused for reason in stmt["reasons"]} <= {"already_done", "not_offered"}
    assert (order.state, order.custodian, order.refused) == ("IN_TRANSIT_TO_MFG", order.site("courier"), HANDS - 1)
    assert [deed.checkpoint for deed in order.done].count("h5_accept") == 1
    story.world.is_whole()


def test_what_is_taken_and_declined_at_once_is_one_of_both(before: MakeStory) -> None:
    """Custody is with the courier or with the giver, never with both or neither."""
    story = before("h5_accept")
    giver = story.world.road.order(story.name).custodian
    deed, scans = ready(story, story.name, "h5_accept")

    def decline() -> str:
        try:
            story.world.database.run(lambda session: actions.decline(session, deed, story.name, "no_capacity"))
        except NotPermitted:
            return "nothing to decline"
        return "declined"

    taking = attempting(story, story.name, "h5_accept", deed, scans)
    outcomes = together([taking, decline] * (HANDS // 2))

    order = story.world.road.order(story.name)
    assert outcomes["accepted"] + outcomes["declined"] == 1
    assert order.custodian == (order.site("courier") if outcomes["accepted"] else giver)
    assert order.offer is None
    story.world.is_whole()


def test_two_orders_do_not_get_into_one_shipper(before: MakeStory) -> None:
    """Packed at one instant into one shipper, under seals of their own: one is packed and one refused."""
    story = before("h12_pack")
    road = story.world.road
    road.carry(story.other, "h12_bench", story.world.patient(1))
    box = road.free_shipper()
    ours = ready(story, story.name, "h12_pack", shipper=box)
    theirs = ready(story, story.other, "h12_pack", shipper=box, logger=road.loggers[1])

    outcomes = together(
        [
            attempting(story, story.name, "h12_pack", *ours),
            attempting(story, story.other, "h12_pack", *theirs),
        ]
    )

    carried = [order.id for order in road.all_orders() if order.shipment() is not None]
    assert outcomes == {"accepted": 1, "blocked": 1}
    assert refusal(story, "h12_pack") <= {"shipper_taken", "other_order"}
    assert refusal(story, "h12_pack")
    assert len(carried) == 1
    story.world.is_whole()


def test_one_seal_is_put_on_one_shipper(before: MakeStory) -> None:
    """The same seal on two shippers at one instant: one holds it."""
    story = before("h12_pack")
    road = story.world.road
    road.carry(story.other, "h12_bench", story.world.patient(1))
    seal = road.new_seal()
    ours = ready(story, story.name, "h12_pack", seal=seal, shipper=road.shippers[0])
    theirs = ready(story, story.other, "h12_pack", seal=seal, shipper=road.shippers[1], logger=road.loggers[1])

    outcomes = together(
        [
            attempting(story, story.name, "h12_pack", *ours),
            attempting(story, story.other, "h12_pack", *theirs),
        ]
    )

    assert outcomes == {"accepted": 1, "blocked": 1}
    assert refusal(story, "h12_pack") <= {"seal_used", "other_order"}
    assert refusal(story, "h12_pack")
    story.world.is_whole()


def test_one_bench_is_one_orders(before: MakeStory) -> None:
    """Two orders begin to pack at one bench at one instant: one has it, the other is told that it is taken."""
    story = before("h12_bench")
    road = story.world.road
    road.carry(story.other, "h12_pick", story.world.patient(1))
    bench = next(iter(road.benches[road.sites["manufacturing"]]))
    ours = ready(story, story.name, "h12_bench", bench=bench)
    theirs = ready(story, story.other, "h12_bench", bench=bench)

    outcomes = together(
        [
            attempting(story, story.name, "h12_bench", *ours),
            attempting(story, story.other, "h12_bench", *theirs),
        ]
    )

    assert outcomes == {"accepted": 1, "blocked": 1}
    assert refusal(story, "h12_bench") == {"bench_taken"}
    story.world.is_whole()


def test_sixteen_first_scans_of_one_station_are_one_step_in_hand(before: MakeStory) -> None:
    """One person's trigger that bounces sixteen times at once leaves one scan and no deed."""
    from coi.custody import station  # noqa: PLC0415 - this attack alone stands at a station

    story = before("h5_pack")
    deed, scans = ready(story, story.name, "h5_pack")
    entries = len(story.world.road.entries(story.name))

    def work() -> str:
        done = story.world.database.run(lambda session: station.scan(session, deed, scans[0]))
        return f"{len(done.items)} in hand"

    assert together([work] * HANDS) == {"1 in hand": HANDS}
    assert len(story.world.road.entries(story.name)) == entries
