"""What is one line of the ledger, byte for byte?

On the wire and on disk an entry is one JSON object in canonical form, without a space or a line break::

    {"chain":"<26 chars>","log":"coi.example.org/acme-1","prev":"<64 hex>",
     "rec":{"at":"2026-11-21T01:31:08.004211Z","node":"n1"},"seq":17,"sig":[],
     "stmt":{"actor":"P-1","at":"…","id":"<UUIDv7>",…},"type":"custody.handoff.accepted","v":1}

* The canonical form is RFC 8785 (JCS), narrowed until no two readers can disagree: keys ``[a-z0-9_]{1,40}``,
  no floats, integers below 2^53, no lone surrogates, no key twice, at most 8 levels, at most 16 KiB.
* ``entry_hash = SHA-256(0x00 || bytes)`` is the leaf hash of RFC 6962 2.1 and the ``prev`` of the next entry.
* ``stmt`` is what the actor answers for and signs; ``rec`` is what the server adds and never part of a signature.
* Nothing here knows a database or a clock.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NoReturn, TypeAlias, cast

from coi.errors import Malformed

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"

VERSION = 1
MAX_BYTES = 16_384
MAX_DEPTH = 8
MAX_LOG = 128
MAX_INTEGER = 2**53 - 1
ZERO = "0" * 64
"""What a chain's first entry names as the hash before it."""

_KEY = re.compile(r"[a-z0-9_]{1,40}")
_CHAIN = re.compile(r"[a-z2-7]{26}")
_HASH = re.compile(r"[0-9a-f]{64}")
_TYPE = re.compile(r"[a-z0-9_]{1,40}(\.[a-z0-9_]{1,40}){1,4}")
_LOG = re.compile(r"[a-z0-9][a-z0-9.\-]*(/[a-z0-9.\-]+)*")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_FIELDS = frozenset({"v", "log", "chain", "seq", "prev", "type", "stmt", "sig", "rec"})

_encoder = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


class NotCanonical(Malformed):
    """The value or the bytes lie outside the canonical profile."""

    slug = "not-canonical"
    title = "The content is not in the ledger's canonical form"


class NotAnEntry(Malformed):
    """The bytes are canonical but do not have the shape of an entry."""

    slug = "not-an-entry"
    title = "The content is not a ledger entry"


@dataclass(frozen=True, slots=True)
class Head:
    """How far a chain has come: its newest entry's number and hash (0 and ``ZERO`` before the first)."""

    chain: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as read from its bytes; every field but *hash* stands in *body*, and *hash* is computed from it."""

    chain: str
    seq: int
    prev: str
    type: str
    stmt: Mapping[str, Json]
    sig: tuple[Mapping[str, Json], ...]
    at: datetime
    node: str
    log: str
    body: bytes
    hash: str

    @property
    def id(self) -> str:
        """The statement's id (UUIDv7), unique in the installation."""
        return str(self.stmt["id"])

    @property
    def head(self) -> Head:
        """The chain's head once this entry is its newest."""
        return Head(self.chain, self.seq, self.hash)


def encode(value: Json) -> bytes:
    """Return the one canonical spelling of *value*.

    >>> encode({"seq": 1, "at": None, "label": "CAR-T €"}).decode()
    '{"at":null,"label":"CAR-T €","seq":1}'
    """
    _inspect(value, 1)
    return _spell(value)


def decode(body: bytes) -> Json:
    """Return the value of canonical bytes; refuse any other spelling of it.

    >>> decode(b'{"seq": 1}')
    Traceback (most recent call last):
    ...
    coi.ledger.entry.NotCanonical: Expected the canonical spelling of 9 bytes, seen another one of 10 bytes.
    """
    if not isinstance(body, bytes):  # SQLite keeps any type in any column: a hand in the file may leave text
        raise NotCanonical(f"Expected bytes, seen {type(body).__name__}.")
    if len(body) > MAX_BYTES:
        raise NotCanonical(f"Expected at most {MAX_BYTES} bytes, seen {len(body)}.")
    try:
        value: Json = _decoder.decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        if isinstance(error, NotCanonical):
            raise
        raise NotCanonical(f"Expected JSON in UTF-8, seen something else: {_reason(error)}.") from error
    _inspect(value, 1)
    spelled = _spell(value)
    if spelled != body:
        raise NotCanonical(
            f"Expected the canonical spelling of {len(spelled)} bytes, seen another one of {len(body)} bytes."
        )
    return value


