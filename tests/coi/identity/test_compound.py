"""Several structures in one symbol are read only when all of them are right and none contradicts another."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given

from coi.errors import Malformed
from coi.identity import (
    CoiId,
    CompoundMessage,
    DonationNumber,
    Isbt,
    PieceId,
    ProductCode,
    compose_isbt,
    compound,
    read,
    summary,
)
from tests.coi.identity import strategies as some

DIN, PRODUCT, EXPIRY = "=A99992600000100", "=<S1234100", "&>0263262359"
PIECE = PieceId("7K3N9XB2CD4U")
COI = CoiId("CHA999926000001")
AT = datetime(2026, 11, 22, 23, 59)  # noqa: DTZ001 - by the clock of the place

WRONG = {
    "no frame": (DIN, "Expected a compound message, =+ and five digits first, saw none."),
    "a short frame": ("=+0100", "Expected a compound message, =+ and five digits first, saw none."),
    "a frame of letters": ("=+0A000" + DIN, "Expected a compound message, =+ and five digits first, saw none."),
    "text in front": (f"X=+01000{DIN}", "Expected a compound message, =+ and five digits first, saw none."),
    "nothing in it": ("=+00000", "Expected 1 to 99 structures, saw 0."),
    "one more told": (f"=+02000{DIN}", "Expected 2 structures as the message tells, saw 1."),
    "one fewer told": (f"=+01000{DIN}{PRODUCT}", "Expected 1 structures as the message tells, saw 2."),
    "none told": (f"=+00000{DIN}", "Expected 0 structures as the message tells, saw 1."),
    "something behind": (
        f"=+01000{DIN} ",
        "Expected an ISBT 128 data identifier at character 24, saw none that is known.",
    ),
    "separated": (
        f"=+02000{DIN}\x1d{PRODUCT}",
        "Expected an ISBT 128 data identifier at character 24, saw none that is known.",
    ),
    "a message in a message": (
        f"=+02000{DIN}=+01000{PRODUCT}",
        "Expected an ISBT 128 data identifier at character 24, saw none that is known.",
    ),
    "a local structure": (
        f"=+02000{DIN}&aXYZ",
        "Expected a structure that ICCBBA defines, saw a local or national one (ST-001 2.5).",
    ),
    "cut off": (f"=+02000{DIN}{PRODUCT[:-1]}", "Expected 8 characters of Product Code [003], saw 7."),
    "twice the same": (f"=+02000{DIN}{DIN}", "Expected each structure once, saw structure 001 again."),
    "two donations": (f"=+02000{DIN}=A99992600000200", "Expected each structure once, saw structure 001 again."),
    "two flexible expiries": (
        "=+02000=(2001202611222359=(1001202611222359",
        "Expected each structure once, saw structure 031 again.",
    ),
    "division 99 alone": (
        f"=+02000{DIN}=<S1234199",
        "Expected structure 032 with a product code of division 99 and with no other (ST-001 2.4.3).",
    ),
    "divisions told twice": (
        f"=+02000{PRODUCT}=,000012",
        "Expected structure 032 with a product code of division 99 and with no other (ST-001 2.4.3).",
    ),
    "two expiries that differ": ("=+02000=>026326&>0263262358", "Expected one expiry, saw two that differ."),
    "flexible expiry by the same clock differs": (
        "=+02000&>0263262359=(1001202611222358",
        "Expected one expiry, saw two that differ.",
    ),
    "two products": (
        f"=+02000{PRODUCT}=/A9997XYZ100T0479",
        "Expected one product description, saw two that differ.",
    ),
    "two processors": (
        "=+02000&+A9998XYZ100=/A9997XYZ100T0479",
        "Expected one processing facility, saw two that differ.",
    ),
    "two processors' codes": (
        "=+02000&+A9997XYZ101=/A9997XYZ100T0479",
        "Expected one processing facility, saw two that differ.",
    ),
}


@pytest.mark.parametrize(("text", "reason"), WRONG.values(), ids=WRONG)
def test_wrong_messages(text: str, reason: str) -> None:
    """Nothing of a message is interpreted unless all of it is right (R2, R3)."""
    with pytest.raises(Malformed) as refused:
        CompoundMessage.parse(text)

    assert reason == str(refused.value)
    assert not isinstance(read(text.encode(), "]d1"), CompoundMessage)


RIGHT = {
    "one structure": f"=+01000{DIN}",
    "a specified sequence": "=+04035=/A9997XYZ100T0479=,000012=A99991712345600=>019031",
    "any order": f"=+03000{EXPIRY}{PRODUCT}{DIN}",
    "division 99 with 032": f"=+03000{DIN}=<S1234199=,AB0000",
    "032 without a product code": f"=+02000{DIN}=,000012",
    "expiry told alike by day and time": "=+02000=>026326&>0263262359",
    "expiry by the place's clock and in UTC": "=+02000&>0263262359=(2001202611222259",
    "flexible times of several kinds": "=+02000=(2001202611222359=(2002202611212359",
    "product told alike": "=+02000=<T0479100=/A9997XYZ100T0479",
    "processor told alike": "=+02000&+A9997XYZ100=/A9997XYZ100T0479",
    "collection and expiry on different days": "=+02000=*026325=>026326",
    "retired structures": "=+02000=[" + "A" * 18 + "=>026326",
    "dimensions before others": f"=+03000&$020100010012500001000800125000{DIN}&#0105ABC12",
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_right_messages(text: str) -> None:
    """A right message writes itself as it was read."""
    message = read(text.encode(), "]d1")

    assert isinstance(message, CompoundMessage)
    assert text.encode() == message.wire
    assert text[4:7] == message.sequence
    assert "".join(structure.text for structure in message.structures) == text[7:]


@given(some.messages())
def test_messages_round_trip(message: CompoundMessage) -> None:
    """Every right message is read back from its own bytes."""
    assert message == read(message.wire, "]d1")
    assert all(message.get(structure.number) == structure for structure in message.structures)
    assert message.get("000") is None


def test_ninety_nine_are_the_most() -> None:
    """A message has two digits to tell its count."""
    kinds = tuple(Isbt("031", f"20{kind:02d}202611222359") for kind in range(100))

    assert b"=+99000" == CompoundMessage(kinds[:99]).wire[:7]
    with pytest.raises(Malformed, match=r"^Expected 1 to 99 structures, saw 100.$"):
        CompoundMessage(kinds)


@pytest.mark.parametrize("sequence", ["", "00", "0000", "00A"])
def test_a_sequence_has_three_digits(sequence: str) -> None:
    """A message's sequence is a number of three digits."""
    with pytest.raises(Malformed, match=r"^Expected a sequence number of three digits, saw none.$"):
        CompoundMessage((Isbt.parse(DIN),), sequence)


