"""Was everything stated that the step asks for, in its range and kind?"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked
    from coi.custody.protocol import Value

DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?")
"""A decimal string as entries carry it: no exponent, no grouping, no sign but minus."""


SPOKEN = frozenset({"yes", "no", "cannot_speak"})
"""What the vault answers of a spoken name and birth date; whether it suffices is for ``spoken``."""
KEYED = re.compile(r"[0-9A-Z*]{4}|[0-9A-Z]{12}")
"""The last four of a chain of identity, or a whole piece id, as keyed from a label."""
SITE = re.compile(r"S-[0-9A-Z]{1,38}")


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a missing value, one of another kind, one out of range, one nobody asked for, and a statement not made."""
    given = asked.facts.values
    known = {value.name for value in asked.checkpoint.values}
    others = len(set(given) - known)
    reasons = [Reason("value_wrong", expected="only what this step asks for", seen=f"{others} more")] if others else []
    for value in asked.checkpoint.values:
        if value.type == "spoken" and asked.facts.by_lease and value.name not in given:
            continue  # nobody could compare it; both persons and the wristband were checked at the preflight (ADR 16)
        reasons += _of(value, given.get(value.name, ""))
    return tuple(reasons)


def may_stand(value: Value, text: str) -> bool:
    """Say whether *text* is of the value's kind and may stand in an entry: other text may be a person's name."""
    match value.type:
        case "yes" | "identity":
            return text in {"yes", "no"}
        case "spoken":
            return text in SPOKEN
        case "tail" | "piece":
            return KEYED.fullmatch(text) is not None
        case "site":
            return SITE.fullmatch(text) is not None
        case "choice":
            return text in value.choices
        case "date":
            return is_date(text)
        case _:
            return DECIMAL.fullmatch(text) is not None


def shown(value: Value, text: str) -> str:
    """Return what a reason shows of a stated text: the text if it may stand, else its length alone."""
    return text if may_stand(value, text) else f"{len(text)} characters"


def _of(value: Value, text: str) -> list[Reason]:
    if not text:
        return [Reason("value_missing", slot=value.name, expected=value.ask, seen="nothing")]
    match value.type:
        case "yes" | "identity":
            return (
                []
                if text == "yes"
                else [Reason("not_stated", slot=value.name, expected="yes", seen=shown(value, text))]
            )
        case "spoken" | "tail" | "piece" | "site":
            fits = may_stand(value, text)
            return [] if fits else [Reason("value_wrong", slot=value.name, expected=value.ask, seen=shown(value, text))]
        case "choice":
            return (
                []
                if text in value.choices
                else [
                    Reason("value_wrong", slot=value.name, expected=" or ".join(value.choices), seen=shown(value, text))
                ]
            )
        case "date":
            return (
                []
                if is_date(text)
                else [Reason("value_wrong", slot=value.name, expected="a date as 2026-11-21", seen=shown(value, text))]
            )
        case _:
            return _decimal(value, text)


def _decimal(value: Value, text: str) -> list[Reason]:
    span = f"{value.low} to {value.high} {value.unit}"
    if DECIMAL.fullmatch(text) is None:
        return [Reason("value_wrong", slot=value.name, expected=span, seen=shown(value, text))]
    number = Decimal(text)
    if (value.low is not None and number < value.low) or (value.high is not None and number > value.high):
        return [Reason("value_wrong", slot=value.name, expected=span, seen=text)]
    return []


def is_date(text: str) -> bool:
    """Say whether *text* is one calendar day in its one spelling."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
