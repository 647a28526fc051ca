"""Whether a picture's codes are read byte for byte, and nothing else is taken for a picture."""

from __future__ import annotations

import zlib
from dataclasses import replace
from io import BytesIO
from struct import pack

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from scanners import Scan, decode
from scanners.decode import Looked
from scanners.picture import NotAPicture

GS1 = b"01095060001343521726123110LOT42A\x1d21COI7\x1d2507K3MXHD90BC2"
ISBT = b"=+02000&/CHA999926000001&,20000007K3MXHD90BC2"
PIECE = b"7K3MXHD90BC2"


def drawn(
    data: bytes, kind: str, *, gs1: bool = False, scale: int = 4
) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Draw a code by the decoder's own writer, with a wide white rim."""
    options = {"gs1": True} if gs1 else {}
    code = zxingcpp.create_barcode(data.decode("ascii"), getattr(zxingcpp.BarcodeFormat, kind), **options)
    picture = np.array(code.to_image(scale=scale, add_quiet_zones=True))
    return np.pad(picture, 40, constant_values=255)


def png(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], kind: str = "PNG") -> bytes:
    """Encode a picture as a file."""
    out = BytesIO()
    Image.fromarray(picture).save(out, kind)
    return out.getvalue()


KINDS = {
    "Code 128": ("Code128", PIECE, "]C0", Looked.IDENTITY),
    "Data Matrix": ("DataMatrix", ISBT, "]d1", Looked.IDENTITY),
    "QR": ("QRCodeModel2", ISBT, "]Q1", Looked.IDENTITY),
    "Aztec": ("Aztec", PIECE, "]z0", Looked.PATIENT),
    "PDF417": ("PDF417", PIECE, "]L2", Looked.PATIENT),
}


@pytest.mark.parametrize("case", KINDS)
def test_a_code_gives_its_bytes_and_its_aim_identifier(case: str) -> None:
    """Bytes and AIM identifier are exact, as an array and as a file, in grey and in colour."""
    kind, data, aim, looked = KINDS[case]
    picture = drawn(data, kind)
    coloured = np.repeat(picture[:, :, None], 3, axis=2)

    for image in (picture, coloured, png(picture), png(coloured), png(picture, "WEBP")):
        assert [Scan(data, aim, "picture")] == decode.read(image, looked=looked)


def test_a_gs1_code_keeps_its_separators() -> None:
    """GS stays 0x1D between the elements, and the leading FNC1 is told by ``]d2`` and ``]C1`` alone."""
    bracketed = b"(01)09506000134352(17)261231(10)LOT42A(21)COI7(250)7K3MXHD90BC2"
    for kind, aim in (("DataMatrix", "]d2"), ("Code128", "]C1")):
        assert [Scan(GS1, aim, "picture")] == decode.read(drawn(bracketed, kind, gs1=True))


def test_other_symbologies_do_not_enter() -> None:
    """A product's EAN on the table is no scan, nor are wristband codes where only labels are looked for."""
    assert [] == decode.read(drawn(b"9506000134352", "EAN13"))
    assert [] == decode.read(drawn(PIECE, "Aztec"))


def test_all_codes_in_view_are_told_from_top_to_bottom() -> None:
    """Two labels in view are two scans with their corners: which one was meant is for others to refuse."""
    upper, lower = drawn(ISBT, "DataMatrix"), drawn(GS1.replace(b"\x1d", b""), "DataMatrix")
    width = max(upper.shape[1], lower.shape[1])
    both = np.concatenate([_widened(upper, width), _widened(lower, width)])
    scans = decode.read(both)

    assert [ISBT, GS1.replace(b"\x1d", b"")] == [scan.data for scan in scans]
    tops = [min(y for _, y in scan.quad) for scan in scans if scan.quad]
    assert 2 == len(tops)
    assert tops[0] < upper.shape[0] <= tops[1]


def test_nothing_found_is_an_empty_list() -> None:
    """A picture without a code is a picture: no error, no scan."""
    assert [] == decode.read(np.full((400, 600), 255, dtype=np.uint8))
    assert [] == decode.read(np.random.default_rng(7).integers(0, 256, (200, 300), dtype=np.uint8))


