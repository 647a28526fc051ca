"""An entry is recorded once, behind the newest of its chain, whoever else records at the same moment."""

from __future__ import annotations

import re
import threading
import uuid
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from coi import ledger
from coi.errors import Conflict, KeyReused, Malformed, Unknown
from coi.ledger import audit
from coi.ledger.entry import ZERO, Head, NotAnEntry, NotCanonical
from coi.ledger.store import ledger_head, ledger_pending
from tests import ledgers
from tests.ledgers import AT, LOG, Bags, deed, found, open_chain, stmt, toy

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from coi.db import Database
    from tests.conftest import MakeDatabase


def _together(times: int, work: Callable[[int], object]) -> list[object]:
    """Do *work* in *times* threads that start at the same moment; return what each gave or raised."""
    results: list[object] = [None] * times
    gate = threading.Barrier(times)

    def one(number: int) -> None:
        gate.wait()
        try:
            results[number] = work(number)
        except Exception as error:  # noqa: BLE001  the test looks at it
            results[number] = error

    threads = [threading.Thread(target=one, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_founding(database: Database) -> None:
    """An installation is founded once: its log, its purpose, and a chain of the organisation that begins with both."""
    with pytest.raises(Unknown, match=r"^This database is not founded yet: it has neither log origin nor purpose\.$"):
        database.read(ledger.installation)
    chain = found(database, "demo")

    seen = database.read(ledger.installation)
    first = database.read(lambda session: ledger.entry(session, chain, 1))

    assert (LOG, "demo", chain) == (seen.log, seen.purpose, seen.org_chain)
    assert ("chain.opened", LOG, 1, ZERO) == (first.type, first.log, first.seq, first.prev)
    told = {"actor": "system", "kind": "organization", "outcome": "noted", "purpose": "demo", "ref": seen.id}
    assert {**told, "id": first.id, "at": ledger.instant(AT)} == first.stmt
    with pytest.raises(Conflict, match=f"^This database is founded already, as {LOG} for demo\\.$"):
        found(database)
    assert 1 == database.read(ledger.count)


@pytest.mark.parametrize(
    ("log", "purpose", "words"),
    [
        ("https://a", "demo", "Expected a log origin like coi.example.org/acme-1, seen 'https://a'."),
        (LOG, "play", "Expected a purpose of production, training, demo, seen 'play'."),
    ],
)
def test_founding_in_other_words(database: Database, log: str, purpose: str, words: str) -> None:
    """An origin that is none and a purpose that is unknown found nothing."""
    with pytest.raises(Malformed) as refusal:
        database.run(lambda session: ledger.found(session, log=log, purpose=purpose, at=AT))

    assert words == str(refusal.value)
    assert 0 == database.read(ledger.count)


def test_two_found_at_once(database: Database) -> None:
    """Of eight who found at the same moment one does; the others are told that it is done."""
    results = _together(8, lambda _: found(database))

    assert 7 == sum(isinstance(result, Conflict) for result in results)
    assert 1 == database.read(ledger.count)


def test_recording(database: Database) -> None:
    """Entries follow one another by number and hash, and the head, the outbox and the reads tell of them."""
    org = found(database)
    chain = open_chain(database, "COI-7")
    first, second = deed(database, chain, bag="B-1"), deed(database, chain, bag="B-2")

    def look(session: Session) -> tuple[Any, ...]:
        pending = [tuple(row) for row in session.execute(select(ledger_pending).order_by(ledger_pending.c.id))]
        return ledger.entries(session, chain), ledger.head(session, chain), pending

    entries, head, pending = database.read(look)
    assert re.fullmatch("[a-z2-7]{26}", chain)
    assert [1, 2, 3] == [entry.seq for entry in entries]
    assert [ZERO, entries[0].hash, first.hash] == [entry.prev for entry in entries]
    assert [first, second] == entries[1:]
    assert {"kind": "order", "ref": "COI-7", "actor": "P-1"}.items() <= entries[0].stmt.items()
    assert second.head == head == Head(chain, 3, second.hash)
    assert [(org, 1), (chain, 1), (chain, 2), (chain, 3)] == [(row[1], row[2]) for row in pending]
    assert bytes.fromhex(second.hash) == pending[-1][3]
    assert "n1" == second.node


def test_reading_back(database: Database) -> None:
    """Entries are read by number, from a number on, and newest first page by page; what is not there is unknown."""
    found(database)
    chain = open_chain(database)
    made = [deed(database, chain, n=number) for number in range(5)]

    def look(session: Session) -> list[object]:
        page = ledger.recent(session, 3)
        return [
            ledger.entry(session, chain, 3) == made[1],
            [entry.seq for entry in ledger.entries(session, chain, after=2, limit=2)],
            [entry.seq for entry in page],
            [entry.seq for entry in ledger.recent(session, 3, page[-1].id)],
        ]

    assert [True, [3, 4], [6, 5, 4], [3, 2, 1]] == database.read(look)
    with pytest.raises(Unknown, match=f"^There is no entry 7 of chain {chain}\\.$"):
        database.read(lambda session: ledger.entry(session, chain, 7))
    for question in (ledger.head, ledger.lock):
        with pytest.raises(Unknown, match=r"^There is no chain nowhere\.$"):
            database.run(partial(lambda ask, session: ask(session, "nowhere"), question))


def test_several_entries_in_one_work(database: Database) -> None:
    """A deed and what it causes are entries of one transaction: all of them or none."""
    found(database)
    one, other = open_chain(database), open_chain(database)

    def work(session: Session) -> None:
        for chain in (*sorted((one, other)), one):
            ledger.lock(session, chain)
            ledger.record(session, chain, "bag.moved", stmt(), at=AT)
            newest = ledger.record(session, chain, "hold.placed", stmt(), at=AT)
            assert newest.head == ledger.head(session, chain)

    def fails(session: Session) -> None:
        work(session)
        raise LookupError

    database.run(work)
    with pytest.raises(LookupError):
        database.run(fails)

    assert [5, 3] == database.read(lambda session: [ledger.head(session, chain).seq for chain in (one, other)])
    assert database.read(audit.fsck).ok


def test_what_is_no_entry_is_not_recorded(database: Database) -> None:
    """A statement outside the profile, or without what it must say, leaves nothing behind."""
    found(database)
    chain = open_chain(database)

    with pytest.raises(NotCanonical, match="Expected keys of 1 to 40 characters"):
        deed(database, chain, Bag=1)
    with pytest.raises(NotAnEntry, match="Expected actor to be text"):
        database.run(lambda session: ledger.record(session, chain, "a.b", {"id": ledger.new_id()}, at=AT))

    assert 1 == database.read(lambda session: ledger.head(session, chain)).seq


def test_a_statement_is_one_entry(database: Database) -> None:
    """The same statement is not recorded a second time, on whatever chain."""
    found(database)
    one, other = open_chain(database), open_chain(database)
    said = stmt()
    database.run(lambda session: ledger.record(session, one, "a.b", said, at=AT))

    for chain in (one, other):
        with pytest.raises(ledger.AlreadyRecorded) as refusal:
            database.run(partial(ledger.record, chain=chain, type="a.b", stmt=said, at=AT))
        assert f"The statement {said['id']} is recorded already." == str(refusal.value)
    assert [2, 1] == database.read(lambda session: [ledger.head(session, chain).seq for chain in (one, other)])


def test_projections_are_told(make_database: MakeDatabase) -> None:
    """Every wired projection is told of each entry in the same transaction; if it fails, nothing is recorded."""
    told: list[tuple[str, str]] = []

    class Fails:
        name = "fails"
        tables = ()

        def apply(self, session: Session, entry: ledger.Entry) -> None:
            """Note the entry; fail on a bad bag."""
            assert session.in_transaction()
            told.append((entry.chain, entry.type))
            if entry.stmt.get("bag") == "bad":
                raise LookupError

    database = make_database(Fails())
    org = found(database)
    chain = open_chain(database)
    deed(database, chain, bag="good")
    with pytest.raises(LookupError):
        deed(database, chain, bag="bad")

    assert [(org, "chain.opened"), (chain, "chain.opened"), (chain, "bag.moved"), (chain, "bag.moved")] == told
    assert 2 == database.read(lambda session: ledger.head(session, chain)).seq


def test_a_projection_never_records(make_database: MakeDatabase) -> None:
    """What an entry causes is recorded by the action; a projection that tries is stopped, and its entry undone."""

    class Causes:
        name = "causes"
        tables = ()

        def apply(self, session: Session, entry: ledger.Entry) -> None:
            """Try to record what the entry causes."""
            if entry.type == "bag.moved":
                ledger.record(session, entry.chain, "hold.placed", stmt(), at=AT)

    database = make_database(Causes())
    found(database)
    chain = open_chain(database)

    with pytest.raises(RuntimeError, match=r"only to show an entry, seen it record hold\.placed\.$"):
        deed(database, chain)

    assert 1 == database.read(lambda session: ledger.head(session, chain)).seq


def test_sixteen_on_one_chain(make_database: MakeDatabase) -> None:
    """Sixteen threads that record on one chain make no fork and no gap, and every deed is there once."""
    database = make_database(Bags())
    toy.create_all(database.engine)
    found(database)
    chain = open_chain(database)

    results = _together(16, lambda n: [deed(database, chain, bag=f"B-{n}", to="x").seq for _ in range(6)])

    seqs = sorted(seq for result in results if isinstance(result, list) for seq in result)
    assert list(range(2, 98)) == seqs
    assert database.read(audit.fsck).ok
    assert [] == audit.rebuild_check(database)


def test_the_fence(database: Database) -> None:
    """Who records behind a head that is no longer the newest meets the fence, and nothing else is written."""
    found(database)
    chain = open_chain(database)
    tries: list[int] = []

    def work(session: Session) -> int:
        tries.append(1)
        old = ledger.lock(session, chain)
        ledger.record(session, chain, "a.b", stmt(), at=AT)
        if len(tries) == 1:
            session.info["heads"][chain] = old  # what another node would believe
        return ledger.record(session, chain, "a.b", stmt(), at=AT).seq

    assert 3 == database.run(work)
    assert 2 == len(tries)
    tries.clear()

    def always(session: Session) -> None:
        tries.append(1)
        session.info["heads"] = {chain: Head(chain, 1, "ab" * 32)}
        ledger.record(session, chain, "a.b", stmt(), at=AT)

    with pytest.raises(ledger.ChainFork, match=f"^Somebody recorded entry 2 of chain {chain} first\\.$"):
        database.run(always)
    assert 6 == len(tries)
    assert 3 == database.read(lambda session: ledger.head(session, chain)).seq


def test_a_trigger_pulled_fifty_times(database: Database) -> None:
    """Fifty requests of one idempotency key at the same moment are one deed with one result."""
    found(database)
    chain = open_chain(database)

    def work(session: Session) -> Any:  # noqa: ANN401  what a deed results in
        done = ledger.remembered(session, "key-1", "P-1", "ab" * 32)
        if done is None:
            entry = ledger.record(session, chain, "bag.moved", stmt(), at=AT)
            done = {"seq": entry.seq, "hash": entry.hash}
            ledger.remember(session, "key-1", "P-1", "ab" * 32, done)
        return done

    results = _together(50, lambda _: database.run(work))

    newest = database.read(lambda session: ledger.head(session, chain))
    assert 2 == newest.seq
    assert [{"seq": 2, "hash": newest.hash}] * 50 == results


def test_a_statement_sent_fifty_times(database: Database) -> None:
    """Fifty equal statements at the same moment, without a key, are one entry; the others are told so."""
    found(database)
    chain = open_chain(database)
    said = stmt()

    results = _together(50, lambda _: database.run(partial(ledger.record, chain=chain, type="a.b", stmt=said, at=AT)))

    assert 49 == sum(isinstance(result, ledger.AlreadyRecorded) for result in results)
    assert 2 == database.read(lambda session: ledger.head(session, chain)).seq


@pytest.mark.parametrize(("person", "request_sha256"), [("P-2", "ab" * 32), ("P-1", "cd" * 32)])
def test_a_key_is_for_one_request(database: Database, person: str, request_sha256: str) -> None:
    """A key that comes back with another request, or from another person, is refused and its deed left alone."""
    database.run(lambda session: ledger.remember(session, "key", "P-1", "ab" * 32, {"seq": 2, "of": ["a", None]}))

    with pytest.raises(KeyReused, match=r"^This idempotency key was used for another request or by another person\.$"):
        database.read(lambda session: ledger.remembered(session, "key", person, request_sha256))

    assert None is database.read(lambda session: ledger.remembered(session, "other", "P-1", "ab" * 32))
    kept = database.read(lambda session: ledger.remembered(session, "key", "P-1", "ab" * 32))
    assert {"seq": 2, "of": ["a", None]} == kept


def test_ids_are_ordered_by_time() -> None:
    """A new id is a UUIDv7 of this moment, and one that is made later sorts later."""
    before = datetime.now(UTC)
    made = [ledger.new_id() for _ in range(200)]

    assert made[::20] == sorted(made[::20])
    assert 200 == len(set(made))
    for text in made:
        value = uuid.UUID(text)
        assert (7, uuid.RFC_4122) == (value.version, value.variant)
        seconds = (value.int >> 80) / 1000
        assert abs(datetime.fromtimestamp(seconds, UTC) - before) < timedelta(seconds=5)


def test_heads_follow_every_chain(database: Database) -> None:
    """Each chain has one projected head, and it is that of its newest entry."""
    chains = ledgers.fill(database, chains=2, deeds=4)

    heads = database.read(lambda session: {row.chain_id: row.seq for row in session.execute(select(ledger_head))})

    assert 3 == len(heads)
    assert [5, 5] == [heads[chain] for chain in chains]
