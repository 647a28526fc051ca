"""A release rests on a recorded pass of tested samples of this very lot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import qc
from coi.custody.reasons import Reason
from tests.coi.custody.detours import follow, question
from tests.coi.custody.paper import PROTOCOLS, asked, changed, with_container

FORMS = list(PROTOCOLS)


@pytest.mark.parametrize(
    ("facts", "seen"),
    [((("qc_result", "pass"),), None), ((("qc_result", "fail"),), "fail"), ((("qc_result", ""),), "no result"),
     ((), "no result"), ((("qc_result", "PASS"),), "PASS"), ((("other", "pass"),), "no result")],
)  # fmt: skip
def test_only_a_pass_is_a_pass(facts: tuple[tuple[str, str], ...], seen: str | None) -> None:
    """No result is not a pass, and neither is anything that looks like one."""
    expected = () if seen is None else (Reason("qc_failed", expected="pass", seen=seen),)

    assert expected == qc.check(changed(asked("h11_release"), facts=facts))


@pytest.mark.parametrize("form", FORMS)
def test_a_result_stands_on_a_tested_sample_of_the_lot(form: str) -> None:
    """None, one that waits, one that was destroyed, another lot's: no result."""
    right = question(form, "h11_qc")
    sample = right.order.of_kind("sample")[0]
    none = Reason("no_sample", "sample", "a tested sample of this lot", "none")
    waits = Reason("no_sample", "sample", "every sample tested", "1 waiting")

    assert qc.samples(right) == ()
    assert qc.samples(with_container(right, sample.id, state="destroyed")) == (none,)
    assert qc.samples(with_container(right, sample.id, keys=(("lot", "L-9"),))) == (none,)
    assert qc.samples(with_container(right, sample.id, keys=())) == (none,)
    for state in ("registered", "in_process"):
        assert qc.samples(with_container(right, sample.id, state=state)) == (none, waits)
        more = changed(right, containers=(*right.order.containers, replace(sample, id="C-9", state=state)))
        assert qc.samples(more) == (waits,)


@pytest.mark.parametrize("form", FORMS)
def test_nobody_states_a_pass_where_a_sample_failed(form: str) -> None:
    """A failed sample stays failed, though the next one passes; a stated fail needs no failed sample."""
    paper = follow(">h10_print / h9_sample_print / h9_sample / h11_test sample_result=fail / h11_test / >h11_qc", form)
    assert paper.order.fact("sample_result") == "fail"

    told = Reason("qc_failed", "qc_result", "fail", "pass")
    assert qc.samples(paper.ready("h11_qc").asked) == (told,)
    assert qc.samples(paper.ready("h11_qc", qc_result="fail").asked) == ()
    assert qc.samples(question(form, "h11_qc", values={"qc_result": "fail"})) == ()


@pytest.mark.parametrize("form", FORMS)
def test_another_lots_sample_tells_nothing_of_this_one(form: str) -> None:
    """One that was taken before the batch failed and was made again."""
    right = question(form, "h11_test")
    sample = right.containers()[0]
    told = Reason("other_lot", "sample", right.order.lot or "", "another lot")

    assert qc.of_lot(right) == ()
    assert qc.of_lot(with_container(right, sample.id, keys=(("lot", "L-9"),))) == (told,)
    assert qc.of_lot(changed(right, lot=None)) == (replace(told, expected="a lot"),)


@pytest.mark.parametrize("form", FORMS)
def test_a_failed_lot_goes_only_by_its_own_road(form: str) -> None:
    """A failed result, the physician's request and the evaluated risk, all of them; a pass is no way through here."""
    right = question(form, "h11_oos_release")
    facts = right.order.facts
    assert qc.out_of_specification(right) == ()

    for name in ("oos_request", "oos_risk"):
        rest = tuple(fact for fact in facts if fact[0] != name)
        told = Reason("oos_incomplete", name, "stated and signed", "nothing")
        for less in (rest, (*rest, (name, ""))):
            assert qc.out_of_specification(changed(right, facts=less)) == (told,)
    for result in ((), (("qc_result", "pass"),)):
        rest = tuple(fact for fact in facts if fact[0] != "qc_result")
        assert qc.out_of_specification(changed(right, facts=(*rest, *result))) == (
            Reason("qc_failed", "qc_result", "a failed result", "none"),
        )


@pytest.mark.parametrize("form", FORMS)
def test_a_lot_of_which_nothing_is_left_is_not_released(form: str) -> None:
    """A bag that came to its end, one that was never filled, one of another lot: nothing to release, on either road."""
    right = question(form, "h11_release")
    (bag,) = right.order.of_kind("drug_product")
    told = (Reason("dose_incomplete", "drug_product", "a bag of this lot", "none"),)

    assert qc.check(right) == ()
    for fields in ({"state": "destroyed"}, {"state": "registered"}, {"keys": (("lot", "L-9"),)}):
        assert qc.check(with_container(right, bag.id, **fields)) == told
        failed = (("qc_result", "fail"), ("oos_request", "stated"), ("oos_risk", "acceptable"))
        assert qc.out_of_specification(changed(with_container(right, bag.id, **fields), facts=failed)) == told
