"""A hospital without a facility number collects: by GS1, or where it has no prefix of GS1 either, by labels of ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask_babel import Babel

from coi import identity, people
from coi.custody import order_screen, orders, reading
from coi.custody import protocol_register as protocols
from coi.custody.orders import NewOrder
from coi.errors import Malformed
from coi.labelling import store as pieces
from coi.labelling.drawing import LabelFacts, payload
from tests import wanderer, web_road
from tests.world import GTIN

if TYPE_CHECKING:
    from coi.custody.order import Container, Order
    from coi.custody.reading import Scanned
    from tests.moments import MakeStory
    from tests.world import World


@pytest.fixture
def world(before: MakeStory) -> World:
    """A founded world, in which two other patients have orders by ISBT 128: numbers 0 and 1."""
    return before("h1_submit").world


def bag_of(order: Order) -> Container:
    """Return the newest collected bag of an order."""
    return order.of_kind("starting_material")[-1]


def scan_of_bag(world: World, name: str, state: str = "applied") -> Scanned:
    """Return the scan of the square code of an order's newest collected bag."""
    order = world.road.order(name)
    return world.road.read_piece(world.road.piece(order, "container", bag_of(order).id, state), linear=False)


@pytest.mark.parametrize("scheme", ["gs1", "plain"])
def test_the_whole_road_from_such_a_hospital(world: World, scheme: str) -> None:
    """From the order to the books, by labels drawn, printed and read back; another patient's bag is refused on it.

    The chain of identity is plain, the bag's symbol says what is registered, and verify and rebuild find nothing.
    """
    world.label_by(scheme)
    name, other = world.order(2, "h4_end"), world.order(3, "h4_end")
    order, theirs = world.road.order(name), scan_of_bag(world, other)
    says = identity.summary(identity.read(scan_of_bag(world, name).data, scan_of_bag(world, name).aim))

    assert identity.CoiId(order.coi or "").scheme == "plain"
    if scheme == "gs1":
        assert (GTIN, bag_of(order).id, None) == (says.gtin, says.serial, says.coi)
        assert {"gtin": GTIN, "serial": bag_of(order).id} == dict(bag_of(order).keys)
    else:
        assert (order.coi, bag_of(order).id, None) == (str(says.coi), says.container, says.gtin)
        assert {"coi": order.coi} == dict(bag_of(order).keys)
    assert says.piece is not None
    done = world.road.do(name, "h5_pack", instead={"bag": theirs})
    assert ("blocked", True) == (done.outcome, "other_order" in world.codes(done))
    assert other not in done.entry.body.decode()
    world.lift_holds()

    world.road.carry(name, "h17_reconcile", world.patient(2))

    order = world.road.order(name)
    assert "RECONCILED" == order.state
    road = protocols.pinned(order.protocol_sha256).checkpoints
    assert [step.id for step in road if not step.side] == [deed.checkpoint for deed in order.done]
    world.is_whole()


LIES = {
    "gs1": {"gtin": "09506000134376", "serial": "C-7K3N9XB2CD4U", "expires": "2026-11-09"},
    "plain": {"container": "C-7K3N9XB2CD4U", "coi": "COI-7K3N9XB2CDL2"},
}
"""What a label could say instead: another article or serial, an expiry that was never set, another's container."""


@pytest.mark.parametrize("scheme", LIES)
def test_all_that_the_symbol_says_is_compared(world: World, scheme: str) -> None:
    """A label of the right piece that says anything else than what is registered is refused, and repeats nothing."""
    world = wanderer.quick(world)
    world.label_by(scheme)
    name = world.order(2, "h2_print")
    order, right = world.road.order(name), scan_of_bag(world, name, "printed")
    keys, piece = dict(bag_of(order).keys), identity.summary(identity.read(right.data, right.aim)).piece
    for field, lie in LIES[scheme].items():
        told = {"container": bag_of(order).id, "coi": order.coi or "", **keys, field: lie}
        until = told.pop("expires", None)
        facts = {"design": "collection_bag", "piece": str(piece), "expires": None, **told}
        forged = replace(right, data=payload(LabelFacts.from_json(facts)))
        if until is not None:
            day = date.fromisoformat(until)
            forged = replace(right, data=identity.compose_gs1(**keys, expires=day, piece=piece))

        done = world.road.do(name, "h3_begin", instead={"bag": forged}, patient=world.patient(2))

        assert "blocked" == done.outcome
        differs = [reason for reason in done.reasons if reason.code == "contents_differ"]
        assert [field] == [reason.expected.split()[0] for reason in differs]
        if field != "expires":  # a day tells nobody's
            assert lie not in differs[0].seen
            assert lie.encode() not in done.entry.body
        world.lift_holds()


