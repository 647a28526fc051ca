"""How are passwords, badges and API tokens kept so that the database alone opens nothing?

* A password is normalised (NFKD), keyed by HMAC-SHA-512 with the installation's password key, and hashed by argon2id;
  this is the very form that Flask-Security writes and reads, so that its later features need no second store.
* A badge or token is kept as HMAC-SHA-256 under a key of its own: it can be looked up, but not tried out elsewhere.
* Nothing here reads a clock or a database.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


def salt_text(key: bytes) -> str:
    """Return the key as the text that Flask-Security is configured with."""
    return key.hex()


def hash_password(secret: str, key: bytes, *, passes: int, kib: int) -> str:
    """Return the hash of a password under the installation's key."""
    return PasswordHasher(time_cost=passes, memory_cost=kib, parallelism=1).hash(_keyed(secret, key))


def is_password(secret: str, hashed: str | None, key: bytes, *, passes: int, kib: int) -> bool:
    """Tell whether *secret* is the password of that hash; an account without one costs as much time as a wrong one."""
    stands_in = hashed is None
    try:
        PasswordHasher().verify(hashed or _nobody(passes, kib), _keyed(secret, key))
    except (VerificationError, InvalidHashError):
        return False
    return not stands_in


def lookup_hash(key: bytes, secret: str) -> str:
    """Return under what a badge or token is kept."""
    return hmac.new(key, secret.encode("utf-8"), hashlib.sha256).hexdigest()


def _keyed(secret: str, key: bytes) -> bytes:
    """Return the password as it goes into argon2."""
    text = unicodedata.normalize("NFKD", secret)
    return base64.b64encode(hmac.new(salt_text(key).encode("ascii"), text.encode("utf-8"), hashlib.sha512).digest())


@lru_cache
def _nobody(passes: int, kib: int) -> str:
    """Return the hash of nobody's password, to spend the time of a real one on."""
    return PasswordHasher(time_cost=passes, memory_cost=kib, parallelism=1).hash(b"nobody")
