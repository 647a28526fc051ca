"""What must every screen of an order say, whatever else it shows? What it is for the rest of its life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from coi.custody import thing_words as things

if TYPE_CHECKING:
    from coi.custody.order import Order


def notes(order: Order) -> tuple[tuple[str, str], ...]:
    """Return the banners of an order as kind (fault or hold) and text, the gravest first."""
    found: list[tuple[str, str]] = []
    if order.fact("infused_without_verification") == "yes":
        found.append(("fault", str(_("Infused without verification: never shown as verified, by anybody."))))
    if is_out_of_specification(order):
        found.append(
            ("hold", str(_("Out of specification: released for this one patient, at the physician's request.")))
        )
    what, then = things.stopped(order.state)
    if what:
        found.append(("hold", f"{what} {then}"))
    return tuple(found)


def is_out_of_specification(order: Order) -> bool:
    """Say whether the product was released out of specification; a release that is taken back changes nothing in it."""
    certified = order.certificate is not None and order.certificate.oos
    return certified or order.did("h11_oos_release") is not None
