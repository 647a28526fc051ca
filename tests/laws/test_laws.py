"""The ten laws of the house, each by its own name: here the shortest proof, beside it where the long one stands."""

from __future__ import annotations

import ast
import inspect
from dataclasses import replace
from importlib import import_module, resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, text

from coi import ledger, people
from coi.app import PROJECTIONS
from coi.custody import actions, station
from coi.custody import protocol_register as protocols
from coi.custody import store as custody
from coi.custody.verdict import Accepted, Refused, decide
from coi.db import RuleBroken, metadata
from coi.labelling import store as labelling
from tests.coi.custody import paper
from tests.world import said

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry
    from tests.moments import MakeStory

ROOT = Path(__file__).parents[2]
MATERIAL = {"container", "wristband"}
PURE = (
    "asked", "effects", "fold", "forms", "gates", "order", "protocol", "reasons", "shapes", "steps", "verdict",
)  # fmt: skip


def test_law_1_no_false_accept() -> None:
    """Another order's label is accepted nowhere, whoever acts, and nothing scanned is never "checked".

    At length: tests/coi/custody/test_cross_product.py, test_verdict.py, tests/stories/test_mix_ups.py.
    """
    for step in paper.STEPS:
        right = replace(paper.asked(step), by=paper.everybody())
        for slot in right.checkpoint.slots:
            theirs = paper.foreign(paper.road(1)[2][0], right.at)
            for scans in ((), (theirs,), (paper.scanned(right, slot.name), theirs)):
                if slot.optional and not scans:
                    continue  # what may be left out was not left unchecked: what is scanned there is
                verdict = decide(paper.swapped(right, slot.name, *scans), paper.fresh(step))
                clean = isinstance(verdict, Accepted) and not verdict.quarantine
                assert not clean, (step, slot.name, scans)
    assert list(inspect.signature(decide).parameters) == ["asked", "fresh"]  # and none that could override


def test_law_2_a_refusal_is_an_answer(before: MakeStory) -> None:
    """One entry with reasons, person, device and scans; what it causes names it; unreadable is judged, not an error.

    At length: tests/stories/test_mix_ups.py, test_holds.py, test_station.py.
    """
    story = before("h7_accept")
    road, name = story.world.road, story.name
    order = road.order(story.other)
    theirs = road.read_piece(road.piece(order, "wristband", None, "applied"), linear=False)
    step = protocols.pinned(order.protocol_sha256).checkpoint("h7_accept")
    bag = road.scan_for(road.order(name), step.slots[0], step)
    road.hand_in_traces(road.order(name))
    count = len(road.entries(name))

    deed = road.actor(road.order(name), step)
    story.world.database.run(lambda session: actions.attempt(session, deed, name, step.id, [bag, theirs], {}))
    road.do(name, step.id, instead={"bag": replace(bag, data=b"\xff")})

    refusal, hold, deviation, unread = road.entries(name)[count:]
    types = [entry.type for entry in (refusal, hold, deviation, unread)]
    assert types == ["custody.h7_accept", "hold.placed", "deviation.opened", "custody.h7_accept"]
    assert said(refusal)["outcome"] == said(unread)["outcome"] == "blocked"
    assert {reason["code"] for reason in said(refusal)["reasons"]} >= {"other_order"}
    assert {reason["code"] for reason in said(unread)["reasons"]} >= {"unreadable"}
    assert said(refusal)["actor"] == deed.by.id
    assert {"device", "items", "site", "role", "at"} <= said(refusal).keys()
    for follows in (hold, deviation):
        assert said(follows)["cause"] == {"chain": refusal.chain, "seq": refusal.seq}
        assert follows.at == refusal.at


@pytest.mark.parametrize("attack", ["UPDATE ledger_entry SET body = body", "DELETE FROM ledger_entry"])
def test_law_3_append_never_mutate(before: MakeStory, attack: str) -> None:
    """The database itself refuses to change or delete an entry.

    At length: tests/coi/ledger/test_guards.py, tests/attacks/test_tamper.py.
    """
    story = before("h3_begin")
    with pytest.raises(Exception, match=r"append|only|ledger"):
        story.world.database.run(lambda session: session.execute(text(attack)))
    story.world.is_whole()


