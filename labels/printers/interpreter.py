r"""What would a printer draw from commands? The few that our labels use in native mode, drawn by nobody who wrote them.

::

    ^XA^MUD^CI28^PW1181^LL709^LH0,0^LT0^LS0^PON^FWN          one header, then fields, each on its own line
    ^FO24,24^GB1133,130,130^FS                               a box; as thick as its shorter side it is a bar
    ^FO41,60^A0N,96,88^FR^FH_^FDSHIPPER^FS                   text; ^FR turns what it meets
    ^FO43,315^BXN,4,200,18,18,,@,1^FH_^FDSHP-…^FS            Data Matrix: its escape is @, @1 is FNC1, @d029 a byte
    ^BY3,2,190^FO284,898^BCN,190,N,N,N,N^FH_^FD>:…^FS        Code 128 in mode N: > begins an invocation
    ^BY2,2,10^FO60,50^BQN,2,6^FH_^FDQA,…^FS                  QR: level, automatic; it stands ^BY's height below its ^FO
    ^FO0,0^GFA,99900,99900,148,:Z64:…:1A2B^FS                a graphic
    ^PQ1^XZ

* ``^FH`` is undone first, then the escapes of the symbology, as the guide has it.
* Bars come from the characters that were sent, matrices from the payload in the size that was told: a printer may write
  the same payload in other modules, so compare what is read, not dots. Letters are ours in the printer's measures.
* Everything else is ``NotOurZpl``: this printer prints nothing rather than a guess.
"""

from __future__ import annotations

import re
import zlib
from base64 import b64decode
from binascii import Error as NotBase64
from binascii import crc_hqx
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import zint
from barcode.charsets import code128
from PIL import Image

from labels import fonts
from labels.errors import NotOurZpl
from labels.gs1_elements import bracketed

if TYPE_CHECKING:
    from labels.symbols import Dots

_HEADER = re.compile(rb"\^XA\^MUD\^CI28\^PW(\d{1,5})\^LL(\d{1,5})\^LH0,0\^LT0\^LS0\^PON\^FWN\n")
_DATA = rb"\^FH_\^FD([\x20-\x5D\x5F-\x7D]+)\^FS\n"  # neither ^ nor ~
_AT = rb"\^FO(\d{1,5}),(\d{1,5})"
_BOX = re.compile(_AT + rb"\^GB(\d{1,5}),(\d{1,5}),(\d{1,5})\^FS\n")
_TEXT = re.compile(_AT + rb"\^A0([NRB]),(\d{1,5}),(\d{1,5})(\^FR)?" + _DATA)
_MATRIX = re.compile(_AT + rb"\^BX([NRB]),(\d{1,2}),200,(\d{2,3}),(\d{2,3}),,(.),1" + _DATA)
_BARS = re.compile(rb"\^BY(\d{1,2}),2,\d{1,5}" + _AT + rb"\^BC([NRB]),(\d{1,5}),N,N,N,N" + _DATA)
_QR = re.compile(rb"\^BY\d{1,2},2,(\d{1,5})" + _AT + rb"\^BQN,2,(\d{1,2})" + _DATA)
_GRAPHIC = re.compile(_AT + rb"\^GFA,(\d{1,5}),(\d{1,5}),(\d{1,4}),:Z64:([A-Za-z0-9+/=]+):([0-9A-F]{4})\^FS\n")
_END = b"^PQ1^XZ"
_DEVICE = re.compile(rb"\^JZ[YN]")  # steers the printer and draws nothing
_HEX = re.compile(rb"_([0-9A-Fa-f]{2})?")
_MOST_SIDE = 10_000
_MOST_LETTER = 1_500
_MOST_GRAPHIC = 99_999
_CAPITAL = 0.75
_NARROW = 0.9
_SQUARES = (10, 12, 14, 16, 18, 20, 22, 24, 26, 32, 36, 40, 44, 48, 52, 64, 72, 80, 88, 96, 104, 120, 132, 144)
_LEVELS = b"LMQH"
_FNC1 = 102


