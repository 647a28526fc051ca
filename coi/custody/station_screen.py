"""The scan station as the server keeps it, in words: step, codes, values, signature, answer."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from coi import people, settings
from coi.custody import keyed, order_boxes, order_notes, orders, station_fields, store, tasks, verdict_screen, words
from coi.custody import protocol_register as protocols
from coi.custody import thing_words as things
from coi.custody.station_views import SignatureView, SignerView, StationView, StepView, TaskView
from coi.custody.tasks import Task
from coi.ledger import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.order import Order
    from coi.custody.protocol import Checkpoint, Slot
    from coi.custody.station import Work
    from coi.people.signatures import Prepared


def station(
    session: Session, deed: Deed, work: Work, *, answered: bool, notice: str = "", error: str = ""
) -> StationView:
    """Return the station's picture; *answered* shows a verdict that need not be acknowledged (a GO), once."""
    site = people.name_of(session, deed.site)
    if work.verdict is not None and (answered or not work.acknowledged):
        return StationView(site, verdict=verdict_screen.verdict(session, work.verdict, work.holds))
    if work.order is not None and work.choices:
        return _choosing(session, work.order, work.choices, site, notice)
    if work.order is None or work.checkpoint is None:
        return StationView(site, notice=notice, tasks=_waiting(session, deed))
    order, step = work.order, work.checkpoint
    twins = _meets_patient(step) and store.has_twin(session, order.id)
    others = tasks.others(order, deed.by, deed.site)
    return StationView(
        site=site,
        title=str(_(step.title)),
        checkpoint=step.handoff,
        coi=order.coi or order.id,
        order="" if station_fields.hides_the_order(step) and work.prepared is None else words.order_for_eyes(order),
        product=protocols.pinned(order.protocol_sha256).product["name"],
        patient=_patient(session, deed, work, order, step),
        steps=_steps(work, step),
        fields=station_fields.fields(session, order, step, twins=twins),
        ready=work.wants_values or work.wants_confirmation,
        notice=notice,
        signature=None if work.prepared is None else signature(session, deed, work.prepared, error=error),
        deadline=_deadline(work, order, step),
        notes=order_notes.notes(order),
        twins=twins,
        others=tuple(task(session, one) for one in others if one.checkpoint.id != step.id),
        symbols=_symbols(step),
        may_type=keyed.may_type(step, settings.of(session).typed_at),
        preflight=any(effect["do"] == "thaw_clock" for effect in step.effects),
        bands=any(slot.klass == "band" for slot in step.slots),
    )


def _symbols(step: Checkpoint) -> str:
    """Return which symbols a step can use, as the check of assurance judges them."""
    if any(slot.symbol == "linear" for slot in step.slots):
        return "both"
    return "matrix" if step.sign is not None and len(step.sign.by) > 1 else "any"


def _choosing(session: Session, order: Order, choices: tuple[Checkpoint, ...], site: str, notice: str) -> StationView:
    """Return the station that asks which step is meant."""
    protocol = protocols.pinned(order.protocol_sha256)
    named = [
        task(session, Task(order, step, order.site(step.site), tasks.due(order, step, protocol), held=False))
        for step in choices
    ]
    return StationView(
        site,
        coi=order.coi or order.id,
        order=words.order_for_eyes(order),
        product=protocol.product["name"],
        notice=notice,
        notes=order_notes.notes(order),
        choices=tuple(named),
    )


def _meets_patient(step: Checkpoint) -> bool:
    """Say whether the step happens at the patient, where two who are alike could be taken for each other."""
    at_patient = any(slot.klass in {"wristband", "band"} for slot in step.slots)
    return step.patient_card or at_patient or any(value.type == "spoken" for value in step.values)


def _patient(session: Session, deed: Deed, work: Work, order: Order, step: Checkpoint) -> tuple[tuple[str, str], ...]:
    """Return name and birth date from the vault for who does a step at the patient.

    Where both are first entered as the patient says them, they are shown only once they were: at the signature.
    """
    blind = any(value.type == "spoken" for value in step.values) and work.prepared is None
    mine = deed.by.grant(step.roles, order.site(step.site), order.product) is not None
    if blind or not (step.patient_card and mine):
        return ()
    card = orders.patient_card(session, deed, order, step.id)
    labels = {"name": _("Name"), "birth_date": _("Born")}
    return tuple((str(labels[name]), value) for name, value in card.items())


def signature(session: Session, deed: Deed, prepared: Prepared, *, error: str = "") -> SignatureView:
    """Return exactly what is about to be signed."""
    stmt: Mapping[str, Any] = prepared.stmt
    return SignatureView(
        prepared=prepared.id,
        meaning=words.meaning(prepared.places[0].meaning),
        lines=tuple(_lines(session, stmt)),
        sha256=prepared.sha256,
        expires=prepared.expires,
        signers=tuple(
            SignerView(
                role=str(_(" or ")).join(sorted(role.replace("_", " ") for role in place.roles)),
                state="next" if number == 0 else "waiting",
                name=people.name_of(session, deed.by.id) if number == 0 else "",
                needs_login=number > 0,
                needs_code=place.asks_other,
            )
            for number, place in enumerate(prepared.places)
        ),
        statement=encode(dict(stmt)).decode("utf-8"),
        error=error,
    )


