"""What does a station swear to have scanned? One event a scan, numbered, chained and signed by the device.

* The event holds the raw bytes, not their meaning: the server parses them again, and derives itself how far the read
  is to be trusted. Neither stands here, so that no client can claim it.
* ``seq`` counts per device without a gap, and ``prev_hash`` is the hash of the event before: what was left out, doubled
  or put in later shows.
* The signature (Ed25519) is over a fixed heading and the canonical bytes. Keys, clock and chance are told.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature

from scanners import canonical
from scanners.scan import ScanError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

VERSION = 1
GENESIS = "0" * 64
"""What the first event of a device names as the one before."""

SOURCES = frozenset(
    {"serial", "evdev", "hid_wedge", "web_serial", "camera_station", "camera_browser", "datawedge", "manual"}
)
MOST_PAYLOAD = 8_192
_HEADING = b"coi scan event 1\n"
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_HASH = re.compile(r"[0-9a-f]{64}")
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]|")
_UEC = re.compile(r"[01]\.[0-9]{2}|")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_NAME = re.compile(r"[ -~]{0,200}")


class BadEvent(ScanError):
    """The bytes are no scan event of this version."""


class BadSignature(ScanError):
    """The event was not signed by this key, or was changed since."""


class BrokenChain(ScanError):
    """An event does not follow the one before: left out, doubled, put in, or from another device."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """What turned light into bytes: name, version, the step that read, unused error correction (0.00-1.00)."""

    name: str
    version: str
    stage: str = "picture"
    uec: str = ""


@dataclass(frozen=True, slots=True)
class Frames:
    """How many pictures were looked at, how many of them agree, how many say something else."""

    seen: int = 1
    agree: int = 1
    conflicts: int = 0


@dataclass(frozen=True, slots=True)
class ScanEvent:
    """One scan as its device tells it; ``seq`` and ``prev_hash`` are set by ``following``."""

    event_id: str
    data: bytes
    aim: str
    device_id: str
    source_class: str
    decoder: Decoder
    t_device: str
    t_monotonic_ns: int
    frames: Frames = field(default_factory=Frames)
    image_sha256: str = ""
    clock_skew_ms: int = 0
    user_id: str = ""
    session_id: str = ""
    station_id: str = ""
    step_id: str = ""
    nonce: str = ""
    seq: int = 1
    prev_hash: str = GENESIS

    def __post_init__(self) -> None:
        """Refuse what no device may say."""
        _expect(bool(_UUID7.fullmatch(self.event_id)), "event_id", "a UUID of version 7", self.event_id)
        _expect(0 < len(self.data) <= MOST_PAYLOAD, "data", f"1 to {MOST_PAYLOAD} bytes", len(self.data))
        _expect(bool(_AIM.fullmatch(self.aim)), "aim", "an AIM identifier or nothing", self.aim)
        _expect(self.source_class in SOURCES, "source_class", "one of " + ", ".join(sorted(SOURCES)), self.source_class)
        _expect(bool(_UEC.fullmatch(self.decoder.uec)), "decoder.uec", "0.00 to 1.00 or nothing", self.decoder.uec)
        _expect(bool(_INSTANT.fullmatch(self.t_device)), "t_device", "UTC with milliseconds", self.t_device)
        _expect(bool(_HASH.fullmatch(self.prev_hash)), "prev_hash", "64 hexadecimal digits", self.prev_hash)
        _expect(
            not self.image_sha256 or bool(_HASH.fullmatch(self.image_sha256)),
            "image_sha256",
            "64 hexadecimal digits or nothing",
            self.image_sha256,
        )
        _expect(self.seq >= 1, "seq", "1 or more", self.seq)
        _expect(bool(self.device_id), "device_id", "the device's name", self.device_id)
        frames, decoder = self.frames, self.decoder
        numbers = (self.seq, self.t_monotonic_ns, self.clock_skew_ms, frames.seen, frames.agree, frames.conflicts)
        words = (decoder.name, decoder.version, decoder.stage)
        _expect(all(type(number) is int for number in numbers), "numbers", "whole numbers", numbers)
        _expect(all(bool(_NAME.fullmatch(word)) for word in words), "decoder", "names in ASCII", words)
        _expect(1 <= frames.agree <= frames.seen and frames.conflicts >= 0, "frames", "1 <= agree <= seen", frames)
        for name in ("device_id", "user_id", "session_id", "station_id", "step_id", "nonce"):
            _expect(
                bool(_NAME.fullmatch(getattr(self, name))), name, "at most 200 characters of ASCII", getattr(self, name)
            )

    def as_json(self) -> dict[str, Any]:
        """Return the event as it is written."""
        return {
            "v": VERSION,
            "event_id": self.event_id,
            "payload_hex": self.data.hex(),
            "payload_sha256": hashlib.sha256(self.data).hexdigest(),
            "aim": self.aim,
            "device_id": self.device_id,
            "source_class": self.source_class,
            "decoder": {
                "name": self.decoder.name,
                "version": self.decoder.version,
                "stage": self.decoder.stage,
                "uec": self.decoder.uec,
            },
            "frames": {
                "seen": self.frames.seen,
                "agree": self.frames.agree,
                "conflicts": self.frames.conflicts,
            },
            "image_sha256": self.image_sha256,
            "t_device": self.t_device,
            "t_monotonic_ns": self.t_monotonic_ns,
            "clock_skew_ms": self.clock_skew_ms,
            "seq": self.seq,
            "prev_hash": self.prev_hash,
            "user_id": self.user_id,
            "session_id": self.session_id,
            "station_id": self.station_id,
            "step_id": self.step_id,
            "nonce": self.nonce,
        }

    def canonical(self) -> bytes:
        """Return the bytes that are hashed and signed."""
        return canonical.written(self.as_json())

    @property
    def sha256(self) -> str:
        """Return the hash of the canonical bytes: what the next event of this device names."""
        return hashlib.sha256(self.canonical()).hexdigest()


def parse(data: bytes) -> ScanEvent:
    """Return the event that *data* is, byte for byte canonical, or raise ``BadEvent``."""
    try:
        told: dict[str, Any] = dict(canonical.parsed(data))
        if told.pop("v", None) != VERSION:
            raise BadEvent(f"expected an event of version {VERSION}, seen another")
        payload = bytes.fromhex(told.pop("payload_hex"))
        if told.pop("payload_sha256") != hashlib.sha256(payload).hexdigest():
            raise BadEvent("expected the SHA-256 of the payload, seen another")
        event = ScanEvent(
            data=payload, decoder=Decoder(**told.pop("decoder")), frames=Frames(**told.pop("frames")), **told
        )
        same = event.canonical() == data
    except (canonical.NotCanonical, TypeError, KeyError, ValueError, AttributeError) as broken:
        raise (
            broken if isinstance(broken, BadEvent) else BadEvent(f"expected a scan event, seen none: {broken}")
        ) from broken
    if not same:
        raise BadEvent("expected every field once and nothing else, seen another form")
    return event


def following(previous: ScanEvent | None, event: ScanEvent) -> ScanEvent:
    """Return *event* at its place: after *previous*, or the first of its device."""
    if previous is None:
        return replace(event, seq=1, prev_hash=GENESIS)
    return replace(event, seq=previous.seq + 1, prev_hash=previous.sha256)


def check_chain(events: Iterable[ScanEvent], after: ScanEvent | None = None) -> None:
    """Raise ``BrokenChain`` unless each event follows the one before it, the first of them *after*."""
    for event in events:
        if after is not None and event.device_id != after.device_id:
            raise BrokenChain(f"expected events of {after.device_id}, seen one of {event.device_id}")
        expected = following(after, event)
        if event.seq != expected.seq:
            raise BrokenChain(f"expected event {expected.seq} of {event.device_id}, seen {event.seq}")
        if event.prev_hash != expected.prev_hash:
            raise BrokenChain(f"expected event {event.seq} to name {expected.prev_hash}, seen {event.prev_hash}")
        after = event


def sign(event: ScanEvent, key: Ed25519PrivateKey) -> bytes:
    """Return the device's signature of *event*."""
    return key.sign(_HEADING + event.canonical())