def drawn(job: bytes) -> Dots:
    """Return the dots that *job* prints, or raise ``NotOurZpl``."""
    job = _DEVICE.sub(b"", job)
    header = _HEADER.match(job)
    if header is None:
        raise NotOurZpl("expected the header of our labels at the beginning")
    width, height = int(header[1]), int(header[2])
    if not (0 < width <= _MOST_SIDE and 0 < height <= _MOST_SIDE):
        raise NotOurZpl(f"expected sides of 1 to {_MOST_SIDE} dots, got {width} x {height}")
    ink = np.zeros((height, width), dtype=np.bool_)
    at = header.end()
    while not job.startswith(_END, at):
        at = _field(ink, job, at)
    if job[at:].rstrip(b"\n") != _END:
        raise NotOurZpl(f"expected the end of the label at byte {at}")
    return ink


def _field(ink: Dots, job: bytes, at: int) -> int:
    """Draw the field at byte *at*; return where the next one begins."""
    for shape, draw in _FIELDS:
        match = shape.match(job, at)
        if match is not None:
            try:
                draw(ink, match)
            except NotOurZpl:
                raise
            except (ValueError, IndexError, KeyError, RuntimeError) as error:
                raise NotOurZpl(f"the field at byte {at} says what cannot be drawn") from error
            return match.end()
    raise NotOurZpl(f"expected a field at byte {at}")


def _box(ink: Dots, told: re.Match[bytes]) -> None:
    left, top, width, height, thick = (int(told[n]) for n in range(1, 6))
    if not thick or max(width, height) > _MOST_SIDE:
        raise ValueError("a box without a line, or greater than any label")
    box = np.ones((height, width), dtype=np.bool_)
    if 2 * thick < min(width, height):
        box[thick:-thick, thick:-thick] = False
    _put(ink, box, left, top)


def _text(ink: Dots, told: re.Match[bytes]) -> None:
    high, wide = int(told[4]), int(told[5])
    if not (0 < high <= _MOST_LETTER and 0 < wide <= _MOST_LETTER):
        raise ValueError("letters without a size, or greater than a printer has them")
    cell = _letters(_plain(told[7]), high, wide)
    _put(ink, _turned(cell, told[3]), int(told[1]), int(told[2]), turns=told[6] is not None)


@lru_cache(maxsize=1024)
def _letters(text: bytes, high: int, wide: int) -> Dots:
    """Return *text* in its cell; a batch of labels has most of its words in common."""
    letters, above = fonts.drawn(text.decode("utf-8"), fonts.Face.TEXT, max(1, int(high * _CAPITAL)))
    if not letters.size:
        return letters
    across = max(1, round(letters.shape[1] * _NARROW * wide / high))
    narrow = np.asarray(Image.fromarray(letters).resize((across, letters.shape[0])), dtype=np.bool_)
    top = max(0, -above)
    return np.pad(narrow, ((top, max(0, high - top - narrow.shape[0])), (0, 0)))  # what lies is turned with its cell


def _matrix(ink: Dots, told: re.Match[bytes]) -> None:
    side, escape = int(told[5]), told[7]
    if side != int(told[6]):
        raise ValueError("a Data Matrix that is not square")
    payload, gs1 = _unescaped(_plain(told[8]), escape)
    symbol = zint.Symbol()
    symbol.symbology = zint.Symbology.DATAMATRIX
    symbol.warn_level = zint.WarningLevel.FAIL_ALL
    symbol.option_2 = 1 + _SQUARES.index(side)
    if gs1:
        symbol.input_mode = zint.InputMode.GS1
        payload = bracketed(payload)
    symbol.encode(payload)
    _put(ink, _turned(_modules(symbol, int(told[4])), told[3]), int(told[1]), int(told[2]))


def _qr(ink: Dots, told: re.Match[bytes]) -> None:
    drop, module = int(told[1]), int(told[4])
    data = _plain(told[5])
    if data[1:3] != b"A,":
        raise ValueError("a QR code that names no level")
    symbol = zint.Symbol()
    symbol.symbology = zint.Symbology.QRCODE
    symbol.option_1 = 1 + _LEVELS.index(data[:1])
    symbol.encode(data[3:])
    _put(ink, _modules(symbol, module), int(told[2]), int(told[3]) + drop)


