"""The canonical form has one spelling, and an entry is what its bytes say."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

import pytest
import rfc8785
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from coi.db import Instant
from coi.errors import Malformed
from coi.ledger.entry import (
    MAX_DEPTH,
    MAX_INTEGER,
    ZERO,
    Head,
    Json,
    NotAnEntry,
    NotCanonical,
    compose,
    decode,
    encode,
    entry_hash,
    instant,
    is_log,
    moment,
    read,
    statement_hash,
)
from tests import vectors

if TYPE_CHECKING:
    from tests.evidence import Evidence

VECTORS = vectors.folder("ledger/jcs")
AT = datetime(2026, 11, 21, 1, 31, 8, 4211, tzinfo=UTC)
CHAIN = "abcdefghijklmnopqrstuvwx23"
UUID = "01a1fc56-a9b2-7b70-b8ab-e98a8e0db02b"
STMT: dict[str, Json] = {"id": UUID, "actor": "P-1", "at": "2026-11-21T01:31:08.004211Z", "outcome": "accepted"}

keys = st.text("abcdefghijklmnopqrstuvwxyz0123456789_", min_size=1, max_size=40)
scalars = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(max_size=30)
documents: st.SearchStrategy[Json] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def _depth(value: object) -> int:
    """Return how many levels of lists and objects *value* has."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max((_depth(one) for one in inner), default=0)


@pytest.mark.long("ledger")
def test_spelling_is_that_of_rfc_8785(evidence: Evidence) -> None:
    """Every document of the profile is spelled byte for byte as the rfc8785 package spells it, and read back equal."""

    @settings(max_examples=evidence.size(400, 200_000), deadline=None, suppress_health_check=list(HealthCheck))
    @given(documents)
    def holds(value: Json) -> None:
        assume(_depth(value) <= MAX_DEPTH)
        body = encode(value)

        assert rfc8785.dumps(cast("Any", value)) == body
        assert value == decode(body)
        evidence.count("documents")

    holds()


@pytest.mark.vectors
@pytest.mark.parametrize("name", ["arrays", "french", "structures", "values"])
def test_published_vectors(name: str) -> None:
    """Of RFC 8785's published documents none lies in our profile but by its parts, and each is refused whole."""
    given_, spelled = ((VECTORS / kind / f"{name}.json").read_bytes() for kind in ("input", "output"))

    if name == "arrays":
        assert b'[56,{"1":[],"10":null,"d":true}]' == spelled == encode(json.loads(given_))
        assert json.loads(given_) == decode(spelled)
    else:
        with pytest.raises(NotCanonical):
            encode(json.loads(given_))
        with pytest.raises(NotCanonical):
            decode(spelled)
    with pytest.raises(NotCanonical):
        decode(given_)


@pytest.mark.vectors
def test_published_text() -> None:
    """The strings and keys of RFC 8785's documents that the profile knows are spelled as published."""
    values = json.loads((VECTORS / "input" / "values.json").read_bytes())
    published = bytes.fromhex((VECTORS / "outhex" / "values.txt").read_text())
    text, literals = (encode(values[name]) for name in ("string", "literals"))

    assert b'"literals":' + literals in published
    assert b'"string":' + text in published
    french = json.loads((VECTORS / "input" / "french.json").read_bytes())
    assert all(encode(line) in (VECTORS / "output" / "french.json").read_bytes() for line in french.values())


class Word(StrEnum):
    """A text that is more than a text."""

    GO = "go"


class Number(int):
    """A number that could spell itself otherwise."""