def test_law_4_the_line_between_entries_and_stores(after: MakeStory) -> None:
    """Each table is a projection that rebuilds byte-equal, or is named with its reason in docs/stores.md, not both."""
    story = after("h12_offer")
    projected = {table.name for projection in PROJECTIONS for table in projection.tables}
    page = (ROOT / "docs" / "stores.md").read_text(encoding="utf-8")

    assert {name for name in metadata.tables if f"`{name}`" not in page} == projected
    story.world.is_whole()


def test_law_5_every_interval_has_one_custodian(before: MakeStory) -> None:
    """Offered, custody stays with the giver; only the receiver's acceptance moves it.

    At length: tests/coi/custody/test_order.py, tests/stories/test_handoffs.py, tests/attacks/test_race.py.
    """
    story = before("h5_offer")
    road, name = story.world.road, story.name
    giver = road.order(name).custodian

    offered = road.do(name, "h5_offer").order
    taken = road.do(name, "h5_accept").order

    assert (offered.custodian, offered.offer is not None) == (giver, True)
    assert (taken.custodian, taken.offer) == (taken.site("courier"), None)


def test_law_6_one_order_per_container(before: MakeStory) -> None:
    """The schema itself refuses one container in two orders, and a label of one order on another's container."""
    story = before("h12_pack")
    ours, theirs = (story.world.road.order(name) for name in (story.name, story.other))
    held = theirs.containers[0]
    row = {"container": held.id, "order_id": ours.id, "chain_id": ours.chain, "kind": held.kind, "state": "x"}
    piece = {
        "piece": "000000000001", "order_id": ours.id, "chain_id": ours.chain, "role": "container",
        "container": held.id, "design": "vessel", "state": "printed", "payload_sha256": "00" * 32,
    }  # fmt: skip

    for table, values in ((custody.container_table, row), (labelling.piece_table, piece)):
        with pytest.raises(RuleBroken):
            story.world.database.run(lambda session, t=table, v=values: session.execute(insert(t).values(v)))  # type: ignore[misc]
    story.world.is_whole()


def pure_sources() -> dict[str, str]:
    """Return the source of every module that holds rules."""
    checks = resources.files("coi.custody.checks")
    names = [f"coi.custody.{name}" for name in PURE]
    names += [f"coi.custody.checks.{Path(str(each)).stem}" for each in checks.iterdir() if str(each).endswith(".py")]
    names += [
        "coi.quality.holds",
        "coi.quality.near_misses",
        "coi.quality.near_miss_trend",
        "coi.shipping.shipment",
        "coi.labelling.pieces",
        "coi.equipment.register",
    ]
    return {name: inspect.getsource(import_module(name.removesuffix(".__init__"))) for name in names}


@pytest.mark.parametrize("source", pure_sources().values(), ids=pure_sources())
def test_law_7_rules_are_pure(source: str) -> None:
    """No rule asks a clock, a session, a request or chance: it imports none of them and calls no ``now``.

    At length: the import contracts of pyproject.toml.
    """
    tree = ast.parse(source)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}

    assert not {name.split(".")[0] for name in imported} & {"time", "random", "secrets", "flask", "sqlalchemy", "os"}
    assert not {name for name in imported if name.endswith((".store", ".actions", ".web", "coi.db"))}
    assert not called & {"now", "utcnow", "today", "urandom"}


def test_law_7_the_same_question_has_the_same_answer() -> None:
    """Asked twice, and in between others: the answer does not change."""
    first = [decide(paper.asked(step), paper.fresh(step)) for step in paper.STEPS]
    again = [decide(paper.asked(step), paper.fresh(step)) for step in reversed(paper.STEPS)]

    assert first == again[::-1]


@pytest.mark.parametrize("missing", ["items", "values", "device_state", "site"])
def test_law_8_fail_closed(missing: str) -> None:
    """A fact that is missing refuses wherever it counts; it is never taken for no, zero or in range."""
    nothing: dict[str, Any] = {"items": (), "values": {}, "device_state": None, "site": ""}
    for step in paper.STEPS:
        right = paper.asked(step)
        asked = replace(right, facts=replace(right.facts, **{missing: nothing[missing]}))
        if asked == right or (missing == "device_state" and not right.facts.items):
            continue
        assert isinstance(decide(asked, paper.fresh(step)), Refused), (missing, step)


