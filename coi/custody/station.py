"""One person at one station: scan, and the server says what it is, what is next, and whether to go or stop.

No menus: the first scan finds the order and the step; where several steps want it, the person says which one. A wrong
scan is judged at once, a right one waits for the rest.
What is half done is a store and no deed; whoever's band was scanned waits in the vault. A verdict that says stop stays
until it is acknowledged, also through a reload, and what was scanned before it counts for nothing after it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from coi import identity, ledger, people, vault
from coi.custody import actions, reading, statements, steps, store, tasks, trust
from coi.custody import protocol_register as protocols
from coi.custody.asked import Item, fits
from coi.custody.deed import Deed, Done, NeedsSignatures
from coi.custody.reading import Scanned
from coi.errors import Conflict
from coi.people import signatures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.custody.orders import PatientFacts
    from coi.custody.protocol import Checkpoint, Slot
    from coi.ledger.entry import Entry
    from coi.people.signatures import Auth, Prepared


@dataclass(frozen=True, slots=True)
class Work:
    """What a person has in hand at a station."""

    order: Order | None = None
    checkpoint: Checkpoint | None = None
    items: tuple[Item, ...] = ()
    prepared: Prepared | None = None
    """The statement that waits for its signatures."""
    verdict: Entry | None = None
    """The entry of the newest verdict; None when there is nothing to show."""
    acknowledged: bool = True
    holds: tuple[str, ...] = ()
    choices: tuple[Checkpoint, ...] = ()
    """Steps of the order that all want the code that was scanned: the person says which."""

    def filled(self, slot: Slot) -> Item | None:
        """Return what was scanned for a slot."""
        slots = () if self.checkpoint is None else self.checkpoint.slots
        return next((item for item in self.items if fits(slot, item, slots)), None)

    def count(self, slot: Slot) -> tuple[int, int]:
        """Return how many things were scanned for a slot, and how many it wants."""
        if self.checkpoint is None or self.order is None:
            return 0, 1
        codes = {item.code for item in self.items if fits(slot, item, self.checkpoint.slots)}
        wanted = len(steps.waiting(self.checkpoint, slot, self.order)) if slot.many else 1
        return len(codes), max(wanted, 1)

    @property
    def waiting(self) -> tuple[Slot, ...]:
        """The slots that still want a scan; one that may be left out is asked for, and not waited for."""
        slots = () if self.checkpoint is None else self.checkpoint.slots
        counted = [(slot, *self.count(slot)) for slot in slots]
        return tuple(slot for slot, found, wanted in counted if found < wanted and not slot.optional)

    @property
    def wants_values(self) -> bool:
        """Whether every code is there and the step asks for something to be stated."""
        return (
            self.checkpoint is not None and not self.waiting and self.prepared is None and bool(self.checkpoint.values)
        )

    @property
    def wants_confirmation(self) -> bool:
        """Whether the step has neither codes nor values, so that only a confirmation is missing."""
        step = self.checkpoint
        return step is not None and not step.slots and not step.values and self.prepared is None


def look(session: Session, deed: Deed) -> Work:
    """Return what the person has in hand, as it stands now."""
    return _work(session, deed, store.work(session, deed.by.id, deed.site))


def begin(session: Session, deed: Deed, order_id: str, checkpoint: str) -> Work:
    """Open a step from the work list; what was half done before is dropped, a stop that was not acknowledged stays.

    A step that was chosen among several takes the scan that asked for the choice.
    """
    _refuse_over_stop(session, deed)
    order = store.load(session, order_id)
    step = steps.step_of(protocols.pinned(order.protocol_sha256), order, checkpoint)
    before = store.work(session, deed.by.id, deed.site)
    doing: dict[str, Any] = {"order": order.id, "checkpoint": step.id, "scans": []}
    if before.get("order") == order.id and step.id in before.get("choose", ()):
        return _take(session, deed, doing, _unpack(session, deed, before["scans"][0]))
    return _keep(session, deed, doing)


def cancel(session: Session, deed: Deed) -> Work:
    """Put down what was half done."""
    _refuse_over_stop(session, deed)
    return _keep(session, deed, {})


def acknowledge(session: Session, deed: Deed) -> Work:
    """Take note of a verdict; only now does its screen go away. What was scanned while it stood was for nothing."""
    before = store.work(session, deed.by.id, deed.site)
    stood = bool(before.get("verdict")) and not before.get("acknowledged", True)
    return _keep(session, deed, {"since": ledger.instant(deed.at)} if stood else {})


def is_of_before(session: Session, deed: Deed, scanned_at: datetime) -> bool:
    """Say whether something was scanned before the newest verdict here: nobody scanned it knowing what is asked now."""
    since = store.work(session, deed.by.id, deed.site).get("since")
    return since is not None and scanned_at < _to_the_millisecond(ledger.moment(since))


def scan(session: Session, deed: Deed, scanned: Scanned) -> Work:
    """Take one scan: it opens a step, fills a slot, completes the step, or is refused at once."""
    doing = store.work(session, deed.by.id, deed.site)
    if doing.get("verdict") and not doing.get("acknowledged", True):
        return _work(session, deed, doing)  # the stop stands until a person has taken note of it
    scanned = _without_trace(session, doing.get("order"), scanned)
    if "checkpoint" not in doing:
        doing = _open_by_scan(session, deed, scanned)
        if "checkpoint" not in doing:
            return _keep(session, deed, doing)
    if doing.get("prepared"):
        return _work(session, deed, doing)
    return _take(session, deed, doing, scanned)


def _without_trace(session: Session, in_hand: str | None, scanned: Scanned) -> Scanned:
    """Return a scan without its picture where it is about a patient whose data were erased: nothing new is kept.

    A picture that was kept before stays with the verdict that rests on it.
    """
    if not scanned.picture:
        return scanned
    about = {in_hand, reading.order_meant(session, scanned)} - {None}
    if not any(vault.is_erased(session, store.load(session, str(name)).patient) for name in about):
        return scanned
    if not scanned.replayed:
        vault.forget(session, scanned.picture)
    return replace(scanned, picture="")


def state(session: Session, deed: Deed, values: Mapping[str, str], patient: PatientFacts | None = None) -> Work:
    """Take what was stated, or the bare confirmation of a step that asks for nothing, and judge."""
    doing = store.work(session, deed.by.id, deed.site)
    if "checkpoint" not in doing or doing.get("prepared"):
        raise Conflict("Expected a step that waits for a statement, seen none.")
    order = store.load(session, doing["order"])
    step = steps.step_of(protocols.pinned(order.protocol_sha256), order, doing["checkpoint"])
    return _judge(session, deed, doing, *statements.meant(step, values, patient))


def sign(session: Session, deed: Deed, auths: Sequence[Auth]) -> Work:
    """Sign what was prepared; a wrong secret raises and leaves it waiting."""
    doing = store.work(session, deed.by.id, deed.site)
    if not doing.get("prepared"):
        raise Conflict("Expected a statement that waits for signatures, seen none.")
    return _told(session, deed, actions.confirm(session, deed, doing["prepared"], auths), doing)


def _refuse_over_stop(session: Session, deed: Deed) -> None:
    doing = store.work(session, deed.by.id, deed.site)
    if doing.get("verdict") and not doing.get("acknowledged", True):
        raise Conflict("Expected the verdict to be acknowledged first, seen another act.")


def _open_by_scan(session: Session, deed: Deed, scanned: Scanned) -> dict[str, Any]:
    """Find the order and the step that a first scan belongs to.

    A scan that finds none is an entry of the site's chain.
    """
    meant = reading.order_meant(session, scanned)
    if meant is None:
        return _unresolved(session, deed, scanned)
    order = store.load(session, meant)
    if deed.site not in dict(order.sites).values():
        return _unresolved(session, deed, scanned)
    found = _steps_for(session, deed, order, scanned)
    if len(found) > 1:
        item = reading.make_sense(session, order, scanned)
        return {"order": order.id, "choose": [step.id for step in found], "scans": [_pack(session, item, scanned)]}
    return {"order": order.id, "checkpoint": found[0].id, "scans": []}


def _steps_for(session: Session, deed: Deed, order: Order, scanned: Scanned) -> list[Checkpoint]:
    """Return the person's own next steps that want this code as it stands.

    Without any: the one of them that wants a code of this kind, else any next one, else the one done last.
    """
    item = reading.make_sense(session, order, scanned)
    protocol = protocols.pinned(order.protocol_sha256)
    mine = [task.checkpoint for task in tasks.of_order(order, deed.by, held=False) if task.site == deed.site]
    fitting = [(step, slot) for step in mine for slot in step.slots if fits(slot, item, step.slots)]
    right = list(dict.fromkeys(step.id for step, slot in fitting if _good(item, slot, opens_inside=False)))
    if right:
        return [step for step in mine if step.id in right]
    done = [step for step in protocol.checkpoints if order.did(step.id) is not None]
    near = [step for step, _slot in fitting]
    return [next(iter([*near, *mine, *steps.open_for(protocol, order), *reversed(done)]), protocol.checkpoints[0])]


def _take(session: Session, deed: Deed, doing: dict[str, Any], scanned: Scanned) -> Work:
    order = store.load(session, doing["order"])
    step = steps.step_of(protocols.pinned(order.protocol_sha256), order, doing["checkpoint"])
    before = _work(session, deed, doing)
    item = reading.make_sense(session, order, scanned)
    slot = next((slot for slot in step.slots if fits(slot, item, step.slots)), None)
    held = None if slot is None else before.filled(slot)
    if slot is not None and _again(before, slot, item):
        return before  # a trigger pulled twice is one scan
    doing = {**doing, "scans": [*doing["scans"], _pack(session, item, scanned)]}
    opens_inside = (
        step.quarantine
        and item.klass == "container"
        and all(before.filled(s) for s in step.slots if s.klass != "container")
    )
    taken = held is not None and not (slot is not None and slot.many and item.whose == "own")
    if slot is None or taken or not _good(item, slot, opens_inside=opens_inside):
        return _judge(session, deed, doing, {}, None)
    work = _work(session, deed, doing)
    if work.waiting or step.values:
        return _keep(session, deed, doing)
    return _judge(session, deed, doing, {}, None)


def _again(work: Work, slot: Slot, item: Item) -> bool:
    """Say whether this very thing was scanned for the slot already."""
    slots = () if work.checkpoint is None else work.checkpoint.slots
    return any(
        fits(slot, held, slots) and (held.code, held.whose) == (item.code, item.whose) and bool(item.code)
        for held in work.items
    )


def _good(item: Item, slot: Slot, *, opens_inside: bool) -> bool:
    """Say whether a scan may wait for the rest.

    What is found inside a rightly opened shipper is judged with the rest.
    """
    if item.replayed or trust.of(item.read) is trust.Trust.NONE:
        return False
    if opens_inside:
        return item.klass == "container"
    if item.whose not in {"own", "none"} or item.differs:
        return False
    if item.klass == "band" and item.whose == "none" and not slot.new:
        return False
    if item.container is not None and slot.states and item.container.state not in slot.states:
        return False
    return item.piece is None or item.piece.state == slot.piece


def _judge(
    session: Session, deed: Deed, doing: dict[str, Any], values: Mapping[str, str], patient: PatientFacts | None
) -> Work:
    scans = [_unpack(session, deed, packed) for packed in doing["scans"]]
    outcome = actions.attempt(session, deed, doing["order"], doing["checkpoint"], scans, values, patient)
    return _told(session, deed, outcome, doing)


def _told(session: Session, deed: Deed, outcome: Done | NeedsSignatures, doing: Mapping[str, Any]) -> Work:
    if isinstance(outcome, NeedsSignatures):
        return _keep(session, deed, {**doing, "prepared": outcome.prepared.id})
    entry = outcome.entry
    verdict = {"chain": entry.chain, "seq": entry.seq, "holds": list(outcome.holds)}
    since = ledger.instant(deed.at)
    return _keep(session, deed, {"verdict": verdict, "acknowledged": outcome.outcome == "accepted", "since": since})


def _unresolved(session: Session, deed: Deed, scanned: Scanned) -> dict[str, Any]:
    """Record a scan at a gate that belongs to no order of this site: an entry of the site's chain, never ignored."""
    item = reading.make_sense(session, None, scanned)
    site = people.site(session, deed.site)
    ledger.lock(session, site.chain)
    known = {"unreadable": "unreadable", "specimen": "not_for_use", "pack": "not_for_use"}
    code = "other_order" if item.whose == "other" else known.get(item.klass, "no_step")
    stmt = {
        **deed.common(),
        "id": ledger.new_id(),
        "outcome": "blocked",
        "items": [reading.told(session, item, scanned, None)],
        "reasons": [
            {"code": code, "slot": "", "expected": "a code that opens a step here", "seen": item.fault or item.klass}
        ],
        "effects": [],
    }
    entry = ledger.record(session, site.chain, "scan.unresolved", stmt, at=deed.at)
    verdict = {"chain": entry.chain, "seq": entry.seq, "holds": []}
    return {"verdict": verdict, "acknowledged": False, "since": ledger.instant(deed.at)}


