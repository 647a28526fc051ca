"""A gate can be asked for more, never for less."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from coi.custody import gates
from coi.custody.order import STATES
from coi.custody.protocol import Signing
from tests.coi.custody.paper import PROTOCOL, PROTOCOLS, STEPS

if TYPE_CHECKING:
    from coi.custody.protocol import Checkpoint, Protocol


def with_step(step: str, **fields: object) -> Protocol:
    """Return the shipped protocol with one checkpoint changed."""
    return replace(
        PROTOCOL,
        checkpoints=tuple(
            replace(each, **fields) if each.id == step else each  # type: ignore[arg-type]
            for each in PROTOCOL.checkpoints
        ),
    )


def without(step: str) -> Protocol:
    """Return the shipped protocol without one checkpoint."""
    return replace(PROTOCOL, checkpoints=tuple(each for each in PROTOCOL.checkpoints if each.id != step))


def said(protocol: Protocol) -> list[str]:
    """Return the faults of a protocol."""
    return list(gates.faults(protocol))


def step(name: str) -> Checkpoint:
    """Return a checkpoint of the shipped protocol."""
    return PROTOCOL.checkpoint(name)


@pytest.mark.parametrize("form", PROTOCOLS)
def test_the_shipped_protocols_leave_nothing_out(form: str) -> None:
    """Every state of the road but the first and the dose in part has a gate, and the shipped protocols meet them."""
    assert said(PROTOCOLS[form]) == []
    assert [*gates.GATES] == [state for state in STATES[1:] if state != "PARTIAL"]


@pytest.mark.parametrize("name", STEPS)
def test_more_may_be_asked(name: str) -> None:
    """Another check or another statement is no fault."""
    given = step(name)
    more = given.checks if "hold" in given.checks else (*given.checks, "qc_passed")

    assert said(with_step(name, checks=more)) == []


@pytest.mark.parametrize("limit", gates.BOUNDS)
@pytest.mark.parametrize("value", [0, -1, 10**9, "60", True, 1.0, None])
def test_every_limit_has_hard_bounds(limit: str, value: object) -> None:
    """Zero, a week, a text, a truth: no limit is one of these."""
    low, high = gates.BOUNDS[limit]
    limits = {**PROTOCOL.limits, limit: value}

    assert said(replace(PROTOCOL, limits=limits)) == [  # type: ignore[arg-type]
        f"Limit {limit}: expected a whole number from {low} to {high}, seen {value!r}."
    ]


@pytest.mark.parametrize("limit", gates.BOUNDS)
def test_the_bounds_belong_to_the_range(limit: str) -> None:
    """The lowest and the highest pass, one beyond does not; a limit that is not stated is none."""
    low, high = gates.BOUNDS[limit]
    for value, faults in ((low, 0), (high, 0), (low - 1, 1), (high + 1, 1)):
        assert len(said(replace(PROTOCOL, limits={**PROTOCOL.limits, limit: value}))) == faults
    rest = {name: value for name, value in PROTOCOL.limits.items() if name != limit}
    assert said(replace(PROTOCOL, limits=rest))[0] == (
        f"Limit {limit}: expected a whole number from {low} to {high}, seen None."
    )


@pytest.mark.parametrize(
    ("limits", "fault"),
    [
        ({"product_expires_d": 0}, "Limit product_expires_d: expected a whole number from 1 to 3650, seen 0."),
        ({"product_expires_d": "9"}, "Limit product_expires_d: expected a whole number from 1 to 3650, seen '9'."),
        ({"product_expires_h": 48}, "Expected the limits "),
        ({"another": 1}, "Expected the limits "),
    ],
)
def test_a_product_has_one_shelf_life(limits: dict[str, int], fault: str) -> None:
    """In days or in hours, within its bounds, and no limit that nobody knows."""
    assert said(replace(PROTOCOL, limits={**PROTOCOL.limits, **limits}))[0].startswith(fault)
    rest = {name: value for name, value in PROTOCOL.limits.items() if name != "product_expires_d"}
    assert any(told.startswith("Expected the limits ") for told in said(replace(PROTOCOL, limits=rest)))


@pytest.mark.parametrize("name", ["code", "name", "label", "gtin"])
def test_a_product_has_its_names(name: str) -> None:
    """Each is on a label or in a code."""
    whole = dict(PROTOCOL.product)
    missing = {key: value for key, value in whole.items() if key != name}
    told = "Expected a product with ['code', 'gtin', 'label', 'name'], seen "

    assert said(replace(PROTOCOL, product=missing)) == [f"{told}{sorted(missing)}."]
    assert said(replace(PROTOCOL, product={**whole, name: ""})) == [f"{told}{sorted(whole)}."]


PACKING = (
    "Checkpoint h5_pack: expected a packing to scan bag, shipper, logger and seal and to check ['at_bench',"
    " 'equipment', 'fresh_shipment', 'pack_window']"
)
FAULTS: dict[str, tuple[Protocol, str]] = {
    "a shortcut": (
        with_step("h16_start", states=("READY_FOR_INFUSION",)),
        "Checkpoint h16_start: expected it to start from THAWING or later, seen ('READY_FOR_INFUSION',)",
    ),
    "a step that can be left out": (
        with_step("h10_print", needs=()),
        "Checkpoint h10_print: expected it to need h9_sample, which comes before it, seen ()",
    ),
    "a second way in": (
        with_step("h16_start", states=("THAWING", "RELEASED")),
        "Checkpoint h16_start: expected it to start from THAWING or later, seen ('THAWING', 'RELEASED')",
    ),
    "a state left out": (
        without("h17_reconcile"),
        "Expected every state that no product can do without, RECONCILED missing.",
    ),
    "no wristband at the bedside": (
        with_step("h16_start", slots=step("h16_start").slots[1:]),
        (
            "Checkpoint h16_start: expected the scans ['drug_product', 'linear', 'wristband'] where"
            " INFUSING is reached,"
            " ['wristband'] missing"
        ),
    ),
    "no bar code at the bedside": (
        with_step("h16_start", slots=step("h16_start").slots[:3]),
        (
            "Checkpoint h16_start: expected the scans ['drug_product', 'linear', 'wristband'] where"
            " INFUSING is reached,"
            " ['linear'] missing"
        ),
    ),
    "no square code at the bedside": (
        with_step("h16_start", slots=(step("h16_start").slots[0], step("h16_start").slots[3])),
        (
            "Checkpoint h16_start: expected the scans ['drug_product', 'linear', 'wristband'] where"
            " INFUSING is reached,"
            " ['drug_product'] missing"
        ),
    ),
    "nobody signs the release": (
        with_step("h11_release", sign=None),
        "Checkpoint h11_release: expected 1 signatures where RELEASED is reached, seen 0",
    ),
    "no certificate": (
        with_step("h11_release", effects=()),
        "Checkpoint h11_release: expected the effects ['certify'] where RELEASED is reached, ['certify'] missing",
    ),
    "no consent": (
        with_step("h1_submit", values=step("h1_submit").values[1:]),
        (
            "Checkpoint h1_submit: expected the statements ('yes', 'identity') where ORDERED is"
            " reached, seen ('identity',)"
        ),
    ),
    "two days of three": (
        with_step("h2_schedule", values=step("h2_schedule").values[:2]),
        (
            "Checkpoint h2_schedule: expected ['slot_collection', 'slot_infusion',"
            " 'slot_manufacturing'] to put in order,"
            " seen others"
        ),
    ),
    "holds that stop no thaw": (
        with_step("h14_thaw", records_only=True),
        "Checkpoint h14_thaw: expected records_only where INFUSED is reached and nowhere else",
    ),
    "an infusion that cannot be recorded": (
        with_step("h17_end", records_only=False),
        "Checkpoint h17_end: expected records_only where INFUSED is reached and nowhere else",
    ),
    "a quarantine at the bedside": (
        with_step("h16_start", quarantine=True),
        "Checkpoint h16_start: expected quarantine at RECEIVED_AT_MFG and RECEIVED_AT_SITE and nowhere else",
    ),
    "a receipt that leaves the courier with it": (
        with_step("h7_receive", quarantine=False),
        "Checkpoint h7_receive: expected quarantine at RECEIVED_AT_MFG and RECEIVED_AT_SITE and nowhere else",
    ),
    "an offer that nobody takes": (
        with_step("h15_issue", effects=({"do": "offer", "to": "treatment"},)),
        "Checkpoint h15_issue: expected an offer to be taken at ('treatment', ''), seen takers [('treatment', 'ward')]",
    ),
    "an offer that is made once": (
        with_step("h5_offer", repeat=False),
        "Checkpoint h5_offer: expected an offer to repeat, since it may be declined",
    ),
    "an offer over an offer": (
        with_step("h5_offer", checks=("manifest",)),
        "Checkpoint h5_offer: expected an offer to be made where none is open, and no such check elsewhere",
    ),
    "an offer of nothing": (
        with_step("h15_issue", slots=()),
        "Checkpoint h15_issue: expected what is offered to be scanned",
    ),
    "an offer without a release": (
        with_step("h12_offer", checks=("manifest", "no_open_offer")),
        "Checkpoint h12_offer: expected a released product to be offered by its certificate",
    ),
    "custody taken without an offer": (
        with_step("h15_accept", checks=("certificate", "thaw_clock")),
        "Checkpoint h15_accept: expected custody to be taken only where it was offered",
    ),
    "custody to somebody else": (
        with_step("h15_accept", effects=({"do": "custody", "to": "courier"},)),
        "Checkpoint h15_accept: expected custody to pass to where it is taken, seen {'do': 'custody', 'to': 'courier'}",
    ),
    "custody of nothing": (
        with_step("h15_accept", slots=()),
        "Checkpoint h15_accept: expected what is taken over to be scanned",
    ),
    "an offer taken without custody": (
        with_step("h15_accept", effects=()),
        "Checkpoint h15_accept: expected who takes an offer to have custody after it",
    ),
    "custody twice": (
        with_step("h15_accept", effects=(*step("h15_accept").effects, *step("h15_accept").effects)),
        "Checkpoint h15_accept: expected effect custody once, seen it again",
    ),
    "a seal that is not compared": (
        with_step("h5_offer", checks=("no_open_offer",)),
        "Checkpoint h5_offer: expected shipper and seal to be compared with the manifest",
    ),
    "a shipper without its seal": (
        with_step("h5_offer", slots=step("h5_offer").slots[:1]),
        "Checkpoint h5_offer: expected shipper and seal to be scanned together",
    ),
    "a packing without its bag": (
        with_step("h5_pack", slots=step("h5_pack").slots[1:], effects=step("h5_pack").effects[1:]),
        PACKING,
    ),
    "a packing without its logger": (
        with_step("h5_pack", slots=tuple(slot for slot in step("h5_pack").slots if slot.name != "logger")),
        PACKING,
    ),
    "a packing into a used shipper": (with_step("h5_pack", checks=("equipment", "at_bench", "pack_window")), PACKING),
    "a packing anywhere": (with_step("h5_pack", checks=("equipment", "fresh_shipment", "pack_window")), PACKING),
    "a packing of another lot": (
        with_step("h12_pack", checks=tuple(name for name in step("h12_pack").checks if name != "certificate")),
        (
            "Checkpoint h12_pack: expected a packing to scan bag, shipper, logger and seal and to check ['at_bench',"
            " 'certificate', 'dose_together', 'equipment', 'expires_after_infusion', 'fresh_shipment', 'pack_window']"
        ),
    ),
    "an hour without a clock": (
        with_step("h15_issue", checks=("certificate", "no_open_offer")),
        "Checkpoint h15_issue: expected ['certificate', 'thaw_clock'] at every step between thaw and infusion",
    ),
    "a fill without its source": (
        with_step("h9_transfer", effects=step("h9_transfer").effects[:2]),
        "Checkpoint h9_transfer: expected every deed in manufacture to scan its source, and what is filled to name it",
    ),
    "a fill by one person": (
        with_step("h10_fill", sign=replace(step("h10_fill").sign, by=step("h10_fill").sign.by[:1])),  # type: ignore[type-var, union-attr]
        "Checkpoint h10_fill: expected two signatures, the second with another factor, at the fill",
    ),
    "a fill with one factor": (
        with_step("h10_fill", sign=replace(step("h10_fill").sign, factor="any")),  # type: ignore[type-var]
        "Checkpoint h10_fill: expected two signatures, the second with another factor, at the fill",
    ),
    "a fill into no place": (
        with_step("h10_fill", checks=("in_cassette",)),
        "Checkpoint h10_fill: expected the source and the place to be scanned at the fill",
    ),
    "a product that is never filled": (
        without("h10_fill"),
        "Expected a fill at which the final label is scanned back, seen none.",
    ),
    "a product neither frozen nor fresh": (
        with_step("h10_close", to=None),
        "Expected the product to be frozen or finished fresh, one of the two.",
    ),
    "a frozen product that is not thawed": (
        with_step("h14_thaw", to=None),
        "Expected what is frozen to be thawed, and nothing else.",
    ),
    "a road that goes back": (
        with_step("h11_qc", to="ACCEPTED"),
        "Expected every state that no product can do without, QC_PENDING missing.",
    ),
    "a road that starts beside it": (
        with_step("h7_accept", states=("RECEIVED_AT_MFG", "LOST")),
        "Checkpoint h7_accept: expected a step of the road to start on the road, seen ('RECEIVED_AT_MFG', 'LOST')",
    ),
    "a road under a hold": (
        with_step("h7_accept", stops=True),
        "Checkpoint h7_accept: expected no step of the road to go on under a hold",
    ),
    "one factor at the bedside": (
        with_step("h16_start", sign=replace(step("h16_start").sign, factor="any")),  # type: ignore[type-var]
        "Checkpoint h16_start: expected the second person's other factor where INFUSING is reached",
    ),
    "an end of what never began": (
        with_step("h17_end", slots=(replace(step("h17_end").slots[0], states=("issued",)),)),
        "Checkpoint h17_end: expected the end to be recorded of what is infusing, seen other states",
    ),
    "a shipper opened without its list": (
        with_step("h5_unpack", checks=("no_open_offer",)),
        "Checkpoint h5_unpack: expected shipper and seal to be compared with the manifest",
    ),
    "a release beside the road by anybody": (
        with_step("h11_again", checks=("qc_passed",)),
        "Checkpoint h11_again: expected a release to be signed by who may, and not by who made the batch",
    ),
    "a release beside the road that nobody signs": (
        with_step("h11_again", sign=None),
        "Checkpoint h11_again: expected a release to be signed by who may, and not by who made the batch",
    ),
    "a release under a hold": (
        with_step("h11_again", stops=True),
        "Checkpoint h11_again: expected a step that a hold does not stop to take off the road or to put back, seen []",
    ),
    "an infusion under a hold": (
        with_step("h17_resume", stops=True),
        (
            "Checkpoint h17_resume: expected a step that a hold does not stop to take off the road or to put back,"
            " seen ['infusing']"
        ),
    ),
    "an infusion beside the road without a wristband": (
        with_step("h17_resume", checks=("certificate", "thaw_clock")),
        "Checkpoint h17_resume: expected wristband and certificate to be checked before ['infusing'], seen less",
    ),
    "a thaw beside the road": (
        with_step("h14_putback", effects=({"do": "thaw_clock"},)),
        "Checkpoint h14_putback: expected no identity and no thaw beside the road, seen one",
    ),
    "a second collection that nobody signs": (
        with_step("x_recollect", sign=None),
        "Checkpoint x_recollect: expected a signature where the order goes to SCHEDULED, seen none",
    ),
    "a record of what did not begin": (
        with_step("h14_putback", records_only=True),
        "Checkpoint h14_putback: expected records_only where a lawfully begun infusion is recorded and nowhere else",
    ),
    "an unverified infusion on one signature": (
        with_step("h16_unverified", sign=replace(step("h16_unverified").sign, by=step("h16_unverified").sign.by[:1])),  # type: ignore[type-var, union-attr]
        "Checkpoint h16_unverified: expected records_only where a lawfully begun infusion is recorded and nowhere else",
    ),
    "a quarantine beside the road": (
        with_step("r_receive", quarantine=True),
        "Checkpoint r_receive: expected quarantine at receipts of the road and nowhere else",
    ),
    "a label that is not scanned back": (
        with_step("h3_begin", effects=step("h3_begin").effects[1:]),
        (
            "Checkpoint h3_begin: expected each printed label scanned back and applied, seen ['bag',"
            " 'wristband'] and ['bag']"
        ),
    ),
    "a product that never expires": (
        with_step("h10_print", effects=({"do": "register", "kind": "drug_product", "as": "product"},)),
        "Checkpoint h10_print: expected an expiry where material is collected or a product registered, seen none",
    ),
    "a collection that never expires": (
        with_step("h4_end", effects=({"do": "container", "slot": "bag", "state": "collected"},)),
        "Checkpoint h4_end: expected an expiry where material is collected or a product registered, seen none",
    ),
    "a freezer without a place": (
        with_step("h13_store", effects=({"do": "container", "slot": "product", "state": "stored"},)),
        "Checkpoint h13_store: expected the place where a container is stored, seen none",
    ),
    "an effect too rich": (
        with_step("h9_transfer", effects=({"do": "container", "slot": "bag", "state": "x", "coi": "1"},)),
        "Checkpoint h9_transfer: expected effect container with ['slot', 'state'], seen ['coi', 'slot', 'state']",
    ),
    "a place that was not scanned": (
        with_step(
            "h13_store", effects=({"do": "container", "slot": "product", "state": "stored", "location": "product"},)
        ),
        "Checkpoint h13_store: expected location of effect container to be a location that is scanned, seen 'product'",
    ),
    "a fact from nowhere": (
        with_step("h11_qc", effects=({"do": "fact", "name": "qc_result"},)),
        "Checkpoint h11_qc: expected a fact from a slot, from a value or from the deed itself, seen another",
    ),
    "a fact that nobody stated": (
        with_step("h11_qc", effects=({"do": "fact", "name": "qc_result", "value": "luck"},)),
        "Checkpoint h11_qc: expected a fact from a value of this checkpoint, seen 'luck'",
    ),
    "a seal in the place of a bag": (
        with_step("h5_pack", effects=({"do": "container", "slot": "seal", "state": "sealed"},)),
        "Checkpoint h5_pack: expected slot of effect container to be a container that is scanned, seen 'seal'",
    ),
    "a label on a seal": (
        with_step("h5_pack", effects=({"do": "piece", "slot": "seal", "to": "applied"},)),
        (
            "Checkpoint h5_pack: expected slot of effect piece to be a container or wristband or cassette that is"
            " scanned, seen 'seal'"
        ),
    ),
    "a shipper under another name": (
        with_step("h5_pack", slots=(replace(step("h5_pack").slots[1], name="box"), *step("h5_pack").slots)),
        "Checkpoint h5_pack: expected a shipper to be scanned as shipper, seen 'box'",
    ),
    "a label that is voided by its scan": (
        with_step("h9_transfer", effects=({"do": "piece", "slot": "vessel", "to": "voided"},)),
        "Checkpoint h9_transfer: expected a label to be put on where it is scanned on the road, seen voided",
    ),
    "a release of the starting material": (
        with_step("h11_release", effects=({"do": "certify", "kind": "intermediate"},)),
        "Checkpoint h11_release: expected kind of effect certify to be one of ['drug_product'], seen 'intermediate'",
    ),
    "an expiry of no limit": (
        with_step("h4_end", effects=({"do": "container", "slot": "bag", "state": "collected", "expires": "never"},)),
        "Checkpoint h4_end: expected an expiry from a limit, seen 'never'",
    ),
    "a number without its end": (
        with_step("h4_end", values=(replace(step("h4_end").values[0], high=None),)),
        "Checkpoint h4_end: expected a number with its unit and both ends of its range, seen volume without",
    ),
    "a number without its unit": (
        with_step("h4_end", values=(replace(step("h4_end").values[0], unit=""),)),
        "Checkpoint h4_end: expected a number with its unit and both ends of its range, seen volume without",
    ),
    "a range of nothing": (
        with_step("h4_end", values=(replace(step("h4_end").values[0], high=Decimal(1)),)),
        "Checkpoint h4_end: expected a range, seen volume from 1 to 1",
    ),
    "a result that can only pass": (
        with_step("h11_qc", values=(replace(step("h11_qc").values[0], choices=("pass", "pass")),)),
        "Checkpoint h11_qc: expected a choice of several, not all of them good, seen qc_result: pass pass",
    ),
    "a condition that is always good": (
        with_step(
            "h7_receive", values=(replace(step("h7_receive").values[0], good=step("h7_receive").values[0].choices),)
        ),
        (
            "Checkpoint h7_receive: expected a choice of several, not all of them good, seen condition: in_range"
            " out_of_range no_data"
        ),
    ),
    "a condition that nobody judges": (
        with_step("h7_receive", values=(replace(step("h7_receive").values[0], good=()),)),
        "Checkpoint h7_receive: expected a statement of the condition to judge, seen none",
    ),
}


@pytest.mark.parametrize(("protocol", "fault"), FAULTS.values(), ids=FAULTS)
def test_each_emptied_gate_is_told(protocol: Protocol, fault: str) -> None:
    """The fault names the checkpoint, what it must have and what is missing."""
    assert fault in said(protocol)


@pytest.mark.parametrize(
    "fields",
    [
        {"effects": ({"do": "container", "slot": "bag", "state": "received"},)},
        {"effects": ({"do": "container", "slot": "bag", "state": "destroyed"}, {"do": "revoke"})},
        {"sign": None},
        {"sign": Signing("witnessed", (frozenset({"cell_lab"}),))},
        {"slots": tuple(replace(slot, states=("collected",)) for slot in step("x_destroy_bag_collection").slots)},
    ],
    ids=["received", "more", "unsigned", "alone", "not lost"],
)
def test_a_closed_order_is_touched_only_to_destroy_what_turned_up(fields: dict[str, object]) -> None:
    """What was given up and turns up is destroyed before a witness; no other step begins after the closing."""
    told = "Checkpoint x_destroy_bag_collection: expected a closed order to be touched only to destroy what turned up"

    assert any(fault.startswith(told) for fault in said(with_step("x_destroy_bag_collection", **fields)))
    assert any(
        "expected a closed order to be touched" in fault
        for fault in said(with_step("x_recollect", states=("LOST", "RECONCILED")))
    )


def test_nothing_is_given_up_by_its_label_where_something_is_shipped() -> None:
    """Its shipment would stay open without it; a protocol that ships gives up what was sealed in and never seen."""
    named = step("x_written_off")
    fault = "Checkpoint x_written_off: expected what is given up by its label only where nothing is shipped"
    by_label = PROTOCOLS["hospital"].checkpoint("x_written_off")
    changed = replace(named, effects=by_label.effects, values=by_label.values, checks=by_label.checks)
    ships = replace(
        PROTOCOL, checkpoints=tuple(changed if each.id == named.id else each for each in PROTOCOL.checkpoints)
    )

    assert [f"{fault}, seen a protocol that ships"] == said(ships)
    assert said(PROTOCOLS["hospital"]) == []
