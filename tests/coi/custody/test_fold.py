"""An order is what its chain says: effects change exactly what they name, and nothing is skipped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coi.custody import fold
from coi.custody.fold import BrokenOrder, step
from coi.custody.order import STATES, STOPPED, Certificate, Container, Done, Offer, Order
from coi.ledger.entry import instant
from coi.shipping.shipment import Shipment
from tests.coi.custody.detours import follow
from tests.coi.custody.paper import BEGAN, PROTOCOLS, moment

AT = BEGAN + timedelta(days=1)


def one(order: Order, *effects: dict[str, Any], outcome: str = "accepted") -> Order:
    """Return the order after one deed with these effects."""
    stmt = {"outcome": outcome, "at": instant(AT), "actor": "P-1", "checkpoint": "x", "effects": list(effects)}
    return step(order, stmt, 7, ("P-2", "P-1"))


START = moment("h5_accept").asked.order
"""An order with a bag, a shipment and an offer."""
BAG = START.containers[0]
SENT = START.shipments[0]
SHIP = {
    "do": "ship", "shipment": "SH-9", "origin": "S-A", "destination": "S-B", "shipper": "SHP-9", "seal": "SEA-9",
    "logger": "LGR-9", "containers": [BAG.id], "profile": "cryogenic",
}  # fmt: skip
TOUCHES: dict[str, tuple[dict[str, Any], dict[str, object]]] = {
    "state": ({"do": "state", "to": "RELEASED"}, {"state": "RELEASED"}),
    "state beside the road": ({"do": "state", "to": "LOST"}, {"state": "LOST", "left": START.state}),
    "issue_coi": ({"do": "issue_coi", "coi": "COI-9"}, {"coi": "COI-9"}),
    "lot": ({"do": "lot", "lot": "L-9"}, {"lot": "L-9"}),
    "site": (
        {"do": "site", "role": "treatment", "to": "S-NEW"},
        {"sites": tuple((role, "S-NEW" if role == "treatment" else site) for role, site in START.sites)},
    ),
    "reopen": (
        {"do": "reopen", "undone": ["h5_pack"], "forget": ["bench"]},
        {
            "done": tuple(replace(deed, undone=deed.checkpoint == "h5_pack") for deed in START.done),
            "facts": tuple(fact for fact in START.facts if fact[0] != "bench"),
        },
    ),
    "custody": (
        {"do": "custody", "to": "S-X", "containers": [BAG.id]},
        {"containers": (replace(BAG, custodian="S-X"),), "offers": ()},
    ),
    "custody of nothing": ({"do": "custody", "to": "S-X", "containers": []}, {}),
    "offer": (
        {"do": "offer", "to": "S-X", "containers": [BAG.id]},
        {"offers": (*START.offers, Offer("S-X", "P-1", AT, (BAG.id,)))},
    ),
    "decline": ({"do": "decline", "containers": [BAG.id]}, {"offers": ()}),
    "fact": (
        {"do": "fact", "name": "suite", "value": "LOC-1"},
        {"facts": (*START.facts, ("suite", "LOC-1"))},
    ),
    "certify": (
        {"do": "certify", "certificate": "RC-9", "containers": [BAG.id]},
        {"certificate": Certificate("RC-9", (BAG.id,), AT)},
    ),
    "certify out of specification": (
        {"do": "certify", "certificate": "RC-9", "containers": [BAG.id], "oos": True},
        {"certificate": Certificate("RC-9", (BAG.id,), AT, oos=True)},
    ),
    "revoke": ({"do": "revoke"}, {"certificate": None}),
    "thaw_clock": (
        {"do": "thaw_clock", "began": instant(AT), "containers": [BAG.id]},
        {"containers": (replace(BAG, thaw_began=AT),)},
    ),
    "piece": ({"do": "piece", "piece": "X", "to": "applied"}, {}),
    "print": ({"do": "print", "design": "vessel"}, {}),
    "band": ({"do": "band", "site": "S-TRT"}, {}),
    "shipment received": (
        {"do": "shipment", "shipment": SENT.id, "state": "received"},
        {"shipments": (replace(SENT, state="received", received_at=AT),)},
    ),
    "shipment opened": (
        {"do": "shipment", "shipment": SENT.id, "state": "opened"},
        {"shipments": (replace(SENT, state="opened"),)},
    ),
    "ship": (
        SHIP,
        {
            "shipments": (
                SENT, Shipment("SH-9", "O-0", "S-A", "S-B", "SHP-9", "SEA-9", (BAG.id,), logger="LGR-9"),
            )
        },
    ),
    "register": (
        {"do": "register", "container": "C-9", "kind": "intermediate", "keys": {"coi": "COI-0", "a": "b"},
         "custodian": "S-MFG"},
        {
            "containers": (
                BAG,
                Container("C-9", "intermediate", "registered", (("a", "b"), ("coi", "COI-0")), custodian="S-MFG"),
            )
        },
    ),
    "register with expiry": (
        {"do": "register", "container": "C-9", "kind": "drug_product", "keys": {}, "expires": instant(AT)},
        {"containers": (BAG, Container("C-9", "drug_product", "registered", (), AT))},
    ),
    "container": (
        {"do": "container", "container": BAG.id, "state": "stored", "location": "LOC-1"},
        {"containers": (replace(BAG, state="stored", location="LOC-1"),)},
    ),
    "container with all": (
        {"do": "container", "container": BAG.id, "state": "accepted", "expires": instant(AT), "parent": "C-1"},
        {"containers": (replace(BAG, state="accepted", expires=AT, parents=("C-1",)),)},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("effect", "fields_after"), TOUCHES.values(), ids=TOUCHES)
def test_an_effect_changes_what_it_names_and_nothing_else(effect: dict[str, Any], fields_after: dict[str, Any]) -> None:
    """Beside the deed itself, every other field of the order stays as it was."""
    deed = Done("x", AT, 7, ("P-1", "P-2"))
    after = one(START, effect)
    expected = replace(START, **fields_after)

    assert after == replace(expected, done=(*expected.done, deed))


def test_every_effect_of_the_shipped_protocols_is_folded() -> None:
    """What an entry can name, the order knows."""
    filled_in = {"unused", "write_off", "withdraw"}  # told as the effects of each container and label
    known = {effect["do"] for effect, _ in TOUCHES.values()} | filled_in

    for protocol in PROTOCOLS.values():
        assert {effect["do"] for each in protocol.checkpoints for effect in each.effects} <= known


def test_a_container_that_moves_on_leaves_its_place() -> None:
    """A place holds as long as the deed that names it."""
    stored = one(START, {"do": "container", "container": BAG.id, "state": "stored", "location": "LOC-1"})
    moved = one(stored, {"do": "container", "container": BAG.id, "state": "sealed"})

    assert stored.containers[0].location == "LOC-1"
    assert moved.containers[0].location is None
    assert moved.containers[0].expires == BAG.expires


@pytest.mark.parametrize(
    ("effect", "name"),
    [
        ({"do": "container", "state": "received", "container": BAG.id}, "state"),
        ({"do": "custody", "to": "S-X", "containers": [BAG.id]}, "custodian"),
        ({"do": "thaw_clock", "began": instant(AT), "containers": [BAG.id]}, "thaw_began"),
    ],
)
def test_only_the_container_that_is_named_changes(effect: dict[str, Any], name: str) -> None:
    """Of two containers one is moved, handed over or thawed."""
    two = replace(START, containers=(replace(BAG, id="C-8"), BAG))
    other, moved = one(two, effect).containers

    assert getattr(other, name) == getattr(BAG, name)
    assert getattr(moved, name) != getattr(BAG, name)


def test_only_the_shipment_that_is_named_changes() -> None:
    """Of two shipments one is received."""
    two = replace(START, shipments=(replace(SENT, id="SH-8"), SENT))
    after = one(two, {"do": "shipment", "shipment": SENT.id, "state": "received"})

    assert [shipment.state for shipment in after.shipments] == [SENT.state, "received"]


def test_an_offer_of_others_stays() -> None:
    """Taking or declining one container's custody leaves the offer of another."""
    other = Offer("S-Y", "P-9", AT, ("C-8",))
    two = replace(START, containers=(BAG, replace(BAG, id="C-8")), offers=(*START.offers, other))

    for do in ({"do": "custody", "to": "S-X"}, {"do": "decline"}):
        assert one(two, {**do, "containers": [BAG.id]}).offers == (other,)


