"""A dead label counts for nothing, and a live one only in the state that the step wants."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import piece_alive
from coi.custody.reasons import Reason
from tests.coi.custody.detours import ALL, question
from tests.coi.custody.paper import PROTOCOLS, asked, foreign, scanned, swapped

SLOTS = [
    (form, step, slot.name, slot.piece)
    for form, step in ALL
    for slot in PROTOCOLS[form].checkpoint(step).slots
    if slot.klass in {"container", "cassette", "wristband"}
]


@pytest.mark.parametrize(("form", "step", "slot", "wanted"), SLOTS)
@pytest.mark.parametrize("state", ["intended", "printed", "applied", "voided", "spoiled", "uncertain"])
def test_each_slot_takes_one_state_only(form: str, step: str, slot: str, wanted: str, state: str) -> None:
    """Printed where this very scan proves the application, applied everywhere else, and never a dead one."""
    item = scanned(question(form, step), slot)
    assert item.piece is not None
    found = piece_alive.check(
        swapped(question(form, step), slot, replace(item, piece=replace(item.piece, state=state)))
    )

    if state == wanted:
        assert found == ()
    elif state in {"printed", "applied"}:
        code = "not_applied" if wanted == "applied" else "already_applied"
        assert found == (Reason(code, slot, wanted, state),)
    else:
        assert found == (Reason("dead_piece", item.klass, "a live label", f"{state}, …{item.piece.id[-4:]}"),)


def test_another_orders_label_is_not_judged_here() -> None:
    """Whether it lives is its own order's business."""
    right = asked("h9_transfer")
    piece = replace(right.facts.pieces[0], state="voided", role="container")
    theirs = replace(foreign(piece, right.at), piece=piece)

    assert piece_alive.check(swapped(right, "bag", theirs)) == ()


def test_what_is_no_label_has_no_life() -> None:
    """Seals and places carry no piece, and the labels after them are judged all the same."""
    right = asked("h12_pack")
    dead = scanned(right, "product")
    assert dead.piece is not None
    assert piece_alive.check(right) == ()

    assert [
        reason.code
        for reason in piece_alive.check(
            swapped(right, "product", replace(dead, piece=replace(dead.piece, state="voided")))
        )
    ] == ["dead_piece"]


def test_a_paper_of_the_order_is_no_label() -> None:
    """It carries no piece; that the step does not want it, another check says."""
    right = asked("h9_transfer")
    paper = replace(scanned(right, "bag"), klass="paper", piece=None, container=None)
    bare = replace(scanned(right, "bag"), piece=None)

    assert piece_alive.check(swapped(right, "bag", paper)) == ()
    assert piece_alive.check(swapped(right, "bag", bare)) == ()


def test_another_orders_label_in_another_state_is_not_judged_here() -> None:
    """Printed or applied, it is refused by the comparison of orders."""
    right = asked("h9_transfer")
    item = scanned(right, "bag")
    assert item.piece is not None

    assert (
        piece_alive.check(
            swapped(right, "bag", replace(item, whose="other", piece=replace(item.piece, state="printed")))
        )
        == ()
    )


def test_every_label_in_one_slot_is_judged() -> None:
    """A right label in front does not hide one behind it that was never stuck on."""
    right = asked("h9_transfer")
    item = scanned(right, "bag")
    assert item.piece is not None
    loose = replace(item, piece=replace(item.piece, state="printed"))

    for found in ((item, loose), (loose, item)):
        assert (Reason("not_applied", "bag", "applied", "printed"),) == piece_alive.check(swapped(right, "bag", *found))
