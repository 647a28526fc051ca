"""How do dots become a picture that knows its resolution? One bit a dot, as PNG (ISO/IEC 15948) has it: 0 is black.

Written here and not by a library of pictures, as a screen waits for it: rows want no filter, and the packer is quick.
"""

from __future__ import annotations

import zlib
from struct import pack
from typing import TYPE_CHECKING

import deflate
import numpy as np

if TYPE_CHECKING:
    from labels.symbols import Dots

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LEVEL = 6
_GREY, _BY_METRE = 0, 1


def written(ink: Dots, dpi: int) -> bytes:
    """Return *ink*, where true is black, as a PNG of *dpi*."""
    height, width = ink.shape
    rows = np.packbits(~ink, axis=1)
    unfiltered = np.zeros((height, rows.shape[1] + 1), dtype=np.uint8)  # each row begins with its filter: none
    unfiltered[:, 1:] = rows
    pitch = round(dpi / 0.0254)
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", pack(">IIBBBBB", width, height, 1, _GREY, 0, 0, 0)),
            _chunk(b"pHYs", pack(">IIB", pitch, pitch, _BY_METRE)),
            _chunk(b"IDAT", bytes(deflate.zlib_compress(unfiltered.tobytes(), _LEVEL))),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(data, zlib.crc32(kind)))
