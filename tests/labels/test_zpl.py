"""Whether only whole labels of ours are understood."""

from __future__ import annotations

import re
import zlib
from base64 import b64encode
from binascii import crc_hqx

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zebrafy.zebrafy_zpl import ZebrafyZPL

from labels import NotOurZpl, compose, shipped, worst_case, zpl
from labels.specimens import specimens
from labels.stock import DPI
from tests.labels.examples import made

SENT = made("asset").zpl()
BODY = re.search(rb":Z64:([^:]+):(....)\^FS", SENT)
assert BODY is not None


def graphic(raw: bytes, size: int) -> bytes:
    """Write a label of one strip that claims *size* bytes and packs *raw*."""
    text = b64encode(zlib.compress(raw))
    return b"^XA^MUD^CI28^PW16^LL2^LH0,0^LT0^LS0^PON^FWN\n^FO0,0^GFA,%d,%d,2,:Z64:%s:%04X^FS\n^PQ1^XZ\n" % (
        size,
        size,
        text,
        crc_hqx(text, 0),
    )


BROKEN = {
    "nothing": b"",
    "another header": SENT.replace(b"^LH0,0", b"^LH9,9"),
    "a wrong checksum": SENT.replace(BODY[2], b"0000" if BODY[2] != b"0000" else b"0001"),
    "a flipped letter": SENT.replace(BODY[1][:9], BODY[1][:8] + (b"A" if BODY[1][8:9] != b"A" else b"B")),
    "no end": SENT.replace(b"^XZ", b""),
    "two copies": SENT.replace(b"^PQ1", b"^PQ2"),
    "two labels": SENT + SENT,
    "a command between": SENT.replace(b"^PQ1", b"^FO1,1^GB9,9^FS\n^PQ1"),
    "a row too few": SENT.replace(b"^LL945", b"^LL946"),
    "no rows": SENT.replace(b"^LL945", b"^LL0"),
    "a strip in another place": SENT.replace(b"^FO0,0", b"^FO0,9"),
    "a graphic that unpacks to more": graphic(bytes(200_000), 4),
    "a graphic that unpacks to less": graphic(bytes(3), 4),
    "a graphic that is none": graphic(b"", 4)
    .replace(b64encode(zlib.compress(b"")), b"AAAA")
    .replace(b"%04X" % crc_hqx(b64encode(zlib.compress(b"")), 0), b"%04X" % crc_hqx(b"AAAA", 0)),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_whole_label_of_ours_is_refused(case: str) -> None:
    """Wrong framing, commands, counts, sizes and checksums are refused, none of them drawn."""
    assert BROKEN[case] != SENT

    with pytest.raises(NotOurZpl):
        zpl.read(BROKEN[case])


@settings(deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**32 - 1))
def test_any_dots_come_back(width: int, height: int, seed: int) -> None:
    """Whatever is drawn is read from the printer bytes dot for dot, at any width."""
    ink = np.random.default_rng(seed).random((height, width)) < 0.5

    assert np.array_equal(ink, zpl.read(zpl.written(ink)))


PIECE = re.compile(rb"\^FO(\d+),(\d+)\^GFA,(\d+),\d+,(\d+),")


@pytest.mark.parametrize("dpi", DPI)
def test_no_graphic_is_longer_than_a_printer_takes(dpi: int) -> None:
    """A piece has at most 99,999 bytes; pieces cover the label, each dot once; it is one label of printable bytes."""
    label = made("apheresis_bag", dpi=dpi)
    sent = label.zpl()
    pieces = [tuple(map(int, found)) for found in PIECE.findall(sent)]
    across = -(-label.stock.width // 8)
    told = np.zeros((label.stock.height, across), dtype=int)
    for left, top, size, wide in pieces:
        told[top : top + size // wide, left // 8 : left // 8 + wide] += 1

    assert all(size <= 99_999 and left % 8 == 0 for left, _, size, _ in pieces)
    assert np.all(told == 1)
    assert sum(size for _, _, size, _ in pieces) == told.size
    assert (1, 1) == (sent.count(b"^XA"), sent.count(b"^XZ"))
    assert all(byte == 0x0A or 0x20 <= byte <= 0x7E for byte in sent)


@pytest.mark.parametrize(("dpi", "most"), [(203, 12_000), (300, 20_000), (600, 40_000)])
@pytest.mark.parametrize("worst", [False, True])
def test_a_bag_label_is_soon_sent(dpi: int, most: int, *, worst: bool) -> None:
    """A picture is cut where its pieces pack better: a bag's label is small on the line, also at its worst."""
    template = shipped()["cryobag"]
    record = worst_case(template)[0] if worst else specimens()["cryobag"]

    assert len(compose(template, record, dpi).zpl()) <= most


def test_pieces_that_do_not_make_one_label_are_refused() -> None:
    """A piece that is lost, sent twice, moved by a dot or put over another is no label of ours."""
    sent = made("cryobag", dpi=600).zpl()
    lines = sent.split(b"\n")
    first, second = lines[1], lines[2]

    assert first.startswith(b"^FO")
    assert second.startswith(b"^FO")
    for spoiled in (
        sent.replace(second + b"\n", b""),
        sent.replace(second, second + b"\n" + second),
        sent.replace(first[: first.index(b"^GFA")], b"^FO1,0"),
        sent.replace(second[: second.index(b"^GFA")], first[: first.index(b"^GFA")]),
    ):
        assert spoiled != sent
        with pytest.raises(NotOurZpl):
            zpl.read(spoiled)


@pytest.mark.parametrize("dpi", DPI)
def test_another_library_unpacks_the_very_dots(dpi: int) -> None:
    """Another library makes the same dots of our graphics, piece by piece, and refuses one of a wrong checksum."""
    label = made("vial", dpi=dpi)
    sent = label.zpl()
    pictures = [np.asarray(picture) == 0 for picture in ZebrafyZPL(sent.decode()).to_images()]
    ink = np.zeros((label.sent.shape[0], label.sent.shape[1] + 7), dtype=np.bool_)
    for (left, top, _, _), picture in zip(
        (tuple(map(int, found)) for found in PIECE.findall(sent)), pictures, strict=True
    ):
        ink[top : top + picture.shape[0], left : left + picture.shape[1]] |= picture

    assert np.array_equal(label.sent, ink[:, : label.sent.shape[1]])
    checksum = re.search(rb":([0-9A-F]{4})\^FS", sent)
    assert checksum is not None
    spoiled = sent.replace(checksum[0], b":%04X^FS" % (int(checksum[1], 16) ^ 1))
    with pytest.raises(ValueError, match="CRC mismatch"):
        ZebrafyZPL(spoiled.decode()).to_images()
    with pytest.raises(NotOurZpl, match="checksum"):
        zpl.read(spoiled)
