"""What does the ledger's own check find when somebody with every right on the database has changed it, and what not?

``FOUND``: 200 seeded changes of ``ledger_entry``, triggers out of the way: each is named with chain and number.
``UNDETECTED``: what is consistent in itself. Only something outside the database can find it: a signed checkpoint that
somebody else holds. Each line is asserted to go undetected, so that this list stays honest.
"""

from __future__ import annotations

import random
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from coi import db, ledger
from coi.db import Database
from coi.ledger import audit
from tests.attacks import vandal
from tests.attacks.vandal import Vandal
from tests.ledgers import Bags, deed, fill, toy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from coi.ledger.audit import Report
    from tests.conftest import MakeDatabase
    from tests.evidence import Evidence


@pytest.fixture
def filled(make_database: MakeDatabase) -> Database:
    """A ledger of the organisation's chain and four orders of different length, whole and shown as it is."""
    database = make_database(Bags())
    toy.create_all(database.engine)
    chains = fill(database, chains=4, deeds=8)
    for number, chain in enumerate(chains):
        for _ in range(number * 3):
            deed(database, chain, bag="B-9", to="late")
    assert database.read(audit.fsck).ok
    return database


@contextmanager
def _vandalised(database: Database, mind: random.Random, folder: Path) -> Iterator[tuple[Vandal, Callable[[], Report]]]:
    """Give a vandal of a copy, and what the check reports of it afterwards."""
    if database.is_sqlite:  # a copy of the file, changed on the disk
        database.dispose()  # the last connection writes the log back into the file
        copy = folder / "copy.db"
        shutil.copyfile(str(database.url.database), copy)
        engine = create_engine(f"sqlite:///{copy}")
        with Session(engine) as session:
            session.execute(text("PRAGMA synchronous=OFF"))

            def judge() -> Report:
                session.commit()
                opened = Database(f"sqlite:///{copy}")
                report = opened.read(audit.fsck)
                opened.dispose()
                return report

            yield Vandal(session, mind), judge
        engine.dispose()
        copy.unlink()
    else:  # a transaction that is rolled back
        with Session(database.engine) as session:
            yield Vandal(session, mind), lambda: audit.fsck(session)


@pytest.mark.long("ledger")
def test_every_change_is_found(filled: Database, evidence: Evidence, tmp_path: Path) -> None:
    """Of 200 random changes of ledger_entry, triggers dropped, every one is found, and in the right place."""
    mind = evidence.random()
    attacks = vandal.ON_SQLITE if filled.is_sqlite else vandal.EVERYWHERE
    for number in range(evidence.size(200, 20_000)):
        attack = attacks[number % len(attacks)]
        with _vandalised(filled, mind, tmp_path) as (hand, judge):
            places = attack(hand)

            report = judge()

        assert (number, attack.__name__, places) == (
            number, attack.__name__, {(fault.chain, fault.seq) for fault in report.faults},
        ), report.as_text()  # fmt: skip
        assert 1 == report.exit_code
        evidence.count("changes found in their place")


def test_the_words_name_what_is_wrong(filled: Database, tmp_path: Path) -> None:
    """The report says of each kind of change what does not fit, for a person who reads it at three in the morning."""
    words = {
        vandal.edit_the_body: "its bytes hash to ",
        vandal.respell_the_body: "its bytes are no entry: Expected the canonical spelling of ",
        vandal.change_stmt_id: ", and stmt_id is ",
        vandal.change_recorded_at: ", and recorded_at is ",
        vandal.change_seq: "this entry is missing: entry ",
        vandal.rewrite_one_behind_another: "rewritten: entry ",
        vandal.delete_inside: "this entry is missing: entry ",
        vandal.insert_a_next_one: "an entry beyond the chain's head",
        vandal.insert_a_chain: "no projected head vouches for this chain",
        vandal.say_it_twice: "this number is there twice",
        vandal.cut_the_tail: "the tail is cut off: the projected head stands at entry ",
        vandal.delete_a_chain: "the chain is gone: its head stands at entry ",
    }
    for attack, word in words.items():
        with _vandalised(filled, random.Random(7), tmp_path) as (hand, judge):
            attack(hand)
            (fault,) = judge().faults

        assert word in fault.what


def test_a_cut_tail_is_found_by_the_head(filled: Database, tmp_path: Path) -> None:
    """One to five of the newest entries deleted, and the outbox emptied: the projected head still knows of them."""
    for cut in range(1, 6):
        with _vandalised(filled, random.Random(cut), tmp_path) as (hand, judge):
            chain = hand.chain()
            for row in chain[-cut:]:
                hand.drop(row.place)
            hand.do("DELETE FROM ledger_pending")
            last = len(chain)

            report = judge()

        what = f"the tail is cut off: the projected head stands at entry {last}"
        assert [audit.Fault(chain[0].chain_id, last - cut + 1, what)] == list(report.faults)


