"""What a logger says decides what may be said at a receipt: the file is handed in at the door, and judged there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from coi.custody import legs
from coi.shipping import traces
from coi.shipping.trace import Logger, is_better

if TYPE_CHECKING:
    from coi.shipping.trace_leg import Leg
    from coi.shipping.traces import Taken
    from tests.journeys import Story
    from tests.moments import MakeStory


def arrived(story: Story) -> Leg:
    """Return the leg of the shipment at the door, a day after it was sealed with a logger and a range."""
    order = story.world.road.order(story.name)
    (leg,) = story.world.database.read(lambda session: legs.of_order(session, order))
    story.world.road.clock.now = leg.sealed_at + timedelta(hours=24)
    logger = Logger("LGR-1", "SN-4711", leg.sealed_at + timedelta(days=99))
    return replace(leg, logger=logger, profile="refrigerated")


def csv(leg: Leg, *, serial: str = "SN-4711", without: range = range(0), warm: int = -1) -> bytes:
    """Return the logger's file of that day, a sample every ten minutes."""
    rows = [
        f"{(leg.sealed_at + timedelta(minutes=10 * n)).isoformat()},{'8.1' if n == warm else '4.2'}\n"
        for n in range(-6, 145)
        if n not in without
    ]
    return (f"Serial Number,{serial}\nTimestamp,Temperature (°C)\n" + "".join(rows)).encode()


def hand_in(story: Story, leg: Leg, data: bytes) -> Taken:
    """Let the warehouse hand a file in."""
    deed = story.world.road.deed("materials", leg.destination)
    file = traces.read(data, "auto")
    return story.world.database.run(lambda session: traces.take(session, leg=leg, file=file, by=deed.by, at=deed.at))


def says(story: Story, leg: Leg) -> str:
    """Return what the traces say now."""
    at = story.world.road.clock()
    return story.world.database.read(lambda session: traces.verdict_of(session, leg.shipment, at))


def test_the_wrong_file_then_the_right_one(before: MakeStory) -> None:
    """Until the right file is there, nothing better than no data may be stated; then in range, for a short while."""
    story = before("h7_receive")
    leg = arrived(story)

    seen = [says(story, leg)]
    for data in (csv(leg, serial="SN-9"), csv(leg, without=range(60, 90)), csv(leg)):
        hand_in(story, leg, data)
        seen.append(says(story, leg))
    story.world.road.clock.forward(minutes=30)
    seen.append(says(story, leg))

    assert ["no_data", "no_data", "no_data", "in_range", "no_data"] == seen
    assert is_better("in_range", "no_data")
    story.world.is_whole()


def test_too_warm_stays_too_warm(before: MakeStory) -> None:
    """One sample at 8.1 degrees: out of range, and a cleaner file from the same logger changes nothing."""
    story = before("h7_receive")
    leg = arrived(story)

    warm = hand_in(story, leg, csv(leg, warm=80))
    hand_in(story, leg, csv(leg))

    assert ["excursion"] == [reason["code"] for reason in warm.entry.stmt["reasons"]]  # type: ignore[union-attr,index,call-overload]  # the entry's own shape
    assert "out_of_range" == says(story, leg)
    story.world.is_whole()


def test_a_shipper_sealed_without_a_logger_has_no_data(before: MakeStory) -> None:
    """Where the road seals no logger in and says no range, the best file proves nothing."""
    story = before("h7_receive")
    leg = replace(arrived(story), logger=None, profile=None)

    taken = hand_in(story, leg, csv(leg))

    assert "no_data" == taken.word == says(story, leg)
    story.world.is_whole()
