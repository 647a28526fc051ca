"""The commitment is the one of the specification, and sealing is honest."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from coi.ledger.entry import encode
from coi.vault import sealing

KEY, NONCE, SALT = bytes(range(32)), bytes(12), bytes(range(32, 64))
text = st.text(st.characters(exclude_categories=["Cs"]))


def test_commitment_vector() -> None:
    """An outsider with HMAC and SHA-256 gets the same commitment."""
    expected = hmac.new(SALT, b'coi/commit/v1birth_date"1961-04-09"', hashlib.sha256).hexdigest()
    assert expected == sealing.commitment(SALT, "birth_date", b'"1961-04-09"')


@given(text, st.binary(min_size=12, max_size=12), st.binary(min_size=32, max_size=32))
def test_sealed_is_unsealed(value: str, nonce: bytes, salt: bytes) -> None:
    """What was sealed opens to the same value, for its subject and field only."""
    promised, sealed = sealing.seal(KEY, "P-1", "name", encode(value), salt=salt, nonce=nonce)
    assert value == sealing.unseal(KEY, "P-1", "name", promised, sealed)
    for owner, field, commitment in (("P-2", "name", promised), ("P-1", "nom", promised), ("P-1", "name", "0" * 64)):
        with pytest.raises(sealing.Damaged):
            sealing.unseal(KEY, owner, field, commitment, sealed)


def test_a_value_that_is_not_the_promised_one_is_damage() -> None:
    """Even who holds the key cannot put another value under a commitment that stands in the ledger."""
    promised = sealing.commitment(SALT, "name", b'"A"')
    about = b"\x00".join((b"coi/vault/v1", b"P-1", b"name", promised.encode()))
    forged = NONCE + AESGCM(KEY).encrypt(NONCE, SALT + b'"B"', about)
    with pytest.raises(sealing.Damaged, match="seen another"):
        sealing.unseal(KEY, "P-1", "name", promised, forged)


@given(st.binary(max_size=200))
def test_bytes_have_their_canonical_form(data: bytes) -> None:
    """The short cut for bytes spells what the ledger's own canonical form spells."""
    assert encode({"base64": base64.b64encode(data).decode()}) == sealing.canonical_bytes(data)


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_blind_index_tells_codes_apart(one: bytes, two: bytes) -> None:
    """Two codes share a place exactly when they are the same bytes."""
    assert (one == two) is (sealing.blind(KEY, one) == sealing.blind(KEY, two))
