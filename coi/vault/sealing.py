"""How is a value sealed, and what does its commitment promise?

``c = HMAC-SHA-256(salt32, "coi/commit/v1" || field || canonical(value))``, written in hexadecimal. The salt lies inside
the ciphertext, so that nobody can guess a birth date against the ledger, and destroying the ciphertext leaves a
commitment that nobody can ever open.

* A value is sealed by AES-256-GCM under the key of its subject; that key is wrapped by the key of the installation.
* The additional data are subject, field and commitment: a ciphertext moved to another row does not open.
* Nothing here reads a clock or a database; salts and nonces are given.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import unicodedata
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from coi.errors import Malformed, Unavailable
from coi.ledger.entry import encode

if TYPE_CHECKING:
    from coi.ledger.entry import Json

SALT_BYTES: Final = 32
NONCE_BYTES: Final = 12
FIELD_LENGTH: Final = 40


class Damaged(Unavailable):
    """What lies in the vault does not open, or is not what the commitment promised."""

    slug = "vault-damaged"
    title = "The vault is damaged"


def commitment(salt: bytes, field: str, canonical: bytes) -> str:
    """Return what the ledger may hold of a value, given its canonical bytes."""
    return hmac.new(salt, b"coi/commit/v1" + field.encode("ascii") + canonical, hashlib.sha256).hexdigest()


def canonical_bytes(data: bytes) -> bytes:
    """Return the canonical bytes of ``{"base64": …}`` for *data*, which may be longer than an entry may be."""
    return b'{"base64":"' + base64.b64encode(data) + b'"}'


def blind(key: bytes, code: bytes) -> str:
    """Return where *code* stands in the blind index; without the key nobody can try codes against it."""
    return hmac.new(key, b"coi/index/v1\x00" + code, hashlib.sha256).hexdigest()


def wrap(kek: bytes, owner: str, dek: bytes, nonce: bytes) -> bytes:
    """Seal the key of one subject under the key of the installation."""
    return nonce + AESGCM(kek).encrypt(nonce, dek, _about("coi/dek/v1", owner))


def unwrap(kek: bytes, owner: str, wrapped: bytes) -> bytes:
    """Give back the key of one subject.

    Raises:
        Damaged: Another installation's key, another subject's row, or changed bytes.
    """
    return _decrypt(kek, wrapped, _about("coi/dek/v1", owner), f"the key of {owner}")


def seal(dek: bytes, owner: str, field: str, canonical: bytes, *, salt: bytes, nonce: bytes) -> tuple[str, bytes]:
    """Return the commitment to a value and its ciphertext."""
    promised = commitment(salt, field, canonical)
    about = _about("coi/vault/v1", owner, field, promised)
    return promised, nonce + AESGCM(dek).encrypt(nonce, salt + canonical, about)


def unseal(dek: bytes, owner: str, field: str, promised: str, sealed: bytes) -> Json:
    """Give back the value, checked against its commitment.

    Raises:
        Damaged: The bytes were changed or moved, or are not what was promised.
    """
    plain = _decrypt(dek, sealed, _about("coi/vault/v1", owner, field, promised), f"commitment {promised}")
    canonical = plain[SALT_BYTES:]
    if not hmac.compare_digest(commitment(plain[:SALT_BYTES], field, canonical), promised):
        raise Damaged(f"Expected the value of commitment {promised}, seen another.")
    value: Json = json.loads(canonical)
    return value


def check_field(field: str) -> str:
    """Return *field* if it is a name that commitments may carry: lower-case letters, digits, underscore, dot.

    It must not end in a digit: field and value stand side by side under the commitment, and ``x1`` with ``2`` must
    never read as ``x`` with ``12``.
    """
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789_.")
    if not (0 < len(field) <= FIELD_LENGTH) or set(field) - allowed or field[-1].isdigit():
        raise Malformed(f"Expected a vault field of 1 to {FIELD_LENGTH} of a-z 0-9 _ . not ending in a digit.")
    return field


def same_words(kept: Json, spoken: Json) -> bool:
    """Tell whether what was spoken is what is kept: letter case, accents' spelling and spaces do not count.

    Something that is not text must be equal as it stands; nothing spoken is never equal.
    """
    if isinstance(kept, str) and isinstance(spoken, str):
        return bool(_words(spoken)) and hmac.compare_digest(_words(kept).encode(), _words(spoken).encode())
    return spoken is not None and encode(kept) == encode(spoken)


def _words(text: str) -> str:
    """Fold a spoken text for comparison."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _about(*parts: str) -> bytes:
    """Join the additional data so that no two different tuples read alike: no part may hold the separator."""
    return b"\x00".join(part.encode("ascii") for part in parts)


def _decrypt(key: bytes, sealed: bytes, about: bytes, what: str) -> bytes:
    """Open AES-GCM, or say what did not open."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
    except (InvalidTag, ValueError) as broken:
        raise Damaged(f"Expected {what} to open, seen changed bytes or another key.") from broken