MOMENTS = {
    "=>026326": AT,
    "&>0263261205": AT.replace(hour=12, minute=5),
    "=]202602": datetime(2026, 2, 28, 23, 59),  # noqa: DTZ001 - by the clock of the place
    "=]202402": datetime(2024, 2, 29, 23, 59),  # noqa: DTZ001 - same
    "=]202612": datetime(2026, 12, 31, 23, 59),  # noqa: DTZ001 - same
    "=*024366": datetime(2024, 12, 31, 23, 59),  # noqa: DTZ001 - same
    "=}999001": datetime(1999, 1, 1, 23, 59),  # noqa: DTZ001 - same
    "=>100365": datetime(2100, 12, 31, 23, 59),  # noqa: DTZ001 - same
    "=(2001202611222359": AT.replace(tzinfo=UTC),
    "=(1005202611222359": AT,
    "=#0119601231": None,
    "&,4PL001499Z549917123456A00T041600320171231": None,
    DIN: None,
    "=$A999926123450102": None,
}


@pytest.mark.parametrize(("text", "expected"), MOMENTS.items(), ids=MOMENTS)
def test_moments(text: str, expected: datetime | None) -> None:
    """A day ends at 23:59; a time is by the clock of the place unless it says UTC; a birth date is no moment."""
    told = compound.moment(Isbt.parse(text))

    assert expected == told
    assert told is None or told.tzinfo == (expected.tzinfo if expected else None)


def test_which_times_are_expiries() -> None:
    """004, 005, 026 and the flexible time of kind 01 tell an expiry; collection and production do not."""
    texts = [
        "=>026326",
        EXPIRY,
        "=]202602",
        "=(2001202611222359",
        "=(2002202611222359",
        "=*026326",
        "&}0263262359",
        DIN,
    ]

    assert [True] * 4 + [False] * 4 == [compound.is_expiry(Isbt.parse(text)) for text in texts]


