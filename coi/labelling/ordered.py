"""Is what would be drawn what was ordered? The intent in the order's chain says it; the queue only keeps it.

1. The job's facts are of the job's own piece, and that piece was intended.
2. Its template is the one of the intent, its text has that hash, and somebody signed it.
3. Its main code has the payload of the intent, byte for byte.
4. Everything else that it says has the hash of the intent; an intent from before intents had one is judged by 1 to 3.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from coi.errors import Malformed, Unknown
from coi.labelling import store, template_store
from coi.labelling.drawing import payload

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.labelling.drawing import LabelFacts
    from coi.labelling.pieces import Piece
    from labels import Template

NOT_ORDERED = "not printable: nobody ordered this label"
NOT_APPROVED = "not printable: its template is not the approved one"
ANOTHER_CODE = "not printable: its code is not the one that was ordered"
OTHER_WORDS = "not printable: what it says is not what was ordered"


def facts_sha256(facts: LabelFacts) -> str:
    """Return the hash of everything that a label says, as its intent keeps it."""
    said = json.dumps(facts.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode("utf-8")).hexdigest()


def template_for(session: Session, facts: LabelFacts) -> Template | str:
    """Return the template by which a label may be drawn, or why it may not be drawn at all."""
    piece = store.find(session, facts.piece)
    if piece is None:
        return NOT_ORDERED
    template = _template(session, facts, piece)
    return template if isinstance(template, str) else _differs(facts, piece) or template


def _template(session: Session, facts: LabelFacts, piece: Piece) -> Template | str:
    if not facts.template_sha256 or facts.template_sha256 != piece.template_sha256:
        return NOT_APPROVED
    try:
        held = template_store.held(session, facts.template_sha256)
        return template_store.by_sha(session, held.sha256) if held.approved_by else NOT_APPROVED
    except Unknown:
        return NOT_APPROVED


def _differs(facts: LabelFacts, piece: Piece) -> str:
    try:
        meant = payload(facts)
    except (Malformed, KeyError):
        return ANOTHER_CODE
    if hashlib.sha256(meant).hexdigest() != piece.payload_sha256:
        return ANOTHER_CODE
    return "" if piece.facts_sha256 in {"", facts_sha256(facts)} else OTHER_WORDS
