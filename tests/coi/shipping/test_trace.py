"""No data never counts as in range, and what was measured outside stays outside, whatever else the file says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coi.errors import Unknown
from coi.shipping.trace import (
    PROFILES,
    Excursion,
    InRange,
    Logger,
    NoData,
    OutOfRange,
    Profile,
    Reason,
    Sample,
    Trace,
    Word,
    is_better,
    judge,
    profile,
    word,
)

SENT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
RECEIVED = SENT + timedelta(hours=4)
READ = RECEIVED + timedelta(minutes=10)
LOGGER = Logger("LGR-000000000001", "SN-4711", datetime(2027, 1, 1, tzinfo=UTC))
FRIDGE = profile("refrigerated")
LENIENT = replace(FRIDGE, outside=timedelta(minutes=30))


def minute(number: float) -> datetime:
    """Return an instant so many minutes after the sealing."""
    return SENT + timedelta(minutes=number)


def trace(cels: dict[int, str] | None = None, *, every: int = 10, until: int = 240, serial: str = "SN-4711") -> Trace:
    """Return a trace at 5 degrees but for the minutes that *cels* names."""
    named = cels or {}
    minutes = range(-30, until + 1, every)
    return Trace(serial, tuple(Sample(minute(n), Decimal(named.get(n, "5.0"))) for n in minutes))


def codes(verdict: InRange | OutOfRange | NoData) -> tuple[str, ...]:
    """Return the codes of the reasons of a verdict."""
    return () if isinstance(verdict, InRange) else tuple(reason.code for reason in verdict.reasons)


def without(minutes: range) -> Trace:
    """Return a trace in which nobody measured during *minutes*."""
    whole = trace()
    gone = {minute(n) for n in minutes}
    return replace(whole, samples=tuple(one for one in whole.samples if one.at not in gone))


def swapped() -> Trace:
    """Return a trace with two samples in each other's place."""
    samples = list(trace().samples)
    samples[9], samples[10] = samples[10], samples[9]
    return replace(trace(), samples=tuple(samples))


def doubled() -> Trace:
    """Return a trace with one sample twice."""
    samples = trace().samples
    return replace(trace(), samples=(*samples[:9], samples[9], *samples[9:]))


CASES = {
    "the whole way at 5": (trace(), LOGGER, "in_range", ()),
    "both ends of the range belong to it": (trace({60: "2.0", 70: "8.0"}), LOGGER, "in_range", ()),
    "one sample a hair too warm": (trace({60: "8.001"}), LOGGER, "out_of_range", ("excursion",)),
    "one sample a hair too cold": (trace({60: "1.999"}), LOGGER, "out_of_range", ("excursion",)),
    "too warm before the sealing only": (trace({-30: "21.0", -20: "21.0"}), LOGGER, "in_range", ()),
    "two excursions": (trace({60: "9", 120: "1"}), LOGGER, "out_of_range", ("excursion", "excursion")),
    "a gap of half an hour": (without(range(60, 80)), LOGGER, "no_data", ("gap",)),
    "a gap of exactly the limit": (without(range(60, 70)), LOGGER, "in_range", ()),
    "begins after the sealing": (without(range(-30, 30)), LOGGER, "no_data", ("starts_late",)),
    "ends before the receipt": (trace(until=210), LOGGER, "no_data", ("ends_early",)),
    "before the sealing only": (trace(until=-10), LOGGER, "no_data", ("too_few", "starts_late")),
    "no sample at all": (Trace("SN-4711", ()), LOGGER, "no_data", ("too_few", "starts_late")),
    "another logger's": (trace(serial="SN-4712"), LOGGER, "no_data", ("wrong_logger",)),
    "another logger's, too warm": (trace({60: "9"}, serial="SN-4712"), LOGGER, "no_data", ("wrong_logger",)),
    "no logger was sealed in": (trace(), None, "no_data", ("no_logger",)),
    "calibration lapsed before": (
        trace(),
        replace(LOGGER, calibrated_until=SENT - timedelta(days=1)),
        "no_data",
        ("calibration_lapsed",),
    ),
    "calibration lapses on the last day": (
        trace(),
        replace(LOGGER, calibrated_until=RECEIVED + timedelta(hours=2)),
        "no_data",
        ("calibration_lapsed",),
    ),
    "calibration lasts to the end of the last day": (
        trace(),
        replace(LOGGER, calibrated_until=datetime(2026, 11, 3, tzinfo=UTC)),
        "in_range",
        (),
    ),
    "two samples in the wrong order": (swapped(), LOGGER, "no_data", ("unordered",)),
    "one instant twice": (doubled(), LOGGER, "no_data", ("duplicate",)),
    "a clock an hour ahead": (trace(until=310), LOGGER, "no_data", ("clock_skew",)),
    "a clock five minutes ahead is borne": (trace(every=5, until=255), LOGGER, "in_range", ()),
    "samples after its own read-out": (
        replace(trace(), read_out_at=minute(200)),
        LOGGER,
        "no_data",
        ("clock_skew",),
    ),
    "read out tomorrow": (replace(trace(), read_out_at=minute(1440)), LOGGER, "no_data", ("clock_skew",)),
    "too warm, with a gap besides": (
        replace(
            without(range(60, 80)), samples=(*without(range(60, 80)).samples[:-1], Sample(minute(240), Decimal(9)))
        ),
        LOGGER,
        "out_of_range",
        ("excursion", "gap"),
    ),
}