def _bomb(side: int) -> bytes:
    """Write a PNG of *side* x *side* white pixels in a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))

    squeeze = zlib.compressobj(9)
    row = b"\0" + b"\xff" * (-(-side // 8))
    body = b"".join(squeeze.compress(row) for _ in range(side)) + squeeze.flush()
    header = pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _moving() -> bytes:
    out = BytesIO()
    frames = [Image.new("L", (60, 60), shade) for shade in (0, 255)]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def _gif() -> bytes:
    out = BytesIO()
    Image.new("L", (60, 60)).save(out, "GIF")
    return out.getvalue()


JPEG = png(np.random.default_rng(1).integers(0, 256, (300, 300), dtype=np.uint8), "JPEG")
RUBBISH = {
    "nothing": b"",
    "words": b"this is not a picture",
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60"/>',
    "a GIF": _gif(),
    "half a JPEG": JPEG[: len(JPEG) // 2],
    "half a PNG": png(drawn(PIECE, "Code128"))[:200],
    "a moving picture": _moving(),
    "a bomb of 6000 x 6000": _bomb(6000),
    "a bomb of 20001 a side": _bomb(20_001),
    "nine megabytes": b"\x89PNG" + bytes(9_000_000),
    "a picture of one row": png(np.zeros((1, 500), dtype=np.uint8)),
    "no pixels": np.zeros((0, 0), dtype=np.uint8),
    "no rows": np.zeros((0, 50), dtype=np.uint8),
    "fractions": np.zeros((50, 50), dtype=np.float32),
    "five colours": np.zeros((50, 50, 5), dtype=np.uint8),
    "a line": np.zeros(500, dtype=np.uint8),
    "too many pixels": np.zeros((5001, 5000), dtype=np.uint8),
}


@pytest.mark.parametrize("case", RUBBISH)
def test_what_is_no_picture_is_refused_by_its_type(case: str) -> None:
    """Rubbish, bombs and torn files are ``NotAPicture`` for both readers, and never "no code found"."""
    with pytest.raises(NotAPicture):
        decode.read(RUBBISH[case])  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(NotAPicture):
        decode.second_opinion(RUBBISH[case])  # type: ignore[arg-type]  # wrong on purpose


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["PNG", "JPEG", "WEBP"]))
def test_a_damaged_file_is_read_or_refused(seed: int, kind: str) -> None:
    """A file with changed bytes gives scans or ``NotAPicture``: no other way out."""
    random = np.random.default_rng(seed)
    data = np.frombuffer(png(drawn(PIECE, "Code128", scale=2), kind), dtype=np.uint8).copy()
    where = random.integers(0, data.size, random.integers(1, 9))
    data[where] = random.integers(0, 256, where.size)

    try:
        scans = decode.read(data.tobytes())
    except NotAPicture:
        return
    assert {scan.data for scan in scans} <= {PIECE}


def test_a_code_lying_askew_is_rescued() -> None:
    """A Code 128 at any angle reads, which the plain reader does not manage between 30 and 60 degrees."""
    picture = Image.fromarray(np.pad(drawn(PIECE, "Code128"), 300, constant_values=255))
    for angle in range(0, 180, 15):
        askew = np.asarray(picture.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255))
        assert [(PIECE, "]C0")] == [(scan.data, scan.aim) for scan in decode.read(askew)]


def test_a_blurred_small_code_is_rescued() -> None:
    """Few pixels to a module and a blur: the ladder reads what the plain reader does not, and says so."""
    small = Image.fromarray(drawn(ISBT, "DataMatrix", scale=8)).resize((76, 76), Image.Resampling.BOX)
    picture = np.asarray(small.filter(ImageFilter.GaussianBlur(0.6)))
    assert [] == zxingcpp.read_barcodes(picture)

    assert [Scan(ISBT, "]d1", "rescue")] == decode.read(picture)


def test_what_is_plainly_read_is_told_though_it_is_not_valid() -> None:
    """Told what is valid, the reader looks longer for it, hides nothing that it saw, and adds nothing invalid."""
    asked: list[tuple[bytes, str]] = []

    def never(data: bytes, aim: str) -> bool:
        asked.append((data, aim))
        return False

    scans = decode.read(drawn(PIECE, "Code128"), valid=never)

    assert [Scan(PIECE, "]C0", "picture")] == scans
    assert {(PIECE, "]C0")} == set(asked)
    assert [] == decode.read(np.full((90, 90), 255, dtype=np.uint8), valid=never)


def test_the_second_reader_agrees_on_a_code_128() -> None:
    """ZBar, another program, reads the same bytes; it cannot tell the symbology and reads no matrix."""
    assert decode.second_reader() is not None
    assert [Scan(PIECE, "", "zbar")] == decode.second_opinion(drawn(PIECE, "Code128"))
    assert [] == decode.second_opinion(drawn(ISBT, "DataMatrix"))


def test_the_service_lives_without_the_second_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where libzbar is missing the second reader is absent and has no opinion; the first reads on."""
    monkeypatch.setitem(__import__("sys").modules, "pyzbar.wrapper", None)
    monkeypatch.delattr("pyzbar.wrapper", raising=False)

    assert decode.second_reader() is None
    assert [] == decode.second_opinion(drawn(PIECE, "Code128"))
    assert [PIECE] == [scan.data for scan in decode.read(drawn(PIECE, "Code128"))]