def _bars(ink: Dots, told: re.Match[bytes]) -> None:
    values = _characters(_plain(told[6]))
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    row = "".join(code128.CODES[value] for value in (*values, check)) + code128.STOP + "11"
    module, height = int(told[1]), min(int(told[5]), max(ink.shape))
    line = np.repeat(np.frombuffer(row.encode(), dtype=np.uint8) == ord("1"), module)
    _put(ink, _turned(np.tile(line, (height, 1)), told[4]), int(told[2]), int(told[3]))


def _graphic(ink: Dots, told: re.Match[bytes]) -> None:
    size, across, text = int(told[3]), int(told[5]), told[6]
    try:
        box = zlib.decompressobj()
        raw = box.decompress(b64decode(text, validate=True), _MOST_GRAPHIC + 1)
    except (zlib.error, NotBase64) as error:
        raise NotOurZpl("a graphic cannot be unpacked") from error
    if crc_hqx(text, 0) != int(told[7], 16) or not len(raw) == size == int(told[4]) or size % across:
        raise NotOurZpl("a graphic has not the length and checksum that it says")
    bits = np.unpackbits(np.frombuffer(raw, dtype=np.uint8).reshape(-1, across), axis=1)
    _put(ink, bits.astype(np.bool_), int(told[1]), int(told[2]))


_FIELDS = ((_GRAPHIC, _graphic), (_TEXT, _text), (_BOX, _box), (_MATRIX, _matrix), (_BARS, _bars), (_QR, _qr))


def _plain(field: bytes) -> bytes:
    """Undo ``^FH_``; an underscore that begins no hex is wrong."""

    def one(told: re.Match[bytes]) -> bytes:
        if told[1] is None:
            raise NotOurZpl("an underscore stands without its two hex digits")
        return bytes([int(told[1], 16)])

    return _HEX.sub(one, field)


def _unescaped(data: bytes, escape: bytes) -> tuple[bytes, bool]:
    """Undo the escapes of a Data Matrix; return the payload, and whether an FNC1 stands first."""
    first, *parts = data.split(escape)
    gs1 = not first and bool(parts) and parts[0].startswith(b"1")
    out = first
    for number, part in enumerate(parts):
        if part.startswith(b"1"):
            out += (b"" if gs1 and number == 0 else b"\x1d") + part[1:]
        elif re.match(rb"d\d{3}", part):
            out += bytes([int(part[1:4])]) + part[4:]
        else:
            raise ValueError("an escape that is none")
    return out, gs1


def _characters(field: bytes) -> list[int]:
    """Read a mode N field into the values of its characters, start character first."""
    starts, invoked = {b">:": 104, b">;": 105}, {b">0": 30, b">5": 99, b">6": 100, b">8": _FNC1}
    values, in_c, at = [starts[field[:2]]], field[:2] == b">;", 2
    while at < len(field):
        two = field[at : at + 2]
        if two[:1] == b">":
            value = invoked[two]
            if in_c and value == invoked[b">0"]:
                raise ValueError("a > in subset C")
            in_c = value == 99 if value in {99, 100} else in_c  # noqa: PLR2004 - code C, code B
        elif in_c:
            if not (len(two) == 2 and two.isdigit()):  # noqa: PLR2004 - a pair
                raise ValueError("no pair of digits in subset C")
            value = int(two)
        else:
            value, two = two[0] - 32, two[:1]
            if value not in range(95):
                raise ValueError("no printable character in subset B")
        values.append(value)
        at += len(two)
    return values


def _modules(symbol: zint.Symbol, module: int) -> Dots:
    rows = np.asarray(symbol.encoded_data, dtype=np.uint8)[: symbol.rows]
    bits = np.unpackbits(rows, axis=1, bitorder="little")[:, : symbol.width].astype(np.bool_)
    return np.repeat(np.repeat(bits, module, axis=0), module, axis=1)


def _turned(ink: Dots, turn: bytes) -> Dots:
    return np.rot90(ink, {b"N": 0, b"R": -1, b"B": 1}[turn])


def _put(ink: Dots, what: Dots, left: int, top: int, *, turns: bool = False) -> None:
    """Lay *what* onto the label; what stands over its edge is lost, as on paper."""
    field = ink[top : top + what.shape[0], left : left + what.shape[1]]
    seen = what[: field.shape[0], : field.shape[1]]
    if turns:
        field ^= seen
    else:
        field |= seen
