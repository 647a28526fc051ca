"""What becomes of a right code that is damaged? Refused, or a different right code: never the same one, never a crash.

A damaged code is *wrongly accepted* when

1. its value does not write itself as exactly the bytes that were read, or
2. it stands for the same piece, badge, thing, plain chain of identity, message or structure as the code it was made
   of, though its bytes differ (a GS1 separator that need not stand there, and a donation's flags, are no content), or
3. it is one slip or one swap away from a code of ours or from a donation number with checked flags, and is accepted as
   one all the same, or
4. a second, slower judge, written apart from the readers, says that a check in it is wrong.
"""

from __future__ import annotations

import string
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from stdnum import ean
from stdnum.iso7064 import mod_37_2

from coi.identity import (
    Badge,
    CoiId,
    CompoundMessage,
    DonationNumber,
    Gs1Message,
    HouseCode,
    Isbt,
    PieceId,
    PlainLabel,
    Unreadable,
    compose_gs1,
    compose_isbt,
    read,
    summary,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from coi.identity import Value
    from tests.evidence import Evidence

    Source = random.Random

ALPHABET = "0123456789BCDEFGHJKLNPRSTUVX"
PRIMES = {
    "": 773,
    "COI-": 769,
    "SHP-": 761,
    "SEA-": 757,
    "LOC-": 751,
    "EQP-": 743,
    "LGR-": 739,
    "KIT-": 733,
    "BDG-": 727,
    "SPE-": 719,
    "PAK-": 709,
    "LBL-": 701,
}
AIMS = ("]C0", "]C0", "]d1", "]d1", "]Q1", "", None, "]C1", "]d2", "]d2", "]Q3", "]e0", "]z0", "]E0", "]d3", "]]]")
FLAGS = frozenset(str(flag) for flag in range(60, 97))
CHECKED = (PieceId, Badge, HouseCode, PlainLabel)


def _fin(source: Source) -> str:
    return f"{source.choice('ANPZ19')}{source.choice('ANPZ09')}9{source.randrange(100):02d}"


def _day(source: Source) -> date:
    return date(1990, 1, 1) + timedelta(days=source.randrange(30000))


def _isbt_label(source: Source) -> bytes:
    return compose_isbt(
        din=f"{_fin(source)}{source.randrange(10**8):08d}",
        product_code=f"S{source.randrange(10000):04d}{source.choice('1X')}00",
        expires=_day(source),
        coi=CoiId.isbt(fin=_fin(source), year=source.randrange(100), serial=f"{source.randrange(10**6):06d}"),
        piece=PieceId.from_random(source.randbytes),
    )


def _gs1_label(source: Source) -> bytes:
    body = f"{source.randrange(10**13):013d}"
    return compose_gs1(
        gtin=body + ean.calc_check_digit(body),
        serial="".join(source.choices(string.ascii_uppercase + string.digits, k=source.randint(1, 20))),
        lot="".join(source.choices(string.digits, k=source.randint(1, 20))),
        expires=date(2000, 1, 1) + timedelta(days=source.randrange(25000)),
        piece=PieceId.from_random(source.randbytes),
    )


def _plain_label(source: Source) -> bytes:
    coi, piece = CoiId.plain(source.randbytes), PieceId.from_random(source.randbytes)
    container = f"C-{PieceId.from_random(source.randbytes)}" if source.random() < 0.7 else ""
    return PlainLabel(coi, piece, container).wire


def _donation(source: Source) -> bytes:
    number = DonationNumber(f"{_fin(source)}{source.randrange(10**8):08d}")
    return DonationNumber(number.din, number.checked_flag).wire


def _gs1_unit(source: Source) -> bytes:
    body = f"{source.randrange(10**17):017d}"
    return f"{source.choice(['00', '8018', '8017'])}{body}{ean.calc_check_digit(body)}".encode()


NUMBERS = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE")
COMMANDS = [f"CMD-{word}" for word in ("CONFIRM", "CANCEL", "SECOND", "HELP", "NEXT", "YES", "NO", *NUMBERS)]

MAKERS: tuple[tuple[Callable[[Source], bytes], str], ...] = (
    (lambda source: PieceId.from_random(source.randbytes).wire, "]C0"),
    (lambda source: CoiId.plain(source.randbytes).wire, "]d1"),
    (lambda source: CoiId.isbt(fin=_fin(source), year=26, serial=f"{source.randrange(10**6):06d}").wire, "]d1"),
    (lambda source: Badge.from_random(source.randbytes).wire, "]C0"),
    (lambda source: HouseCode.from_random(source.choice(["seal", "shipper", "kit"]), source.randbytes).wire, "]d1"),
    (lambda source: source.choice(COMMANDS).encode(), "]C0"),
    (_donation, "]C0"),
    (_isbt_label, "]d1"),
    (_gs1_label, "]d2"),
    (_plain_label, "]d1"),
    (_gs1_unit, "]C1"),
    (lambda source: f"=/A9997XYZ{source.randrange(1000):03d}T0479".encode(), "]d1"),
    (lambda source: f"&#01{5:02d}ABC{source.randrange(100):02d}".encode(), "]C0"),
    (lambda source: f"&$0101000100{source.randrange(10**4):04d}00".encode(), "]d1"),
)

BYTES = (string.ascii_letters + string.digits + string.punctuation + " \x1d\r\n\t").encode()


def _slip(source: Source, data: bytes) -> bytes:
    at = source.randrange(len(data))
    return data[:at] + bytes([source.choice(BYTES)]) + data[at + 1 :]


def _slip_alike(source: Source, data: bytes) -> bytes:
    """Replace a character by one of its own sort, as a misread does."""
    at = source.randrange(len(data))
    pool = string.digits if data[at : at + 1].isdigit() else ALPHABET
    return data[:at] + source.choice(pool).encode() + data[at + 1 :]


def _swap(source: Source, data: bytes) -> bytes:
    at = source.randrange(max(len(data) - 1, 1))
    return data[:at] + data[at : at + 2][::-1] + data[at + 2 :]


def _lose(source: Source, data: bytes) -> bytes:
    at = source.randrange(len(data))
    return data[:at] + data[at + 1 :]


def _add(source: Source, data: bytes) -> bytes:
    at = source.randrange(len(data) + 1)
    return data[:at] + bytes([source.choice(BYTES)]) + data[at:]


def _cut(source: Source, data: bytes) -> bytes:
    return data[: source.randrange(len(data))] if source.random() < 0.5 else data[source.randrange(len(data)) :]


def _repeat(source: Source, data: bytes) -> bytes:
    at, end = sorted(source.choices(range(len(data) + 1), k=2))
    return data[:end] + data[at:end] + data[end:]


def _splice(source: Source, data: bytes) -> bytes:
    other = source.choice(MAKERS)[0](source)
    return data[: source.randrange(len(data) + 1)] + other[source.randrange(len(other)) :]


def _any_byte(source: Source, data: bytes) -> bytes:
    at = source.randrange(len(data))
    return data[:at] + source.randbytes(1) + data[at + 1 :]


def _fold(source: Source, data: bytes) -> bytes:
    return source.choice([data.lower(), data.swapcase(), data.strip() + b"\r\n", b" " + data, data + b"\x00"])


ONE_SLIP = (_slip, _slip_alike, _swap, _lose, _add)
DAMAGE = (*ONE_SLIP, _slip_alike, _cut, _repeat, _splice, _any_byte, _fold)


def _damaged(source: Source) -> tuple[bytes, str, bytes, bool]:
    """Return a right code, its symbol, what became of it, and whether it is only one slip away."""
    maker, aim = source.choice(MAKERS)
    right = maker(source)
    if source.random() < 0.5:
        return right, aim, source.choice(ONE_SLIP)(source, right), True
    damaged = right
    for _ in range(source.randint(1, 4)):
        damaged = source.choice(DAMAGE)(source, damaged or right)
    return right, aim, damaged, False


def _checked_text(text: str) -> bool:
    """Judge anew: a prefix's prime leaves 1, and the two check characters are below it."""
    prefix, body = (text[:4], text[4:]) if text.startswith("LBL-") else (text[:-12], text[-12:])
    number = 0
    for character in body:
        number = number * 28 + ALPHABET.find(character)
    return (
        prefix in PRIMES
        and set(body) <= set(ALPHABET)
        and number % PRIMES[prefix] == 1
        and number % 784 < PRIMES[prefix]
    )


def _structure_is_right(structure: Isbt) -> bool:
    din, flag = structure.data[:13], structure.data[13:]
    if structure.number != "001" or flag not in FLAGS:
        return True
    return mod_37_2.calc_check_digit(din) == (string.digits + string.ascii_uppercase + "*")[int(flag) - 60]


def _judge(value: Value) -> bool:
    """Judge the checks inside an accepted code anew."""
    told = summary(value)
    right = told.piece is None or _checked_text(str(told.piece))
    right &= told.container is None or (told.container[:2] == "C-" and _checked_text(told.container[2:]))
    match value:
        case HouseCode(kind="command"):
            return str(value) in COMMANDS
        case PieceId() | HouseCode() | Badge():
            return right and _checked_text(str(value))
        case PlainLabel():
            return right and _checked_text(str(told.coi)) and _checked_text(value.wire.decode())
        case CoiId():
            return right and (value.text.startswith("CH") or _checked_text(str(value)))
        case Isbt():
            return right and _structure_is_right(value)
        case CompoundMessage():
            count = int(value.wire[2:4])
            return (
                right and count == len(value.structures) and all(_structure_is_right(one) for one in value.structures)
            )
        case Gs1Message():
            keys = [one.value for one in value.elements if one.ai in {"00", "01", "02", "8017", "8018"}]
            return right and all(ean.calc_check_digit(key[:-1]) == key[-1] for key in keys)


def _is_checked(value: Value | Unreadable) -> bool:
    plain = isinstance(value, CoiId) and value.scheme == "plain"
    flagged = isinstance(value, Isbt) and value.number == "001" and value.data[13:] in FLAGS
    return isinstance(value, CHECKED) or plain or flagged


def _same(value: Value, original: Value) -> bool:
    return value == original and not isinstance(value, Gs1Message)


@pytest.mark.long("identity")
def test_damaged_codes(evidence: Evidence) -> None:
    """Of damaged codes none is wrongly accepted and none raises anything."""
    source = evidence.random()
    counts = dict.fromkeys(
        (
            "damaged codes",
            "refused",
            "accepted as another right code",
            "undamaged by chance",
            "wrong accepts",
            "stray exceptions",
        ),
        0,
    )
    for _ in range(evidence.size(20_000, 1_000_000)):
        right, aim, damaged, one_slip = _damaged(source)
        if source.random() < 0.2:
            aim = source.choice(AIMS) or ""
        counts["damaged codes"] += 1
        try:
            original, value = read(right, aim), read(damaged, aim)
        except Exception:  # noqa: BLE001 - this is what must never happen, whatever it is
            counts["stray exceptions"] += 1
            continue
        if isinstance(value, Unreadable):
            counts["refused"] += 1
        elif damaged == right:
            counts["undamaged by chance"] += 1
        elif (
            value.wire != damaged
            or (not isinstance(original, Unreadable) and _same(value, original))
            or (one_slip and _is_checked(original) and _is_checked(value))
            or not _judge(value)
        ):
            counts["wrong accepts"] += 1
        else:
            counts["accepted as another right code"] += 1
    for name, times in counts.items():
        evidence.count(name, times)

    assert (0, 0) == (counts["wrong accepts"], counts["stray exceptions"])
    assert counts["accepted as another right code"] > 0


@pytest.mark.long("identity")
def test_noise(evidence: Evidence) -> None:
    """Of random bytes none is accepted but as itself and none raises anything."""
    source = evidence.random()
    accepted = wrong = 0
    rounds = evidence.size(5_000, 200_000)
    for _ in range(rounds):
        size = source.randrange(40)
        pool = source.choice((ALPHABET.encode(), b"0123456789", BYTES, bytes(range(256)), b"=&<>%+,/0129AHC"))
        head = source.choice((b"", b"=", b"&", b"=+02000", b"COI-", b"BDG-", b"SHP-", b"LBL-", b"CMD-", b"01", b"8018"))
        data = head + bytes(source.choices(pool, k=size))
        value = read(data, source.choice(AIMS))
        if not isinstance(value, Unreadable):
            accepted += 1
            wrong += value.wire != data or not _judge(value)
    evidence.count("random strings", rounds)
    evidence.count("accepted as right codes", accepted)
    evidence.count("wrong accepts", wrong)

    assert 0 == wrong
