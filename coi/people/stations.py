"""What does an enrolled device sign, and when does its signature count?

A station's page makes an ECDSA key on P-256 in the browser (WebCrypto, non-extractable) and signs each scan with a
nonce of the server::

    <nonce> LF <base64 of the scanned bytes> LF <AIM id> LF <source>        raw r||s of 64 bytes, SHA-256

* A station of the program ``coi-station`` has an Ed25519 key instead, and signs events (``station_events``).
* A read that says how it was seen (the decoder and its frames) has that as a fifth line.
* A device is proposed, then qualified by somebody else, may be suspended and qualified again, and is retired for ever.
* Nothing here reads a clock or a database. What does not verify is *keyed*, with its reason; never an exception.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from coi.errors import Conflict, Malformed, NotPermitted

if TYPE_CHECKING:
    from collections.abc import Mapping

COORDINATE: Final = 32
STATES: Final = ("proposed", "qualified", "suspended", "retired")
STEPS: Final = {
    "qualified": frozenset({"proposed", "suspended"}),
    "suspended": frozenset({"qualified"}),
    "retired": frozenset({"proposed", "qualified", "suspended"}),
}
"""From which states each state can be reached."""


class Doubt(StrEnum):
    """Why a scan counts as keyed."""

    UNSIGNED = "unsigned"
    UNKNOWN_DEVICE = "unknown_device"
    FOREIGN_SITE = "foreign_site"
    NOT_QUALIFIED = "not_qualified"
    UNKNOWN_NONCE = "unknown_nonce"
    REPLAYED_NONCE = "replayed_nonce"
    EXPIRED_NONCE = "expired_nonce"
    BAD_SIGNATURE = "bad_signature"


@dataclass(frozen=True, slots=True)
class Assurance:
    """Whether a qualified device of the site signed the scan; if not, *doubt* says why it counts as keyed."""

    doubt: Doubt | None = None

    @property
    def signed(self) -> bool:
        """Tell whether nothing is in doubt."""
        return self.doubt is None


SIGNED: Final = Assurance()


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A point on P-256, as two base64url coordinates of a JSON Web Key; without ``y`` an Ed25519 key."""

    x: str
    y: str

    @property
    def is_program(self) -> bool:
        """Tell whether it is the key of a program, not of a browser."""
        return not self.y

    @property
    def thumbprint(self) -> str:
        """Return the key's name by RFC 7638: base64url of the SHA-256 of its canonical JWK."""
        if self.is_program:
            return _unpadded(hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{self.x}"}}'.encode("ascii")).digest())
        jwk = f'{{"crv":"P-256","kty":"EC","x":"{self.x}","y":"{self.y}"}}'
        return _unpadded(hashlib.sha256(jwk.encode("ascii")).digest())

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Tell whether *signature* (64 bytes, raw) is this key's over *message*."""
        if len(signature) != 2 * COORDINATE:
            return False
        if self.is_program:
            try:
                self.ed25519().verify(signature, message)
            except InvalidSignature:
                return False
            return True
        r, s = (int.from_bytes(signature[i : i + COORDINATE], "big") for i in (0, COORDINATE))
        try:
            _point(self.x, self.y).verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError):
            return False
        return True

    def ed25519(self) -> Ed25519PublicKey:
        """Return a program's key."""
        return Ed25519PublicKey.from_public_bytes(_coordinate(self.x))


@dataclass(frozen=True, slots=True)
class Device:
    """A station that signs what it scans; its label for people is a store."""

    id: str
    site: str
    state: str
    key: PublicKey
    proposed_by: str


