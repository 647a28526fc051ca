"""A protocol counts once another person has signed it; an order moves to it by two signatures, or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from coi import ledger
from coi.app import PROJECTIONS
from coi.custody import forms, protocol_actions, protocol_register, protocol_store, store
from coi.custody.protocol_check import shipped_bytes
from coi.custody.protocol_reading import BadProtocol
from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted, Unknown
from coi.ledger import audit
from coi.people import CONSOLE
from tests import world as worlds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from coi.custody.protocol_store import Held
    from coi.ledger.entry import Entry
    from tests.conftest import MakeDatabase
    from tests.world import World

CRYO = shipped_bytes()["cryo_car_t.json"]
PRODUCT = "CRYO-CAR-T"


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world, in which the shipped protocols are approved."""
    return worlds.make(make_database(*PROJECTIONS), tmp_path)


def version(number: int, change: Callable[[dict[str, Any]], object] = lambda _raw: None) -> bytes:
    """Return a later version of the first shipped protocol."""
    raw = json.loads(CRYO)
    raw["version"] = number
    change(raw)
    return json.dumps(raw, ensure_ascii=False, indent=1).encode()


def propose(world: World, data: bytes, role: str = "doc_control") -> str:
    """Propose a protocol at the factory; return its hash."""
    deed = world.road.deed(role, world.road.sites["manufacturing"])
    return world.database.run(lambda session: protocol_actions.propose(session, deed, data))


def approve(world: World, sha256: str, role: str = "qa_reviewer", secret: str | None = None) -> Entry:
    """Approve a protocol at the factory."""
    site = world.road.sites["manufacturing"]
    deed, login = world.road.deed(role, site), world.road.login(world.road.cast[role, site][0])
    said = world.road.secret if secret is None else secret
    return world.database.run(lambda session: protocol_actions.approve(session, deed, sha256, login, said))


def retire(world: World, sha256: str, why: str = "faulty", role: str = "qa_reviewer") -> Entry:
    """Retire a protocol at the factory."""
    site = world.road.sites["manufacturing"]
    deed, login = world.road.deed(role, site), world.road.login(world.road.cast[role, site][0])
    return world.database.run(
        lambda session: protocol_actions.retire(session, deed, sha256, why, login, world.road.secret)
    )


def migrate(world: World, order: str, sha256: str, *roles: str) -> Entry:
    """Let persons of the treating hospital move an order, the first of them doing it."""
    site = world.road.sites["treatment"]
    deed = world.road.deed(roles[0], site)
    auths = [(world.road.login(world.road.cast[role, site][0]), world.road.secret) for role in roles]
    return world.database.run(lambda session: protocol_actions.migrate(session, deed, order, sha256, auths))


def held(world: World, sha256: str) -> Held:
    """Return a protocol as it is held."""
    return world.database.read(lambda session: protocol_store.held(session, sha256))


def test_the_shipped_protocols_are_in_force_once_signed(world: World) -> None:
    """Each is proposed by document control and approved by quality, and its bytes come back from the ledger."""
    known = {one.sha256: one for one in world.database.read(protocol_store.all_)}
    texts = {one.body.encode() for one in known.values()}

    assert set(shipped_bytes().values()) == texts
    assert {one.state for one in known.values()} == {"approved"}
    assert all(one.proposed_by != one.approved_by for one in known.values())
    for sha256, one in known.items():
        read = world.database.read(lambda session, sha=sha256: protocol_store.by_sha(session, sha))  # type: ignore[misc]
        assert (read.sha256, f"{read.id}/{read.version}") == (sha256, one.name)
        effective = world.database.read(lambda session, p=one.product: protocol_store.effective(session, p))  # type: ignore[misc]
        assert effective == read
    assert PRODUCT in dict(world.database.read(protocol_store.products))
    world.is_whole()


