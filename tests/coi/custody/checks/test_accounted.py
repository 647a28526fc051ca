"""An order closes when every container and every label has an end that is written down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import accounted
from coi.custody.reasons import Reason
from tests.coi.custody.paper import asked, changed

RIGHT = asked("h17_reconcile")
BAG, VESSEL, PRODUCT = RIGHT.order.containers
BAND = next(piece for piece in RIGHT.facts.pieces if piece.role == "wristband")


@pytest.mark.parametrize("state", ["consumed", "administered", "destroyed"])
def test_a_container_with_an_end_is_accounted_for(state: str) -> None:
    """Consumed, administered and destroyed are ends."""
    assert accounted.check(changed(RIGHT, containers=(replace(PRODUCT, state=state),))) == ()


@pytest.mark.parametrize("state", ["registered", "stored", "thawed", "infusing", "sealed"])
def test_a_container_without_an_end_keeps_the_order_open(state: str) -> None:
    """Every container that is somewhere is named with its kind and state."""
    order = (replace(BAG, state=state), VESSEL, replace(PRODUCT, state=state))

    assert (
        Reason("unaccounted_container", "starting_material", "a final disposition", state),
        Reason("unaccounted_container", "drug_product", "a final disposition", state),
    ) == accounted.check(changed(RIGHT, containers=order))


@pytest.mark.parametrize(("state", "open_"), [("intended", True), ("printed", True), ("uncertain", True),
                                              ("applied", False), ("voided", False), ("spoiled", False)])  # fmt: skip
def test_a_label_whose_fate_nobody_knows_keeps_the_order_open(state: str, open_: bool) -> None:  # noqa: FBT001  a case
    """The limit for identity labels is zero."""
    reason = Reason("unaccounted_piece", "wristband", "applied, voided or spoiled", f"{state}, …{BAND.id[-4:]}")

    assert ((reason,) if open_ else ()) == accounted.check(asked("h17_reconcile", pieces=(replace(BAND, state=state),)))
