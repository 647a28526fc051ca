"""What can be done with labels by hand: ``python -m labels render | lint | samples | gallery``.

A rendered label is read back before it is written.
Exit status: 0 done, 1 refused (the label or the bytes are not right, and it is said why), 2 could not run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zxingcpp

from labels import lint
from labels.errors import BadRecord, LabelError
from labels.gs1_elements import bracketed
from labels.precheck import precheck
from labels.proofs import worst_case
from labels.record import Record, compose
from labels.spec import AIM, Code
from labels.specimens import specimens
from labels.stock import DPI
from labels.symbols import GS1
from labels.template import Template, parse, shipped

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from labels.label import Label, Mode
    from labels.precheck import Picture
    from labels.spec import Symbology

_MOST_TOLD = 100
_ROUND = bytes.maketrans(b"[]", b"()")
MODES: tuple[Mode, ...] = ("raster", "native")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to those of ``python -m labels``."""
    render = commands.add_parser("render", help="put a record onto a template")
    render.add_argument("template", help="the name of a shipped template, or a file")
    render.add_argument("--data", required=True, type=Path, help='{"values": …, "codes": {"primary": {…}}, "mark": …}')
    render.add_argument("--dpi", type=int, choices=DPI, default=300)
    render.add_argument("--mode", choices=MODES, default="raster")
    render.add_argument("-o", "--output", type=Path, help="where the printer's bytes go")
    render.add_argument("--png", type=Path)
    render.add_argument("--svg", type=Path)
    render.set_defaults(run=_safely(_render))
    look = commands.add_parser("lint", help="say whether bytes are one label of the safe profile")
    look.add_argument("file", type=Path)
    look.set_defaults(run=_safely(_lint))
    samples = commands.add_parser("samples", help="write every shipped template at its worst, for foreign tools")
    samples.add_argument("folder", type=Path)
    samples.set_defaults(run=_safely(_samples))
    gallery = commands.add_parser("gallery", help="write a picture of every shipped template")
    gallery.add_argument("folder", type=Path)
    gallery.set_defaults(run=_safely(_gallery))


def told_record(plain: Any) -> Record:  # noqa: ANN401 - whatever the JSON holds
    """Return the record that a JSON object tells, or raise ``BadRecord``."""
    if not isinstance(plain, dict) or set(plain) - {"values", "codes", "mark", "copy", "preview"}:
        raise BadRecord("expected an object of values, codes, mark, copy and preview, and nothing else")
    values, codes = plain.get("values", {}), plain.get("codes", {})
    flat = isinstance(values, dict) and all(isinstance(value, str) for value in values.values())
    if not flat or not isinstance(codes, dict):
        raise BadRecord("expected values as an object of texts and codes as an object of objects")
    words = plain.get("mark", ""), plain.get("copy", "")
    if not all(isinstance(word, str) for word in words) or not isinstance(plain.get("preview", False), bool):
        raise BadRecord("expected mark and copy as texts and preview as true or false")
    return Record(
        values, {name: _code(name, code) for name, code in codes.items()}, *words, plain.get("preview", False)
    )


def _code(name: str, plain: Any) -> Code:  # noqa: ANN401 - same
    keys = {"symbology", "text", "data"}, {"symbology", "text", "hex"}
    if not isinstance(plain, dict) or set(plain) not in keys or not all(isinstance(one, str) for one in plain.values()):
        raise BadRecord(f"codes.{name}: expected symbology, text and either data or hex, each a text")
    try:
        data = bytes.fromhex(plain["hex"]) if "hex" in plain else plain["data"].encode("ascii")
    except ValueError as error:
        raise BadRecord(f"codes.{name}: expected hex digits or ASCII") from error
    if plain["symbology"] not in AIM:
        raise BadRecord(f"codes.{name}.symbology: expected one of {', '.join(AIM)}")
    return Code(data, plain["symbology"], plain["text"])


