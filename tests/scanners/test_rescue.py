"""Whether damage that one look cannot read through is read all the same, and never as something else."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from bench.scan import codes, compare, corpus, hunt, plot, readers, report, speed, voting
from scanners import decode, ecc200, pipeline
from scanners.ladder import STEPS, Step
from scanners.scan import Scan
from tests.scanners.test_decode import ISBT, PIECE, drawn

if TYPE_CHECKING:
    from tests.evidence import Evidence

    Modules = np.ndarray[tuple[int, int], np.dtype[np.bool_]]


PART = 5_000
HUNTED = {
    "edge c128": 80_000, "edge gs1128": 20_000, "edge dm": 40_000, "edge gs1dm": 40_000, "edge qr": 40_000,
    "edge gs1qr": 40_000, "negative": 20_000, "truncated": 10_000, "spliced": 20_000,
}  # fmt: skip
"""How many pictures of each kind are looked at in full, in parts so that a stopped run loses little."""


@pytest.mark.parametrize("symbology", codes.SYMBOLOGIES)
def test_clean_codes_at_any_angle_are_read(symbology: str) -> None:
    """Six symbologies, drawn by another program than reads them, level and turned: bytes and AIM identifier exact."""
    for degradation in ("clean", "rotate"):
        picture = corpus.picture("x", symbology, degradation, 1, Random(f"angle:{symbology}"))
        (code,) = picture.codes
        assert [(code.data, code.aim)] == [(scan.data, scan.aim) for scan in decode.read(picture.image)]


DAMAGED = {
    "dead elements through a Data Matrix": ("dm", "dead", 3, Step.LATTICE),
    "glare on a Data Matrix": ("dm", "glare", 2, Step.LATTICE),
    "frost on a Data Matrix": ("gs1dm", "frost", 1, Step.LATTICE),
    "a shadow's edge across a Data Matrix": ("dm", "shadow", 4, Step.THRESHOLD),
    "frost on bars": ("c128", "frost", 3, Step.BARS),
    "frost on GS1 bars": ("gs1128", "frost", 2, Step.BARS),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damage_beyond_one_look_is_read(case: str) -> None:
    """Of four labels so damaged zxing-cpp alone reads fewer, we read three at least, and nothing that is not there."""
    symbology, degradation, severity, step = DAMAGED[case]
    ours = plain = 0
    for number in range(4):
        picture = corpus.picture("x", symbology, degradation, severity, Random(f"damage:{case}:{number}"))
        outcome = readers.ours(picture, (step,))
        assert not outcome.wrong
        ours += outcome.hit
        plain += readers.peer("zxing-cpp", picture).hit

    assert ours >= 3
    assert ours > plain


def test_what_is_rescued_tells_where_it_was() -> None:
    """A rescued code bears the corners of its place in the picture as it was sent."""
    picture = corpus.picture("x", "dm", "dead", 3, Random("damage:place"))
    (scan,) = decode.read(picture.image)
    assert "rescue" == scan.source
    assert scan.quad is not None
    x, y = (sum(axis) / 4 for axis in zip(*scan.quad, strict=True))
    assert abs(x - corpus.WIDTH / 2) < 90
    assert abs(y - corpus.HEIGHT / 2) < 90


@pytest.mark.parametrize("degrees", [30, 45])
def test_what_is_turned_level_in_a_large_picture_tells_where_it_was(degrees: int) -> None:
    """Of 12 Mpx a smaller picture is looked through: the corners told are those in the large one."""
    code = drawn(PIECE, "Code128", scale=5)
    height, width = code.shape
    large = np.full((3000, 4000), 255, np.uint8)
    large[1700 : 1700 + height, 2100 : 2100 + width] = code
    middle = (2100 + width / 2, 1700 + height / 2)
    turned = cv2.warpAffine(
        large, cv2.getRotationMatrix2D(middle, degrees, 1.0), (4000, 3000), borderValue=(255.0,)
    ).astype(np.uint8)

    _, (_, scans) = pipeline.looks(turned, steps=(Step.LEVEL,))

    assert {PIECE} == {scan.data for scan in scans}
    for scan in scans:
        assert scan.quad is not None
        corners = np.asarray(scan.quad)
        assert np.hypot(*(corners.mean(axis=0) - middle)) < 10
        assert 0.8 * width < max(np.hypot(*(one - corners[0])) for one in corners) < 1.1 * width


def _doubtful(
    modules: Modules, words: int, random: Random
) -> tuple[Modules, np.ndarray[tuple[int, int], np.dtype[np.float32]]]:
    order = ecc200.placement(len(modules) - 2)
    spoilt, doubts = modules.copy(), np.zeros(modules.shape, np.float32)
    for word in random.sample(range(int(order.max()) // 8 + 1), words):
        for row, column in np.argwhere((order >= word * 8) & (order < word * 8 + 8)):
            spoilt[row + 1, column + 1] ^= True
            doubts[row + 1, column + 1] = 1
    return spoilt, doubts


@pytest.mark.parametrize("size", ecc200.CHECKS)
def test_doubtful_cells_are_mended_twice_as_far(size: int) -> None:
    """Every size of one region: as many codewords as there are checks but four, if they are known; none beyond."""
    random = Random(size)
    texts = ("".join(random.choice("abcxyz:/") for _ in range(length)) for length in range(1, 80))
    modules = next(code.modules for code in (codes.of("dm", text) for text in texts) if len(code.modules) == size)
    most = ecc200.CHECKS[size] - ecc200.SPARE

    right = ecc200.mended(*_doubtful(modules, most, random))
    assert right is not None
    assert (right == modules).all()
    assert ecc200.mended(*_doubtful(modules, most + 3, random)) is None
    assert ecc200.mended(modules, np.zeros(modules.shape, np.float32)) is not None


def test_chance_and_larger_symbols_are_not_mended() -> None:
    """Noise is no symbol however it is corrected; symbols of several regions are left to zxing-cpp."""
    chance = np.random.default_rng(5)
    for _ in range(40):
        noise = chance.random((22, 22)) < 0.5
        assert ecc200.mended(noise, chance.random((22, 22)).astype(np.float32)) is None
    assert ecc200.mended(np.zeros((32, 32), np.bool_), np.zeros((32, 32), np.float32)) is None


def test_two_views_of_the_same_bars_that_differ_are_both_dropped() -> None:
    """Bars that read one way here and another way there are not believed; other places and matrices stand."""
    here, there = ((0, 0), (90, 0), (90, 20), (0, 20)), ((400, 0), (490, 0), (490, 20), (400, 20))
    one, other = Scan(b"=A99992600000100", "]C0", "rescue", here), Scan(b"=A99992600000900", "]C0", "rescue", here)
    tells = pipeline._contradicts  # noqa: SLF001 - the rule by itself

    assert tells(one, other)
    assert tells(one, Scan(other.data, "]C0", "rescue"))
    assert not tells(one, one)
    assert not tells(one, Scan(other.data, "]C0", "rescue", there))
    assert not tells(one, Scan(other.data, "]d1", "rescue", here))


def test_a_step_is_gone_only_when_it_is_asked_for() -> None:
    """The plain look comes first and alone; every step after it has its name, in the ladder's order."""
    looks = pipeline.looks(drawn(PIECE, "Code128"))
    step, scans = next(looks)
    assert (None, [PIECE]) == (step, [scan.data for scan in scans])
    blank = np.full((300, 400), 255, dtype=np.uint8)
    assert [None, *STEPS] == [step for step, _ in pipeline.looks(blank)]