def task(session: Session, one: Task) -> TaskView:
    """Return a task as its line shows it."""
    order, step = one.order, one.checkpoint
    return TaskView(
        title=str(_(step.title)),
        checkpoint=step.handoff,
        coi=order.coi or order.id,
        order=words.order_for_eyes(order),
        product=protocols.pinned(order.protocol_sha256).product["name"],
        site=people.name_of(session, one.site),
        due=one.due,
        blocked=str(_("on hold")) if one.held and not step.records_only else "",
        url=f"/station?order={order.id}&step={step.id}",
        step=step.id,
    )


def _waiting(session: Session, deed: Deed) -> tuple[TaskView, ...]:
    """Return what an idle station lists: what can be begun first, in the order of its numbers."""
    open_now = tasks.at_station(session, deed.by, deed.site)
    all_here = [one for one in tasks.tasks(session, deed.by) if one.site == deed.site]
    held = [one for one in all_here if one.held and not one.checkpoint.records_only]
    return tuple(task(session, one) for one in (*open_now, *held))[: tasks.MANY]


def _steps(work: Work, step: Checkpoint) -> tuple[StepView, ...]:
    """Return the step's codes: what is scanned, what comes now, what waits."""
    waiting = work.waiting
    return tuple(_step(work, slot, waiting[0] if waiting else None) for slot in step.slots)


def _step(work: Work, slot: Slot, now: Slot | None) -> StepView:
    item = work.filled(slot)
    found, wanted = work.count(slot)
    done = item is not None and found >= wanted
    return StepView(
        slot=slot.name,
        name=things.slot_name(slot),
        expected=str(_(slot.say)),
        state="done" if done else "next" if slot is now else "waiting",
        seen="" if item is None else words.code_for_eyes(item.code.encode("ascii")) if item.code else "…" + item.tail,
        symbol=things.symbol(slot),
        found=found,
        wanted=wanted,
        optional=slot.optional,
    )


def _deadline(work: Work, order: Order, step: Checkpoint) -> Any:  # noqa: ANN401  an instant or None
    """Return when the window from the first scan closes, while one runs."""
    first = next((item.at for item in work.items), None)
    if first is None or "window" not in step.checks or work.prepared is not None:
        return None
    return first + timedelta(seconds=protocols.pinned(order.protocol_sha256).limits["wristband_to_bag_s"])


def _lines(session: Session, stmt: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the statement as label and value, in the order of reading."""
    lines = [
        (str(_("Order")), _order(session, str(stmt.get("order", "")))),
        (str(_("Site")), people.name_of(session, str(stmt["site"]))),
        (str(_("At")), str(stmt["at"])),
    ]
    if stmt.get("handoff"):
        title = order_titles().get(stmt["checkpoint"], stmt["checkpoint"].replace("_", " "))
        lines.insert(1, (str(_("Step")), f"{stmt['handoff']} {_(title)}"))
    lines += [
        (str(_(str(item["class"]).capitalize())), words.code_for_eyes(base64.b64decode(item["data"]), item["aim"]))
        for item in stmt.get("items", ())
        if "data" in item
    ]
    lines += [
        (name.replace("_", " ").capitalize(), things.choice(str(value)))
        for name, value in stmt.get("values", {}).items()
    ]
    known = store.load(session, str(stmt["order"])) if stmt.get("order") else None
    lines += [(str(_("Then")), _effect(session, known, effect)) for effect in stmt.get("effects", ())]
    for key in ("basis", "hold"):
        if key in stmt:
            lines.append((key, str(stmt[key]).replace("_", " ")))
    return [line for line in lines if line[1]]


def _order(session: Session, name: str) -> str:
    """Return an order's number with the id that the statement itself carries."""
    if not name:
        return ""
    number = words.order_for_eyes(store.load(session, name))
    return number if number == name else f"{number} ({name})"


def order_titles() -> dict[str, str]:
    """Return the titles of every shipped checkpoint by its name."""
    return {step.id: step.title for protocol in protocols.shipped().values() for step in protocol.checkpoints}


def _effect(session: Session, order: Order | None, effect: Mapping[str, Any]) -> str:
    """Return one effect in words; what these words do not know is said by its own names."""
    match effect:
        case {"do": "state", "to": to}:
            return str(_("the order is: %(state)s", state=things.state(str(to))))
        case {"do": "custody" | "offer" as does, "to": to}:
            place = order_boxes.place(session, str(to))
            text = _("custody passes to %(place)s", place=place) if does == "custody" else ""
            return str(text or _("custody is offered to %(place)s", place=place))
        case {"do": "container", "container": name, "state": state}:
            held = None if order is None else order.container(str(name))
            called = str(name) if held is None or order is None else order_boxes.bag(session, held, order)
            return str(_("%(name)s is: %(state)s", name=called, state=things.container_state(str(state))))
        case {"do": "piece", "piece": piece, "to": to}:
            return str(_("label %(label)s is: %(state)s", label=words.piece_for_eyes(str(piece)), state=to))
        case _:
            return " ".join(str(value) for value in effect.values() if not isinstance(value, (dict, list)))
