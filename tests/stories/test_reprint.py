"""A label is damaged: the old one dies, a new one is printed, put on, scanned back, and the order goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from coi.custody import endings, printing, steps
from coi.custody import protocol_register as protocols
from coi.errors import Malformed, NotPermitted
from coi.labelling import store as pieces

if TYPE_CHECKING:
    from coi.custody.deed import Deed
    from coi.labelling.pieces import Piece
    from tests.journeys import Story
    from tests.moments import MakeStory

CASES = {
    "the bag before it is packed": ("h5_pack", "starting_material", "collection_operator", "collection"),
    "the bag at the factory": ("h8_start", "starting_material", "mfg_operator", "manufacturing"),
    "the vessel": ("h10_print", "intermediate", "mfg_operator", "manufacturing"),
    "the product in the freezer": ("h12_pick", "drug_product", "mfg_operator", "manufacturing"),
    "the product at the hospital": ("h14_retrieve", "drug_product", "cell_lab", "treatment"),
    "the cassette at the hospital": ("h14_retrieve", "cassette", "cell_lab", "treatment"),
    "the wristband before the infusion": ("h16_start", "wristband", "pharmacist", "treatment"),
}
NEAR = {
    "the bag that was received": ("h13_store", "r9_lab", "cell_lab"),
    "the bag out of the freezer": ("h14_thaw", "r9_lab", "cell_lab"),
    "the thawed bag": ("h15_issue", "r9_lab", "pharmacist"),
    "the bag at the bedside": ("h16_start", "r9_ward", "pharmacist"),
}
"""Moments near the patient: the step that waits, where the bag's identity is established again, and who reprints."""


def label(story: Story, what: str) -> Piece:
    """Return the live label of a kind of thing."""
    road = story.world.road
    order = road.order(story.name)
    if what == "wristband":
        return road.piece(order, "wristband", None, "applied")
    role, kind = ("cassette", "drug_product") if what == "cassette" else ("container", what)
    return road.piece(order, role, order.of_kind(kind)[-1].id, "applied")


def reprint(story: Story, deed: Deed, piece: Piece, why: str = "damaged") -> Piece:
    """Tell the fate of a label before a second person, reprint it, and return the new one."""
    auths, fate = story.world.two(deed), "destroyed"
    story.world.database.run(lambda session: printing.reprint(session, deed, story.name, piece.id, why, fate, auths))
    story.world.road.print_queued()
    found = story.world.database.read(lambda session: pieces.of_order(session, story.name))
    return next(new for new in found if new.replaces == piece.id)


@pytest.mark.parametrize(("step", "what", "role", "site"), CASES.values(), ids=CASES)
def test_a_damaged_label_is_replaced_and_the_order_goes_on(
    before: MakeStory, step: str, what: str, role: str, site: str
) -> None:
    """The old label is dead from the reprint on; the new one counts only after two persons scanned it back."""
    story = before(step)
    road, name = story.world.road, story.name
    deed = road.deed(role, road.sites[site])
    old = label(story, what)
    slots = protocols.for_product("CRYO-CAR-T").checkpoint(step).slots
    wanted = {"wristband": ("wristband", None), "cassette": ("cassette", "drug_product")}.get(what, ("container", what))
    slot = next(s.name for s in slots if (s.klass, s.kind) == wanted)

    new = reprint(story, deed, old)
    scan = {s: road.read_piece(new, linear=s == "product_bar") for s in both(slot)}
    too_early = road.do(name, step, instead=scan, patient=story.world.patient(0))
    put_on = road.do(name, f"relabel_{what}", actor=road.deed(*able(story)))
    again = road.do(
        name, f"relabel_{what}", actor=road.deed(*able(story)), instead={"label": road.read_piece(new, linear=False)}
    )
    order = road.carry(name, step, story.world.patient(0))

    states = {p.id: p.state for p in story.world.database.read(lambda session: pieces.of_order(session, name))}
    assert (new.state, new.container, new.role) == ("printed", old.container, old.role)
    assert "not_applied" in story.world.codes(too_early)
    assert too_early.outcome == "blocked"
    assert too_early.holds == ()
    assert put_on.outcome == "accepted"
    assert len(put_on.entry.sig) == 2
    assert (states[old.id], states[new.id]) == ("destroyed", "applied")
    assert "already_applied" in story.world.codes(again)
    assert order.did(step) is not None
    story.world.is_whole()


def both(slot: str) -> tuple[str, ...]:
    """Return the slots that one label fills at the bedside, or the one slot."""
    return ("product", "product_bar") if slot == "product_bar" else (slot,)