@pytest.mark.parametrize("scheme", ["gs1", "plain"])
def test_several_bags_are_several_numbers(world: World, scheme: str) -> None:
    """Two bags of one collection differ in what their symbols say, and paperwork with such a number finds its order."""
    world = wanderer.quick(world)
    world.label_by(scheme)
    name = world.order(2, "h1_submit")
    planned = world.road.said(world.road.order(name), "h2_schedule")
    world.road.do(name, "h2_schedule", values={**planned, "bags": "2"})
    world.road.do(name, "h2_print")
    order = world.road.order(name)
    one, two = order.of_kind("starting_material")

    assert one.id != two.id
    if scheme == "gs1":
        assert [one.id, two.id] == [one.key("serial"), two.key("serial")]
        paper = replace(
            scan_of_bag(world, name, "printed"), data=identity.compose_gs1(gtin=GTIN, serial=one.id), aim="]d2"
        )
    else:
        paper = replace(scan_of_bag(world, name, "printed"), data=(order.coi or "").encode())
    item = world.database.read(lambda session: reading.make_sense(session, order, paper))
    assert ("paper", "own") == (item.klass, item.whose)


def test_a_new_label_after_the_collection_says_the_same_code(world: World) -> None:
    """The hour in which the bag expires is known by then and stands on it in words; no GS1 day rounds it up."""
    world = wanderer.quick(world)
    world.label_by("gs1")
    name = world.order(2, "h4_end")
    order = world.road.order(name)

    new = world.reprint(name, world.road.piece(order, "container", bag_of(order).id, "applied"))
    scan = world.road.read_piece(new, linear=False)

    says = identity.summary(identity.read(scan.data, scan.aim))
    assert bag_of(order).expires is not None
    assert (GTIN, bag_of(order).id, None) == (says.gtin, says.serial, says.expires)
    item = world.database.read(lambda session: reading.make_sense(session, order, scan))
    assert ("own", ()) == (item.whose, item.differs)


ONE_AFTER_THE_OTHER = {
    "a facility number comes": ("plain", "isbt128", "plain", {"coi"}),
    "GS1 goes": ("gs1", "plain", "plain", {"coi"}),
    "ISBT 128 goes to GS1": ("isbt128", "gs1", "gs1", {"gtin", "serial"}),
    "ISBT 128 goes": ("isbt128", "plain", "isbt128", {"coi"}),
}


def test_a_site_may_change_between_two_bags(world: World) -> None:
    """A chain of identity stays what it was; the next bag is labelled by the new scheme, where its message has a place.

    The road goes on with it.
    """
    world = wanderer.quick(world)
    for number, (first, then, kind, keys) in enumerate(ONE_AFTER_THE_OTHER.values(), start=2):
        world.label_by(first)
        name = world.order(number, "h3_begin")
        coi = world.road.order(name).coi
        world.label_by(then)

        world.road.do(name, "h4_abort")
        world.road.carry(name, "h3_begin", world.patient(number))

        order, scan = world.road.order(name), scan_of_bag(world, name)
        assert (coi, keys) == (order.coi, set(dict(bag_of(order).keys)))
        assert kind == identity.classify(identity.read(scan.data, scan.aim))
    world.is_whole()


def test_every_label_of_such_an_order_tells_its_piece(world: World) -> None:
    """Wristband, vessel, sample, product bag and cassette: each main code tells its piece; the product's stays GS1."""
    world = wanderer.quick(world)
    world.label_by("gs1")
    name = world.order(2, "h10_fill")
    printed = world.database.read(lambda session: pieces.of_order(session, name))
    kinds = {}
    for piece in printed:
        scan = world.road.read_piece(piece, linear=False)
        value = identity.read(scan.data, scan.aim)
        kinds[piece.design] = identity.classify(value)
        assert piece.id == str(identity.summary(value).piece)

    assert {"collection_bag", "product_bag"} == {design for design, kind in kinds.items() if kind == "gs1"}
    assert {"wristband", "vessel", "sample", "cassette"} == {d for d, kind in kinds.items() if kind == "plain"}


