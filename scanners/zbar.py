"""What does ZBar say? Another program's opinion on Code 128 and QR, where the machine has libzbar.

It reads no Data Matrix and cannot tell the AIM identifier, so that nothing rests on it alone.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from scanners.picture import grey
from scanners.scan import Scan

if TYPE_CHECKING:
    import numpy as np

    Picture = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


def second_reader() -> str | None:
    """Name the second, independent reader with its version, or None when this machine has none (no libzbar)."""
    try:
        from pyzbar import wrapper  # noqa: PLC0415 - the import itself fails where libzbar is missing
    except ImportError:
        return None
    # Newer libzbar writes three numbers, older two; pyzbar declares two, and the third pointer would then be garbage.
    # Handing over three is safe with both: a C function that takes two does not look at the third.
    numbers = [ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()]
    wrapper.load_libzbar().zbar_version(*(ctypes.byref(number) for number in numbers))
    return "libzbar " + ".".join(str(number.value) for number in numbers[:2])


def second_opinion(image: Picture | bytes) -> list[Scan]:
    """Return the Code 128 symbols that ZBar sees in *image*; it cannot tell AIM identifiers, so ``aim`` is empty.

    Without libzbar it has no opinion: ask ``second_reader`` first.
    """
    picture = grey(image)
    if second_reader() is None:
        return []
    from pyzbar import pyzbar  # noqa: PLC0415 - see second_reader

    symbols = pyzbar.decode(picture, symbols=[pyzbar.ZBarSymbol.CODE128])
    # ZBar can give an empty payload (scanners.md 0.4): that is no read.
    return [Scan(bytes(symbol.data), "", "zbar") for symbol in symbols if symbol.data]
