"""A code tells the same whatever the standard, and what it does not tell is missing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from coi.errors import Malformed
from coi.identity import Badge, CoiId, Contents, HouseCode, PieceId, Unreadable, human, read, summary

PIECE = PieceId("7K3N9XB2CD4U")
COI = CoiId("CHA999926000001")
DIN = "A999926000001"
AT = datetime(2026, 11, 22, 23, 59)  # noqa: DTZ001 - by the clock of the place

TOLD = {
    "a piece": (b"7K3N9XB2CD4U", "]C0", Contents(piece=PIECE)),
    "a chain of identity": (b"&/CHA999926000001", "]d1", Contents(coi=COI)),
    "a plain one": (b"COI-7K3N9XB2CDL2", "]d1", Contents(coi=CoiId("COI-7K3N9XB2CDL2"))),
    "a plain label": (
        b"LBL-7K3N9XB2CDL2P100000000GB7K3N9XB2CD4U14",
        "]d1",
        Contents(piece=PieceId("P100000000GB"), coi=CoiId("COI-7K3N9XB2CDL2"), container="C-7K3N9XB2CD4U"),
    ),
    "a plain wristband": (
        b"LBL-7K3N9XB2CDL27K3N9XB2CD4URK",
        "]d1",
        Contents(piece=PIECE, coi=CoiId("COI-7K3N9XB2CDL2")),
    ),
    "a shipper": (b"SHP-000000000001", "]d1", Contents()),
    "a badge": (b"BDG-7K3N9XB2CD6U", "]C0", Contents()),
    "nothing readable": (b"HELLO", "]C0", Contents()),
    "a donation": (b"=A99992600000168", "]C0", Contents(din=DIN)),
    "a product": (b"=<S12341A0", "]C0", Contents(product_code="S12341A0", division="A0")),
    "a product divided elsewhere": (b"=<S1234199", "]C0", Contents(product_code="S1234199")),
    "divisions": (b"=,AB0000", "]C0", Contents(division="AB0000")),
    "an expiry day": (b"=>026326", "]C0", Contents(expires=AT)),
    "a collection day": (b"=*026326", "]C0", Contents()),
    "a patient": (b"&#0105ABC12", "]C0", Contents(patient="ABC12")),
    "somebody's supplement": (b"&,2000000000000XYZ123", "]C0", Contents()),
    "a collected bag": (
        b"=+05000=A99992600000100=<S1234100&>0263262359&/CHA999926000001&,20000007K3N9XB2CD4U",
        "]d1",
        Contents(piece=PIECE, coi=COI, din=DIN, product_code="S1234100", division="00", expires=AT),
    ),
    "a divided product": (
        b"=+03000=,AB0000=<S1234199=A99992600000100",
        "]d1",
        Contents(din=DIN, product_code="S1234199", division="AB0000"),
    ),
    "a divided product, divisions last": (
        b"=+02000=<S1234199=,AB0000",
        "]d1",
        Contents(product_code="S1234199", division="AB0000"),
    ),
    "expiry in UTC and by the place's clock": (
        b"=+02000&>0263262359=(2001202611222259",
        "]d1",
        Contents(expires=datetime(2026, 11, 22, 22, 59, tzinfo=UTC)),
    ),
    "a device made of human material": (
        b"=+06000=/A9999XYZ100T0476=,000025=A99971712345600=>019032=}017032&,1000000000000XYZ123",
        "]d1",
        Contents(
            din="A999717123456",
            division="000025",
            facility="A9999XYZ100",
            lot="000000000000XYZ123",
            expires=datetime(2019, 2, 1, 23, 59),  # noqa: DTZ001 - by the clock of the place
        ),
    ),
    "a processing facility": (b"&+A9997XYZ100", "]d1", Contents(facility="A9997XYZ100")),
    "a drug product": (
        b"01095060001343761726123110LOT42A\x1d21BAG7\x1d2507K3N9XB2CD4U",
        "]d2",
        Contents(piece=PIECE, gtin="09506000134376", serial="BAG7", lot="LOT42A", expires=date(2026, 12, 31)),
    ),
    "a drug product of somebody else": (
        b"010950600013437621BAG7\x1d250SOMETHING",
        "]d2",
        Contents(gtin="09506000134376", serial="BAG7"),
    ),
    "logistics": (b"00095060001343700006", "]C1", Contents(sscc="095060001343700006")),
    "a dewar": (b"800309506000134376D1", "]C1", Contents(grai="09506000134376D1")),
    "a freezer": (b"80049506000F1", "]C1", Contents(giai="9506000F1")),
    "a place": (b"4149506000134307", "]C1", Contents(gln="9506000134307")),
    "a GS1 patient": (b"8018950600013430000009", "]d2", Contents(patient="950600013430000009")),
}


@pytest.mark.parametrize(("data", "aim", "expected"), TOLD.values(), ids=TOLD)
def test_what_a_code_tells(data: bytes, aim: str, expected: Contents) -> None:
    """Each code tells what it says and nothing else."""
    assert expected == summary(read(data, aim))


def test_a_patient_stays_out_of_logs() -> None:
    """A patient's identifier does not show when what a code tells is printed."""
    assert "ABC12" not in repr(Contents(patient="ABC12"))


