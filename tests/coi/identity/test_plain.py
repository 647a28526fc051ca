"""A plain label binds a chain of identity, a piece and a container, and what is torn apart is none."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coi.errors import Malformed
from coi.identity import CoiId, PieceId, PlainLabel, Unreadable, checked, human, plain, read, summary
from tests.coi.identity import strategies as some

COI = CoiId("COI-7K3N9XB2CDL2")
PIECE = PieceId("P100000000GB")
BAG = "C-7K3N9XB2CD4U"
WIRE = "LBL-7K3N9XB2CDL2P100000000GB7K3N9XB2CD4U14"


def bound(*numbers: str) -> str:
    """Return *numbers* as one label with right check characters, whatever they are."""
    return plain.PREFIX + checked.completed("".join(numbers), plain.PRIME)


def test_what_a_label_says() -> None:
    """The wire holds every character once; eyes see the chain of identity, the container and the piece."""
    label, band = PlainLabel(COI, PIECE, BAG), PlainLabel(COI, PIECE)

    assert (WIRE, "COI-7K3N 9XB2 CDL2 · C-7K3N9XB2CD4U · P100 0000 00GB") == (label.wire.decode(), label.human)
    assert "COI-7K3N 9XB2 CDL2 · P100 0000 00GB" == band.human == human(band)
    assert [42, 30] == [len(label.wire), len(band.wire)]
    assert label == PlainLabel.parse(WIRE) != band == PlainLabel.parse(band.wire.decode())


WRONG = {
    "nothing": "",
    "the prefix alone": "LBL-",
    "no prefix": WIRE[4:],
    "another prefix": "COI-" + WIRE[4:],
    "the prefix twice": "LBL-" + WIRE,
    "small letters": "LBL-" + WIRE[4:].lower(),
    "a line end": WIRE + "\n",
    "a hyphen inside": WIRE[:16] + "-" + WIRE[16:],
    "one number": bound(COI.text[4:]),
    "four numbers": bound(COI.text[4:], PIECE.text, BAG[2:], BAG[2:]),
    "no check": WIRE[:-2],
    "another check": WIRE[:-2] + "15",
    "the other spelling of its check": WIRE[:-2] + "V5",
    "a letter of no alphabet": bound(COI.text[4:], PIECE.text).replace("P", "O"),
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_what_is_no_label(text: str) -> None:
    """Anything but the prefix, two or three numbers and their check is refused."""
    told = (
        "^Expected a label of ours, LBL- with two or three checked numbers and right check characters, saw "
        f"{len(text)} characters that are none\\.$"
    )
    with pytest.raises(Malformed, match=told):
        PlainLabel.parse(text)


def test_a_second_spelling_is_tried() -> None:
    """The refused other spelling means the same body by arithmetic alone: it leaves 1 as well."""
    values = [checked.value(text[4:]) % plain.PRIME for text in (WIRE, WRONG["the other spelling of its check"])]

    assert [1, 1] == values


PARTS = {
    "a piece for the chain of identity": (bound(PIECE.text, PIECE.text, BAG[2:]), "Expected a chain-of-identity"),
    "a chain of identity for the piece": (bound(COI.text[4:], COI.text[4:], BAG[2:]), "Expected a piece number"),
    "a chain of identity for the container": (bound(COI.text[4:], PIECE.text, COI.text[4:]), "Expected a container"),
}


@pytest.mark.parametrize(("text", "told"), PARTS.values(), ids=PARTS)
def test_each_number_keeps_its_own_check(text: str, told: str) -> None:
    """A number in a place that is not its own is refused, though the check over all is right."""
    with pytest.raises(Malformed, match=f"^{told}"):
        PlainLabel.parse(text)


@pytest.mark.parametrize("container", ["C-", "7K3N9XB2CD4U", "C-7K3N9XB2CD41", "B-7K3N9XB2CD4U", "C-7K3N9XB2CD4U "])
def test_a_container_is_named_in_full(container: str) -> None:
    """A label is made for a container that has its prefix and right check characters, or for none."""
    told = f"^Expected a container, C- and 12 checked characters, saw {len(container)} characters that are none\\.$"
    with pytest.raises(Malformed, match=told):
        PlainLabel(COI, PIECE, container)


def test_an_isbt_128_chain_of_identity_has_its_own_message() -> None:
    """What a standard has a place for is never written in ours."""
    with pytest.raises(Malformed, match=r"^Expected a chain of identity COI-…, saw one of isbt128\.$"):
        PlainLabel(CoiId("CHA999926000001"), PIECE)


@given(some.plain_labels)
def test_a_label_is_read_back_whole(label: PlainLabel) -> None:
    """From every symbol it may stand in; never from one that begins with FNC1, and never as a patient's."""
    for aim in ("]d1", "]C0", "]Q1", "", None):
        assert label == read(label.wire, aim)
    for aim in ("]d2", "]C1", "]Q3", "]e0", "]z0", "]L0"):
        assert isinstance(read(label.wire, aim), Unreadable)
    told = summary(label)
    assert (label.coi, label.piece, label.container or None) == (told.coi, told.piece, told.container)


@given(some.plain_labels, st.data())
def test_every_slip_and_swap_is_refused(label: PlainLabel, data: st.DataObject) -> None:
    """One wrong character, or two neighbours swapped, anywhere: no label, and no other code either."""
    text = label.wire.decode()
    place = data.draw(st.integers(0, len(text) - 2))
    other = data.draw(st.sampled_from([chr(code) for code in range(0x20, 0x7F)]))
    for wrong in (
        text[:place] + other + text[place + 1 :],
        text[:place] + text[place + 1] + text[place] + text[place + 2 :],
        text[:place] + text[place + 1 :],
        text[:place] + other + text[place:],
    ):
        assert wrong == text or isinstance(read(wrong.encode(), "]d1"), Unreadable)


@given(some.plain_labels, some.plain_labels, st.sampled_from([16, 28]))
def test_two_halves_are_hardly_ever_one_label(one: PlainLabel, other: PlainLabel, seam: int) -> None:
    """Numbers of two labels, each right in itself, are one label only where the check over all says so by chance."""
    assume(one.container and other.container and one.wire[:seam] != other.wire[:seam])
    torn = one.wire[:seam] + other.wire[seam:]

    assert isinstance(read(torn, "]d1"), Unreadable) == (checked.value(torn[4:].decode()) % plain.PRIME != 1)