OUTSIDE: dict[str, tuple[Any, str]] = {
    "a float": (1.5, "Expected text, whole number, true, false, null, list or object, seen float."),
    "an integral float": (1.0, "Expected text, whole number, true, false, null, list or object, seen float."),
    "not a number": (float("nan"), "Expected text, whole number, true, false, null, list or object, seen float."),
    "2^53": (2**53, "Expected an integer within ±(2^53 - 1), seen one of 54 bits."),
    "-2^53": (-(2**53), "Expected an integer within ±(2^53 - 1), seen one of 54 bits."),
    "a lone surrogate": ("\ud800", "Expected text of whole characters, seen a lone surrogate."),
    "an upper-case key": ({"Bag": 1}, "Expected keys of 1 to 40 characters a-z, 0-9 or _, seen 'Bag'."),
    "an empty key": ({"": 1}, "Expected keys of 1 to 40 characters a-z, 0-9 or _, seen ''."),
    "a key of 41": ({"a" * 41: 1}, f"Expected keys of 1 to 40 characters a-z, 0-9 or _, seen '{'a' * 41}'."),
    "a key with a line end": ({"a\n": 1}, "Expected keys of 1 to 40 characters a-z, 0-9 or _, seen 'a\\n'."),
    "a number as key": ({1: 1}, "Expected keys of 1 to 40 characters a-z, 0-9 or _, seen '1'."),
    "nine levels": ([[[[[[[[[]]]]]]]]], "Expected at most 8 levels, seen more."),
    "nine levels of objects": (
        {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {}}}}}}}}},
        "Expected at most 8 levels, seen more.",
    ),
    "16,385 bytes": ("a" * 16_383, "Expected at most 16384 bytes, seen 16385."),
    "a text that is more": (Word.GO, "Expected text, whole number, true, false, null, list or object, seen Word."),
    "a number that is more": (
        Number(1),
        "Expected text, whole number, true, false, null, list or object, seen Number.",
    ),
    "a set": ({1}, "Expected text, whole number, true, false, null, list or object, seen set."),
    "bytes": (b"a", "Expected text, whole number, true, false, null, list or object, seen bytes."),
}


@pytest.mark.parametrize(("value", "words"), OUTSIDE.values(), ids=OUTSIDE)
def test_outside_the_profile(value: Json, words: str) -> None:
    """A value outside the profile has no spelling, wherever it stands in the document."""
    for document in (value, {"a": value}, [value], (value,)):
        with pytest.raises(NotCanonical) as refusal:
            encode(document)

        assert words == str(refusal.value) or "levels" in str(refusal.value) or "bytes" in str(refusal.value)
    with pytest.raises(NotCanonical) as refusal:
        encode(value)
    assert words == str(refusal.value)


INSIDE: dict[str, tuple[Json, bytes]] = {
    "the largest integers": ([2**53 - 1, 1 - 2**53], b"[9007199254740991,-9007199254740991]"),
    "eight levels": ([[[[[[[[1]]]]]]]], b"[[[[[[[[1]]]]]]]]"),
    "eight levels of objects": (
        {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}},
        b'{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}',
    ),
    "16,384 bytes": ("a" * 16_382, b'"' + b"a" * 16_382 + b'"'),
    "a key of 40": ({"a" * 40: 0}, b'{"' + b"a" * 40 + b'":0}'),
    "keys in order": ({"b": 1, "_": 2, "a1": 3, "a": 4, "0": 5}, b'{"0":5,"_":2,"a":4,"a1":3,"b":1}'),
    "control and other characters": (
        '\x00\x08\t\n\x0b\x0c\r\x1f"\\/\x7f\u20ac\U0001f9ec',
        b'"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\\"\\\\/\x7f\xe2\x82\xac\xf0\x9f\xa7\xac"',
    ),
    "a tuple is a list": ((True, False, None), b"[true,false,null]"),
}


@pytest.mark.parametrize(("value", "body"), INSIDE.values(), ids=INSIDE)
def test_inside_the_profile(value: Json, body: bytes) -> None:
    """What lies just inside the profile is spelled in the one known way."""
    assert body == encode(value)
    assert (list(value) if isinstance(value, tuple) else value) == decode(body)


