"""Whatever bytes come, the answer is one meaning or unreadable: never a guess, never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coi.identity import Unreadable, Value, classify, human, read
from coi.identity.gs1 import Gs1Message
from tests.coi.identity import strategies as some

GTIN = b"0109506000134376"
PIECE = b"7K3N9XB2CD4U"

CLASSES = {
    "piece": (PIECE, "]C0"),
    "coi": (b"&/CHA999926000001", "]d1"),
    "coi, plain": (b"COI-7K3N9XB2CDL2", "]d1"),
    "plain": (b"LBL-7K3N9XB2CDL2P100000000GB7K3N9XB2CD4U14", "]d1"),
    "plain, of a wristband": (b"LBL-7K3N9XB2CDL27K3N9XB2CD4URK", "]d1"),
    "shipper": (b"SHP-000000000001", "]C0"),
    "seal": (b"SEA-000000000001", "]C0"),
    "location": (b"LOC-000000000001", "]d1"),
    "equipment": (b"EQP-000000000001", "]Q1"),
    "logger": (b"LGR-000000000001", ""),
    "kit": (b"KIT-000000000001", "]C0"),
    "specimen": (b"SPE-000000000001", "]d1"),
    "pack": (b"PAK-000000000001", "]d1"),
    "command": (b"CMD-CONFIRM", "]C0"),
    "badge": (b"BDG-7K3N9XB2CD6U", "]C0"),
    "patient": (b"&#0105ABC12", "]C0"),
    "patient, born": (b"=#0119601231", "]C0"),
    "patient, in a message": (b"=+02000&#0105ABC12=>026326", "]d1"),
    "patient, GS1": (b"8018950600013430000009", "]d2"),
    "patient, GS1 with more": (b"8018950600013430000009\x1d724101", "]C1"),
    "isbt128": (b"=A99992600000100", "]C0"),
    "isbt128, message": (b"=+02000=A99992600000100=>026326", "]d1"),
    "gs1": (GTIN, "]d2"),
    "gs1, staff": (b"8017950600013430000009", "]d2"),
    "unreadable": (b"", "]d2"),
}


@pytest.mark.parametrize("name", CLASSES)
def test_classes(name: str) -> None:
    """Each code belongs to one class."""
    data, aim = CLASSES[name]

    assert name.split(",", maxsplit=1)[0] == classify(read(data, aim))


@pytest.mark.parametrize("aim", ["]z0", "]L0", "]L1", "]L2"])
def test_hospital_symbols_count_for_patients_only(aim: str) -> None:
    """Aztec and PDF417 are read for the patient role and for nothing else."""
    for name, (data, _) in CLASSES.items():
        patient = name.startswith("patient") and "GS1" not in name
        assert patient == (not isinstance(read(data, aim), Unreadable)), name
    reason = "Expected a patient's identifier in Aztec or PDF417, saw another code."
    assert Unreadable(reason, 12, aim) == read(PIECE, aim)


STRANGE = [
    "]C2",
    "]C4",
    "]d0",
    "]d3",
    "]d4",
    "]d5",
    "]d6",
    "]Q0",
    "]Q2",
    "]Q4",
    "]Q5",
    "]E0",
    "]A0",
    "]z1",
    "]X0",
    "C0",
    " ",
]


@pytest.mark.parametrize("aim", STRANGE)
def test_other_symbols_are_refused(aim: str) -> None:
    """A code of another symbology, or with options that change its bytes, is refused whatever it says."""
    for data in (PIECE, GTIN, b"=A99992600000100"):
        told = read(data, aim)
        assert isinstance(told, Unreadable)
        assert "Expected Code 128, Data Matrix or QR Code, saw another symbology or an option of it." == told.reason
        assert (aim if len(aim) == 3 else "") == told.aim


REASONS = {
    "nothing": (b"", "]C0", "Expected a code, saw nothing."),
    "too much": (b"0" * 513, "]C0", "Expected at most 512 bytes, saw 513."),
    "not ASCII": (b"7K3N9XB2CD4\xc3", "]C0", "Expected printable ASCII characters only, saw others."),
    "a delete": (b"7K3N9XB2CD4\x7f", "]C0", "Expected printable ASCII characters only, saw others."),
    "a line end": (PIECE + b"\r", "]C0", "Expected printable ASCII characters only, saw others."),
    "a separator outside GS1": (PIECE + b"\x1d", "]d1", "Expected printable ASCII characters only, saw others."),
    "another control sign in GS1": (GTIN + b"\x1e", "]d2", "Expected printable ASCII characters only, saw others."),
    "free text": (
        b"HELLO",
        "]C0",
        "Expected a code of ours, of ISBT 128 or of GS1, saw 5 characters that begin like none of them.",
    ),
    "small letters": (
        b"7k3n9xb2cd4u",
        "]C0",
        "Expected a code of ours, of ISBT 128 or of GS1, saw 12 characters that begin like none of them.",
    ),
    "a space behind": (
        PIECE + b" ",
        "]C0",
        "Expected a code of ours, of ISBT 128 or of GS1, saw 13 characters that begin like none of them.",
    ),
    "a symbology identifier in the data": (
        b"]C0" + PIECE,
        None,
        "Expected a code of ours, of ISBT 128 or of GS1, saw 15 characters that begin like none of them.",
    ),
    "GS1 without word on the symbol": (
        GTIN,
        None,
        "Expected a code of ours, of ISBT 128 or of GS1, saw 16 characters that begin like none of them.",
    ),
    "a number typed without its frame": (
        b"CHA999926000001",
        "",
        "Expected a code of ours, of ISBT 128 or of GS1, saw 15 characters that begin like none of them.",
    ),
    "a piece in a GS1 symbol": (
        PIECE,
        "]C1",
        "Expected an application identifier that we know at character 1, saw another.",
    ),
}


@pytest.mark.parametrize(("data", "aim", "reason"), REASONS.values(), ids=REASONS)
def test_reasons(data: bytes, aim: str | None, reason: str) -> None:
    """An unreadable code says what was expected, how long it was, and which symbol it came from."""
    assert Unreadable(reason, len(data), aim or "") == read(data, aim)


def test_the_longest_code() -> None:
    """512 bytes are read, one more is not."""
    body = GTIN + b"10A\x1d" * 124
    assert 512 == len(body)

    assert isinstance(read(body, "]d2"), Gs1Message)
    assert isinstance(read(body[:-1] + b"\x1d10A", "]d2"), Unreadable)


@given(some.values, st.data())
def test_values_round_trip(value: Value, data: st.DataObject) -> None:
    """Every right code is read back as itself from every symbol it may stand in, and has a text for people."""
    carriers = ("]C1", "]d2", "]Q3", "]e0") if isinstance(value, Gs1Message) else ("]C0", "]d1", "]Q1", "", None)
    read_back = read(value.wire, data.draw(st.sampled_from(carriers)))

    assert value == read_back
    assert value.wire == getattr(read_back, "wire", None)
    assert classify(value) != "unreadable"
    assert human(value)


@given(some.values)
def test_the_symbol_decides_between_gs1_and_the_rest(value: Value) -> None:
    """The same bytes are never a GS1 message and something else: the symbol says which."""
    wrong = ("]C0", "]d1", "") if isinstance(value, Gs1Message) else ("]C1", "]d2")

    for aim in wrong:
        other = read(value.wire, aim)
        assert isinstance(other, Unreadable) or isinstance(other, Gs1Message) != isinstance(value, Gs1Message)


@given(st.binary(max_size=80), st.sampled_from([*STRANGE, "]C0", "]C1", "]d1", "]d2", "]Q3", "]z0", "", None]))
def test_any_bytes_are_answered(data: bytes, aim: str | None) -> None:
    """Any bytes are a value that writes itself as those bytes, or unreadable."""
    value = read(data, aim)

    assert isinstance(value, Unreadable) or value.wire == data


@given(st.text(min_size=1, max_size=40), st.sampled_from(["]C0", "]d2"]))
def test_a_refusal_repeats_nothing(text: str, aim: str) -> None:
    """What could be a person's name or number never stands in the reason."""
    data = f"Doe, {text}".encode()
    value = read(data, aim)

    assert isinstance(value, Unreadable)
    assert "Doe" not in value.reason
    assert len(data) == value.length


def test_a_strange_word_on_the_symbol_is_not_repeated() -> None:
    """Only what has the form of a symbology identifier is kept of what the reader said."""
    assert ["", "", "]X0"] == [getattr(read(PIECE, aim), "aim", None) for aim in ("John Doe", "äöü", "]X0")]
