"""What follows from a deed is told whole: containers, points and instants, so that the fold needs nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coi.custody.effects import MOST_AT_ONCE, NEEDS_FRESH, count_of, effects_of, numbered
from coi.custody.order import STATES, Container
from coi.ledger.entry import instant
from tests.coi.custody.detours import ALL, before, follow, question, right
from tests.coi.custody.paper import PROTOCOLS, asked, changed, fresh, moment, scanned, swapped, with_container

AT = datetime(2026, 11, 2, 9, 30, 7, 5, tzinfo=UTC)
FORMS = list(PROTOCOLS)

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def made(form: str, step: str) -> tuple[dict[str, Any], ...]:
    """Return the effects of a step, done at a fixed instant."""
    question = replace(right(form, step).asked, at=AT)
    return effects_of(question, before(form, step).fresh(question))


EXPECTED: dict[str, tuple[dict[str, Any], ...]] = {
    "h1_submit": ({"do": "state", "to": "ORDERED"},),
    "h2_schedule": (
        {"do": "issue_coi", "coi": "COI000000000"},
        {
            "do": "register",
            "container": "C-0-0",
            "kind": "starting_material",
            "keys": {"coi": "COI000000000", "din": "A999026000000", "product_code": "S1128100"},
        },
        {"do": "fact", "name": "slot_infusion", "value": "2026-11-05"},
        {"do": "state", "to": "SCHEDULED"},
    ),
    "h2_print": (
        {"do": "print", "design": "wristband"},
        {"do": "print", "design": "collection_bag", "container": "C-0-0"},
    ),
    "h3_begin": (
        {"do": "piece", "piece": "0W000000T000", "to": "applied"},
        {"do": "piece", "piece": "0B000001T001", "to": "applied"},
        {"do": "container", "container": "C-0-0", "state": "filling"},
        {"do": "custody", "to": "S-COL", "containers": ["C-0-0"]},
        {"do": "fact", "name": "separator", "value": "EQP-O-0-separator-collection"},
        {"do": "fact", "name": "band_tag", "value": "BAND-P-0"},
        {"do": "band", "site": "S-COL"},
        {"do": "state", "to": "COLLECTING"},
    ),
    "h4_abort": (
        {"do": "piece", "piece": "0B000001T001", "to": "destroyed"},
        {"do": "container", "container": "C-0-0", "state": "destroyed"},
        {
            "do": "register",
            "container": "C-0-1",
            "kind": "starting_material",
            "keys": {"coi": "COI000000000", "din": "A999026000000", "product_code": "S1128100"},
        },
        {"do": "reopen", "undone": ["h2_print", "h3_begin"], "forget": ["separator", "identity_witnessed"]},
        {"do": "state", "to": "SCHEDULED"},
    ),
    "h4_end": (
        {"do": "container", "container": "C-0-0", "state": "collected", "expires": "2026-11-05T09:30:07.000005Z"},
        {"do": "state", "to": "COLLECTED"},
    ),
    "h5_pack": (
        {"do": "container", "container": "C-0-0", "state": "sealed"},
        {
            "do": "ship",
            "shipment": "SH-0-0",
            "origin": "S-COL",
            "destination": "S-MFG",
            "shipper": "SHP-O-0-0",
            "seal": "SEA-O-0-0",
            "logger": "LGR-O-0-0",
            "containers": ["C-0-0"],
            "profile": "refrigerated",
        },
        {"do": "reopen", "undone": [], "forget": ["bench"]},
    ),
    "h5_unpack": (
        {"do": "shipment", "shipment": "SH-0-0", "state": "opened"},
        {"do": "container", "container": "C-0-0", "state": "collected"},
        {"do": "reopen", "undone": ["h5_bench", "h5_pack", "h5_offer"], "forget": ["bench"]},
    ),
    "h5_offer": ({"do": "offer", "to": "S-COU", "containers": ["C-0-0"]},),
    "h5_accept": (
        {"do": "custody", "to": "S-COU", "containers": ["C-0-0"]},
        {"do": "shipment", "shipment": "SH-0-0", "state": "in_transit"},
        {"do": "state", "to": "IN_TRANSIT_TO_MFG"},
    ),
    "h8_start": (
        {"do": "container", "container": "C-0-0", "state": "in_process"},
        {"do": "fact", "name": "suite", "value": "LOC-O-0-suite-manufacturing"},
        {"do": "lot", "lot": "L-0-1"},
        {
            "do": "register",
            "container": "C-0-1",
            "kind": "intermediate",
            "keys": {"coi": "COI000000000", "lot": "L-0-1"},
            "custodian": "S-MFG",
        },
        {"do": "print", "design": "vessel", "container": "C-0-1"},
        {"do": "state", "to": "MANUFACTURING"},
    ),
    "h9_transfer": (
        {"do": "piece", "piece": "0V000002T002", "to": "applied"},
        {"do": "container", "container": "C-0-0", "state": "consumed"},
        {"do": "container", "container": "C-0-1", "state": "in_process", "parent": "C-0-0"},
    ),
    "h9_sample": (
        {"do": "piece", "piece": "0S000003T003", "to": "applied"},
        {"do": "container", "container": "C-0-2", "state": "in_process", "parent": "C-0-1"},
    ),
    "h10_print": (
        {
            "do": "register",
            "container": "C-0-3",
            "kind": "drug_product",
            "keys": {"gtin": "09506000134376", "serial": "S-0-3", "lot": "L-0-1"},
            "custodian": "S-MFG",
            "expires": "2027-11-02T09:59:00.000000Z",
        },
        {"do": "print", "design": "product_bag", "container": "C-0-3"},
        {"do": "print", "design": "cassette", "container": "C-0-3"},
    ),
    "h10_fill": (
        {"do": "piece", "piece": "0P000004T004", "to": "applied"},
        {"do": "piece", "piece": "0K000005T005", "to": "applied"},
        {
            "do": "container",
            "container": "C-0-3",
            "state": "stored",
            "parent": "C-0-1",
            "location": "LOC-O-0-place-manufacturing",
        },
    ),
    "h10_unused": (
        {"do": "piece", "piece": "0P000004T004", "to": "destroyed"},
        {"do": "piece", "piece": "0K000005T005", "to": "destroyed"},
        {"do": "container", "container": "C-0-3", "state": "destroyed"},
    ),
    "h10_close": (
        {"do": "container", "container": "C-0-1", "state": "consumed"},
        {"do": "state", "to": "CRYOPRESERVED"},
    ),
    "h11_test": (
        {"do": "container", "container": "C-0-2", "state": "tested"},
        {"do": "fact", "name": "sample_result", "value": "pass"},
    ),
    "h11_qc": ({"do": "fact", "name": "qc_result", "value": "pass"}, {"do": "state", "to": "QC_PENDING"}),
    "h11_release": (
        {"do": "certify", "certificate": "RC-0-4", "containers": ["C-0-3"]},
        {"do": "state", "to": "RELEASED"},
    ),
    "h11_revoke": ({"do": "revoke"},),
    "h13_receive": (
        {"do": "custody", "to": "S-TRT/lab", "containers": ["C-0-3"]},
        {"do": "shipment", "shipment": "SH-0-1", "state": "received"},
        {"do": "container", "container": "C-0-3", "state": "received"},
        {"do": "state", "to": "RECEIVED_AT_SITE"},
    ),
    "h13_store": (
        {"do": "container", "container": "C-0-3", "state": "stored", "location": "LOC-O-0-place-treatment"},
        {"do": "state", "to": "STORED_AT_SITE"},
    ),
    "h14_band_print": (
        {"do": "piece", "piece": "0W000000T000", "to": "voided"},
        {"do": "print", "design": "wristband"},
    ),
    "h14_band": (
        {"do": "piece", "piece": "0W000006T006", "to": "applied"},
        {"do": "piece", "piece": "0W000000T000", "to": "destroyed"},
        {"do": "band", "site": "S-TRT"},
        {"do": "fact", "name": "band_tag", "value": "BAND-P-0"},
        {"do": "fact", "name": "band", "value": "bound"},
    ),
    "h14_preflight": ({"do": "fact", "name": "preflight", "value": "2026-11-02T09:30:07.000005Z"},),
    "h14_thaw": (
        {"do": "container", "container": "C-0-3", "state": "thawed"},
        {"do": "thaw_clock", "began": "2026-11-02T09:30:07.000005Z", "containers": ["C-0-3"]},
        {"do": "reopen", "undone": ["h14_preflight"], "forget": ["preflight"]},
        {"do": "state", "to": "THAWING"},
    ),
    "h17_end": ({"do": "container", "container": "C-0-3", "state": "administered"}, {"do": "state", "to": "INFUSED"}),
    "x_lost": ({"do": "state", "to": "LOST"},),
    "x_written_off": (
        {"do": "container", "container": "C-0-0", "state": "lost"},
        {"do": "shipment", "shipment": "SH-0-0", "state": "opened"},
    ),
    "x_unused_collection": (
        {"do": "piece", "piece": "0W000000T000", "to": "destroyed"},
        {"do": "piece", "piece": "0B000001T001", "to": "destroyed"},
        {"do": "container", "container": "C-0-0", "state": "destroyed"},
    ),
    "x_change_site": (
        {"do": "site", "role": "treatment", "to": "S-NEW"},
        {
            "do": "reopen",
            "undone": ["h14_band_print", "h14_band", "h14_condition", "h14_ready"],
            "forget": ["band", "conditioning", "patient_ready", "preflight"],
        },
    ),
    "r9_ward": ({"do": "fact", "name": "re_established", "value": "0P000004T004"},),
    "h17_reconcile": ({"do": "state", "to": "RECONCILED"},),
}


@pytest.mark.parametrize("step", EXPECTED)
def test_the_effects_of_a_step_are_told_whole(step: str) -> None:
    """Word for word, in the protocol's order, the new state last."""
    assert EXPECTED[step] == made("frozen", step)


