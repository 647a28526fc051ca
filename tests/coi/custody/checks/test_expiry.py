"""What has expired at this instant does not move on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coi.custody.checks import expiry
from coi.custody.reasons import Reason
from tests.coi.custody.paper import PROTOCOL, asked, changed

WITH = [
    step.id
    for step in PROTOCOL.checkpoints
    if not step.records_only and any(held.expires is not None for held in asked(step.id).containers())
]


@pytest.mark.parametrize("step", WITH)
def test_at_its_expiry_it_has_expired(step: str) -> None:
    """A microsecond before it passes; at the instant it is refused, at every step that moves it."""
    right = asked(step)
    held = next(held for held in right.containers() if held.expires is not None)
    assert held.expires is not None
    text = f"{held.expires:%Y-%m-%d %H:%M} UTC"

    assert expiry.check(replace(right, at=held.expires - timedelta(microseconds=1))) == ()
    assert [reason.code for reason in expiry.check(replace(right, at=held.expires + timedelta(days=9)))] == ["expired"]
    assert expiry.check(replace(right, at=held.expires)) == (Reason("expired", held.kind, f"before {text}", text),)


def test_the_record_of_an_infusion_is_never_stopped_by_an_expiry() -> None:
    """What lawfully began is recorded, though the bag expired meanwhile."""
    right = asked("h17_end")

    assert expiry.check(replace(right, at=right.at + timedelta(days=900))) == ()


def test_a_product_without_an_expiry_is_refused() -> None:
    """Missing is not never; material on its way through the process has no expiry of its own."""
    right = asked("h14_ready")
    product = right.order.of_kind("drug_product")[0]
    vessel = right.order.of_kind("intermediate")[0]
    order = (replace(product, expires=None), replace(vessel, state="in_process", expires=None))

    assert expiry.check(changed(right, containers=order)) == (Reason("no_expiry", "drug_product", "an expiry", "none"),)


def test_every_container_that_moves_is_judged() -> None:
    """Two expired bags are two reasons."""
    right = asked("h14_ready")
    product = right.order.of_kind("drug_product")[0]
    two = (replace(product, expires=right.at), replace(product, id="C-2", expires=right.at))

    assert [reason.code for reason in expiry.check(changed(right, containers=two))] == ["expired", "expired"]
