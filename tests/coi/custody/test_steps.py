"""Which steps could come next, and what a slot can be filled with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.protocol import PATIENT_BOUND
from coi.custody.steps import WHEN, candidates, is_next, open_for, step_of, waiting
from coi.custody.verdict import Accepted, decide
from coi.errors import Unknown
from tests.coi.custody import paper
from tests.coi.custody.detours import ALL, before, follow
from tests.coi.custody.paper import PROTOCOL, PROTOCOLS, asked, moment, road, sheet

FORMS = list(PROTOCOLS)


@pytest.mark.parametrize(("form", "step"), ALL)
def test_what_may_be_done_is_open(form: str, step: str) -> None:
    """No step that the judges would accept is missing from what could come next, of the road or beside it."""
    here = before(form, step)

    assert step in [each.id for each in open_for(here.protocol, here.order)]


@pytest.mark.parametrize(("form", "step"), ALL)
def test_what_cannot_be_done_is_not_open(form: str, step: str) -> None:
    """In another state, without the deeds before it, once it was done, or where nothing waits for it."""
    here = before(form, step)
    given, order = here.step(step), here.order

    assert not is_next(given, replace(order, state="RECONCILED"))
    if given.needs:
        assert not is_next(given, replace(order, done=()))
    if not given.repeat:
        after = here.do(step).order
        assert not is_next(given, replace(after, state=order.state))
    if any(slot.klass in PATIENT_BOUND and not slot.optional for slot in given.slots):
        assert not is_next(given, replace(order, containers=()))
    if given.takes:
        assert not is_next(given, replace(order, offers=()))
        elsewhere = tuple(replace(offer, to="S-X") for offer in order.offers)
        assert not is_next(given, replace(order, offers=elsewhere))
    elif any(slot.klass == "shipper" for slot in given.slots) and "fresh_shipment" not in given.checks:
        assert not is_next(given, replace(order, shipments=()))
        far = tuple(replace(held, custodian="S-X") for held in order.containers)
        assert not is_next(given, replace(order, containers=far))


def test_a_step_at_a_site_that_the_order_has_not_is_never_next() -> None:
    """What is made in the house has no courier, and an order without a depot no depot."""
    here = before("frozen", "h6_accept")
    without = tuple(site for site in here.order.sites if site[0] != "depot")

    assert here.step("h6_accept").point(replace(here.order, sites=without)) == ""
    assert not is_next(here.step("h6_accept"), replace(here.order, sites=without))


@pytest.mark.parametrize("form", FORMS)
def test_at_the_end_nothing_is_open(form: str) -> None:
    """A closed order has no next step."""
    assert open_for(PROTOCOLS[form], road(0, form)[1]) == ()


def test_a_declined_offer_may_be_made_again() -> None:
    """Without the offer the taker's step closes and the giver's opens again; once taken, it stays closed."""
    offered = moment("h5_accept").asked.order
    declined = replace(offered, offers=())

    def road_ahead(order: object) -> list[str]:
        return [each.id for each in open_for(PROTOCOL, order) if not each.side]  # type: ignore[arg-type]

    assert road_ahead(offered) == ["h5_bench", "h5_accept"]
    assert road_ahead(declined) == ["h5_bench", "h5_offer"]
    assert "h5_offer" not in road_ahead(moment("h7_deliver").asked.order)


@pytest.mark.parametrize(("form", "step"), ALL)
def test_a_slot_waits_for_its_kind_in_its_states_where_it_is(form: str, step: str) -> None:
    """Of each container that waits, kind, state and custody are right; what no container fills, anything could."""
    here = before(form, step)
    given, order = here.step(step), here.order

    for slot in given.slots:
        if slot.klass not in PATIENT_BOUND:
            assert candidates(given, slot, order) == (slot,)
            continue
        found = waiting(given, slot, order)
        assert found == candidates(given, slot, order)
        assert found
        for held in found:
            assert (held.kind, held.state in slot.states) == (slot.kind, True)
            offer = order.offered(held.id)
            if given.takes:
                assert offer is not None
                assert offer.to == given.point(order)
            else:
                assert held.custodian in {None, given.point(order)}
        assert waiting(given, slot, replace(order, containers=())) == ()
        gone = tuple(replace(held, custodian="S-X") for held in order.containers)
        if not given.takes:
            assert waiting(given, slot, replace(order, containers=gone)) == ()


@pytest.mark.parametrize(
    ("step", "order"),
    [
        ("h14_preflight", {"containers": ()}),
        ("h5_pack", {"facts": ()}),
        ("h14_thaw", {"facts": ()}),
    ],
)
def test_what_lacks_its_ground_is_not_next(step: str, order: dict[str, tuple[()]]) -> None:
    """A preflight without a bag, a packing without a bench, a thaw without a preflight wait for nobody."""
    here = sheet(step)

    assert is_next(here.step(step), here.order)
    assert not is_next(here.step(step), replace(here.order, **order))  # type: ignore[arg-type]


def test_from_the_release_on_only_the_certificate_s_bags_wait() -> None:
    """Another lot of the same patient is not offered for the dose."""
    here = sheet("h14_retrieve")
    step = here.step("h14_retrieve")
    listed = here.order.certificate
    assert listed is not None
    other = replace(here.order, certificate=replace(listed, containers=("C-9",)))

    assert [held.id for held in waiting(step, step.slot("product"), here.order)] == list(listed.containers)
    assert waiting(step, step.slot("product"), other) == ()


def test_the_conditions_under_which_a_state_is_reached() -> None:
    """Nothing waits any more; every bag of the dose has its end; without a dose nothing has ended."""
    two = follow(">h10_print / h10_print bags=2 / >h13_store")
    step = two.step("h13_store")

    assert not WHEN["none_left"](step, two.order)
    one = two.do("h13_store")
    assert (one.order.state, WHEN["none_left"](step, one.order)) == ("RECEIVED_AT_SITE", False)
    last = one.do("h13_store")
    assert (last.order.state, WHEN["none_left"](step, last.order)) == ("STORED_AT_SITE", True)
    assert not WHEN["dose_done"](step, last.order)
    assert not WHEN["dose_done"](step, replace(last.order, certificate=None))
    assert WHEN["dose_done"](step, road(0)[1])


WHERE = {
    ("h2_print", "wristband"): ("collection", ""),
    ("h2_print", "starting_material"): ("collection", ""),
    ("h2_print", "drug_product"): ("collection", ""),
    ("h4_end", "starting_material"): ("collection", ""),
    ("h7_deliver", "starting_material"): ("courier", ""),
    ("h9_transfer", "starting_material"): ("manufacturing", ""),
    ("h9_transfer", "intermediate"): ("manufacturing", ""),
    ("h9_sample", "sample"): ("manufacturing", ""),
    ("h11_qc", "wristband"): ("collection", ""),
    ("h12_pick", "wristband"): ("treatment", ""),
    ("h14_thaw", "cassette"): ("treatment", "lab"),
    ("h14_thaw", "drug_product"): ("treatment", "lab"),
    ("h16_start", "wristband"): ("treatment", ""),
    ("h16_start", "drug_product"): ("treatment", "ward"),
}


@pytest.mark.parametrize(("step", "what"), WHERE)
def test_a_new_label_is_put_on_where_the_thing_is(step: str, what: str) -> None:
    """The gate of a relabelling stands at the custodian's point, takes one printed label and two signatures."""
    found = step_of(PROTOCOL, moment(step).asked.order, f"relabel_{what}")
    slots = {"wristband": ("wristband", None, "printed"), "cassette": ("cassette", "drug_product", "printed")}

    assert (found.site, found.unit) == WHERE[step, what]
    assert [(slot.klass, slot.kind, slot.piece) for slot in found.slots] == [
        slots.get(what, ("container", what, "printed"))
    ]
    assert found.checks == ("replaces_dead",)
    assert found.sign is not None
    assert len(found.sign.by) == 2
    assert found.effects == ({"do": "piece", "slot": "label", "to": "applied"},)
    assert found.to is None


