"""Whether a label that says something else than it should is stopped before the printer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from labels import Label, LabelDoesNotReadBack, precheck, render
from scanners import decode
from tests.labels.examples import BAG, CASSETTE, PATIENT, PIECE, SPECS, at

if TYPE_CHECKING:
    from labels import Symbology


def reads_as(data: bytes, symbology: Symbology) -> str:
    """Tell what the examples' codes say, as the service would."""
    texts = {(code.data, code.symbology): code.text for spec in SPECS.values() for code in spec.codes}
    return texts[data, symbology]


@pytest.mark.parametrize("name", SPECS)
def test_a_true_label_passes(name: str) -> None:
    """Each design reads back as asked, at the coarsest resolution and in preview."""
    precheck(render(at(SPECS[name], 203)), reads_as, decode.read)
    precheck(render(replace(SPECS[name], preview=True)), reads_as, decode.read)


def test_a_label_of_other_bytes_is_stopped() -> None:
    """When the dots hold another payload than the label claims, it does not pass."""
    other = render(BAG)
    claimed = Label(replace(BAG, secondary=replace(PIECE, data=b"7K3MXHD90BC3")), other.ink)

    with pytest.raises(
        LabelDoesNotReadBack, match="expected to read ]d1 with 83 bytes x 1, ]C0 with 12 bytes x 1, read"
    ):
        precheck(claimed, reads_as, decode.read)


def test_a_damaged_label_is_stopped() -> None:
    """A blot over one code is found: every code must read, not just one."""
    label = render(BAG)
    ink = label.ink.copy()
    ink[240:370, 30:160] = True

    with pytest.raises(LabelDoesNotReadBack):
        precheck(Label(BAG, ink), reads_as, decode.read)


def test_a_third_code_is_stopped() -> None:
    """A code that nobody asked for does not ride along."""
    ink = np.concatenate([render(CASSETTE).ink, render(replace(CASSETTE, primary=PATIENT)).ink])

    with pytest.raises(LabelDoesNotReadBack):
        precheck(Label(CASSETTE, ink), reads_as, decode.read)


def test_a_preview_that_reads_is_stopped() -> None:
    """A drawing with live codes does not pass as a preview."""
    with pytest.raises(LabelDoesNotReadBack, match="expected to read nothing"):
        precheck(Label(replace(BAG, preview=True), render(BAG).ink), reads_as, decode.read)


def test_a_text_that_is_not_what_the_bytes_say_is_stopped() -> None:
    """The words beside a code are those of its bytes, for both codes."""
    for code in (replace(PIECE, text="7K3M XHD9 0BC3"),):
        with pytest.raises(LabelDoesNotReadBack, match="the text beside the code128 is not what its bytes say"):
            precheck(render(replace(BAG, secondary=code)), reads_as, decode.read)
    with pytest.raises(LabelDoesNotReadBack, match="the text beside the datamatrix is not what its bytes say"):
        precheck(render(replace(BAG, primary=replace(BAG.primary, text=""))), reads_as, decode.read)