def test_a_picture_on_its_side_and_one_with_glass_are_looked_at_as_people_see_them() -> None:
    """A camera's orientation mark is followed, and what is transparent counts as white paper."""
    picture = drawn(PIECE, "Code128")
    out = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(picture).save(out, "JPEG", exif=exif)
    (scan,) = decode.read(out.getvalue())
    assert scan.quad is not None
    assert abs(scan.quad[1][1] - scan.quad[0][1]) > abs(scan.quad[1][0] - scan.quad[0][0])

    glass = np.zeros((*picture.shape, 4), dtype=np.uint8)
    glass[:, :, 3] = 255 - picture
    assert [PIECE] == [scan.data for scan in decode.read(png(glass))]


DEPTHS = {
    "16 bits": (np.uint16, 257),
    "12 bits of 16": (np.uint16, 16),
    "32 bits that hold 16": (np.int32, 257),
}


@pytest.mark.parametrize("case", DEPTHS)
def test_deep_pictures_lose_depth_and_nothing_else(case: str) -> None:
    """Of a picture with more than 8 bits those are kept that are used, as an array and as a file."""
    kind, times = DEPTHS[case]
    deep = drawn(PIECE, "Code128").astype(kind) * times

    assert [PIECE] == [scan.data for scan in decode.read(deep)]
    if kind == np.uint16:
        assert [PIECE] == [scan.data for scan in decode.read(png(deep))]


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGBA", "CMYK"])
def test_files_in_any_colours_are_read(mode: str) -> None:
    """Black and white, a palette, glass, printer's colours: the same bytes."""
    out = BytesIO()
    Image.fromarray(drawn(ISBT, "QRCodeModel2")).convert(mode).save(out, "JPEG" if mode == "CMYK" else "PNG")

    assert [ISBT] == [scan.data for scan in decode.read(out.getvalue())]


def test_arrays_of_glass_and_of_bits_are_read_and_numbers_below_nothing_are_none() -> None:
    """What is transparent counts as white in an array as well; a mask is a picture; less than black is not."""
    picture = drawn(PIECE, "Code128")
    glass = np.zeros((*picture.shape, 4), dtype=np.uint8)
    glass[:, :, 3] = 255 - picture

    assert [PIECE] == [scan.data for scan in decode.read(glass)]
    assert [PIECE] == [scan.data for scan in decode.read(picture > 100)]  # type: ignore[arg-type]  # bits
    with pytest.raises(NotAPicture):
        decode.read(-picture.astype(np.int16))  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("kind", ["DataMatrix", "QRCodeModel2"])
def test_light_on_dark_and_mirrored_codes_are_read(kind: str) -> None:
    """A matrix etched light on dark, and one seen through its film from behind, give the same bytes."""
    picture = drawn(ISBT, kind)

    assert [Scan(ISBT, decode.read(picture)[0].aim, "rescue")] == decode.read(255 - picture)
    assert [ISBT] == [scan.data for scan in decode.read(np.ascontiguousarray(picture[:, ::-1]))]


@pytest.mark.parametrize("kind", ["Code128", "DataMatrix"])
def test_a_code_that_fills_its_picture_is_read(kind: str) -> None:
    """A crop of a few pixels without any white round the code is read."""
    code = zxingcpp.create_barcode(PIECE.decode(), getattr(zxingcpp.BarcodeFormat, kind))
    picture = np.array(code.to_image(scale=2, add_quiet_zones=False))

    assert [PIECE] == [scan.data for scan in decode.read(picture)]


@pytest.mark.parametrize(("kind", "scale", "angle"), [("Code128", 2, 23), ("DataMatrix", 4, 40)])
def test_a_small_code_in_a_large_picture_is_read_where_it_is(kind: str, scale: int, angle: int) -> None:
    """Twelve million pixels, a few of them to a module: found in a smaller picture, read in the large one."""
    code = Image.fromarray(drawn(PIECE, kind, scale=scale)).rotate(
        angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255
    )
    large = np.full((3000, 4000), 255, dtype=np.uint8)
    small = np.asarray(code)
    large[1100 : 1100 + small.shape[0], 2600 : 2600 + small.shape[1]] = small
    noise = np.random.default_rng(3).normal(0, 6, large.shape)
    (scan,) = decode.read(np.clip(large * 0.8 + noise, 0, 255).astype(np.uint8))

    assert PIECE == scan.data
    assert scan.quad is not None
    x, y = (sum(axis) / 4 for axis in zip(*scan.quad, strict=True))
    assert abs(x - 2600 - small.shape[1] / 2) < 40
    assert abs(y - 1100 - small.shape[0] / 2) < 40


def test_a_scan_is_told_by_what_it_says() -> None:
    """Two scans of the same bytes, symbology and source are equal wherever they lay in the picture."""
    scan = Scan(PIECE, "]C0", "picture", ((0, 0), (9, 0), (9, 9), (0, 9)))

    assert scan == replace(scan, quad=None)
    assert scan != replace(scan, aim="]C1")


def _widened(
    picture: np.ndarray[tuple[int, int], np.dtype[np.uint8]], width: int
) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.pad(picture, ((0, 0), (0, width - picture.shape[1])), constant_values=255)