def test_what_is_at_no_site_of_the_order_is_relabelled_at_the_collection() -> None:
    """A custodian that plays no part in the order names no gate of its own."""
    order = moment("h16_start").asked.order
    far = replace(order, containers=tuple(replace(held, custodian="S-FAR/x") for held in order.containers))

    assert step_of(PROTOCOL, far, "relabel_drug_product").site == "collection"


def test_only_known_things_are_relabelled() -> None:
    """Another name is no gate; the name of a step is that step."""
    order = moment("h5_pack").asked.order

    assert step_of(PROTOCOL, order, "h5_pack") is PROTOCOL.checkpoint("h5_pack")
    with pytest.raises(
        Unknown, match=r"Expected relabel_ and wristband, cassette or one of .*, seen 'relabel_patient'."
    ):
        step_of(PROTOCOL, order, "relabel_patient")


def test_a_relabelling_with_a_reprint_is_accepted_and_with_anything_else_refused() -> None:
    """The reprint of a dead label goes on; the old label, another's, and a label that replaces nothing do not."""
    right = asked("h5_pack")
    step = step_of(PROTOCOL, right.order, "relabel_starting_material")
    old = next(piece for piece in right.facts.pieces if piece.design == "collection_bag")
    dead, new = replace(old, state="voided"), replace(old, id="NEW000000001", state="printed", replaces=old.id)
    pieces = (*(piece for piece in right.facts.pieces if piece.id != old.id), dead, new)

    def verdict(*items: object) -> set[str]:
        facts = replace(right.facts, items=items, pieces=pieces)  # type: ignore[arg-type]
        found = decide(replace(right, checkpoint=step, facts=facts), {})
        return set() if isinstance(found, Accepted) else paper.codes(found)

    assert verdict(paper.own(new, right.order, right.at)) == set()
    assert "dead_piece" in verdict(paper.own(dead, right.order, right.at))
    assert "not_a_reprint" in verdict(paper.own(replace(new, replaces=None), right.order, right.at))
    assert "other_order" in verdict(paper.foreign(new, right.at))
    assert "missing" in verdict()
    assert "bar_alone" in verdict(paper.own(new, right.order, right.at, linear=True))
