"""Whether a scan event is written in one way, hangs in its device's chain, and is signed by its device alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from scanners import canonical, events
from scanners.events import BadEvent, BadSignature, BrokenChain, Decoder, Frames, ScanEvent

AT = datetime(2026, 11, 21, 9, 30, 0, 123_456, tzinfo=UTC)
EVENT = ScanEvent(
    event_id=events.uuid7(1_795_253_400_123, bytes(range(10))),
    data=b"0109506000134352\x1d21COI7",
    aim="]d2",
    device_id="DEV-7",
    source_class="camera_station",
    decoder=Decoder("zxing-cpp", "3.1.1", "picture", "0.75"),
    t_device=events.instant(AT),
    t_monotonic_ns=123_456_789,
    frames=Frames(3, 2, 0),
    step_id="h4_end",
    nonce="n-1",
)
KEY, STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32)), Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-canonical.MOST, canonical.MOST) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcXYZ_0", min_size=1), inner, max_size=4),
    max_leaves=12,
)


def test_an_event_comes_back_from_its_bytes() -> None:
    """Canonical bytes, parsed, are the event; nothing in them claims how far it is to be trusted."""
    data = EVENT.canonical()

    assert EVENT == events.parse(data)
    assert b"2026-11-21T09:30:00.123Z" in data
    assert not {"assurance", "parsed", "verdict", "t_server"} & set(json.loads(data))


@given(PLAIN)
def test_canonical_bytes_are_those_of_rfc_8785(value: Any) -> None:  # noqa: ANN401 - any plain value
    """What we write is what another program that follows the RFC writes."""
    assert rfc8785.dumps(value) == canonical.written(value)


@pytest.mark.parametrize("value", [1.5, 2**53, {"ä": 1}, {1: 2}, b"x", "\ud800", [object()]])
def test_what_could_be_written_in_two_ways_is_refused(value: Any) -> None:  # noqa: ANN401 - wrong on purpose
    """Fractions, great numbers, keys beyond ASCII, half characters: not canonical."""
    with pytest.raises(canonical.NotCanonical):
        canonical.written(value)


def _changed(**fields: Any) -> bytes:  # noqa: ANN401 - wrong on purpose
    return canonical.written({**EVENT.as_json(), **fields})


BAD = {
    "no JSON": b"\x00",
    "a list": b"[]",
    "blanks": json.dumps(EVENT.as_json(), sort_keys=True).encode(),
    "another version": _changed(v=2),
    "another payload": _changed(payload_hex="00"),
    "half a byte": _changed(payload_hex="0"),
    "a payload that is no text": _changed(payload_hex=7),
    "a field too many": _changed(assurance="high"),
    "a decoder too much": _changed(decoder={"name": "x", "version": "1", "stage": "", "uec": "", "more": ""}),
    "a decoder that is none": _changed(decoder="x"),
    "an odd source": _changed(source_class="crystal ball"),
    "a moment of another form": _changed(t_device="2026-11-21 09:30"),
    "a UUID of another version": _changed(event_id="017f22e2-79b0-4cc3-98c4-dc0c0c07398f"),
    "more agreeing than seen": _changed(frames={"seen": 1, "agree": 2, "conflicts": 0}),
    "a seq of nought": _changed(seq=0),
    "no device": _changed(device_id=""),
    "letters beyond ASCII": _changed(user_id="Jürgen"),
    "an AIM identifier of one letter": _changed(aim="]"),
    "a hash that is none": _changed(prev_hash="x"),
    "a picture's hash that is none": _changed(image_sha256="x"),
    "an error correction of two": _changed(decoder={"name": "x", "version": "1", "stage": "", "uec": "2.00"}),
    "truth for a number": _changed(seq=True),
    "words for a number": _changed(t_monotonic_ns="1"),
    "a number for a name": _changed(decoder={"name": 1, "version": "1", "stage": "", "uec": ""}),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_event_is_refused(case: str) -> None:
    """Any other bytes are ``BadEvent``: wrong fields, wrong values, another way of writing."""
    with pytest.raises(BadEvent):
        events.parse(BAD[case])


def test_an_event_lacking_a_field_is_refused() -> None:
    """Each field must be there."""
    for name in EVENT.as_json():
        told = {key: value for key, value in EVENT.as_json().items() if key != name}
        with pytest.raises(BadEvent):
            events.parse(canonical.written(told))


def test_the_chain_tells_what_was_left_out_doubled_put_in_or_changed() -> None:
    """Events follow each other by number and hash; anything else breaks the chain."""
    chain: list[ScanEvent] = []
    for at in range(4):
        chain.append(events.following(chain[-1] if chain else None, replace(EVENT, nonce=f"n-{at}")))
    events.check_chain(chain)
    events.check_chain(chain[2:], after=chain[1])

    broken = {
        "left out": [chain[0], chain[2]],
        "doubled": [chain[0], chain[0]],
        "put in": [chain[0], replace(chain[1], nonce="other"), chain[2]],
        "first left out": chain[1:],
        "another device": [chain[0], replace(chain[1], device_id="DEV-8")],
    }
    for told in broken.values():
        with pytest.raises(BrokenChain):
            events.check_chain(told)


def test_only_the_device_signs_and_only_what_it_said() -> None:
    """Another key, another event, another signature: not believed."""
    signature = events.sign(EVENT, KEY)
    events.verify(EVENT, signature, KEY.public_key())

    for event, said, key in (
        (EVENT, signature, STRANGER),
        (replace(EVENT, seq=2), signature, KEY),
        (EVENT, KEY.sign(EVENT.canonical()), KEY),
        (EVENT, b"", KEY),
    ):
        with pytest.raises(BadSignature):
            events.verify(event, said, key.public_key())


def test_moments_are_utc_and_ids_are_made_of_time_and_chance() -> None:
    """A moment of another zone is refused, as is chance of another size."""
    for moment in (AT.replace(tzinfo=None), AT.astimezone(timezone(timedelta(hours=1)))):
        with pytest.raises(BadEvent):
            events.instant(moment)
    with pytest.raises(BadEvent):
        events.uuid7(0, b"")
    assert events.uuid7(1, bytes(10)) < events.uuid7(2, bytes(10))