def entry_hash(body: bytes) -> bytes:
    """Return SHA-256(0x00 || body): the link of the chain and the leaf of the tree (RFC 6962 2.1)."""
    return hashlib.sha256(b"\x00" + body).digest()


def statement_hash(stmt: Mapping[str, Json]) -> str:
    """Return the hex SHA-256 of the canonical statement: what a person or device signs."""
    return hashlib.sha256(encode(stmt)).hexdigest()


def instant(at: datetime) -> str:
    """Return *at* as RFC 3339 in UTC with exactly six digits.

    >>> instant(datetime(2026, 11, 21, 1, 31, 8, 4211, tzinfo=UTC))
    '2026-11-21T01:31:08.004211Z'
    """
    if at.tzinfo is None:
        raise Malformed(f"Expected an instant with its zone, seen {at.isoformat()} without one.")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment(text: str) -> datetime:
    """Return the instant that *text* says; only the spelling of ``instant`` is read."""
    if _INSTANT.fullmatch(text) is None:
        raise Malformed(f"Expected an instant like 2026-11-21T01:31:08.004211Z, seen {text[:40]!r}.")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed(f"Expected a day and time that exist, seen {text!r}.") from error


def is_log(text: str) -> bool:
    """Tell whether *text* may be a log's origin: lower case, like a host and path, without a scheme."""
    return len(text) <= MAX_LOG and _LOG.fullmatch(text) is not None


def compose(
    log: str,
    head: Head,
    kind: str,
    stmt: Mapping[str, Json],
    sig: Sequence[Mapping[str, Json]],
    at: datetime,
    node: str,
) -> Entry:
    """Return the entry that follows *head*: built, spelled, and read back from its own bytes."""
    return read(
        encode(
            {
                "v": VERSION,
                "log": log,
                "chain": head.chain,
                "seq": head.seq + 1,
                "prev": head.hash,
                "type": kind,
                "stmt": stmt,
                "sig": list(sig),
                "rec": {"at": instant(at), "node": node},
            }
        )
    )


def read(body: bytes) -> Entry:
    """Return the entry that *body* spells; the hash is computed here, never believed.

    1. The bytes are canonical.
    2. The object has exactly the nine fields of version 1.
    3. Log, chain, number and hash before it have their shapes; number 1 and only it follows ``ZERO``.
    4. The statement says its id, its actor and its time; signatures are objects.
    5. The record says when and where it was written.
    """
    value = decode(body)
    if not isinstance(value, Mapping) or value.keys() != _FIELDS:
        raise NotAnEntry(f"Expected the fields {', '.join(sorted(_FIELDS))}, seen {_fields(value)}.")
    if value["v"] != VERSION or isinstance(value["v"], bool):
        raise NotAnEntry(f"Expected an entry of version {VERSION}, seen {value['v']!r}.")
    log = _text(value, "log", _LOG)
    chain = _text(value, "chain", _CHAIN)
    prev = _text(value, "prev", _HASH)
    kind = _text(value, "type", _TYPE)
    seq = value["seq"]
    if not isinstance(seq, int) or isinstance(seq, bool) or seq < 1:
        raise NotAnEntry(f"Expected seq to be a number from 1, seen {seq!r}.")
    if (seq == 1) != (prev == ZERO):
        raise NotAnEntry(f"Expected 64 zeros before entry 1 and only there, seen prev {prev} at entry {seq}.")
    stmt, sig, rec = value["stmt"], value["sig"], value["rec"]
    if not isinstance(stmt, Mapping):
        raise NotAnEntry(f"Expected stmt to be an object, seen {type(stmt).__name__}.")
    _text(stmt, "id", _UUID)
    if not _text(stmt, "actor"):
        raise NotAnEntry("Expected stmt.actor to name who answers for it, seen nothing.")
    moment(_text(stmt, "at"))
    if not isinstance(sig, list) or not all(isinstance(one, Mapping) for one in sig):
        raise NotAnEntry("Expected sig to be a list of objects, seen something else.")
    if not isinstance(rec, Mapping) or rec.keys() != {"at", "node"}:
        raise NotAnEntry(f"Expected rec to hold at and node, seen {_fields(rec)}.")
    return Entry(
        chain=chain,
        seq=seq,
        prev=prev,
        type=kind,
        stmt=stmt,
        sig=tuple(cast("list[Mapping[str, Json]]", sig)),
        at=moment(_text(rec, "at")),
        node=_text(rec, "node"),
        log=log,
        body=body,
        hash=entry_hash(body).hex(),
    )


