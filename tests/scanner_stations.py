"""The program of a scanner station, as a test plays it: its key, its chain of events, and its signed requests."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from coi.people.station_events import Sent
from scanners import events
from scanners.events import Decoder, ScanEvent
from scanners.station import keys, server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

DATA = b"=A99992612345600"


@dataclass(slots=True)
class Program:
    """A program with a key; ``device`` is the server's word."""

    device: str = ""
    site: str = ""
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    last: ScanEvent | None = None

    @property
    def jwk(self) -> dict[str, object]:
        """Return the public key as the register takes it."""
        return dict(keys.jwk(self.key.public_key()))

    def scans(self, at: datetime, data: bytes = DATA, aim: str = "]d2", **other: Any) -> Sent:  # noqa: ANN401 - any field
        """Make the next event of the chain."""
        event = ScanEvent(
            event_id=events.uuid7(int(at.timestamp() * 1000), b"0123456789"),
            data=data,
            aim=aim,
            device_id=self.device,
            source_class="serial",
            decoder=Decoder("coi-station", "1", stage="serial"),
            t_device=events.instant(at.astimezone(UTC)),
            t_monotonic_ns=1,
            station_id=self.site,
        )
        event = replace(events.following(self.last, event), **other)
        self.last = event
        return self.signed(event)

    def signed(self, event: ScanEvent) -> Sent:
        """Sign an event as it is."""
        return Sent(event.canonical().decode("utf-8"), events.sign(event, self.key))

    def asks(
        self, client: FlaskClient, method: str, path: str, at: datetime, body: bytes = b"", **other: str
    ) -> TestResponse:
        """Send a signed request; *other* replaces headers."""
        when = events.instant(at.astimezone(UTC))
        signature = base64.b64encode(self.key.sign(server.message(method, path, when, body))).decode()
        said = {server.DEVICE: self.device, server.AT: when, server.SIGNATURE: signature}
        headers = {**said, **{name.replace("_", "-"): value for name, value in other.items()}}
        return client.open(path, method=method, data=body, headers={"Content-Type": "application/json", **headers})

    def hands_in(self, client: FlaskClient, at: datetime, sent: Sequence[Sent], **door: Any) -> TestResponse:  # noqa: ANN401
        """Hand events in over HTTP."""
        said = [{"event": one.text, "signature": base64.b64encode(one.signature).decode()} for one in sent]
        body = json.dumps({"events": said, "door": door}).encode()
        return self.asks(client, "POST", server.EVENTS, at, body)


def later(at: datetime, seconds: float) -> datetime:
    """Return so many seconds after *at*."""
    return at + timedelta(seconds=seconds)