@pytest.mark.parametrize("scheme", ["gs1", "plain"])
def test_a_program_opens_and_collects_as_everywhere(world: World, scheme: str) -> None:
    """Over HTTP an order of such a hospital opens and its bag is collected; its keys are told as they are."""
    world = web_road.serve(world)
    world.label_by(scheme)

    name = world.order(2, "h4_end")

    assert isinstance(world.road, web_road.WebRoad)
    told = world.road.town.program("coordinator", "treatment").get(f"/orders/{name}").get_json()
    bags = [held for held in told["containers"] if held["kind"] == "starting_material"]
    assert [dict(bag_of(world.road.order(name)).keys)] == [held["keys"] for held in bags]
    assert told["coi"].startswith("COI-")


def test_what_cannot_collect_says_so_at_the_opening(world: World) -> None:
    """A site by GS1 from before such sites had a GTIN opens no order, and neither does one with a product's."""
    hospital = world.road.sites["collection"]
    deed = world.road.deed("coordinator", hospital)
    wish = NewOrder(world.patient(2), "CRYO-CAR-T", **world.road.parts("CRYO-CAR-T"))
    cases = (
        (
            None,
            "^Expected a collection site whose bags have a GTIN, seen one by GS1 without: an administrator gives it",
        ),
        ("09506000134376", "^Expected another GTIN for the collected bags than a product's, seen one for both"),
        ("09506000134369", "^Expected another GTIN for the collected bags than a product's, seen one for both"),
    )
    for gtin, told in cases:
        with pytest.MonkeyPatch.context() as patch:
            known = world.database.read(partial(people.site, site_id=hospital))
            patch.setattr(people, "site", lambda *_, known=known, gtin=gtin: replace(known, scheme="gs1", gtin=gtin))
            patch.setitem(orders.KINDS, "manufacturing", ("treatment",))
            patch.setitem(orders.KINDS, "courier", ("treatment",))
            patch.setitem(orders.KINDS, "depot", ("treatment",))
            with pytest.raises(Malformed, match=told):
                world.database.run(lambda session: orders.create(session, deed, wish))


def test_a_site_that_took_the_products_own_number_registers_no_bag(world: World) -> None:
    """Changed after the opening, it is refused where the bag would get its numbers; put right, the order goes on."""
    world = wanderer.quick(world)
    world.label_by("gs1")
    name = world.order(2, "h1_submit")
    known = world.database.read(partial(people.site, site_id=world.road.sites["collection"]))
    with pytest.MonkeyPatch.context() as patch:
        product = replace(known, gtin="09506000134376")
        patch.setattr(
            people, "site", lambda session, site_id: product if site_id == known.id else SITE(session, site_id)
        )

        refused = world.road.do(name, "h2_schedule")

    assert ("blocked", {"product_gtin"}) == (refused.outcome, world.codes(refused))
    assert world.road.order(name).of_kind("starting_material") == ()
    assert "accepted" == world.road.do(name, "h2_schedule").outcome
    assert GTIN == bag_of(world.road.order(name)).key("gtin")


def test_the_page_of_an_order_waits_for_no_number_that_never_comes(world: World) -> None:
    """A plain chain of identity never gets a donation number, though its site has one by now; another order does."""
    world = wanderer.quick(world)
    world.label_by("plain")
    plain = replace(world.road.order(world.order(2, "h2_schedule")), containers=())
    world.label_by("isbt128")
    screens = Flask(__name__)
    Babel(screens)

    with screens.test_request_context():
        told = [
            world.database.read(partial(order_screen._collected, order=order))  # noqa: SLF001 - one row of the page
            for order in (plain, replace(plain, coi=None))
        ]

    assert [("Collected under", "the chain of identity alone"), ("Donation number", "none yet")] == told


SITE = people.site
