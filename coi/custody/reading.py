"""What was scanned, and whose is it? Bytes become items: identity says what a code means, the stores whose it is.

* The server parses the raw bytes anew; what a client made of them is not asked.
* Raw bytes of this order or of nobody may stand in the entry. Anything else goes into the vault, and the entry holds
  its class, its length, a salted commitment and at most a piece's last four (DESIGN, law 9).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from coi import identity, ledger, vault
from coi.custody import continuity_store, store, trust
from coi.custody.asked import Item
from coi.equipment import store as equipment
from coi.labelling import store as labelling
from coi.people import station_intake
from coi.shipping import store as shipping

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.identity import Contents

HOUSE = frozenset({"shipper", "seal", "location", "equipment", "logger", "kit", "specimen", "pack"})


@dataclass(frozen=True, slots=True)
class Scanned:
    """One read as it arrived."""

    data: bytes
    aim: str
    source: str
    at: datetime
    assurance: str
    seen: str = ""
    """The decoder and its frames, where a camera read it."""
    scanner: str = ""
    """What stands against the scanner it came through: failed, due, or nothing."""
    picture: str = ""
    """Commitment to the frame in the vault, where a camera read it."""
    replayed: bool = False
    """Whether the very same frame came before."""
    attested_by: str = ""
    """The second person, where two typed it blind."""


def make_sense(session: Session, order: Order | None, scanned: Scanned) -> Item:
    """Return what *scanned* is, seen from *order*; without an order everything that belongs to one is another's."""
    value = identity.read(scanned.data, scanned.aim or None)
    klass = identity.classify(value)
    item = Item(
        klass=klass,
        whose="unknown",
        at=scanned.at,
        source=scanned.source,
        assurance=scanned.assurance,
        aim=scanned.aim,
        length=len(scanned.data),
        seen=scanned.seen,
        scanner=scanned.scanner,
        replayed=scanned.replayed,
    )
    if isinstance(value, identity.Unreadable):
        return replace(item, klass="unreadable", fault=value.reason)
    if klass in HOUSE:
        return _house(session, order, item, str(value))
    if klass == "patient":
        return _band(session, order, item, scanned.data)
    if klass in {"badge", "command"}:
        return item
    contents = identity.summary(value)
    if contents.piece is not None:
        return _piece(
            session,
            order,
            replace(item, linear=scanned.aim.startswith("]C") or (klass == "piece" and not scanned.aim)),
            contents,
        )
    return _paper(session, order, item, contents)


def _band(session: Session, order: Order | None, item: Item, data: bytes) -> Item:
    """Resolve the hospital's own wristband: this patient's, another's, or nobody's yet. Its bytes stay in the vault."""
    item = replace(item, klass="band")
    subject = vault.resolve(session, vault.band(data))
    if subject is None:
        return replace(item, whose="none", code=vault.tag(session, vault.band(data)))
    if order is None or subject != order.patient:
        return replace(item, whose="other")
    return replace(item, whose="own", code=vault.tag(session, vault.band(data)))


def _house(session: Session, order: Order | None, item: Item, code: str) -> Item:
    carried_for = shipping.order_of(session, code) if item.klass in {"shipper", "seal", "logger"} else None
    if item.klass == "pack":
        carried_for = continuity_store.order_of(session, code)
    if carried_for is not None and (order is None or carried_for != order.id):
        return replace(item, whose="other", tail=code[-4:], foreign_order=carried_for)
    return replace(item, whose="none", code=code, equipment=equipment.find(session, code))


def _piece(session: Session, order: Order | None, item: Item, contents: Contents) -> Item:
    text = str(contents.piece)
    piece = labelling.find(session, text)
    if piece is None:
        return replace(item, klass="unknown", tail=text[-4:], fault="no such label was printed here")
    item = replace(item, klass=piece.role, tail=piece.tail)
    if order is None or piece.order != order.id:
        return replace(item, whose="other", foreign_order=piece.order, foreign_container=piece.container)
    container = None if piece.container is None else order.container(piece.container)
    registered: dict[str, str] = {"coi": order.coi or ""}
    if container is not None:
        registered |= {"container": container.id, **dict(container.keys)}
        if container.expires is not None:
            registered["expires"] = container.expires.date().isoformat()
    return replace(
        item, whose="own", code=text, piece=piece, container=container, differs=_differences(contents, registered)
    )


