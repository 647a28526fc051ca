"""A station that holds a lease, as a test plays it: its key, the persons who sign in, and records as it writes them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from coi import ledger
from coi.custody import actions, lease_actions, lease_intake, steps
from coi.custody import protocol_register as protocols
from coi.custody.lease_packet import sha256
from coi.people import devices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed, Done
    from coi.custody.lease import Lease
    from coi.custody.lease_actions import Preflight
    from coi.custody.lease_intake import Taken
    from coi.custody.lease_packet import Sent
    from coi.custody.reading import Scanned
    from coi.labelling.pieces import Piece
    from tests.journeys import Story

WHO = ("celllab1", "nurse1", "nurse2")


@dataclass(slots=True)
class Station:
    """An enrolled station whose key the test holds."""

    story: Story
    key: ec.EllipticCurvePrivateKey
    id: str
    login: str = "nurse1"

    def deed(self) -> Deed:
        """Return the frame of a deed at this station, now."""
        road = self.story.world.road
        frame = road.deed("ward_nurse", self.site)
        return replace(frame, via="session", device=self.id, device_site=self.site, device_state="qualified")

    @property
    def site(self) -> str:
        """The hospital."""
        return self.story.world.road.sites["treatment"]

    def ask(self, who: Sequence[str] = WHO, wristband: Scanned | None = None, proven: str = "nurse2") -> Preflight:
        """Ask for the lease of the story's bag; one of the persons gives the code of a telephone too."""
        return self.story.world.database.run(self.asking(who, wristband, proven))

    def asking(
        self, who: Sequence[str] = WHO, wristband: Scanned | None = None, proven: str = "nurse2"
    ) -> Callable[[Session], Preflight]:
        """Return the work that asks, with everything that it takes."""
        auths = auths_of(self.story, who, proven)
        band, deed = wristband or self.wristband(self.story.name), self.deed()
        return lambda session: lease_actions.issue(session, deed, self.story.name, "", auths, band)

    def wristband(self, name: str) -> Scanned:
        """Return a signed scan of an order's wristband."""
        road = self.story.world.road
        piece = road.piece(road.order(name), "wristband", None, "applied")
        return replace(road.read_piece(piece, linear=False), assurance="signed")

    def sign(self, text: str) -> bytes:
        """Sign as the browser does: r and s, 32 bytes each."""
        r, s = decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def hand_in(self, lease: Lease, texts: Sequence[str], judge: lease_intake.Judge) -> tuple[Taken, ...]:
        """Hand records in."""
        deed, records = self.deed(), [(text, self.sign(text)) for text in texts]
        return self.story.world.database.run(
            lambda session: lease_intake.take_in(session, deed, lease.id, records, judge)
        )


def station(story: Story) -> Station:
    """Enrol a station at the hospital, with a key of its own."""
    world = story.world
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256"} | {
        name: base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()
        for name, number in (("x", point.x), ("y", point.y))
    }
    site, by = world.road.sites["treatment"], world.road.persons["nurse1"]

    def work(session: Session) -> str:
        fresh = devices.propose(session, site, jwk, "A trolley", by=by, at=world.road.clock())
        return devices.qualify_in_demo(session, fresh.id, at=world.road.clock()).id

    return Station(story, key, world.database.run(work))


def auths_of(story: Story, who: Sequence[str], proven: str = "") -> list[tuple[str, str, str]]:
    """Return what persons give to sign in: login, secret, and the code of one telephone."""
    road = story.world.road
    road.clock.forward(seconds=61)
    return [(road.login(name), road.secret, road.code(name) if name == proven else "") for name in who]


def bag_of(story: Story, name: str) -> Piece:
    """Return the label on an order's product bag."""
    order = story.world.road.order(name)
    return story.world.road.piece(order, "container", order.of_kind("drug_product")[0].id, "applied")


def here(story: Story, holder: Station, step: str) -> Done:
    """Do a step through the server, at the station that has the bag."""
    road = story.world.road
    order = road.order(story.name)
    gate = steps.step_of(protocols.pinned(order.protocol_sha256), order, step)
    actor = replace(road.actor(order, gate), device=holder.id, device_site=holder.site, device_state="qualified")
    return road.do(story.name, step, actor=actor)


def judge(session: Session, deed: Deed, lease: Lease, one: Sent, scans: tuple[Scanned, ...]) -> Any:  # noqa: ANN401  an outcome
    """Judge by the gate itself."""
    return actions.attempt(session, deed, lease.order, one.record.attempt.deed, scans, dict(one.record.attempt.values))


def texts(story: Story, lease: Lease, *steps: tuple[str, str], word: str = "GO", other: bool = False) -> list[str]:
    """Return the records of deeds done alone, as a station writes them: deed and login."""
    road = story.world.road
    read = road.read_piece(bag_of(story, story.other if other else story.name), linear=False)
    made: list[str] = []
    for number, (deed, login) in enumerate(steps, start=1):
        at = ledger.instant(road.clock().replace(microsecond=0))
        record = {
            "lease": lease.id,
            "number": number,
            "prev": sha256(made[-1].encode()) if made else "",
            "deed": deed,
            "word": word,
            "device": lease.device,
            "persons": [road.persons[login]],
            "reads": [{"data": base64.b64encode(read.data).decode(), "aim": read.aim, "source": "wedge", "at": at}],
            "values": {},
            "at": at,
        }
        made.append(json.dumps(record))
        road.clock.forward(seconds=40)
    return made