def _pack(session: Session, item: Item, scanned: Scanned) -> dict[str, str]:
    """Return a scan as it waits for the rest; bytes that may tell who somebody is wait in the vault."""
    packed = {
        "aim": scanned.aim,
        "source": scanned.source,
        "at": ledger.instant(scanned.at),
        "assurance": scanned.assurance,
        "seen": scanned.seen,
        "scanner": scanned.scanner,
        "picture": scanned.picture,
        "replayed": "yes" if scanned.replayed else "",
        "attested_by": scanned.attested_by,
    }
    if reading.may_be_shown(item):
        return {**packed, "data": base64.b64encode(scanned.data).decode("ascii")}
    return {**packed, "sealed": vault.put_bytes(session, None, "scan", scanned.data, at=scanned.at)}


def _unpack(session: Session, deed: Deed, packed: Mapping[str, str]) -> Scanned:
    """Return a scan that waited; what waited in the vault is opened, which is logged."""
    data = packed.get("data")
    if data is None:
        kept: Any = vault.open_(session, packed["sealed"], by=deed.by.id, why="station.work", at=deed.at)
        data = kept["base64"]
    return Scanned(
        base64.b64decode(data),
        packed["aim"],
        packed["source"],
        ledger.moment(packed["at"]),
        packed["assurance"],
        packed.get("seen", ""),
        packed.get("scanner", ""),
        packed.get("picture", ""),
        replayed=packed.get("replayed") == "yes",
        attested_by=packed.get("attested_by", ""),
    )