@pytest.mark.parametrize(("form", "step"), ALL)
def test_the_new_state_comes_last_and_only_where_one_is_reached(form: str, step: str) -> None:
    """A step without a new state names none; one that returns to what was left names that state."""
    states = [effect for effect in made(form, step) if effect["do"] == "state"]
    to = question(form, step).checkpoint.to

    assert len(states) <= 1
    if to is None:
        assert states == []
    elif states:
        ends = {"INFUSED", "PARTIAL", "DESTROYED", "LOST"} if to == "INFUSED" else {to}
        assert states[0]["to"] in ({"IN_TRANSIT_TO_MFG"} if to == "@left" else ends)
        assert made(form, step)[-1] == states[0]


@pytest.mark.parametrize("form", FORMS)
def test_several_bags_of_one_donation_are_divisions_of_it(form: str) -> None:
    """One din; positions 7 and 8 of the product code tell the bags apart (ICCBBA), and one bag keeps the plain code."""
    one = follow(">h2_schedule / h2_schedule", form).order.containers
    four = follow(">h2_schedule / h2_schedule bags=4", form).order.containers

    assert [held.key("product_code") for held in one] == ["S1128100"]
    assert [held.key("product_code") for held in four] == ["S11281A0", "S11281B0", "S11281C0", "S11281D0"]
    assert len({held.key("din") for held in four}) == 1
    assert len({held.id for held in four}) == 4