@pytest.mark.parametrize("kind", ["EAN13", "Code39", "PDF417"])
def test_what_is_not_ours_is_named(kind: str) -> None:
    """A code that no label of ours bears is named for the screen, and is no scan."""
    picture = drawn({"EAN13": b"9506000134352"}.get(kind, b"ABC123"), kind)
    names = {"EAN13": "product EAN/UPC", "Code39": "Code 39", "PDF417": "PDF417"}
    assert names[kind] == decode.foreign(picture)
    assert decode.foreign(drawn(ISBT, "DataMatrix")) is None
    assert [] == decode.read(picture)


@pytest.mark.long("scan")
def test_we_read_more_than_either_reader_alone(evidence: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight points above zxing-cpp and twenty above ZBar on the same pictures in the same run."""
    if not evidence.full:
        monkeypatch.setattr("bench.scan.damage.DEGRADATIONS", ("clean", "rotate", "dead", "frost"))
        monkeypatch.setattr("bench.scan.damage.SEVERITIES", (2,))
    result = compare.run(evidence.size(1, 6), evidence.seed)
    evidence.count("pictures", sum(result.pictures.values()))
    for name in compare.NAMES:
        tally = result.tallies[name]
        evidence.count(f"wrong by {name}", len(tally.wrong))
        evidence.figure(name, f"{result.rate(name):.1f} %, {compare.mean(tally.times):.0f} ms")

    assert result.rate(compare.OURS) >= result.rate("zxing-cpp") + 8
    assert result.rate(compare.OURS) >= result.rate("pyzbar") + 20
    assert all("<polyline" in plot.severities(result, group) for group in compare.GROUPS)
    page = report.written(result, {}, {}, speed.Speed(), command="the lab", seconds=1.0)
    assert f"| ours | **{result.rate(compare.OURS):.1f}** |" in page


@pytest.mark.long("scan")
@pytest.mark.parametrize(
    ("kind", "part"), [(kind, part) for kind, count in HUNTED.items() for part in range(count // PART)]
)
def test_no_wrong_byte_is_accepted(evidence: Evidence, kind: str, part: int) -> None:
    """Pictures at the edge of readability, torn, glued over, without any code: nothing wrong is ever accepted."""
    numbers = range(part * PART, part * PART + evidence.size(1, PART))
    found = hunt.hunted(kind, numbers, evidence.seed)
    evidence.count(f"{kind}: pictures", found.pictures)
    evidence.count(f"{kind}: right", found.right)
    evidence.count(f"{kind}: wrong", found.wrong)

    assert 0 == found.accepted, found.told


@pytest.mark.long("scan")
@pytest.mark.parametrize("symbology", voting.SHARES)
def test_the_vote_accepts_no_wrong_payload(evidence: Evidence, symbology: str) -> None:
    """Twelve frames of one damaged label: what is accepted is what is printed."""
    votes = voting.played(symbology, evidence.size(3, 100 * voting.SHARES[symbology]), evidence.seed)
    evidence.count(f"{symbology}: sequences", votes.sequences)
    evidence.count(f"{symbology}: accepted", votes.right)
    evidence.count(f"{symbology}: right in one frame", votes.single_right)
    evidence.figure("frames to accept", f"{compare.mean([float(count) for count in votes.frames]):.1f}")

    assert 0 == votes.wrong
    assert votes.sequences


def test_every_kind_of_picture_is_hunted_through() -> None:
    """The full numbers are told for each kind that there is."""
    assert set(hunt.KINDS) == set(HUNTED)


def test_zxing_cpp_reads_what_we_draw_clean() -> None:
    """The lab's own pictures are sound: another reader reads a clean one of each symbology."""
    for symbology in codes.SYMBOLOGIES:
        picture = corpus.picture("x", symbology, "clean", 1, Random(symbology))
        assert readers.peer("zxing-cpp", picture).hit