OTHER_SPELLINGS = {
    "a space": (b'{"a": 1}', "Expected the canonical spelling of 7 bytes, seen another one of 8 bytes."),
    "a line end": (b'{"a":1}\n', "Expected the canonical spelling of 7 bytes, seen another one of 8 bytes."),
    "another order": (b'{"b":1,"a":2}', "Expected the canonical spelling of 13 bytes, seen another one of 13 bytes."),
    "a key twice": (b'{"a":1,"a":2}', "Expected the canonical spelling of 7 bytes, seen another one of 13 bytes."),
    "an escape too many": (b'"\\u0061"', "Expected the canonical spelling of 3 bytes, seen another one of 8 bytes."),
    "an escaped slash": (b'"\\/"', "Expected the canonical spelling of 3 bytes, seen another one of 4 bytes."),
    "minus zero": (b"-0", "Expected the canonical spelling of 1 bytes, seen another one of 2 bytes."),
    "a float": (b'{"a":1.0}', "Expected whole numbers, seen a float; write decimals as strings."),
    "an exponent": (b"1e3", "Expected whole numbers, seen a float; write decimals as strings."),
    "NaN": (b"NaN", "Expected whole numbers, seen a float; write decimals as strings."),
    "infinity": (b"-Infinity", "Expected whole numbers, seen a float; write decimals as strings."),
    "2^53": (b"9007199254740992", "Expected an integer within ±(2^53 - 1), seen one of 54 bits."),
    "5,000 digits": (
        b"1" * 5_000,
        "Expected JSON in UTF-8, seen something else: a number of too many digits.",
    ),
    "a lone surrogate": (b'"\\ud800"', "Expected text of whole characters, seen a lone surrogate."),
    "no UTF-8": (b'"\xff"', "Expected JSON in UTF-8, seen something else: bytes that are no UTF-8."),
    "UTF-16": ('"a"'.encode("utf-16"), "Expected JSON in UTF-8, seen something else: bytes that are no UTF-8."),
    "a byte-order mark": (
        b'\xef\xbb\xbf"a"',
        "Expected JSON in UTF-8, seen something else: Expecting value at character 0.",
    ),
    "nothing": (b"", "Expected JSON in UTF-8, seen something else: Expecting value at character 0."),
    "two values": (b"1 2", "Expected JSON in UTF-8, seen something else: Extra data at character 2."),
    "a raw control character": (
        b'"\x01"',
        "Expected JSON in UTF-8, seen something else: Invalid control character at at character 1.",
    ),
    "nine levels": (b"[[[[[[[[[]]]]]]]]]", "Expected at most 8 levels, seen more."),
    "very many levels": (
        b"[" * 16_000,
        "Expected JSON in UTF-8, seen something else: too many levels.",
    ),
    "an upper-case key": (b'{"A":1}', "Expected keys of 1 to 40 characters a-z, 0-9 or _, seen 'A'."),
    "16,385 bytes": (b'"' + b"a" * 16_383 + b'"', "Expected at most 16384 bytes, seen 16385."),
}


@pytest.mark.parametrize(("body", "words"), OTHER_SPELLINGS.values(), ids=OTHER_SPELLINGS)
def test_other_spellings(body: bytes, words: str) -> None:
    """Bytes that are not the one spelling of a value of the profile are refused, and told why."""
    with pytest.raises(NotCanonical) as refusal:
        decode(body)

    assert words == str(refusal.value)


def test_text_is_no_bytes() -> None:
    """A text is not read as bytes, although it may spell an entry."""
    with pytest.raises(NotCanonical, match=r"^Expected bytes, seen str\.$"):
        decode(cast("bytes", "{}"))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes(body: bytes) -> None:
    """Any bytes are either the spelling of their value or refused as not canonical; nothing else happens."""
    try:
        value = decode(body)
    except NotCanonical:
        return
    assert body == encode(value)


def test_hash_is_the_leaf_hash() -> None:
    """The entry's hash is the leaf hash of RFC 6962 2.1: that of the empty leaf is known, and 0x00 stands before."""
    assert "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" == entry_hash(b"").hex()
    assert hashlib.sha256(b"\x00{}").digest() == entry_hash(b"{}")
    assert hashlib.sha256(b'{"a":1,"b":2}').hexdigest() == statement_hash({"b": 2, "a": 1})


def test_instants() -> None:
    """An instant has six digits and Z whatever zone it was told in, reads back, and is the one in the tables."""
    berlin = AT.astimezone(timezone(timedelta(hours=1)))

    assert "2026-11-21T01:31:08.004211Z" == instant(AT) == instant(berlin)
    assert "2026-11-21T01:31:08.000000Z" == instant(AT.replace(microsecond=0))
    assert AT == moment(instant(AT))
    assert instant(AT) == Instant().process_bind_param(berlin, sqlite.dialect())
    with pytest.raises(Malformed, match=r"^Expected an instant with its zone, seen 2026-11-21T00:00:00 without one\.$"):
        instant(datetime(2026, 11, 21))  # noqa: DTZ001  that is the point