@pytest.mark.parametrize("form", FORMS)
def test_several_final_bags_have_each_a_serial_and_a_label(form: str) -> None:
    """And a cassette each where the product is frozen; the lot is one."""
    paper = follow(">h10_print / h10_print bags=3", form)
    bags = paper.order.of_kind("drug_product")

    assert len({bag.key("serial") for bag in bags}) == len(bags) == 3
    assert {bag.key("lot") for bag in bags} == {paper.order.lot}
    for role, many in (("container", 1), ("cassette", int(form == "frozen"))):
        assert [len([p for p in paper.pieces if (p.container, p.role) == (bag.id, role)]) for bag in bags] == [many] * 3


@pytest.mark.parametrize(("said", "count"), [("1", 1), ("16", 16), ("17", 0), ("0", 0), ("", 0), ("-1", 0), ("x", 0)])
def test_what_is_counted_is_a_small_number(said: str, count: int) -> None:
    """Anything else registers nothing; where nothing is counted there is one."""
    plan = {"do": "register", "kind": "sample", "count": "bags"}

    assert count_of(asked("h10_print", values={"bags": said}), plan) == count
    assert count_of(asked("h10_print", values={}), {"do": "register", "kind": "sample"}) == 1
    assert (MOST_AT_ONCE, numbered("serial", 1), numbered("serial", 3)) == (16, "serial", "serial.3")


def test_the_thaw_began_with_the_first_scan() -> None:
    """The clock starts at the earliest scan, and never after the deed."""
    here = asked("h14_thaw")
    bath, bag = here.facts.items
    early = swapped(here, "bath", replace(bath, at=here.at - timedelta(minutes=3)))
    late = swapped(here, "bath", replace(bath, at=here.at + timedelta(minutes=3)))
    late = swapped(late, "product", replace(bag, at=here.at + timedelta(minutes=4)))
    none = replace(here, facts=replace(here.facts, items=()))

    for question_now, began in ((early, here.at - timedelta(minutes=3)), (late, here.at), (none, here.at)):
        clock = next(effect for effect in effects_of(question_now, {}) if effect["do"] == "thaw_clock")
        assert clock["began"] == instant(began)


