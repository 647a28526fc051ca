"""The plot leaves out no extreme, draws no line where nobody measured, and its table says the same in numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from coi.shipping.trace import Logger, NoData, OutOfRange, Sample, Trace, judge, profile
from coi.shipping.trace_plot import BOTTOM, COLUMNS, LEFT, RIGHT, ROWS, TOP, Plot, draw

BEGIN = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
END = BEGIN + timedelta(hours=48)
FRIDGE = profile("refrigerated")
LOGGER = Logger("LGR-1", "SN-1", END + timedelta(days=9))


def label(at: datetime) -> str:
    """Say an instant as the tests read it."""
    return f"{at:%d %H:%M}"


def every(minutes: int, warm: dict[int, str] | None = None, hours: int = 48) -> list[Sample]:
    """Return samples of 5 degrees every so many minutes, but where *warm* says otherwise."""
    steps = range(0, hours * 60 + 1, minutes)
    return [Sample(BEGIN + timedelta(minutes=n), Decimal((warm or {}).get(n, "5"))) for n in steps]


def drawn(samples: list[Sample]) -> Plot:
    """Judge and draw."""
    verdict = judge(Trace("SN-1", tuple(samples)), FRIDGE, LOGGER, BEGIN, END, read_at=END)
    reasons = verdict.reasons if isinstance(verdict, OutOfRange | NoData) else ()
    return draw(samples, FRIDGE, reasons, BEGIN, END, label=label)


def test_a_straight_leg_is_one_line() -> None:
    """One line from end to end, the limits at their heights, nothing marked; every row of the table is kept."""
    plot = drawn(every(1))

    assert (1, (), (), ()) == (len(plot.lines), plot.dots, plot.gaps, plot.excursions)
    assert ["2", "8"] == [tick.text for tick in plot.limits]
    assert len(plot.lines[0].split()) <= 2 * (COLUMNS + 1)
    assert ROWS == len(plot.rows)
    assert (2881, {True}) == (sum(row.samples for row in plot.rows), {row.kept for row in plot.rows})
    assert ["02 08:00", "02 16:00"] != [tick.text for tick in plot.x][:2]
    assert ["02 12:00", "03 00:00"] == [tick.text for tick in plot.x][:2]


def test_one_warm_minute_among_thousands_is_seen() -> None:
    """A single sample outside is drawn at its height, marked, and stands in its row."""
    plot = drawn(every(1, {1000: "12.345"}))

    (row,) = [row for row in plot.rows if row.kept is False]
    assert ("5.00", "12.35") == (row.lowest, row.highest)
    assert 1 == len(plot.excursions)
    highest = min(float(point.split(",")[1]) for point in plot.lines[0].split())
    assert highest < plot.limits[1].at


def test_no_line_over_a_gap() -> None:
    """Where nobody measured there is no line but a mark, and the table says no data."""
    samples = [one for one in every(10) if not timedelta(hours=10) < one.at - BEGIN < timedelta(hours=20)]
    plot = drawn(samples)

    assert (2, 1) == (len(plot.lines), len(plot.gaps))
    assert 4 == len([row for row in plot.rows if row.samples == 0 and row.kept is None])
    assert plot.gaps[0].told == "none for 10 h 00 min"


def test_lonely_samples_are_dots() -> None:
    """A sample without a neighbour is drawn all the same."""
    plot = drawn(every(720))

    assert (0, 5) == (len(plot.lines), len(plot.dots))


def test_nothing_measured_is_an_empty_plot() -> None:
    """Without a sample there are the limits, the axes and one mark over the whole leg."""
    plot = drawn([])

    assert ((), ()) == (plot.lines, plot.dots)
    assert [(LEFT, RIGHT - LEFT)] == [(box.x, box.width) for box in plot.gaps]
    assert {0} == {row.samples for row in plot.rows}


def test_without_a_range_nothing_is_kept() -> None:
    """Where the protocol says no range, no limit is drawn and no row claims anything; a leg without length is drawn."""
    plot = draw(every(10), None, (), BEGIN, END, label=label)
    short = draw([], profile("cryogenic"), (), BEGIN, BEGIN, label=label)

    assert ((), None, {None}) == (plot.limits, plot.band, {row.kept for row in plot.rows})
    assert (1, 1) == (len(short.limits), len(short.rows))
    assert short.band is not None
    assert BOTTOM == round(sum(short.band), 1)


def test_a_sliver_at_the_end_is_no_row_of_its_own() -> None:
    """A leg that ends a second after a round hour has no row for that second, and its last sample is counted."""
    end = BEGIN + timedelta(hours=24, seconds=1)
    plot = draw([*every(60, hours=24), Sample(end, Decimal(6))], FRIDGE, (), BEGIN, end, label=label)

    assert (ROWS, 26) == (len(plot.rows), sum(row.samples for row in plot.rows))
    assert (end, "6.00") == (plot.rows[-1].until, plot.rows[-1].highest)


cels = st.lists(st.integers(-19600, 4000).map(lambda n: Decimal(n) / 100), min_size=1, max_size=200)


@given(cels, st.integers(1, 6000))
def test_everything_lies_within_the_frame(found: list[Decimal], minutes: int) -> None:
    """Whatever was measured, every point and mark lies within the frame, and the table counts each sample once."""
    end = BEGIN + timedelta(minutes=minutes)
    samples = [Sample(BEGIN + (end - BEGIN) * n / len(found), cel) for n, cel in enumerate(found)]

    plot = draw(samples, FRIDGE, (), BEGIN, end, label=label)

    points = [tuple(map(float, point.split(","))) for line in plot.lines for point in line.split()] + list(plot.dots)
    assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in points)
    assert all(TOP <= tick.at <= BOTTOM for tick in (*plot.y, *plot.limits))
    assert len(found) == sum(row.samples for row in plot.rows)
    assert len(plot.rows) <= ROWS
    assert len(plot.x) <= 8
    assert len(plot.y) <= 10
