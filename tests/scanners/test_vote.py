"""Whether frames together say what one frame may get wrong, and never accept what is contradicted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import decode
from scanners.scan import Scan
from scanners.vote import FORGET_SECONDS, REPEAT_SECONDS, WINDOW, Verdict, Window
from tests.scanners.test_decode import GS1, ISBT, PIECE, drawn

BARS, MATRIX = Scan(b"7K3MXHD90BC2", "]C0", "picture"), Scan(b"=A99992600000100", "]d1", "picture")
OTHER_BARS, OTHER_MATRIX = Scan(b"8K3MXHD90BC4", "]C0", "picture"), Scan(b"=A99992600000200", "]d1", "picture")
FRAME = 0.1


def played(window: Window, *frames: list[Scan], start: float = 0.0) -> list[Verdict]:
    """Show *frames* to a window, ten a second."""
    return [window.add(scans, start + at * FRAME) for at, scans in enumerate(frames)]


def test_bars_need_two_frames_and_a_matrix_two_only_where_the_camera_is_live() -> None:
    """One frame of bars is never enough; a matrix in a single picture is."""
    assert [None, BARS] == [one.accepted for one in played(Window(), [BARS], [BARS])]
    assert [None, MATRIX] == [one.accepted for one in played(Window(), [MATRIX], [MATRIX])]
    assert [MATRIX] == [one.accepted for one in played(Window(live=False), [MATRIX])]
    assert [None] == [one.accepted for one in played(Window(live=False), [BARS])]


def test_frames_in_between_that_show_nothing_do_not_matter() -> None:
    """Two frames agree wherever they stand in the window; beyond it they do not."""
    (*_, near) = played(Window(), [BARS], *[[]] * (WINDOW - 2), [BARS])
    (*_, far) = played(Window(), [BARS], *[[]] * WINDOW, [BARS])

    assert (BARS, 2) == (near.accepted, near.agree)
    assert (None, 1) == (far.accepted, far.agree)


def test_two_reads_of_one_frame_are_one_vote() -> None:
    """However many views of a frame say the same, it is one frame that says it."""
    (verdict,) = played(Window(), [BARS, BARS])
    assert (None, 1) == (verdict.accepted, verdict.agree)


@pytest.mark.parametrize("other", [(BARS, OTHER_BARS), (MATRIX, OTHER_MATRIX)])
def test_two_labels_of_one_kind_are_a_conflict_and_nothing_is_accepted(other: tuple[Scan, Scan]) -> None:
    """In one frame or alternating, both are named and neither is taken, until the window has forgotten one."""
    first, second = other
    together = played(Window(), *[[first, second]] * 5)
    turns = played(Window(), *[[first], [second]] * 6)

    assert all(one.conflict and one.accepted is None for one in together)
    assert {first, second} == set(together[0].against)
    assert [None] * 12 == [one.accepted for one in turns]
    assert all(one.conflict for one in turns[1:])

    window = Window()
    played(window, [first], [second])
    alone = played(window, *[[first]] * (WINDOW + 1), start=0.2)
    assert alone[WINDOW - 3].conflict
    assert [first] == [one.accepted for one in alone if one.accepted]


def test_one_kind_in_conflict_stops_the_other_as_well() -> None:
    """While two labels are in view nothing is taken, not even the code of which there is one."""
    verdicts = played(Window(), *[[BARS, OTHER_BARS, MATRIX]] * 4)
    assert [None] * 4 == [one.accepted for one in verdicts]


def test_both_symbols_of_one_label_agree() -> None:
    """A label's matrix and its bars are told to be one subject: no conflict, the matrix first, then the bars."""

    def told(scan: Scan) -> tuple[str, bytes] | None:
        return "piece", {b"8K3MXHD90BC4": b"other"}.get(scan.data, b"this")

    verdicts = played(Window(told=told), *[[BARS, MATRIX]] * 3)
    assert [None, MATRIX, BARS] == [one.accepted for one in verdicts]

    assert all(one.conflict for one in played(Window(told=told), *[[OTHER_BARS, MATRIX]] * 3))


def test_a_code_that_is_none_of_ours_neither_votes_nor_contradicts() -> None:
    """A supplier's bar code beside the label does not hinder; one of the very same length makes the bars doubtful."""
    foreign, twin = Scan(b"LOT 4711", "]C0", "picture"), Scan(b"7K3MXHD90BX2", "]C0", "picture")

    def told(scan: Scan) -> tuple[str, bytes] | None:
        return None if scan in {foreign, twin} else ("piece", scan.data)

    assert [None, BARS] == [one.accepted for one in played(Window(told=told), *[[BARS, foreign]] * 2)]
    assert [None] * 4 == [one.accepted for one in played(Window(told=told), *[[foreign]] * 4)]
    assert [None] * 3 == [one.accepted for one in played(Window(told=told), [twin], [BARS], [BARS])]
    assert [None, MATRIX] == [one.accepted for one in played(Window(told=told), *[[MATRIX, twin]] * 2)]


def test_the_same_payload_is_one_scan_as_long_as_it_is_in_view() -> None:
    """It is accepted once, then told as repeated; two seconds after it was last seen it is a new scan."""
    window = Window()
    stays = played(window, *[[MATRIX]] * 60)
    back = played(window, [MATRIX], [MATRIX], start=6.0 + REPEAT_SECONDS)

    assert [MATRIX] == [one.accepted for one in stays if one.accepted]
    assert all(one.repeated == MATRIX for one in stays[2:])
    assert [None, MATRIX] == [one.accepted for one in back]


