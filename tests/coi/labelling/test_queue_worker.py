"""A registered printer prints each label once; whatever it does, nothing is sent twice and nothing goes unseen."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted
from coi.labelling import (
    ordered,
    printer_actions,
    printer_store,
    queue,
    queue_answers,
    queue_store,
    store,
    template_store,
    trial,
)
from coi.labelling.claim import NOT_PRINTED
from coi.labelling.drawing import LabelFacts, payload
from coi.labelling.worker import Worker
from coi.ledger import audit
from labels import shipped
from labels.printers.network import VirtualZebra
from tests import print_shop
from tests.print_shop import PASSWORD, PROJECTIONS, SERIAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from coi.db import Database
    from coi.labelling.printers import Registered
    from coi.labelling.queue_store import Job
    from labels.printers import Printer
    from tests.print_shop import Shop


@pytest.fixture
def zebra() -> Iterator[VirtualZebra]:
    """A printer on loopback that behaves as a Zebra does."""
    with VirtualZebra() as printer:
        yield printer


@pytest.fixture
def shop(make_database: Callable[..., Database], zebra: VirtualZebra, tmp_path: Path) -> Shop:
    """A site with one printer."""
    return print_shop.open_shop(make_database(*PROJECTIONS), zebra, tmp_path)


def whole(shop: Shop) -> bool:
    """Whether the ledger verifies and every table rebuilds."""
    ok = shop.database.read(audit.fsck).ok
    return ok and list(audit.rebuild_check(shop.database, PROJECTIONS)) == []


def test_each_label_comes_out_once_in_order(shop: Shop) -> None:
    """Printed in the order in which they were asked for; each intent, with the odometer, stands before its print."""
    pieces = shop.ask(3)

    assert shop.worker().work() == 3

    assert shop.came_out() == pieces
    assert [shop.state(piece) for piece in pieces] == ["printed"] * 3
    told = [(entry.type, entry.stmt["piece"]) for entry in shop.entries("label.")][3:]
    assert told == [(kind, piece) for piece in pieces for kind in ("label.sending", "label.printed")]
    assert [entry.stmt["counter_before"] for entry in shop.entries("label.sending")] == [1000, 1001, 1002]
    assert whole(shop)


def test_a_drawn_label_reaches_the_printer_as_it_was_promised(shop: Shop) -> None:
    """The whole label is drawn, and the hash in the intent is that of the bytes that came out."""
    piece = shop.ask()[0]

    assert shop.worker(small=False).work() == 1

    sent = shop.entries("label.sending")[0].stmt
    assert shop.job(piece).bytes_sha256 == sent["bytes_sha256"]
    assert len(shop.zebra.labels) == 1


@pytest.mark.parametrize("state", ["media_out", "ribbon_out", "head_open", "over_temp", "paused"])
def test_what_needs_hands_waits_and_goes_on_by_itself(shop: Shop, state: str) -> None:
    """Not ready: not a byte is sent, the queue names the state; ready again: printed once, in order."""
    pieces = shop.ask(2)
    shop.zebra.change(**{state: True})
    worker = shop.worker()

    assert worker.work() == 0
    assert (shop.job(pieces[0]).state, shop.job(pieces[0]).why) == ("held", state)
    assert shop.job(pieces[1]).state == "queued"
    assert shop.entries("label.sending") == []
    shop.zebra.change(**{state: False})
    shop.later(2)

    assert worker.work() == 2
    assert shop.came_out() == pieces


def test_a_printer_that_says_nothing_prints_nothing(shop: Shop) -> None:
    """Unknown is no state in which anything is sent."""
    piece = shop.ask()[0]
    shop.zebra.change(truncated_status=True)

    assert shop.worker().work() == 0
    assert (shop.job(piece).state, shop.job(piece).why) == ("held", "unknown")
    assert shop.entries("label.sending") == []


def test_another_printer_at_the_address_is_taken_out_of_use(shop: Shop) -> None:
    """Model and serial are asked before each label; another one is refused, and that is an entry of the site."""
    shop.database.run(partial(printer_actions.retire, printer_id=shop.printer, by=shop.persons["admin"], at=shop.now()))
    shop.printer = shop.register(serial="ANOTHER")
    piece = shop.ask()[0]

    assert shop.worker().work() == 0
    assert shop.stops() == ["wrong_printer"]
    assert shop.known().state == "suspended"
    assert shop.state(piece) == "intended"
    assert shop.zebra.odometer == 1000


def test_somebody_else_prints_there(shop: Shop) -> None:
    """The odometer moved between two of our labels: out of use until somebody says why; then the next is printed."""
    worker = shop.worker()
    shop.ask(1)
    worker.work()
    shop.zebra.somebody_prints(2)
    piece = shop.ask()[0]

    assert worker.work() == 0
    assert shop.stops() == ["foreign_count"]
    assert shop.job(piece).why == "suspended"
    shop.resume("count_explained")
    shop.later(2)
    assert worker.work() == 1
    assert shop.state(piece) == "printed"
    assert whole(shop)


@pytest.mark.parametrize(
    ("fault", "why"), [({"twin": True}, "twin"), ({"foreign": 1}, "twin"), ({"miscount": True}, "miscount")]
)
def test_a_label_that_is_not_counted_as_one_is_spoiled(shop: Shop, fault: dict[str, object], why: str) -> None:
    """Two steps of the odometer, or none though all was taken: the piece is dead and the printer out of use."""
    piece, after = shop.ask(2)
    shop.zebra.change(**fault)
    worker = shop.worker()
    worker.work()
    shop.later(30)
    worker.work()

    assert shop.state(piece) == "spoiled"
    assert shop.stops() == [why]
    assert shop.state(after) == "intended"
    assert whole(shop)


def test_a_line_that_breaks_after_the_print_is_settled_by_the_odometer(shop: Shop) -> None:
    """Nobody answered, but the count moved by one and only we print here: printed."""
    piece = shop.ask()[0]
    shop.zebra.change(reset="after_print")
    worker = shop.worker()

    worker.work()
    shop.zebra.change(reset="")
    shop.later(10)
    worker.work()

    assert shop.state(piece) == "printed"
    assert shop.came_out() == [piece]
    assert len(shop.entries("label.sending")) == 1


def test_what_was_proved_not_printed_is_printed_again_by_a_person_only(shop: Shop) -> None:
    """Broken off in the middle, count still, printer empty: the same label may go again, when somebody says so."""
    piece = shop.ask()[0]
    shop.zebra.change(reset="mid_format")
    worker = shop.worker()
    worker.work()
    assert shop.state(piece) == "uncertain"
    shop.zebra.change(reset="")
    shop.power_cycle()
    shop.later(30)
    worker.work()

    assert shop.job(piece).why == NOT_PRINTED
    assert shop.came_out() == []
    assert shop.answer(piece, 0) == "again"
    assert worker.work() == 1
    assert shop.came_out() == [piece]
    assert shop.state(piece) == "printed"
    assert whole(shop)


def test_not_a_byte_sent_is_tried_again_later_and_later(shop: Shop) -> None:
    """A refused connection is no print: back into the queue, and nothing overtakes it."""
    piece = shop.ask()[0]
    worker = shop.worker()
    shop.zebra.change(reset="before_first_byte")
    worker.work()
    shop.zebra.change(reset="")
    shop.later(90)

    assert worker.work() == 1
    assert shop.came_out() == [piece]
    assert shop.state(piece) == "printed"


def uncertain(shop: Shop) -> str:
    """Return a label of which nobody knows what became."""
    piece = shop.ask()[0]
    job = shop.job(piece)
    shop.database.run(partial(queue.begin, job=job, data=b"x", at=shop.now()))
    assert queue.recover(shop.database, shop.now) == 1
    return piece


def test_who_says_too_late_that_a_label_is_unsure_changes_nothing(shop: Shop) -> None:
    """One worker told that not a byte was sent; another, that took it for lost, finds it waiting and leaves it so."""
    piece = shop.ask()[0]
    shop.database.run(partial(queue.begin, job=shop.job(piece), data=b"x", at=shop.now()))
    sending = shop.job(piece)
    shop.database.run(partial(queue.told, job=sending, state="queued", why="no connection", at=shop.now()))

    said = shop.database.run(partial(queue.told, job=sending, state="uncertain", why=queue.STOPPED, at=shop.now()))

    assert said == shop.state(piece) == "intended"
    assert shop.job(piece).state == "queued"
    assert shop.entries("label.uncertain") == []


def test_an_answer_given_meanwhile_stands_against_a_miscount(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the printer was asked, a person found the label and scanned it: it lives, and nothing spoils it."""
    piece = shop.ask()[0]
    shop.zebra.change(miscount=True)
    worker = shop.worker()
    worker.work()
    shop.later(30)

    def answered(_worker: Worker, _job: Job) -> bool:
        assert shop.answer(piece, 1) == "found"
        return True

    monkeypatch.setattr(Worker, "_settled", answered)
    worker.work()

    assert shop.state(piece) == "printed"
    assert shop.stops() == []


