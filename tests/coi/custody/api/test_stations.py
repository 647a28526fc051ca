"""Stations, and what a scan through a session is worth."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from tests.coi.people.test_devices import Station
from tests.programs import problem

if TYPE_CHECKING:
    from tests.programs import Program, Programs


class TestStations:
    """A site's stations: proposed by one, qualified by another, out of use for ever."""

    def test_a_station_lives_through_its_states(self, town: Programs) -> None:
        """Each step is an entry of the site's chain with its receipt, and only an administrator takes it."""
        nurse, admin = town.program("ward_nurse", "treatment"), town.program("site_admin", "treatment")
        proposed = nurse.post("/devices", {"label": "Bedside 3", "key": Station().jwk})
        device = proposed.get_json()["id"]
        problem(nurse.post(f"/devices/{device}/qualify"), 403, "not-permitted")
        states = [admin.post(f"/devices/{device}/{verb}").get_json() for verb in ("qualify", "suspend", "retire")]

        assert (201, "proposed") == (proposed.status_code, proposed.get_json()["state"])
        assert ["qualified", "suspended", "retired"] == [one["state"] for one in states]
        seqs = [proposed.get_json()["receipt"]["seq"], *(one["receipt"]["seq"] for one in states)]
        assert [seqs[0] + step for step in (0, 2, 3, 4)] == seqs  # between them stands what the nurse was refused
        problem(admin.post(f"/devices/{device}/qualify"), 409, "conflict")
        assert [{"id": device, "site": town.site("treatment"), "state": "retired"}] == (
            nurse.get("/devices").get_json()["devices"]
        )

    def test_a_key_is_public_and_of_one_station(self, town: Programs) -> None:
        """A private key, a point off the curve, and a key that is enrolled already are refused."""
        nurse, jwk = town.program("ward_nurse", "treatment"), Station().jwk
        assert nurse.post("/devices", {"label": "A", "key": jwk}).status_code == 201

        problem(nurse.post("/devices", {"label": "B", "key": jwk}), 409, "conflict")
        problem(nurse.post("/devices", {"label": "B", "key": {**jwk, "d": "A" * 43}}), 422, "malformed")
        problem(nurse.post("/devices", {"label": "B", "key": {**jwk, "x": "A" * 43}}), 422, "malformed")

    def test_a_station_of_another_site_is_unknown(self, town: Programs) -> None:
        """Who works elsewhere hears that there is no such station."""
        device = town.program("ward_nurse", "treatment").post("/devices", {"label": "A", "key": Station().jwk})
        path = f"/devices/{device.get_json()['id']}"
        courier = town.program("courier", "courier")

        for verb in ("nonces", "qualify", "suspend", "retire"):
            problem(courier.post(f"{path}/{verb}"), 404, "unknown")
            problem(courier.post(f"/devices/D-NONE/{verb}"), 404, "unknown")
        assert courier.get("/devices").get_json() == {"devices": []}


class TestSessions:
    """Through a session a scan is worth what its station's signature is."""

    @pytest.fixture
    def order(self, town: Programs) -> str:
        """An order whose labels are printed."""
        return town.world.order(0, "h2_print")

    def signed(
        self, town: Programs, browser: Program, station: Station, device: str, order: str
    ) -> list[dict[str, str]]:
        """Return the right scans, each signed by the station over a nonce of its own."""
        scans = town.scans(order, "h3_begin")
        for scan in scans:
            nonce = browser.post(f"/devices/{device}/nonces", once=None).get_json()["nonce"]
            signature = station.sign(nonce, base64.b64decode(scan["data"]), scan["aim"], scan["source"])
            scan |= {"device": device, "nonce": nonce, "signature": base64.b64encode(signature).decode()}
        return scans

    def enrolled(self, town: Programs, browser: Program, station: Station) -> str:
        """Propose and qualify a station of the hospital."""
        device = str(browser.post("/devices", {"label": "Bedside 3", "key": station.jwk}).get_json()["id"])
        admin = town.browser("admin@demo.example")
        assert admin.post(f"/devices/{device}/qualify").get_json()["state"] == "qualified"
        return device

    def test_scans_signed_by_a_qualified_station_count(self, town: Programs, order: str) -> None:
        """Signed scans pass the gate, and the deed names its station; a nonce that was used makes them keyed."""
        browser, station = town.browser("apheresis1@demo.example"), Station()
        device = self.enrolled(town, browser, station)
        scans = self.signed(town, browser, station, device, order)
        path = f"/orders/{order}/checkpoints/h3_begin"
        said = town.said(order, "h3_begin")
        waits = browser.post(path, {**said, "scans": scans})
        auths = town.auths("apheresis1", "apheresis2", places=waits.get_json()["places"])
        replayed = problem(browser.post(path, {**said, "scans": scans}), 409, "refused")
        body = {"sha256": waits.get_json()["sha256"], "signatures": auths}
        done = browser.post(f"/prepared/{waits.get_json()['id']}/signatures", body)

        entry = town.entries(order)
        assert {"keyed"} == {reason["code"] for reason in replayed["reasons"]}
        assert 201 == done.status_code, done.get_json()
        stmt: Any = next(one.stmt for one in entry if one.seq == done.get_json()["receipt"]["seq"])
        assert (device, "session") == (stmt["device"], stmt["via"])
        assert {"signed"} == {line["assurance"] for line in stmt["items"]}

    def test_unsigned_scans_are_keyed(self, town: Programs, order: str) -> None:
        """Scans that no station signed are refused as keyed."""
        browser = town.browser("apheresis1@demo.example")
        body = {**town.said(order, "h3_begin"), "scans": town.scans(order, "h3_begin")}
        reply = browser.post(f"/orders/{order}/checkpoints/h3_begin", body)

        assert {"keyed"} == {reason["code"] for reason in problem(reply, 409, "refused")["reasons"]}

    def test_a_station_is_named_only_by_its_signature(self, town: Programs, order: str) -> None:
        """A station that a scan merely claims does not stand in the entry, through a session or a token."""
        browser, station = town.browser("apheresis1@demo.example"), Station()
        device = self.enrolled(town, browser, station)
        scans = [{**scan, "device": device} for scan in town.scans(order, "h3_begin")]
        path = f"/orders/{order}/checkpoints/h3_begin"
        body = {**town.said(order, "h3_begin"), "scans": scans}
        problem(browser.post(path, body), 409, "refused")
        waits = town.program("collection_operator", "collection").post(path, body).get_json()

        assert ("", "") == (town.entries(order)[-1].stmt["device"], waits["statement"]["device"])

    def test_one_deed_comes_through_one_station(self, town: Programs, order: str) -> None:
        """Scans of two stations in one deed are 422."""
        browser = town.browser("apheresis1@demo.example")
        scans = [{**scan, "device": f"D-{number}"} for number, scan in enumerate(town.scans(order, "h3_begin"))]

        problem(browser.post(f"/orders/{order}/checkpoints/h3_begin", {"scans": scans}), 422, "malformed")
