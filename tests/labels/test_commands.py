"""Whether labels can be made, looked at and judged by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from labels.__main__ import main
from labels.commands import MODES
from labels.stock import DPI
from tests.labels.examples import NAMES, SPECIMENS, made, reads
from tests.vectors import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.evidence import Evidence

PLAIN: dict[str, Any] = {
    "values": dict(SPECIMENS["vial"].values),
    "codes": {
        name: {"symbology": code.symbology, "hex": code.data.hex(), "text": code.text}
        for name, code in SPECIMENS["vial"].codes.items()
    },
    "mark": "SPECIMEN",
}


def written(folder: Path, data: object) -> str:
    """Write *data* as a file, and return its name."""
    (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
    return str(folder / "data.json")


@pytest.mark.parametrize("mode", MODES)
def test_a_label_is_rendered_from_a_file(tmp_path: Path, mode: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The command writes the very bytes, picture and vector picture of ``compose``, and says the hash."""
    sent, png, svg = tmp_path / "out.zpl", tmp_path / "out.png", tmp_path / "out.svg"
    words = ["render", "vial", "--data", written(tmp_path, PLAIN), "--dpi", "203", "--mode", mode]

    assert 0 == main([*words, "-o", str(sent), "--png", str(png), "--svg", str(svg)])
    label = made("vial", dpi=203)
    assert (label.zpl(mode), label.png(), label.svg()) == (sent.read_bytes(), png.read_bytes(), svg.read_bytes())  # type: ignore[arg-type]  # one of the two
    assert label.sha256 in capsys.readouterr().out
    assert 0 == main(["lint", str(sent)])


