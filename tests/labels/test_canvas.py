"""Whether words are shown whole, or the label is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from labels import Code, GlyphMissing, LabelError, LabelSpec, Line, Overprint, TextDoesNotFit, render, stock
from labels.canvas import Canvas, Place, Type
from labels.fonts import Face
from tests.labels.examples import BAG, DOSE, PIECE, SPECS, WRISTBAND, asked, grey, reads

if TYPE_CHECKING:
    from collections.abc import Callable

SHOWN = (
    "Łukasz Wiśniewski",
    "Ñuñez-Ibáñez y O’Brien",
    "Ελένη Παππά",
    "Алексей Ёлкин",
    "Müller-Østergård",
    "Đặng Thị Hương",
)
MISSING = {
    "Chinese": ("李明", "U+674E"),
    "Arabic": ("محمد", "U+0645: right-to-left writing cannot be drawn yet"),
    "Hebrew": ("דוד", "U+05D3: right-to-left writing cannot be drawn yet"),
    "a lone accent": ("x\u0323\u0301", "a control, mark or space that cannot be shown"),
    "a turner of direction": ("AB\u202eCD", "U+202E: a control"),
    "a NUL": ("AB\x00", "U+0000: a control"),
    "a line feed": ("AB\nCD", "U+000A: a control"),
    "a space of no width": ("AB\u200bCD", "U+200B: a control"),
    "an emoji": ("\N{GRINNING FACE}", "U+1F600"),
    "a replacement sign": ("M\ufffdller", "U+FFFD"),
}
HOSTILE = ("^XZ^XA", "~JR", "_5E", "\\&", ">8", "^FO0,0^GB9,9^FS", "{{7*7}}", "%s %n", "<b>")


@pytest.mark.parametrize("name", SHOWN)
def test_names_of_european_writing_are_drawn(name: str) -> None:
    """Latin, Greek and Cyrillic names stand on the wristband, with all their marks."""
    drawn = render(replace(WRISTBAND, lines=(Line("Name", name),)))
    without = render(replace(WRISTBAND, lines=(Line("Name", ""),)))

    assert 200 < (drawn.ink ^ without.ink).sum()


@pytest.mark.parametrize("case", MISSING)
def test_what_cannot_be_drawn_truly_is_refused(case: str) -> None:
    """No box in place of a letter, no name read backwards; and the refusal does not tell the name."""
    name, told = MISSING[case]

    with pytest.raises(GlyphMissing) as refused:
        render(replace(WRISTBAND, lines=(Line("Name", name),)))

    assert str(refused.value).startswith("line 1: ")
    assert told in str(refused.value)
    assert name not in str(refused.value)


def test_an_accent_of_two_characters_is_one_letter() -> None:
    """Composed and decomposed spelling of a name are the same dots."""
    composed, decomposed = "Wi\u015bniewski", "Wis\u0301niewski"

    one, other = (render(replace(WRISTBAND, lines=(Line("Name", name),))).sha256 for name in (composed, decomposed))
    assert one == other


@pytest.mark.parametrize("text", HOSTILE)
def test_commands_in_a_text_are_only_ink(text: str) -> None:
    """What looks like a printer command in any field reaches no printer as one."""
    sent = render(
        replace(BAG, role=text, mark=text, identity=text, lines=(Line(text[:5], text),), warnings=(text,))
    ).zpl()

    assert (1, 1, 0) == (sent.count(b"^XA"), sent.count(b"^XZ"), sent.count(b"~"))


def test_a_long_text_shrinks_and_then_is_refused() -> None:
    """A text gets smaller down to its least legible size; one letter more than fits there is refused by its length."""
    fits = [length for length in range(20, 80) if _fits("N" * length)]

    assert list(range(20, len(fits) + 20)) == fits
    with pytest.raises(TextDoesNotFit) as refused:
        render(replace(BAG, lines=(Line("Product", "N" * (len(fits) + 20)),)))
    assert f"line 1: {len(fits) + 20} characters at the least legible size of 1.5 mm do not fit" in str(refused.value)


@pytest.mark.parametrize("name", ["bag", "wristband", "short-wristband", "cassette"])
def test_two_long_warnings_share_a_box(name: str) -> None:
    """Warnings that do not fit beside each other stand below each other, and both codes still read."""
    texts = ("FOR AUTOLOGOUS USE ONLY", "NOT EVALUATED FOR INFECTIOUS SUBSTANCES")
    spec = replace(SPECS[name], warnings=texts)
    swapped = replace(SPECS[name], warnings=texts[::-1])

    assert asked(spec) == reads(grey(render(spec).ink))
    assert render(spec).sha256 != render(swapped).sha256


def test_the_text_of_a_code_is_broken_only_where_it_may_be() -> None:
    """A long line goes on below at a blank or before a bracket: given whole or broken, it is the same drawing."""
    broken = "(01)09506000134352\n(17)261231(10)LOT42A\n(21)COI7\n(250)7K3MXHD90BC2"
    whole = broken.replace("\n", "")
    one, other = (render(replace(BAG, primary=replace(DOSE, text=text))).sha256 for text in (broken, whole))

    assert one == other
    with pytest.raises(TextDoesNotFit, match="text of the matrix, row 1: 40 characters"):
        render(replace(BAG, primary=replace(DOSE, text="(21)" + "7" * 36)))
    with pytest.raises(TextDoesNotFit, match="text of the matrix, row 1"):
        render(replace(BAG, primary=replace(DOSE, text="\n".join("ABCDEFGHIJKL"))))


def test_ten_kilobytes_of_text_are_refused() -> None:
    """However long a text is, it is refused and not cut."""
    with pytest.raises(TextDoesNotFit):
        render(replace(BAG, identity="A" * 10_000))


def test_nothing_is_printed_over_something_else() -> None:
    """A second thing in a place that is taken, and a thing off the label, are refused by name."""
    canvas = Canvas(stock("asset-80x40"), preview=False)
    canvas.frame(Place(10, 10, 20, 10), 0.5, "frame")

    with pytest.raises(Overprint, match="word would be printed over frame"):
        canvas.text(Place(5, 8, 40, 10), "WORD", Type(Face.BOLD, 4, 2), "word")
    with pytest.raises(Overprint, match="band stands off the label"):
        canvas.band(Place(70, 10, 20, 10), "band")


SPECS_REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "no such design": (lambda: render(replace(BAG, design="poster")), "expected a design of"),
    "no such symbology": (lambda: Code(b"A", "aztec", ""), "expected a symbology of"),  # type: ignore[arg-type]  # wrong on purpose
    "two matrices": (lambda: replace(BAG, secondary=BAG.primary), "expected the second code as 'code128'"),
    "two lines of bars": (lambda: replace(BAG, primary=PIECE), "expected the first code as one of"),
    "no role": (lambda: replace(BAG, role=""), "expected a role word, got nothing"),
    "no such stock": (lambda: stock("A4"), "expected a stock of"),
    "no such resolution": (lambda: stock("bag-100x60", 72), "expected a resolution of"),
    "no such feed": (lambda: replace(BAG.stock, feed="up"), "expected a feed of"),  # type: ignore[arg-type]  # wrong on purpose
    "a stock as wide as a room": (
        lambda: replace(BAG.stock, width_mm=4000),
        "expected a side of 10 to 300 mm, got 4000",
    ),
}


@pytest.mark.parametrize("case", SPECS_REFUSED)
def test_a_label_that_makes_no_sense_is_refused(case: str) -> None:
    """Wrong designs, symbologies and sizes are refused in the words of what was expected."""
    make, told = SPECS_REFUSED[case]

    with pytest.raises(LabelError) as refused:
        make()

    assert told in str(refused.value)


def _fits(text: str) -> bool:
    spec: LabelSpec = replace(BAG, lines=(Line("Product", text),))
    try:
        render(spec)
    except TextDoesNotFit:
        return False
    return True
