"""What only a demo shows: the printer's tray with its live labels, and the guided walk of a newcomer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, send_file, url_for
from flask_babel import gettext as _

from coi import settings, web
from coi.custody import order_screen, words
from coi.custody import protocol_register as protocols
from coi.errors import Unknown
from coi.labelling import store as labelling
from coi.people import factors

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.person import Person

bp = Blueprint("demo", __name__)


@dataclass(frozen=True, slots=True)
class TrayItem:
    """One picture in the virtual printer's tray (databases of purpose demo only)."""

    name: str
    caption: str
    role: str
    order: str
    coi: str
    at: datetime | None = None
    alive: bool = True
    url: str = ""


@bp.get("/tray")
def tray() -> ResponseReturnValue:
    """Show what the demo's printer has put out: live pieces, so only in a demo."""
    who = web.me()
    return render_template("custody/tray.html", items=web.read(lambda session: _tray(session, who.person)))


@bp.get("/tray/<path:name>")
def tray_picture(name: str) -> ResponseReturnValue:
    """Give one picture of the tray."""
    who = web.me()
    item = next((one for one in web.read(lambda session: _tray(session, who.person)) if one.name == name), None)
    if item is None:
        raise Unknown("Expected a picture of the tray, seen none of that name.")
    return send_file(_tray_folder() / item.name, mimetype="image/png")


@bp.get("/walk")
def walk() -> ResponseReturnValue:
    """Guide a newcomer: carry one order through, then try a mix-up; only in a demo."""
    _only_in_a_demo()
    at = web.now()
    return render_template(
        "custody/walk.html",
        steps=protocols.for_product("CRYO-CAR-T").checkpoints,
        codes=web.read(lambda session: factors.codes_in_demo(session, at)),
    )


def _only_in_a_demo() -> None:
    """Refuse outside a demo.

    Raises:
        Unknown: the database is for patients or for training.
    """
    if web.wired().purpose != "demo":
        raise Unknown("Expected a database of purpose demo, seen another.")


def _tray_folder() -> Path:
    """Return where the virtual printer puts its pictures."""
    return settings.of_engine(web.wired().database.engine).data / "tray"


def _tray(session: Session, person: Person) -> tuple[TrayItem, ...]:
    """Return the pictures in the tray of orders that *person* may see, and the tags of the demo's things."""
    _only_in_a_demo()
    folder = _tray_folder()
    mine = {order.id: order for order in order_screen.visible(session, person)}
    items: list[TrayItem] = []
    for order in mine.values():
        for piece in labelling.of_order(session, order.id):
            name = f"{piece.design}-{piece.id}.png"
            if (folder / name).is_file():
                items.append(
                    TrayItem(
                        name=name,
                        caption=words.piece_for_eyes(piece.id),
                        role=piece.design.replace("_", " "),
                        order=words.order_for_eyes(order),
                        coi=order.coi or order.id,
                        alive=piece.alive,
                        url=url_for("demo.tray_picture", name=name),
                    )
                )
    for path in sorted((folder / "things").glob("*.png")):
        name = f"things/{path.name}"
        words_ = path.stem.replace("-", " ")
        items.append(
            TrayItem(name, words_, str(_("tag")), str(_("Things")), "", url=url_for("demo.tray_picture", name=name))
        )
    return tuple(items)
