"""A new label stands for one that is dead, so that two labels are never true."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import replaces
from coi.custody.reasons import Reason
from tests.coi.custody.paper import asked, code, foreign, own

RIGHT = asked("h9_transfer")
OLD = next(piece for piece in RIGHT.facts.pieces if piece.design == "collection_bag")
NEW = replace(OLD, id="NEW000000001", state="printed", replaces=OLD.id)
REASON = Reason("not_a_reprint", "container", "a label that replaces a dead one", "another")


@pytest.mark.parametrize(("state", "reasons"), [("voided", ()), ("spoiled", ()), ("destroyed", ()), ("returned", ()),
                                                ("applied", (REASON,)), ("printed", (REASON,)),
                                                ("uncertain", (REASON,))])  # fmt: skip
def test_the_old_label_is_dead(state: str, reasons: tuple[Reason, ...]) -> None:
    """While the old label lives, or may, the new one is not put on."""
    pieces = (replace(OLD, state=state), NEW)

    assert reasons == replaces.check(asked("h9_transfer", pieces=pieces, items=(own(NEW, RIGHT.order, RIGHT.at),)))


@pytest.mark.parametrize("before", [None, "UNKNOWN00001", ""])
def test_a_label_that_replaces_nothing_is_no_reprint(before: str | None) -> None:
    """A first print is put on by its own step."""
    item = own(replace(NEW, replaces=before), RIGHT.order, RIGHT.at)

    assert replaces.check(asked("h9_transfer", pieces=(replace(OLD, state="voided"),), items=(item,))) == (REASON,)


def test_others_labels_and_things_are_judged_elsewhere() -> None:
    """What is not ours or no label is refused by the comparison of orders; the own label after it is judged."""
    theirs = replace(foreign(OLD, RIGHT.at), piece=OLD)
    items = (theirs, code("seal", "SEA-1", RIGHT.at), own(OLD, RIGHT.order, RIGHT.at))

    assert replaces.check(asked("h9_transfer", items=items)) == (REASON,)


def test_a_paper_of_the_order_is_no_new_label() -> None:
    """It carries no piece."""
    item = replace(code("paper", "", RIGHT.at), whose="own")

    assert replaces.check(asked("h9_transfer", items=(item,))) == ()
