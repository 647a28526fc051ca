"""There is no third way: accepted with effects, or refused with every reason at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coi.custody import checks, verdict
from coi.custody.effects import effects_of
from coi.custody.reasons import CODES, CONTENTS, IDENTITY, UNPROVEN, Reason
from coi.custody.verdict import Accepted, Refused, decide
from tests.coi.custody import paper
from tests.coi.custody.detours import ALL, before, question
from tests.coi.custody.paper import (
    PATIENTS,
    PROTOCOL,
    PROTOCOLS,
    STEPS,
    asked,
    codes,
    foreign,
    fresh,
    road,
    scanned,
    swapped,
)

if TYPE_CHECKING:
    from coi.custody.asked import Asked, Item
    from coi.custody.checks import Check

road(0), road(0, "hospital")  # walked by the true judges, before a test bends them
MATERIAL = {"container", "wristband", "cassette"}
WITH_SCANS = [step for step in STEPS if PROTOCOL.checkpoint(step).slots]
NEEDED = {
    step: [number for number, slot in enumerate(PROTOCOL.checkpoint(step).slots) if not slot.optional] for step in STEPS
}
RECEIPTS = [step for step in STEPS if PROTOCOL.checkpoint(step).quarantine]
LABELLED = [(step, slot.name) for step in STEPS for slot in PROTOCOL.checkpoint(step).slots if slot.klass in MATERIAL]


def spoilt(right: Asked, slot: str, how: str, number: int) -> tuple[Item, ...]:
    """Return what is scanned for *slot* instead of the right label."""
    item = scanned(right, slot)
    assert item.piece is not None
    others = [piece for other in range(PATIENTS) if other != 0 for piece in road(other)[2]]
    theirs = foreign(others[number % len(others)], item.at, linear=item.linear)
    dead = replace(item, piece=replace(item.piece, state=("voided", "spoiled", "uncertain", "intended")[number % 4]))
    made: dict[str, tuple[Item, ...]] = {
        "foreign": (theirs,),
        "keyed": (replace(item, assurance="keyed"),),
        "dead": (dead,),
        "unreadable": (paper.unreadable(item.at),),
        "missing": (),
        "doubled": (item, theirs),
        "a dead one beside": (item, replace(dead, code="ANOTHER00001")),
    }
    return made[how]


HOW = ("foreign", "keyed", "dead", "unreadable", "missing", "doubled", "a dead one beside")
spoiling = st.tuples(st.sampled_from(LABELLED), st.sampled_from(HOW), st.integers(0, 99))


@given(spoiling, st.permutations(range(6)), st.sampled_from(["who may", "who may everything"]))
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_wrong_label_is_ever_accepted(case: tuple[tuple[str, str], str, int], turn: list[int], who: str) -> None:
    """Foreign, typed, dead, unreadable, missing or doubled: refused, in any turn of scanning, by anybody at all."""
    (step, slot), how, number = case
    right = asked(step)
    items = swapped(right, slot, *spoilt(right, slot, how, number)).facts.items
    items = tuple(items[place] for place in turn if place < len(items))
    question = replace(right, facts=replace(right.facts, items=items))
    if who == "who may everything":
        question = replace(question, by=paper.everybody())

    found = decide(question, fresh(step))

    if isinstance(found, Accepted):
        assert step in RECEIPTS
        assert codes(found) & IDENTITY
        assert codes(found) <= CONTENTS
    else:
        assert found.reasons


@given(spoiling, spoiling)
@settings(max_examples=200, deadline=None)
def test_two_wrongs_make_no_right(one: tuple[tuple[str, str], str, int], two: tuple[tuple[str, str], str, int]) -> None:
    """With two labels of a step wrong, nothing is accepted either."""
    (step, slot), how, number = one
    right = asked(step)
    names = [each.name for each in right.checkpoint.slots if each.klass in MATERIAL]
    question = right
    for name in sorted(
        {slot, names[two[2] % len(names)]}, key=[s.name for s in right.checkpoint.slots].index, reverse=True
    ):
        question = swapped(question, name, *spoilt(right, name, how if name == slot else two[1], number))

    found = decide(question, fresh(step))

    assert isinstance(found, Refused) or (step in RECEIPTS and codes(found) & IDENTITY)


@given(st.sampled_from(WITH_SCANS), st.lists(st.sampled_from(range(6)), max_size=8))
@settings(max_examples=200, deadline=None)
def test_only_the_whole_set_of_right_scans_is_accepted(step: str, chosen: list[int]) -> None:
    """Whichever of the right scans are made, how often and in which turn: accepted if and only if none is left out."""
    right = asked(step)
    items = tuple(right.facts.items[number] for number in chosen if number < len(right.facts.items))
    found = decide(replace(right, facts=replace(right.facts, items=items)), fresh(step))

    made = {right.facts.items.index(item) for item in items}
    assert isinstance(found, Accepted) == (made >= set(NEEDED[step]))


def saying(*reasons: Reason) -> Check:
    """Return a check that always gives these reasons."""
    return lambda _asked: reasons


@pytest.mark.parametrize(("form", "step"), ALL)
def test_every_check_is_asked_and_none_can_be_left_out(form: str, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of ALWAYS and each that the protocol names refuses by itself, with its own reason."""
    right = question(form, step)
    named, ids = right.checkpoint.checks, before(form, step).fresh(right)
    for number in range(len(checks.ALWAYS) + len(named)):
        reason = Reason(f"no {number}")
        with monkeypatch.context() as patch:
            always = list(checks.ALWAYS)
            if number < len(always):
                always[number] = saying(reason)
                patch.setattr(verdict, "ALWAYS", tuple(always))
            else:
                name = named[number - len(always)]
                patch.setattr(verdict, "NAMED", {**checks.NAMED, name: saying(reason)})

            assert decide(right, ids) == Refused((reason,))