def test_the_certificate_lists_what_is_stored_of_its_lot_and_kind() -> None:
    """A bag that failed, lies elsewhere or is of another lot is not released with the others."""
    here = asked("h11_release")
    product = here.order.of_kind("drug_product")[0]
    more = (
        *here.order.containers, replace(product, id="C-12"), replace(product, id="C-13", state="destroyed"),
        replace(product, id="C-14", kind="intermediate"), replace(product, id="C-15", keys=(("lot", "L-9"),)),
    )  # fmt: skip

    certify = effects_of(changed(here, containers=more), fresh("h11_release"))[0]
    assert certify["containers"] == [product.id, "C-12"]
    assert "oos" not in certify
    assert made("frozen", "h11_oos_release")[0]["oos"] is True


def dose(*states: str) -> tuple[Container, ...]:
    """Return the bags of a dose in these states, of the order whose infusion ends."""
    bag = asked("h17_end").order.dose()[0]
    return tuple(replace(bag, id=f"C-9{number}", state=state) for number, state in enumerate(states))


ENDS = [
    ((), "h17_end", "INFUSED"),
    (("administered",), "h17_end", "INFUSED"),
    (("administered", "partly_administered"), "h17_end", "PARTIAL"),
    (("destroyed",), "h17_end", "PARTIAL"),
    ((), "h17_discard", "PARTIAL"),
    (("administered",), "h17_discard", "PARTIAL"),
    (("issued",), "h17_end", None),
    (("administered", "stored"), "h17_discard", None),
]


@pytest.mark.parametrize(("others", "step", "end"), ENDS)
def test_a_dose_ends_when_every_bag_of_it_has_its_end(others: tuple[str, ...], step: str, end: str | None) -> None:
    """All given is infused; anything less is a part; while one bag waits nothing has ended."""
    here = question("frozen", step)
    bag, rest = here.order.dose()[0], dose(*others)
    listed = replace(here.order.certificate, containers=(bag.id, *(held.id for held in rest)))  # type: ignore[type-var]
    whole = changed(here, certificate=listed, containers=(*here.order.containers, *rest))

    states = [effect["to"] for effect in effects_of(whole, {}) if effect["do"] == "state"]
    assert states == ([] if end is None else [end])


@pytest.mark.parametrize("form", FORMS)
def test_a_dose_of_which_nothing_was_given_is_destroyed(form: str) -> None:
    """The last bag's end is the order's, and a stopped order stays stopped whatever becomes of its bags."""
    end = follow(">h14_band_print / x_destroy_product_lab", form)
    dead = follow(">h14_band_print / x_deceased / x_destroy_product_lab", form)

    assert (end.order.state, dead.order.state) == ("DESTROYED", "DECEASED")


@pytest.mark.parametrize("form", FORMS)
def test_who_dies_during_the_infusion_leaves_a_rest_that_is_written_down(form: str) -> None:
    """The bag gets its end, and the order is closed as stopped."""
    paper = follow(">h17_end / x_deceased / h17_discard", form)

    assert paper.order.dose()[0].state == "partly_administered"
    assert paper.order.state == "DECEASED"
    assert paper.do("x_close").order.state == "RECONCILED"


@given(st.sampled_from(ALL), st.data())
def test_a_step_of_the_road_only_moves_forward(each: tuple[str, str], data: st.DataObject) -> None:
    """From wherever it may start: the second bag's thaw takes no order back that is infusing."""
    state = data.draw(st.sampled_from(question(*each).checkpoint.states))
    here = changed(question(*each), state=state)
    states = [effect["to"] for effect in effects_of(here, before(*each).fresh(here)) if effect["do"] == "state"]

    if not here.checkpoint.side and states and states[0] in STATES:
        assert STATES.index(states[0]) > STATES.index(state)


def test_received_into_quarantine_without_the_bag_moves_no_bag() -> None:
    """Custody and shipment pass; a bag that is not ours is not written down as ours."""
    here = asked("h7_receive")
    bag = scanned(here, "bag")
    theirs = replace(bag, whose="other", code="", piece=None, container=None)

    for items, does in (((theirs,), []), ((bag, theirs), ["container"])):
        found = effects_of(swapped(here, "bag", *items), {})
        assert [effect["do"] for effect in found] == ["custody", "shipment", *does, "state"]


