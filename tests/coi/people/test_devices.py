"""Stations: enrolled by two, signing over a fresh nonce; everything else counts as keyed, and says why."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from coi import ledger, people
from coi.errors import Conflict, Malformed, NotPermitted, Unknown
from coi.ledger.audit import rebuild_check
from coi.people import devices, stations
from coi.people.devices import Assurance, Doubt
from tests.coi.people.conftest import NOON

if TYPE_CHECKING:
    from coi.people.devices import Device
    from tests.coi.people.conftest import Town

DATA, AIM, SOURCE = b"=+04001COI", "]d1", "camera"


class Station:
    """A station's page with a key of its own."""

    def __init__(self) -> None:
        """Make the key, as WebCrypto would."""
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def jwk(self) -> dict[str, object]:
        """Return the public key as the page exports it."""
        numbers = self._key.public_key().public_numbers()
        x, y = (base64.urlsafe_b64encode(n.to_bytes(32, "big")).rstrip(b"=").decode() for n in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "ext": True, "key_ops": ["verify"]}

    def sign(self, nonce: str, data: bytes = DATA, aim: str = AIM, source: str = SOURCE) -> bytes:
        """Sign one scan: r||s."""
        text = f"{nonce}\n{base64.b64encode(data).decode()}\n{aim}\n{source}".encode()
        r, s = decode_dss_signature(self._key.sign(text, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@pytest.fixture
def station() -> Station:
    """A station."""
    return Station()


@pytest.fixture
def enrolled(town: Town, station: Station) -> Device:
    """The station proposed by a nurse and qualified by the deputy."""
    proposed = town.do(devices.propose, "S-WARD", station.jwk, "Bedside 3", by=town.nurse)
    return town.do(devices.qualify, proposed.id, by=town.deputy)


def verify(
    town: Town,
    device: str | None,
    nonce: str,
    signature: bytes,
    *,
    data: bytes = DATA,
    site: str = "S-WARD",
    late: int = 0,
) -> Assurance:
    """Judge one scan so many seconds after noon."""
    at = NOON + timedelta(seconds=late)
    return town.do(devices.verify, device, nonce, data, AIM, SOURCE, signature, site=site, at=at)


def test_a_qualified_stations_scan_is_signed(town: Town, station: Station, enrolled: Device) -> None:
    """A fresh nonce, the very bytes, the site's own qualified device: signed."""
    nonce = town.do(devices.nonce, enrolled.id)
    assert stations.SIGNED == verify(town, enrolled.id, nonce, station.sign(nonce))


def test_what_is_not_signed_counts_as_keyed(town: Town, station: Station, enrolled: Device) -> None:
    """Each way in which a scan can lack proof has its own reason, and none is an exception."""

    def fresh() -> str:
        return town.do(devices.nonce, enrolled.id)

    n = [fresh() for _ in range(8)]
    stranger = Station()
    cases: dict[str, tuple[Assurance, Doubt]] = {
        "no device": (verify(town, None, n[0], station.sign(n[0])), Doubt.UNSIGNED),
        "no signature": (verify(town, enrolled.id, n[0], b""), Doubt.UNSIGNED),
        "unknown device": (verify(town, "D-NOBODY", n[0], station.sign(n[0])), Doubt.UNKNOWN_DEVICE),
        "other site": (verify(town, enrolled.id, n[1], station.sign(n[1]), site="S-PLANT"), Doubt.FOREIGN_SITE),
        "other bytes": (verify(town, enrolled.id, n[2], station.sign(n[2]), data=b"x"), Doubt.BAD_SIGNATURE),
        "other key": (verify(town, enrolled.id, n[3], stranger.sign(n[3])), Doubt.BAD_SIGNATURE),
        "short signature": (verify(town, enrolled.id, n[4], b"short"), Doubt.BAD_SIGNATURE),
        "zero signature": (verify(town, enrolled.id, n[5], bytes(64)), Doubt.BAD_SIGNATURE),
        "made-up nonce": (verify(town, enrolled.id, "made up", station.sign("made up")), Doubt.UNKNOWN_NONCE),
        "too late": (verify(town, enrolled.id, n[6], station.sign(n[6]), late=120), Doubt.EXPIRED_NONCE),
    }
    for name, (seen, expected) in cases.items():
        assert (name, Assurance(expected)) == (name, seen)
        assert not seen.signed


def test_a_replayed_nonce_counts_as_keyed(town: Town, station: Station, enrolled: Device) -> None:
    """The same signed scan sent twice is signed once; a nonce of one device is none of another's."""
    nonce = town.do(devices.nonce, enrolled.id)
    signature = station.sign(nonce)
    assert verify(town, enrolled.id, nonce, signature).signed
    assert Assurance(Doubt.REPLAYED_NONCE) == verify(town, enrolled.id, nonce, signature)
    twin = Station()
    proposed = town.do(devices.propose, "S-WARD", twin.jwk, "Bedside 4", by=town.nurse)
    town.do(devices.qualify, proposed.id, by=town.deputy)
    foreign = town.do(devices.nonce, enrolled.id)
    assert Assurance(Doubt.UNKNOWN_NONCE) == verify(town, proposed.id, foreign, twin.sign(foreign))


def test_states(town: Town, station: Station) -> None:
    """Only a qualified device counts; a suspended one can come back, a retired one never, nor can its key."""
    device = town.do(devices.propose, "S-WARD", station.jwk, "Bedside 3", by=town.nurse).id

    def worth() -> Doubt | None:
        nonce = town.do(devices.nonce, device)
        return verify(town, device, nonce, station.sign(nonce)).doubt

    seen = [worth()]
    for step in (devices.qualify, devices.suspend, devices.qualify, devices.retire):
        town.do(step, device, by=town.deputy)
        seen.append(worth())
    assert [Doubt.NOT_QUALIFIED, None, Doubt.NOT_QUALIFIED, None, Doubt.NOT_QUALIFIED] == seen
    for step in (devices.qualify, devices.suspend, devices.retire):
        with pytest.raises(Conflict, match="seen retired"):
            town.do(step, device, by=town.deputy)
    with pytest.raises(Conflict, match="Expected a key that no device has yet"):
        town.do(devices.propose, "S-WARD", station.jwk, "Bedside 3 again", by=town.nurse)


def test_who_may(town: Town, station: Station) -> None:
    """Outsiders propose nothing, nurses qualify nothing, and nobody qualifies what he proposed, but in the demo."""
    with pytest.raises(NotPermitted):
        town.do(devices.propose, "S-PLANT", station.jwk, "Bench", by=town.nurse)
    device = town.do(devices.propose, "S-WARD", station.jwk, "Bedside 3", by=town.deputy).id
    with pytest.raises(NotPermitted, match="Expected an administrator of S-WARD"):
        town.do(devices.qualify, device, by=town.nurse)
    with pytest.raises(NotPermitted, match="Expected somebody else than"):
        town.do(devices.qualify, device, by=town.deputy)
    town.do(devices.qualify, device, by=town.admin)


def test_the_demo_lets_one_person_enrol(station: Station) -> None:
    """In a database of purpose demo the proposer may qualify the device alone."""
    proposed = stations.Device("D-1", "S-WARD", "proposed", stations.read_key(station.jwk), "U-1")
    stations.check_step(proposed, "qualified", "U-1", alone=True)
    with pytest.raises(NotPermitted):
        stations.check_step(proposed, "qualified", "U-1", alone=False)


def test_entries_stand_on_the_sites_chain_without_the_label(town: Town, enrolled: Device) -> None:
    """The site's chain tells the device's life; what people call it is a store; the projection rebuilds equal."""
    chain = town.database.read(lambda session: people.site(session, "S-WARD")).chain
    told = town.database.read(lambda session: ledger.entries(session, chain))

    types = ["chain.opened", "people.device_proposed", "people.device_qualified"]
    assert types == [entry.type for entry in told]
    assert not any(b"Bedside" in entry.body for entry in told)
    assert "Bedside 3" == town.database.read(lambda session: people.name_of(session, enrolled.id))
    assert [enrolled] == town.database.read(lambda session: devices.devices(session, "S-WARD"))
    assert [] == rebuild_check(town.database)


def test_a_station_finds_itself_by_its_key(town: Town, station: Station, enrolled: Device) -> None:
    """The page asks with its public key which device it is."""
    assert enrolled == town.database.read(lambda session: devices.by_key(session, station.jwk))
    assert town.database.read(lambda session: devices.by_key(session, Station().jwk)) is None
    with pytest.raises(Unknown):
        town.database.read(lambda session: devices.device(session, "D-NOBODY"))


BAD_KEYS: dict[str, dict[str, object]] = {
    "another curve": {"crv": "P-384"},
    "another kind": {"kty": "RSA"},
    "a private part": {"d": "AAAA"},
    "no coordinate": {"x": None},
    "not on the curve": {"x": base64.urlsafe_b64encode(bytes(31) + b"\x05").rstrip(b"=").decode()},
    "padding": {"x": base64.urlsafe_b64encode(bytes(32)).decode()},
    "too short": {"y": "AAAA"},
    "no base64": {"y": "!" * 43},
}


@pytest.mark.parametrize("fault", BAD_KEYS.values(), ids=list(BAD_KEYS))
def test_bad_keys_are_refused(fault: dict[str, object], station: Station) -> None:
    """A key that is not one plain public point on P-256 enrols nothing."""
    with pytest.raises(Malformed):
        stations.read_key({**station.jwk, **fault})


def test_only_a_demo_qualifies_a_browser_at_once(town: Town, station: Station) -> None:
    """Outside a demo nobody's browser becomes a station without an administrator."""
    proposed = town.do(devices.propose, "S-WARD", station.jwk, "Browser", by=town.nurse)
    with pytest.raises(NotPermitted):
        town.do(devices.qualify_in_demo, proposed.id)
    assert "proposed" == town.database.read(lambda session: devices.device(session, proposed.id)).state