def _spell(value: Json) -> bytes:
    """Spell an inspected value; for this profile the standard encoder's bytes are those of RFC 8785."""
    try:
        body = _encoder.encode(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical("Expected text of whole characters, seen a lone surrogate.") from error
    if len(body) > MAX_BYTES:
        raise NotCanonical(f"Expected at most {MAX_BYTES} bytes, seen {len(body)}.")
    return body


def _inspect(value: Json, depth: int) -> None:
    """Refuse what the profile leaves out; types are compared exactly, so that no subclass brings its own spelling."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return
    if kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:  # type: ignore[operator]  # it is an int, by the line above
            bits = int.bit_length(value)  # type: ignore[arg-type]  # same
            raise NotCanonical(f"Expected an integer within ±(2^53 - 1), seen one of {bits} bits.")
        return
    if kind is not dict and kind is not list and kind is not tuple:
        raise NotCanonical(f"Expected text, whole number, true, false, null, list or object, seen {kind.__name__}.")
    if depth > MAX_DEPTH:
        raise NotCanonical(f"Expected at most {MAX_DEPTH} levels, seen more.")
    if kind is dict:
        for key in value:  # type: ignore[union-attr]  # same
            _check_key(key)
        value = value.values()  # type: ignore[union-attr, assignment]  # same
    for inner in value:  # type: ignore[union-attr]  # same
        if type(inner) is not str:  # most are: a fifth of the time of a verification
            _inspect(inner, depth + 1)


@lru_cache(maxsize=4096)
def _check_key(key: object) -> None:
    """Refuse a key outside ``[a-z0-9_]{1,40}``; ASCII keys sort alike by code point, UTF-16 unit and byte."""
    if not isinstance(key, str) or _KEY.fullmatch(key) is None:
        raise NotCanonical(f"Expected keys of 1 to 40 characters a-z, 0-9 or _, seen {str(key)[:60]!r}.")


def _no_float(_text: str) -> NoReturn:
    """Refuse a number with a point or exponent, NaN and infinity: decimals travel as strings with their unit."""
    raise NotCanonical("Expected whole numbers, seen a float; write decimals as strings.")


def _reason(error: Exception) -> str:
    """Say why JSON could not be read, without quoting its content."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos}"
    return {UnicodeDecodeError: "bytes that are no UTF-8", RecursionError: "too many levels"}.get(
        type(error), "a number of too many digits"
    )


def _fields(value: Json) -> str:
    """Name the fields of an object, or say what it is instead."""
    return (", ".join(sorted(value)) or "none") if isinstance(value, Mapping) else type(value).__name__


def _text(value: Mapping[str, Json], name: str, shape: re.Pattern[str] | None = None) -> str:
    """Return the text that stands under *name*, if it has the shape."""
    found = value.get(name)
    if not isinstance(found, str):
        raise NotAnEntry(f"Expected {name} to be text, seen {type(found).__name__}.")
    if shape is not None and shape.fullmatch(found) is None:
        raise NotAnEntry(f"Expected {name} of the shape {shape.pattern}, seen {found[:80]!r}.")
    return found


_decoder = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float)