@given(st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=6))
def test_a_thaw_clock_only_moves_earlier(minutes: list[int]) -> None:
    """However often a thaw is told, the earliest instant counts."""
    order = START
    for minute in minutes:
        began = AT + timedelta(minutes=minute)
        order = one(order, {"do": "thaw_clock", "began": instant(began), "containers": [BAG.id]})

    assert order.containers[0].thaw_began == AT + timedelta(minutes=min(minutes))


def test_a_new_fact_of_the_same_name_stands_for_the_old() -> None:
    """The newest counts, and others stay."""
    bare = replace(START, facts=())
    after = one(bare, {"do": "fact", "name": "a", "value": "1"}, {"do": "fact", "name": "b", "value": "2"})
    after = one(after, {"do": "fact", "name": "a", "value": "3"})

    assert after.facts == (("b", "2"), ("a", "3"))
    assert (after.fact("a"), after.fact("c")) == ("3", None)


@given(st.lists(st.sampled_from(STATES + STOPPED), max_size=8))
def test_what_was_left_is_the_last_state_of_the_road(states: list[str]) -> None:
    """From one stop to another the order remembers where it left the road; a road goes on from there."""
    order, left = START, START.left
    for state in states:
        if state in STOPPED and order.state not in STOPPED:
            left = order.state
        order = one(order, {"do": "state", "to": state})
        assert (order.state, order.left) == (state, left)


