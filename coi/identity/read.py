"""What does a code mean? Raw bytes and the reader's word on the symbology become a value, or ``Unreadable``.

* Nothing is trimmed, folded, repaired or guessed. A code that could be two things is neither.
* GS1 is read only where the reader says that the symbol begins with FNC1 (``]C1 ]d2 ]Q3 ]e0``), and there nothing
  else is. Without a word on the symbology (a keyed or pasted text) a code is never GS1.
* Whatever is accepted encodes to exactly the bytes that were read: ``read(data, aim).wire == data``.
* Whatever is wrong is an ``Unreadable`` with a reason and never an exception; the reason repeats no character read.

>>> read(b"7K3N9XB2CD4U", "]C0")
PieceId(text='7K3N9XB2CD4U')
>>> read(b"7K3N9XB2CD41", "]C0").reason
'Expected a piece number of 12 characters with right check characters, saw 12 characters that are none.'
>>> read(b"7k3n9xb2cd4u", "]C0").reason
'Expected a code of ours, of ISBT 128 or of GS1, saw 12 characters that begin like none of them.'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

from coi.errors import Malformed
from coi.identity import badge, checked, coi_id, house, plain
from coi.identity.badge import Badge
from coi.identity.coi_id import CoiId
from coi.identity.compound import CompoundMessage
from coi.identity.gs1 import GS, PERSONAL, Gs1Message
from coi.identity.house import HouseCode
from coi.identity.isbt128 import Isbt
from coi.identity.match import Unreadable
from coi.identity.piece_id import PieceId
from coi.identity.plain import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Callable

Value: TypeAlias = CoiId | PieceId | PlainLabel | HouseCode | Badge | Isbt | CompoundMessage | Gs1Message

LONGEST = 512
"""More bytes than any label of ours or of the two standards bears."""
GS1_CARRIERS = frozenset({"]C1", "]d2", "]Q3", "]e0"})
"""Symbology identifiers that say: FNC1 in first position, GS1 element strings follow."""
CARRIERS = frozenset({"]C0", "]d1", "]Q1"})
"""Code 128, Data Matrix ECC 200, QR Code, without FNC1 in first position and without ECI."""
PATIENT_CARRIERS = frozenset({"]z0", "]L0", "]L1", "]L2"})
"""Aztec and PDF417: hospitals' wristbands use them; they count for the patient role only."""

_PATIENT_STRUCTURES = {"024", "025"}


def read(data: bytes, aim: str | None = None) -> Value | Unreadable:
    """Return what *data* mean, read from a symbol that the reader calls *aim* (None or empty: it did not say)."""
    seen = aim or ""
    try:
        value = _read(data, seen)
    except Malformed as wrong:
        return Unreadable(str(wrong), len(data), seen if len(seen) == len("]d2") and seen.isascii() else "")
    return value


def _read(data: bytes, aim: str) -> Value:
    if not data:
        raise Malformed("Expected a code, saw nothing.")
    if len(data) > LONGEST:
        raise Malformed(f"Expected at most {LONGEST} bytes, saw {len(data)}.")
    gs1 = aim in GS1_CARRIERS
    if aim and not gs1 and aim not in CARRIERS | PATIENT_CARRIERS:
        raise Malformed("Expected Code 128, Data Matrix or QR Code, saw another symbology or an option of it.")
    if any(not 0x20 <= byte < 0x7F and not (gs1 and byte == ord(GS)) for byte in data):  # noqa: PLR2004 - ASCII
        raise Malformed("Expected printable ASCII characters only, saw others.")
    text = data.decode("ascii")
    value = Gs1Message.parse(text) if gs1 else _parser(text)(text)
    if aim in PATIENT_CARRIERS and classify(value) != "patient":
        raise Malformed("Expected a patient's identifier in Aztec or PDF417, saw another code.")
    return value


def _parser(text: str) -> Callable[[str], Value]:
    """Return the only parser for codes that begin like *text*; the beginnings exclude one another."""
    if text.startswith("=+"):
        return CompoundMessage.parse
    if text.startswith(("=", "&")):
        return _structure
    if text.startswith(coi_id.PREFIX):
        return CoiId.parse
    if text.startswith(plain.PREFIX):
        return PlainLabel.parse
    if text.startswith(badge.PREFIX):
        return Badge.parse
    if text.startswith(house.PREFIXES):
        return HouseCode.parse
    if len(text) == checked.LENGTH and set(text) <= set(checked.ALPHABET):
        return PieceId.parse
    raise Malformed(
        f"Expected a code of ours, of ISBT 128 or of GS1, saw {len(text)} characters that begin like none of them."
    )


def _structure(text: str) -> Value:
    structure = Isbt.parse(text)
    return CoiId.parse(structure.data) if structure.number == "040" else structure


def classify(value: Value | Unreadable) -> str:
    """Return what kind of thing a code stands for.

    One of piece, coi, plain, shipper, seal, location, equipment, logger, kit, specimen, pack, command, badge, patient,
    isbt128, gs1, unreadable.
    """
    match value:
        case Unreadable():
            return "unreadable"
        case PieceId():
            return "piece"
        case CoiId():
            return "coi"
        case PlainLabel():
            return "plain"
        case HouseCode():
            return value.kind
        case Badge():
            return "badge"
        case Isbt():
            return "patient" if value.number in _PATIENT_STRUCTURES else "isbt128"
        case CompoundMessage():
            return "patient" if any(one.number in _PATIENT_STRUCTURES for one in value.structures) else "isbt128"
        case Gs1Message():
            return "patient" if any(one.ai in PERSONAL for one in value.elements) else "gs1"
        case _:
            assert_never(value)
