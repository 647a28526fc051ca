"""How does a lease travel, and what does a station send back?

The lease goes to the browser, and lies in the store, as::

    {"id":"LS-…","container":"C-…","device":"D-…","expires_at":"…Z","sha256s":{"product":["<64 hex>"],…},"deeds":[…]}

What the station did by it comes back as one text a deed, signed by the station's key over the very bytes::

    {"lease":"LS-…","number":1,"prev":"","deed":"h16_start","word":"GO","device":"D-…","persons":["U-…","U-…"],
     "reads":[{"data":"<base64>","aim":"]d2","source":"wedge","at":"…Z"}],"values":{},"at":"…Z"}

Nothing here reads a clock, a database or a request.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coi.custody.lease import Allowed, Attempt, Lease, Read, Used
from coi.custody.lease_replay import Provisional
from coi.errors import Malformed
from coi.ledger.entry import instant, moment

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 64 * 1024
"""Characters of the longest record: twelve reads and what was typed."""
MOST_READS = 12


@dataclass(frozen=True, slots=True)
class Sent:
    """One record as it arrived: what it says, and the bytes that were read."""

    lease: str
    record: Provisional
    data: tuple[bytes, ...]
    """The bytes of each read, in the order of the attempt's reads."""


def sent(text: str) -> Sent:
    """Read one record.

    Raises:
        Malformed: It has not exactly the keys of its kind, each of its type.
    """
    if len(text) > LONGEST:
        raise Malformed(f"Expected a record of at most {LONGEST} characters, seen {len(text)}.")
    try:
        said = json.loads(text)
        reads = list(said["reads"])
        data = tuple(base64.b64decode(read["data"], validate=True) for read in reads)
        values = tuple(sorted((_text(name), _text(value)) for name, value in said["values"].items()))
        attempt = Attempt(
            _text(said["deed"]),
            _text(said["device"]),
            tuple(_text(person) for person in said["persons"]),
            tuple(
                Read(sha256(raw), moment(_text(read["at"])), _text(read["aim"]), _text(read["source"]))
                for raw, read in zip(data, reads, strict=True)
            ),
            moment(_text(said["at"])),
            values,
        )
        record = Provisional(
            int(said["number"]), _text(said["word"]), attempt, sha256(text.encode("utf-8")), _text(said["prev"])
        )
        lease = _text(said["lease"])
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError, binascii.Error) as broken:
        raise Malformed("Expected a record of a step done by lease, seen something else.") from broken
    if len(reads) > MOST_READS or record.word not in {"GO", "STOP"}:
        raise Malformed(f"Expected GO or STOP on at most {MOST_READS} reads, seen something else.")
    return Sent(lease, record, data)


def sha256(data: bytes) -> str:
    """Return the SHA-256 of exact bytes, as the lease names them.

    >>> sha256(b"")[:16]
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(data).hexdigest()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value


def to_json(lease: Lease) -> dict[str, Any]:
    """Return the lease as it goes over the wire and lies in the store."""
    return {
        "id": lease.id,
        "order": lease.order,
        "container": lease.container,
        "device": lease.device,
        "persons": list(lease.persons),
        "issued_at": instant(lease.issued_at),
        "expires_at": instant(lease.expires_at),
        "deeds": [
            {
                "deed": one.deed,
                "wants": list(one.wants),
                "places": [list(able) for able in one.places],
                "needs": list(one.needs),
                "not_by": list(one.not_by),
                "window_s": one.window_s,
                "thawed": one.thawed,
                "records": one.records,
                "blind": list(one.blind),
            }
            for one in lease.deeds
        ],
        "sha256s": {role: list(known) for role, known in lease.sha256s},
        "dead": list(lease.dead),
        "done": [{"deed": used.deed, "by": used.by} for used in lease.done],
        "thaw_limit_s": lease.thaw_limit_s,
        "thaw_ends_at": None if lease.thaw_ends_at is None else instant(lease.thaw_ends_at),
        "aids": lease.aids,
        "tail": lease.tail,
    }


def from_json(data: Mapping[str, Any]) -> Lease:
    """Return the lease that ``to_json`` wrote."""
    return Lease(
        **{
            **data,
            "persons": tuple(data["persons"]),
            "issued_at": moment(data["issued_at"]),
            "expires_at": moment(data["expires_at"]),
            "deeds": tuple(
                Allowed(
                    **{
                        **one,
                        "wants": tuple(one["wants"]),
                        "places": tuple(tuple(able) for able in one["places"]),
                        "needs": tuple(one["needs"]),
                        "not_by": tuple(one["not_by"]),
                        "blind": tuple(one["blind"]),
                    }
                )
                for one in data["deeds"]
            ),
            "sha256s": tuple((role, tuple(known)) for role, known in sorted(data["sha256s"].items())),
            "dead": tuple(data["dead"]),
            "done": tuple(Used(**used) for used in data["done"]),
            "thaw_ends_at": None if data["thaw_ends_at"] is None else moment(data["thaw_ends_at"]),
        }
    )
