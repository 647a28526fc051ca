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

from labels import NotOurZpl, zpl
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


@pytest.mark.parametrize("dpi", DPI)
def test_no_graphic_is_longer_than_a_printer_takes(dpi: int) -> None:
    """A strip has at most 99,999 bytes; strips join without a gap; the whole is one label of printable bytes."""
    label = made("apheresis_bag", dpi=dpi)
    sent = label.zpl()
    strips = [tuple(map(int, found)) for found in re.findall(rb"\^FO0,(\d+)\^GFA,(\d+),\d+,(\d+),", sent)]

    assert all(size <= 99_999 for _, size, _ in strips)
    assert [top + size // across for top, size, across in strips] == [
        *(top for top, _, _ in strips[1:]),
        label.stock.height,
    ]
    assert (1, 1) == (sent.count(b"^XA"), sent.count(b"^XZ"))
    assert all(byte == 0x0A or 0x20 <= byte <= 0x7E for byte in sent)
    assert {203: 13_000, 300: 20_000, 600: 45_000}[dpi] >= len(sent)


@pytest.mark.parametrize("dpi", DPI)
def test_another_library_unpacks_the_very_dots(dpi: int) -> None:
    """Another library makes the same dots of our graphics, strip by strip, and refuses one of a wrong checksum."""
    label = made("vial", dpi=dpi)
    sent = label.zpl()
    strips = [np.asarray(picture) == 0 for picture in ZebrafyZPL(sent.decode()).to_images()]

    assert np.array_equal(label.sent, np.concatenate(strips)[:, : label.sent.shape[1]])
    checksum = re.search(rb":([0-9A-F]{4})\^FS", sent)
    assert checksum is not None
    spoiled = sent.replace(checksum[0], b":%04X^FS" % (int(checksum[1], 16) ^ 1))
    with pytest.raises(ValueError, match="CRC mismatch"):
        ZebrafyZPL(spoiled.decode()).to_images()
    with pytest.raises(NotOurZpl, match="checksum"):
        zpl.read(spoiled)
