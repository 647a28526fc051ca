"""Each effect is whole: its keys are known, and what they name is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from coi.custody import shapes
from coi.custody.protocol import EFFECTS
from tests.coi.custody.detours import ALL, question
from tests.coi.custody.paper import PROTOCOL, PROTOCOLS

if TYPE_CHECKING:
    from coi.custody.protocol import Checkpoint


def said(step: str, *effects: dict[str, Any], **fields: Any) -> list[str]:  # noqa: ANN401  any field of Checkpoint
    """Return the faults of a checkpoint's shape with these effects in the place of its own."""
    given = PROTOCOL.checkpoint(step)
    changed: Checkpoint = replace(given, effects=effects or given.effects, **fields)
    return list(shapes.faults(changed, PROTOCOL.limits))


@pytest.mark.parametrize(("form", "step"), ALL)
def test_the_shipped_effects_are_whole(form: str, step: str) -> None:
    """At every checkpoint of every protocol."""
    assert list(shapes.faults(question(form, step).checkpoint, PROTOCOLS[form].limits)) == []


def test_every_effect_has_its_shape() -> None:
    """What the loader lets through has keys that are told here, and nothing else has."""
    assert set(shapes.EFFECT_KEYS) == set(EFFECTS)
    assert all(not must & may for must, may in shapes.EFFECT_KEYS.values())


@pytest.mark.parametrize(("form", "step"), ALL)
def test_no_key_may_lack_and_none_may_be_more(form: str, step: str) -> None:
    """An effect without one of its keys, or with one of its own making, is told."""
    given, limits = question(form, step).checkpoint, PROTOCOLS[form].limits
    for effect in given.effects:
        must, _ = shapes.EFFECT_KEYS[effect["do"]]
        more = {**effect, "magic": "1"}
        assert any("expected effect" in told for told in shapes.faults(replace(given, effects=(more,)), limits))
        for key in must - {"slot", "to"}:
            less = {name: value for name, value in effect.items() if name != key}
            found = list(shapes.faults(replace(given, effects=(less,)), limits))
            assert any("expected effect" in told for told in found), (effect, key)


FAULTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "a fact from two places": (
        "h11_qc", {"do": "fact", "name": "x", "value": "qc_result", "is": "now"},
        "expected a fact from a slot, from a value or from the deed itself, seen another",
    ),
    "a count of nothing": (
        "h10_print", {"do": "register", "kind": "sample", "as": "x", "count": "luck"},
        "expected a count from a value of this checkpoint, seen 'luck'",
    ),
    "a place that is a bag": (
        "h13_store", {"do": "container", "slot": "product", "state": "stored", "location": "product"},
        "expected location of effect container to be a location that is scanned, seen 'product'",
    ),
    "a parent that was not scanned": (
        "h9_transfer", {"do": "container", "slot": "vessel", "state": "in_process", "parent": "mother"},
        "expected parent of effect container to be a container that is scanned, seen 'mother'",
    ),
    "a band that is a wristband": (
        "h14_band", {"do": "band", "slot": "wristband"},
        "expected slot of effect band to be a band that is scanned, seen 'wristband'",
    ),
    "a fact that nobody stated": (
        "h11_qc", {"do": "fact", "name": "qc_result", "value": "luck"},
        "expected a fact from a value of this checkpoint, seen 'luck'",
    ),
    "an expiry of no limit": (
        "h4_end", {"do": "container", "slot": "bag", "state": "collected", "expires": "never"},
        "expected an expiry from a limit, seen 'never'",
    ),
    "material of no kind": (
        "h10_print", {"do": "register", "kind": "gold", "as": "x"},
        (
            "expected kind of effect register to be one of"
            " ['drug_product', 'intermediate', 'sample', 'starting_material'], seen 'gold'"
        ),
    ),
    "a shipment to nowhere": (
        "h5_pack", {"do": "ship", "to": "courier", "profile": "ambient"},
        "expected to of effect ship to be one of ['manufacturing', 'treatment'], seen 'courier'",
    ),
    "a profile of no name": (
        "h5_pack", {"do": "ship", "to": "treatment", "profile": "warm"},
        "expected profile of effect ship to be one of ['ambient', 'cryogenic', 'refrigerated'], seen 'warm'",
    ),
    "another site than the one that treats": (
        "x_change_site", {"do": "site", "role": "collection", "value": "new_site"},
        "expected role of effect site to be one of ['treatment'], seen 'collection'",
    ),
    "a product that never expires": (
        "h10_print", {"do": "register", "kind": "drug_product", "as": "x"},
        "expected an expiry where material is collected or a product registered, seen none",
    ),
    "a collection that never expires": (
        "h4_end", {"do": "container", "slot": "bag", "state": "collected"},
        "expected an expiry where material is collected or a product registered, seen none",
    ),
    "a store without a place": (
        "h13_store", {"do": "container", "slot": "product", "state": "stored"},
        "expected the place where a container is stored, seen none",
    ),
    "a write-off of what nothing names": (
        "h9_transfer", {"do": "write_off", "piece": "missing"},
        "expected what is given up to be named by a label's number, seen 'missing'",
    ),
    "a write-off of what nobody looks at": (
        "h9_transfer", {"do": "write_off", "piece": "missing"},
        "expected the check missing_named where a label's number says what is given up, seen none",
    ),
    "a label voided on the road": (
        "h9_transfer", {"do": "piece", "slot": "vessel", "to": "voided"},
        "expected a label to be put on where it is scanned on the road, seen voided",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("step", "effect", "fault"), FAULTS.values(), ids=FAULTS)
def test_what_is_not_whole_is_told(step: str, effect: dict[str, Any], fault: str) -> None:
    """With what was expected and what was seen."""
    assert fault in said(step, effect)


def test_back_from_the_shipper_a_bag_keeps_its_expiry() -> None:
    """Beside the road a collected bag was collected already, and a limit that is missing is told once, not a crash."""
    effect = {"do": "container", "slot": "bag", "state": "collected"}

    assert said("h5_unpack", effect) == []
    assert list(shapes.faults(replace(PROTOCOL.checkpoint("h5_unpack"), effects=(effect,)), {})) == []


def test_house_codes_are_scanned_under_their_own_names() -> None:
    """A shipper is the shipper of its step, and so are seal and logger."""
    given = PROTOCOL.checkpoint("h5_pack")
    for slot in given.slots[1:]:
        slots = tuple(replace(each, name="box") if each == slot else each for each in given.slots)
        assert f"expected a {slot.klass} to be scanned as {slot.klass}, seen 'box'" in said("h5_pack", slots=slots)


def test_a_printed_label_that_is_scanned_is_put_on() -> None:
    """On the road each printed label, and no other; beside it a label that is destroyed is scanned too."""
    told = "expected each printed label scanned back and applied, seen "
    given = PROTOCOL.checkpoint("h9_transfer")

    assert f"{told}['vessel'] and []" in said("h9_transfer", *(dict(effect) for effect in given.effects[1:]))
    assert f"{told}[] and ['bag']" in said("h5_pack", {"do": "piece", "slot": "bag", "to": "applied"})
    assert said("h5_unpack", {"do": "piece", "slot": "bag", "to": "voided"}) == []
