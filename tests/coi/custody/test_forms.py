"""A site's own protocol may ask for more than the shipped one of its form, never for less."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coi.custody import forms
from coi.custody.protocol import Checkpoint, Signing, Value
from tests.coi.custody.detours import ALL
from tests.coi.custody.paper import PROTOCOL, PROTOCOLS

if TYPE_CHECKING:
    from coi.custody.protocol import Protocol

FORMS = list(PROTOCOLS)


def with_step(step: str, form: str = "frozen", **changed: Any) -> Protocol:  # noqa: ANN401  any field of Checkpoint
    """Return a shipped protocol with one checkpoint changed."""
    checkpoints = tuple(replace(each, **changed) if each.id == step else each for each in PROTOCOLS[form].checkpoints)
    return replace(PROTOCOLS[form], checkpoints=checkpoints)


def said(protocol: Protocol, form: str = "frozen") -> list[str]:
    """Return what a variant takes away from the shipped protocol of its form."""
    return list(forms.faults(protocol, PROTOCOLS[form]))


@pytest.mark.parametrize("form", FORMS)
def test_the_shipped_protocol_falls_short_of_nothing(form: str) -> None:
    """Against itself; another form's is another road."""
    assert said(PROTOCOLS[form], form) == []
    other = FORMS[FORMS.index(form) - 1]
    assert list(forms.faults(PROTOCOLS[other], PROTOCOLS[form])) != []


@pytest.mark.parametrize(("form", "step"), ALL)
def test_no_checkpoint_may_be_left_out(form: str, step: str) -> None:
    """Of the road or beside it; what is beside the road is somebody's way out."""
    rest = tuple(each for each in PROTOCOLS[form].checkpoints if each.id != step)

    assert said(replace(PROTOCOLS[form], checkpoints=rest), form)[0] == (
        f"Expected checkpoint {step} of form {form}, seen none."
    )


SHRINKS = ("checks", "needs", "slots", "values", "effects")


@given(st.sampled_from(ALL), st.sampled_from(SHRINKS), st.integers(0, 9))
def test_nothing_may_be_struck_out_of_a_checkpoint(each: tuple[str, str], field: str, number: int) -> None:
    """Not one check, need, scan, statement or effect, of any checkpoint of any form."""
    form, step = each
    there = getattr(PROTOCOLS[form].checkpoint(step), field)
    less = tuple(item for place, item in enumerate(there) if place != number)

    assert (said(with_step(step, form, **{field: less}), form) == []) == (less == there)


@given(st.sampled_from(ALL), st.sampled_from(forms.SAME))
def test_what_a_variant_may_not_change(each: tuple[str, str], field: str) -> None:
    """Where it is done, where it leads, what a hold or an expiry stops, what the screen opens."""
    form, step = each
    value = getattr(PROTOCOLS[form].checkpoint(step), field)
    other = (not value) if isinstance(value, bool) else "another"

    assert any(f"expected {field}" in told for told in said(with_step(step, form, **{field: other}), form))


def test_a_variant_may_say_it_otherwise_and_ask_for_more() -> None:
    """Other words, roles and times, less states to start from, another check, scan, statement, signer and fact."""
    step = PROTOCOL.checkpoint("h5_pack")
    value = Value("weighed", "yes", "The shipper was weighed")
    fact = {"do": "fact", "name": "weighed", "value": "weighed"}
    sign = Signing("performed", (frozenset({"cell_lab"}),))
    more = with_step(
        "h5_pack", title="Pack", roles=("cell_lab",), due_h=step.due_h / 2, checks=(*step.checks, "window"),
        values=(value,), effects=(*step.effects, fact), sign=sign, needs=(*step.needs, "h3_begin"),
        slots=(*step.slots, replace(step.slots[1], name="second")),
    )  # fmt: skip
    own = Checkpoint(
        "h5_own", "H5", "Weigh it", "collection", "", ("cell_lab",), ("COLLECTED",), None, ("h5_pack",), (), (value,),
        (), None, (fact,), step.due_h,
    )  # fmt: skip
    at = [each.id for each in more.checkpoints].index("h5_pack") + 1

    assert said(more) == []
    assert said(with_step("h14_retrieve", states=("READY_FOR_INFUSION",))) == []
    assert said(replace(more, checkpoints=(*more.checkpoints[:at], own, *more.checkpoints[at:]))) == []