def _keep(session: Session, deed: Deed, doing: dict[str, Any]) -> Work:
    """Keep what is in hand; what no longer is goes from the vault, and since when scans count stays."""
    before = store.work(session, deed.by.id, deed.site)
    for gone in _sealed(before) - _sealed(doing):
        vault.forget(session, gone)
    if "since" in before:
        doing = {"since": before["since"], **doing}
    store.keep_work(session, deed.by.id, deed.site, doing)
    return _work(session, deed, doing)


def _sealed(doing: Mapping[str, Any]) -> set[str]:
    return {one["sealed"] for one in doing.get("scans", ()) if "sealed" in one}


def _to_the_millisecond(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _work(session: Session, deed: Deed, doing: Mapping[str, Any]) -> Work:
    verdict = doing.get("verdict")
    if verdict is not None:
        entry = ledger.entry(session, verdict["chain"], verdict["seq"])
        return Work(verdict=entry, acknowledged=doing.get("acknowledged", True), holds=tuple(verdict["holds"]))
    if "order" not in doing:
        return Work()
    order = store.load(session, doing["order"])
    if "choose" in doing:
        named = tuple(steps.step_of(protocols.pinned(order.protocol_sha256), order, name) for name in doing["choose"])
        return Work(order=order, choices=named)
    step = steps.step_of(protocols.pinned(order.protocol_sha256), order, doing["checkpoint"])
    items = tuple(reading.make_sense(session, order, _unpack(session, deed, packed)) for packed in doing["scans"])
    prepared = None
    if doing.get("prepared"):
        prepared = signatures.prepared(session, doing["prepared"])
        if deed.at >= prepared.expires:  # the signatures came too late: nothing is done, and it begins anew
            return _keep(session, deed, {"order": order.id, "checkpoint": step.id, "scans": []})
    return Work(order=order, checkpoint=step, items=items, prepared=prepared)


def command(scanned: Scanned) -> str | None:
    """Return the word of a command code (CONFIRM, CANCEL …), or None for anything else."""
    value = identity.read(scanned.data, scanned.aim or None)
    return str(value).removeprefix("CMD-") if identity.classify(value) == "command" else None