def test_a_found_label_proves_itself(shop: Shop) -> None:
    """Its own square code makes it a printed one; another label is refused, and the refusal is an entry."""
    piece, user = uncertain(shop), shop.persons["user"]
    ask = partial(queue_answers.found, piece=piece, by=user)

    with pytest.raises(Malformed, match="seen none"):
        shop.database.run(partial(ask, shown=None, at=shop.now()))
    other = queue_answers.Shown("something else", in_hand=True)
    refused = shop.database.run(partial(ask, shown=other, at=shop.now()))
    assert (refused.type, refused.stmt["outcome"]) == ("label.answered", "blocked")
    assert shop.state(piece) == "uncertain"
    assert shop.answer(piece, 1) == "found"
    assert shop.state(piece) == "printed"
    with pytest.raises(Conflict, match="nobody asks any more"):
        shop.answer(piece, 1)
    assert whole(shop)


def test_a_found_label_whose_code_was_typed_needs_two_persons(shop: Shop) -> None:
    """Whoever knows the order can make its square code up: typed, another person of the site signs that it is there."""
    piece, user = uncertain(shop), shop.persons["user"]
    text = payload(LabelFacts.from_json(shop.job(piece).facts)).decode("ascii")
    ask = partial(queue_answers.found, piece=piece, by=user, shown=queue_answers.Shown(text, in_hand=False))

    with pytest.raises(NotPermitted, match="seen neither"):
        shop.database.run(partial(ask, at=shop.now()))
    with pytest.raises(NotPermitted, match="second person"):
        shop.database.run(partial(ask, second=("user@shop.example", PASSWORD), at=shop.now()))
    with pytest.raises(NotAuthenticated):
        shop.database.run(partial(ask, second=("second@shop.example", "wrong"), at=shop.now()))
    assert shop.state(piece) == "uncertain"
    entry = shop.database.run(partial(ask, second=("second@shop.example", PASSWORD), at=shop.now()))

    assert shop.state(piece) == "printed"
    assert ("found", "keyed") == (entry.stmt["why"], entry.stmt["how"])
    assert [one["person"] for one in entry.sig] == [shop.persons["second"].id]
    assert whole(shop)


