"""Every template that came with the software can be approved from the screen, and what it is for comes out by it."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

import labels
from coi import identity, ledger, people
from coi.app import PROJECTIONS
from coi.demo.cast import PASSWORD
from coi.equipment.actions import register
from coi.errors import Conflict
from coi.labelling import printer_store, queue_store, tag_actions, template_proofs, template_store
from coi.labelling import store as pieces
from labels.printers.network import VirtualZebra
from scanners import decode
from tests import world as worlds
from tests.coi.labelling.test_printer_web import app, drain, page, send, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from sqlalchemy.orm import Session

    from tests.conftest import MakeDatabase
    from tests.world import World

__all__ = ["app"]
LATER = ("asset", "command", "continuity_pack", "cryobag", "partial_label", "shipper")


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is tried is the edge, which is the same on both databases."""
    return "sqlite"


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world."""
    return worlds.make(make_database(*PROJECTIONS), tmp_path)


@pytest.fixture(scope="module")
def proofs() -> dict[str, dict[str, str]]:
    """The proofs that were drawn here, by the template's SHA-256."""
    return {}


@pytest.fixture(autouse=True)
def draws_once(proofs: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the proofs of a template once, and not again at each submission and approval: they come out the same."""
    draw = template_proofs.drawn

    def drawn(template: labels.Template) -> dict[str, str]:
        if template.sha256 not in proofs:
            proofs[template.sha256] = draw(template)
        return proofs[template.sha256]

    monkeypatch.setattr(template_proofs, "drawn", drawn)


@pytest.fixture
def zebra() -> Iterator[VirtualZebra]:
    """A printer on loopback that behaves as a Zebra does."""
    with VirtualZebra() as printer:
        yield printer


def approve(app: Flask, name: str) -> None:
    """Draft, submit and approve a template that came with the software, by the buttons of the screens."""
    sha256 = labels.shipped()[name].sha256[:12]
    assert "Draft it" in page(app, "documents", "/templates").text
    assert "Drafted." in text(send(app, "documents", f"/templates/shipped/{name}"))
    assert "Submitted." in text(send(app, "documents", f"/templates/{sha256}/submit"))
    assert "Approved." in text(send(app, "qa", f"/templates/{sha256}/approve", secret=PASSWORD))


def codes(zebra: VirtualZebra) -> set[str]:
    """Return what the square codes say of the labels that came out."""
    scans = [scan for label in zebra.labels for scan in decode.read(label.png())]
    return {scan.data.decode("latin-1") for scan in scans if scan.aim == "]d1"}


def test_what_came_with_the_software_is_approved_from_the_screen(app: Flask, world: World) -> None:
    """Six are founded with the demo; the other six wait on the page, until none does."""
    assert page(app, "documents", "/templates").text.count("Draft it") == len(LATER)
    assert "Draft it" not in page(app, "apheresis1", "/templates").text
    assert send(app, "apheresis1", "/templates/shipped/asset").status_code == 403
    assert send(app, "documents", "/templates/shipped/banner").status_code == 422
    approve(app, "asset")
    assert send(app, "documents", "/templates/shipped/asset").status_code == 409
    at = world.road.clock()
    assert world.database.read(lambda session: template_store.in_force(session, "asset", at)) is not None


def test_tags_cards_shippers_and_packs_come_out_of_a_printer(app: Flask, world: World, zebra: VirtualZebra) -> None:
    """Each by its own approved template and no other; without one nothing is ordered, and the page says who helps."""
    name = world.order(0, "h5_offer")
    send(app, "admin", "/printers", name="Room 2", address=zebra.address, stock="any", dpi="300")
    shipment = world.road.order(name).shipments[-1]
    send(app, "apheresis1", f"/orders/{name}/paper")
    found = re.search(r"PAK-[0-9A-Z]{12}", page(app, "apheresis1", f"/orders/{name}/paper").text)
    assert found is not None
    wanted = {
        "asset": (f"/tags/{world.road.machines['separator'][world.road.sites['collection']][0]}", "EQP-"),
        "command": ("/tags/CMD-CONFIRM", "CMD-CONFIRM"),
        "shipper": (f"/orders/{name}/shipments/{shipment.id}/label", shipment.shipper),
        "continuity_pack": (f"/orders/{name}/paper/{found[0]}/label", found[0]),
    }
    assert "No approved template: asset, shipper, command, continuity pack." in text(page(app, "apheresis1", "/tags"))

    for template, (address, _code) in wanted.items():
        assert "approved template in force" in text(send(app, "apheresis1", address)), template
        approve(app, template)
        assert "on its way to the printer" in text(send(app, "apheresis1", address)), template
    assert drain(app, world) == len(wanted)

    said = codes(zebra)
    assert all(any(one.startswith(code) for one in said) for _address, code in wanted.values()), said
    chain = world.database.read(lambda session: people.site(session, world.road.sites["collection"]).chain)
    entries = world.database.read(lambda session: ledger.entries(session, chain))
    ordered = [entry for entry in entries if entry.type == "tag.ordered"]
    assert [entry.stmt["template"] for entry in ordered] == list(wanted)
    assert send(app, "inspector", "/tags/CMD-CONFIRM").status_code == 403
    assert send(app, "apheresis1", "/tags/CMD-NOTHING").status_code == 404
    assert send(app, "apheresis1", f"/orders/{name}/shipments/SH-NONE/label").status_code == 404
    assert {identity.classify(identity.read(one.encode(), "]d1")) for one in said} == {
        "equipment", "command", "shipper", "pack",
    }  # fmt: skip


def test_a_thing_with_a_long_name_gets_its_tag(app: Flask, world: World, zebra: VirtualZebra) -> None:
    """Its code stands where its name does not fit; what cannot be drawn at all is refused while somebody looks."""
    send(app, "admin", "/printers", name="Room 2", address=zebra.address, stock="any", dpi="300")
    approve(app, "asset")
    code = str(identity.HouseCode.from_random("location", secrets.token_bytes))
    at, site = world.road.clock(), world.road.sites["collection"]

    def known(session: Session) -> None:
        admin, until = people.person(session, world.road.persons["admin"]), at + timedelta(days=90)
        name = "Freezer 4, lower shelf at the left wall"
        register(session, code=code, kind="location", site=site, label=name, qualified_until=until, by=admin, at=at)

    def too_long(session: Session) -> None:
        nurse = people.person(session, world.road.persons["apheresis1"])
        tag_actions.order_tag(session, nurse, site, code, {"name": "A", "kind": "K" * 18}, mark="", at=at)

    world.database.run(known)
    assert "on its way to the printer" in text(send(app, "apheresis1", f"/tags/{code}"))
    assert drain(app, world) == 1
    assert codes(zebra) == {code}
    with pytest.raises(Conflict, match="kind: expected at most 17 characters, got 18"):
        world.database.run(too_long)
    assert world.database.read(lambda session: queue_store.jobs(session, *queue_store.OPEN)) == ()


def test_a_small_container_wears_a_partial_label_where_its_stock_is_loaded(
    app: Flask, world: World, zebra: VirtualZebra
) -> None:
    """Approved, and its stock in the site's printer: the bag's label is drawn by it, with the same codes as ever."""
    name = world.order(0, "h2_schedule")
    send(app, "admin", "/printers", name="Room 2", address=zebra.address, stock="partial-96x38", dpi="300")
    approve(app, "partial_label")

    assert world.road.do(name, "h2_print").outcome == "accepted"

    made = {
        entry.stmt["design"]: entry.stmt["template"]
        for entry in world.road.entries(name)
        if entry.type == "label.intended"
    }
    assert made == {"wristband": "wristband", "collection_bag": "partial_label"}


def test_a_cryobag_takes_the_place_of_a_retired_design(app: Flask, world: World) -> None:
    """Quality approves the one and retires the other: the final bag's label is a cryobag's."""
    name = world.order(0, "h9_sample")
    approve(app, "cryobag")
    old = labels.shipped()["drug_product"].sha256[:12]
    assert "Retired." in text(send(app, "qa", f"/templates/{old}/retire", why="replaced", secret=PASSWORD))

    assert world.road.do(name, "h10_print").outcome == "accepted"

    known = world.database.read(lambda session: pieces.of_order(session, name))
    bag = next(piece for piece in known if piece.design == "product_bag")
    assert (bag.state, bag.template_sha256) == ("printed", labels.shipped()["cryobag"].sha256)
    assert world.database.read(printer_store.in_service) == ()
    assert world.database.read(lambda session: queue_store.jobs(session, *queue_store.OPEN)) == ()