def test_the_checks_that_no_protocol_can_leave_out() -> None:
    """Turn, role, assurance, order, label, travel, state, custody, hold, expiry, values, persons, lease, articles."""
    assert [f"{check.__module__.rpartition('.')[2]}.{check.__name__}" for check in checks.ALWAYS] == [
        "order_of_steps.check", "role.check", "assurance.check", "same_order.check", "piece_alive.check",
        "travel.check", "container_state.check", "custody_here.check", "hold.check", "expiry.check", "values.check",
        "spoken.check", "spoken.tails", "patient_ready.leased", "printable.check", "articles.check",
        "two_persons.check",
    ]  # fmt: skip


def test_every_named_check_is_named_by_a_protocol() -> None:
    """None lies idle but that of a new label, which its own gate names; and each stands under one name."""
    named = {name for protocol in PROTOCOLS.values() for step in protocol.checkpoints for name in step.checks}

    assert named | {"replaces_dead"} == set(checks.NAMED)
    assert len(set(checks.NAMED.values())) == len(checks.NAMED)


def test_a_reason_is_told_once() -> None:
    """Two checks that say the same are one reason."""
    right = asked("h5_pack")
    unread = paper.unreadable(right.at)
    found = decide(swapped(right, "bag", scanned(right, "bag"), unread, unread), fresh("h5_pack"))

    assert isinstance(found, Refused)
    assert [reason.code for reason in found.reasons] == ["unreadable"]


