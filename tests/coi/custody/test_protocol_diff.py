"""What differs between two versions is told once, where it is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from coi.custody.protocol_diff import Change, differences
from tests.coi.custody.paper import PROTOCOL, STEPS

if TYPE_CHECKING:
    from coi.custody.protocol import Checkpoint, Protocol


def with_step(name: str, **fields: object) -> Protocol:
    """Return the protocol with one checkpoint changed."""
    return replace(
        PROTOCOL,
        checkpoints=tuple(
            replace(each, **fields) if each.id == name else each  # type: ignore[arg-type]
            for each in PROTOCOL.checkpoints
        ),
    )


def step(name: str) -> Checkpoint:
    """Return a checkpoint."""
    return PROTOCOL.checkpoint(name)


def test_a_version_does_not_differ_from_itself() -> None:
    """Nothing is told where only number and hash are others."""
    assert differences(PROTOCOL, replace(PROTOCOL, version=2, sha256="0" * 64)) == ()


def test_limits_and_product_differ_for_the_whole_protocol() -> None:
    """Each limit and each name of the product by itself."""
    limits = {**PROTOCOL.limits, "wristband_to_bag_s": 90}
    product = {**PROTOCOL.product, "label": "CELLS"}

    assert differences(PROTOCOL, replace(PROTOCOL, limits=limits, product=product)) == (
        Change("changed", "", "product", "label", "CAR T CELLS", "CELLS"),
        Change("changed", "", "limits", "wristband_to_bag_s", 120, 90),
    )


def test_scans_statements_comparisons_and_signers_differ_at_their_step() -> None:
    """A scan that falls away, one that is new, their order, a range, a comparison, a signer, a deadline."""
    begin = step("h3_begin")
    band, bag, *others = begin.slots
    seal = replace(step("h5_pack").slot("seal"))
    end = step("h4_end")
    volume, *more = end.values
    sign = end.sign
    assert sign is not None

    assert differences(PROTOCOL, with_step("h3_begin", slots=(bag, band, *others))) == (
        Change(
            "moved",
            "h3_begin",
            "slots",
            "",
            (band.name, bag.name, *(each.name for each in others)),
            (bag.name, band.name, *(each.name for each in others)),
        ),
    )
    assert differences(
        PROTOCOL, with_step("h3_begin", slots=(band, *others, seal), checks=(*begin.checks, "qc_passed"))
    ) == (
        Change("removed", "h3_begin", "slots", bag.name, before=bag),
        Change("added", "h3_begin", "slots", "seal", after=seal),
        Change("added", "h3_begin", "checks", after="qc_passed"),
    )
    assert differences(
        PROTOCOL,
        with_step(
            "h4_end",
            values=(replace(volume, high=Decimal(800)), *more),
            sign=replace(sign, by=sign.by[:1]),
            due_h=Decimal(4),
        ),
    ) == (
        Change("changed", "h4_end", "values.high", volume.name, volume.high, Decimal(800)),
        Change("changed", "h4_end", "sign.by", "", sign.by, sign.by[:1]),
        Change("changed", "h4_end", "due_h", "", end.due_h, Decimal(4)),
    )
    assert differences(PROTOCOL, with_step("h4_end", sign=None)) == (
        Change("changed", "h4_end", "sign", "", sign, None),
    )


def test_steps_are_added_removed_and_moved() -> None:
    """A new step is told with the step it follows; one that changed its place with both."""
    first, second, *rest = PROTOCOL.checkpoints
    new = replace(first, id="h1_more")

    assert differences(PROTOCOL, replace(PROTOCOL, checkpoints=(first, new, second, *rest))) == (
        Change("added", "h1_more", "step", after="h1_submit"),
    )
    assert differences(PROTOCOL, replace(PROTOCOL, checkpoints=(first, *rest))) == (
        Change("removed", second.id, "step"),
    )
    assert differences(PROTOCOL, replace(PROTOCOL, checkpoints=(second, first, *rest))) == (
        Change("moved", second.id, "step", "", first.id, ""),
        Change("moved", first.id, "step", "", "", second.id),
    )


@given(st.sampled_from(STEPS), st.sampled_from(STEPS))
def test_back_and_forth_are_mirrors(one: str, other: str) -> None:
    """What is added one way is removed the other way, at the same steps."""
    a = with_step(one, checks=(), roles=("inspector",))
    b = with_step(other, slots=(), to=None)
    mirror = {"added": "removed", "removed": "added"}

    assert {(mirror.get(each.kind, each.kind), each.step, each.field, each.name) for each in differences(a, b)} == {
        (each.kind, each.step, each.field, each.name) for each in differences(b, a)
    }
