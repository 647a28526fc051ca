"""Which key does a station sign with? Ed25519, made here, in a file that only the station's user may read."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from scanners.scan import ScanError

if TYPE_CHECKING:
    from pathlib import Path

RAW = 32


class BadKey(ScanError):
    """The key is missing, readable by others, or no key."""


def make(path: Path) -> Ed25519PrivateKey:
    """Make a key and keep it; one that is there is never replaced."""
    if path.exists():
        return load(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key.private_bytes_raw().hex().encode("ascii") + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def load(path: Path) -> Ed25519PrivateKey:
    """Return the key of a file.

    Raises:
        BadKey: There is none, others may read it, or it holds something else.
    """
    try:
        mode, text = path.stat().st_mode & 0o777, path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as gone:
        raise BadKey(f"{path.name}: expected the station's key, seen none; run coi-station enrol") from gone
    if mode & 0o077:
        raise BadKey(f"{path.name}: expected a file of mode 0600, seen {mode:04o}; a key that others read is burnt")
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text))
    except ValueError as broken:
        raise BadKey(f"{path.name}: expected {RAW} bytes in hexadecimal, seen something else") from broken


def jwk(key: Ed25519PublicKey) -> dict[str, str]:
    """Return the public key as the server's register takes it (RFC 8037)."""
    return {"kty": "OKP", "crv": "Ed25519", "x": _text(key.public_bytes_raw())}


def thumbprint(key: Ed25519PublicKey) -> str:
    """Return the key's name by RFC 7638, under which the server finds the station."""
    written = f'{{"crv":"Ed25519","kty":"OKP","x":"{_text(key.public_bytes_raw())}"}}'
    return _text(hashlib.sha256(written.encode("ascii")).digest())


def public(text: str) -> Ed25519PublicKey:
    """Return the public key of base64url text.

    Raises:
        BadKey: It is none.
    """
    try:
        return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError as broken:
        raise BadKey("expected an Ed25519 public key in base64url, seen something else") from broken


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
