"""Only what the release certificate lists goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import certificate, patient_ready
from coi.custody.reasons import Reason
from tests.coi.custody.paper import PROTOCOL, STEPS, asked, changed, moment

AFTER = [step for step in STEPS if "certificate" in PROTOCOL.checkpoint(step).checks]


@pytest.mark.parametrize("step", AFTER)
def test_the_listed_container_passes(step: str) -> None:
    """The certificate of the straight road lists the product bag."""
    assert certificate.check(asked(step)) == ()


@pytest.mark.parametrize("step", AFTER)
def test_without_a_certificate_nothing_passes(step: str) -> None:
    """No release is no release, at every gate from the packing to the bedside."""
    assert certificate.check(changed(asked(step), certificate=None)) == (
        Reason("no_certificate", expected="a release", seen="none"),
    )


UNSEEN = ("h14_condition", "h14_ready", "h14_preflight")
"""Steps at which no bag is scanned."""


@pytest.mark.parametrize("step", [step for step in AFTER if step not in UNSEEN])
def test_another_lot_of_the_same_patient_is_refused(step: str) -> None:
    """A product of this order that the certificate does not list is refused, though patient and order agree (R5)."""
    right = asked(step)
    listed = right.order.certificate
    assert listed is not None
    other = replace(listed, containers=("C-other-lot",))

    assert (Reason("not_certified", "drug_product", listed.id, "not on its list"),) == certificate.check(
        changed(right, certificate=other)
    )


@pytest.mark.parametrize("step", UNSEEN[:2])
def test_a_lot_that_lies_apart_stands_in_nobodys_way(step: str) -> None:
    """Where no bag is scanned, another lot's bag is not meant; and without the dose's own bags nothing is complete."""
    right = asked(step)
    assert right.order.certificate is not None
    other = changed(right, certificate=replace(right.order.certificate, containers=("C-other-lot",)))

    assert certificate.check(other) == ()
    assert [reason.code for reason in patient_ready.dose_complete(other)] == ["dose_incomplete"]


def test_every_gate_from_the_packing_to_the_bedside_asks_for_the_certificate() -> None:
    """Pick, packing, receipt, storage, conditioning, readiness, thaw, issue and bedside demand it (R5)."""
    assert AFTER == [
        "h12_pick", "h12_pack", "h12_offer", "h12_accept", "h13_receive", "h13_store", "h14_condition", "h14_ready",
        "h14_retrieve", "h14_preflight", "h14_thaw", "h15_issue", "h15_accept", "h16_start",
    ]  # fmt: skip
    assert moment("h12_pack").asked.order.certificate is not None
