"""The codes of the corpus, drawn by zint: an encoder that shares nothing with the decoders under test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import zint

from coi.identity.piece_id import PieceId

if TYPE_CHECKING:
    from random import Random

    Modules = np.ndarray[tuple[int, int], np.dtype[np.bool_]]

SYMBOLOGIES = ("c128", "gs1128", "dm", "gs1dm", "qr", "gs1qr")
LINEAR = ("c128", "gs1128")
AIM = {"c128": "]C0", "gs1128": "]C1", "dm": "]d1", "gs1dm": "]d2", "qr": "]Q1", "gs1qr": "]Q3"}
_KIND = {
    "c128": zint.Symbology.CODE128,
    "gs1128": zint.Symbology.GS1_128,
    "dm": zint.Symbology.DATAMATRIX,
    "gs1dm": zint.Symbology.DATAMATRIX,
    "qr": zint.Symbology.QRCODE,
    "gs1qr": zint.Symbology.QRCODE,
}
_LETTERS = "BCDEFGHJKLNPRSTUVX"
_ISO_37_2 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"


@dataclass(frozen=True, slots=True)
class Code:
    """One symbol: which, what it says, its dark modules (a Code 128 is one row)."""

    symbology: str
    data: bytes
    modules: Modules

    @property
    def aim(self) -> str:
        """Return the AIM identifier that a reader must tell."""
        return AIM[self.symbology]

    @property
    def linear(self) -> bool:
        """Whether it is bars."""
        return self.symbology in LINEAR


def made(symbology: str, random: Random) -> Code:
    """Return a code with a payload as labels bear it, drawn at random."""
    data, written = _payload(symbology, random)
    return Code(symbology, data, _drawn(symbology, written))


def of(symbology: str, data: str) -> Code:
    """Return a code with this payload."""
    return Code(symbology, data.encode("ascii"), _drawn(symbology, data))


def din(random: Random) -> str:
    """Return a donation number of a facility that does not exist, with its check in the flags (60 + mod 37-2)."""
    number = f"A999{random.randrange(10)}{random.randrange(100):02d}{random.randrange(10**6):06d}"
    return f"={number}{60 + _check_37_2(number):02d}"


def piece(random: Random) -> str:
    """Return a piece identifier."""
    return str(PieceId.from_random(random.randbytes))


def _check_37_2(text: str) -> int:
    total = 0
    for letter in text:
        total = (total + _ISO_37_2.index(letter)) * 2 % 37
    return (38 - total) % 37


def _gtin(random: Random) -> str:
    body = f"0950600{random.randrange(10**6):06d}"
    weighted = sum(int(digit) * (3, 1)[at % 2] for at, digit in enumerate(body))
    return body + str(-weighted % 10)


def _serial(random: Random, length: int) -> str:
    return "".join(random.choice("0123456789" + _LETTERS) for _ in range(length))


def _payload(symbology: str, random: Random) -> tuple[bytes, str]:
    if symbology == "c128":
        text = din(random) if random.random() < 0.5 else piece(random)
    elif symbology == "dm":
        text = f"=+02000{din(random)}=,{random.randrange(10**7):07d}0{piece(random)}"
    elif symbology == "qr":
        text = f"HTTPS://EXAMPLE.INVALID/{piece(random)}"
    elif symbology == "gs1128":
        lot = _serial(random, 4)
        text = f"01{_gtin(random)}10{lot}\x1d21{_serial(random, 6)}"
        return text.encode(), f"[01]{text[2:16]}[10]{lot}[21]{text[-6:]}"
    else:
        gtin, lot, serial, name = _gtin(random), _serial(random, 5), _serial(random, 6), piece(random)
        text = f"01{gtin}1726123110{lot}\x1d21{serial}\x1d250{name}"
        return text.encode(), f"[01]{gtin}[17]261231[10]{lot}[21]{serial}[250]{name}"
    return text.encode(), text


def _drawn(symbology: str, written: str) -> Modules:
    drawing = zint.Symbol()
    drawing.symbology = _KIND[symbology]
    if symbology.startswith("gs1"):
        drawing.input_mode = zint.InputMode.GS1
    if symbology.endswith("dm"):
        drawing.option_3 = zint.DataMatrixOptions.SQUARE
    drawing.encode(written)
    rows = np.asarray(drawing.encoded_data, dtype=np.uint8)[: drawing.rows]
    return np.unpackbits(rows, axis=1, bitorder="little")[:, : drawing.width].astype(np.bool_)