def test_a_label_that_nobody_finds_needs_two_persons(shop: Shop) -> None:
    """The second person is another one of this site with the right password; then the serial is dead for ever."""
    piece, user = uncertain(shop), shop.persons["user"]
    ask = partial(queue_answers.spoil, piece=piece, why="not_found", at=shop.now())

    with pytest.raises(NotPermitted, match="second person"):
        shop.database.run(partial(ask, by=user, second=("user@shop.example", PASSWORD)))
    with pytest.raises(NotAuthenticated):
        shop.database.run(partial(ask, by=user, second=("second@shop.example", "wrong")))
    with pytest.raises(NotPermitted):
        shop.database.run(partial(ask, by=shop.persons["nobody"], second=("second@shop.example", PASSWORD)))
    with pytest.raises(Malformed, match="not_found"):
        shop.database.run(partial(ask, by=user, why="gone", second=("second@shop.example", PASSWORD)))
    with pytest.raises(Conflict, match="proves that it was not printed"):
        shop.database.run(partial(queue_answers.again, piece=piece, by=user, at=shop.now()))
    assert shop.answer(piece, 0) == "not_found"

    assert shop.state(piece) == "spoiled"
    entry = shop.entries("label.spoiled")[0]
    assert [one["person"] for one in entry.sig] == [shop.persons["second"].id]
    assert whole(shop)