def test_a_camera_that_paused_begins_anew() -> None:
    """What was seen long ago votes no more, however few frames came since."""
    window = Window()
    assert window.add([BARS], 0.0).accepted is None
    assert window.add([BARS], FORGET_SECONDS + 0.5).accepted is None
    assert BARS == window.add([BARS], FORGET_SECONDS + 0.6).accepted


def test_the_second_reader_votes_where_the_first_was_blind_and_never_alone() -> None:
    """ZBar's payload counts as its frame's vote for bars that zxing-cpp saw in another frame; alone it is nothing."""
    window = Window()
    assert window.add([], 0.0, echoes=[BARS.data]).accepted is None
    assert window.add([], 0.1, echoes=[BARS.data]).accepted is None
    assert BARS == window.add([BARS], 0.2).accepted


def test_after_a_stop_the_window_is_empty() -> None:
    """What stood in conflict is forgotten when somebody has taken note of it."""
    window = Window()
    played(window, [BARS], [OTHER_BARS])
    window.forget()
    assert [None, BARS] == [one.accepted for one in played(window, [BARS], [BARS], start=0.3)]


def test_labels_of_two_kinds_do_not_contradict_each_other() -> None:
    """Bars and a matrix of which nobody says that they are one subject are two scans: the matrix first."""
    assert [None, MATRIX, BARS] == [one.accepted for one in played(Window(), *[[BARS, MATRIX]] * 3)]


def test_bars_do_not_wait_for_a_matrix_that_was_seen_once() -> None:
    """What has too few votes stands in nobody's way."""
    assert [None, BARS] == [one.accepted for one in played(Window(), [BARS], [BARS, MATRIX])]


def test_the_code_that_more_frames_saw_comes_first() -> None:
    """Of two codes of one subject that are both sure, the one with more votes is accepted."""
    window = Window(told=lambda _: ("piece", b"this"))
    played(window, [OTHER_BARS])
    for at in (0.1, 0.2):
        window.add([], at, echoes=[BARS.data])

    assert (BARS, 3) == ((one := window.add([OTHER_BARS, BARS], 0.3)).accepted, one.agree)


def test_a_verdict_tells_how_many_frames_it_knows() -> None:
    """Every frame counts as seen, an empty one and one in a conflict too; nothing seen agrees with nothing."""
    verdicts = played(Window(), [], [BARS], [BARS, OTHER_BARS])

    assert [(1, 0), (2, 1)] == [(one.seen, one.agree) for one in verdicts[:2]]
    assert (True, 3) == (verdicts[2].conflict, verdicts[2].seen)


def test_two_seconds_are_still_within_two_seconds() -> None:
    """At the very end of its time a frame still votes, and a scan is still the same scan."""
    window = Window()
    window.add([BARS], 0.0)
    assert BARS == window.add([BARS], FORGET_SECONDS).accepted

    window = Window(live=False)
    assert MATRIX == window.add([MATRIX], 0.0).accepted
    again = window.add([MATRIX], REPEAT_SECONDS)
    assert (None, MATRIX) == (again.accepted, again.repeated)


@given(st.lists(st.lists(st.sampled_from([BARS, OTHER_BARS, MATRIX, OTHER_MATRIX]), max_size=3), max_size=30))
def test_nothing_is_ever_accepted_while_the_window_holds_two_labels(frames: list[list[Scan]]) -> None:
    """Whatever frames come: an accepted scan stood in two frames of the window, and no other of its kind in any."""
    window = Window()
    for at, scans in enumerate(frames):
        verdict = window.add(scans, at * FRAME)
        if verdict.accepted is None:
            continue
        last = frames[max(0, at + 1 - WINDOW) : at + 1]
        kind = verdict.accepted.aim
        assert {verdict.accepted.data} == {one.data for frame in last for one in frame if one.aim == kind}
        assert sum(verdict.accepted in frame for frame in last) >= 2


def test_a_reader_reads_frames_and_votes() -> None:
    """Two frames of one label are a scan; two labels in view are a conflict; an EAN is named and never accepted."""
    reader = decode.Reader()
    assert reader.feed(drawn(ISBT, "DataMatrix"), 0.0).accepted is None
    assert Scan(ISBT, "]d1", "picture") == reader.feed(drawn(ISBT, "DataMatrix"), 0.1).accepted
    reader.forget()

    blind = [decode.Reader(), decode.Reader(second=True)]
    for one in blind:
        told = [one.feed(drawn(b"9506000134352", "EAN13"), at * FRAME) for at in range(4)]
        assert [None, None, None, "product EAN/UPC"] == [verdict.foreign for verdict in told]
        assert {None} == {verdict.accepted for verdict in told}

    other = drawn(GS1.replace(b"\x1d", b""), "DataMatrix")
    reader.feed(drawn(ISBT, "DataMatrix"), 9.0)
    assert reader.feed(other, 9.1).conflict


def test_a_reader_for_wristbands_reads_them() -> None:
    """Aztec is read where a hospital's own wristband is asked for, and is no label's code elsewhere."""
    band = drawn(PIECE, "Aztec")
    assert "]z0" == getattr(decode.Reader(decode.Looked.PATIENT, live=False).feed(band, 0.0).accepted, "aim", None)
    assert decode.Reader(live=False).feed(band, 0.0).accepted is None
