"""What follows from a deed is told whole: containers, points and instants, so that the fold needs nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from coi.custody.effects import NEEDS_FRESH, effects_of
from coi.ledger.entry import instant
from tests.coi.custody.paper import PROTOCOL, STEPS, asked, changed, fresh, scanned, swapped

AT = datetime(2026, 11, 2, 9, 30, 7, 5, tzinfo=UTC)


def made(step: str) -> tuple[dict[str, object], ...]:
    """Return the effects of a step of the straight road, done at a fixed instant."""
    return effects_of(replace(asked(step), at=AT), fresh(step))


def ids(step: str, name: str) -> str:
    """Return the id of the piece scanned for a slot."""
    return scanned(asked(step), name).code


KEYS = {"coi": "COI-0", "din": "A999026000000", "product_code": "S1128100"}
EXPECTED = {
    "h1_submit": ({"do": "state", "to": "ORDERED"},),
    "h2_schedule": (
        {"do": "issue_coi", "coi": "COI-0"},
        {"do": "register", "container": "C-0-0", "kind": "starting_material", "keys": KEYS},
        {"do": "state", "to": "SCHEDULED"},
    ),
    "h2_print": (
        {"do": "print", "design": "wristband"},
        {"do": "print", "design": "collection_bag", "container": "C-0-0"},
    ),
    "h3_begin": (
        {"do": "piece", "piece": ids("h3_begin", "wristband"), "to": "applied"},
        {"do": "piece", "piece": ids("h3_begin", "bag"), "to": "applied"},
        {"do": "container", "container": "C-0-0", "state": "filling"},
        {"do": "custody", "to": "S-COL"},
        {"do": "state", "to": "COLLECTING"},
    ),
    "h4_end": (
        {"do": "container", "container": "C-0-0", "state": "collected", "expires": instant(AT + timedelta(hours=72))},
        {"do": "state", "to": "COLLECTED"},
    ),
    "h5_pack": (
        {"do": "container", "container": "C-0-0", "state": "sealed"},
        {
            "do": "ship", "shipment": "SH-0-0", "origin": "S-COL", "destination": "S-MFG", "shipper": "SHP-O-0-0",
            "seal": "SEA-O-0-0", "containers": ["C-0-0"],
        },
    ),
    "h5_offer": ({"do": "offer", "to": "S-COU"},),
    "h5_accept": (
        {"do": "custody", "to": "S-COU"},
        {"do": "shipment", "shipment": "SH-0-0", "state": "in_transit"},
        {"do": "state", "to": "IN_TRANSIT_TO_MFG"},
    ),
    "h8_start": (
        {"do": "container", "container": "C-0-0", "state": "in_process"},
        {"do": "fact", "name": "suite", "value": "LOC-O-0-suite-manufacturing"},
        {"do": "lot", "lot": "L-0"},
        {"do": "register", "container": "C-0-1", "kind": "intermediate", "keys": {"coi": "COI-0"}},
        {"do": "print", "design": "vessel", "container": "C-0-1"},
        {"do": "state", "to": "MANUFACTURING"},
    ),
    "h9_transfer": (
        {"do": "piece", "piece": ids("h9_transfer", "vessel"), "to": "applied"},
        {"do": "container", "container": "C-0-0", "state": "consumed"},
        {"do": "container", "container": "C-0-1", "state": "in_process", "parent": "C-0-0"},
    ),
    "h10_print": (
        {
            "do": "register", "container": "C-0-2", "kind": "drug_product",
            "keys": {"gtin": "09506000134376", "serial": "S-0", "lot": "L-0"}, "expires": "2027-11-02T23:59:00.000000Z",
        },
        {"do": "print", "design": "product_bag", "container": "C-0-2"},
    ),
    "h10_fill": (
        {"do": "piece", "piece": ids("h10_fill", "product"), "to": "applied"},
        {"do": "container", "container": "C-0-1", "state": "consumed"},
        {
            "do": "container", "container": "C-0-2", "state": "stored", "parent": "C-0-1",
            "location": "LOC-O-0-freezer-manufacturing",
        },
        {"do": "state", "to": "CRYOPRESERVED"},
    ),
    "h11_qc": ({"do": "fact", "name": "qc_result", "value": "pass"}, {"do": "state", "to": "QC_PENDING"}),
    "h11_release": (
        {"do": "certify", "certificate": "RC-0", "containers": ["C-0-2"]},
        {"do": "state", "to": "RELEASED"},
    ),
    "h13_deliver": ({"do": "offer", "to": "S-TRT/lab"},),
    "h13_receive": (
        {"do": "custody", "to": "S-TRT/lab"},
        {"do": "shipment", "shipment": "SH-0-1", "state": "received"},
        {"do": "container", "container": "C-0-2", "state": "received"},
        {"do": "state", "to": "RECEIVED_AT_SITE"},
    ),
    "h17_reconcile": ({"do": "state", "to": "RECONCILED"},),
}  # fmt: skip


@pytest.mark.parametrize("step", EXPECTED)
def test_the_effects_of_a_step_are_told_whole(step: str) -> None:
    """Word for word, in the protocol's order, the new state last."""
    assert EXPECTED[step] == made(step)


