"""Only what was scanned here and now, in the way this step wants, counts as scanned."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import assurance
from coi.custody.reasons import Reason
from tests.coi.custody.paper import asked, scanned, swapped

BAR = Reason("bar_alone", "container", "the square code", "the bar code alone")


@pytest.mark.parametrize("kind", ["signed", "token"])
def test_signed_scans_and_tokens_count(kind: str) -> None:
    """A scan that a station signed counts, and a token's where tokens are let in at all."""
    item = replace(scanned(asked("h5_pack"), "bag"), assurance=kind)

    assert assurance.check(swapped(asked("h5_pack"), "bag", item)) == ()


@pytest.mark.parametrize("kind", ["keyed", "", "anything else"])
def test_what_nobody_signed_is_keyed(kind: str) -> None:
    """A typed code is refused, and so is any way of reading that we do not know."""
    item = replace(scanned(asked("h5_pack"), "seal"), assurance=kind, source="wedge")

    assert (Reason("keyed", "seal", "a scan signed by this station", "wedge"),) == assurance.check(
        swapped(asked("h5_pack"), "seal", item)
    )


@pytest.mark.parametrize(
    ("step", "aim", "reasons"),
    [
        ("h5_pack", "]C0", ()),
        ("h5_pack", "]C1", ()),
        ("h5_pack", "", (BAR,)),
        ("h5_pack", "]d1", (BAR,)),
        ("h7_accept", "]C0", ()),
        ("h4_end", "]C0", (BAR,)),
        ("h4_end", "", (BAR,)),
    ],
)
def test_a_bar_alone_counts_at_routine_steps_only(step: str, aim: str, reasons: tuple[Reason, ...]) -> None:
    """With its AIM identifier, and never where two persons answer."""
    item = replace(scanned(asked(step), "bag"), linear=True, aim=aim)

    assert reasons == assurance.check(swapped(asked(step), "bag", item))


def test_at_the_bedside_the_bar_is_welcome_beside_the_square_code() -> None:
    """Where a slot asks for the bar code it counts, but not for the wristband, and not without its AIM identifier."""
    right = asked("h16_start")
    band, bar = scanned(right, "wristband"), scanned(right, "product_bar")

    assert assurance.check(right) == ()
    assert (BAR,) == assurance.check(swapped(right, "product_bar", replace(bar, aim="")))
    assert (replace(BAR, slot="wristband"),) == assurance.check(
        swapped(right, "wristband", replace(band, linear=True, aim="]C0"))
    )


def test_the_bar_code_of_a_thing_is_no_label() -> None:
    """A seal or a place has one code, in whatever symbol; only labels have a square code to ask for."""
    item = replace(scanned(asked("h4_end"), "bag"), klass="seal", linear=True, aim="]C0", piece=None)

    assert assurance.check(swapped(asked("h4_end"), "bag", item)) == ()