@pytest.mark.parametrize("state", ["IN_TRANSIT_TO_MFG", "IN_TRANSIT_TO_SITE"])
def test_a_parcel_that_is_found_goes_on_where_it_was_lost(state: str) -> None:
    """On either leg: what was lost is found, and can be delivered as if nothing had been."""
    stop = {"IN_TRANSIT_TO_MFG": "h7_deliver", "IN_TRANSIT_TO_SITE": "h13_deliver"}[state]
    lost = follow(f">{stop} / x_lost")
    found = lost.do("x_found")

    assert (lost.order.state, found.order.state) == ("LOST", state)
    assert found.do(stop).order.offer is not None


def test_a_deed_that_was_undone_is_done_again() -> None:
    """Postponed, the physician's word is gone and must be given again; what was before it still counts."""
    paper = follow(">h14_ready / h14_ready / h14_postpone")

    assert (paper.order.did("h14_ready"), paper.order.fact("patient_ready")) == (None, None)
    assert paper.order.did("h14_condition") is not None
    assert [deed.undone for deed in paper.order.done if deed.checkpoint == "h14_ready"] == [True]
    again = paper.do("h14_ready")
    assert (again.order.state, again.order.fact("patient_ready")) == ("READY_FOR_INFUSION", "yes")


@pytest.mark.parametrize("form", PROTOCOLS)
def test_a_second_collection_begins_at_the_chair(form: str) -> None:
    """Everything after the booking is undone, a new bag is registered, and the old one stays what it is."""
    paper = follow(">h8_start / x_recollect", form)

    assert paper.order.state == "SCHEDULED"
    assert {deed.checkpoint for deed in paper.order.done if not deed.undone} <= {
        "h1_submit",
        "h2_schedule",
        "x_recollect",
    }
    assert [held.state for held in paper.order.containers] == ["accepted", "registered"]
    assert paper.carried("h4_end").order.state == "COLLECTING"


@given(st.sampled_from(list(TOUCHES)))
@settings(max_examples=40)
def test_a_refusal_changes_the_count_of_refusals_alone(name: str) -> None:
    """Whatever effects it names: a blocked entry has none."""
    assert one(START, TOUCHES[name][0], outcome="blocked") == replace(START, refused=START.refused + 1)


def test_a_deed_received_into_quarantine_counts_as_done() -> None:
    """Custody passes with it."""
    effect = {"do": "custody", "to": "S-X", "containers": [BAG.id]}

    assert one(START, effect, outcome="quarantined").custodian == "S-X"