@pytest.mark.parametrize("step", STEPS)
def test_the_new_state_comes_last_and_only_where_one_is_reached(step: str) -> None:
    """A step without a new state names none."""
    states = [effect for effect in made(step) if effect["do"] == "state"]
    to = PROTOCOL.checkpoint(step).to

    assert states == ([] if to is None else [{"do": "state", "to": to}])
    assert to is None or made(step)[-1] == states[0]


def test_the_thaw_began_with_the_first_scan() -> None:
    """The clock starts at the earliest scan, and never after the deed."""
    right = asked("h14_thaw")
    place, bag = right.facts.items
    early = swapped(right, "freezer", replace(place, at=right.at - timedelta(minutes=3)))
    late = swapped(right, "freezer", replace(place, at=right.at + timedelta(minutes=3)))
    late = swapped(late, "product", replace(bag, at=right.at + timedelta(minutes=4)))
    none = replace(right, facts=replace(right.facts, items=()))

    assert effects_of(early, {})[-2] == {"do": "thaw_clock", "began": instant(right.at - timedelta(minutes=3))}
    assert effects_of(late, {})[-2] == {"do": "thaw_clock", "began": instant(right.at)}
    assert effects_of(none, {})[-2] == {"do": "thaw_clock", "began": instant(right.at)}


def test_the_certificate_lists_what_is_stored_and_of_its_kind() -> None:
    """A bag that failed, or lies elsewhere, is not released with the others."""
    right = asked("h11_release")
    product = right.order.of_kind("drug_product")[0]
    more = (
        *right.order.containers, replace(product, id="C-2"), replace(product, id="C-3", state="destroyed"),
        replace(product, id="C-4", kind="intermediate"),
    )  # fmt: skip

    assert effects_of(changed(right, containers=more), fresh("h11_release"))[0]["containers"] == [product.id, "C-2"]


def test_received_into_quarantine_without_the_bag_moves_no_bag() -> None:
    """Custody and shipment pass; a bag that is not ours is not written down as ours."""
    right = asked("h7_receive")
    bag = scanned(right, "bag")
    theirs = replace(bag, whose="other", code="", piece=None, container=None)

    assert [effect["do"] for effect in effects_of(swapped(right, "bag", theirs), {})] == [
        "custody",
        "shipment",
        "state",
    ]
    assert [effect["do"] for effect in effects_of(swapped(right, "bag", bag, theirs), {})] == [
        "custody", "shipment", "container", "state",
    ]  # fmt: skip


def test_what_was_not_scanned_has_no_effect() -> None:
    """Without the piece no piece is applied; without a parent or a place none is named."""
    right = asked("h10_fill")
    bare = swapped(swapped(right, "freezer"), "vessel")

    assert effects_of(swapped(right, "product"), {})[0]["do"] == "container"
    assert effects_of(bare, {})[1] == {"do": "container", "container": "C-0-2", "state": "stored"}
    assert effects_of(changed(asked("h5_accept"), shipments=()), {}) == (
        {"do": "custody", "to": "S-COU"},
        {"do": "state", "to": "IN_TRANSIT_TO_MFG"},
    )


def test_a_shipment_without_shipper_and_seal_names_none() -> None:
    """The effect itself invents nothing."""
    bare = swapped(asked("h5_pack"), "shipper")
    bare = replace(bare, facts=replace(bare.facts, items=bare.facts.items[:1]))
    ship = effects_of(bare, fresh("h5_pack"))[1]

    assert (ship["shipper"], ship["seal"]) == ("", "")


def test_a_fact_of_a_slot_that_is_empty_is_empty() -> None:
    """A suite that was not scanned is not made up."""
    assert effects_of(swapped(asked("h8_start"), "suite"), fresh("h8_start"))[1] == {
        "do": "fact", "name": "suite", "value": "",
    }  # fmt: skip


def test_a_label_is_printed_for_the_newest_of_its_kind_where_none_is_registered() -> None:
    """A print without a registration is for what there is."""
    right = asked("h10_fill")
    product = right.order.of_kind("drug_product")[0]
    step = replace(
        right.checkpoint, effects=({"do": "print", "design": "product_bag", "kind": "drug_product"},), to=None
    )
    two = changed(replace(right, checkpoint=step), containers=(*right.order.containers, replace(product, id="C-2")))

    assert effects_of(two, {}) == ({"do": "print", "design": "product_bag", "container": "C-2"},)


def test_a_product_without_a_lot_has_an_empty_one() -> None:
    """Missing is a value."""
    register = effects_of(changed(asked("h10_print"), lot=None), fresh("h10_print"))[0]

    assert register["keys"]["lot"] == ""


def test_the_identifiers_that_effects_want() -> None:
    """Nothing is allocated that no effect writes down."""
    assert {"issue_coi": ("coi",), "lot": ("lot",), "register": ("container", "din", "serial"), "ship": ("shipment",),
            "certify": ("certificate",)} == NEEDS_FRESH  # fmt: skip