def test_the_next_version_supersedes_the_one_before(world: World) -> None:
    """Proposed it opens nothing; approved it serves its product, and the one before is superseded but still read."""
    before = world.database.read(lambda session: protocol_store.effective(session, PRODUCT))
    assert before is not None

    sha = propose(world, version(3, lambda raw: raw["limits"].update(wristband_to_bag_s=90)))
    assert held(world, sha).state == "proposed"
    assert world.database.read(lambda session: protocol_store.effective(session, PRODUCT)) == before
    entry = approve(world, sha)
    after = world.database.read(lambda session: protocol_store.effective(session, PRODUCT))

    assert after is not None
    assert (after.sha256, after.limits["wristband_to_bag_s"]) == (sha, 90)
    assert held(world, before.sha256).state == "superseded"
    assert world.database.read(lambda session: protocol_store.by_sha(session, before.sha256)) == before
    assert [(one["meaning"], one["role"]) for one in entry.sig] == [("approved", "qa_reviewer")]
    assert held(world, sha[:12]) == held(world, sha)
    world.is_whole()


def test_a_text_of_any_length_and_letters_stands_in_the_ledger(world: World) -> None:
    """It is split over as many entries as it needs, and what is put together again has the same hash."""
    data = version(3, lambda raw: raw["checkpoints"][0].update(title='Ändern – «é» 🩸 \\ " ' + "語" * 9_000))

    sha = propose(world, data)

    chain = world.database.read(ledger.installation).org_chain
    parts = [
        entry
        for entry in world.database.read(lambda session: ledger.entries(session, chain))
        if entry.type == "protocol.text" and entry.stmt["sha256"] == sha
    ]
    assert len(parts) > 10
    assert held(world, sha).body.encode() == data
    world.is_whole()


def test_who_proposed_cannot_approve(world: World) -> None:
    """One person is never both sides, whatever roles that person holds; a stranger's role and secret do not count."""
    sha = propose(world, version(3), role="qa_reviewer")

    with pytest.raises(NotPermitted, match="Expected another person than who proposed it, seen the same"):
        approve(world, sha)
    with pytest.raises(NotPermitted, match="Expected doc_control or qa_reviewer at"):
        approve(world, sha, role="mfg_operator")
    with pytest.raises(NotAuthenticated):
        approve(world, sha, role="doc_control", secret="wrong-secret-1")
    assert held(world, sha).state == "proposed"
    approve(world, sha, role="doc_control")
    with pytest.raises(Conflict, match="Expected a protocol that waits for approval, seen one that is approved"):
        approve(world, sha, role="doc_control")


def test_only_a_sound_and_new_protocol_is_proposed(world: World) -> None:
    """Every fault is named and nothing written; the same bytes, an older or equal version are refused."""
    count = world.database.read(ledger.count)

    def empty(raw: dict[str, Any]) -> None:
        raw["limits"]["wristband_to_bag_s"] = 86_400
        raw["checkpoints"][3]["sign"] = None

    with pytest.raises(BadProtocol) as told:
        propose(world, version(3, empty))
    assert len(str(told.value).splitlines()) == 2
    with pytest.raises(Conflict, match="Expected a protocol that is new, seen"):
        propose(world, CRYO)
    with pytest.raises(Conflict, match="Expected a version of cryo-car-t after 2, seen 1"):
        propose(world, version(1))
    with pytest.raises(Malformed, match="Expected a title of at most 200 printable characters, seen 201"):
        propose(world, version(3, lambda raw: raw.update(title="x" * 201)))
    with pytest.raises(NotPermitted):
        propose(world, version(3), role="mfg_operator")
    assert count == world.database.read(ledger.count)