def test_what_a_site_adds_records_facts_and_leads_nowhere() -> None:
    """A step of its own reaches no state and moves nothing."""
    told = "Checkpoint h5_own: expected a step that a site adds to record facts only"
    step = replace(PROTOCOL.checkpoint("h5_pack"), id="h5_own")

    assert told in said(replace(PROTOCOL, checkpoints=(*PROTOCOL.checkpoints, step)))
    reaching = replace(step, effects=(), to="ACCEPTED")
    assert told in said(replace(PROTOCOL, checkpoints=(*PROTOCOL.checkpoints, reaching)))


def test_the_order_of_the_form_stays() -> None:
    """Neither checkpoints nor scans change their places."""
    steps = PROTOCOL.checkpoints
    turned = (steps[1], steps[0], *steps[2:])
    slots = PROTOCOL.checkpoint("h5_pack").slots

    assert said(replace(PROTOCOL, checkpoints=turned)) == [
        "Expected the checkpoints in the order of the form, seen another order."
    ]
    assert said(with_step("h5_pack", slots=tuple(reversed(slots))))[0].startswith(
        "Checkpoint h5_pack: expected the scans in the order of the form, seen "
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("klass", "seal"), ("kind", "sample"), ("piece", "printed"), ("symbol", "linear"), ("many", False),
     ("new", True), ("optional", True), ("states", ("collected", "registered"))],
)  # fmt: skip
def test_a_scan_is_as_strict_as_the_forms(field: str, value: object) -> None:
    """The same thing, in the same state, each of many, and not left out."""
    step = PROTOCOL.checkpoint("h5_pack")
    weak = (replace(step.slots[0], **{field: value}), *step.slots[1:])  # type: ignore[arg-type]

    assert said(with_step("h5_pack", slots=weak)) == [
        "Checkpoint h5_pack: expected the scan of bag as the form has it, seen another"
    ]


def test_what_may_lack_in_the_form_may_be_asked_for() -> None:
    """A site may demand the hospital's band where the form lets it lack, and fewer states of a container."""
    step = PROTOCOL.checkpoint("h16_start")
    strict = tuple(replace(slot, optional=False) for slot in step.slots)

    assert said(with_step("h16_start", slots=strict)) == []
    bag = PROTOCOL.checkpoint("h17_discard").slots[0]
    assert said(with_step("h17_discard", slots=(replace(bag, states=("infusing",)),))) == []


@pytest.mark.parametrize(
    ("step", "field", "value"),
    [("h4_end", "type", "yes"), ("h4_end", "unit", "L"), ("h11_qc", "choices", ("pass",)),
     ("h7_receive", "good", ("in_range", "no_data")), ("h7_receive", "good", ()), ("h11_qc", "good", ("pass",))],
)  # fmt: skip
def test_a_statement_is_asked_as_strictly_as_the_forms(step: str, field: str, value: object) -> None:
    """Of the same kind, unit and choices; a number's range may be another within its bounds."""
    first, *rest = PROTOCOL.checkpoint(step).values
    weak = (replace(first, **{field: value}), *rest)  # type: ignore[arg-type]

    assert said(with_step(step, values=weak)) == [
        f"Checkpoint {step}: expected the statement {first.name} as the form has it"
    ]


def test_signatures_are_not_fewer_and_mean_the_same() -> None:
    """As many persons, the same meaning, and the other factor where the form wants it."""
    sign = PROTOCOL.checkpoint("h16_start").sign
    assert sign is not None
    less = "Checkpoint h16_start: expected 2 signatures that mean verified, seen less"

    assert said(with_step("h16_start", sign=None)) == [less]
    assert said(with_step("h16_start", sign=replace(sign, by=sign.by[:1]))) == [less]
    assert said(with_step("h16_start", sign=replace(sign, meaning="performed"))) == [less]
    assert said(with_step("h16_start", sign=replace(sign, factor="any"))) == [
        "Checkpoint h16_start: expected the second person's other factor, seen any"
    ]
    assert said(with_step("h16_start", sign=replace(sign, by=(*sign.by, sign.by[0])))) == []


def test_a_step_may_not_start_from_more_states_or_from_none() -> None:
    """Fewer are stricter; none is no step."""
    for states in (("RELEASED", "LOST"), ()):
        assert said(with_step("h12_pick", states=states)) == [
            f"Checkpoint h12_pick: expected it to start from ('RELEASED',) at most, seen {states}"
        ]


def test_every_field_of_a_checkpoint_is_looked_at() -> None:
    """None is passed over by oversight; words, roles and times are a site's own."""
    free = {"id", "title", "roles", "due_h"}
    looked_at = {"states", "needs", "slots", "values", "checks", "sign", "effects"}

    assert {field.name for field in fields(Checkpoint)} == free | looked_at | set(forms.SAME)
