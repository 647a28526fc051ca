"""An order closes when every container and every label has an end that is written down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import accounted
from coi.custody.order import CONTAINER_STATES, FINAL_CONTAINER
from coi.custody.reasons import Reason
from tests.coi.custody.paper import asked, changed

RIGHT = asked("h17_reconcile")
BAG, VESSEL, SAMPLE, PRODUCT = RIGHT.order.containers
BAND = next(piece for piece in RIGHT.facts.pieces if piece.role == "wristband")


@pytest.mark.parametrize("state", sorted(FINAL_CONTAINER))
def test_a_container_with_an_end_is_accounted_for(state: str) -> None:
    """Consumed, given whole or in part, destroyed, returned and tested are ends."""
    assert accounted.check(changed(RIGHT, containers=(replace(PRODUCT, state=state),))) == ()


@pytest.mark.parametrize("state", sorted(set(CONTAINER_STATES) - FINAL_CONTAINER))
def test_a_container_without_an_end_keeps_the_order_open(state: str) -> None:
    """Every container that is somewhere is named with its kind and state."""
    order = (replace(BAG, state=state), VESSEL, replace(PRODUCT, state=state))

    assert (
        Reason("unaccounted_container", "starting_material", "a final disposition", state),
        Reason("unaccounted_container", "drug_product", "a final disposition", state),
    ) == accounted.check(changed(RIGHT, containers=order))


@pytest.mark.parametrize(("state", "open_"), [("intended", True), ("printed", True), ("uncertain", True),
                                              ("voided", True), ("applied", False), ("spoiled", False),
                                              ("destroyed", False), ("returned", False)])  # fmt: skip
def test_a_label_whose_fate_nobody_knows_keeps_the_order_open(state: str, open_: bool) -> None:  # noqa: FBT001  a case
    """The limit for identity labels is zero."""
    reason = Reason("unaccounted_piece", "wristband", "applied, or its fate told", f"{state}, …{BAND.id[-4:]}")

    assert ((reason,) if open_ else ()) == accounted.check(asked("h17_reconcile", pieces=(replace(BAND, state=state),)))


def test_the_line_closes_when_no_printed_label_waits() -> None:
    """A vessel, a sample or a final bag that was never filled keeps the line open; a further donation does not."""
    right = asked("h10_close")
    waits = [replace(held, state="registered") for held in (VESSEL, SAMPLE, PRODUCT)]

    assert accounted.labels_used(right) == ()
    assert accounted.labels_used(changed(right, containers=(replace(BAG, state="registered"),))) == ()
    assert accounted.labels_used(changed(right, containers=tuple(waits))) == tuple(
        Reason("unaccounted_container", held.kind, "filled, or its label destroyed", "registered") for held in waits
    )
