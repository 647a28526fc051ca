"""The patient is prepared, and the cells are thawed, only when nothing that the next hour needs is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coi.custody.checks import patient_ready
from coi.custody.order import CONTAINER_STATES, FINAL_CONTAINER
from coi.custody.reasons import Reason
from coi.ledger.entry import instant, moment
from tests.coi.custody.detours import follow, question, those
from tests.coi.custody.paper import asked, changed, person, with_container

FORMS = ["frozen", "fresh", "hospital"]


def naming(check: str) -> list[tuple[str, str]]:
    """Return the checkpoints that name a check."""
    return those(lambda step: check in step.checks)


@pytest.mark.parametrize(("form", "step"), naming("dose_complete"))
def test_the_whole_dose_is_at_the_hospital(form: str, step: str) -> None:
    """Not one missing, not one spoiled, none on its way; a dose of nothing is no dose."""
    right = question(form, step)
    bag = right.order.dose()[0]
    none = Reason("dose_incomplete", "drug_product", "1 here", "0")
    second = replace(bag, id="C-2", custodian="S-COU")
    listed = replace(right.order.certificate, containers=(bag.id, "C-2"))  # type: ignore[type-var]

    assert patient_ready.dose_complete(right) == ()
    for state in CONTAINER_STATES:
        there = patient_ready.dose_complete(with_container(right, bag.id, state=state))
        assert there == (() if state in {"received", "stored", "retrieved", "thawed", "issued"} else (none,))
    for point in ("S-MFG", "S-COU", None, "S-TRT-OTHER/lab"):
        assert patient_ready.dose_complete(with_container(right, bag.id, custodian=point)) == (none,)
    assert patient_ready.dose_complete(changed(right, certificate=None)) == (none,)
    two = changed(right, certificate=listed, containers=(*right.order.containers, second))
    assert patient_ready.dose_complete(two) == (replace(none, expected="2 here", seen="1"),)


@pytest.mark.parametrize(("form", "step"), naming("expires_after_infusion"))
def test_the_dose_lives_beyond_the_planned_day(form: str, step: str) -> None:
    """To the end of that day; no expiry is not any, and no day planned is not any day."""
    right = question(form, step)
    bag = right.order.dose()[0]
    day = right.order.fact("slot_infusion") or ""
    ends = moment(f"{day}T23:59:00.000000Z")

    assert patient_ready.expires_after_infusion(right) == ()
    assert patient_ready.expires_after_infusion(with_container(right, bag.id, expires=ends)) == ()
    for expires, seen in ((ends - timedelta(seconds=1), day), (None, "no expiry")):
        assert patient_ready.expires_after_infusion(with_container(right, bag.id, expires=expires)) == (
            Reason("expires_first", "drug_product", f"after {day}", seen),
        )
    for facts in ((), (("slot_infusion", "soon"),)):
        assert patient_ready.expires_after_infusion(changed(right, facts=facts)) == (
            Reason("expires_first", "slot_infusion", "a planned day of infusion", "none"),
        )


@pytest.mark.parametrize(("form", "step"), naming("conditioned"))
def test_readiness_waits_for_the_word_on_conditioning(form: str, step: str) -> None:
    """That it may start, or that none is given; nothing said is neither."""
    right = question(form, step)

    assert patient_ready.conditioned(right) == ()
    assert patient_ready.conditioned(changed(right, facts=(("conditioning", "none_needed"),))) == ()
    for facts in ((), (("conditioning", ""),)):
        assert patient_ready.conditioned(changed(right, facts=facts)) == (
            Reason("not_conditioned", expected="lymphodepletion signed", seen="nothing"),
        )


@pytest.mark.parametrize(("form", "step"), naming("banded"))
def test_the_patient_wears_a_band_of_this_site(form: str, step: str) -> None:
    """Bound by two persons at the site that treats now; a change of site forgets it."""
    right = question(form, step)
    none = (Reason("not_banded", "wristband", "a wristband bound by two persons here", "none"),)

    assert patient_ready.banded(right) == ()
    assert patient_ready.banded(changed(right, facts=())) == none
    assert patient_ready.banded(changed(right, facts=(("band", ""),))) == none


@pytest.mark.parametrize(("form", "step"), naming("preflight"))
def test_the_preflight_looks_at_the_whole_window(form: str, step: str) -> None:
    """A bag waits, its expiry and everybody's training lie beyond the window."""
    right = question(form, step)
    bag = right.order.dose()[0]
    until = right.at + timedelta(minutes=right.protocol.limits["thaw_to_infusion_min"] + patient_ready.PREFLIGHT_MIN)
    told = f"after {until:%Y-%m-%d %H:%M} UTC"

    assert patient_ready.preflight(right) == ()
    assert patient_ready.preflight(with_container(right, bag.id, expires=until + timedelta(seconds=1))) == ()
    for expires, seen in ((until, f"{until:%Y-%m-%d}"), (None, "no expiry")):
        assert patient_ready.preflight(with_container(right, bag.id, expires=expires)) == (
            Reason("expired", "drug_product", told, seen),
        )
    for state in sorted(FINAL_CONTAINER | {"thawed", "issued", "infusing"}):
        assert patient_ready.preflight(with_container(right, bag.id, state=state)) == (
            Reason("no_preflight", "drug_product", "a bag that waits for it", "none"),
        )