def _safely(work: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        try:
            return work(arguments)
        except LabelError as refused:
            sys.stderr.write(f"{type(refused).__name__}: {refused}\n")
            return 1
        except (OSError, ValueError, RecursionError) as fault:
            sys.stderr.write(f"could not run: {type(fault).__name__}: {fault}\n")
            return 2

    return run


def _template(word: str) -> Template:
    if word in shipped():
        return shipped()[word]
    file = Path(word)
    if not file.suffix and not file.exists():
        raise FileNotFoundError(f"expected one of {', '.join(shipped())} or a file, got {word}")
    return parse(file.read_bytes())


def _render(arguments: argparse.Namespace) -> int:
    template = _template(arguments.template)
    record = told_record(json.loads(arguments.data.read_text(encoding="utf-8"), object_pairs_hook=_once))
    label = compose(template, record, arguments.dpi)
    _read_back(label)
    if arguments.output:
        arguments.output.write_bytes(label.zpl(arguments.mode))
    if arguments.png:
        arguments.png.write_bytes(label.png())
    if arguments.svg:
        arguments.svg.write_bytes(label.svg())
    sys.stdout.write(f"{template.name} {template.version} {arguments.dpi} dpi {label.sha256}\n")
    return 0


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) < len(pairs):
        raise BadRecord("expected each key once in an object, got one twice")
    return told


def _read_back(label: Label) -> None:
    """Let a decoder read the label. The text of a GS1 code is its elements; what others say nobody here knows."""
    texts = {(code.data, code.symbology): code.text for code in label.codes}

    def reads_as(data: bytes, symbology: Symbology) -> str:
        if symbology in GS1:
            return bracketed(data).translate(_ROUND).decode("ascii")
        return texts[data, symbology]

    precheck(label, reads_as, _decoded)


def _decoded(picture: Picture) -> list[Code]:
    aims = {aim: symbology for symbology, aim in AIM.items()}
    formats = zxingcpp.BarcodeFormats(
        [getattr(zxingcpp.BarcodeFormat, name) for name in ("DataMatrix", "QRCode", "Code128")]
    )
    found = zxingcpp.read_barcodes(picture, formats=formats)
    return [
        Code(bytes(seen.bytes), aims[seen.symbology_identifier], "-")
        for seen in found
        if seen.symbology_identifier in aims
    ]


def _lint(arguments: argparse.Namespace) -> int:
    faults = lint.faults(arguments.file.read_bytes())
    for fault in faults[:_MOST_TOLD]:
        sys.stdout.write(f"rule {fault.rule}, byte {fault.at}: {fault.what}\n")
    if len(faults) > _MOST_TOLD:
        sys.stdout.write(f"and {len(faults) - _MOST_TOLD} more\n")
    return 1 if faults else 0


def _samples(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    listed: list[Mapping[str, object]] = []
    for name, template in shipped().items():
        worst = worst_case(template)[0]
        for dpi in DPI:
            label = compose(template, worst, dpi)
            picture = f"{name}-{dpi}.png"
            (folder / picture).write_bytes(label.png())
            for mode in MODES:
                sent = f"{name}-{dpi}-{mode}.zpl"
                (folder / sent).write_bytes(label.zpl(mode))
                listed.append(_expected(label, sent, picture, mode))
    (folder / "expected.json").write_text(json.dumps(listed, indent=1) + "\n", encoding="ascii")
    sys.stdout.write(f"{len(listed)} labels in {folder}\n")
    return 0


def _expected(label: Label, sent: str, picture: str, mode: Mode) -> Mapping[str, object]:
    return {
        "zpl": sent,
        "png": picture,
        "dpi": label.stock.dpi,
        "mode": mode,
        "template": label.template.name,
        "symbols": [{"aim": symbol.aim, "hex": symbol.data.hex()} for symbol in label.symbols],
    }


def _gallery(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["# Every shipped label", "", _FOREWORD, ""]
    for name, record in specimens().items():
        label = compose(shipped()[name], record)
        (folder / f"{name}.png").write_bytes(label.png())
        size = f"{label.stock.width_mm:g} × {label.stock.height_mm:g} mm"
        rows += [
            f"## {label.template.title}",
            "",
            f"`{name}`, {size}.",
            "",
            f"![{label.template.title}](gallery/{name}.png)",
            "",
        ]
    folder.with_suffix(".md").write_text("\n".join(rows).rstrip() + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(specimens())} labels in {folder}\n")
    return 0


_FOREWORD = """Each label as it leaves a printer of 300 dpi, with the words of an ordinary day; nobody is behind them.
Where a piece's serial would stand, the codes say SPECIMEN, so that none of these pictures is a label.
The page is written by `python -m labels gallery docs/gallery`."""
