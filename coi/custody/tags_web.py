"""Tags of things, command cards, and the labels of shippers and of packs of paper: what they say, and printing them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from coi import ledger, people, web
from coi.custody import continuity_store, order_boxes, order_screen
from coi.custody import protocol_register as protocols
from coi.equipment import store as equipment
from coi.errors import Conflict, NotPermitted, Unknown
from coi.identity.house import COMMANDS
from coi.labelling import tag_actions, tags, template_store
from coi.quality import store as quality

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

bp = Blueprint("tags", __name__)

ANSWERED = (NotPermitted, Conflict)
MOST = 34
"""Characters that a line of a shipper's label holds."""


@bp.get("/tags")
def page() -> ResponseReturnValue:
    """Show the things of this site and the command cards, each with its printing."""
    return _page()


@bp.post("/tags/<code>")
def order(code: str) -> ResponseReturnValue:
    """Have the tag of a thing of this site, or a command card, printed."""
    who = web.me()

    def values(session: Session) -> Mapping[str, str]:
        if code in COMMANDS:
            return {"name": code.removeprefix("CMD-"), "kind": tag_actions.kind_of(code)}
        thing = next((one for one in equipment.at_site(session, who.site) if one.code == code), None)
        if thing is None:
            raise Unknown("Expected a thing of this site, or a command, seen none of that code.")
        note = people.name_of(session, who.site)
        told = {"name": thing.label or thing.code, "kind": tag_actions.kind_of(code), "note": note[:17]}
        return {**told, "from": note[:MOST]}

    return _ordered(code, values, _page, url_for("tags.page"))


@bp.post("/orders/<name>/shipments/<shipment>/label")
def shipper(name: str, shipment: str) -> ResponseReturnValue:
    """Have the label of a shipper printed for its leg: from where, to where, and how it is carried."""
    who = web.me()
    found: list[str] = []

    def values(session: Session) -> Mapping[str, str]:
        held = order_screen.seen_by(session, who.person, name)
        leg = next((one for one in held.shipments if one.id == shipment and one.is_open), None)
        if leg is None:
            raise Unknown("Expected a shipment of this order that is under way, seen none of that number.")
        found.append(leg.shipper)
        thing = equipment.find(session, leg.shipper)
        return {
            "name": thing.label if thing is not None and thing.label else leg.shipper,
            "from": people.name_of(session, leg.origin)[:MOST],
            "to": people.name_of(session, leg.destination)[:MOST],
            "handling": str(_("Patient's cells: upright, no X-ray"))[:MOST],
        }

    back = url_for("shipping.shipments", name=name)
    web.read(values)
    return _ordered(found[0], values, None, back)


@bp.post("/orders/<name>/paper/<pack>/label")
def pack(name: str, pack: str) -> ResponseReturnValue:
    """Have the label of a pack of paper printed: its serial, until when it is good, and how the order stood."""
    who, at = web.me(), web.now()
    return _ordered(
        pack, lambda session: _of_pack(session, who, name, pack, at), None, url_for("continuity.page", name=name)
    )


def _of_pack(session: Session, who: web.Who, name: str, code: str, at: datetime) -> Mapping[str, str]:
    """Return what the label of a pack in force says."""
    held = order_screen.seen_by(session, who.person, name)
    found = next((one for one in continuity_store.of_order(session, held.id) if one.code == code), None)
    if found is None or found.state != "current" or found.expires <= at:
        raise Conflict("Expected a pack that is in force, seen another: make a new one.")
    zone = ZoneInfo(people.site(session, found.site).zone)
    bag = next((one for one in reversed(held.containers) if one.live), None)
    ends = found.expires if bag is None or bag.expires is None else bag.expires
    stands = any(hold.is_open for hold in quality.of_order(session, held.id))
    return {
        "coi": held.coi or "",
        "state": "ON HOLD" if stands else "no hold",
        "container": "" if bag is None else order_boxes.bag(session, bag, held)[:20],
        "lot": held.lot or "",
        "product": protocols.pinned(held.protocol_sha256).product["label"],
        "printed": _moment(found.printed_at, zone),
        "valid": _moment(found.expires, zone),
        "expires": _moment(ends, zone),
    }


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone).strftime('%d %b %Y %H:%M').upper()} {zone.key}"


def _ordered(
    code: str, values: Callable[[Session], Mapping[str, str]], drawn: Callable[[str], str] | None, back: str
) -> ResponseReturnValue:
    """Order a tag; what is refused is told on the page that asked."""
    who, at = web.me(), web.now()

    def work(session: Session) -> None:
        if web.taken_before(session):
            return
        purpose = ledger.installation(session).purpose
        mark = "" if purpose == "production" else purpose.upper()
        tag_actions.order_tag(session, who.person, who.site, code, values(session), mark=mark, at=at)

    try:
        web.deed(work)
    except ANSWERED as error:
        if drawn is not None:
            return drawn(str(error)), error.status
        flash(str(error), "fault")
        return redirect(back)
    flash(_("It is on its way to the printer."), "done")
    return redirect(back)


def _page(error: str = "") -> str:
    who, at = web.me(), web.now()

    def work(session: Session) -> dict[str, object]:
        things = sorted(equipment.at_site(session, who.site), key=lambda one: (one.kind, len(one.label), one.label))
        lacking = [name for name in tags.DRAWINGS if template_store.in_force(session, name, at) is None]
        return {"things": [(one, tag_actions.kind_of(one.code)) for one in things], "lacking": lacking}

    return render_template(
        "custody/tags.html",
        **web.read(work),
        words=[one.removeprefix("CMD-") for one in COMMANDS],
        may=tag_actions.may_order(who.person, who.site),
        error=error,
    )