def able(story: Story) -> tuple[str, str]:
    """Return a role and site that may put a new label on, where the thing is."""
    order = story.world.road.order(story.name)
    site = next(c.custodian for c in reversed(order.containers) if c.live and c.custodian).split("/")[0]
    return next((role, site) for role in steps.RELABELLERS if (role, site) in story.world.road.cast)


@pytest.mark.parametrize(("step", "r9", "role"), NEAR.values(), ids=NEAR)
def test_near_the_patient_two_persons_and_quality_establish_first_whose_it_is(
    before: MakeStory, step: str, r9: str, role: str
) -> None:
    """A new label alone is refused; keyed blind by two and signed by quality it is printed, put on, and it goes on."""
    story = before(step)
    road, name = story.world.road, story.name
    deed = road.deed(role, road.sites["treatment"])
    old = label(story, "drug_product")
    began = road.clock.now

    with pytest.raises(NotPermitted, match="establish this bag's identity again first"):
        reprint(story, deed, old)
    keyed = road.do(name, r9)
    new = reprint(story, replace(deed, at=road.clock()), old)
    put_on = road.do(name, "relabel_drug_product", actor=road.deed(*able(story)))
    drilled = road.clock.now - began
    done = road.do(name, step, patient=story.world.patient(0))

    assert (keyed.outcome, len(keyed.entry.sig)) == ("accepted", 3)
    assert put_on.outcome == "accepted"
    assert (done.outcome, done.reasons) == ("accepted", ())
    assert drilled <= timedelta(minutes=15)  # two deeds of the road, each with seven minutes behind it
    assert (old.id == new.id, new.container) == (False, old.container)
    story.world.is_whole()


WRONG = {
    "the second person reads otherwise": {"piece_second": "another"},
    "both read another label": {"piece_first": "another", "piece_second": "another"},
    "the last four alone": {"piece_first": "tail", "piece_second": "tail"},
    "nobody keyed a second time": {"piece_second": ""},
}


@pytest.mark.parametrize("how", WRONG.values(), ids=WRONG)
def test_what_is_keyed_must_be_one_live_label_twice(before: MakeStory, how: dict[str, str]) -> None:
    """Anything but the whole number of one live label here, twice, establishes nothing, and no label is printed."""
    story = before("h16_start")
    road, name = story.world.road, story.name
    old = label(story, "drug_product")
    theirs = road.piece(road.order(story.other), "container", road.order(story.other).containers[-1].id, "applied")
    words = {"another": theirs.id, "tail": old.id[-4:], "": ""}
    said = {**road.said(road.order(name), "r9_ward"), **{key: words[word] for key, word in how.items()}}

    done = road.do(name, "r9_ward", values=said)

    assert done.outcome == "blocked"
    assert theirs.id.encode() not in done.entry.body
    with pytest.raises(NotPermitted, match="establish this bag's identity again first"):
        reprint(story, road.deed("pharmacist", road.sites["treatment"]), old)


def test_what_was_established_stands_half_an_hour_and_for_one_label(before: MakeStory) -> None:
    """Later, or for the label that came after, it is keyed and signed anew."""
    story = before("h16_start")
    road, name = story.world.road, story.name
    old = label(story, "drug_product")
    road.do(name, "r9_ward")
    pharmacist = road.deed("pharmacist", road.sites["treatment"])
    late = replace(pharmacist, at=road.clock.now + timedelta(minutes=31))

    with pytest.raises(NotPermitted, match="establish this bag's identity again first"):
        reprint(story, late, old)
    new = reprint(story, replace(pharmacist, at=road.clock()), old)
    road.do(name, "relabel_drug_product", actor=road.deed(*able(story)))
    with pytest.raises(NotPermitted, match="establish this bag's identity again first"):
        reprint(story, replace(pharmacist, at=road.clock()), label(story, "drug_product"))
    assert label(story, "drug_product").id == new.id


def test_the_old_label_is_dead_from_the_reprint_on(before: MakeStory) -> None:
    """Scanned back in place of the new one it is refused, and the bag is held."""
    story = before("h8_start")
    road = story.world.road
    old = label(story, "starting_material")
    reprint(story, road.deed("mfg_operator", road.sites["manufacturing"]), old)

    done = road.do(story.name, "relabel_starting_material", instead={"label": road.read_piece(old, linear=False)})

    assert {"dead_piece", "not_a_reprint"} <= story.world.codes(done)
    assert len(done.holds) == 1


def test_the_new_label_of_another_patient_is_not_put_on(before: MakeStory) -> None:
    """A reprint of another order, fresh from the printer, fits no bag of ours."""
    story = before("h8_start")
    road = story.world.road
    deed = road.deed("mfg_operator", road.sites["manufacturing"])
    reprint(story, deed, label(story, "starting_material"))
    order = road.order(story.other)
    theirs = road.piece(order, "container", order.of_kind("drug_product")[-1].id, "applied")

    done = road.do(story.name, "relabel_starting_material", instead={"label": road.read_piece(theirs, linear=False)})

    assert "other_order" in story.world.codes(done)


