"""A rate is always of something, never above one, and told with its interval or not at all."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coi.quality.near_misses import FEW, MEASURES, Cell, Kind, Rate, by, measure, only, pareto, rate, wilson

NEWCOMBE = {
    (81, 263): (0.2553, 0.3662),
    (15, 148): (0.0624, 0.1605),
    (0, 20): (0.0, 0.1611),
    (1, 29): (0.0061, 0.1718),
}
"""R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3: the score interval of Wilson."""
DAY = date(2026, 11, 2)
OUTCOMES: dict[Kind, tuple[str, ...]] = {
    "attempt": ("accepted", "blocked", "quarantined", "noted"),
    "scan": ("blocked",),
    "label": ("first", "replacement"),
    "offer": ("offered", "declined"),
    "hold": ("placed", "lifted"),
}

numbers = st.integers(0, 5_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    """Draw a cell as the store gives it."""
    kind = draw(st.sampled_from(sorted(OUTCOMES)))
    return Cell(
        day=DAY + timedelta(days=draw(st.integers(0, 90))),
        site=draw(st.sampled_from(["S-A", "S-B"])),
        handoff=draw(st.sampled_from(["H5", "H7"])),
        checkpoint=draw(st.sampled_from(["h5_pack", "h7_accept"])),
        product=draw(st.sampled_from(["", "P-1"])),
        kind=kind,
        outcome=draw(st.sampled_from(OUTCOMES[kind])),
        reasons=tuple(sorted(draw(st.sets(st.sampled_from(["held", "keyed", "missing"]))))),
        keyed=kind == "attempt" and draw(st.booleans()),
        governed=kind == "attempt" and draw(st.booleans()),
        count=draw(st.integers(1, 50)),
    )


many = st.lists(cells(), max_size=30)
measures = st.sampled_from(MEASURES)


@pytest.mark.parametrize(("seen", "limits"), NEWCOMBE.items(), ids=str)
def test_the_published_examples(seen: tuple[int, int], limits: tuple[float, float]) -> None:
    """The interval is the published one to its four digits."""
    low, high = wilson(*seen)

    assert limits == (round(low, 4), round(high, 4))


@given(numbers)
def test_an_interval_holds_the_rate(seen: tuple[int, int]) -> None:
    """It lies between never and always, and the rate that was seen lies in it."""
    count, of = seen
    low, high = wilson(count, of)

    assert 0 <= low <= high <= 1
    assert not of or low <= count / of <= high
    assert (low == 0) == (count == 0)
    assert (high == 1) == (count == of)


@given(numbers)
def test_an_interval_is_the_mirror_of_what_did_not_happen(seen: tuple[int, int]) -> None:
    """How often it happened and how often it did not are the same question."""
    count, of = seen
    if of:
        low, high = wilson(count, of)
        assert (1 - high, 1 - low) == pytest.approx(wilson(of - count, of), abs=1e-12)


@given(st.integers(0, 500), st.integers(1, 500), st.integers(2, 20))
def test_more_of_the_same_narrows_the_interval(count: int, others: int, times: int) -> None:
    """The same rate of more chances is known better."""
    low, high = wilson(count, count + others)
    closer, nearer = wilson(count * times, (count + others) * times)

    assert nearer - closer < high - low


@pytest.mark.parametrize(("count", "of"), [(-1, 5), (6, 5), (1, 0)])
def test_more_near_misses_than_chances_are_a_fault(count: int, of: int) -> None:
    """A rate above one is never told."""
    with pytest.raises(ValueError, match=f"Expected 0 to {of} near misses of {of}, seen {count}"):
        wilson(count, of)


def test_nothing_of_nothing_is_not_never() -> None:
    """Without a chance there is no rate, and everything is possible."""
    assert (Rate(0, 0).share, Rate(0, 0).interval) == (None, (0.0, 1.0))


@pytest.mark.parametrize(("of", "few"), [(0, True), (FEW - 1, True), (FEW, False)])
def test_few_chances_tell_no_rate(of: int, few: bool) -> None:  # noqa: FBT001  a case
    """Below twenty chances the answer is that there are too few to say."""
    assert few == Rate(0, of).few


WHAT = {
    "refused": [("attempt", "blocked")],
    "quarantined": [("attempt", "quarantined")],
    "unresolved": [("scan", "blocked")],
    "reprinted": [("label", "replacement")],
    "declined": [("offer", "declined")],
    "lifted": [("hold", "lifted")],
}


@pytest.mark.parametrize("name", [one.name for one in MEASURES])
def test_what_each_measure_counts(name: str) -> None:
    """Each kind of near miss is told by what became of the chance, and by nothing else."""
    every = [
        Cell(DAY, "S", "H", "c", "P", kind, outcome, keyed=mark == "keyed", governed=mark == "governed")
        for kind, outcomes in OUTCOMES.items()
        for outcome in outcomes
        for mark in ("", *(("keyed", "governed") if kind == "attempt" else ()))
    ]

    met = {(cell.kind, cell.outcome, cell.keyed, cell.governed) for cell in every if measure(name).met(cell)}

    if name in WHAT:
        assert met == {(c.kind, c.outcome, c.keyed, c.governed) for c in every if (c.kind, c.outcome) in WHAT[name]}
    else:
        assert met == {("attempt", o, name == "keyed", name == "governed") for o in OUTCOMES["attempt"]}


def test_no_measure_of_another_name() -> None:
    """An unknown name is no measure."""
    with pytest.raises(KeyError):
        measure("blame")


@given(measures.flatmap(lambda one: st.tuples(st.just(one), many)))
def test_no_rate_is_above_one_and_parts_sum_to_the_whole(drawn: tuple[object, list[Cell]]) -> None:
    """Whatever is counted by site, step, product or handoff sums to all near misses of all chances."""
    what, found = drawn
    assert what in MEASURES
    one = next(m for m in MEASURES if m is what)
    whole = rate(one, found)

    assert 0 <= whole.count <= whole.of
    for key in ("site", "checkpoint", "product", "handoff"):
        parts = by(one, found, lambda cell, k=key: str(getattr(cell, k)))  # type: ignore[misc]
        assert whole == Rate(sum(part.count for _, part in parts), sum(part.of for _, part in parts))
        assert [part.count for _, part in parts] == sorted((part.count for _, part in parts), reverse=True)
        for name, part in parts:
            picked = [cell for cell in found if getattr(cell, key) == name]
            assert part == rate(one, picked)


@given(many, st.sampled_from(["", "S-A", "S-C"]), st.sampled_from(["", "P-1"]), st.sampled_from(["", "H7"]))
def test_a_filter_leaves_what_fits(found: list[Cell], site: str, product: str, handoff: str) -> None:
    """Every cell left is of the site, product and handoff asked for, and none such is lost."""
    left = only(found, site=site, product=product, handoff=handoff)

    fits = [
        cell
        for cell in found
        if (not site or cell.site == site)
        and (not product or cell.product == product)
        and (not handoff or cell.handoff == handoff)
    ]
    assert tuple(fits) == left


@given(measures, many)
def test_reasons_come_by_how_often_they_are_told(one: object, found: list[Cell]) -> None:
    """Each near miss tells each of its reasons once; the shares rise to the whole."""
    what = next(m for m in MEASURES if m is one)
    bars = pareto(what, found)
    whole = rate(what, found)

    told: Counter[str] = Counter()
    for cell in found:
        for reason in (cell.reasons or ("",)) if what.met(cell) else ():
            told[reason] += cell.count
    assert told == {bar.reason: bar.rate.count for bar in bars}
    assert [bar.rate.count for bar in bars] == sorted(told.values(), reverse=True)
    assert all(bar.rate.count <= whole.count and bar.rate.of == whole.of for bar in bars)
    shares = [bar.cumulative for bar in bars]
    assert shares == sorted(shares)
    assert not bars or shares[-1] == Fraction(1)
