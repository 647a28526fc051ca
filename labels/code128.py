"""How is a text written in Code 128, and how is a ZPL printer told to write it just so?

* Printable ASCII stands in subset B, pairs of digits in subset C, so A is never needed: control characters are refused
  (one in a Code 128 can steer a keyboard). FNC1 is the GS1 separator and stands in both.
* The plan is made here, once, for the drawn bars and for ``^BC`` in mode N; a printer that plans by itself rewrites
  payloads such as ``=>026123`` (ISO/IEC 15417 annex E; ZPL II guide, ^BC).

>>> plan(b"=>0261").values                                # start B, =, >, code C, 02 61: each value is one character
(104, 29, 30, 99, 2, 61)
>>> plan(b"=>0261").zpl, plan(b"=>0261").modules
(b'>:=>0>50261', 90)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

GS = 0x1D
_START_B, _START_C, _TO_B, _TO_C, _FNC1, _STOP = 104, 105, 100, 99, 102, 106
_ZPL = {_START_B: b">:", _START_C: b">;", _TO_B: b">6", _TO_C: b">5", _FNC1: b">8"}
_PIECES = re.compile(rb"(?P<digits>[0-9]+)|(?P<separator>\x1D+)|(?P<text>[^0-9\x1D]+)")
_TEXT = re.compile(rb"[^0-9\x1D]")

# The widths of bars and spaces of the values 0 to 106 (ISO/IEC 15417 table 1).
_WIDTHS = [
    "212222",
    "222122",
    "222221",
    "121223",
    "121322",
    "131222",
    "122213",
    "122312",
    "132212",
    "221213",
    "221312",
    "231212",
    "112232",
    "122132",
    "122231",
    "113222",
    "123122",
    "123221",
    "223211",
    "221132",
    "221231",
    "213212",
    "223112",
    "312131",
    "311222",
    "321122",
    "321221",
    "312212",
    "322112",
    "322211",
    "212123",
    "212321",
    "232121",
    "111323",
    "131123",
    "131321",
    "112313",
    "132113",
    "132311",
    "211313",
    "231113",
    "231311",
    "112133",
    "112331",
    "132131",
    "113123",
    "113321",
    "133121",
    "313121",
    "211331",
    "231131",
    "213113",
    "213311",
    "213131",
    "311123",
    "311321",
    "331121",
    "312113",
    "312311",
    "332111",
    "314111",
    "221411",
    "431111",
    "111224",
    "111422",
    "121124",
    "121421",
    "141122",
    "141221",
    "112214",
    "112412",
    "122114",
    "122411",
    "142112",
    "142211",
    "241211",
    "221114",
    "413111",
    "241112",
    "134111",
    "111242",
    "121142",
    "121241",
    "114212",
    "124112",
    "124211",
    "411212",
    "421112",
    "421211",
    "212141",
    "214121",
    "412121",
    "111143",
    "111341",
    "131141",
    "114113",
    "114311",
    "411113",
    "411311",
    "113141",
    "114131",
    "311141",
    "411131",
    "211412",
    "211214",
    "211232",
    "2331112",
]


@dataclass(frozen=True, slots=True)
class Plan:
    """The characters of one symbol, without check character and stop."""

    values: tuple[int, ...]
    zpl: bytes
    """The same for ``^BC`` in mode N, before ``^FH``."""

    @property
    def modules(self) -> int:
        """How many modules the symbol is wide, without its quiet zones."""
        return 11 * (len(self.values) + 2) + 2


@lru_cache(maxsize=64)
def plan(data: bytes, *, gs1: bool = False, changes: bool = True) -> Plan:
    """Plan *data*, printable ASCII; with *gs1* an FNC1 goes in front and GS is one as well.

    Without *changes* it stays in one subset: one interpreter of ZPL misreads ``>5``, so no printer is told to change.
    """
    values: list[int] = []
    told: list[bytes] = []
    whole = (b"\x1d" + data) if gs1 else data
    runs = [(False, whole)]
    if changes or not _TEXT.search(whole):
        runs = _runs(whole)
        if not changes and len(runs) > 1:
            runs = [(False, whole)]
    in_c = runs[0][0]
    values.append(_START_C if in_c else _START_B)
    told.append(_ZPL[values[0]])
    for number, (digits, run) in enumerate(runs):
        if number:
            values.append(_TO_C if digits else _TO_B)
            told.append(_ZPL[values[-1]])
        if digits:
            place = 0
            while place < len(run):
                if run[place] == GS:
                    values.append(_FNC1)
                    told.append(b">8")
                    place += 1
                else:
                    pair = run[place : place + 2]
                    values.append(int(pair))
                    told.append(pair)
                    place += 2
        else:
            values += [_FNC1 if byte == GS else byte - 32 for byte in run]
            told.append(run.replace(b">", b">0").replace(b"\x1d", b">8"))
    return Plan(tuple(values), b"".join(told))


def bars(made: Plan) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return the modules of the symbol as one row, with check character and stop."""
    check = (made.values[0] + sum(place * value for place, value in enumerate(made.values))) % 103
    row = [_pattern(value) for value in (*made.values, check, _STOP)]
    return np.concatenate(row).reshape(1, -1)


def _runs(data: bytes) -> list[tuple[bool, bytes]]:
    """Cut *data* into runs for subset C (true: whole pairs of digits, FNC1 between pairs) and subset B.

    Four digits at an end and six in the middle are worth a change of subset; of an odd run the digit that borders on
    other text stays there (ISO/IEC 15417 annex E).
    """
    runs: list[tuple[bool, bytearray]] = []

    def add(digits: bool, part: bytes) -> None:  # noqa: FBT001 - which kind of run
        if part:
            if runs and runs[-1][0] == digits:
                runs[-1][1].extend(part)
            else:
                runs.append((digits, bytearray(part)))

    pieces = [(str(part.lastgroup), part[0]) for part in _PIECES.finditer(data)]
    for number, (kind, piece) in enumerate(pieces):
        first, last = number == 0 or _only_fnc1(pieces[:number]), number == len(pieces) - 1
        if kind == "separator":
            add(digits=runs[-1][0] if runs else _begins_c(pieces), part=piece)
        elif kind == "text" or not (len(piece) >= (4 if first or last else 6) or (first and last and len(piece) == 2)):  # noqa: PLR2004 - see above
            add(digits=False, part=piece)
        elif len(piece) % 2 == 0:
            add(digits=True, part=piece)
        elif first or (runs and runs[-1][0]):
            add(digits=True, part=piece[:-1])
            add(digits=False, part=piece[-1:])
        else:
            add(digits=False, part=piece[:1])
            add(digits=True, part=piece[1:])
    return [(digits, bytes(part)) for digits, part in runs]


def _only_fnc1(pieces: list[tuple[str, bytes]]) -> bool:
    return all(kind == "separator" for kind, _ in pieces)


def _begins_c(pieces: list[tuple[str, bytes]]) -> bool:
    return len(pieces) > 1 and pieces[1][0] == "digits" and (len(pieces[1][1]) >= 4 or len(pieces) == 2)  # noqa: PLR2004 - as in _runs


@lru_cache(maxsize=107)
def _pattern(value: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    widths = [int(width) for width in _WIDTHS[value]]
    return np.repeat(np.arange(len(widths)) % 2 == 0, widths)
