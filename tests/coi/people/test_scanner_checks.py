"""Whether a scanner counts only after the card, at its own station, and for as long as the check stands."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from coi import ledger, people, settings
from coi.errors import Malformed, NotPermitted, Unknown
from coi.ledger.audit import rebuild_check
from coi.people import devices, scanner_checks
from coi.people.challenge import PAYLOADS, Fault
from coi.people.scanner_checks import Signed
from tests.coi.people.conftest import NOON
from tests.coi.people.test_devices import Station

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coi.people.devices import Device
    from coi.people.scanner_checks import Outcome
    from tests.coi.people.conftest import Town

RIGHT = tuple(one.aim + one.data("204817") for one in PAYLOADS)


@pytest.fixture
def station() -> Station:
    """A station."""
    return Station()


@pytest.fixture
def enrolled(town: Town, station: Station) -> Device:
    """The station proposed by a nurse and qualified by the deputy."""
    proposed = town.do(devices.propose, "S-WARD", station.jwk, "Bedside 3", by=town.nurse)
    return town.do(devices.qualify, proposed.id, by=town.deputy)


def check(town: Town, station: Station, known: Device, raws: Sequence[str], source: str = "wedge") -> Outcome:
    """Send codes as the page does: signed over a fresh nonce."""
    nonce = town.do(devices.nonce, known.id)
    signature = station.sign(nonce, "\n".join(raws).encode(), "", source)
    return town.do(scanner_checks.check, source, raws, Signed(known.id, nonce, signature), by=town.nurse, site="S-WARD")


def stands(town: Town, known: Device, after: timedelta = timedelta(), source: str = "wedge") -> str:
    """Say what stands against the scanner some time later."""
    return town.database.read(lambda session: scanner_checks.state(session, known.id, source, NOON + after))


def kinds(town: Town) -> list[str]:
    """Return the entries about scanners on the ward's chain."""
    chain = town.database.read(lambda session: people.site(session, "S-WARD").chain)
    found = town.database.read(lambda session: ledger.entries(session, chain))
    return [entry.type for entry in found if entry.type.startswith("people.scanner")]


def test_five_codes_are_one_entry(town: Town, station: Station, enrolled: Device) -> None:
    """Code by code nothing is written; the fifth writes that the scanner passed."""
    right = [check(town, station, enrolled, RIGHT[:number]).right for number in range(1, 6)]

    assert [1, 2, 3, 4, 5] == right
    assert ["people.scanner_passed"] == kinds(town)
    (known,) = town.database.read(lambda session: scanner_checks.scanners(session, enrolled.id))
    assert ("wedge", "passed", "", NOON) == (known.source, known.state, known.fault, known.at)


def test_a_scanner_that_fails_counts_for_nothing_until_it_passes(
    town: Town, station: Station, enrolled: Device
) -> None:
    """The fault is an entry; pulling the plug does not heal it, passing does; other scanners are not concerned."""
    outcome = check(town, station, enrolled, [RIGHT[0], RIGHT[1].replace("\x1d", "")])

    assert (1, Fault.GS_STRIPPED, False) == (outcome.right, outcome.fault, outcome.passed)
    assert ("failed", "") == (stands(town, enrolled), stands(town, enrolled, source="web_serial"))
    town.do(scanner_checks.reconnected, enrolled.id, "wedge", by=town.nurse, site="S-WARD")
    assert "failed" == stands(town, enrolled)
    assert check(town, station, enrolled, RIGHT).passed
    assert "" == stands(town, enrolled)
    assert [] == rebuild_check(town.database)


def test_two_cards_are_none(town: Town, station: Station, enrolled: Device) -> None:
    """Codes of two cards are no check."""
    other = PAYLOADS[1].aim + PAYLOADS[1].data("999999")

    assert Fault.ANOTHER_CARD is check(town, station, enrolled, [RIGHT[0], other]).fault


@pytest.mark.parametrize(("hours", "after", "expected"), [(0, 30, ""), (24, 1, ""), (24, 25, "due")])
def test_a_check_stands_for_a_time(
    town: Town,
    station: Station,
    enrolled: Device,
    monkeypatch: pytest.MonkeyPatch,
    hours: int,
    after: int,
    expected: str,
) -> None:
    """Where checks are asked for, one that is too old is due again; where none are, nothing is."""
    real = settings.of
    monkeypatch.setattr(settings, "of", lambda session: real(session).model_copy(update={"scanner_check_hours": hours}))
    assert ("due" if hours else "") == stands(town, enrolled)
    check(town, station, enrolled, RIGHT)

    assert expected == stands(town, enrolled, timedelta(hours=after))


def test_production_asks_once_a_day(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing set: a day in production, and never in a demo."""
    installed = town.database.read(ledger.installation)
    lives = []
    for purpose in ("production", "training", "demo"):
        monkeypatch.setattr(ledger, "installation", lambda _session, told=purpose: Purpose(told))
        lives.append(town.database.read(scanner_checks.life_of))

    assert installed.purpose in {"demo", "training", "production"}
    assert [timedelta(days=1), timedelta(), timedelta()] == lives


class Purpose:
    """An installation of which only the purpose is asked."""

    def __init__(self, purpose: str) -> None:
        """Be of that purpose."""
        self.purpose = purpose


def test_a_scanner_that_came_back_is_due(
    town: Town, station: Station, enrolled: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the plug was pulled the check counts no more."""
    real = settings.of
    monkeypatch.setattr(settings, "of", lambda session: real(session).model_copy(update={"scanner_check_hours": 24}))
    check(town, station, enrolled, RIGHT, "web_serial")
    assert "" == stands(town, enrolled, source="web_serial")

    town.do(scanner_checks.reconnected, enrolled.id, "web_serial", by=town.nurse, site="S-WARD")

    assert "due" == stands(town, enrolled, source="web_serial")


def test_what_is_read_by_us_needs_no_card(town: Town, enrolled: Device) -> None:
    """A camera's reads, and those of no station, are judged elsewhere."""
    assert "" == stands(town, enrolled, source="camera")
    assert "" == town.database.read(lambda session: scanner_checks.state(session, None, "wedge", NOON))


def test_only_a_qualified_station_speaks_for_its_scanner(town: Town, station: Station, enrolled: Device) -> None:
    """Another key, another site, no scanner at all, too many codes: refused, and nothing is written."""
    with pytest.raises(NotPermitted, match="bad_signature"):
        check(town, Station(), enrolled, RIGHT)
    with pytest.raises(Malformed, match="camera"):
        check(town, station, enrolled, RIGHT, "camera")
    with pytest.raises(Malformed, match="seen 6"):
        check(town, station, enrolled, [*RIGHT, "x"])
    with pytest.raises(Unknown, match="your site"):
        town.do(scanner_checks.reconnected, enrolled.id, "wedge", by=town.nurse, site="S-OTHER")
    assert [] == kinds(town)


def test_codes_come_as_base64() -> None:
    """One character a byte, whatever the byte."""
    assert ("]C0\x1dÿ",) == scanner_checks.unbase64([base64.b64encode(b"]C0\x1d\xff").decode()])
    with pytest.raises(Malformed):
        scanner_checks.unbase64(["*"])