def test_one_product_has_one_protocol(world: World) -> None:
    """Another protocol for a product waits until the one in force is retired; a later version shuts out an older."""
    other = propose(world, version(1, lambda raw: raw.update(id="cryo-other")))
    with pytest.raises(Conflict, match="Expected one protocol for CRYO-CAR-T, seen cryo-car-t/2 in force"):
        approve(world, other)
    second, third = propose(world, version(3)), propose(world, version(4))
    approve(world, third)
    with pytest.raises(Conflict, match="Expected a version after those that were approved, seen cryo-car-t/4"):
        approve(world, second)

    retire(world, third, "replaced")
    assert world.database.read(lambda session: protocol_store.effective(session, PRODUCT)) is None
    approve(world, other)

    effective = world.database.read(lambda session: protocol_store.effective(session, PRODUCT))
    assert effective is not None
    assert effective.id == "cryo-other"
    world.is_whole()


def test_a_retired_protocol_opens_nothing_and_stays_readable(world: World) -> None:
    """It is retired once, for a reason of the list, by signature; orders that pinned it still find it."""
    (cryo,) = [one for one in world.database.read(protocol_store.all_) if one.product == PRODUCT]

    with pytest.raises(Malformed, match="Expected one of"):
        retire(world, cryo.sha256, "boredom")
    with pytest.raises(NotPermitted):
        retire(world, cryo.sha256, role="mfg_operator")
    entry = retire(world, cryo.sha256)

    assert entry.stmt["reason"] == "faulty"
    assert held(world, cryo.sha256).state == "retired"
    assert world.database.read(lambda session: protocol_store.effective(session, PRODUCT)) is None
    assert world.database.read(lambda session: protocol_store.by_sha(session, cryo.sha256)).id == "cryo-car-t"
    with pytest.raises(Conflict, match="Expected a protocol that is not retired, seen one that is"):
        retire(world, cryo.sha256)
    world.is_whole()


def test_the_console_may_propose_and_never_approve(world: World) -> None:
    """What the console proposes waits for a person's signature."""
    at = world.road.clock()
    sha = world.database.run(lambda session: protocol_actions.propose_at_console(session, version(3), at))

    assert (held(world, sha).proposed_by, held(world, sha).state) == (CONSOLE, "proposed")
    approve(world, sha, role="doc_control")
    world.is_whole()


def test_a_changed_text_is_no_protocol(world: World) -> None:
    """A hand in the table is seen at the next reading: the hash of the text is not the one that was pinned."""
    sha = propose(world, version(3, lambda raw: raw["limits"].update(thaw_to_infusion_min=30)))
    table = protocol_store.protocol_table
    changed = held(world, sha).body.replace("30", "99")
    world.database.run(lambda session: session.execute(update(table).where(table.c.sha256 == sha).values(body=changed)))

    with pytest.raises(Unknown, match=f"Expected the text of protocol {sha[:12]}, seen another with SHA-256"):
        world.database.read(lambda session: protocol_store.by_sha(session, sha))
    assert {one.table for one in audit.rebuild_check(world.database, PROJECTIONS)} == {"protocol"}


@pytest.mark.parametrize("name", ["", "abc", "%%%%%%%%%%%%", "f" * 64])
def test_a_protocol_is_found_by_its_hash_alone(world: World, name: str) -> None:
    """Too short, a pattern, or a hash of nothing: there is no such protocol."""
    with pytest.raises(Unknown, match="Expected a protocol by 12 or more characters of its SHA-256"):
        world.database.read(lambda session: protocol_store.held(session, name))


def test_an_order_moves_to_another_version_by_two_signatures(world: World) -> None:
    """Quality and a physician or coordinator of the treating hospital sign one entry on the order's chain."""
    order = world.order(0, "h3_begin")
    sha = propose(world, version(3))
    with pytest.raises(Conflict, match="Expected a version that is approved, seen one that is proposed"):
        migrate(world, order, sha, "coordinator", "qa_reviewer")
    approve(world, sha)

    entry = migrate(world, order, sha, "coordinator", "qa_reviewer")

    stmt = worlds.said(entry)
    assert entry.type == "order.protocol_migrated"
    assert (stmt["order"], stmt["protocol"], stmt["protocol_sha256"]) == (order, "cryo-car-t/3", sha)
    assert {one["role"] for one in entry.sig} == {"coordinator", "qa_reviewer"}
    assert len({one["person"] for one in entry.sig}) == 2
    world.is_whole()


