"""Is the label itself at hand? Its square code says what stands on no screen; who can tell it holds the paper.

A scanner that types leaves out what no keyboard has: the separators of a GS1 symbol, and it may put the symbology's
name in front. Both are allowed for; nothing else is.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from coi.labelling import queue_store
from coi.labelling.drawing import LabelFacts, payload

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.labelling.pieces import Piece

_AIM = re.compile(rb"^\][A-Za-z][0-9A-Za-z]")
_SEPARATOR = b"\x1d"


def is_at_hand(session: Session, piece: Piece, scanned: str) -> bool:
    """Say whether *scanned* is what the square code of this very piece says."""
    data = _AIM.sub(b"", scanned.encode())
    if hashlib.sha256(data).hexdigest() == piece.payload_sha256:
        return True
    job = queue_store.of_piece(session, piece.id)
    if job is None:
        return False
    meant = payload(LabelFacts.from_json(job.facts))
    own = hashlib.sha256(meant).hexdigest() == piece.payload_sha256
    return own and data.replace(_SEPARATOR, b"") == meant.replace(_SEPARATOR, b"")
