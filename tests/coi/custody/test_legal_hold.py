"""Nobody erases what a court or an authority may need: quality keeps it by signature, and two lift it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coi import vault
from coi.app import PROJECTIONS, create_app
from coi.custody import erasure_actions
from coi.errors import Conflict, Malformed, NotPermitted
from coi.settings import Settings
from tests import wanderer
from tests import world as worlds
from tests.coi.custody.test_erasure import cancelled, erase
from tests.coi.custody.test_erasure_web import SECOND
from tests.coi.test_web import PAGE, mark, sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from coi.custody.deed import Deed
    from coi.ledger import Entry
    from tests.conftest import MakeDatabase
    from tests.world import World


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world."""
    return wanderer.quick(worlds.make(make_database(*PROJECTIONS), tmp_path))


def place(world: World, name: str, *logins: str, basis: str = "claim", deed: Deed | None = None) -> Entry:
    """Let quality of the hospital place a legal hold."""
    road = world.road
    frame = deed or road.deed("qa_reviewer", road.sites["treatment"])
    auths = [(road.login(login), road.secret) for login in logins or ("hospitalqa",)]
    return world.database.run(
        lambda session: erasure_actions.place_legal_hold(session, frame, road.order(name), basis, auths)
    )


def lift(world: World, name: str, hold: str, *logins: str) -> Entry:
    """Let persons of the hospital lift a legal hold."""
    road = world.road
    frame = road.deed("qa_reviewer", road.sites["treatment"])
    auths = [(road.login(login), road.secret) for login in logins]
    return world.database.run(
        lambda session: erasure_actions.lift_legal_hold(session, frame, road.order(name), hold, auths)
    )


def test_what_is_under_a_legal_hold_is_erased_only_after_two_have_lifted_it(world: World) -> None:
    """The refusal names basis, day and way out; placing and lifting are entries, and every table follows from them."""
    name = cancelled(world)
    patient = world.road.order(name).patient
    placed = place(world, name)
    other = place(world, name, basis="authority")

    with pytest.raises(Conflict, match=r"no legal hold, seen one since .* \(claim\)\. Quality lifts it on this page"):
        erase(world, name, "hospitalqa", "physician")
    with pytest.raises(Conflict, match="no legal hold on what is to be destroyed"):
        world.database.run(lambda session: vault.erase(session, patient))
    lift(world, name, str(placed.stmt["hold"]), "hospitalqa", "physician")
    with pytest.raises(Conflict, match="authority"):
        erase(world, name, "hospitalqa", "physician")
    lifted = lift(world, name, str(other.stmt["hold"]), "hospitalqa", "physician")

    assert (placed.type, len(placed.sig), placed.stmt["subject"]) == ("vault.legal_hold_placed", 1, patient)
    assert (lifted.type, len(lifted.sig), lifted.stmt["hold"]) == (
        "vault.legal_hold_lifted", 2, other.stmt["hold"],
    )  # fmt: skip
    erase(world, name, "hospitalqa", "physician")
    with pytest.raises(Conflict, match="data were erased"):
        place(world, name)
    world.is_whole()


def test_who_may_keep_and_who_may_lift(world: World) -> None:
    """Quality of the hospital that treats, on a basis of the list, once each; alone nobody lifts."""
    name, road = cancelled(world), world.road
    for deed in (
        road.deed("qa_reviewer", road.sites["manufacturing"]),
        road.deed("ward_nurse", road.sites["treatment"]),
        road.deed("courier", road.sites["courier"]),
    ):
        with pytest.raises(NotPermitted):
            place(world, name, deed=deed)
    with pytest.raises(Malformed):
        place(world, name, basis="because")
    hold = str(place(world, name).stmt["hold"])
    with pytest.raises(Conflict, match="seen one"):
        place(world, name)
    for logins in (("hospitalqa",), ("hospitalqa", "hospitalqa"), ("physician", "hospitalqa")):
        with pytest.raises(NotPermitted):
            lift(world, name, hold, *logins)
    with pytest.raises(Conflict, match="none of that name"):
        lift(world, name, "LH-000000000000", "hospitalqa", "physician")

    assert [one.id for one in world.database.read(lambda s: vault.legal_holds(s, road.order(name).patient))] == [hold]
    world.is_whole()


def test_a_legal_hold_is_placed_and_lifted_on_the_page(world: World, tmp_path: Path) -> None:
    """One password keeps, two let go; while it stands the page offers no erasure, and says why."""
    knobs = Settings(data=tmp_path, purpose="demo", argon2_kib=8, argon2_passes=1)
    app = create_app(knobs, database=world.database, clock=world.road.clock)
    name = cancelled(world)
    address = f"/orders/{name}/erasure"
    client, _ = sign_in(app, "hospitalqa")
    token = mark(client.get("/work", headers=PAGE))
    sent = iter(range(9))

    def send(to: str, **form: str) -> tuple[int, str]:
        data = {"csrf_token": token, "once": f"0190a1b2-0000-7000-8000-00000000000{next(sent)}", **SECOND, **form}
        reply = client.post(to, data=data, headers=PAGE, follow_redirects=True)
        return reply.status_code, reply.get_data(as_text=True)

    assert send(f"{address}/hold", why="claim", secret="wrong")[0] == 401
    status, page = send(f"{address}/hold", why="claim")
    assert (status, "A claim before a court" in page, "Sign and erase for ever" in page) == (200, True, False)
    assert send(address)[0] == 409
    (hold,) = world.database.read(lambda s: vault.legal_holds(s, world.road.order(name).patient))
    assert send(f"{address}/hold/{hold.id}", other="wrong")[0] == 401
    status, page = send(f"{address}/hold/{hold.id}")
    assert (status, "No legal hold stands" in page, "Sign and erase for ever" in page) == (200, True, True)
    world.is_whole()
