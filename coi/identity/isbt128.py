"""What does one ISBT 128 data structure say? ICCBBA ST-001 2.3 and 2.4; structure only, no licensed table.

On the wire a data identifier (``=`` or ``&`` and one or two characters), then data of a fixed length::

    =A99992600000100    001 donation: facility A9999, year 26, number 000001, flags 00 (flags are no part of it)
    =<S1234100          003 product: description S1234, collection type 1, division 00
    &>0263262359        005 expiry: 20 hundreds + 26, day 326, 23:59 by the clock of the place
    &/CHA999926000001   040 chain of identity
    &,2000000 + 12      036 supplemental number: our piece number, padded with zeros on the left

R1: the identifier is checked first, then exact length and every character's class, then what the data mean.

>>> Isbt.parse("=A99992600000168").fields["din"], DonationNumber.parse("=A99992600000168").human
('A999926000001', 'A9999 26 000001 8')
>>> Isbt.parse("=<S1234100").fields["division"]
'00'
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coi.errors import Malformed
from coi.identity import isbt128_shapes, mod37

if TYPE_CHECKING:
    from coi.identity.isbt128_shapes import Shape

PIECE_PADDING = "000000"
"""What stands before our piece number in structure 036, which is 18 characters long."""

_TYPED = 14


@dataclass(frozen=True, slots=True, order=True)
class Isbt:
    """One data structure, right in form and meaning; the data stay out of every log."""

    number: str
    """001 to 040."""
    data: str = field(repr=False)
    """What follows the data identifier; for 001 all that follows the equals sign."""

    def __post_init__(self) -> None:
        isbt128_shapes.require(isbt128_shapes.BY_NUMBER.get(self.number), self.number, self.data)

    @classmethod
    def parse(cls, text: str) -> Isbt:
        """Return the one structure that *text* is, or raise ``Malformed``; a concatenation is not one (R5)."""
        structure, end = cls.take(text, 0)
        if end != len(text):
            raise Malformed(f"Expected one structure of {end} characters, saw {len(text)}.")
        return structure

    @classmethod
    def take(cls, text: str, start: int) -> tuple[Isbt, int]:
        """Return the structure that begins at *start*, and where it ends."""
        shape = isbt128_shapes.named(text, start)
        begin = start + len(shape.di)
        end = begin + shape.length(text, begin)
        return cls(shape.number, text[begin:end]), end

    @property
    def shape(self) -> Shape:
        """How structures of this number look."""
        return isbt128_shapes.BY_NUMBER[self.number]

    @property
    def name(self) -> str:
        """The name of the structure."""
        return self.shape.name

    @property
    def retired(self) -> bool:
        """True for a structure that is recognised and never issued (R7)."""
        return self.shape.retired

    @property
    def fields(self) -> dict[str, str]:
        """The parts of the data by name."""
        return self.shape.parts(self.data)

    @property
    def text(self) -> str:
        """The characters of the symbol, data identifier and data."""
        return self.shape.di + self.data

    @property
    def wire(self) -> bytes:
        """The bytes of a symbol that bears nothing else."""
        return self.text.encode("ascii")

    @property
    def unique(self) -> str:
        """What may stand only once in a compound message: the number, for 031 with its kind of time."""
        return self.number + self.fields.get("kind_of_time", "")


@dataclass(frozen=True, slots=True, order=True)
class DonationNumber:
    """The donation identification number, structure 001: which donation this came from.

    The two flag characters tell of the process and are no part of the number: two labels of one donation are equal.
    Flags 60 to 96 are 60 + check value of the number (ST-001 A.2) and are verified.
    """

    din: str
    """Thirteen characters: facility (5), year (2), number (6)."""
    flag: str = field(default="00", compare=False)

    def __post_init__(self) -> None:
        Isbt("001", self.din + self.flag)

    @classmethod
    def parse(cls, text: str) -> DonationNumber:
        """Return the donation number of the structure *text*, ``=`` and 15 characters, or raise ``Malformed``."""
        structure = Isbt.parse(text)
        if structure.number != "001":
            raise Malformed(f"Expected structure 001, a donation number, saw structure {structure.number}.")
        return cls(structure.fields["din"], structure.fields["flag"])

    @classmethod
    def keyed(cls, text: str) -> DonationNumber:
        """Return what a person typed, thirteen characters and the check character K, which is not kept (R6)."""
        if len(text) != _TYPED or not mod37.is_complete(text):
            raise Malformed(
                f"Expected the 13 characters of the donation number and its check character K, saw {len(text)} "
                "characters whose check character is missing or wrong."
            )
        return cls(text[:-1])

    def __str__(self) -> str:
        return self.din

    @property
    def check(self) -> str:
        """The check character K that is printed in a box beside the number."""
        return mod37.check_character(self.din)

    @property
    def checked_flag(self) -> str:
        """The type 3 flag of this number: 60 + check value."""
        return str(60 + mod37.check_value(self.din))

    @property
    def human(self) -> str:
        """The text for eyes: facility, year, number, K."""
        return f"{self.din[:5]} {self.din[5:7]} {self.din[7:]} {self.check}"

    @property
    def wire(self) -> bytes:
        """The bytes of the symbol."""
        return f"={self.din}{self.flag}".encode("ascii")


@dataclass(frozen=True, slots=True, order=True)
class ProductCode:
    """The product code, structure 003: what this is, how it was collected, which division."""

    text: str
    """Eight characters: description (5), collection type, division (2)."""

    def __post_init__(self) -> None:
        Isbt("003", self.text)

    @classmethod
    def parse(cls, text: str) -> ProductCode:
        """Return the product code of the structure *text*, ``=<`` and 8 characters, or raise ``Malformed``."""
        structure = Isbt.parse(text)
        if structure.number != "003":
            raise Malformed(f"Expected structure 003, a product code, saw structure {structure.number}.")
        return cls(structure.data)

    def __str__(self) -> str:
        return self.text

    @property
    def description(self) -> str:
        """The product description code; its table is ICCBBA's and not shipped."""
        return self.text[:5]

    @property
    def autologous(self) -> bool:
        """True when the collection type says "for autologous use only" (1; X: and a biohazard)."""
        return self.text[5] in "1X"

    @property
    def divided_elsewhere(self) -> bool:
        """True when the division is told by structure 032 and by nothing else (R3)."""
        return self.text[6:] == "99"

    @property
    def wire(self) -> bytes:
        """The bytes of the symbol."""
        return f"=<{self.text}".encode("ascii")
