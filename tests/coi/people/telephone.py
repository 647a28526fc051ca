"""A telephone for tests: RFC 6238 by the book, written apart from what the product uses."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from coi.people import factors

if TYPE_CHECKING:
    from datetime import datetime

    from tests.coi.people.conftest import Town

RFC_KEY = b"12345678901234567890"
RFC_CODES = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
"""RFC 6238, appendix B, SHA-1: seconds since 1970 and the code of eight digits."""


def code_of(key: bytes, seconds: int, digits: int = 6) -> str:
    """Return the code that a telephone with *key* shows."""
    mac = hmac.digest(key, (seconds // 30).to_bytes(8, "big"), hashlib.sha1)
    at = mac[-1] & 15
    return str((int.from_bytes(mac[at : at + 4], "big") & 0x7FFFFFFF) % 10**digits).zfill(digits)


class Telephone:
    """A telephone that has read the key from the page."""

    def __init__(self, shown: str) -> None:
        """Take the key as a person types it."""
        self.key = base64.b32decode(shown.replace("-", ""))

    def code(self, at: datetime, steps: int = 0) -> str:
        """Return the code of a moment, or of some half minutes later."""
        return code_of(self.key, int(at.timestamp()) + 30 * steps)


def enrol(town: Town, person: str, at: datetime) -> Telephone:
    """Enrol a telephone of *person* with the administrator beside."""
    telephone = Telephone(town.do(factors.begin, person, at=at).key)
    town.do(factors.confirm, person, telephone.code(at), at=at, approved_by=town.admin)
    return telephone
