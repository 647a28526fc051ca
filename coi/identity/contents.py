"""What does a code tell, whatever the standard? One shape for ISBT 128, GS1 and our own codes.

Missing is a value, never an empty text: what a code does not tell is None.

>>> from coi.identity.read import read
>>> summary(read(b"=+03000=A99992600000100=<S1234100&>0263262359", "]d1")).expires
datetime.datetime(2026, 11, 22, 23, 59)
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from coi.errors import Malformed
from coi.identity import compound
from coi.identity.badge import Badge
from coi.identity.coi_id import CoiId
from coi.identity.compound import CompoundMessage
from coi.identity.gs1 import Gs1Message
from coi.identity.house import HouseCode
from coi.identity.isbt128 import DonationNumber, Isbt, ProductCode
from coi.identity.match import Unreadable
from coi.identity.piece_id import PieceId
from coi.identity.plain import PlainLabel

if TYPE_CHECKING:
    from datetime import date, datetime

    from coi.identity.read import Value

_PERSONAL_STRUCTURES = {"019", "020", "024", "025"}


@dataclass(frozen=True, slots=True)
class Contents:
    """What a code tells."""

    piece: PieceId | None = None
    coi: CoiId | None = None
    container: str | None = None
    """Our own labels: the name of the container, ``C-`` and twelve characters."""
    din: str | None = None
    """Thirteen characters, without flags."""
    product_code: str | None = None
    """ISBT 128: eight characters."""
    division: str | None = None
    """ISBT 128: the two characters of the product code, or the six of structure 032 when they are 99."""
    facility: str | None = None
    """ISBT 128: processing facility and its own product code (033, 034), where uniqueness needs them."""
    gtin: str | None = None
    serial: str | None = None
    lot: str | None = None
    expires: datetime | date | None = None
    """A day (GS1 17); a naive time by the clock of the place (ISBT 128, GS1 7003); an aware one (ISBT 128 031, UTC)."""
    sscc: str | None = None
    grai: str | None = None
    giai: str | None = None
    gln: str | None = None
    patient: str | None = field(default=None, repr=False)
    """A patient's identifier (8018, 025): for the vault only."""


def summary(value: Value | Unreadable) -> Contents:
    """Return what *value* tells; of an unreadable code, a badge or a house code nothing."""
    match value:
        case PieceId():
            return Contents(piece=value)
        case CoiId():
            return Contents(coi=value)
        case PlainLabel():
            return Contents(piece=value.piece, coi=value.coi, container=value.container or None)
        case Isbt():
            return _of_structures((value,))
        case CompoundMessage():
            return _of_structures(value.structures)
        case Gs1Message():
            return _of_gs1(value)
        case HouseCode() | Badge() | Unreadable():
            return Contents()
        case _:
            assert_never(value)


def human(value: Value | Unreadable) -> str:
    """Return the text that stands beside the symbol, made of what the symbol says and nothing else.

    What tells of a person is not written out. An unreadable code has no text: it raises ``Malformed``.
    """
    match value:
        case Unreadable():
            raise Malformed(value.reason)
        case Isbt():
            return _structure_text(value)
        case CompoundMessage():
            return " · ".join(_structure_text(structure) for structure in value.structures)
        case Badge():
            return "STAFF BADGE"
        case PieceId() | CoiId() | PlainLabel() | HouseCode() | Gs1Message():
            return value.human
        case _:
            assert_never(value)


def _of_structures(structures: tuple[Isbt, ...]) -> Contents:
    contents = Contents()
    for structure in structures:
        parts = structure.fields
        match structure.number:
            case "001":
                contents = replace(contents, din=parts["din"])
            case "003":
                kept = None if parts["division"] == "99" else parts["division"]
                contents = replace(contents, product_code=structure.data, division=kept or contents.division)
            case "025":
                contents = replace(contents, patient=parts["patient"])
            case "032":
                contents = replace(contents, division=parts["division"])
            case "033" | "034":
                contents = replace(contents, facility=parts["facility"] + parts["facility_code"])
            case "035":
                contents = replace(contents, lot=parts["lot"])
            case "036":
                contents = replace(contents, piece=compound.piece_in(structure))
            case "040":
                contents = replace(contents, coi=CoiId.parse(parts["coi"]))
            case _:
                pass
    told = [at for one in structures if compound.is_expiry(one) and (at := compound.moment(one)) is not None]
    in_utc = [at for at in told if at.tzinfo is not None]
    return replace(contents, expires=next(iter(in_utc or told), None))


def _of_gs1(message: Gs1Message) -> Contents:
    return Contents(
        piece=_piece(message.get("250")),
        gtin=message.get("01"),
        serial=message.get("21"),
        lot=message.get("10"),
        expires=message.expires(),
        sscc=message.get("00"),
        grai=message.get("8003"),
        giai=message.get("8004"),
        gln=message.get("414"),
        patient=message.get("8018"),
    )


def _piece(text: str | None) -> PieceId | None:
    try:
        return None if text is None else PieceId.parse(text)
    except Malformed:
        return None


def _structure_text(structure: Isbt) -> str:
    at, piece = compound.moment(structure), compound.piece_in(structure)
    if structure.number == "001":
        return DonationNumber(structure.fields["din"]).human
    if structure.number == "003":
        return str(ProductCode(structure.data))
    if structure.number == "040":
        return CoiId.parse(structure.data).human
    if structure.number in _PERSONAL_STRUCTURES:
        return structure.name
    if piece is not None:
        return piece.human
    if at is not None:
        return f"{structure.name} {at:%Y-%m-%d %H:%M}{' UTC' if at.tzinfo else ''}"
    return f"{structure.name} {structure.data}"
