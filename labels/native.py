r"""How is the same label told to a printer that draws it itself, so that it cannot draw anything else?

The safe profile::

    ^XA^MUD^CI28^PW1181^LL1181^LH0,0^LT0^LS0^PON^FWN
    ^FO24,24^GB1133,130,130^FS                         a black band
    ^FO41,60^A0N,96,88^FR^FH_^FDSHIPPER^FS             text: printable ASCII only, ^ ~ _ \ and what is not as _hex
    ^FO43,315^BXN,4,200,18,18,,@,1^FH_^FDSHP-…^FS      Data Matrix of a told size, its escape no byte of the payload
    ^BY3,2,10^FO284,898^BCN,190,N,N,N,N^FH_^FD>:…^FS   Code 128 planned by ``labels.code128``, never by the printer
    ^PQ1^XZ

* Symbology escapes first, ``^FH`` second: the printer undoes them in the other order.
* Text that is not printable ASCII, or holds a backslash, is drawn by us and sent as ``^GFA``.
* Widths of the printer's own letters are the greater of what two interpreters make of them; a line that would be wider
  than its box is made narrower, down to half, and drawn by us below that.
* Device commands (^JZN, media, darkness) belong to the printer's profile and are never in a label.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from labels import lint, zpl
from labels.canvas import Edge, Fill, Stamp, Words, painted
from labels.errors import NotEncodable
from labels.symbols import GS1, measured, planned, quiet, scaled

if TYPE_CHECKING:
    from labels.canvas import Box, Put
    from labels.label import Label
    from labels.spec import Symbology
    from labels.stock import Stock
    from labels.symbols import Dots

# What no payload of ours is likely to hold; the first that it does not hold is its escape character.
ESCAPES = b"@|`{}$#!?"

_GS = 0x1D
_HEX = {byte: b"_%02X" % byte for byte in b"^~_\\"}
_ODD = re.compile(rb"[^\x20-\x7D]|[\^_\\]")

# The width of each letter of font 0, blank to tilde, in thousandths of the width that ^A0 is told: measured, of two
# interpreters the greater.
_THOUSANDTHS = (
    "290 340 475 505 505 915 670 290 340 340 505 915 340 915 340 290 505 505 505 505 505 505 505 505 505 "
    "505 290 290 1004 915 1004 505 915 570 570 560 615 505 505 615 630 290 450 570 505 785 630 615 570 "
    "615 615 560 505 630 560 840 570 570 505 340 505 340 505 505 340 505 505 450 505 505 290 505 505 285 "
    "285 450 285 785 505 505 505 505 350 450 290 505 450 670 450 450 395 505 505 505 1004 "
)
_WIDTHS = {chr(0x20 + place): int(width) / 1000 for place, width in enumerate(_THOUSANDTHS.split())}

_CAPITAL = 0.75  # the height of a capital of font 0 in parts of the height that ^A0 is told
_HANGING = frozenset("gjpqyQ,;()[]{}|@$/_")  # letters of font 0 that reach below its base line
_NARROW = 0.5  # narrower than this in parts of its height a letter is not legible
_QR_DROP = 10  # a QR code stands this far below its ^FO, by the height that ^BY told last


def written(label: Label) -> bytes:
    """Return the format that prints *label*, once; ``labels.lint`` has passed it."""
    stock = label.stock
    turned = stock.feed == "along"
    width, height = (stock.height, stock.width) if turned else (stock.width, stock.height)
    parts = [zpl.HEADER % (width, height)]
    foreign = _foreign_bands(label.puts)
    for put in label.puts:
        if foreign and isinstance(put, Fill | Words) and any(_within(put.box, band.box) for band in foreign):
            if put in foreign:
                where = _where(put.box, stock, turned=turned)
                parts.append(_picture(_band(put, label.puts, stock), where, turned=turned))
            continue
        told = _TOLD.get(put)
        if told is None:
            told = _told(put, stock, turned=turned)
            if len(_TOLD) >= _MOST_TOLD:
                _TOLD.clear()
            _TOLD[put] = told
        parts.append(told)
    parts.append(zpl.END)
    sent = b"\n".join(parts) + b"\n"
    lint.prove(sent)
    return sent


# What was written of each thing that stands on a label: the labels of a batch have most things in common.
_TOLD: dict[Put, bytes] = {}
_MOST_TOLD = 4096


def _told(put: Put, stock: Stock, *, turned: bool) -> bytes:
    where = _where(put.box, stock, turned=turned)
    match put:
        case Fill():
            return _rule(where, min(where[2] - where[0], where[3] - where[1]))
        case Edge():
            return _rule(where, put.thick)
        case Words():
            return _words(put, where, stock, turned=turned)
        case Stamp():
            return _symbol(put, where, stock, turned=turned)


def field(data: bytes) -> bytes:
    """Write *data* as the content of a ``^FH_^FD`` field."""
    if not _ODD.search(data):
        return data
    return b"".join(_HEX.get(byte) or (b"%c" % byte if 0x20 <= byte <= 0x7E else b"_%02X" % byte) for byte in data)  # noqa: PLR2004 - printable ASCII


def matrix_field(data: bytes, *, gs1: bool) -> tuple[bytes, bytes]:
    """Return the escape character for *data* and *data* as ``^BX`` wants it, before ``^FH``."""
    for byte in ESCAPES:
        if byte not in data:
            escape = b"%c" % byte
            separator = escape + (b"1" if gs1 else b"d029")
            return escape, (separator if gs1 else b"") + data.replace(b"\x1d", separator)
    raise NotEncodable(f"expected a payload without one of {ESCAPES.decode()}: none is left as an escape character")


def bars_field(data: bytes, symbology: Symbology) -> bytes:
    """Return *data* as ``^BC`` wants it in mode N, with ``^FH``; what one interpreter misreads is refused."""
    if len(data) == 1:
        raise NotEncodable("a single character is lost by one interpreter of ZPL: send it as raster")
    if data[-2:-1] == b">":
        raise NotEncodable("a > before the last character is misread by one interpreter of ZPL: send it as raster")
    return field(planned(data, symbology, changes=False).zpl)


def told_width(text: str) -> float:
    """Return how wide *text* is in font 0, in parts of the width that ``^A0`` is told."""
    return sum(map(_WIDTHS.__getitem__, text))


def _words(put: Words, where: Box, stock: Stock, *, turned: bool) -> bytes:
    left, top, right, bottom = put.box
    across, down = (bottom - top, right - left) if put.upwards else (right - left, bottom - top)
    if put.text.isascii() and put.text.isprintable() and "\\" not in put.text:
        hangs = not _HANGING.isdisjoint(put.text)
        high = min(int(put.capital / _CAPITAL), down if hangs else int((down - 1) / _CAPITAL))
        told = told_width(put.text)
        wide = min(high, int(across / told))
        if wide >= high * _NARROW:
            width = int(told * wide)
            start = {"left": 0, "middle": (across - width) // 2, "right": across - width}[put.align]
            spare = (down - int(high * _CAPITAL)) // 2
            rise = max(0, min(spare, down - high)) if hangs else spare
            box = (
                (left + rise, bottom - start - width, left + rise + high, bottom - start)
                if put.upwards
                else (left + start, top + rise, left + start + width, top + rise + high)
            )
            x, y, _, _ = _where(box, stock, turned=turned)
            turn = _turn(upwards=put.upwards, turned=turned)
            reverse = b"^FR" if put.white else b""
            return b"^FO%d,%d^A0%b,%d,%d%b^FH_^FD%b^FS" % (x, y, turn, high, wide, reverse, field(put.text.encode()))
    ink = painted((put,), (stock.width, stock.height), preview=False)[top:bottom, left:right]
    return _picture(ink, where, turned=turned)


def _symbol(put: Stamp, where: Box, stock: Stock, *, turned: bool) -> bytes:
    code, module = put.code, put.module
    edge = quiet(code.symbology) * module
    turn = _turn(upwards=put.upwards, turned=turned)
    left, top, _, _ = where
    match code.symbology:
        case "datamatrix" | "gs1datamatrix":
            escape, data = matrix_field(code.data, gs1=code.symbology in GS1)
            side, _ = measured(code)
            place = left + edge, top + edge
            told = (*place, turn, module, side, side, escape, field(data))
            return b"^FO%d,%d^BX%b,%d,200,%d,%d,,%b,1^FH_^FD%b^FS" % told
        case "qrcode":
            return b"^BY2,2,%d^FO%d,%d^BQN,2,%d^FH_^FDQA,%b^FS" % (
                _QR_DROP,
                left + edge,
                top + edge - _QR_DROP,
                module,
                field(code.data),
            )
        case _:
            return _bars(put, stock, turned=turned)


def _bars(put: Stamp, stock: Stock, *, turned: bool) -> bytes:
    """Write a Code 128 in one subset, in the middle of the room of the drawn one."""
    code = put.code
    made = planned(code.data, code.symbology, changes=False)
    left, top, right, bottom = put.room
    room = (bottom - top, right - left) if put.upwards else (right - left, bottom - top)
    module, length, _ = scaled(code.symbology, (made.modules, 1), stock.dpi, room)
    edge = (room[0] - length) // 2 + quiet(code.symbology) * module
    inner = (left, top + edge, right, bottom - edge) if put.upwards else (left + edge, top, right - edge, bottom)
    place = _where(inner, stock, turned=turned)
    turn = _turn(upwards=put.upwards, turned=turned)
    told = (module, room[1], *place[:2], turn, room[1], bars_field(code.data, code.symbology))
    return b"^BY%d,2,%d^FO%d,%d^BC%b,%d,N,N,N,N^FH_^FD%b^FS" % told


def _rule(where: Box, thick: int) -> bytes:
    left, top, right, bottom = where
    return b"^FO%d,%d^GB%d,%d,%d^FS" % (left, top, right - left, bottom - top, thick)


def _picture(ink: Dots, where: Box, *, turned: bool) -> bytes:
    """Send *ink* as a graphic, cut to what is black."""
    sent = np.rot90(ink, -1) if turned else ink
    rows, columns = np.flatnonzero(sent.any(axis=1)), np.flatnonzero(sent.any(axis=0))
    cut = sent[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return b"\n".join(zpl.graphics(cut, where[0] + int(columns[0]), where[1] + int(rows[0])))


def _foreign_bands(puts: tuple[Put, ...]) -> list[Fill]:
    """Return the bands that hold a word which font 0 cannot write: those are drawn by us as a whole."""
    white = [put for put in puts if isinstance(put, Words) and put.white]
    odd = [put for put in white if not (put.text.isascii() and "\\" not in put.text)]
    if not odd:
        return []
    bands = [put for put in puts if isinstance(put, Fill)]
    return [band for band in bands if any(_within(put.box, band.box) for put in odd)]


def _band(band: Fill, puts: tuple[Put, ...], stock: Stock) -> Dots:
    left, top, right, bottom = band.box
    inside = tuple(put for put in puts if _within(put.box, band.box))
    return painted(inside, (stock.width, stock.height), preview=False)[top:bottom, left:right]


def _within(inner: Box, outer: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _where(box: Box, stock: Stock, *, turned: bool) -> Box:
    """Return *box* as it lies on the way out of the printer."""
    left, top, right, bottom = box
    return (stock.height - bottom, left, stock.height - top, right) if turned else box


def _turn(*, upwards: bool, turned: bool) -> bytes:
    return b"N" if upwards == turned else b"B" if upwards else b"R"
