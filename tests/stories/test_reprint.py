"""A label is damaged: the old one dies, a new one is printed, put on, scanned back, and the order goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coi.custody import actions
from coi.custody import protocol as protocols
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
    "the product in the freezer": ("h12_pack", "drug_product", "mfg_operator", "manufacturing"),
    "the product at the hospital": ("h13_store", "drug_product", "cell_lab", "treatment"),
    "the thawed bag": ("h15_issue", "drug_product", "pharmacist", "treatment"),
    "the wristband before the infusion": ("h16_start", "wristband", "pharmacist", "treatment"),
}


def label(story: Story, what: str) -> Piece:
    """Return the live label of a kind of thing."""
    road = story.world.road
    order = road.order(story.name)
    if what == "wristband":
        return road.piece(order, "wristband", None, "applied")
    return road.piece(order, "container", order.of_kind(what)[-1].id, "applied")


def reprint(story: Story, deed: Deed, piece: Piece, why: str = "damaged") -> Piece:
    """Reprint a label and return the new one."""
    story.world.database.run(lambda session: actions.reprint(session, deed, story.name, piece.id, why))
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
    slot = next(s.name for s in protocols.for_product("CRYO-CAR-T").checkpoint(step).slots if what in {s.kind, s.klass})

    new = reprint(story, deed, old)
    too_early = road.do(name, step, instead={s: road.read_piece(new, linear=s == "product_bar") for s in both(slot)})
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
    assert (states[old.id], states[new.id]) == ("voided", "applied")
    assert "already_applied" in story.world.codes(again)
    assert order.did(step) is not None
    story.world.is_whole()


def both(slot: str) -> tuple[str, ...]:
    """Return the slots that one label fills at the bedside, or the one slot."""
    return ("product", "product_bar") if slot == "product_bar" else (slot,)


def able(story: Story) -> tuple[str, str]:
    """Return a role and site that may put a new label on, where the thing is."""
    order = story.world.road.order(story.name)
    site = (order.custodian or "").split("/")[0]
    return next((role, site) for role in protocols.RELABELLERS if (role, site) in story.world.road.cast)


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