@pytest.mark.parametrize(("form", "step"), naming("preflight"))
def test_nobodys_training_ends_within_the_window(form: str, step: str) -> None:
    """Neither of who acts nor of who signs; each person is told once."""
    right = question(form, step)
    until = right.at + timedelta(minutes=right.protocol.limits["thaw_to_infusion_min"] + patient_ready.PREFLIGHT_MIN)
    told = Reason("untrained", "preflight", "training for the whole window", "less")
    nurse = person("ward_nurse", "S-TRT", 7)
    lapsing = replace(nurse, grants=(replace(nurse.grants[0], trained_until=until),))
    never = replace(nurse, grants=(replace(nurse.grants[0], trained_until=None),))
    lasting = replace(nurse, grants=(replace(nurse.grants[0], trained_until=until + timedelta(seconds=1)),))

    assert patient_ready.preflight(replace(right, by=lasting)) == ()
    for who in (lapsing, never, replace(nurse, grants=()), person("ward_nurse", "S-COL", 7)):
        assert patient_ready.preflight(replace(right, by=who)) == (told,)
        signed = replace(right, facts=replace(right.facts, signers=(right.by, who)))
        assert patient_ready.preflight(signed) == (told,)
    both = replace(right, by=lapsing, facts=replace(right.facts, signers=(lapsing, lasting)))
    assert patient_ready.preflight(both) == (told,)


@pytest.mark.parametrize(("form", "step"), naming("preflight"))
def test_training_for_one_product_counts_for_that_one(form: str, step: str) -> None:
    """Who is trained for this product alone may prepare it; who is trained for another may not."""
    right = question(form, step)
    nurse = person("ward_nurse", "S-TRT", 7)
    told = Reason("untrained", "preflight", "training for the whole window", "less")

    for product, reasons in ((right.order.product, ()), ("ANOTHER", (told,))):
        limited = replace(nurse, grants=(replace(nurse.grants[0], product=product),))
        assert patient_ready.preflight(replace(right, by=limited)) == reasons


@pytest.mark.parametrize(("form", "step"), naming("preflight_green"))
def test_a_preflight_is_green_for_half_an_hour(form: str, step: str) -> None:
    """At the half hour it counts, a second later it does not; none is not green."""
    right = question(form, step)
    limit = timedelta(minutes=patient_ready.PREFLIGHT_MIN)

    assert patient_ready.preflight_green(right) == ()
    for ago, green in ((timedelta(0), True), (limit, True), (limit + timedelta(seconds=1), False)):
        at = instant(right.at - ago)
        told = Reason("no_preflight", expected="a preflight within 30 min", seen=at)
        assert (() if green else (told,)) == patient_ready.preflight_green(changed(right, facts=(("preflight", at),)))
    none = Reason("no_preflight", expected="a preflight within 30 min", seen="none")
    alone = Reason("no_lease", "product", "a station with the lease of this bag", "none")
    assert patient_ready.preflight_green(changed(right, facts=())) == (none,)
    assert patient_ready.preflight_green(question(form, step, unleased=True)) == (alone,)
    assert patient_ready.preflight_green(changed(question(form, step, unleased=True), facts=())) == (none, alone)


@pytest.mark.parametrize(("form", "step"), naming("dose_together"))
def test_half_a_dose_does_not_travel(form: str, step: str) -> None:
    """Every live bag of the certificate moves at once; one that has its end is not waited for."""
    right = question(form, step)
    bag = right.order.dose()[0]
    listed = replace(right.order.certificate, containers=(bag.id, "C-2"))  # type: ignore[type-var]
    two = changed(right, certificate=listed, containers=(*right.order.containers, replace(bag, id="C-2")))

    assert patient_ready.dose_together(right) == ()
    assert patient_ready.dose_together(two) == (Reason("dose_incomplete", "drug_product", "2 bags", "1"),)
    assert patient_ready.dose_together(with_container(two, "C-2", state="destroyed")) == ()


@pytest.mark.parametrize(("form", "step"), naming("one_thawed"))
@pytest.mark.parametrize("state", CONTAINER_STATES)
def test_one_bag_is_under_way_at_a_time(form: str, step: str, state: str) -> None:
    """While another waits between thaw and infusion its clock runs; one that is running in, or done, does not wait."""
    right = question(form, step)
    bag = right.order.dose()[0]
    listed = replace(right.order.certificate, containers=(bag.id, "C-2"))  # type: ignore[type-var]
    two = changed(right, certificate=listed, containers=(*right.order.containers, replace(bag, id="C-2", state=state)))
    told = Reason("bag_waiting", "drug_product", "no other bag under way", state)

    assert ((told,) if state in {"thawed", "issued"} else ()) == patient_ready.one_thawed(two)
    assert patient_ready.one_thawed(right) == ()


@pytest.mark.parametrize("form", FORMS)
def test_the_second_bag_is_taken_up_while_the_first_runs_in(form: str) -> None:
    """And it keeps its own clock: nothing of the first bag's deeds counts for it."""
    paper = follow(">h10_print / h10_print bags=2 / >h17_end", form)
    first, second = paper.order.dose()
    assert (first.state, paper.order.state) == ("infusing", "INFUSING")

    steps = ["h14_retrieve", "h14_preflight", "h14_thaw", "h15_issue", "h15_accept", "h16_start"]
    for step in (each for each in steps if each in {s.id for s in paper.protocol.checkpoints}):
        paper = paper.do(step, pick=second.id)
        assert paper.order.state == "INFUSING"
    paper = paper.do("h17_end", pick=first.id)
    assert paper.order.state == "INFUSING"
    assert paper.do("h17_end", pick=second.id).order.state == "INFUSED"


def test_a_lease_shuts_everybody_else_out() -> None:
    """The station that has the lease sees none; every other one is told."""
    assert patient_ready.leased(asked("h14_thaw")) == ()
    assert patient_ready.leased(asked("h14_thaw", leased="D-7")) == (
        Reason("leased", "product", "the station that has the lease", "another station"),
    )