@pytest.mark.parametrize(("file", "logger", "expected", "reasons"), CASES.values(), ids=CASES)
def test_what_a_trace_proves(file: Trace, logger: Logger | None, expected: str, reasons: tuple[str, ...]) -> None:
    """Each fault of the evidence has its verdict and its reasons, and only a whole and good trace is in range."""
    verdict = judge(file, FRIDGE, logger, SENT, RECEIVED, read_at=READ)

    assert (expected, reasons) == (word(verdict), codes(verdict))


def test_nothing_to_judge_by_is_no_data() -> None:
    """Without profile, logger or leg there is nothing to judge, and all that is missing is named at once."""
    verdict = judge(trace(), None, None, SENT, SENT, read_at=READ)

    assert ("no_profile", "no_logger", "no_leg") == codes(verdict)
    assert isinstance(verdict, NoData)


def test_an_excursion_lasts_from_inside_to_inside() -> None:
    """It may have begun right after the last good sample and ended right before the next; the extreme is the worst."""
    verdict = judge(trace({60: "8.5", 70: "9.5", 80: "8.1"}), FRIDGE, LOGGER, SENT, RECEIVED, read_at=READ)

    assert isinstance(verdict, OutOfRange)
    assert (Excursion(minute(50), minute(90), Decimal("9.5")),) == verdict.excursions
    expected = Reason("excursion", "2 to 8 Cel", "9.50 Cel, up to 40 min", minute(50), minute(90))
    assert (expected,) == verdict.reasons


def test_an_excursion_at_the_ends_lasts_to_the_ends() -> None:
    """Outside from the first sample on, or to the last, counts from the sealing, or to the receipt."""
    ends = dict.fromkeys((0, 10, 240), "9")
    verdict = judge(trace(ends), FRIDGE, LOGGER, SENT, RECEIVED, read_at=READ)

    assert isinstance(verdict, OutOfRange)
    assert [(minute(0), minute(20)), (minute(230), RECEIVED)] == [(one.start, one.end) for one in verdict.excursions]


def test_what_is_allowed_is_allowed_in_sum() -> None:
    """Two excursions of twenty minutes each are longer than half an hour; one alone is borne, and told."""
    one = judge(trace({60: "9"}), LENIENT, LOGGER, SENT, RECEIVED, read_at=READ)
    two = judge(trace({60: "9", 120: "9"}), LENIENT, LOGGER, SENT, RECEIVED, read_at=READ)

    assert InRange(Decimal("5.0"), Decimal(9), (Excursion(minute(50), minute(70), Decimal(9)),)) == one
    assert isinstance(two, OutOfRange)
    assert "2 to 8 Cel but for 30 min in sum" == two.reasons[0].expected


