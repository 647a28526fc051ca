"""Does a template stand on its label, know its own names, and show what its class must show?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labels.elements import Band, Frame, Mark, Place, Warnings, fields_of
from labels.errors import BadTemplate
from labels.laws import LAWS
from labels.spec import MATRICES
from labels.stock import stock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labels.elements import Element
    from labels.fields import FieldType
    from labels.spec import Symbology


def placed(elements: Sequence[Element], name: str) -> None:
    """Prove that every element stands on the label and on no other; a frame may go round things, not through them."""
    ground = stock(name)
    for number, element in enumerate(elements):
        path, box = f"elements[{number}].box", element.box
        if box.w <= 0 or box.h <= 0:
            raise BadTemplate(path, "a width and a height above 0", f"{box.w} x {box.h}")
        if box.x < 0 or box.y < 0 or box.x + box.w > ground.width_mm or box.y + box.h > ground.height_mm:
            raise BadTemplate(path, f"a place on {ground.width_mm} x {ground.height_mm} mm", str(_told(box)))
        for earlier, other in enumerate(elements[:number]):
            if box.meets(other.box) and not (_round(element, other) or _round(other, element)):
                raise BadTemplate(path, f"ground that elements[{earlier}] does not take", str(_told(box)))


def _round(outer: Element, inner: Element) -> bool:
    if not isinstance(outer, Frame):
        return False
    room, box = outer.box.inside(outer.thick), inner.box
    return room.x <= box.x and room.y <= box.y and box.x + box.w <= room.x + room.w and box.y + box.h <= room.y + room.h


def _told(box: Place) -> list[float]:
    return [box.x, box.y, box.w, box.h]


def known(elements: Sequence[Element], fields: Mapping[str, FieldType], codes: Mapping[str, object]) -> None:
    """Prove that what is placed is declared and what is declared is placed, each code once."""
    shown = {name for element in elements for name in fields_of(element)}
    for name in sorted(shown - set(fields)):
        raise BadTemplate(f"fields.{name}", "a declaration, since an element shows it", "none")
    for name in sorted(set(fields) - shown):
        raise BadTemplate(f"fields.{name}", "an element that shows it", "none")
    for name, expected in (("donor_testing", "testing"), ("expires", "moment"), ("state", "state")):
        if name in fields and fields[name].kind != expected:
            raise BadTemplate(f"fields.{name}.kind", expected, fields[name].kind)
    drawn = [element.code for element in elements if isinstance(element, Mark)]
    if sorted(drawn) != sorted(codes):
        raise BadTemplate("codes", f"each of {', '.join(sorted(drawn))} once", ", ".join(sorted(codes)) or "none")


def lawful(
    klass: str, elements: Sequence[Element], fields: Mapping[str, FieldType], codes: Mapping[str, object]
) -> None:
    """Prove that the template shows what its class must show."""
    law = LAWS[klass]
    for code in law.codes:
        if code not in codes:
            raise BadTemplate(f"codes.{code}", f"the {code} code of a {klass}", "none")
    for name in law.shown:
        if name not in fields or not fields[name].required:
            raise BadTemplate(f"fields.{name}", f"a required field of a {klass}", "none or an optional one")
    if law.second and not set(law.second) & set(fields):
        raise BadTemplate("fields", f"one of {', '.join(law.second)} as the second identifier", "none")
    if law.expires and "expires" not in fields:
        raise BadTemplate("fields.expires", f"the expiry of a {klass}", "none")
    if law.warned and not any(isinstance(element, Warnings) for element in elements):
        raise BadTemplate("elements", f"the warnings of a {klass}", "none")
    if sum(isinstance(element, Band) for element in elements) != 1:
        raise BadTemplate("elements", "one band, for the mark and the repeat", "none or more")


def legible(klass: str, elements: Sequence[Element], symbologies: Mapping[str, Sequence[Symbology]]) -> None:
    """Prove that the text beside each code may not become smaller than its class allows, and that no matrix climbs."""
    least = LAWS[klass].least
    for number, element in enumerate(elements):
        if not isinstance(element, Mark):
            continue
        if element.least < least:
            raise BadTemplate(f"elements[{number}].least", f"at least {least} mm beside a code", str(element.least))
        if element.upwards and set(symbologies[element.code]) & set(MATRICES):
            raise BadTemplate(f"elements[{number}].upwards", "only bars that climb", "a matrix")
