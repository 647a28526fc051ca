"""Whether a label that says something else than it should is stopped before the printer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from labels import LabelDoesNotReadBack, precheck
from scanners import decode
from tests.labels.examples import NAMES, SPECIMENS, coded, made, with_ink

if TYPE_CHECKING:
    from labels import Symbology


def reads_as(data: bytes, symbology: Symbology) -> str:
    """Tell what the specimens' codes say, as the service would."""
    codes = (code for record in SPECIMENS.values() for code in record.codes.values())
    return {(code.data, code.symbology): code.text for code in codes}[data, symbology]


@pytest.mark.parametrize("name", NAMES)
def test_a_true_label_passes(name: str) -> None:
    """Each design reads back as asked, at the coarsest resolution and in preview."""
    precheck(made(name, dpi=203), reads_as, decode.read)
    precheck(made(name, preview=True), reads_as, decode.read)


def test_a_label_of_other_bytes_is_stopped() -> None:
    """When the dots hold another payload than the label claims, it does not pass."""
    piece = SPECIMENS["vial"].codes["secondary"]
    other = made("vial", coded("vial", secondary=replace(piece, data=b"SPECIMEN0002")))

    with pytest.raises(
        LabelDoesNotReadBack, match="expected to read ]d1 with 61 bytes x 1, ]C0 with 12 bytes x 1, read"
    ):
        precheck(with_ink(made("vial"), other.ink), reads_as, decode.read)


def test_a_damaged_label_is_stopped() -> None:
    """A blot over one code is found: every code must read, not just one."""
    label = made("apheresis_bag")
    ink = label.ink.copy()
    ink[220:400, 30:200] = True

    with pytest.raises(LabelDoesNotReadBack):
        precheck(with_ink(label, ink), reads_as, decode.read)


def test_a_third_code_is_stopped() -> None:
    """A code that nobody asked for does not ride along."""
    ink = np.concatenate(
        [made("cassette").ink, made("cassette", coded("cassette", primary=SPECIMENS["vial"].codes["primary"])).ink]
    )

    with pytest.raises(LabelDoesNotReadBack):
        precheck(with_ink(made("cassette"), ink), reads_as, decode.read)


def test_a_preview_that_reads_is_stopped() -> None:
    """A drawing with live codes does not pass as a preview."""
    with pytest.raises(LabelDoesNotReadBack, match="expected to read nothing"):
        precheck(with_ink(made("vial", preview=True), made("vial").ink), reads_as, decode.read)


@pytest.mark.parametrize("which", ["primary", "secondary"])
def test_a_text_that_is_not_what_the_bytes_say_is_stopped(which: str) -> None:
    """The words beside a code are those of its bytes, for both codes."""
    code = SPECIMENS["vial"].codes[which]

    with pytest.raises(LabelDoesNotReadBack, match=f"the text beside the {code.symbology} is not what its bytes say"):
        precheck(made("vial", coded("vial", **{which: replace(code, text="7K3M XHD9 0BC3")})), reads_as, decode.read)
