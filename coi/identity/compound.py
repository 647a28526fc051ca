"""What do several ISBT 128 structures in one symbol say together? ST-001 2.4.23, structure 023.

On the wire ``=+aabbb`` and then *aa* structures without any separator; *bbb* is 000 (order not told) or the number of
a specified sequence (RT017, not shipped, so that the order itself is not judged)::

    =+05000=A99992600000100=<S1234100&>0263262359&/CHA999926000001&,20000007K3N9XB2CD4U

A message is right when (R2, R3):

1. the frame is right and the count is the number of structures that follow, to the last character;
2. every structure is one that ICCBBA defines and is right in itself; no message stands in a message;
3. no structure stands twice (031: once for each kind of time);
4. a product code whose division is 99 comes with structure 032, and 032 only with such a product code;
5. what is told twice in different structures is told alike: expiry, product description, processing facility.

Nothing is interpreted before all of it holds.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from coi.errors import Malformed
from coi.identity import isbt128_shapes
from coi.identity.isbt128 import PIECE_PADDING, DonationNumber, Isbt, ProductCode
from coi.identity.piece_id import PieceId

if TYPE_CHECKING:
    from coi.identity.coi_id import CoiId

_FRAME = re.compile(r"=\+(?P<count>[0-9]{2})(?P<sequence>[0-9]{3})")
_LONGEST = 99
_EXPIRY = {"004", "005", "026"}
_END_OF_DAY = time(23, 59)


@dataclass(frozen=True, slots=True)
class CompoundMessage:
    """Several structures read in one go."""

    structures: tuple[Isbt, ...]
    sequence: str = "000"

    def __post_init__(self) -> None:
        if not re.fullmatch("[0-9]{3}", self.sequence):
            raise Malformed("Expected a sequence number of three digits, saw none.")
        if not 1 <= len(self.structures) <= _LONGEST:
            raise Malformed(f"Expected 1 to {_LONGEST} structures, saw {len(self.structures)}.")
        twice = sorted(key for key, times in Counter(one.unique for one in self.structures).items() if times > 1)
        if twice:
            raise Malformed(f"Expected each structure once, saw structure {twice[0][:3]} again.")
        self._require_division()
        self._require_agreement()

    @classmethod
    def parse(cls, text: str) -> CompoundMessage:
        """Return the message that *text* is, or raise ``Malformed``."""
        frame = _FRAME.match(text)
        if frame is None:
            raise Malformed("Expected a compound message, =+ and five digits first, saw none.")
        structures, at = [], frame.end()
        while at < len(text):
            structure, at = Isbt.take(text, at)
            structures.append(structure)
        if len(structures) != int(frame["count"]):
            raise Malformed(f"Expected {int(frame['count'])} structures as the message tells, saw {len(structures)}.")
        return cls(tuple(structures), frame["sequence"])

    @property
    def wire(self) -> bytes:
        """The bytes of the symbol."""
        body = "".join(structure.text for structure in self.structures)
        return f"=+{len(self.structures):02d}{self.sequence}{body}".encode("ascii")

    def get(self, number: str) -> Isbt | None:
        """Return the structure of that number, or None."""
        return next((structure for structure in self.structures if structure.number == number), None)

    def _require_division(self) -> None:
        product, divisions = self.get("003"), self.get("032")
        if product is None:
            return
        if ProductCode(product.data).divided_elsewhere != (divisions is not None):
            raise Malformed(
                "Expected structure 032 with a product code of division 99 and with no other (ST-001 2.4.3)."
            )

    def _require_agreement(self) -> None:
        told: dict[str, set[str]] = {}
        for structure in self.structures:
            parts = structure.fields
            told.setdefault("product description", set()).add(parts.get("pdc", ""))
            if structure.number in {"033", "034"}:
                told.setdefault("processing facility", set()).add(parts["facility"] + parts["facility_code"])
        for what, said in told.items():
            if len(said - {""}) > 1:
                raise Malformed(f"Expected one {what}, saw two that differ.")
        expiries = [one for one in self.structures if is_expiry(one)]
        plain = {found for one in expiries if (found := moment(one)) is not None and found.tzinfo is None}
        if len(plain) > 1:
            raise Malformed("Expected one expiry, saw two that differ.")


def is_expiry(structure: Isbt) -> bool:
    """Tell whether *structure* tells an expiry."""
    return structure.number in _EXPIRY or structure.unique == "03101"


def moment(structure: Isbt) -> datetime | None:
    """Return the time that a structure tells, None when it tells none.

    A naive time is by the clock of the place that printed it, since ISBT 128 says no zone; 031 may say UTC, and then
    the time is aware. A day without a time ends at 23:59 (ST-001 2.4.5).
    """
    parts = structure.fields
    day = isbt128_shapes.day_of(parts)
    if day is None or structure.number in {"024", "038"}:
        return None
    at = time(int(parts["hour"]), int(parts["minute"])) if "hour" in parts else _END_OF_DAY
    return datetime.combine(day, at, UTC if parts.get("zone") == "2" else None)


def piece_in(structure: Isbt) -> PieceId | None:
    """Return our piece number out of structure 036, None when it bears somebody else's number."""
    supplement = structure.fields.get("supplement", "")
    if not supplement.startswith(PIECE_PADDING):
        return None
    try:
        return PieceId.parse(supplement.removeprefix(PIECE_PADDING))
    except Malformed:
        return None


def compose_isbt(
    *,
    din: str | DonationNumber | None = None,
    product_code: str | ProductCode | None = None,
    division: str | None = None,
    expires: datetime | date | None = None,
    coi: CoiId | None = None,
    piece: PieceId | None = None,
) -> bytes:
    """Return the compound message of one label: 001, 003, 032, 005 (031 for an aware time), 040, 036, as far as given.

    A naive time is by the clock of the place (005); an aware one is written in UTC (031); a day ends at 23:59.
    """
    structures = []
    if din is not None:
        number = din if isinstance(din, DonationNumber) else DonationNumber(din)
        structures.append(Isbt("001", number.din + number.flag))
    if product_code is not None:
        structures.append(Isbt("003", str(product_code)))
    if division is not None:
        structures.append(Isbt("032", division))
    if expires is not None:
        structures.append(_expiry(expires))
    if coi is not None:
        if coi.scheme != "isbt128":
            raise Malformed("Expected a chain-of-identity identifier of ISBT 128 structure 040, saw a plain one.")
        structures.append(Isbt("040", coi.text))
    if piece is not None:
        structures.append(Isbt("036", PIECE_PADDING + piece.text))
    return CompoundMessage(tuple(structures)).wire


def _expiry(expires: datetime | date) -> Isbt:
    if not isinstance(expires, datetime):
        expires = datetime.combine(expires, _END_OF_DAY)
    if expires.second or expires.microsecond:
        raise Malformed("Expected an expiry at a whole minute, as ISBT 128 writes it, saw seconds.")
    if expires.tzinfo is not None:
        return Isbt("031", f"2001{expires.astimezone(UTC):%Y%m%d%H%M}")
    century = expires.year // 100 % 10
    return Isbt("005", f"{century}{expires:%y%j%H%M}")
