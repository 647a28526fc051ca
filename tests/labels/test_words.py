"""Whether words are shown whole and as they are written, or the label is refused."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from dataclasses import replace

import numpy as np
import pytest

from labels import BadRecord, Code, GlyphMissing, LabelError, Overprint, TextDoesNotFit, compose, parse, shipped, stock
from labels.canvas import Canvas, Type
from labels.elements import Place
from labels.fonts import Face, drawn, written
from labels.laws import warnings_for
from labels.proofs import SCRIPTS
from tests.labels.examples import SPECIMENS, asked, coded, grey, made, reads, valued
from tests.vectors import ROOT

SHOWN = {
    "Polish": "Łukasz Wiśniewski",
    "Spanish": "Ñuñez-Ibáñez y O’Brien",
    "Greek": "Ελένη Παππά",
    "Cyrillic": "Алексей Ёлкин",
    "Vietnamese": "Đặng Thị Hương",
    "Chinese": "李明 欧阳修",
    "Japanese": "佐藤 ひかり",
    "Korean": "김철수 남궁민수",
    "Arabic": "محمد الأنصاري",
    "Hebrew": "דוד בן־גוריון",
    "Hindi": "अमित शर्मा",
}
MISSING = {
    "a lone accent": ("x\u0323\u0301", "no one face writes all of these"),
    "a turner of direction": ("AB\u202eCD", "U+202E: a control or space that cannot be shown"),
    "a NUL": ("AB\x00", "U+0000: a control"),
    "a space of no width": ("AB\u200bCD", "U+200B: a control"),
    "an emoji": ("\N{GRINNING FACE}", "U+1F600: no face has a drawing for it"),
    "a replacement sign": ("M\ufffdller", "no face has a drawing for it"),
    "two directions": ("דוד Cohen", "two directions of writing in one line"),
    "two scripts of two faces": ("李明 अमित", "no one face writes all of these 7 characters"),
}
HOSTILE = ("^XZ^XA", "~JR", "_5E", "\\&", ">8", "^FO0,0^GB9,9^FS", "{{7*7}}", "%s %n", "<b>")


@pytest.mark.parametrize("script", SHOWN)
def test_names_of_many_writings_are_drawn(script: str) -> None:
    """Each name stands on the wristband with ink of its own, inside its box, and both codes still read."""
    label = made("wristband", valued("wristband", name=SHOWN[script]))
    without = made("wristband", valued("wristband", name=""))

    (box,) = [put.box for put in label.puts if getattr(put, "name", "") == "name"]
    left, top, right, bottom = box
    assert 200 < (label.ink[top:bottom, left:right]).sum()
    assert asked(without) == asked(label) == reads(grey(label.ink))


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_written_by_one_face_and_without_tofu(script: str) -> None:
    """No two different letters of a script look alike as the box of a missing glyph would."""
    letters = sorted({letter for letter in SCRIPTS[script] if unicodedata.category(letter)[0] == "L"})
    looks = {drawn(letter, Face.BOLD, 60)[0].tobytes() for letter in letters}

    assert len(letters) * 0.8 <= len(looks)


@pytest.mark.parametrize("case", MISSING)
def test_what_cannot_be_drawn_truly_is_refused(case: str) -> None:
    """No box in place of a letter, no name read backwards; and the refusal does not tell the name."""
    name, told = MISSING[case]

    with pytest.raises(GlyphMissing) as refused:
        made("wristband", valued("wristband", name=name))

    assert str(refused.value).startswith("name: ")
    assert told in str(refused.value)
    assert name not in str(refused.value)


def test_an_accent_of_two_characters_is_one_letter() -> None:
    """Composed and decomposed spelling of a name are the same dots."""
    one, other = (made("wristband", valued("wristband", name=name)).sha256 for name in ("Wi\u015bn", "Wis\u0301n"))

    assert one == other


@pytest.mark.parametrize("text", HOSTILE)
def test_commands_in_a_text_are_only_ink(text: str) -> None:
    """What looks like a printer command in any field reaches no printer as one, in either mode."""
    label = made("shipper", valued("shipper", name=text, to=text, handling=text), mark=text, copy=text)

    for sent in (label.zpl(), label.zpl("native")):
        assert (1, 1, 0) == (sent.count(b"^XA"), sent.count(b"^XZ"), sent.count(b"~"))


def test_a_long_text_shrinks_and_then_is_refused() -> None:
    """Every text as long as its field may be fits; one that is longer is refused by its length, and never cut."""
    for length in (1, 20, 30):
        assert asked(made("shipper")) == asked(made("shipper", valued("shipper", name="W" * length)))
    with pytest.raises(BadRecord, match="name: expected at most 30 characters, got 31"):
        made("shipper", valued("shipper", name="N" * 31))
    with pytest.raises(TextDoesNotFit, match="do not fit"):
        made("shipper", mark="A" * 200)


def test_the_text_of_a_code_that_does_not_fit_is_refused() -> None:
    """The text beside a code is never left out nor made too small to read."""
    long = Code(b"SHP-7K3MXHD90BC2", "datamatrix", "S" * 60)

    with pytest.raises(TextDoesNotFit, match="text of the primary code: 1 parts of up to 60 characters"):
        made("shipper", coded("shipper", primary=long))


def test_nothing_is_put_over_something_else() -> None:
    """A second thing in a place that is taken, and a thing off the label, are refused by name."""
    canvas = Canvas(stock("asset-80x40"))
    canvas.frame(Place(10, 10, 20, 10), 0.5, "frame")

    with pytest.raises(Overprint, match="word would be printed over frame"):
        canvas.text(Place(5, 8, 40, 10), "WORD", Type(Face.BOLD, 4, 2), "word")
    with pytest.raises(Overprint, match="band stands off the label"):
        canvas.band(Place(70, 10, 20, 10), "band")


def test_the_ink_of_any_word_stays_in_its_box() -> None:
    """At every resolution the worst words of every template leave no dot outside their boxes."""
    for name in ("apheresis_bag", "cassette", "wristband"):
        label = made(name, dpi=203)
        allowed = np.zeros_like(label.ink)
        for put in label.puts:
            left, top, right, bottom = put.box
            allowed[top:bottom, left:right] = True
        assert 0 == np.count_nonzero(label.ink & ~allowed)


TESTING = {
    "": ("FOR AUTOLOGOUS USE ONLY", "NOT EVALUATED FOR INFECTIOUS SUBSTANCES"),
    "not_evaluated": ("FOR AUTOLOGOUS USE ONLY", "NOT EVALUATED FOR INFECTIOUS SUBSTANCES"),
    "evaluated": ("FOR AUTOLOGOUS USE ONLY",),
    "risk": (
        "FOR AUTOLOGOUS USE ONLY",
        "WARNING: ADVISE PATIENT OF COMMUNICABLE DISEASE RISKS",
        "\N{BIOHAZARD SIGN} BIOHAZARD",
    ),
    "reactive": (
        "FOR AUTOLOGOUS USE ONLY",
        "WARNING: REACTIVE TEST RESULTS FOR HBV",
        "WARNING: ADVISE PATIENT OF COMMUNICABLE DISEASE RISKS",
        "\N{BIOHAZARD SIGN} BIOHAZARD",
    ),
}


@pytest.mark.parametrize("testing", TESTING)
def test_the_warnings_follow_from_the_testing(testing: str) -> None:
    """Nobody chooses the warnings of a bag; what is not known prints the strictest words."""
    label = made("drug_product", valued("drug_product", donor_testing=testing, reactive_for="HBV"))

    said = [getattr(put, "text", "") for put in label.puts]
    assert TESTING[testing] == tuple(
        text for text in said if text in {line for all_ in TESTING.values() for line in all_}
    )


def test_a_small_label_refers_to_the_warnings_that_hang_with_it() -> None:
    """A cassette has no room for all words of a risk: it shows the hazard and where the words are."""
    assert ("FOR AUTOLOGOUS USE ONLY", "\N{BIOHAZARD SIGN} BIOHAZARD: SEE ATTACHED WARNINGS") == warnings_for(
        "reactive", "HBV", short=True
    )


RECORDS = {
    "an unknown field": ({"colour": "red"}, "colour: expected one of coi"),
    "no identity": ({"coi": ""}, "coi: expected a value"),
    "an expiry without its zone": ({"expires": "24 NOV 2026 23:59"}, "expires: expected a moment such as"),
    "a date that is none": ({"expires": "32 NOV 2026 23:59 UTC"}, "expires: expected a moment such as"),
    "no second identifier": (
        {"din": "", "container": "", "serial": "", "lot": ""},
        "expected a second identifier beside the first: one of din, container, serial, lot",
    ),
    "a testing that is none": ({"donor_testing": "fine"}, "donor_testing: expected evaluated, not_evaluated, risk"),
    "reactive for nothing": ({"donor_testing": "reactive", "reactive_for": ""}, "reactive_for: expected for what"),
    "a day that the month has not": ({"expires": "31 FEB 2026 23:59 UTC"}, "expires: expected a day of the calendar"),
    "nothing but blanks": ({"coi": "  "}, "coi: expected more than blanks"),
    "a dose of more than there are": ({"dose": "4 of 3"}, "dose: expected a count such as 1 of 3"),
    "a dose that is none": ({"dose": "0 of 3"}, "dose: expected a count such as 1 of 3"),
}


@pytest.mark.parametrize("case", RECORDS)
def test_a_record_that_is_not_whole_is_refused(case: str) -> None:
    """What is missing, unknown or of the wrong kind is refused by the field's name, not by its value."""
    values, told = RECORDS[case]

    with pytest.raises(BadRecord) as refused:
        made("drug_product", valued("drug_product", **values))

    assert told in str(refused.value)


