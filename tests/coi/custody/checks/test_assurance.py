"""Only what was scanned here and now, in the way this step wants, counts as scanned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

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


WORTHLESS: dict[str, dict[str, Any]] = {
    "scanner_failed": {"scanner": "failed"},
    "scanner_due": {"scanner": "due"},
    "few_frames": {"source": "camera", "seen": "zxing-wasm/3.1.4 1/3"},
    "symbology": {"aim": "]z0"},
}


@pytest.mark.parametrize("code", WORTHLESS)
def test_a_read_that_is_worth_nothing_is_refused(code: str) -> None:
    """A failed or unchecked scanner, one frame of a camera, a symbology that is none of ours: each has its reason."""
    item = replace(scanned(asked("h5_pack"), "bag"), **WORTHLESS[code])

    (reason,) = assurance.check(swapped(asked("h5_pack"), "bag", item))

    assert (code, "container") == (reason.code, reason.slot)


def test_two_frames_of_a_camera_count() -> None:
    """What two frames agree on is a scan like any other."""
    item = replace(scanned(asked("h5_pack"), "bag"), source="camera", seen="zxing-wasm/3.1.4 2/2")

    assert assurance.check(swapped(asked("h5_pack"), "bag", item)) == ()


def test_the_same_picture_twice_is_no_scan() -> None:
    """A frame that came before is a replay, whatever it shows."""
    item = replace(scanned(asked("h5_pack"), "bag"), replayed=True)

    assert (Reason("replayed", "container", "what the camera sees now", "an old picture"),) == assurance.check(
        swapped(asked("h5_pack"), "bag", item)
    )


@pytest.mark.parametrize(
    ("step", "allowed", "codes"),
    [("h5_pack", True, []), ("h5_pack", False, ["not_typed_here"]), ("h4_end", True, ["not_typed_here"])],
)
def test_two_persons_may_type_only_where_it_is_allowed(step: str, allowed: bool, codes: list[str]) -> None:  # noqa: FBT001  a case
    """Where the installation lets them, and never where two persons sign."""
    item = replace(scanned(asked(step), "bag"), assurance="attested", source="keyed", aim="", linear=True)
    question = swapped(asked(step), "bag", item)
    question = replace(question, facts=replace(question.facts, may_type=allowed))

    assert codes == [reason.code for reason in assurance.check(question)]


def test_everything_typed_where_nothing_may_be_is_told() -> None:
    """Each typed code is refused by itself, and what was scanned beside it is judged all the same."""
    right = asked("h5_pack")
    typed = replace(scanned(right, "seal"), assurance="attested", source="keyed", aim="")
    bar = replace(scanned(right, "bag"), linear=True, aim="")
    question = replace(right, facts=replace(right.facts, items=(typed, typed, bar), may_type=False))

    told = Reason("not_typed_here", "seal", "a scan", "typed by two persons")
    assert assurance.check(question) == (told, told, BAR)
