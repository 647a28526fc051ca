"""What a read is worth is derived from how it was made, and from nothing that a client says of it."""

from __future__ import annotations

import pytest

from coi.custody.trust import FEWEST_FRAMES, PAGES, Read, Trust, counts, fault, of

CASES = {
    "a square code of a checked scanner": (Read("]d2", "wedge", "signed"), Trust.FULL, ""),
    "a QR code by a program's token": (Read("]Q1", "api", "token"), Trust.FULL, ""),
    "bars": (Read("]C1", "wedge", "signed"), Trust.LOWER, ""),
    "bars by camera": (Read("]C0", "camera", "signed", "zxing 2/4"), Trust.LOWER, ""),
    "one frame": (Read("]d2", "camera", "signed", "zxing 1/4"), Trust.NONE, "few_frames"),
    "no frames told": (Read("]d2", "camera", "signed"), Trust.NONE, "few_frames"),
    "a failed scanner": (Read("]d2", "wedge", "signed", scanner="failed"), Trust.NONE, "scanner_failed"),
    "a scanner that is due": (Read("]d2", "web_serial", "signed", scanner="due"), Trust.NONE, "scanner_due"),
    "a hospital's Aztec band": (Read("]z0", "wedge", "signed", klass="band"), Trust.FULL, ""),
    "Aztec on a bag": (Read("]z0", "wedge", "signed", klass="container"), Trust.NONE, "symbology"),
    "PDF417 on a bag": (Read("]L2", "wedge", "signed", klass="container"), Trust.NONE, "symbology"),
    "typed": (Read("]d2", "wedge", "keyed"), Trust.NONE, "keyed"),
    "called signed in other words": (Read("]d2", "wedge", "SIGNED"), Trust.NONE, "keyed"),
    "typed by two": (Read("", "keyed", "attested"), Trust.LOWER, ""),
}


@pytest.mark.parametrize(("read", "worth", "why"), CASES.values(), ids=CASES)
def test_each_row_of_the_table(read: Read, worth: Trust, why: str) -> None:
    """The table of trust, row for row, with the reason where a read is worth nothing."""
    assert (worth, why) == (of(read), fault(read))


def test_one_frame_is_never_enough_when_live() -> None:
    """As many frames must agree as the camera's vote asks for."""
    assert 2 == FEWEST_FRAMES


@pytest.mark.parametrize("source", ["picture", "paste", "camera_station", "evdev", "anything", ""])
def test_a_page_cannot_call_its_read_what_it_is_not(source: str) -> None:
    """In production a word that no page can truly say counts for nothing; a demonstration takes pictures and pastes."""
    assert not counts(source, "]d2", production=True)
    assert counts(source, "]d2", production=False)


@pytest.mark.parametrize("source", sorted(PAGES))
def test_a_symbol_has_an_aim_identifier(source: str) -> None:
    """What a page reads counts in production, but not where nobody knows from which symbology it came."""
    assert counts(source, "]d2", production=True)
    assert not counts(source, "", production=True)
