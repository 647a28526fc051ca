"""What does each shipped label look like with the words of an ordinary day? For the gallery, examples and tests.

Nobody is behind these: the facility A9999 is for examples, and SPECIMEN stands where a piece's serial would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labels.record import Record
from labels.spec import Code
from labels.template import shipped

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "SPECIMEN"

_COI = "CHA9999 26 000001"
_EXPIRES = "24 NOV 2026 23:59 Europe/Berlin"
_PIECE = Code(b"SPECIMEN0001", "code128", "SPEC IMEN 0001")
_ISBT = Code(
    b"=+04000=A99992600000100=<S1129100&/CHA999926000001&,2000000SPECIMEN0001",
    "datamatrix",
    "A9999 26 000001 8 · S1129100 · CHA9999 26 000001 · SPEC IMEN 0001",
)
_SHORT = Code(
    b"=+03000=A99992600000100&/CHA999926000001&,2000000SPECIMEN0001",
    "datamatrix",
    "A9999 26 000001 8 · CHA9999 26 000001 · SPEC IMEN 0001",
)
_BAND = Code(b"=+02000&/CHA999926000001&,2000000SPECIMEN0001", "datamatrix", "CHA9999 26 000001 · SPEC IMEN 0001")
_GS1 = Code(
    b"01095060001343521727113010LOT42A\x1d21000001-1\x1d250SPECIMEN0001",
    "gs1datamatrix",
    "(01)09506000134352(17)271130(10)LOT42A(21)000001-1(250)SPECIMEN0001",
)

_VALUES: Mapping[str, tuple[Mapping[str, str], Code]] = {
    "apheresis_bag": (
        {
            "coi": _COI,
            "din": "A999926000001",
            "product_code": "S1129100",
            "product": "HPC, Apheresis",
            "container": "000001-A1",
            "collected": "21 NOV 2026 09:14 Europe/Berlin",
            "volume": "212 mL",
            "store": "2 to 8 °C, do not irradiate",
            "expires": _EXPIRES,
            "donor_testing": "not_evaluated",
        },
        _ISBT,
    ),
    "partial_label": (
        {
            "coi": _COI,
            "container": "000001-P1",
            "product": "CAR T CELLS",
            "expires": "30 NOV 2027 23:59 UTC",
            "donor_testing": "evaluated",
        },
        _ISBT,
    ),
    "process_vessel": (
        {
            "coi": _COI,
            "din": "A999926000001",
            "product": "CAR T CELLS, day 3",
            "container": "000001-V2",
            "lot": "LOT42A",
            "store": "37 °C, 5 % CO2",
            "expires": _EXPIRES,
            "donor_testing": "not_evaluated",
        },
        _ISBT,
    ),
    "cryobag": (
        {
            "coi": _COI,
            "product": "CAR T CELLS",
            "container": "000001-B1",
            "lot": "LOT42A",
            "serial": "000001-1",
            "din": "A999926000001",
            "dose": "1 of 3",
            "volume": "50 mL",
            "expires": "30 NOV 2027 23:59 UTC",
            "donor_testing": "reactive",
            "reactive_for": "HBV",
        },
        _GS1,
    ),
    "cassette": (
        {"coi": _COI, "dose": "1 of 3", "expires": "30 NOV 2027 23:59 UTC", "donor_testing": "risk"},
        _GS1,
    ),
    "vial": ({"expires": _EXPIRES}, _SHORT),
    "drug_product": (
        {
            "coi": _COI,
            "product": "CAR T CELLS",
            "container": "000001-B1",
            "lot": "LOT42A",
            "serial": "000001-1",
            "din": "A999926000001",
            "dose": "1 of 3",
            "volume": "50 mL",
            "expires": "30 NOV 2027 23:59 UTC",
            "donor_testing": "evaluated",
        },
        _GS1,
    ),
    "wristband": (
        {"coi": _COI, "name": "Łukasz Wiśniewski-Müller", "born": "03 FEB 1981", "order": "P-7K2M"},
        _BAND,
    ),
    "shipper": (
        {
            "name": "Dry vapour shipper 14",
            "from": "Cell lab North, dock 2",
            "to": "Clinic South, pharmacy",
            "handling": "≤ −150 °C · upright · no X-ray",
            "contact": "Desk of the carrier, day and night",
        },
        Code(b"SHP-SPECIMEN0001", "datamatrix", "SHP-SPEC IMEN 0001"),
    ),
    "command": (
        {"name": "Confirm what the screen says", "kind": "STATION", "note": "scan, then sign"},
        Code(b"CMD-SPECIMEN0001", "datamatrix", "CMD-SPEC IMEN 0001"),
    ),
    "asset": (
        {"name": "Freezer 3, shelf B", "kind": "PLACE", "note": "Cell lab North"},
        Code(b"LOC-SPECIMEN0001", "datamatrix", "LOC-SPEC IMEN 0001"),
    ),
    "continuity_pack": (
        {
            "coi": _COI,
            "state": "no hold",
            "order": "000001",
            "container": "000001-B1",
            "product": "CAR T CELLS",
            "lot": "LOT42A",
            "expires": "30 NOV 2027 23:59 UTC",
            "printed": "21 NOV 2026 07:05 Europe/Berlin",
            "valid": "21 NOV 2026 19:05 Europe/Berlin",
        },
        Code(b"PAK-SPECIMEN0001", "datamatrix", "PAK-SPEC IMEN 0001"),
    ),
}


def specimens() -> Mapping[str, Record]:
    """Return one ordinary record for each shipped template, by its name."""
    made: dict[str, Record] = {}
    for name in shipped():
        values, main = _VALUES[name]
        house = main.data.endswith(b"-SPECIMEN0001") and main.symbology == "datamatrix"
        second = Code(main.data, "code128", main.text) if house else _PIECE
        made[name] = Record(values, {"primary": main, "secondary": second}, mark=MARK)
    return made