def test_what_was_not_scanned_has_no_effect() -> None:
    """Without the piece no piece is applied; without a parent or a place none is named."""
    here = asked("h10_fill")
    bare = swapped(swapped(here, "place"), "vessel")

    assert [effect["do"] for effect in effects_of(swapped(here, "product"), {})] == ["piece"]
    assert effects_of(bare, {})[-1] == {"do": "container", "container": "C-0-3", "state": "stored"}
    assert [effect["do"] for effect in effects_of(changed(asked("h5_accept"), shipments=()), {})] == [
        "custody",
        "state",
    ]
    assert "band" not in {effect["do"] for effect in effects_of(swapped(asked("h14_band"), "band"), {})}


def test_a_shipment_without_shipper_seal_and_logger_names_none() -> None:
    """The effect itself invents nothing."""
    here = asked("h5_pack")
    bare = replace(here, facts=replace(here.facts, items=here.facts.items[:1]))
    ship = effects_of(bare, fresh("h5_pack"))[1]

    assert (ship["shipper"], ship["seal"], ship["logger"]) == ("", "", "")


def test_a_fact_of_a_slot_that_is_empty_is_empty() -> None:
    """A suite that was not scanned is not made up."""
    facts = [e for e in effects_of(swapped(asked("h8_start"), "suite"), fresh("h8_start")) if e["do"] == "fact"]

    assert facts == [{"do": "fact", "name": "suite", "value": ""}]


def test_a_failed_sample_stays_failed() -> None:
    """What is kept is never made better by a later result; a pass may become a fail."""
    here = asked("h11_test")

    for before_it, said, after in (("fail", "pass", "fail"), ("pass", "fail", "fail"), ("pass", "pass", "pass")):
        stated = replace(here, facts=replace(here.facts, values={"sample_result": said}))
        found = effects_of(changed(stated, facts=(("sample_result", before_it),)), {})
        assert [effect["value"] for effect in found if effect["do"] == "fact"] == [after]


def test_a_new_wristband_kills_the_one_before() -> None:
    """A patient wears one that counts; dead ones stay dead."""
    here = asked("h14_band_print")
    band = next(piece for piece in here.facts.pieces if piece.role == "wristband")
    dead = replace(band, id="DEAD00000001", state="voided")

    found = effects_of(replace(here, facts=replace(here.facts, pieces=(dead, band))), {})
    assert found == ({"do": "piece", "piece": band.id, "to": "voided"}, {"do": "print", "design": "wristband"})


def test_a_label_is_printed_for_each_of_its_kind_that_waits_without_one() -> None:
    """Of the bags that are registered; one whose label is on its way, or that is filled, gets no second one."""
    here = moment("h2_print").asked
    bag = here.order.containers[0]
    three = (bag, replace(bag, id="C-2"), replace(bag, id="C-3", state="collected"))
    label = next(p for p in moment("h3_begin").asked.facts.pieces if p.container == bag.id)

    def printed(*states: str) -> list[str]:
        pieces = tuple(replace(label, state=state) for state in states)
        asking = changed(replace(here, facts=replace(here.facts, pieces=pieces)), containers=three)
        return [e["container"] for e in effects_of(asking, {}) if e["do"] == "print" and "container" in e]

    assert printed() == printed("voided") == [bag.id, "C-2"]
    assert printed("intended") == printed("printed") == ["C-2"]


def test_a_label_is_printed_for_what_was_scanned() -> None:
    """Where a step scans a container of the kind and registers none."""
    here = asked("h10_close")
    step = replace(here.checkpoint, effects=({"do": "print", "design": "vessel", "kind": "intermediate"},), to=None)

    assert effects_of(replace(here, checkpoint=step), {}) == (
        {"do": "print", "design": "vessel", "container": "C-0-1"},
    )


def test_a_product_without_a_lot_has_an_empty_one() -> None:
    """Missing is a value."""
    register = effects_of(changed(asked("h10_print"), lot=None), fresh("h10_print"))[0]

    assert register["keys"]["lot"] == ""


