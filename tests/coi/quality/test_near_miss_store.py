"""Every chance of a near miss is one row of the register, and what became of it stands in the same row."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select

from coi import ledger
from coi.custody import actions, printing, station
from coi.custody import protocol_register as protocols
from coi.quality import near_miss_store as store
from coi.quality.near_misses import MEASURES, Rate, by, measure, only, pareto, rate
from tests.world import BEGAN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

    from coi.quality.near_misses import Cell
    from tests.conftest import MakeDatabase
    from tests.journeys import Story
    from tests.moments import MakeStory
    from tests.world import World


def register(world: World) -> tuple[Cell, ...]:
    """Return everything that the register of a world knows."""
    day = world.road.clock.now.date()
    sites = tuple(dict.fromkeys(world.road.sites.values()))
    return world.database.read(lambda s: store.cells(s, sites, day - timedelta(days=400), day + timedelta(days=400)))


def rates(cells: Sequence[Cell]) -> dict[str, Rate]:
    """Return every kind of near miss that happened."""
    return {one.name: found for one in MEASURES for found in [rate(one, cells)] if found.count}


def more(story: Story, first: tuple[Cell, ...], name: str) -> tuple[int, int]:
    """Return how many more near misses and chances there are than at first."""
    was, now = rate(measure(name), first), rate(measure(name), register(story.world))
    return now.count - was.count, now.of - was.of


def test_a_straight_road_has_chances_and_no_near_miss(after: MakeStory) -> None:
    """Every checkpoint passed is one chance with its step, site and product; nothing went wrong."""
    story = after("h17_reconcile")
    order = story.world.road.order(story.name)

    cells = register(story.world)

    mine = len([entry for entry in story.world.road.entries(story.name) if entry.type.startswith("custody.")])
    theirs = len([entry for entry in story.world.road.entries(story.other) if entry.type.startswith("custody.")])
    assert rates(cells) == {}
    assert rate(measure("refused"), cells) == Rate(0, mine + theirs)
    assert {cell.product for cell in cells} == {order.product}
    protocol = protocols.pinned(order.protocol_sha256)
    steps = {cell.checkpoint: (cell.handoff, cell.site) for cell in cells if cell.kind == "attempt"}
    done = {deed.checkpoint for deed in order.done}
    passed = [step for step in protocol.checkpoints if step.id in done]
    assert steps == {step.id: (step.handoff, order.site(step.site)) for step in passed}
    offering = {step.id for step in passed if any(one["do"] == "offer" for one in step.effects)}
    assert {cell.checkpoint for cell in cells if cell.kind == "offer"} == offering
    story.world.is_whole()


def test_refusals_are_counted_of_all_attempts(before: MakeStory) -> None:
    """Three refusals and one pass at a step are three of four there, with each reason once a refusal."""
    story = before("h7_accept")
    world, name = story.world, story.name
    first = register(world)
    theirs = world.road.order(story.other)
    bag = world.road.read_piece(
        world.road.piece(theirs, "container", theirs.of_kind("drug_product")[-1].id, "applied"), linear=False
    )

    world.road.do(name, "h7_accept", instead={"bag": bag})
    world.road.do(name, "h7_accept", instead={"bag": replace(bag, data=b"\xff")})
    world.road.do(name, "h7_accept", instead={"bag": replace(bag, data=b"\xfe")})
    world.road.do(name, "h7_accept")

    at_the_step = only(register(world), handoff="H7")
    refused = dict(by(measure("refused"), at_the_step, lambda cell: cell.checkpoint))
    before_it = dict(by(measure("refused"), only(first, handoff="H7"), lambda cell: cell.checkpoint))
    assert Rate(3, before_it["h7_accept"].of + 4) == refused["h7_accept"]
    assert (3, 4) == more(story, first, "refused")
    counts = {bar.reason: bar.rate.count for bar in pareto(measure("refused"), at_the_step)}
    assert counts["other_order"] == 1
    assert counts["unreadable"] == 2
    world.is_whole()


def test_a_typed_code_is_counted_even_where_it_is_refused(before: MakeStory) -> None:
    """A typed code is a near miss of its own kind, beside the refusal that it met."""
    story = before("h5_pack")
    world, name = story.world, story.name
    first = register(world)
    order = world.road.order(name)
    step = protocols.pinned(order.protocol_sha256).checkpoint("h5_pack")
    typed = {s.name: replace(world.road.scan_for(order, s, step), assurance="keyed") for s in step.slots}

    world.road.do(name, "h5_pack", instead=typed)

    assert (1, 1) == more(story, first, "keyed")
    assert (1, 1) == more(story, first, "refused")


def test_a_quarantine_is_no_refusal(before: MakeStory) -> None:
    """What was received into quarantine counts as that, and its hold as one that may be lifted."""
    story = before("h7_receive")
    world = story.world
    first = register(world)

    world.road.do(story.name, "h7_receive", values={"condition": "no_data"})

    assert (1, 1) == more(story, first, "quarantined")
    assert (0, 1) == more(story, first, "refused")
    assert (0, 1) == more(story, first, "lifted")
    assert 1 == world.lift_holds()
    assert (1, 1) == more(story, first, "lifted")
    (hold,) = [cell for cell in register(world) if cell.kind == "hold" and cell.outcome == "lifted"]
    assert (hold.handoff, hold.checkpoint, hold.reasons) == ("H7", "h7_receive", ("condition",))
    world.is_whole()


def test_a_reprint_is_counted_of_all_labels_with_its_reason(after: MakeStory) -> None:
    """The label that replaces another is a near miss, for the reason why the other one died."""
    story = after("h4_end")
    world = story.world
    first = register(world)
    order = world.road.order(story.name)
    piece = world.road.piece(order, "container", order.containers[0].id, "applied")
    deed = world.road.deed("collection_operator", order.site("collection"))

    auths = world.two(deed)
    world.database.run(
        lambda session: printing.reprint(session, deed, story.name, piece.id, "damaged", "destroyed", auths)
    )

    assert (1, 1) == more(story, first, "reprinted")
    (bar,) = pareto(measure("reprinted"), register(world))
    assert (bar.reason, bar.rate.count) == ("damaged", 1)
    world.is_whole()


def test_a_declined_offer_is_counted_of_all_offers_to_who_declines(after: MakeStory) -> None:
    """The offer stands at the step of who offered and the site of who declined; offered again, it is another chance."""
    story = after("h5_offer")
    world = story.world
    first = register(world)
    courier = world.road.sites["courier"]
    deed = world.road.deed("courier", courier)

    world.database.run(lambda session: actions.decline(session, deed, story.name, "seal_broken"))
    assert (1, 0) == more(story, first, "declined")
    world.road.do(story.name, "h5_offer")
    assert (1, 1) == more(story, first, "declined")

    declined = [cell for cell in register(world) if cell.outcome == "declined"]
    assert [(cell.site, cell.checkpoint, cell.reasons) for cell in declined] == [
        (courier, "h5_offer", ("seal_broken",))
    ]
    world.is_whole()


def test_a_scan_that_belongs_nowhere_is_counted_at_its_site(after: MakeStory) -> None:
    """It has no step and no product; its chances are all attempts at the site and all such scans."""
    story = after("h4_end")
    world = story.world
    first = register(world)
    site = world.road.sites["treatment"]
    deed = world.road.deed("ward_nurse", site)
    scan = replace(world.road.plain(world.road.shippers[0]), data=b"nonsense")

    world.database.run(lambda session: station.scan(session, deed, scan))

    assert (1, 1) == more(story, first, "unresolved")
    (cell,) = [cell for cell in register(world) if cell.kind == "scan"]
    assert (cell.site, cell.handoff, cell.product) == (site, "", "")
    world.is_whole()


def test_only_the_sites_and_days_asked_for(after: MakeStory) -> None:
    """Another site's near misses and another time's are not given."""
    story = after("h7_receive")
    world = story.world
    day = world.road.clock.now.date()
    courier = world.road.sites["courier"]

    found = world.database.read(lambda session: store.cells(session, (courier,), day - timedelta(days=60), day))
    nothing = world.database.read(
        lambda session: store.cells(session, (courier,), day + timedelta(days=1), day + timedelta(days=9))
    )

    assert {cell.site for cell in found} == {courier}
    assert nothing == ()
    assert world.database.read(lambda session: store.cells(session, (), day - timedelta(days=60), day)) == ()


def test_no_row_names_a_person_or_a_patient(after: MakeStory) -> None:
    """What is kept are codes, steps and places."""
    story = after("h17_reconcile")
    world = story.world
    order = world.road.order(story.name)
    names = {*world.road.persons.values(), order.patient, order.coi, order.lot}

    for table in store.PROJECTION.tables:
        for row in world.database.read(lambda session, t=table: session.execute(select(t)).all()):  # type: ignore[misc]
            assert not names & set(row)


def test_a_deed_pays_one_statement(before: MakeStory) -> None:
    """The register costs a refused attempt one insert, and nothing is read for it."""
    story = before("h3_begin")
    said: list[str] = []

    def hear(_c: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
        if "near_miss" in statement:
            said.append(statement.split(maxsplit=1)[0])

    event.listen(story.world.database.engine, "before_cursor_execute", hear)
    deed = story.world.road.actor(
        story.world.road.order(story.name), protocols.for_product("CRYO-CAR-T").checkpoint("h3_begin")
    )
    story.world.database.run(lambda session: actions.attempt(session, deed, story.name, "h3_begin", [], {}))

    assert said == ["INSERT"]


ROUND = {
    "a label's identity established again": ("accepted", {"do": "fact", "name": "re_established", "value": "P"}, 1),
    "a patient witnessed": ("accepted", {"do": "fact", "name": "identity_witnessed", "value": "now"}, 1),
    "given without verification": (
        "accepted",
        {"do": "fact", "name": "infused_without_verification", "value": "yes"},
        1,
    ),
    "released out of specification": ("accepted", {"do": "certify", "containers": [], "oos": True}, 1),
    "released": ("accepted", {"do": "certify", "containers": []}, 0),
    "another fact": ("accepted", {"do": "fact", "name": "suite", "value": "S"}, 0),
    "refused": ("blocked", {"do": "fact", "name": "re_established", "value": "P"}, 0),
}


@pytest.mark.parametrize(("outcome", "effect", "count"), ROUND.values(), ids=ROUND)
def test_a_governed_way_is_counted_where_it_was_taken(
    make_database: MakeDatabase, outcome: str, effect: dict[str, Any], count: int
) -> None:
    """A way round a stop counts by what its entry effects; refused, it was not taken."""
    database = make_database()
    common = {"id": ledger.new_id(), "actor": "U-1", "role": "", "order": "O-1", "site": "S-1", "handoff": "R9"}
    said: dict[str, Any] = {**common, "items": [], "reasons": [], "effects": [effect], "checkpoint": "r9_ward"}

    def work(session: Session) -> None:
        ledger.found(session, log="demo.invalid/coi", purpose="demo", at=BEGAN)
        chain = ledger.new_chain(session, "test", "T-1", at=BEGAN, by="test")
        stmt = {**said, "outcome": outcome, "at": ledger.instant(BEGAN)}
        store.PROJECTION.apply(session, ledger.record(session, chain, "custody.r9_ward", stmt, at=BEGAN))

    database.run(work)
    cells = database.read(lambda session: store.cells(session, ("S-1",), BEGAN.date(), BEGAN.date()))

    assert Rate(count, 1) == rate(measure("governed"), cells)
