"""Thirty-two clients race for custody; is what they were told the same as one after the other?

Each client offers, accepts or declines at chance on one of several orders, and notes when it asked, when it was
answered and what it was told. A history is linearizable if its answers can be put in one order that respects who was
answered before whom asked, and that the plain rules of custody (one holder; an offer, then one who takes it) explain.
"""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coi.custody import actions
from coi.custody.deed import Done
from coi.errors import NotPermitted
from tests.wanderer import quick
from tests.world import make, said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from coi.custody.deed import Deed
    from coi.custody.reading import Scanned
    from coi.demo.road import Road
    from tests.conftest import MakeDatabase

SEED = 20261121
CLIENTS = 32
ORDERS = 2
DEEDS = ("h5_offer", "h5_accept", "decline", "h7_deliver", "decline at the factory")

State = tuple[str, str]
"""Who holds the shipper, and to whom it is held out; empty where to nobody."""
SENT: State = ("giver", "")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a client: what, from when to when, and whether it was told yes."""

    deed: str
    asked: float
    told: float
    yes: bool


def after(state: State, deed: str) -> State | None:
    """Return how custody stands after a deed that is told yes, or None where it cannot be."""
    return {
        (("giver", ""), "h5_offer"): ("giver", "courier"),
        (("giver", "courier"), "h5_accept"): ("courier", ""),
        (("giver", "courier"), "decline"): ("giver", ""),
        (("courier", ""), "h7_deliver"): ("courier", "factory"),
        (("courier", "factory"), "decline at the factory"): ("courier", ""),
    }.get((state, deed))


def explained(history: Sequence[Call]) -> State | None:
    """Return how custody stands after a history in an order that explains every answer, or None without one.

    The search tries each call that nobody was answered before, and never tries one state of affairs twice.
    """
    calls = sorted(history, key=lambda call: call.asked)
    open_: list[tuple[frozenset[int], State]] = [(frozenset(), SENT)]
    tried = set(open_)
    while open_:
        done, state = open_.pop()
        left = [number for number in range(len(calls)) if number not in done]
        if not left:
            return state
        first = min(calls[number].told for number in left)
        for number in left:
            call, then = calls[number], after(state, calls[number].deed)
            if call.asked > first or call.yes != (then is not None):
                continue
            step = (done | {number}, then or state)
            if step not in tried:
                tried.add(step)
                open_.append(step)
    return None


def test_the_checker_knows_a_history_that_cannot_be() -> None:
    """Two who take one offer, a taking without an offer, and a refusal of what lay there are not explained."""
    offer = Call("h5_offer", 0, 1, yes=True)
    taken, again = Call("h5_accept", 2, 5, yes=True), Call("h5_accept", 3, 4, yes=True)

    assert explained([offer, taken]) == ("courier", "")
    assert explained([offer, taken, replace(again, yes=False)]) == ("courier", "")
    assert explained([offer, taken, again]) is None
    assert explained([taken]) is None
    assert explained([offer, replace(taken, yes=False)]) is None
    assert explained([replace(offer, asked=6, told=7), taken]) is None


def hands(road: Road, name: str, deed: str) -> tuple[Deed, list[Scanned]]:
    """Return who does a deed and the scans of shipper and seal for it."""
    order = road.order(name)
    shipment = order.shipment()
    assert shipment is not None
    scans = [road.plain(shipment.shipper), road.plain(shipment.seal)]
    frames = {
        "h5_offer": ("cell_lab", "collection"), "h7_deliver": ("courier", "courier"),
        "h5_accept": ("courier", "courier"), "decline": ("courier", "courier"),
        "decline at the factory": ("materials", "manufacturing"),
    }  # fmt: skip
    role, site = frames[deed]
    return road.deed(role, order.site(site)), scans


def test_thirty_two_clients_see_one_custody(make_database: MakeDatabase, tmp_path: Path) -> None:
    """Every history of answers is explained by one order of deeds, and the ledger tells custody without gap."""
    from coi.app import PROJECTIONS  # noqa: PLC0415 - only this test pays for the whole house

    world = quick(make(make_database(*PROJECTIONS), tmp_path))
    names = [world.order(number, "h5_pack") for number in range(ORDERS)]
    chance = random.Random(SEED)
    ready = {(name, deed): hands(world.road, name, deed) for name in names for deed in DEEDS}
    works = [(name, deed) for name in names for deed in ("h5_offer", "h5_accept", "h7_deliver")]
    works += [(chance.choice(names), chance.choice(DEEDS)) for _ in range(CLIENTS * 2 - len(works))]
    chance.shuffle(works)
    start = threading.Barrier(CLIENTS)

    def client(mine: Sequence[tuple[str, str]]) -> list[tuple[str, Call]]:
        start.wait()
        return [(name, call(name, deed)) for name, deed in mine]

    def call(name: str, deed: str) -> Call:
        frame, scans = ready[name, deed]
        asked = time.monotonic()
        try:
            if deed.startswith("decline"):
                world.database.run(lambda session: actions.decline(session, frame, name, "late"))
                yes = True
            else:
                done = world.database.run(lambda session: actions.attempt(session, frame, name, deed, scans, {}))
                assert isinstance(done, Done)
                yes = done.outcome == "accepted"
        except NotPermitted:
            yes = False
        return Call(deed, asked, time.monotonic(), yes)

    with ThreadPoolExecutor(CLIENTS) as pool:
        told = [one for part in pool.map(client, [works[n::CLIENTS] for n in range(CLIENTS)]) for one in part]

    for name in names:
        order = world.road.order(name)
        assert any(call.yes for whose, call in told if whose == name)
        end = explained([call for whose, call in told if whose == name])
        points = {order.site("collection"): "giver", order.site("courier"): "courier"}
        offered = {order.site("courier"): "courier", order.site("manufacturing"): "factory"}
        assert end == (points[order.custodian or ""], offered[order.offer.to] if order.offer else ""), (name, told)
        intervals_meet(world.road, name)
    world.is_whole()


def intervals_meet(road: Road, name: str) -> None:
    """Assert by the ledger alone: who took custody of each bag was the one to whom its holder held it out."""
    holder: dict[str, str] = {}
    offer: dict[str, str] = {}
    for entry in road.entries(name):
        for effect in said(entry).get("effects", ()) if said(entry).get("outcome") == "accepted" else ():
            for bag in effect.get("containers", ()):
                match effect["do"]:
                    case "custody":
                        assert bag not in holder or offer.pop(bag) == effect["to"]
                        holder[bag] = effect["to"]
                    case "offer":
                        assert bag not in offer
                        offer[bag] = effect["to"]
                    case "decline":
                        offer.pop(bag)
                    case _:
                        continue
    assert holder == {held.id: held.custodian for held in road.order(name).containers if held.live}