def test_instants_of_a_machine_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The zone of the machine makes no difference."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert "2026-11-21T01:31:08.004211Z" == instant(AT.astimezone(timezone(timedelta(hours=1))))
        assert AT == moment("2026-11-21T01:31:08.004211Z")
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-11-21T01:31:08Z", "Expected an instant like 2026-11-21T01:31:08.004211Z, seen '2026-11-21T01:31:08Z'."),
        (
            "2026-11-21T01:31:08.004211+00:00",
            "Expected an instant like 2026-11-21T01:31:08.004211Z, seen '2026-11-21T01:31:08.004211+00:00'.",
        ),
        ("2026-02-30T01:31:08.004211Z", "Expected a day and time that exist, seen '2026-02-30T01:31:08.004211Z'."),
        ("9" * 50, f"Expected an instant like 2026-11-21T01:31:08.004211Z, seen '{'9' * 40}'."),
    ],
)
def test_no_instants(text: str, words: str) -> None:
    """Another spelling of an instant, or a day that does not exist, is refused."""
    with pytest.raises(Malformed) as refusal:
        moment(text)

    assert words == str(refusal.value)


def _entry(**other: Json) -> dict[str, Json]:
    """Return an entry's object with some fields set otherwise; None removes one."""
    value: dict[str, Json] = {
        "v": 1, "log": "coi.example.org/acme-1", "chain": CHAIN, "seq": 2, "prev": "ab" * 32, "type": "bag.moved",
        "stmt": STMT, "sig": [], "rec": {"at": "2026-11-21T01:31:08.004211Z", "node": "n1"},
    }  # fmt: skip
    return {name: said for name, said in {**value, **other}.items() if said is not None}


def test_an_entry_is_what_its_bytes_say() -> None:
    """An entry is composed behind a head, spelled once, and read back from its bytes with its hash."""
    made = compose("coi.example.org/acme-1", Head(CHAIN, 1, "ab" * 32), "bag.moved", STMT, [{"p": "x"}], AT, "n1")

    body = encode(_entry(sig=[{"p": "x"}]))
    assert body == made.body
    assert (CHAIN, 2, "ab" * 32, "bag.moved", STMT, ({"p": "x"},), AT, "n1", "coi.example.org/acme-1") == (
        made.chain, made.seq, made.prev, made.type, made.stmt, made.sig, made.at, made.node, made.log,
    )  # fmt: skip
    assert hashlib.sha256(b"\x00" + body).hexdigest() == made.hash
    assert Head(CHAIN, 2, made.hash) == made.head
    assert UUID == made.id
    assert made == read(body)
    assert ZERO == compose("a", Head(CHAIN, 0, ZERO), "chain.opened", STMT, (), AT, "n1").prev


