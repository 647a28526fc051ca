"""What will the label look like, and what does each of its codes say? A picture without any code in it.

Only the label is the label: what a screen shows can be scanned nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coi.labelling import template_store
from coi.labelling.drawing import DESIGNS, DPI, record
from labels import compose, shipped

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.labelling.drawing import LabelFacts

KINDS = {"datamatrix": "square", "gs1datamatrix": "square", "code128": "bar"}


@dataclass(frozen=True, slots=True)
class Says:
    """One code of a label: square or bar, and what a person reads in it."""

    kind: str
    text: str


def picture(session: Session, facts: LabelFacts) -> bytes:
    """Return the label as a PNG without its codes."""
    ordered = template_store.ordered_by(session, sha256=facts.template_sha256)
    template = ordered or shipped()[DESIGNS[facts.design].drawing]
    return compose(template, replace(record(facts, template), preview=True, mark="PREVIEW"), DPI).png()


def says(facts: LabelFacts) -> tuple[Says, ...]:
    """Return what each code of the label decodes to."""
    return tuple(Says(KINDS[code.symbology], code.text) for code in record(facts).codes.values())