def test_a_worker_that_stops_leaves_its_job_to_the_next(shop: Shop) -> None:
    """Leased and not sent: free again when the lease runs out. Sent and not told: uncertain, never sent again."""
    first, second = shop.ask(2)
    claims = partial(printer_store.watch, device=shop.known().device)
    shop.database.run(claims)
    jobs = [shop.job(first), shop.job(second)]
    until = shop.now()
    to = {"state": "leased", "lease_by": "gone", "lease_until": until, "device": shop.known().device}
    shop.database.run(lambda session: queue_store.change(session, jobs[0].number, ("queued",), **to))  # type: ignore[arg-type]
    shop.later(90)

    assert shop.worker().work() == 2
    assert shop.came_out() == [first, second]


def test_a_count_that_goes_on_later_takes_the_proof_back(shop: Shop) -> None:
    """Proved not printed, then counted after all: the same serial is not offered a second time."""
    piece = shop.ask()[0]
    shop.zebra.change(reset="mid_format")
    worker = shop.worker()
    worker.work()
    shop.zebra.change(reset="")
    shop.power_cycle()
    shop.later(30)
    worker.work()
    assert shop.job(piece).why == NOT_PRINTED
    shop.zebra.somebody_prints(1)
    shop.ask()

    worker.work()

    assert shop.stops() == ["foreign_count"]
    with pytest.raises(Conflict):
        shop.database.run(partial(queue_answers.again, piece=piece, by=shop.persons["user"], at=shop.now()))
    shop.later(2)
    worker.work()
    assert shop.state(piece) == "printed"
    assert len(shop.entries("label.sending")) == 1
    assert whole(shop)


def test_labels_of_another_stock_stand_before_nobody(shop: Shop) -> None:
    """However many wait for a stock that no printer holds, what fits is printed."""
    pieces = shop.ask(42)
    load = partial(printer_actions.load, printer_id=shop.printer, by=shop.persons["user"], stock="vial-50x25")
    shop.database.run(partial(load, at=shop.now()))
    for piece in pieces[:-1]:
        number = shop.job(piece).number
        shop.database.run(partial(queue_store.change, number=number, seen=("queued",), stock="bag-100x60"))

    assert shop.worker().work() == 1
    assert shop.came_out() == pieces[-1:]