def test_our_piece_in_the_supplemental_number() -> None:
    """Structure 036 is our piece number when six zeros and a right number stand there, else somebody else's number."""
    data = [
        "0000007K3N9XB2CD4U",
        "0000007K3N9XB2CD4V",
        "A000007K3N9XB2CD4U",
        "000000000000000000",
        "000000AMIOQWYZ1234",
    ]

    assert [PIECE, None, None, None, None] == [compound.piece_in(Isbt("036", one)) for one in data]
    assert compound.piece_in(Isbt("035", "0000007K3N9XB2CD4U")) is None


def test_a_collected_bag() -> None:
    """A bag's message has donation, product, expiry, chain of identity and piece, in this order."""
    data = compose_isbt(din="A999926000001", product_code="S1234100", expires=AT, coi=COI, piece=PIECE)

    assert b"=+05000=A99992600000100=<S1234100&>0263262359&/CHA999926000001&,20000007K3N9XB2CD4U" == data


def test_values_instead_of_texts() -> None:
    """Values go in as well as texts; a donation number brings its flags, a division its structure."""
    data = compose_isbt(
        din=DonationNumber("A999926000001", "68"), product_code=ProductCode("S1234199"), division="AB0000"
    )

    assert b"=+03000=A99992600000168=<S1234199=,AB0000" == data


def test_a_wristband() -> None:
    """A wristband's message has chain of identity and piece."""
    assert b"=+02000&/CHA999926000001&,20000007K3N9XB2CD4U" == compose_isbt(coi=COI, piece=PIECE)


EXPIRIES = {
    "a day": (date(2026, 11, 22), "&>0263262359"),
    "a time of the place": (AT, "&>0263262359"),
    "a time with a zone": (AT.replace(tzinfo=timezone(timedelta(hours=2))), "=(2001202611222159"),
    "a time in UTC": (AT.replace(tzinfo=UTC), "=(2001202611222359"),
    "a time of the last century": (AT.replace(year=1999), "&>9993262359"),
    "a time of the next century": (AT.replace(year=2100), "&>1003262359"),
}


@pytest.mark.parametrize(("expires", "text"), EXPIRIES.values(), ids=EXPIRIES)
def test_expiries_are_written(expires: date, text: str) -> None:
    """A time of the place goes into 005, a time with a zone into 031 in UTC, a day ends at 23:59."""
    assert f"=+01000{text}".encode() == compose_isbt(expires=expires)


def test_the_machines_own_zone_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A label says the same hour in UTC whatever zone the printing machine is set to."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        data = compose_isbt(expires=AT.replace(tzinfo=timezone(timedelta(hours=2))))
    finally:
        monkeypatch.undo()
        time.tzset()

    assert b"=+01000=(2001202611222159" == data


@pytest.mark.parametrize("expires", [AT.replace(second=1), AT.replace(microsecond=1)], ids=["second", "microsecond"])
def test_an_expiry_is_at_a_whole_minute(expires: datetime) -> None:
    """Seconds that the symbol could not tell are refused, not cut off."""
    with pytest.raises(Malformed, match=r"^Expected an expiry at a whole minute, as ISBT 128 writes it, saw seconds.$"):
        compose_isbt(expires=expires)


def test_what_cannot_be_composed() -> None:
    """Nothing, a plain chain of identity, an unpublished division or a wrong number make no message."""
    with pytest.raises(Malformed, match=r"^Expected 1 to 99 structures, saw 0.$"):
        compose_isbt()
    with pytest.raises(Malformed, match=r"of ISBT 128 structure 040, saw a plain one.$"):
        compose_isbt(coi=CoiId("COI-7K3N9XB2CDL2"), piece=PIECE)
    with pytest.raises(Malformed, match=r"of division 99"):
        compose_isbt(product_code="S1234199")
    with pytest.raises(Malformed):
        compose_isbt(din="A99992600000")
    with pytest.raises(Malformed):
        compose_isbt(expires=date(2526, 1, 1))


@given(some.bag_labels)
def test_labels_round_trip(data: bytes) -> None:
    """What is composed is read, and tells piece and chain of identity."""
    message = read(data, "]d1")

    assert isinstance(message, CompoundMessage)
    assert data == message.wire
    told = summary(message)
    assert told.piece is not None
    assert told.coi is not None
    assert data.endswith(b"&,2000000" + told.piece.wire)
