"""What did that label look like? An archived job is drawn again, dot for dot, from its facts and its template.

The job keeps the facts and the SHA-256 of the bytes that were sent; the organisation's chain keeps the template's text.
A specimen is the same label without a single code, marked across, for the batch record.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import labels
from coi.errors import Unknown
from coi.labelling import queue_store, template_store
from coi.labelling.drawing import DESIGNS, DPI, LabelFacts, draw, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.labelling.queue_store import Job
    from labels import Label

MARK = "SPECIMEN"


def again(session: Session, piece: str) -> Label:
    """Draw an archived label again as it was sent.

    Raises:
        Unknown: Nobody ordered it here, or its template's text is another.
    """
    facts = LabelFacts.from_json(_job(session, piece).facts)
    return draw(facts, template_store.ordered_by(session, sha256=facts.template_sha256))


def is_as_sent(session: Session, piece: str) -> bool:
    """Say whether what is drawn now are the very bytes that went to the printer."""
    return hashlib.sha256(again(session, piece).zpl()).hexdigest() == _job(session, piece).bytes_sha256


def specimen(session: Session, piece: str) -> Label:
    """Draw what a label looked like, without its codes: nothing of it can be scanned, and it is never printed as one.

    Raises:
        Unknown: Nobody ordered it here, or its template's text is another.
    """
    facts = LabelFacts.from_json(_job(session, piece).facts)
    template = template_store.ordered_by(session, sha256=facts.template_sha256)
    shown = template or labels.shipped()[DESIGNS[facts.design].drawing]
    return labels.compose(shown, replace(record(facts, template), mark=MARK, preview=True), DPI)


def _job(session: Session, piece: str) -> Job:
    job = queue_store.of_piece(session, piece)
    if job is None:
        raise Unknown("Expected a label that was ordered here, seen none of that number.")
    return job