@pytest.mark.parametrize(
    "roles",
    [("qa_reviewer",), ("coordinator", "physician"), ("qa_reviewer", "qa_reviewer"), ("ward_nurse", "coordinator")],
)
def test_other_signatures_do_not_move_an_order(world: World, roles: tuple[str, ...]) -> None:
    """One alone, two without quality, one person twice, another role: refused, and nothing is written."""
    order = world.order(0, "h3_begin")
    sha = propose(world, version(3))
    approve(world, sha)
    count = len(world.road.entries(order))

    with pytest.raises((NotPermitted, Conflict)):
        migrate(world, order, sha, *roles)

    assert len(world.road.entries(order)) == count


def test_an_order_is_moved_by_its_own_sites_and_only_where_it_may(world: World) -> None:
    """Somebody else's site has no say; what stands against the change is told at once."""
    order = world.order(0, "h3_begin")
    sha = propose(world, version(3, lambda raw: raw["product"].update(code="OTHER")))
    approve(world, sha)

    with pytest.raises(Conflict, match="Expected another version of cryo-car-t for CRYO-CAR-T, seen cryo-car-t 3"):
        migrate(world, order, sha, "coordinator", "qa_reviewer")
    stranger = world.road.deed("coordinator", world.road.sites["treatment"])
    elsewhere = type(stranger)(by=stranger.by, site="S-ELSEWHERE", at=stranger.at)
    with pytest.raises(NotPermitted, match="Expected a site that takes part in this order, seen another"):
        world.database.run(lambda session: protocol_actions.migrate(session, elsewhere, order, sha, ()))


def of_before(raw: dict[str, Any]) -> None:
    """Make the text of today the one of the version before, which did not know that anything turns up."""
    for step in raw["checkpoints"]:
        for value in step["values"]:
            if "turned_up" in value.get("choices", ()):
                value["choices"].remove("turned_up")


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a fresh process, which has learnt no protocol."""
    monkeypatch.setattr(protocol_register, "_learnt", {})
    monkeypatch.setattr(protocol_store, "_read", {})


def test_what_was_pinned_before_the_form_grew_is_read_and_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order goes on by the text that it pinned, though today's form asks for more; the new text comes above it."""
    shipped = world.database.read(lambda session: protocol_store.effective(session, PRODUCT))
    assert shipped is not None
    with pytest.raises(BadProtocol, match="expected the statement why as the form has it"):
        propose(world, version(1, of_before))

    with monkeypatch.context() as then:  # the form was the text itself
        then.setattr(forms, "faults", lambda *_: ())
        old = propose(world, version(3, of_before))
        approve(world, old)
    forget(monkeypatch)
    order = world.order(0, "h2_print")
    assert world.road.order(order).protocol_sha256 == old
    world.road.carry(order, "h3_begin", world.patient(0))
    new = propose(world, version(4))
    approve(world, new)

    assert world.road.order(world.order(1)).protocol_sha256 == new
    assert world.road.order(order).protocol_sha256 == old
    forget(monkeypatch)
    world.is_whole()


def test_a_fresh_process_rebuilds_orders_of_a_protocol_that_is_not_shipped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The replay comes to orders before it comes to their protocol, and needs none of it to show them."""
    approve(world, propose(world, version(3)))
    names = [world.order(number, "h2_print") for number in range(4)]

    forget(monkeypatch)
    assert audit.rebuild_check(world.database, PROJECTIONS) == []
    table = store.order_table
    world.database.run(lambda session: session.execute(update(table).values(state="DRAFT")))
    forget(monkeypatch)
    assert len(audit.rebuild(world.database, PROJECTIONS)) == len(names)
    world.is_whole()
