"""How does a station tell the server? Signed requests outwards, no redirects, and three kinds of answer.

Each request carries who asks, when, and an Ed25519 signature over method, path, time and body. What the answer says is
``Reply``; no answer, or one that is not the server's, is ``Away``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scanners.events import instant
from scanners.scan import ScanError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from scanners.station.config import Config
    from scanners.station.outbox import Written

SECONDS: Final = 5.0
LARGEST: Final = 8 * 1024 * 1024
HEADING: Final = b"coi station request 1\n"
DEVICE, AT, SIGNATURE = "X-Station-Device", "X-Station-At", "X-Station-Signature"
EVENTS, MANIFEST, ENROLMENT = "/api/station/events", "/api/station/manifest", "/api/station/enrolment/"


class Away(ScanError):
    """Nobody answers, or what answers is not the server."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered: *code* is empty, or why it took no more."""

    status: int
    said: Mapping[str, Any]

    @property
    def code(self) -> str:
        """Return why the server refused, or nothing."""
        refused = self.said.get("refused")
        if isinstance(refused, dict):
            return str(refused.get("code", "refused"))
        kind = str(self.said.get("type", f"http_{self.status}")).rpartition("/")[2]
        return "" if self.status < 400 else kind  # noqa: PLR2004 - HTTP


def message(method: str, path: str, at: str, body: bytes) -> bytes:
    r"""Return what a station signs of a request.

    >>> message("GET", "/api/station/manifest", "2026-11-21T12:00:00.000Z", b"")[:26]
    b'coi station request 1\nGET\n'
    """
    return HEADING + "\n".join((method, path, at, hashlib.sha256(body).hexdigest())).encode("ascii")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_asked: Any, **_named: Any) -> None:  # noqa: ANN401 - urllib's signature
        """Follow nobody: the server is where the settings say."""


class Server:
    """The server as one station sees it."""

    def __init__(self, config: Config, key: Ed25519PrivateKey, seconds: float = SECONDS) -> None:
        """Tell the server of *config*, signing with *key*; wait at most *seconds*."""
        self._config = config
        self._key = key
        self._seconds = seconds
        context = ssl.create_default_context(cafile=config.authority or None)
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context), _NoRedirects()
        )

    def push(self, waiting: Sequence[Written], says: Mapping[str, Any], at: datetime) -> Reply:
        """Hand in events, in order, and what else the station says; an empty list asks how things stand."""
        events = [{"event": one.text, "signature": base64.b64encode(one.signature).decode()} for one in waiting]
        return self._signed("POST", EVENTS, at, json.dumps({**says, "events": events}).encode("utf-8"))

    def manifest(self, at: datetime) -> Reply:
        """Fetch what may be shown while nobody answers."""
        return self._signed("GET", MANIFEST, at, b"")

    def enrolment(self, thumbprint: str) -> Reply:
        """Ask what the register says of a key."""
        return self._ask("GET", ENROLMENT + thumbprint, b"", {})

    def propose(self, label: str, jwk: Mapping[str, str], token: str) -> Reply:
        """Propose this station with somebody's API token."""
        body = json.dumps({"label": label, "key": dict(jwk)}).encode("utf-8")
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(16)}
        return self._ask("POST", "/api/v1/devices", body, headers)

    def _signed(self, method: str, path: str, at: datetime, body: bytes) -> Reply:
        when = instant(at)
        signature = base64.b64encode(self._key.sign(message(method, path, when, body))).decode("ascii")
        return self._ask(method, path, body, {DEVICE: self._config.device, AT: when, SIGNATURE: signature})

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        asked = urllib.request.Request(  # noqa: S310 - the address was checked when it was set
            self._config.server + path,
            data=body or None,
            method=method,
            headers={"Accept": "application/json", "Content-Type": "application/json", **headers},
        )
        try:
            with self._opener.open(asked, timeout=self._seconds) as answer:
                return _reply(answer.status, answer.read(LARGEST))
        except urllib.error.HTTPError as refused:
            with refused:
                return _reply(refused.code, refused.read(LARGEST))
        except (OSError, ValueError) as gone:
            raise Away(f"expected an answer of {self._config.server}, seen {type(gone).__name__}") from gone


def _reply(status: int, raw: bytes) -> Reply:
    if status >= 500:  # noqa: PLR2004 - HTTP
        raise Away(f"expected an answer, seen status {status}")
    try:
        said = json.loads(raw)
    except ValueError as broken:
        raise Away(f"expected the server's JSON, seen {len(raw)} bytes of something else") from broken
    if not isinstance(said, dict):
        raise Away("expected an object, seen something else")
    return Reply(status, said)