@pytest.mark.parametrize("step", RECEIPTS)
@pytest.mark.parametrize("code", sorted(CODES))
def test_only_faults_of_contents_go_into_quarantine(step: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other reason refuses, alone or beside a fault of contents; custody then stays with the courier."""
    for reasons in ((Reason(code),), (Reason("condition"), Reason(code))):
        monkeypatch.setattr(verdict, "ALWAYS", (saying(*reasons),))
        monkeypatch.setattr(verdict, "NAMED", dict.fromkeys(checks.NAMED, saying()))
        found = decide(asked(step), fresh(step))

        if code in CONTENTS:
            assert isinstance(found, Accepted)
            assert found.quarantine == tuple(dict.fromkeys(reasons))
        else:
            assert found == Refused(tuple(dict.fromkeys(reasons)))


@pytest.mark.parametrize("step", [step for step in STEPS if step not in RECEIPTS])
def test_elsewhere_nothing_goes_into_quarantine(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of contents refuses wherever nothing is received."""
    reason = Reason("condition")
    monkeypatch.setattr(verdict, "ALWAYS", (saying(reason),))
    monkeypatch.setattr(verdict, "NAMED", dict.fromkeys(checks.NAMED, saying()))

    assert decide(asked(step), fresh(step)) == Refused((reason,))


@pytest.mark.parametrize("step", RECEIPTS)
@pytest.mark.parametrize("what", ["shipper", "seal"])
def test_without_the_right_outside_nothing_is_received(step: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shipper and seal must both be scanned and be those of the shipment, or not even quarantine is open."""
    right = asked(step)
    item = scanned(right, what)
    monkeypatch.setattr(verdict, "ALWAYS", (saying(Reason("condition")),))
    monkeypatch.setattr(verdict, "NAMED", dict.fromkeys(checks.NAMED, saying()))

    assert isinstance(decide(right, fresh(step)), Accepted)
    for wrong in (
        swapped(right, what),
        swapped(right, what, replace(item, code="X-1")),
        swapped(right, what, replace(item, whose="other", code="")),
        swapped(right, what, item, replace(item, code="X-1")),
        paper.changed(right, shipments=()),
    ):
        assert isinstance(decide(wrong, fresh(step)), Refused)


@pytest.mark.parametrize("step", ["h7_receive", "h13_receive"])
@pytest.mark.parametrize("code", sorted(CODES))
def test_inside_the_house_only_condition_and_papers_go_into_quarantine(
    step: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No shipper says there whose bags these are, so a doubt of identity leaves custody with who stands there."""
    right = question("hospital", step)
    monkeypatch.setattr(verdict, "ALWAYS", (saying(Reason(code)),))
    monkeypatch.setattr(verdict, "NAMED", dict.fromkeys(checks.NAMED, saying()))
    found = decide(right, {})

    assert isinstance(found, Accepted) == (code in CONTENTS - IDENTITY - UNPROVEN)


def test_warm_cells_are_taken_over_inside_the_house() -> None:
    """Custody passes with the fault, and another patient's bag is refused."""
    right = question("hospital", "h7_receive", values={"condition": "out_of_range"})
    theirs = foreign(next(p for p in road(1, "hospital")[2] if p.design == "collection_bag"), right.at)

    found = decide(right, {})
    assert isinstance(found, Accepted)
    assert codes(found) == {"condition"}
    assert {effect["do"] for effect in found.effects} == {"custody", "container", "state"}
    assert isinstance(decide(swapped(right, "bag", theirs), {}), Refused)


def test_reasons_of_identity() -> None:
    """Exactly these say that the wrong cells may be at hand; the sentences of all codes stand in one table."""
    assert {
        "other_order", "wrong_container", "dead_piece", "contents_differ", "two_in_view", "cassette_differs",
        "band_unbound", "not_spoken", "tail_differs", "not_re_established", "other_lot", "too_fast",
    } == IDENTITY  # fmt: skip
    assert {
        "expired", "condition", "not_in_manifest", "manifest_missing", "held", "no_certificate", "not_certified",
        "wrong_logger", "dose_incomplete", "not_applied",
    } == CONTENTS - IDENTITY  # fmt: skip
    assert CONTENTS <= set(CODES)
    assert [Reason(code).is_identity for code in sorted(CODES)] == [code in IDENTITY for code in sorted(CODES)]


@pytest.mark.parametrize("said", ["in_range", "no_data"])
def test_effects_are_made_with_the_identifiers_of_this_deed(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accepted or received into quarantine: what was allocated for the deed reaches its effects."""
    given: list[object] = []

    def effects_of(_asked: Asked, fresh: object) -> tuple[()]:
        given.append(fresh)
        return ()

    monkeypatch.setattr(verdict, "effects_of", effects_of)

    decide(asked("h7_receive", values={"condition": said}), {"lot": "L-9"})

    assert given == [{"lot": "L-9"}]


@pytest.mark.parametrize(("form", "step"), ALL)
def test_what_is_accepted_says_what_it_changes(form: str, step: str) -> None:
    """The effects are those of this very question and of the identifiers that were allocated for it."""
    right = question(form, step)
    allocated = before(form, step).fresh(right)

    assert decide(right, allocated) == Accepted(effects_of(right, allocated))
