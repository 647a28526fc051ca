"""Whether a label that says something else than it should is stopped before the printer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from labels import Code, LabelDoesNotReadBack, precheck
from labels.gs1_elements import bracketed
from scanners import decode
from tests.labels.examples import NAMES, SPECIMENS, coded, made, with_ink

if TYPE_CHECKING:
    from random import Random

    from labels import Symbology
    from tests.evidence import Evidence


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


def test_the_quick_look_at_a_fine_label_is_as_strict() -> None:
    """At 600 dpi, too, each code is read with all its dots, and a blot, another payload or a third code is found."""
    label = made("vial", dpi=600)
    piece = SPECIMENS["vial"].codes["secondary"]
    other_piece = made("vial", coded("vial", secondary=replace(piece, data=b"SPECIMEN0002")), 600)
    left, top, right, bottom = label.stamps[0].box
    blot = label.ink.copy()
    blot[top + (bottom - top) // 4 : bottom - (bottom - top) // 4, left:right] = True
    third = np.concatenate([label.ink, made("asset", dpi=600).ink[:, : label.ink.shape[1]]])

    precheck(label, reads_as, decode.read)
    for ink in (blot, other_piece.ink, third, np.zeros_like(label.ink)):
        with pytest.raises(LabelDoesNotReadBack, match="expected to read"):
            precheck(with_ink(label, ink), reads_as, decode.read)


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


def said(data: bytes, symbology: Symbology) -> str:
    """Tell what any of the random codes says: GS1 with its identifiers in brackets, the rest in fours."""
    if symbology == "gs1datamatrix":
        return bracketed(data).decode("ascii").replace("[", "(").replace("]", ")")
    text = data.decode("ascii")
    return " · ".join(text[at : at + 4] for at in range(0, len(text), 4))


def other(text: str, chance: Random) -> str:
    """Return *text* with one letter or digit exchanged."""
    place = chance.choice([at for at, letter in enumerate(text) if letter.isalnum()])
    return text[:place] + ("8" if text[place] != "8" else "3") + text[place + 1 :]


@pytest.mark.long("labels")
def test_text_and_bytes_of_a_code_cannot_part(evidence: Evidence) -> None:
    """Of a random record the text comes from the bytes and passes; either of them changed alone is stopped."""
    chance = evidence.random()
    for number in range(evidence.size(15, 1000)):
        piece = "".join(chance.choices("0123456789BCDEFGHJKLNPRSTUVX", k=12))
        lot = "".join(chance.choices("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789-", k=chance.randint(1, 12))) + "7"
        name = ("cassette", "vial")[number % 2]
        kind: Symbology = "gs1datamatrix" if name == "cassette" else "datamatrix"
        data = f"010950600013435210{lot}\x1d250{piece}" if name == "cassette" else f"=+02000{lot}&,2000000{piece}"
        codes = {
            which: Code(raw, of, said(raw, of))
            for which, raw, of in (("primary", data.encode(), kind), ("secondary", piece.encode(), "code128"))
        }
        which = chance.choice(("primary", "secondary"))
        true = codes[which]
        spoiled = (
            replace(true, text=other(true.text, chance)),
            replace(true, data=true.data[:-1] + b"%c" % (true.data[-1] ^ 1)),
        )

        precheck(made(name, coded(name, **codes), 203), said, decode.read)
        for wrong in spoiled:
            label = made(name, coded(name, **{**codes, which: wrong}), 203)
            with pytest.raises(LabelDoesNotReadBack, match="is not what its bytes say"):
                precheck(label, said, decode.read)
        evidence.count("records whose text and bytes agree, each stopped when one of them was changed")
