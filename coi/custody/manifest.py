"""What may a station of a site show while this server is away? Hashes of worn labels, signed, for half an hour.

The station cannot read them: it hashes what it scans and looks the hash up. What it shows is provisional, and the
page's lease judges it. A lease that the station reads for brings its own hashes, which live as long as the lease.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from coi.custody import lease_reader, steps, store
from coi.custody import protocol_register as protocols
from coi.custody.lease_packet import sha256
from coi.identity.house import COMMANDS
from coi.labelling import store as pieces
from scanners.events import instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.labelling.pieces import Piece

LIFE = timedelta(minutes=30)
ROLES = frozenset({"wristband", "container"})


def made(session: Session, site: str, device: str, at: datetime) -> dict[str, Any]:
    """Return the manifest of a station of *site*, not yet signed."""
    found = [line for order in store.at_sites(session, (site,), open_only=True) for line in _of(session, order, site)]
    accept = {digest: (role, names) for digest, role, names in found if role}
    return {
        "site": site,
        "device": device,
        "issued_at": instant(at),
        "expires_at": instant(at + LIFE),
        "accept": [
            *({"sha256": one, "role": role, "steps": list(names)} for one, (role, names) in sorted(accept.items())),
            *({"sha256": sha256(word.encode("ascii")), "role": "command", "steps": []} for word in COMMANDS),
        ],
        "void": sorted({digest for digest, role, _ in found if not role} - set(accept)),
        "leases": list(lease_reader.codes(session, device, at)),
    }


def _of(session: Session, order: Order, site: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield hash, role and steps of each label of an order that has work at the site; dead ones without a role."""
    open_steps = [
        step for step in steps.open_for(protocols.pinned(order.protocol_sha256), order) if order.site(step.site) == site
    ]
    for piece in pieces.of_order(session, order.id):
        digests = (piece.payload_sha256, sha256(piece.id.encode("ascii")))
        if not piece.alive:
            yield from ((digest, "", ()) for digest in digests)
        elif open_steps and _is_worn(piece):
            names = tuple(step.id for step in open_steps if any(slot.klass == piece.role for slot in step.slots))
            yield from ((digest, piece.role, names) for digest in digests)


def _is_worn(piece: Piece) -> bool:
    return piece.role in ROLES and piece.state == "applied"
