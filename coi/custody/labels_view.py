"""What do the pages of labels show? The pieces of an order or site, and whether they add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from coi import people
from coi.custody import endings, order_boxes, printing, words
from coi.labelling import count_store
from coi.labelling.pieces import FATES
from coi.labelling.reconcile import Count, count, nth_copy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.labelling.count_store import Day
    from coi.ledger.entry import Entry


@dataclass(frozen=True, slots=True)
class PieceLine:
    """One label in the table."""

    id: str
    human: str
    thing: str
    """What it is for: a container, or the patient."""
    design: str
    state: str
    state_words: str
    copy: int
    """0 for the first, 1 for the first reprint."""
    replaces: str
    site: str
    printer: str
    printed: datetime | None
    template: str
    sha256: str
    accounted: bool
    why: str
    """Why it ended."""
    may_end: bool
    may_reprint: bool
    here: bool
    """Whether it may lie at the site of who looks; only there its fate is told."""
    lies: str
    """The sites where it may lie, by name."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """An order's labels, and the count of them."""

    coi: str
    order: str
    product: str
    closed: bool
    lines: tuple[PieceLine, ...]
    count: Count


@dataclass(frozen=True, slots=True)
class SiteLine:
    """One order with labels of this site that are not accounted for."""

    coi: str
    order: str
    count: Count


def state_words(state: str) -> str:
    """Return the state of a label in words."""
    return str(
        {
            "intended": _("waits to be printed"),
            "printed": _("printed, not scanned back yet"),
            "applied": _("on its thing"),
            "voided": _("dead, fate not told"),
            "uncertain": _("nobody knows whether it was printed"),
            "spoiled": _("spoiled"),
            "destroyed": _("destroyed"),
            "returned": _("returned"),
        }.get(state, state)
    )


def fate_words() -> list[tuple[str, str]]:
    """Return the fates as value and words."""
    told = {
        "spoiled": _("spoiled: struck out, and kept where it is or with the batch record"),
        "destroyed": _("destroyed"),
        "returned": _("returned to who keeps the labels"),
    }
    return [(fate, str(told[fate])) for fate in FATES]


def why_words(whys: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return reasons as value and words."""
    told = {
        "damaged": _("damaged"),
        "unreadable": _("unreadable"),
        "lost": _("lost: nobody can find it"),
        "never_printed": _("never printed: nothing came out"),
        "not_needed": _("not needed any more"),
        "replaced": _("another took its place"),
    }
    return [(why, str(told[why])) for why in whys]


def of_order(
    session: Session, order: Order, product: str, entries: tuple[Entry, ...] | list[Entry], site: str
) -> Reconciliation:
    """Return the labels of an order as somebody at *site* sees them: what is unaccounted for comes first."""
    printed = count_store.of_order(session, order.id)
    known = tuple(one.piece for one in printed)
    names = {held.id: order_boxes.bag(session, held, order) for held in order.containers}
    again = printing.reprintable(session, order)
    whys = _whys(entries)
    closed = order.state == "RECONCILED"
    lie = {one.piece.id: endings.lies_at(session, order, one.piece) for one in printed}
    sites = {each: people.name_of(session, each) for found in lie.values() for each in found if each}
    lines = [
        PieceLine(
            id=one.piece.id,
            human=words.piece_for_eyes(one.piece.id),
            thing=names.get(one.piece.container or "", one.piece.container or str(_("the patient"))),
            design=one.piece.design.replace("_", " "),
            state=one.piece.state,
            state_words=state_words(one.piece.state),
            copy=nth_copy(one.piece, known) - 1,
            replaces=words.piece_for_eyes(one.piece.replaces) if one.piece.replaces else "",
            site=people.name_of(session, one.site) if one.site else "",
            printer=one.printer,
            printed=one.at,
            template=f"{one.template} {one.version}" if one.template else "",
            sha256=one.template_sha256,
            accounted=one.piece.accounted,
            why=whys.get(one.piece.id, ""),
            may_end=not closed and not one.piece.accounted,
            may_reprint=not closed and one.piece.id in again,
            here=site in lie[one.piece.id],
            lies=", ".join(sorted(sites[each] for each in lie[one.piece.id] if each)),
        )
        for one in printed
    ]
    lines.sort(key=lambda line: line.accounted)
    return Reconciliation(
        order.coi or order.id, words.order_for_eyes(order), product, closed, tuple(lines), count(known)
    )


def _whys(entries: tuple[Entry, ...] | list[Entry]) -> Mapping[str, str]:
    told = dict(why_words(endings.WHY_ENDED))
    ends = {f"label.{fate}" for fate in (*FATES, "voided")}
    return {
        str(entry.stmt["piece"]): told.get(str(entry.stmt.get("why", "")), str(entry.stmt.get("why", "")))
        for entry in entries
        if entry.type in ends
    }


def days(session: Session, site: str) -> tuple[Day, ...]:
    """Return a site's count by day and printer."""
    zone = people.site(session, site).zone
    return count_store.by_day(count_store.at_site(session, site), zone)
