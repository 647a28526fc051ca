"""What has expired at this instant does not move on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from coi.custody.checks import expiry
from coi.custody.reasons import Reason
from tests.coi.custody.detours import question, those
from tests.coi.custody.paper import asked, changed, with_container

if TYPE_CHECKING:
    from coi.custody.asked import Item

FREE = those(lambda step: step.records_only or step.stops or step.carries)
WITH = [
    (form, step)
    for form, step in those(lambda step: not (step.records_only or step.stops or step.carries))
    if any(held.expires is not None for held in question(form, step).containers())
]


@pytest.mark.parametrize(("form", "step"), WITH)
def test_at_its_expiry_it_has_expired(form: str, step: str) -> None:
    """A microsecond before it passes; at the instant it is refused, at every step that moves it."""
    right = question(form, step)
    held = next(held for held in right.containers() if held.expires is not None)
    assert held.expires is not None
    text = f"{held.expires:%Y-%m-%d %H:%M} UTC"

    assert expiry.check(replace(right, at=held.expires - timedelta(microseconds=1))) == ()
    assert [reason.code for reason in expiry.check(replace(right, at=held.expires + timedelta(days=9)))] == ["expired"]
    assert expiry.check(replace(right, at=held.expires)) == (Reason("expired", held.kind, f"before {text}", text),)


@pytest.mark.parametrize(("form", "step"), FREE)
def test_what_takes_off_the_road_or_records_is_never_stopped_by_an_expiry(form: str, step: str) -> None:
    """What began is recorded, what must go is destroyed or sent back, and what is on its way arrives."""
    right = question(form, step)

    assert expiry.check(replace(right, at=right.at + timedelta(days=900))) == ()


def test_a_product_without_an_expiry_is_refused() -> None:
    """Missing is not never; material on its way through the process has no expiry of its own."""
    right = asked("h14_thaw")
    bare = with_container(right, right.containers()[0].id, expires=None)

    assert expiry.check(bare) == (Reason("no_expiry", "drug_product", "an expiry", "none"),)
    assert asked("h9_sample_print").containers()[0].expires is None
    assert expiry.check(asked("h9_sample_print")) == ()


def test_every_container_that_moves_is_judged() -> None:
    """Two expired bags are two reasons."""
    right = asked("h14_ready", items=())
    product = right.order.of_kind("drug_product")[0]
    two = (replace(product, expires=right.at), replace(product, id="C-2", expires=right.at))

    assert right.order.certificate is not None
    both = replace(right.order.certificate, containers=tuple(held.id for held in two))

    assert [reason.code for reason in expiry.check(changed(right, containers=two, certificate=both))] == ["expired"] * 2


@pytest.mark.parametrize("beside", [(), asked("h5_pack").facts.items[-1:]], ids=["nothing", "a thing"])
def test_cells_in_reserve_are_not_judged_where_nothing_is_scanned(beside: tuple[Item, ...]) -> None:
    """A bag of the collection that lapsed stops no release of the product, whatever thing was scanned beside."""
    assert all(item.container is None for item in beside)
    right = asked("h14_ready", items=beside)
    bag = replace(right.order.of_kind("starting_material")[0], state="accepted", expires=right.at)

    assert expiry.check(changed(right, containers=(*right.order.of_kind("drug_product"), bag))) == ()
    assert [reason.code for reason in expiry.check(changed(right, containers=(bag,)))] == ["expired"]