def read_key(jwk: Mapping[str, object]) -> PublicKey:
    """Return the public key of a JSON Web Key.

    1. ``kty`` is EC and ``crv`` is P-256; or, of a program, OKP and Ed25519 (RFC 8037).
    2. No private part came along: a key that travelled is no device's own any more.
    3. Each coordinate is base64url of 32 bytes in its one spelling, and the point lies on the curve.
    """
    kind = (jwk.get("kty"), jwk.get("crv"))
    if kind not in {("EC", "P-256"), ("OKP", "Ed25519")}:
        raise Malformed("Expected a JSON Web Key of EC and P-256, or of OKP and Ed25519, seen another kind.")
    if "d" in jwk:
        raise Malformed("Expected a public key only, seen a private one: make a new key that cannot be extracted.")
    x, y = jwk.get("x"), jwk.get("y")
    if kind == ("OKP", "Ed25519"):
        return _program_key(x, y)
    if not isinstance(x, str) or not isinstance(y, str):
        raise Malformed("Expected the coordinates x and y as text, seen something else.")
    try:
        _point(x, y)
    except (ValueError, binascii.Error) as off:
        raise Malformed("Expected a point of P-256 as two base64url coordinates of 32 bytes, seen another.") from off
    return PublicKey(x, y)


def message(nonce: str, data: bytes, aim: str, source: str, seen: str = "") -> bytes:
    r"""Return what the device signs; *seen* says by which decoder, and in how many frames of how many.

    >>> message("n0nce", b"COI-1", "]d1", "camera")
    b'n0nce\nQ09JLTE=\n]d1\ncamera'
    >>> message("n0nce", b"COI-1", "]d1", "camera", "zxing 2/3")
    b'n0nce\nQ09JLTE=\n]d1\ncamera\nzxing 2/3'
    """
    said = (nonce, base64.b64encode(data).decode("ascii"), aim, source, *([seen] if seen else []))
    return "\n".join(said).encode("utf-8")


def check_step(device: Device, to: str, by: str, *, alone: bool) -> None:
    """Refuse a step that the device's state does not allow, or its proposer qualifying it (*alone* lets that be)."""
    if device.state not in STEPS[to]:
        expected = " or ".join(sorted(STEPS[to]))
        raise Conflict(f"Expected device {device.id} to be {expected} before it is {to}, seen {device.state}.")
    if to == "qualified" and by == device.proposed_by and not alone:
        raise NotPermitted(f"Expected somebody else than {by}, who proposed device {device.id}, to qualify it.")


def judge(device: Device | None, site: str, doubt: Doubt | None, signed: bytes, signature: bytes) -> Assurance:
    """Tell what a signed scan is worth.

    1. The device is known.
    2. It stands at the site of the deed.
    3. It is qualified now.
    4. Its nonce was its own, fresh and unused (*doubt* says otherwise).
    5. The signature is the device's over the very bytes.
    """
    if device is None:
        return Assurance(Doubt.UNKNOWN_DEVICE)
    if device.site != site:
        return Assurance(Doubt.FOREIGN_SITE)
    if device.state != "qualified":
        return Assurance(Doubt.NOT_QUALIFIED)
    if doubt is not None:
        return Assurance(doubt)
    return SIGNED if device.key.verifies(signed, signature) else Assurance(Doubt.BAD_SIGNATURE)


def _point(x: str, y: str) -> ec.EllipticCurvePublicKey:
    """Return the key of two coordinates; ValueError when they are none."""
    numbers = [int.from_bytes(_coordinate(text), "big") for text in (x, y)]
    return ec.EllipticCurvePublicNumbers(numbers[0], numbers[1], ec.SECP256R1()).public_key()


def _program_key(x: object, y: object) -> PublicKey:
    """Return an Ed25519 key; Malformed when it is none."""
    try:
        if not isinstance(x, str) or y is not None:
            raise Malformed("Expected the one coordinate x of an Ed25519 key as text, seen something else.")
        PublicKey(x, "").ed25519()
    except (ValueError, binascii.Error) as off:
        raise Malformed("Expected an Ed25519 key as 32 bytes in base64url, seen something else.") from off
    return PublicKey(x, "")


def _coordinate(text: str) -> bytes:
    """Return the 32 bytes of base64url text in its one spelling; ValueError when they are none."""
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if len(raw) != COORDINATE or _unpadded(raw) != text:
        raise ValueError(text)
    return raw


def _unpadded(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