def test_only_what_nobody_has_seen_since_it_was_sealed_in_is_written_off() -> None:
    """A bag that arrived is not lost; one missing from its opened box is, and so is the parcel of a stopped order."""
    here = question("frozen", "x_written_off")
    sent = here.order.shipments[0]
    gone = replace(sent, id="SH-2", state="received", containers=("C-2",))
    two = changed(
        here, shipments=(gone, sent), containers=(*here.order.containers, replace(here.order.containers[0], id="C-2"))
    )
    arrived = tuple(replace(c, state="received") if c.id == "C-2" else c for c in two.order.containers)
    moving = replace(two, order=replace(two.order, state="RECEIVED_AT_MFG"))

    def told(question: Asked) -> list[str]:
        return [effect.get("container") or effect["shipment"] for effect in effects_of(question, {})]

    assert told(two) == ["C-0-0", "C-2", sent.id]
    assert told(changed(two, containers=arrived)) == ["C-0-0", sent.id]
    assert told(moving) == ["C-2"]


def test_an_offer_is_withdrawn_with_what_withdraws_it() -> None:
    """Every open offer of the order, and nothing where none is open."""
    for form, step in ALL:
        here = question(form, step)
        if {"do": "withdraw"} in [dict(effect) for effect in here.checkpoint.effects]:
            offered = follow(">h5_accept" if form != "hospital" else ">h7_receive", form).order.offers
            bag = here.order.containers[0].id
            mine = changed(here, offers=(replace(offered[0], containers=(bag,)),))
            ids = before(form, step).fresh(here)
            assert {"do": "decline", "containers": [bag]} in effects_of(mine, ids), step
            assert "decline" not in {effect["do"] for effect in effects_of(changed(here, offers=()), ids)}


def test_the_identifiers_that_effects_want() -> None:
    """Nothing is allocated that no effect writes down."""
    assert {"issue_coi": ("coi",), "lot": ("lot",), "register": ("container", "din", "serial"), "ship": ("shipment",),
            "certify": ("certificate",)} == NEEDS_FRESH  # fmt: skip


def test_unused_labels_end_with_their_containers() -> None:
    """Of the kinds that are named, whatever became of their print; what was put on or filled stays."""
    here = question("frozen", "x_unused_factory")
    vessel, sample = here.order.of_kind("intermediate")[0], here.order.of_kind("sample")[0]
    lost = tuple(replace(p, state="uncertain") if p.container == sample.id else p for p in here.facts.pieces)
    found = effects_of(replace(here, facts=replace(here.facts, pieces=lost)), {})

    assert {effect.get("container") for effect in found} == {None, sample.id}
    assert [effect["to"] for effect in found if effect["do"] == "piece"] == ["destroyed"]
    assert with_container(here, vessel.id).order.container(vessel.id) == vessel


DAYS_END = {
    "Pacific/Kiritimati": "2027-11-02T09:59:00.000000Z",
    "Asia/Tokyo": "2027-11-02T14:59:00.000000Z",
    "Europe/Berlin": "2027-11-02T22:59:00.000000Z",
    "UTC": "2027-11-02T23:59:00.000000Z",
    "America/New_York": "2027-11-02T23:59:00.000000Z",
    "": "2027-11-02T09:59:00.000000Z",
}


@pytest.mark.parametrize(("zone", "ends"), DAYS_END.items())
def test_a_day_of_expiry_ends_where_it_was_assigned(zone: str, ends: str) -> None:
    """The end of the day in the zone of the site, never after the label's day in UTC; without a zone the earliest."""
    right = asked("h10_print")
    at = datetime(2026, 11, 2, 8, tzinfo=UTC)
    there = replace(right, at=at, facts=replace(right.facts, zone=zone))
    (effect,) = [each for each in effects_of(there, fresh("h10_print")) if each["do"] == "register"]

    assert effect["expires"] == ends


@pytest.mark.parametrize(
    ("day", "ends"), [((2027, 3, 28), "2027-03-28T21:59:00.000000Z"), ((2027, 10, 31), "2027-10-31T22:59:00.000000Z")]
)
def test_a_day_of_expiry_ends_by_the_summer_time_of_its_evening(day: tuple[int, int, int], ends: str) -> None:
    """On the days when the clocks change, the end of the day is told by the clock of that evening."""
    right = asked("h10_print")
    days = right.protocol.limits["product_expires_d"]
    at = datetime(*day, 12, tzinfo=UTC) - timedelta(days=days)
    there = replace(right, at=at, facts=replace(right.facts, zone="Europe/Berlin"))
    (effect,) = [each for each in effects_of(there, fresh("h10_print")) if each["do"] == "register"]

    assert effect["expires"] == ends