def verify(event: ScanEvent, signature: bytes, key: Ed25519PublicKey) -> None:
    """Raise ``BadSignature`` unless the device that has *key* signed *event* as it is."""
    try:
        key.verify(signature, _HEADING + event.canonical())
    except InvalidSignature as wrong:
        raise BadSignature(f"expected the signature of {event.device_id}, seen another") from wrong


def uuid7(milliseconds: int, chance: bytes) -> str:
    """Return a UUID of version 7 (RFC 9562) of a moment and ten bytes of chance.

    >>> uuid7(0x017F22E279B0, bytes.fromhex("0cc318c4dc0c0c07398f"))
    '017f22e2-79b0-7cc3-98c4-dc0c0c07398f'
    """
    if len(chance) != 10 or not 0 <= milliseconds < 2**48:  # noqa: PLR2004 - the RFC's sizes
        raise BadEvent(f"expected 48 bits of time and 10 bytes of chance, seen {milliseconds} and {len(chance)}")
    value = milliseconds << 80 | int.from_bytes(chance, "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def instant(at: datetime) -> str:
    """Return a moment as events write it: UTC, milliseconds, Z."""
    offset = at.utcoffset()
    if offset is None or offset.total_seconds() != 0:
        raise BadEvent(f"expected a moment in UTC, seen {at.isoformat()}")
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _expect(holds: bool, name: str, expected: str, seen: object) -> None:  # noqa: FBT001 - the condition itself
    if not holds:
        raise BadEvent(f"{name}: expected {expected}, seen {seen!r}"[:300])
