"""One entry as a full screen: the word, what was expected and what was scanned, and what to do now.

It is drawn from the entry alone, so a reload, another device or an inspector years later sees the same answer.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from coi import people
from coi.custody import order_notes, station_fields, steps, store, words
from coi.custody import protocol_register as protocols
from coi.custody import thing_words as things
from coi.custody.reasons import IDENTITY
from coi.custody.verdict_views import Comparison, Receipt, VerdictView
from coi.custody.ways_out import way_out
from coi.labelling import store as labelling
from coi.quality import calls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.custody.protocol import Checkpoint, Slot
    from coi.custody.verdict_views import Word
    from coi.ledger.entry import Entry


def verdict(session: Session, entry: Entry, holds: Sequence[str] = ()) -> VerdictView:
    """Return the screen of a judged entry."""
    stmt: Mapping[str, Any] = entry.stmt
    order = store.load(session, stmt["order"]) if "order" in stmt else None
    step = None if order is None or "checkpoint" not in stmt else _step(order, stmt["checkpoint"])
    codes = [reason["code"] for reason in stmt.get("reasons", ())]
    word = _word(str(stmt["outcome"]), codes)
    return VerdictView(
        word=word,
        headline=_headline(word, step, codes),
        what=_what(order, step, word),
        happened=_happened(word, held=bool(holds)),
        risk=words.no_risk() if word == "GO" else words.risk(codes, held=bool(holds), thawed=_thawed(order)),
        next=_next(order) if word == "GO" else way_out(codes),
        comparisons=_sides(session, order, step, stmt),
        reasons=tuple(dict.fromkeys(words.reason(code) for code in codes if code != words.first(codes))),
        by=people.name_of(session, str(stmt["actor"])),
        also_by=tuple(
            people.name_of(session, str(one["person"])) for one in entry.sig if one["person"] != stmt["actor"]
        ),
        at=entry.at,
        site=people.name_of(session, str(stmt["site"])),
        device=people.name_of(session, str(stmt["device"])) if stmt.get("device") else "",
        receipt=Receipt(entry.chain, entry.seq, entry.hash),
        calls=() if word == "GO" or order is None else _calls(session, order, str(stmt["site"]), entry.at),
        notes=() if order is None else order_notes.notes(order),
    )


def _calls(session: Session, order: Order, site: str, at: datetime) -> tuple[people.ToCall, ...]:
    """Return who of quality is called about what happened at a site."""
    made_at = order.site("manufacturing")
    return calls.to_call(session, calls.owner(session, site, made_at), at, other=made_at)


def unverified() -> VerdictView:
    """Return the screen that a station draws by itself when nobody answers in time."""
    return VerdictView(
        word="NOT VERIFIED",
        headline=str(_("Do not release, do not use")),
        what="",
        happened=str(_("The server did not answer in two seconds. The scan may or may not have been recorded.")),
        risk=str(_("Treat it as not checked. Nothing may move on this screen's word.")),
        next=(
            str(_("Keep it where it is.")),
            str(_("Press “Look again”: the server then says what it knows.")),
            str(_("If this screen stays, call the administrator.")),
        ),
    )


def _thawed(order: Order | None) -> bool:
    return order is not None and order.state == "THAWING"


def _step(order: Order, name: str) -> Checkpoint | None:
    try:
        return steps.step_of(protocols.pinned(order.protocol_sha256), order, name)
    except LookupError:
        return None


def _word(outcome: str, codes: Sequence[str]) -> Word:
    """Return the word of an outcome: a quarantine and a refusal for nothing but a hold wait for somebody."""
    if outcome == "accepted":
        return "GO"
    return "HOLD" if outcome == "quarantined" or (codes and set(codes) == {"held"}) else "STOP"


def _headline(word: Word, step: Checkpoint | None, codes: Sequence[str]) -> str:
    if codes:
        return words.reason(words.first(codes))
    return str(_("Done")) if word == "GO" and step is None else str(_(step.title if step else "Not done"))


def _what(order: Order | None, step: Checkpoint | None, word: Word) -> str:
    if order is None:
        return str(_("A scan that opens no step here"))
    if step is not None and word != "GO" and station_fields.hides_the_order(step):
        return f"{step.handoff} {_(step.title)}"  # its last characters are to be read from the labels once more
    number = words.order_for_eyes(order)
    return str(_("Order %(number)s", number=number)) if step is None else f"{step.handoff} {_(step.title)} · {number}"


def _happened(word: Word, *, held: bool) -> str:
    if word == "GO":
        return str(_("It is done, and stands in the ledger."))
    if word == "HOLD":
        return str(_("It stands in the ledger, and the containers may not move on."))
    return str(
        _("The step was refused, the attempt is recorded, and a hold was placed.")
        if held
        else _("The step was refused and the attempt is recorded. Nothing has changed.")
    )


def _next(order: Order | None) -> tuple[str, ...]:
    """Say which steps are open after a deed."""
    if order is None:
        return (str(_("Go on.")),)
    ahead = [s for s in steps.open_for(protocols.pinned(order.protocol_sha256), order) if not s.side]
    return tuple(f"{step.handoff} {_(step.title)}" for step in ahead) or (str(_("The road of this order ends here.")),)


def _sides(
    session: Session, order: Order | None, step: Checkpoint | None, stmt: Mapping[str, Any]
) -> tuple[Comparison, ...]:
    """Set what each slot wanted beside what was scanned for it, those that differ first."""
    if order is None or step is None:
        return ()
    reasons = stmt.get("reasons", ())
    items: list[Mapping[str, Any]] = list(stmt.get("items", ()))
    sides = [side for slot in step.slots if (side := _side(session, order, step, slot, items, reasons)) is not None]
    if any(reason["code"] in IDENTITY for reason in reasons):
        sides = [side for side in sides if side.scanned]  # what nobody had reached yet would only hide the mix-up
    return tuple(sorted(sides, key=lambda side: side.agrees))


def _side(
    session: Session,
    order: Order,
    step: Checkpoint,
    slot: Slot,
    items: list[Mapping[str, Any]],
    reasons: Sequence[Mapping[str, str]],
) -> Comparison | None:
    linear = any(other.symbol == "linear" for other in step.slots)
    fitting = [
        item
        for item in items
        if item["class"] == slot.klass
        and (not linear or slot.klass != "container" or str(item["aim"]).startswith("]C") == (slot.symbol == "linear"))
    ]
    named = [reason for reason in reasons if reason["slot"] in {slot.name, slot.klass}]
    seen = fitting[-1] if fitting else None
    scanned = "" if seen is None else _scanned(seen)
    expected = _expected(session, order, slot) or (scanned if seen is not None and not named else _(slot.say))
    missing = any(reason["code"] == "missing" for reason in named)
    if seen is None and not missing:
        return None
    if slot.many and seen is not None and missing:
        expected = _("every one of them")
        count = str(_("%(count)s scanned", count=len({str(item.get("data", item)) for item in fitting})))
        scanned = f"{scanned} · {count}" if named else count  # whose it is comes before how many there were
    return Comparison(things.slot_name(slot), str(expected), scanned, agrees=seen is not None and not named)


def _scanned(item: Mapping[str, Any]) -> str:
    """Return a scanned code for eyes; of another order's at most the last four characters."""
    if "data" in item:
        return words.code_for_eyes(base64.b64decode(item["data"]), str(item["aim"]))
    return f"…{item['tail']}" if item.get("tail") else str(_("another order's"))


def _expected(session: Session, order: Order, slot: Slot) -> str:
    """Return the code that belongs into a slot, where only one does."""
    if slot.klass in {"shipper", "seal"}:
        shipment = order.shipment()
        code = "" if shipment is None else shipment.shipper if slot.klass == "shipper" else shipment.seal
        return words.code_for_eyes(code.encode("ascii")) if code else ""
    if slot.klass not in {"wristband", "container"}:
        return ""
    wanted = {held.id for held in order.of_kind(slot.kind)} if slot.kind else {None}
    found = [
        piece
        for piece in labelling.of_order(session, order.id)
        if piece.role == slot.klass and piece.container in wanted and piece.alive
    ]
    return words.piece_for_eyes(found[0].id) if len(found) == 1 else ""