REFUSED: dict[str, tuple[object, int, str]] = {
    "a key too many": ({**PLAIN, "zpl": "^XA"}, 1, "BadRecord: expected an object of values"),
    "a value that is no text": (
        {**PLAIN, "values": {"expires": 1}},
        1,
        "BadRecord: expected values as an object of texts",
    ),
    "a mark that is no text": ({**PLAIN, "mark": 1}, 1, "BadRecord: expected mark and copy as texts"),
    "a code without bytes": ({**PLAIN, "codes": {"primary": {}}}, 1, "BadRecord: codes.primary: expected symbology"),
    "bytes that are no hex": (
        {**PLAIN, "codes": {"primary": {"symbology": "code128", "hex": "zz", "text": ""}}},
        1,
        "BadRecord: codes.primary: expected hex digits",
    ),
    "a code without its text": (
        {**PLAIN, "codes": {**PLAIN["codes"], "secondary": {"symbology": "code128", "data": "A", "text": " "}}},
        1,
        "BadRecord: secondary: expected the text that a person reads beside the code, got none",
    ),
    "a text that steers": (
        {**PLAIN, "codes": {**PLAIN["codes"], "primary": {"symbology": "datamatrix", "data": "A", "text": "\u202e"}}},
        1,
        "GlyphMissing: text of the primary code: character 0 is U+202E",
    ),
    "a day that is none": (
        {**PLAIN, "values": {"expires": "31 FEB 2026 23:59 UTC"}},
        1,
        "BadRecord: expires: expected a day of the calendar",
    ),
    "a symbology that is none": (
        {**PLAIN, "codes": {"primary": {"symbology": "aztec", "data": "A", "text": ""}}},
        1,
        "BadRecord: codes.primary.symbology: expected one of",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_record_that_is_none_is_refused(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 1, and what was expected."""
    data, status, told = REFUSED[case]

    assert status == main(["render", "vial", "--data", written(tmp_path, data)])
    assert told in capsys.readouterr().err


def test_the_text_of_a_gs1_code_is_its_elements(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A label is read back before it is written: another text beside a GS1 code, or a key told twice, is refused."""
    record = SPECIMENS["cassette"]
    code = record.codes["primary"]
    codes = {
        "primary": {"symbology": code.symbology, "hex": code.data.hex(), "text": code.text.replace("LOT42A", "LOT42B")},
        "secondary": PLAIN["codes"]["secondary"],
    }
    sent = tmp_path / "out.zpl"
    data = written(tmp_path, {"values": dict(record.values), "codes": codes})

    assert 1 == main(["render", "cassette", "--data", data, "-o", str(sent)])
    assert "LabelDoesNotReadBack: the text beside the gs1datamatrix is not" in capsys.readouterr().err
    (tmp_path / "data.json").write_text('{"values": {}, "values": {}}', encoding="utf-8")
    assert 1 == main(["render", "cassette", "--data", data, "-o", str(sent)])
    assert "BadRecord: expected each key once" in capsys.readouterr().err
    assert not sent.exists()


def test_what_cannot_run_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2 for a file that is not there, for one that is no JSON, and for an unknown template."""
    data = written(tmp_path, PLAIN)
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")

    assert 2 == main(["render", "vial", "--data", str(tmp_path / "none.json")])
    assert 2 == main(["render", "vial", "--data", str(tmp_path / "broken.json")])
    (tmp_path / "deep.json").write_text("[" * 100_000, encoding="utf-8")
    assert 2 == main(["render", "vial", "--data", str(tmp_path / "deep.json")])
    assert 2 == main(["render", "poster", "--data", data])
    assert 1 == main(["render", str(tmp_path / "broken.json"), "--data", data])
    assert "BadTemplate: template: expected JSON" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2 with the place, whatever was to be written there; what cannot be read is told as well."""
    data = written(tmp_path, PLAIN)
    (tmp_path / "file").write_bytes(bytes(range(256)))
    below, within, file = (str(tmp_path / name) for name in ("file/out", "none/out", "file"))

    for place in (below, within, str(tmp_path)):
        for option in ("-o", "--png", "--svg"):
            assert 2 == main(["render", "vial", "--data", data, option, place])
            assert place in capsys.readouterr().err
    for command in ("samples", "gallery"):
        for place in (file, below):
            assert 2 == main([command, place])
            assert place in capsys.readouterr().err
    for words in (["render", "vial", "--data", file], ["render", "vial", "--data", str(tmp_path)], ["lint", below]):
        assert 2 == main(words)
        assert capsys.readouterr().err.startswith("could not run: ")
    assert 1 == main(["render", file, "--data", data])
    assert 1 == main(["render", "cryobag", "--data", data])
    assert 1 == main(["lint", file])


def test_the_lint_tells_every_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 1, one line a fault with its rule and its place."""
    (tmp_path / "bad.zpl").write_bytes(b"^XA^FO1,1^A0N,20,20^FDO'Brien^XZ^XA^FS^XZ")

    assert 1 == main(["lint", str(tmp_path / "bad.zpl")])
    assert "rule 2, byte 0: expected one ^XA at the beginning" in capsys.readouterr().out
    (tmp_path / "bad.zpl").write_bytes(b"^" * 100_000)
    assert 1 == main(["lint", str(tmp_path / "bad.zpl")])
    assert capsys.readouterr().out.endswith("and 99902 more\n")


@pytest.mark.long("labels")
def test_samples_are_what_their_list_says(tmp_path: Path, evidence: Evidence) -> None:
    """Every template, resolution and mode is there with its picture, which reads as the list says."""
    assert 0 == main(["samples", str(tmp_path)])
    listed = json.loads((tmp_path / "expected.json").read_text(encoding="ascii"))

    assert {(name, dpi, mode) for name in NAMES for dpi in DPI for mode in MODES} == {
        (one["template"], one["dpi"], one["mode"]) for one in listed
    }
    for one in listed[:: evidence.size(24, 1)]:
        picture = np.asarray(Image.open(tmp_path / one["png"]).convert("L"))
        assert {(code["aim"], bytes.fromhex(code["hex"])) for code in one["symbols"]} == reads(picture)
        assert (tmp_path / one["zpl"]).read_bytes().startswith(b"^XA")
        evidence.count("samples read as listed")


def test_the_gallery_shows_every_label(tmp_path: Path) -> None:
    """One picture and one heading for each shipped template; the page in docs is the one that is written now."""
    assert 0 == main(["gallery", str(tmp_path / "gallery")])

    page = (tmp_path / "gallery.md").read_text(encoding="utf-8")
    assert [f"gallery/{name}.png" in page for name in NAMES] == [True] * len(NAMES)
    assert page == (ROOT / "docs/gallery.md").read_text(encoding="utf-8")
    for name in NAMES:
        shown, drawn = (Image.open(folder / f"gallery/{name}.png") for folder in (ROOT / "docs", tmp_path))
        assert np.array_equal(np.asarray(shown), np.asarray(drawn))
        assert shown.info["dpi"] == drawn.info["dpi"]
