"""What may a station show while nobody answers? A list of hashes that the server signed and that runs out by itself.

::

    {"v":1,"site":"S-…","device":"D-…","issued_at":"…Z","expires_at":"…Z",
     "accept":[{"sha256":"<64 hex>","role":"container","steps":["h15_issue"]}],"void":["<64 hex>"]}

The station parses no payload: it hashes the bytes and looks the hash up. What it finds is provisional: the page's own
rules (its lease) judge, and the server judges again. Nothing here reads a clock, a file or the network.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature

from scanners import canonical
from scanners.scan import ScanError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

VERSION = 1
_HEADING = b"coi station manifest 1\n"


class BadManifest(ScanError):
    """The bytes are no manifest, were not signed by the server, or are for another station."""


class Word(Enum):
    """What the manifest says of a payload."""

    EXPECTED = "expected"
    VOID = "void"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Offline:
    """What may be said of a scan without the server; only EXPECTED lets its bytes go on, and that is provisional."""

    word: Word
    role: str = ""
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as the server signed it."""

    site: str
    device: str
    issued_at: datetime
    expires_at: datetime
    accept: tuple[tuple[str, str, tuple[str, ...]], ...]
    void: frozenset[str]


def parse(text: bytes, signature: bytes, key: Ed25519PublicKey, *, device: str) -> Manifest:
    """Return the manifest that *text* is.

    Raises:
        BadManifest: The server did not sign it so, it is of another form, or for another station.
    """
    try:
        key.verify(signature, _HEADING + text)
        said: dict[str, Any] = dict(canonical.parsed(text))
        found = Manifest(
            str(said["site"]),
            str(said["device"]),
            datetime.fromisoformat(said["issued_at"]),
            datetime.fromisoformat(said["expires_at"]),
            tuple((str(one["sha256"]), str(one["role"]), tuple(map(str, one["steps"]))) for one in said["accept"]),
            frozenset(map(str, said["void"])),
        )
    except InvalidSignature as wrong:
        raise BadManifest("expected the server's signature, seen another") from wrong
    except (canonical.NotCanonical, KeyError, TypeError, ValueError, AttributeError) as broken:
        raise BadManifest("expected a manifest of version 1, seen something else") from broken
    if said["v"] != VERSION or found.issued_at.tzinfo is None or found.expires_at.tzinfo is None:
        raise BadManifest("expected a manifest of version 1 with its zones, seen another")
    if found.device != device:
        raise BadManifest(f"expected a manifest for {device}, seen one for another station")
    return found


def written(said: dict[str, Any], key: Ed25519PrivateKey) -> tuple[bytes, bytes]:
    """Return the one way to write a manifest, and the server's signature of it."""
    text = canonical.written({**said, "v": VERSION})
    return text, key.sign(_HEADING + text)


def verdict(manifest: Manifest | None, data: bytes, at: datetime) -> Offline:
    """Say what may be shown of a scan.

    1. There is a manifest.
    2. It is in force: neither run out nor from the future.
    3. The payload is not void, whatever else it is.
    4. It is on the list, byte for byte.
    """
    if manifest is None:
        return Offline(Word.ABSENT)
    if not manifest.issued_at <= at < manifest.expires_at:
        return Offline(Word.EXPIRED)
    digest = hashlib.sha256(data).hexdigest()
    if digest in manifest.void:
        return Offline(Word.VOID)
    for sha256, role, steps in manifest.accept:
        if sha256 == digest:
            return Offline(Word.EXPECTED, role, steps)
    return Offline(Word.UNKNOWN)