TEXTS = {
    "a piece": (b"7K3N9XB2CD4U", "]C0", "7K3N 9XB2 CD4U"),
    "a chain of identity": (b"&/CHA999926000001", "]d1", "CHA9999 26 000001"),
    "a seal": (b"SEA-000000000001", "]C0", "SEA-0000 0000 0001"),
    "a command": (b"CMD-CONFIRM", "]C0", "CMD-CONFIRM"),
    "a badge": (b"BDG-7K3N9XB2CD6U", "]C0", "STAFF BADGE"),
    "a donation": (b"=A99992600000168", "]C0", "A9999 26 000001 8"),
    "a lot": (b"&)0000LOT123", "]C0", "Container Lot Number 0000LOT123"),
    "a patient": (b"&#0105ABC12", "]C0", "Patient Identification Number"),
    "a birth date": (b"=#0119601231", "]C0", "Patient Date of Birth"),
    "a donor": (b"=;A99990000000000000042", "]C0", "Donor Identification Number"),
    "a person of the staff": (b"='A9999AB12C3", "]C0", "Staff Member Identification Number"),
    "an expiry in UTC": (b"=(2001202611222359", "]C0", "Flexible Date and Time 2026-11-22 23:59 UTC"),
    "somebody's supplement": (
        b"&,2000000000000XYZ123",
        "]C0",
        "MPHO Supplemental Identification Number 000000000000XYZ123",
    ),
    "a collected bag": (
        b"=+05000=A99992600000100=<S1234100&>0263262359&/CHA999926000001&,20000007K3N9XB2CD4U",
        "]d1",
        "A9999 26 000001 8 · S1234100 · Expiration Date and Time 2026-11-22 23:59 · CHA9999 26 000001 · 7K3N 9XB2 CD4U",
    ),
    "a drug product": (b"010950600013437621BAG7", "]d2", "(01)09506000134376(21)BAG7"),
}


@pytest.mark.parametrize(("data", "aim", "expected"), TEXTS.values(), ids=TEXTS)
def test_texts_for_people(data: bytes, aim: str, expected: str) -> None:
    """The text beside a symbol is made of what the symbol says; what tells of a person is named and not shown."""
    assert expected == human(read(data, aim))


def test_an_unreadable_code_has_no_text() -> None:
    """No label is drawn of what does not read."""
    with pytest.raises(Malformed, match=r"^smudged$"):
        human(Unreadable("smudged"))


def test_every_kind_of_code_is_told() -> None:
    """Badges and things of the house tell nothing of an order."""
    for value in (Badge.from_random(bytes(10)), HouseCode.from_random("kit", bytes(10)), HouseCode.parse("CMD-HELP")):
        assert Contents() == summary(value)
