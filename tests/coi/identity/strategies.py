"""Right codes of every kind, for properties."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from hypothesis import strategies as st

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
    compose_gs1,
    compose_isbt,
    gs1_lint,
    mod37,
)
from coi.identity.gs1 import Element

if TYPE_CHECKING:
    from collections.abc import Callable

    from coi.identity import Value

DIGITS = string.digits
UPPER = DIGITS + string.ascii_uppercase
LETTERS = UPPER + string.ascii_lowercase
FIN_LETTERS = UPPER.replace("O", "")
CSET82 = "".join(sorted(gs1_lint.CSET_82))

random_bytes = st.binary(min_size=10, max_size=10)


def text(alphabet: str, size: int, longest: int | None = None) -> st.SearchStrategy[str]:
    """Texts of *size* to *longest* characters of an alphabet."""
    return st.text(alphabet, min_size=size, max_size=longest or size)


def _joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


fins = _joined(text(FIN_LETTERS.replace("0", ""), 1), text(FIN_LETTERS, 2), text(DIGITS, 2))
dins = _joined(fins, text(DIGITS, 8))
pdcs = _joined(text(string.ascii_uppercase, 1), text(UPPER, 4))
days = st.dates(date(1950, 1, 1), date(2149, 12, 31))
minutes = st.times().map(lambda at: at.replace(second=0, microsecond=0))
times = st.builds(datetime.combine, days, minutes)

pieces = random_bytes.map(PieceId.from_random)
plain_cois = random_bytes.map(CoiId.plain)
isbt_cois = st.builds(CoiId.isbt, fin=fins, year=st.integers(0, 99), serial=text(UPPER, 6))
containers = pieces.map(lambda piece: f"C-{piece}")
plain_labels = st.builds(PlainLabel, plain_cois, pieces, st.just("") | containers)
badges = random_bytes.map(Badge.from_random)
KINDS = ("shipper", "seal", "location", "equipment", "logger", "kit", "specimen", "pack")
house_codes = st.builds(HouseCode.from_random, st.sampled_from(KINDS), random_bytes)
flags = st.sampled_from(["00", "01", "05", "12", "19", "20", "59", "97", "A1", "RY"])
donations = st.builds(DonationNumber, dins, flags) | dins.map(
    lambda din: DonationNumber(din, DonationNumber(din).checked_flag)
)


def _century(at: date) -> str:
    return f"{at.year // 100 % 10}{at:%y%j}"


def _grid(body: str) -> str:
    return f"{body}{mod37.check_value(body):02d}"


def _of(number: str, data: st.SearchStrategy[str]) -> st.SearchStrategy[Isbt]:
    return data.map(lambda told: Isbt(number, told))


def _sized(number: str, digits: int, prefix: str, parts: st.SearchStrategy[str], most: int) -> st.SearchStrategy[Isbt]:
    """Structures that tell how much follows: *prefix*, a count of *digits*, so many parts."""
    lists = st.lists(parts, min_size=1, max_size=most)
    return _of(number, lists.map(lambda many: f"{prefix}{len(many):0{digits}d}{''.join(many)}"))


_STRUCTURES: dict[str, st.SearchStrategy[Isbt]] = {
    "001": donations.map(lambda number: Isbt("001", number.din + number.flag)),
    "002": _of("002", _joined(text(LETTERS, 2), text(UPPER, 2))),
    "003": _of("003", _joined(pdcs, text(LETTERS, 1), st.sampled_from(["00", "A0", "Bz", "7c"]))),
    "010": _of("010", text(UPPER, 5)),
    "017": _of("017", _joined(text(LETTERS, 1), text(UPPER, 9))),
    "018": _of("018", text(UPPER, 10)),
    "019": _of("019", _joined(fins, text(DIGITS, 16))),
    "020": _of("020", _joined(fins, text(UPPER, 6))),
    "021": _of("021", text(UPPER, 10)),
    "022": _of("022", text(UPPER, 10)),
    "024": _of("024", st.builds(lambda place, day: f"{place}{day:%Y%m%d}", text(DIGITS, 2), days)),
    "025": _sized("025", 2, "01", text(LETTERS, 1), 20),
    "026": _of("026", days.map(lambda day: f"{day:%Y%m}")),
    "027": _of("027", text(DIGITS, 18)),
    "028": _of("028", _joined(fins, text(DIGITS, 7), st.sampled_from(["0001", "0101", "0212", "0099"]))),
    "029": _sized("029", 2, "", text(DIGITS, 12).map(lambda told: told + "00"), 3),
    "030": _sized("030", 3, "", text(DIGITS, 10), 3),
    "031": _of("031", st.builds("{}0{}{:%Y%m%d%H%M}".format, st.sampled_from("12"), text(DIGITS, 2), times)),
    "032": _of("032", text(DIGITS, 6) | st.sampled_from(["AB0000", "ABCD00", "ABCDEF"])),
    "033": _of("033", _joined(fins, text(UPPER, 6))),
    "034": _of("034", _joined(fins, text(UPPER, 6), pdcs)),
    "035": _of("035", text(UPPER, 18)),
    "036": _of("036", text(UPPER, 18) | pieces.map(lambda piece: f"000000{piece}")),
    "038": _of(
        "038",
        st.builds(
            "{}{}{}{:%Y%m%d}".format,
            text(string.ascii_uppercase, 2),
            text(UPPER, 19),
            _joined(st.sampled_from("ABE"), text(UPPER, 10)),
            days,
        ),
    ),
    "039": _of("039", _joined(text(DIGITS, 4), text(UPPER, 13)).map(_grid)),
    "040": isbt_cois.map(lambda coi: Isbt("040", coi.text)),
    **{number: _of(number, days.map(_century)) for number in ("004", "006", "008")},
    **{number: _of(number, times.map(lambda at: f"{_century(at)}{at:%H%M}")) for number in ("005", "007", "009")},
    **{number: _of(number, text(UPPER, 18)) for number in ("011", "012", "013", "014", "015", "016")},
    "037": _of("037", text(UPPER, 19)),
}

structures = st.one_of(*_STRUCTURES.values())
_COMBINED = [number for number in _STRUCTURES if number not in {"005", "026", "031", "032", "033", "034", "003"}]


@st.composite
def messages(draw: Callable[[st.SearchStrategy[object]], object]) -> CompoundMessage:
    """Compound messages of structures that do not contradict each other."""
    numbers = draw(st.lists(st.sampled_from(_COMBINED), min_size=1, max_size=7, unique=True))
    assert isinstance(numbers, list)
    sequence = draw(text(DIGITS, 3))
    assert isinstance(sequence, str)
    found = [draw(_STRUCTURES[number]) for number in numbers]
    return CompoundMessage(tuple(one for one in found if isinstance(one, Isbt)), sequence)


def with_check_digit(body: str) -> str:
    """Return *body* with its GS1 check digit."""
    return next(body + digit for digit in DIGITS if gs1_lint.csum(body + digit))


gtins = text(DIGITS, 13).map(with_check_digit)
gs1_days = st.dates(date(1977, 1, 1), date(2076, 12, 31))
gs1_times = st.builds(datetime.combine, gs1_days, minutes)
product_labels = st.builds(
    compose_gs1,
    gtin=gtins,
    serial=text(CSET82, 1, 20),
    lot=st.none() | text(CSET82, 1, 20),
    expires=st.none() | gs1_days | gs1_times,
    piece=st.none() | pieces,
)
bag_labels = st.builds(
    compose_isbt,
    din=dins,
    product_code=st.none() | _STRUCTURES["003"].map(lambda structure: structure.data),
    expires=st.none() | days | times | times.map(lambda at: at.replace(tzinfo=UTC)),
    coi=isbt_cois,
    piece=pieces,
)
_SMALL: st.SearchStrategy[tuple[Element, ...]] = st.one_of(
    text(DIGITS, 17).map(with_check_digit).map(lambda value: (Element("00", value),)),
    st.builds(
        lambda value, instance: (Element("8018", value), Element("8019", instance)),
        text(DIGITS, 17).map(with_check_digit),
        text(DIGITS, 1, 10),
    ),
    st.builds(lambda digits, value: (Element("8004", digits + value),), text(DIGITS, 4), text(CSET82, 0, 26)),
    st.builds(
        lambda body, serial: (Element("8003", "0" + with_check_digit(body) + serial),),
        text(DIGITS, 12),
        text(CSET82, 0, 16),
    ),
    st.builds(
        lambda gln, extension: (Element("414", gln), Element("254", extension)),
        text(DIGITS, 12).map(with_check_digit),
        text(CSET82, 1, 20),
    ),
)
gs1_messages = product_labels.map(lambda data: Gs1Message.parse(data.decode())) | _SMALL.map(Gs1Message)

values: st.SearchStrategy[Value] = st.one_of(
    pieces,
    plain_cois,
    isbt_cois,
    plain_labels,
    badges,
    house_codes,
    structures.filter(lambda one: one.number != "040"),
    messages(),
    gs1_messages,
)