def test_law_8_narrowly(before: MakeStory) -> None:
    """A hold on one order's cells does not stop another order that stands right beside it."""
    story = before("h12_pack")
    road = story.world.road
    order = road.order(story.name)
    step = protocols.pinned(order.protocol_sha256).checkpoint("h12_pack")
    theirs = road.order(story.other)
    piece = road.piece(theirs, "wristband", None, "applied")
    scans = [*(road.scan_for(order, slot, step) for slot in step.slots), road.read_piece(piece, linear=False)]
    deed = road.actor(order, step)
    story.world.database.run(lambda session: actions.attempt(session, deed, story.name, step.id, scans, {}))

    assert "held" in story.world.codes(road.do(story.name, "h12_pack"))
    assert road.carry(story.other, "h12_pack", story.world.patient(1)).did("h12_pack") is not None


def test_law_9_no_personal_data_outside_the_vault(before: MakeStory) -> None:
    """Another's label, a badge, a patient's card: the entry has class, length and commitment, never the bytes.

    At length: tests/attacks/test_canary.py.
    """
    story = before("h7_accept")
    road, name = story.world.road, story.name
    order = road.order(story.other)
    piece = road.piece(order, "container", order.of_kind("drug_product")[-1].id, "applied")
    theirs = road.read_piece(piece, linear=False)

    done = road.do(name, "h7_accept", instead={"bag": theirs})

    (line,) = said(done.entry)["items"]
    held = {"class", "whose", "aim", "source", "assurance", "trust", "at", "length", "commitment", "tail"}
    assert line.keys() == held
    assert line["tail"] == piece.id[-4:]
    for secret in (piece.id, order.id, order.patient, order.coi, order.lot):
        assert str(secret).encode() not in done.entry.body
    assert theirs.data not in done.entry.body


class Breaks:
    """A projection that fails at a hold: the last of the entries that one refusal makes."""

    name = "breaks"
    tables = ()

    def apply(self, session: Session, entry: Entry) -> None:
        """Fail."""
        if entry.type == "hold.placed":
            raise ArithmeticError(f"{entry.type} on purpose, {session.info['node']}")


def test_law_10_one_transaction(before: MakeStory) -> None:
    """Where the last thing that follows from a deed fails, nothing of the deed is there."""
    story = before("h7_accept")
    road, database = story.world.road, story.world.database
    order = road.order(story.other)
    theirs = road.read_piece(road.piece(order, "wristband", None, "applied"), linear=False)
    step = protocols.pinned(order.protocol_sha256).checkpoint("h7_accept")
    bag = road.scan_for(road.order(story.name), step.slots[0], step)
    deed = road.actor(road.order(story.name), step)
    entries = len(road.entries(story.name))
    database.projections = (*PROJECTIONS, Breaks())

    with pytest.raises(ArithmeticError):
        database.run(lambda session: actions.attempt(session, deed, story.name, step.id, [bag, theirs], {}))

    database.projections = PROJECTIONS
    assert len(road.entries(story.name)) == entries
    assert road.order(story.name).refused == 0
    story.world.is_whole()


def test_law_10_a_trigger_pulled_twice_is_one_deed(before: MakeStory) -> None:
    """The last scan of a step, twice within a moment: one entry of the step.

    At length: tests/attacks/test_race.py, tests/coi/custody/api/test_once.py.
    """
    story = before("h5_pack")
    road = story.world.road
    order = road.order(story.name)
    step = protocols.pinned(order.protocol_sha256).checkpoint("h5_pack")
    scans = [road.scan_for(order, slot, step) for slot in step.slots]
    deed = road.actor(order, step)

    for scan in (*scans, scans[-1], scans[-1]):
        story.world.database.run(lambda session, s=scan: station.scan(session, deed, s))  # type: ignore[misc]

    assert [entry.type for entry in road.entries(story.name)].count("custody.h5_pack") == 1
    site = story.world.database.read(lambda session: people.site(session, deed.site).chain)
    chain = story.world.database.read(lambda session: ledger.entries(session, site))
    assert "scan.unresolved" not in [entry.type for entry in chain]