def test_one_printer_that_fails_oddly_keeps_no_other_waiting(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that nobody foresaw is told at the end, after every other printer had its turn."""
    monkeypatch.setattr(printer_store, "new_id", lambda: "PR-00000000")  # asked before the other
    odd = shop.register(name="Odd", address="tcp://127.0.0.1:1", serial="ODD")
    first, second = shop.ask(2)
    worker = shop.worker()
    opened = worker.opened

    def line(printer: Registered) -> Printer:
        if printer.id == odd:
            raise RuntimeError("odd")
        return opened(printer)

    worker.opened = line
    with pytest.raises(RuntimeError, match="odd"):
        worker.work()

    assert shop.came_out() == [first, second]


def test_what_nobody_can_draw_waits_for_a_person(shop: Shop) -> None:
    """Tried thrice, then held with its fault; the next label is printed, and a person decides about this one."""
    first, second = shop.ask(2)
    worker = shop.worker()

    def fails(database: Database, facts: LabelFacts, dpi: int) -> bytes:
        if facts.piece == first:
            raise ZeroDivisionError
        return print_shop.dots(database, facts, dpi)

    worker.draw = fails
    for _ in range(queue.MOST_FAULTS):
        with pytest.raises(ZeroDivisionError):
            worker.work()
        shop.later(20)

    assert (shop.job(first).state, shop.job(first).why, shop.state(first)) == (
        "stuck", "ZeroDivisionError", "intended",
    )  # fmt: skip
    assert (worker.work(), worker.work(), shop.came_out()) == (1, 0, [second])
    assert shop.entries("label.sending")[0].stmt["piece"] == second
    user, nobody = shop.persons["user"], shop.persons["nobody"]
    with pytest.raises(NotPermitted):
        shop.database.run(partial(queue_answers.retry, piece=first, by=nobody, at=shop.now()))
    entry = shop.database.run(partial(queue_answers.retry, piece=first, by=user, at=shop.now()))
    with pytest.raises(Conflict, match="nobody asks any more"):
        shop.database.run(partial(queue_answers.retry, piece=first, by=user, at=shop.now()))
    assert (entry.type, entry.stmt["outcome"], shop.job(first).faults) == ("label.retried", "accepted", 0)
    worker.draw = print_shop.dots
    assert (worker.work(), shop.state(first)) == (1, "printed")
    assert whole(shop)


def test_a_test_print_that_nobody_can_draw_is_given_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is nobody's label: it ends, with its fault, and keeps no label waiting."""
    monkeypatch.setattr(trial, "drawn", lambda *_: 1 // 0)
    ask = partial(printer_actions.print_test, printer_id=shop.printer, by=shop.persons["user"], what="test")
    shop.database.run(partial(ask, at=shop.now()))
    number = shop.database.read(lambda session: queue_store.jobs(session, "queued"))[0].number
    worker = shop.worker()
    for _ in range(queue.MOST_FAULTS):
        with pytest.raises(ZeroDivisionError):
            worker.work()
        shop.later(20)

    ended = shop.database.read(partial(queue_store.job, number=number))
    assert ended is not None
    assert (ended.state, ended.why) == ("done", "ZeroDivisionError")
    shop.ask()
    assert worker.work() == 1


ALTERED: dict[str, tuple[dict[str, str], str]] = {
    "its words": ({"product_name": "Another product"}, ordered.OTHER_WORDS),
    "its mark": ({"mark": ""}, ordered.OTHER_WORDS),
    "its code": ({"coi": "CHA999026000002"}, ordered.ANOTHER_CODE),
    "a code that is none": ({"coi": "nothing"}, ordered.ANOTHER_CODE),
    "its design": ({"design": "banner"}, ordered.ANOTHER_CODE),
    "no template": ({"template_sha256": ""}, ordered.NOT_APPROVED),
    "another template": ({"template_sha256": shipped()["vial"].sha256}, ordered.NOT_APPROVED),
    "another's piece": ({"piece": "the other"}, ordered.NOT_ORDERED),
    "nobody's piece": ({"piece": "0123456789BC"}, ordered.NOT_ORDERED),
}


@pytest.mark.parametrize("case", ALTERED)
def test_only_what_was_ordered_is_drawn(shop: Shop, case: str) -> None:
    """Whoever alters the queue prints nothing by it: the intent in the chain says code, words and template."""
    altered, why = ALTERED[case]
    piece, other = shop.ask(2)
    altered = {name: other if value == "the other" else value for name, value in altered.items()}
    facts = json.dumps({**shop.job(piece).facts, **altered})
    table = queue_store.job_table
    shop.database.run(lambda session: session.execute(update(table).where(table.c.piece == piece).values(facts=facts)))

    assert shop.worker(small=False).work() == 1

    assert (shop.state(piece), shop.state(other)) == ("voided", "printed")
    assert [entry.stmt["why"] for entry in shop.entries("label.voided")] == [why]
    assert len(shop.zebra.labels) == 1


@pytest.mark.parametrize("case", ["as it was ordered", "its code"])
def test_what_was_ordered_before_an_intent_had_the_hash_is_drawn(shop: Shop, case: str) -> None:
    """Code and template are judged as ever, so that what waited over an upgrade is printed and not voided."""
    altered, why = ALTERED.get(case, ({}, ""))
    piece = shop.ask()[0]
    facts = json.dumps({**shop.job(piece).facts, **altered})
    jobs, held = queue_store.job_table, store.piece_table
    shop.database.run(lambda session: session.execute(update(jobs).where(jobs.c.piece == piece).values(facts=facts)))
    unsaid = update(held).where(held.c.piece == piece).values(facts_sha256="")
    shop.database.run(lambda session: session.execute(unsaid))

    assert shop.worker(small=False).work() == (0 if why else 1)

    assert shop.state(piece) == ("voided" if why else "printed")
    assert [entry.stmt["why"] for entry in shop.entries("label.voided")] == ([why] if why else [])


def test_a_template_that_nobody_signed_draws_nothing(shop: Shop) -> None:
    """Even where the label was ordered by it: drafted and submitted is not approved."""
    piece = shop.ask()[0]
    table = template_store.template_table
    unsigned = update(table).values(approved_by=None, state="in_review")
    shop.database.run(lambda session: session.execute(unsigned))

    assert shop.worker(small=False).work() == 0
    assert [entry.stmt["why"] for entry in shop.entries("label.voided")] == [ordered.NOT_APPROVED]
    assert shop.state(piece) == "voided"


def ask_to_clear(shop: Shop, who: str = "user") -> None:
    """Ask that the printer forgets what it holds."""
    ask = partial(printer_actions.clear, printer_id=shop.printer, by=shop.persons[who])
    shop.database.run(partial(ask, at=shop.now()))


def cleared(shop: Shop) -> list[tuple[str, str]]:
    """Return how each wish to clear ended, and why."""
    found = shop.entries("printer.cleared", shop.known().chain)
    return [(str(entry.stmt["outcome"]), str(entry.stmt["why"])) for entry in found]


def test_half_a_label_is_cleared_by_a_person_and_the_count_still_proves(shop: Shop) -> None:
    """All that it held was half a label: forgotten, the next comes out whole, and the first may be printed again."""
    first, second = shop.ask(2)
    shop.zebra.change(reset="mid_format")
    worker = shop.worker()
    worker.work()
    shop.zebra.change(reset="")
    shop.later(10)
    worker.work()
    assert (shop.state(first), shop.job(second).state, shop.came_out()) == ("uncertain", "queued", [])
    seen = shop.database.read(lambda session: printer_store.seen(session, SERIAL))
    assert seen is not None
    assert seen.state == "half"

    ask_to_clear(shop)
    shop.later(10)
    worker.work()
    worker.work()

    assert cleared(shop) == [("accepted", "")]
    assert shop.job(first).why == NOT_PRINTED
    assert shop.came_out() == [second]
    assert (shop.answer(first, 0), worker.work(), shop.came_out()) == ("again", 1, [second, first])
    assert whole(shop)


def test_a_label_that_was_cleared_away_is_a_persons_to_tell(shop: Shop) -> None:
    """It lay in the printer when the roll ended: forgotten there, two persons tell it, and it is never sent again."""
    piece = shop.ask()[0]
    shop.zebra.change(media_left=0)
    worker = shop.worker()
    worker.work()
    assert (shop.state(piece), shop.job(piece).why) == ("uncertain", "taken: media_out")

    ask_to_clear(shop)
    worker.work()
    shop.zebra.change(media_out=False)
    shop.later(30)
    worker.work()

    assert (shop.state(piece), shop.job(piece).why, shop.came_out()) == ("uncertain", "cleared", [])
    assert shop.answer(piece, 0) == "not_found"
    assert shop.state(piece) == "spoiled"
    assert whole(shop)


def test_nothing_is_cleared_that_is_on_its_way(shop: Shop) -> None:
    """Not while a label is sent, not twice, not by anybody, and not behind somebody else's queue."""
    piece = shop.ask()[0]
    with pytest.raises(NotPermitted):
        ask_to_clear(shop, "nobody")
    to = {"state": "leased", "device": SERIAL, "printer": shop.printer}
    number = shop.job(piece).number
    shop.database.run(lambda session: queue_store.change(session, number, ("queued",), **to))
    with pytest.raises(Conflict, match="seen a label that is being sent"):
        ask_to_clear(shop)
    shop.database.run(partial(queue_store.release, number=number))
    ask_to_clear(shop)
    with pytest.raises(Conflict, match="cleared next"):
        ask_to_clear(shop)
    assert (shop.worker().work(), cleared(shop)) == (1, [("accepted", "")])

    shop.zebra.change(model="GX420t")
    ask_to_clear(shop)
    assert (shop.worker().work(), cleared(shop)[-1]) == (0, ("blocked", "wrong_printer"))
    shop.zebra.change(model="", truncated_status=True)
    ask_to_clear(shop)
    assert (shop.worker().work(), cleared(shop)[-1]) == (0, ("blocked", "no_answer"))
    shop.printer = shop.register(name="Queue", address="cups:room-2", serial="", model="")
    with pytest.raises(Conflict, match="behind a queue"):
        ask_to_clear(shop)


def test_another_model_under_the_same_serial_is_another_printer(shop: Shop) -> None:
    """Exchanged for another model: refused before a byte, and out of use."""
    piece = shop.ask()[0]
    shop.zebra.change(model="GX420t")

    assert shop.worker().work() == 0
    assert (shop.stops(), shop.state(piece), len(shop.zebra.labels)) == (["wrong_printer"], "intended", 0)
