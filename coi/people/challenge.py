r"""Does this scanner send what stands on the card? Five codes that hold every character a keyboard may twist.

* The card bears plain and GS1 Code 128, plain and GS1 Data Matrix, and QR; each payload ends in the card's own number.
* A scanner passes when all five come as they are printed, byte for byte, each with its AIM identifier.
* One that fails is told why: what its keyboard layout, Caps Lock or settings did to the bytes, and what puts it right.

>>> judge(0, "]C0" + PAYLOADS[0].data("123456"))
'123456'
>>> judge(0, PAYLOADS[0].data("123456"))
<Fault.NO_AIM: 'no_aim'>
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

GS: Final = "\x1d"
LETTERS: Final = "AQWZYMaqz"
"""Letters that change place between the layouts of German, French and English keyboards, in both cases."""
CARD: Final = re.compile(r"[0-9]{6}")
_ENDS: Final = re.compile(r"([0-9]{6})\Z")
_AIM: Final = re.compile(r"\A\][A-Za-z][0-9A-Za-z]")
_GERMAN: Final = str.maketrans("YZyz", "ZYzy")
_FRENCH: Final = str.maketrans("AQWZaqwz", "QAZWqazw", "Mm")
LEAST_KEPT: Final = 8
"""So many characters of a code are enough to say that it was cut short."""


class Fault(StrEnum):
    """What a scanner did to a code of the card."""

    LAYOUT_GERMAN = "layout_german"
    LAYOUT_FRENCH = "layout_french"
    CAPS_LOCK = "caps_lock"
    NO_AIM = "no_aim"
    WRONG_AIM = "wrong_aim"
    GS_STRIPPED = "gs_stripped"
    GS_REPLACED = "gs_replaced"
    TRUNCATED = "truncated"
    DIFFERS = "differs"
    ANOTHER_CARD = "another_card"


@dataclass(frozen=True, slots=True)
class Payload:
    """One code of the card: its symbology as ``labels`` calls it, its AIM identifier, and what it holds."""

    symbology: str
    aim: str
    body: str

    def data(self, card: str) -> str:
        """Return the text that the code bears on the card of that number."""
        return self.body + card


_SIGNS: Final = "=<&>;:/?_"
_DIGITS: Final = "0123456789"
_ALL: Final = f"^{_DIGITS}{_SIGNS}{LETTERS}"
PAYLOADS: Final = (
    Payload("code128", "]C0", _ALL),
    Payload("gs1code128", "]C1", f"10{_SIGNS}{_DIGITS}{GS}21{LETTERS}"),
    Payload("datamatrix", "]d1", _ALL),
    Payload("gs1datamatrix", "]d2", f"21{LETTERS}{_DIGITS}{GS}10{_SIGNS}"),
    Payload("qrcode", "]Q1", _ALL),
)
"""The five codes in the order in which they are scanned. No gate takes them: they name nothing."""


def judge(number: int, raw: str) -> str | Fault:
    """Return the card's number where *raw*, the identifier and what follows, is the code of that number, or the fault.

    1. Exactly as printed.
    2. A layout is told by its letters, whatever it did to the rest; then exchanged cases.
    3. The identifier is there, and the right one.
    4. The separator is there, and is itself.
    5. Nothing is cut off.
    """
    wanted = PAYLOADS[number]
    found = _AIM.match(raw)
    aim, data = (found.group(), raw[found.end() :]) if found else ("", raw)
    ends = _ENDS.search(data)
    if ends and data == wanted.data(ends.group()):
        if aim == wanted.aim:
            return ends.group()
        return Fault.WRONG_AIM if aim else Fault.NO_AIM
    return _by_letters(wanted, data) or _by_separator(wanted, data, ends.group() if ends else "") or _cut(wanted, data)


def _by_letters(wanted: Payload, data: str) -> Fault | None:
    """Tell a layout by where its letters stand; one letter more may be what is left of a twisted identifier."""
    seen, right = _letters(data), _letters(wanted.body)
    without = seen.replace("M", "").replace("m", "")
    for fault, letters, told in (
        (Fault.LAYOUT_GERMAN, seen, right.translate(_GERMAN)),
        (Fault.CAPS_LOCK, seen, right.swapcase()),
        (Fault.LAYOUT_FRENCH, without, right.translate(_FRENCH)),
    ):
        if letters.endswith(told) and len(letters) - len(told) <= 1:
            return fault
    return None


def _by_separator(wanted: Payload, data: str, card: str) -> Fault | None:
    if GS not in wanted.body:
        return None
    before, after = wanted.data(card).split(GS)
    if data == before + after:
        return Fault.GS_STRIPPED
    around = data.startswith(before) and data.endswith(after) and len(data) > len(before) + len(after)
    return Fault.GS_REPLACED if around else None


def _cut(wanted: Payload, data: str) -> Fault:
    return Fault.TRUNCATED if len(data) >= LEAST_KEPT and wanted.body.startswith(data) else Fault.DIFFERS


def _letters(text: str) -> str:
    return "".join(one for one in text if one.isascii() and one.isalpha())