def test_a_doubt_beside_a_tolerated_excursion_is_no_data() -> None:
    """What would be borne is not borne when the evidence has a hole."""
    holed = replace(trace({60: "9"}), samples=tuple(s for s in trace({60: "9"}).samples if s.at < minute(200)))
    verdict = judge(holed, LENIENT, LOGGER, SENT, RECEIVED, read_at=READ)

    assert ("ends_early",) == codes(verdict)
    assert isinstance(verdict, NoData)


def test_vapour_of_nitrogen_has_no_lower_end() -> None:
    """At −196 a dry shipper is in range, at −150 it still is, and above no longer."""
    cold = profile("cryogenic")
    told = {
        cel: word(judge(Trace("SN-4711", cryo(cel)), cold, LOGGER, SENT, RECEIVED, read_at=READ))
        for cel in ("-196", "-150", "-149.99")
    }

    assert {"-196": "in_range", "-150": "in_range", "-149.99": "out_of_range"} == told
    assert "≤ -150 Cel" == cold.words


def cryo(cel: str) -> tuple[Sample, ...]:
    """Return samples every half hour at one temperature."""
    return tuple(Sample(minute(n), Decimal(cel)) for n in range(0, 241, 30))


def test_what_is_stated_may_not_sound_better() -> None:
    """In range is better than no data, and no data than out of range; an unknown word is better than anything."""
    words: tuple[Word, ...] = ("out_of_range", "no_data", "in_range")
    better = {(stated, seen) for stated in words for seen in words if is_better(stated, seen)}

    assert {("no_data", "out_of_range"), ("in_range", "out_of_range"), ("in_range", "no_data")} == better
    assert is_better("", "in_range")


def test_an_unknown_profile_is_none() -> None:
    """There are three profiles, and none allows any time outside unasked."""
    with pytest.raises(Unknown, match="Expected a profile of cryogenic, refrigerated, ambient, seen 'warm'"):
        profile("warm")
    assert {timedelta(0)} == {one.outside for one in PROFILES}


minutes_ = st.lists(st.integers(-3, 24).map(lambda ten: 10 * ten), max_size=6)
mild = st.integers(190, 810).map(lambda hundredths: Decimal(hundredths) / 100)
moves = st.lists(st.tuples(st.integers(0, 26), st.integers(-11, 11)), max_size=3)


@given(st.lists(mild, min_size=27, max_size=27), moves, st.sampled_from([FRIDGE, LENIENT]))
def test_in_range_means_measured_and_within(cels: list[Decimal], moved: list[tuple[int, int]], wanted: Profile) -> None:
    """In range implies, counted another way: no gap beyond the limit, and no more minutes outside than allowed."""
    late = dict(moved)
    rows = [(10 * n - 20 + late.get(n, 0), cel) for n, cel in enumerate(cels)]
    file = Trace("SN-4711", tuple(Sample(minute(at), cel) for at, cel in rows))

    verdict = judge(file, wanted, LOGGER, SENT, RECEIVED, read_at=READ)

    if isinstance(verdict, InRange):
        inside = [(at, cel) for at, cel in rows if 0 <= at <= 240]
        seen = {at for at, _cel in inside}
        gap = int(wanted.gap.total_seconds() // 60)
        assert all(any(start <= at <= start + gap for at in seen) for start in range(240 - gap + 1))
        assert [at for at, _cel in rows] == sorted({at for at, _cel in rows})
        bad = [at for at, cel in inside if not 2 <= cel <= 8]
        assert len(bad) <= int(wanted.outside.total_seconds() // 60)


@given(minutes_)
def test_fewer_samples_never_make_it_better(gone: list[int]) -> None:
    """Taking samples of a good trace away leaves it in range or makes it no data, and never anything else."""
    whole = trace()
    left = replace(whole, samples=tuple(one for one in whole.samples if one.at not in {minute(n) for n in gone}))

    assert word(judge(left, FRIDGE, LOGGER, SENT, RECEIVED, read_at=READ)) in {"in_range", "no_data"}