def _differences(contents: Contents, registered: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """Compare every field that the symbol carries with what is registered; a field we never registered differs too."""
    said = {
        "coi": None if contents.coi is None else str(contents.coi),
        "container": contents.container,
        "din": contents.din,
        "product_code": contents.product_code,
        "gtin": contents.gtin,
        "serial": contents.serial,
        "lot": contents.lot,
        "expires": None if contents.expires is None else contents.expires.isoformat()[:10],
    }
    return tuple(
        (name, registered.get(name, "nothing"), seen)
        for name, seen in said.items()
        if seen is not None and registered.get(name) != seen
    )


def _paper(session: Session, order: Order | None, item: Item, contents: Contents) -> Item:
    """Resolve a code without a piece: paperwork, a hospital's form, a foreign label. It never stands for the thing."""
    owner = None
    if contents.coi is not None:
        owner = store.order_of_key(session, coi=str(contents.coi))
    elif contents.din is not None:
        owner = store.order_of_key(session, din=contents.din)
    elif contents.gtin is not None and contents.serial is not None:
        owner = store.order_of_key(session, gtin_serial=f"{contents.gtin} {contents.serial}")
    if owner is None:
        return replace(item, klass="unknown", fault="no order has this code")
    if order is not None and owner == order.id:
        return replace(item, klass="paper", whose="own")
    return replace(item, klass="paper", whose="other", foreign_order=owner)


def order_meant(session: Session, scanned: Scanned) -> str | None:
    """Return the order that a scan belongs to, for a station that has no task open yet; None when it tells none."""
    return make_sense(session, None, scanned).foreign_order


def may_be_shown(item: Item) -> bool:
    """Say whether the bytes of a scan may stand outside the vault: this order's own things, or nobody's."""
    return item.whose in {"own", "none"} and item.klass not in {"badge", "band"} and not item.differs


def told(session: Session, item: Item, scanned: Scanned, patient: str | None) -> dict[str, Any]:
    """Return what the entry says of one scan; bytes that may not stand there go into the vault first.

    A hospital's own band lies there under whom it leads to, and goes with an erasure. One that leads to nobody was
    shown as the band of the order's *patient*, and lies under that one: it is bound by this very step, or nobody's.
    """
    line: dict[str, Any] = {
        "class": item.klass,
        "whose": item.whose,
        "aim": scanned.aim,
        "source": scanned.source,
        "assurance": scanned.assurance,
        "at": ledger.instant(scanned.at),
        "length": len(scanned.data),
        "trust": str(trust.of(item.read)),
        **({"seen": scanned.seen} if scanned.seen else {}),
        **({"picture": scanned.picture} if scanned.picture else {}),
        **({"attested_by": scanned.attested_by} if scanned.attested_by else {}),
    }
    if may_be_shown(item):
        line["data"] = base64.b64encode(scanned.data).decode("ascii")
        return line
    subject = None
    if item.klass == "band":
        subject = vault.resolve(session, vault.band(scanned.data))
        if subject is None and patient is not None and not vault.is_erased(session, patient):
            subject = patient
        if subject is not None and item.whose == "none":
            station_intake.claim(session, subject, scanned.data, scanned.at)
    line["commitment"] = vault.put_bytes(session, subject, "scan", scanned.data, at=scanned.at)
    if item.tail and item.klass in {"wristband", "container", "cassette", "unknown"}:
        line["tail"] = item.tail
    return line


def untold(session: Session, line: Mapping[str, Any], *, by: str, at: datetime) -> Scanned:
    """Return the scan that a statement's line tells, for the decision that is taken again when it is signed.

    What may not stand in the line is opened from the vault; the opening is logged.
    """
    data = line.get("data")
    if data is None:
        kept: Any = vault.open_(session, line["commitment"], by=by, why="signing.again", at=at)
        data = kept["base64"]
    return Scanned(
        base64.b64decode(data),
        line["aim"],
        line["source"],
        ledger.moment(line["at"]),
        line["assurance"],
        seen=line.get("seen", ""),
        picture=line.get("picture", ""),
        attested_by=line.get("attested_by", ""),
    )
