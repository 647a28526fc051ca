"""What is typed, ticked or chosen at a step, as fields of a form.

Nothing is ever filled in beforehand, and nothing on the page says what is expected of what is entered blind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from coi import people
from coi.custody import thing_words as things
from coi.custody.station_views import FieldView

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.custody.protocol import Checkpoint, Value

PATIENT_FIELDS = ("patient_name", "patient_birth_date", "patient_issuer", "patient_record_number")
"""What is entered blind where the vault compares."""
BLIND = frozenset({"tail", "piece"})
"""Types of values that a person reads from a label: whoever enters them must not see them anywhere on the screen."""
A_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


def fields(session: Session, order: Order, step: Checkpoint, *, twins: bool) -> tuple[FieldView, ...]:
    """Return the fields of a step in its order; *twins* asks for the record number where the patient speaks."""
    return tuple(field for value in step.values for field in _of(session, order, value, twins=twins))


def hides_the_order(step: Checkpoint) -> bool:
    """Say whether the screen keeps the order's number to itself, since its last characters are entered blind."""
    return any(value.type in BLIND for value in step.values)


def _of(session: Session, order: Order, value: Value, *, twins: bool) -> list[FieldView]:
    ask = str(_(value.ask))
    match value.type:
        case "identity":
            return _patient(third=True)
        case "spoken":
            cannot = str(_("The patient cannot speak, and a witness has signed who this is"))
            return [*_patient(third=twins), FieldView(value.name, cannot, "tick", value="cannot_speak")]
        case "yes":
            return [FieldView(value.name, ask, "tick", value="yes")]
        case "choice":
            options = tuple((choice, things.choice(choice)) for choice in value.choices)
            return [FieldView(value.name, ask, "choice", options=options)]
        case "site":
            return [FieldView(value.name, ask, "choice", options=_hospitals(session, order))]
        case "date":
            return [FieldView(value.name, ask, hint=str(_("as 2026-12-31")), pattern=A_DATE)]
        case "tail":
            return [
                FieldView(value.name, ask, "blind", hint=str(_("hidden while you type")), pattern="[0-9A-Za-z*]{4}")
            ]
        case "piece":
            hint = str(_("12 characters, hidden while you type"))
            return [FieldView(value.name, ask, "blind", hint=hint, pattern="([0-9A-Za-z] ?){12}")]
        case _:
            hint = _("%(low)s to %(high)s", low=value.low, high=value.high) if value.low is not None else ""
            return [FieldView(value.name, ask, "decimal", unit=value.unit or "", hint=str(hint))]


def _patient(*, third: bool) -> list[FieldView]:
    """Return the patient's facts to be entered: name and birth date, and the record number as a third identifier."""
    asks = (_("Patient's name"), _("Birth date"), _("Who issued the record number"), _("Record number"))
    hints = (_("as in the hospital's record, entered anew"), _("as 1961-03-04"), _("short name of the hospital"), "")
    patterns = ("", A_DATE, "", "")
    found = [
        FieldView(name, str(ask), hint=str(hint), pattern=pattern)
        for name, ask, hint, pattern in zip(PATIENT_FIELDS, asks, hints, patterns, strict=True)
    ]
    return found if third else found[:2]


def _hospitals(session: Session, order: Order) -> tuple[tuple[str, str], ...]:
    """Return the hospitals that could treat instead of the present one."""
    others = [site for site in people.sites(session) if site.kind == "treatment" and site.id != order.site("treatment")]
    return tuple((site.id, people.name_of(session, site.id)) for site in others)
