"""Is this part of a GS1 element right? The checks that the GS1 Barcode Syntax Dictionary names, those that we use.

Each takes the part and returns True when it is right; which part takes which is in ``gs1_table``.

>>> csum("09506000134376"), csum("09506000134375")
(True, False)
>>> yymmd0("270200"), yymmdd("270200")
(True, False)
"""

from __future__ import annotations

import re
from calendar import monthrange

REFERENCE_YEAR = 2026
"""The year that two-digit years are seen from. It is fixed, so that one code means the same whenever it is read."""

CSET_82 = frozenset("!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
"""GS1 General Specifications 7.11, figure 7.11-1."""
CSET_39 = frozenset("#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""Figure 7.11-2."""
CSET_64 = re.compile("[A-Za-z0-9_-]+={0,2}")
"""Figure 7.11-3: base64 for addresses, filled up to threes by at most two equals signs."""

_MEDIA = frozenset({*range(1, 11), *range(80, 100)})
_MOST_IN_A_SEQUENCE = 999


def full_year(two: int, seen_from: int = REFERENCE_YEAR) -> int:
    """Return the year of a two-digit year: the next fifty or the last forty-nine (General Specifications 7.12)."""
    century = seen_from - seen_from % 100
    ahead = two - seen_from % 100
    if ahead > 50:  # noqa: PLR2004 - the window of clause 7.12
        return century - 100 + two
    if ahead < -49:  # noqa: PLR2004 - same
        return century + 100 + two
    return century + two


def numeric(text: str) -> bool:
    """Only the digits 0 to 9."""
    return re.fullmatch("[0-9]*", text) is not None


def cset82(text: str) -> bool:
    """Only characters of character set 82."""
    return set(text) <= CSET_82


def cset39(text: str) -> bool:
    """Only characters of character set 39."""
    return set(text) <= CSET_39


def cset64(text: str) -> bool:
    """Only characters of character set 64; equals signs fill up at the end and nowhere else."""
    return not text or (CSET_64.fullmatch(text) is not None and not ("=" in text and len(text) % 3))


def csum(text: str) -> bool:
    """The last digit is the check digit of the others: weights 3, 1, 3… from the right (7.9.1)."""
    if not text or not numeric(text):
        return False
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(text)))
    return total % 10 == 0


def key(text: str) -> bool:
    """Begin with four digits at least, as every company prefix does (1.4.2)."""
    return re.match("[0-9]{4}", text) is not None


def yymmd0(text: str) -> bool:
    """A day yymmdd; day 00 means the last of the month (3.4.2)."""
    return re.fullmatch("[0-9]{6}", text) is not None and yyyymmd0(f"{full_year(int(text[:2])):04d}{text[2:]}")


def yymmdd(text: str) -> bool:
    """A day yymmdd, and not 00."""
    return yymmd0(text) and text[4:] != "00"


def yyyymmd0(text: str) -> bool:
    """A day yyyymmdd; day 00 means the last of the month."""
    if not re.fullmatch("[0-9]{8}", text):
        return False
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    return 1 <= month <= 12 and day <= monthrange(max(year, 1), month)[1]  # noqa: PLR2004 - months of a year


def yyyymmdd(text: str) -> bool:
    """A day yyyymmdd, and not 00."""
    return yyyymmd0(text) and text[6:] != "00"


def hh(text: str) -> bool:
    """An hour from 00 to 23."""
    return re.fullmatch("[01][0-9]|2[0-3]", text) is not None


def mi(text: str) -> bool:
    """A minute from 00 to 59."""
    return re.fullmatch("[0-5][0-9]", text) is not None


def ss(text: str) -> bool:
    """A second from 00 to 59."""
    return mi(text)


def hhmi(text: str) -> bool:
    """A time from 0000 to 2359."""
    return len(text) == len("hhmi") and hh(text[:2]) and mi(text[2:])


def mediatype(text: str) -> bool:
    """A medium of table 3.8.16: 01 to 10, and 80 to 99 for own use."""
    return re.fullmatch("[0-9]{2}", text) is not None and int(text) in _MEDIA


def iso5218(text: str) -> bool:
    """A code of ISO/IEC 5218: 0, 1, 2 or 9."""
    return text in {"0", "1", "2", "9"}


def zero(text: str) -> bool:
    """Zeros only."""
    return re.fullmatch("0+", text) is not None


def nozeroprefix(text: str) -> bool:
    """A number that does not begin with zero."""
    return re.fullmatch("[1-9][0-9]*", text) is not None


def pcenc(text: str) -> bool:
    """Every percent sign is followed by two hexadecimal digits."""
    return re.search("%(?![0-9A-Fa-f]{2})", text) is None


def pieceoftotal(text: str) -> bool:
    """Piece n of m, each half of the digits, n not above m and neither zero."""
    half, odd = divmod(len(text), 2)
    return bool(text) and not odd and numeric(text) and 0 < int(text[:half]) <= int(text[half:])


def posinseqslash(text: str) -> bool:
    """Birth ``n/m``, n not above m, both from 1 and without leading zeros."""
    found = re.fullmatch("([1-9][0-9]*)/([1-9][0-9]*)", text)
    return found is not None and int(found[1]) <= int(found[2]) <= _MOST_IN_A_SEQUENCE