RECEIPTS = {"h7_receive": ("starting_material", "manufacturing"), "h13_receive": ("drug_product", "treatment")}
"""Receipts from a courier: what arrives, and who holds it in the hand while it is the courier's still."""


@pytest.mark.parametrize(("receipt", "what", "site"), [(step, *case) for step, case in RECEIPTS.items()])
def test_a_label_that_arrives_unreadable_is_printed_again_by_who_has_it_in_the_hand(
    before: MakeStory, receipt: str, what: str, site: str
) -> None:
    """A courier prints nothing: while custody is held out, the receiver prints; before that, nobody there does."""
    story = before(receipt)
    road, old = story.world.road, label(story, what)
    order = road.order(story.name)
    assert order.offer is not None
    carried = replace(order, offers=())

    offered, under_way = story.world.database.read(
        lambda session: [endings.lies_at(session, each, old) for each in (order, carried)]
    )
    new = reprint(story, road.deed(*printer(story, site)), old, "unreadable")

    assert offered == {road.sites["courier"], road.sites[site]}
    assert under_way == {road.sites["courier"]}
    assert (new.state, new.site) == ("printed", road.sites[site])


@pytest.mark.parametrize(("receipt", "what"), [(step, what) for step, (what, _) in RECEIPTS.items()])
def test_what_arrived_under_an_unreadable_label_waits_for_quality_and_goes_on(
    before: MakeStory, receipt: str, what: str
) -> None:
    """Custody passes into quarantine under the new label; two put it on, quality lifts the hold, and it goes on."""
    story = before(receipt)
    road, name = story.world.road, story.name
    then = {"h7_receive": "h7_accept", "h13_receive": "h13_store"}[receipt]
    new = story.world.reprint(name, label(story, what), "unreadable")
    slot = {"starting_material": "bag", "drug_product": "product"}[what]

    received = road.do(name, receipt, instead={slot: road.read_piece(new, linear=False)})
    put_on = road.do(name, f"relabel_{what}", actor=road.deed(*able(story)))
    held = road.do(name, then)
    lifted = story.world.lift_holds()
    order = road.carry(name, then, story.world.patient(0))

    assert (received.outcome, story.world.codes(received)) == ("quarantined", {"not_applied"})
    assert story.world.last(name, "hold.placed").stmt["kind"] == "identity"
    assert received.order.custodian == received.checkpoint.point(received.order)
    assert put_on.outcome == "accepted"
    assert story.world.codes(held) == {"held"}
    assert lifted == 1
    assert order.did(then) is not None
    story.world.is_whole()


def printer(story: Story, site: str) -> tuple[str, str]:
    """Return a role that prints labels again at a site, and the site."""
    at = story.world.road.sites[site]
    return next((role, at) for role in printing.REPRINTERS if (role, at) in story.world.road.cast)


REFUSED: dict[str, tuple[str, str, str, type[Exception], str]] = {
    "by a physician": ("physician", "treatment", "damaged", NotPermitted, "Expected one of"),
    "for fun": ("mfg_operator", "manufacturing", "fun", Malformed, "Expected one of"),
}


@pytest.mark.parametrize(("role", "site", "why", "error", "said"), REFUSED.values(), ids=REFUSED)
def test_not_everybody_and_not_for_every_reason(
    before: MakeStory, role: str, site: str, why: str, error: type[Exception], said: str
) -> None:
    """A role that labels nothing, or a reason off the list: nothing is voided."""
    story = before("h8_start")
    piece = label(story, "starting_material")

    with pytest.raises(error, match=said):
        reprint(story, story.world.road.deed(role, story.world.road.sites[site]), piece, why)

    assert label(story, "starting_material") == piece


def test_a_dead_label_is_not_reprinted_again_nor_one_of_another_order(before: MakeStory) -> None:
    """The successor is what counts; another order's label is none of ours, and a used-up bag needs none."""
    story = before("h10_print")
    road = story.world.road
    deed = road.deed("mfg_operator", road.sites["manufacturing"])
    old = label(story, "intermediate")
    reprint(story, deed, old)
    theirs = road.piece(road.order(story.other), "wristband", None, "applied")

    for piece in (old, theirs):
        with pytest.raises(Malformed, match=r"Expected a piece of this order that is not dead yet, seen another\."):
            reprint(story, deed, piece)
    with pytest.raises(Malformed, match=r"Expected a container that is still in use, seen one that is consumed\."):
        reprint(story, deed, label(story, "starting_material"))