def test_codes_are_those_of_the_template() -> None:
    """A missing code and one of another symbology are refused."""
    record = SPECIMENS["vial"]

    with pytest.raises(BadRecord, match="expected the codes primary, secondary, got primary"):
        made("vial", replace(record, codes={"primary": record.codes["primary"]}))
    with pytest.raises(BadRecord, match="secondary: expected code128, got datamatrix"):
        made("vial", coded("vial", secondary=record.codes["primary"]))


def test_every_refusal_is_one_of_the_family() -> None:
    """A caller that catches ``LabelError`` catches all of them."""
    for work in (
        lambda: parse("{}"),
        lambda: stock("A4"),
        lambda: stock("bag-100x60", 72),
        lambda: Code(b"A", "aztec", ""),  # type: ignore[arg-type]  # wrong on purpose
        lambda: compose(shipped()["vial"], SPECIMENS["shipper"]),
        lambda: written("\x00", Face.BOLD),
    ):
        with pytest.raises(LabelError):
            work()


def test_two_threads_may_meet_a_face_for_the_first_time() -> None:
    """In a program that has just begun, four threads that write four scripts at once all draw, and draw alike."""
    script = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from labels.fonts import Face, drawn\n"
        "from labels.proofs import SCRIPTS\n"
        "names = [*SCRIPTS.values()] * 4\n"
        "with ThreadPoolExecutor(4) as threads:\n"
        "    inks = [*threads.map(lambda name: drawn(name, Face.BOLD, 30)[0].tobytes(), names)]\n"
        "print(len(set(inks)))\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)

    assert ("7\n", "") == (run.stdout, run.stderr)
