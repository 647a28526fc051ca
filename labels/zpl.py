"""How does a drawn label travel to a printer, and what would a printer make of the bytes?

On the wire::

    ^XA^MUD^CI28^PW1181^LL709^LH0,0^LT0^LS0^PON^FWN
    ^FO0,0^GFA,99900,99900,148,:Z64:eJztw…:1A2B^FS        one strip of rows; ^GF takes at most 99,999 bytes
    ^FO0,675^GFA,…^FS
    ^PQ1^XZ

* The header pins what a printer else remembers from the job before (labels.md 1.1); media and darkness are the
  printer profile's. One ``^XA`` … ``^XZ`` pair is one label.
* ``read`` takes exactly what ``written`` makes, checks every length and checksum, and refuses all else.
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

if TYPE_CHECKING:
    from labels.symbols import Dots

_MOST_GRAPHIC = 99_999
_MOST_SIDE = 10_000
HEADER = b"^XA^MUD^CI28^PW%d^LL%d^LH0,0^LT0^LS0^PON^FWN"
_STRIP = b"^FO%d,%d^GFA,%d,%d,%d,:Z64:%s:%04X^FS"
END = b"^PQ1^XZ"

_HEADER_READ = re.compile(rb"\^XA\^MUD\^CI28\^PW(\d{1,5})\^LL(\d{1,5})\^LH0,0\^LT0\^LS0\^PON\^FWN\n")
_STRIP_READ = re.compile(
    rb"\^FO0,(\d{1,5})\^GFA,(\d{1,5}),(\d{1,5}),(\d{1,4}),:Z64:([A-Za-z0-9+/=]+):([0-9A-F]{4})\^FS\n"
)


def written(ink: Dots) -> bytes:
    """Return the format that prints *ink* dot by dot, once."""
    height, width = ink.shape
    return b"\n".join([HEADER % (width, height), *graphics(ink, 0, 0), END]) + b"\n"


def graphics(ink: Dots, left: int, top: int) -> list[bytes]:
    """Return the fields that print *ink* with its upper left corner at *left*, *top*, strip by strip."""
    packed = np.packbits(ink, axis=1)
    height, across = packed.shape
    per_strip = _MOST_GRAPHIC // across
    parts: list[bytes] = []
    for row in range(0, height, per_strip):
        raw = packed[row : row + per_strip].tobytes()
        text = b64encode(_packed(raw))
        parts.append(_STRIP % (left, top + row, len(raw), len(raw), across, text, crc_hqx(text, 0)))
    return parts


def _packed(raw: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_FILTERED)
    return packer.compress(raw) + packer.flush()


def read(zpl: bytes) -> Dots:
    """Return the dots that *zpl* prints, or raise ``NotOurZpl``."""
    header = _HEADER_READ.match(zpl)
    if header is None:
        raise NotOurZpl("expected the header of our labels at the beginning")
    width, height = int(header[1]), int(header[2])
    if not (0 < width <= _MOST_SIDE and 0 < height <= _MOST_SIDE):
        raise NotOurZpl(f"expected sides of 1 to {_MOST_SIDE} dots, got {width} x {height}")
    across = -(-width // 8)
    rows: list[bytes] = []
    at, top = header.end(), 0
    while strip := _STRIP_READ.match(zpl, at):
        raw = _graphic(strip)
        if int(strip[1]) != top or int(strip[4]) != across or len(raw) % across:
            raise NotOurZpl(f"the strip at row {int(strip[1])} does not join the one above, which ends at {top}")
        rows.append(raw)
        at, top = strip.end(), top + len(raw) // across
    if zpl[at:] != END + b"\n":
        raise NotOurZpl(f"expected the end of the label at byte {at}")
    if top != height:
        raise NotOurZpl(f"expected {height} rows, got {top}")
    bits = np.unpackbits(np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(height, across), axis=1)
    return bits[:, :width].astype(np.bool_)


def unpacked(text: bytes, size: int, checksum: int) -> bytes:
    """Return the *size* bytes of a Z64 graphic, or raise ``NotOurZpl``."""
    if crc_hqx(text, 0) != checksum:
        raise NotOurZpl("the checksum of a graphic is wrong")
    try:
        box = zlib.decompressobj()
        raw = box.decompress(b64decode(text, validate=True), _MOST_GRAPHIC + 1)
    except (zlib.error, NotBase64) as error:
        raise NotOurZpl("a graphic cannot be unpacked") from error
    if not (len(raw) == size and box.eof):
        raise NotOurZpl(f"expected a graphic of {size} bytes, got {len(raw)}")
    return raw


def _graphic(strip: re.Match[bytes]) -> bytes:
    if strip[2] != strip[3]:
        raise NotOurZpl("a graphic says two lengths")
    return unpacked(strip[5], int(strip[2]), int(strip[6], 16))