def test_bytes_changed_on_the_disk(tmp_path: Path) -> None:
    """A byte of a body changed in the file by an editor, the server stopped: the entry is named after the restart."""
    database = _on_sqlite(tmp_path / "coi.db")
    chain = fill(database, chains=1, deeds=6)[0]
    body = database.read(lambda session: ledger.entry(session, chain, 4)).body
    database.dispose()

    raw = (tmp_path / "coi.db").read_bytes()
    assert 1 == raw.count(body)
    (tmp_path / "coi.db").write_bytes(raw.replace(body, body.replace(b"site 2", b"site 3")))
    opened = Database(f"sqlite:///{tmp_path / 'coi.db'}")
    report = opened.read(audit.fsck)
    opened.dispose()

    assert [(chain, 4)] == [(fault.chain, fault.seq) for fault in report.faults]


# ---------------------------------------------------------------- what only a signed checkpoint could find


def cut_tail_and_head(v: Vandal) -> None:
    """The newest entries are deleted, and head, outbox and tables are set back with them."""
    chain = v.chain()
    for row in chain[-2:]:
        v.drop(row.place)
    v.set_head(chain[-3])


def rewritten_suffix(v: Vandal) -> None:
    """One entry is changed and every later one of its chain is hashed anew, with head, outbox and tables."""
    chain = v.chain()
    at = v.mind.randrange(1, len(chain))
    chain[at].lie()
    v.rewrite(chain[at:])


def backdated_suffix(v: Vandal) -> None:
    """An entry is moved to another time, and every later one hashed anew."""
    chain = v.chain()
    chain[1].say(rec={"at": "2020-01-01T00:00:00.000000Z", "node": "n1"})
    v.rewrite(chain[1:])


def removed_inside_and_renumbered(v: Vandal) -> None:
    """An inner entry is taken out, and the later ones are numbered and hashed anew."""
    chain = v.chain()
    for row in chain[2:]:
        v.drop(row.place)
    rest = chain[3:]
    for row in rest:
        row.say(seq=row.seq - 1)
    rest[0].say(prev=chain[1].entry_hash.hex())
    v.rewrite(rest)


def appended_with_its_head(v: Vandal) -> None:
    """An entry that nobody made is appended, with head and tables."""
    (place,) = vandal.insert_a_next_one(v)
    v.set_head(next(chain[-1] for chain in v.chains.values() if chain[-1].place == place))


def deleted_chain_with_all_traces(v: Vandal) -> None:
    """A whole order is deleted: its entries, its head, its outbox, its rows in every table."""
    chain = v.chain()
    for row in chain:
        v.drop(row.place)
    v.do("DELETE FROM ledger_head WHERE chain_id = :c", c=chain[0].chain_id)
    v.forget_outbox(chain[0].chain_id)


UNDETECTED = (
    cut_tail_and_head,
    rewritten_suffix,
    backdated_suffix,
    removed_inside_and_renumbered,
    appended_with_its_head,
    deleted_chain_with_all_traces,
)


@pytest.mark.parametrize("attack", UNDETECTED)
def test_undetected_without_a_signed_checkpoint(filled: Database, attack: Callable[[Vandal], None]) -> None:
    """What is made consistent in itself passes the check and the rebuild: the list of what they cannot find."""
    before = _bodies(filled)
    with Session(filled.engine) as session:
        attack(Vandal(session, random.Random(3)))
        session.commit()
    audit.rebuild(filled)

    assert filled.read(audit.fsck).ok
    assert [] == audit.rebuild_check(filled)
    assert before != _bodies(filled)


def test_an_old_backup_is_undetected(tmp_path: Path) -> None:
    """The whole database set back to an older copy passes: nothing inside it knows that there was more."""
    database = _on_sqlite(tmp_path / "coi.db")
    chain = fill(database)[0]
    database.dispose()
    shutil.copyfile(tmp_path / "coi.db", tmp_path / "backup.db")
    deed(database, chain, bag="B-1", to="x")

    restored = Database(f"sqlite:///{tmp_path / 'backup.db'}", [Bags()])

    assert restored.read(audit.fsck).ok
    assert [] == audit.rebuild_check(restored)
    assert restored.read(ledger.count) + 1 == database.read(ledger.count)
    restored.dispose()
    database.dispose()


def _on_sqlite(path: Path) -> Database:
    """Return a new database in a file."""
    database = Database(f"sqlite:///{path}", [Bags()])
    db.create_all(database.engine)
    toy.create_all(database.engine)
    return database


def _bodies(database: Database) -> list[bytes]:
    """Return every stored body."""
    query = text("SELECT body FROM ledger_entry ORDER BY body")
    return database.read(lambda session: [bytes(body) for body in session.scalars(query)])