FIELDS = "Expected the fields chain, log, prev, rec, seq, sig, stmt, type, v"
ID_SHAPE = "-".join(f"[0-9a-f]{{{digits}}}" for digits in (8, 4, 4, 4, 12))
NO_ENTRIES: dict[str, tuple[Json, str]] = {
    "a list": ([], f"{FIELDS}, seen list."),
    "an empty object": ({}, f"{FIELDS}, seen none."),
    "a field too few": (
        _entry(sig=None),
        f"{FIELDS}, seen chain, log, prev, rec, seq, stmt, type, v.",
    ),
    "a field too many": (
        _entry(more=1),
        f"{FIELDS}, seen chain, log, more, prev, rec, seq, sig, stmt, type, v.",
    ),
    "version 2": (_entry(v=2), "Expected an entry of version 1, seen 2."),
    "version true": (_entry(v=True), "Expected an entry of version 1, seen True."),
    "a log with a scheme": (
        _entry(log="https://a"),
        "Expected log of the shape [a-z0-9][a-z0-9.\\-]*(/[a-z0-9.\\-]+)*, seen 'https://a'.",
    ),
    "a long log": (
        _entry(log="A" * 99),
        f"Expected log of the shape [a-z0-9][a-z0-9.\\-]*(/[a-z0-9.\\-]+)*, seen '{'A' * 80}'.",
    ),
    "a log that is a number": (_entry(log=1), "Expected log to be text, seen int."),
    "a chain of 25": (_entry(chain=CHAIN[1:]), f"Expected chain of the shape [a-z2-7]{{26}}, seen '{CHAIN[1:]}'."),
    "a chain in capitals": (
        _entry(chain=CHAIN.upper()),
        f"Expected chain of the shape [a-z2-7]{{26}}, seen '{CHAIN.upper()}'.",
    ),
    "a chain as list": (_entry(chain=[CHAIN]), "Expected chain to be text, seen list."),
    "a hash in capitals": (_entry(prev="AB" * 32), f"Expected prev of the shape [0-9a-f]{{64}}, seen '{'AB' * 32}'."),
    "a type of one word": (
        _entry(type="moved"),
        "Expected type of the shape [a-z0-9_]{1,40}(\\.[a-z0-9_]{1,40}){1,4}, seen 'moved'.",
    ),
    "number 0": (_entry(seq=0), "Expected seq to be a number from 1, seen 0."),
    "number true": (_entry(seq=True), "Expected seq to be a number from 1, seen True."),
    "number as text": (_entry(seq="2"), "Expected seq to be a number from 1, seen '2'."),
    "a first entry behind another": (
        _entry(seq=1),
        f"Expected 64 zeros before entry 1 and only there, seen prev {'ab' * 32} at entry 1.",
    ),
    "a second entry behind nothing": (
        _entry(prev=ZERO),
        f"Expected 64 zeros before entry 1 and only there, seen prev {ZERO} at entry 2.",
    ),
    "a statement as text": (_entry(stmt="x"), "Expected stmt to be an object, seen str."),
    "a statement without id": (_entry(stmt={**STMT, "id": 1}), "Expected id to be text, seen int."),
    "an id in capitals": (
        _entry(stmt={**STMT, "id": UUID.upper()}),
        f"Expected id of the shape {ID_SHAPE}, seen '{UUID.upper()}'.",
    ),
    "nobody": (_entry(stmt={**STMT, "actor": ""}), "Expected stmt.actor to name who answers for it, seen nothing."),
    "no actor": (_entry(stmt={"id": UUID, "at": STMT["at"]}), "Expected actor to be text, seen NoneType."),
    "no time": (_entry(stmt={"id": UUID, "actor": "P-1"}), "Expected at to be text, seen NoneType."),
    "a signature as text": (_entry(sig=["x"]), "Expected sig to be a list of objects, seen something else."),
    "signatures as object": (_entry(sig={}), "Expected sig to be a list of objects, seen something else."),
    "a record without node": (
        _entry(rec={"at": STMT["at"]}),
        "Expected rec to hold at and node, seen at.",
    ),
    "a record as text": (_entry(rec="now"), "Expected rec to hold at and node, seen str."),
    "a node as number": (_entry(rec={"at": STMT["at"], "node": 1}), "Expected node to be text, seen int."),
    "a record without time": (
        _entry(rec={"at": "now", "node": "n1"}),
        "Expected an instant like 2026-11-21T01:31:08.004211Z, seen 'now'.",
    ),
}


@pytest.mark.parametrize(("value", "words"), NO_ENTRIES.values(), ids=NO_ENTRIES)
def test_not_an_entry(value: Json, words: str) -> None:
    """Canonical bytes without the shape of an entry are refused, and told why."""
    with pytest.raises(Malformed) as refusal:
        read(encode(value))

    assert words == str(refusal.value)
    assert isinstance(refusal.value, NotAnEntry) or "instant" in words


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("coi.example.org/acme-1", True), ("a", True), ("a/b/c.d", True), ("", False), ("/a", False), ("a//b", False),
     ("a/", False), ("A", False), ("a b", False), ("https://a", False), ("a" * 128, True), ("a" * 129, False),
     ("a\n", False), ("-a", False)],
)  # fmt: skip
def test_log_origins(text: str, is_one: bool) -> None:  # noqa: FBT001  a case of the table
    """A log's origin looks like a host and a path, in lower case, at most 128 characters."""
    assert is_one == is_log(text)
