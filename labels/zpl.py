"""How does a drawn label travel to a printer, and what would a printer make of the bytes?

On the wire::

    ^XA^MUD^CI28^PW1181^LL709^LH0,0^LT0^LS0^PON^FWN
    ^FO0,0^GFA,29000,29000,29,:Z64:eJztw…:1A2B^FS         one piece of the picture (labels.tiles)
    ^FO232,0^GFA,…^FS
    ^PQ1^XZ

* The header pins what a printer else remembers from the job before (labels.md 1.1); media and darkness are the
  printer profile's. One ``^XA`` … ``^XZ`` pair is one label.
* ``read`` takes exactly what ``written`` makes, checks every length and checksum, that each dot is told once, and
  refuses all else.
"""

from __future__ import annotations

import re
import zlib
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from binascii import crc_hqx
from typing import TYPE_CHECKING

import numpy as np

from labels.errors import NotOurZpl
from labels.tiles import MOST, pieces

if TYPE_CHECKING:
    from labels.symbols import Dots

_MOST_SIDE = 10_000
HEADER = b"^XA^MUD^CI28^PW%d^LL%d^LH0,0^LT0^LS0^PON^FWN"
_PIECE = b"^FO%d,%d^GFA,%d,%d,%d,:Z64:%s:%04X^FS"
END = b"^PQ1^XZ"

_HEADER_READ = re.compile(rb"\^XA\^MUD\^CI28\^PW(\d{1,5})\^LL(\d{1,5})\^LH0,0\^LT0\^LS0\^PON\^FWN\n")
_PIECE_READ = re.compile(
    rb"\^FO(\d{1,5}),(\d{1,5})\^GFA,(\d{1,5}),(\d{1,5}),(\d{1,4}),:Z64:([A-Za-z0-9+/=]+):([0-9A-F]{4})\^FS\n"
)


def written(ink: Dots) -> bytes:
    """Return the format that prints *ink* dot by dot, once."""
    height, width = ink.shape
    return b"\n".join([HEADER % (width, height), *graphics(ink, 0, 0), END]) + b"\n"


def graphics(ink: Dots, left: int, top: int) -> list[bytes]:
    """Return the fields that print *ink* with its upper left corner at *left*, *top*, piece by piece."""
    parts: list[bytes] = []
    for piece in pieces(np.packbits(ink, axis=1)):
        text = b64encode(piece.squeezed)
        place = left + 8 * piece.left, top + piece.top
        parts.append(_PIECE % (*place, piece.size, piece.size, piece.across, text, crc_hqx(text, 0)))
    return parts


def read(zpl: bytes) -> Dots:
    """Return the dots that *zpl* prints, or raise ``NotOurZpl``."""
    header = _HEADER_READ.match(zpl)
    if header is None:
        raise NotOurZpl("expected the header of our labels at the beginning")
    width, height = int(header[1]), int(header[2])
    if not (0 < width <= _MOST_SIDE and 0 < height <= _MOST_SIDE):
        raise NotOurZpl(f"expected sides of 1 to {_MOST_SIDE} dots, got {width} x {height}")
    packed = np.zeros((height, -(-width // 8)), dtype=np.uint8)
    told = np.zeros(packed.shape, dtype=np.bool_)
    at = header.end()
    while piece := _PIECE_READ.match(zpl, at):
        left, top, across = int(piece[1]), int(piece[2]), int(piece[5])
        raw = _graphic(piece)
        if left % 8 or not across or not raw or len(raw) % across:
            raise NotOurZpl(f"the piece at {left}, {top} is not of whole rows and bytes")
        place = np.s_[top : top + len(raw) // across, left // 8 : left // 8 + across]
        if told[place].size != len(raw) or told[place].any():
            raise NotOurZpl(f"the piece at {left}, {top} lies over another or off the label")
        packed[place] = np.frombuffer(raw, dtype=np.uint8).reshape(-1, across)
        told[place] = True
        at = piece.end()
    if zpl[at:] != END + b"\n":
        raise NotOurZpl(f"expected the end of the label at byte {at}")
    if not told.all():
        raise NotOurZpl(f"expected {height} rows of {width} dots, got {told.mean():.0%} of them")
    return np.unpackbits(packed, axis=1, count=width).astype(np.bool_)


def unpacked(text: bytes, size: int, checksum: int) -> bytes:
    """Return the *size* bytes of a Z64 graphic, or raise ``NotOurZpl``."""
    if crc_hqx(text, 0) != checksum:
        raise NotOurZpl("the checksum of a graphic is wrong")
    try:
        box = zlib.decompressobj()
        raw = box.decompress(b64decode(text, validate=True), MOST + 1)
    except (zlib.error, NotBase64) as error:
        raise NotOurZpl("a graphic cannot be unpacked") from error
    if not (len(raw) == size and box.eof):
        raise NotOurZpl(f"expected a graphic of {size} bytes, got {len(raw)}")
    return raw


def _graphic(piece: re.Match[bytes]) -> bytes:
    if piece[3] != piece[4]:
        raise NotOurZpl("a graphic says two lengths")
    return unpacked(piece[6], int(piece[3]), int(piece[7], 16))
