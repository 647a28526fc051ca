"""What may a station show while nobody answers? A list of hashes that the server signed and that runs out by itself.

::

    {"v":1,"site":"S-…","device":"D-…","issued_at":"…Z","expires_at":"…Z",
     "accept":[{"sha256":"<64 hex>","role":"container","steps":["h15_issue"]}],"void":["<64 hex>"],
     "leases":[{"id":"LS-…","expires_at":"…Z","accept":[…],"void":[…]}]}

A lease is one bag's, taken over from the page that holds it: its codes are shown for as long as it runs, however old
the rest of the list is, since a bag that is thawed cannot wait. The page alone judges by it, and uses it up.

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
    lease: str = ""
    """The lease by which it is shown; empty where the list itself has it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Hashes of payloads that may be shown, each with role and steps, and of those that never count again."""

    accept: tuple[tuple[str, str, tuple[str, ...]], ...]
    void: frozenset[str]


@dataclass(frozen=True, slots=True)
class Leased:
    """The codes of one bag's lease, and until when they are shown."""

    id: str
    expires_at: datetime
    listed: Listed


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as the server signed it."""

    site: str
    device: str
    issued_at: datetime
    expires_at: datetime
    listed: Listed
    leases: tuple[Leased, ...] = ()


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
            _listed(said),
            tuple(
                Leased(str(one["id"]), datetime.fromisoformat(one["expires_at"]), _listed(one))
                for one in said.get("leases", ())
            ),
        )
    except InvalidSignature as wrong:
        raise BadManifest("expected the server's signature, seen another") from wrong
    except (canonical.NotCanonical, KeyError, TypeError, ValueError, AttributeError) as broken:
        raise BadManifest("expected a manifest of version 1, seen something else") from broken
    ends = (found.issued_at, found.expires_at, *(one.expires_at for one in found.leases))
    if said["v"] != VERSION or any(one.tzinfo is None for one in ends):
        raise BadManifest("expected a manifest of version 1 with its zones, seen another")
    if found.device != device:
        raise BadManifest(f"expected a manifest for {device}, seen one for another station")
    return found


def _listed(said: dict[str, Any]) -> Listed:
    accept = tuple((str(one["sha256"]), str(one["role"]), tuple(map(str, one["steps"]))) for one in said["accept"])
    return Listed(accept, frozenset(map(str, said["void"])))


def written(said: dict[str, Any], key: Ed25519PrivateKey) -> tuple[bytes, bytes]:
    """Return the one way to write a manifest, and the server's signature of it."""
    text = canonical.written({**said, "v": VERSION})
    return text, key.sign(_HEADING + text)


def verdict(manifest: Manifest | None, data: bytes, at: datetime) -> Offline:
    """Say what may be shown of a scan.

    1. There is a manifest, and something of it is in force: neither run out nor from the future.
    2. The payload is not void anywhere in it, whatever else it is.
    3. It is a leased bag's, or on the list, byte for byte.
    """
    if manifest is None:
        return Offline(Word.ABSENT)
    begun = manifest.issued_at <= at
    leases = [one for one in manifest.leases if begun and at < one.expires_at]
    runs = begun and at < manifest.expires_at
    if not runs and not leases:
        return Offline(Word.EXPIRED)
    digest = hashlib.sha256(data).hexdigest()
    lists = [*((one.id, one.listed) for one in leases), *([("", manifest.listed)] if runs else [])]
    if digest in manifest.listed.void or any(digest in listed.void for _, listed in lists):
        return Offline(Word.VOID)
    for lease, listed in lists:
        for sha256, role, steps in listed.accept:
            if sha256 == digest:
                return Offline(Word.EXPECTED, role, steps, lease)
    return Offline(Word.UNKNOWN if runs else Word.EXPIRED)