STRANGER = "Expected containers of order O-0, seen C-9."
BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "a state of nowhere": ({"do": "state", "to": "HEAVEN"}, "Expected a state of the order, seen 'HEAVEN'."),
    "a container of nobody": (
        {"do": "container", "container": "C-9", "state": "stored"},
        "Expected a container of order O-0, seen C-9.",
    ),
    "a container's state of nowhere": (
        {"do": "container", "container": BAG.id, "state": "x"},
        "Expected a state of a container, seen 'x'.",
    ),
    "a container twice": (
        {"do": "register", "container": BAG.id, "kind": "x", "keys": {}},
        f"Expected a new container, seen {BAG.id} again.",
    ),
    "an effect of no name": ({"do": "magic"}, "Expected an effect that the order knows, seen 'magic'."),
    "a shipment of nobody": (
        {"do": "shipment", "shipment": "SH-9", "state": "received"},
        "Expected a shipment of order O-0, seen SH-9.",
    ),
    "a shipment twice": ({**SHIP, "shipment": SENT.id}, f"Expected a new shipment, seen {SENT.id} again."),
    "a stranger in the shipper": ({**SHIP, "containers": [BAG.id, "C-9"]}, STRANGER),
    "a stranger on the certificate": ({"do": "certify", "certificate": "RC-9", "containers": ["C-9"]}, STRANGER),
    "a stranger offered": ({"do": "offer", "to": "S-X", "containers": ["C-9"]}, STRANGER),
    "a stranger declined": ({"do": "decline", "containers": ["C-9"]}, STRANGER),
    "a stranger taken": ({"do": "custody", "to": "S-X", "containers": [BAG.id, "C-9"]}, STRANGER),
    "a stranger thawed": ({"do": "thaw_clock", "began": instant(AT), "containers": ["C-9"]}, STRANGER),
}


@pytest.mark.parametrize(("effect", "said"), BROKEN.values(), ids=BROKEN)
def test_what_the_order_cannot_have_is_a_broken_chain(effect: dict[str, Any], said: str) -> None:
    """An entry that names something else is never skipped over."""
    with pytest.raises(BrokenOrder) as told:
        one(START, effect)

    assert str(told.value) == said


@given(st.lists(st.sampled_from(list(TOUCHES)), max_size=12))
def test_whatever_happens_custody_has_one_custodian(names: list[str]) -> None:
    """No deed but one that names a custodian changes it, and none takes it away."""
    order = START
    for number, name in enumerate(names):
        effect = dict(TOUCHES[name][0])
        if effect["do"] == "register":
            effect["container"] = f"C-{number + 10}"
        elif effect["do"] == "ship":
            effect["shipment"] = f"SH-{number + 10}"
        before, order = order.containers[0], one(order, effect)
        assert order.containers[0].custodian == ("S-X" if name == "custody" else before.custodian)


def entry(kind: str, seq: int = 2, **stmt: object) -> Any:  # noqa: ANN401 - stands for a ledger entry
    """Return what the fold looks at of an entry."""
    return SimpleNamespace(type=kind, chain="chain-0", stmt=stmt, seq=seq, sig=({"person": "P-2"},))


def test_a_chain_folds_into_its_order() -> None:
    """Deeds are steps; notices, holds and labels are not; a chain without an order has none."""
    created = entry(
        "order.created", order="O-0", patient="P", protocol="p/1", protocol_sha256="00", product="X", sites={},
        at=instant(AT),
    )  # fmt: skip
    deed = {"outcome": "accepted", "at": instant(AT), "actor": "P-1", "checkpoint": "h1_submit"}
    done = entry("custody.h1_submit", 3, **deed, effects=[{"do": "state", "to": "ORDERED"}])
    noted = entry("custody.notice", 4, outcome="noted")
    blocked = entry("custody.h2_print", 5, outcome="blocked")
    others = [entry("label.printed", 6, outcome="accepted"), entry("hold.placed", 7, outcome="accepted")]
    moved = entry("order.protocol_migrated", 8, outcome="accepted", protocol="p/2", protocol_sha256="11")

    order = fold.replay([done, created, done, noted, blocked, *others, moved])

    assert fold.replay([done, noted]) is None
    assert order is not None
    assert (order.state, order.refused) == ("ORDERED", 1)
    assert order.done == (Done("h1_submit", AT, 3, ("P-1", "P-2")),)
    assert (order.protocol, order.protocol_sha256) == ("p/2", "11")


def test_what_is_a_step() -> None:
    """A judged deed of custody, whatever its outcome, but no notice."""
    kinds = {("custody.x", "accepted"): True, ("custody.x", "blocked"): True, ("custody.x", "noted"): False,
             ("label.x", "accepted"): False}  # fmt: skip

    assert kinds == {(kind, out): fold.is_step(kind, {"outcome": out}) for kind, out in kinds}
