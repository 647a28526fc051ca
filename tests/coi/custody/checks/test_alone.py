"""A machine, a bench and a packing belong to one order at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coi.custody.checks import alone
from coi.custody.reasons import Reason
from tests.coi.custody.detours import question, those
from tests.coi.custody.paper import asked, changed, scanned, swapped

BENCHES = those(lambda step: "bench_free" in step.checks)
PACKINGS = those(lambda step: "at_bench" in step.checks)


@pytest.mark.parametrize(("owner", "free"), [(None, True), ("O-0", True), ("O-1", False)])
def test_a_machine_collects_from_one_patient(owner: str | None, free: bool) -> None:  # noqa: FBT001  a case
    """Nobody's, or this order's; the other order is not named."""
    right = asked("h3_begin")
    code = scanned(right, "separator").code
    claims = {} if owner is None else {f"machine {code}": owner}
    taken = Reason("machine_taken", "equipment", "a machine without another order", code)

    assert (() if free else (taken,)) == alone.machine_free(asked("h3_begin", claims=claims))


def test_only_machines_are_claimed_as_machines() -> None:
    """A kit of the same code is no machine, and neither is a bench."""
    right = asked("h3_begin")
    kit = scanned(right, "kit").code
    machine = scanned(right, "separator").code

    assert alone.machine_free(asked("h3_begin", claims={f"machine {kit}": "O-1", f"bench {machine}": "O-1"})) == ()


def test_a_collection_ends_where_it_began() -> None:
    """Another separator's bag hangs on somebody else; a separator that nobody noted is not this one."""
    right = asked("h4_end")
    item = scanned(right, "separator")
    other = swapped(right, "separator", replace(item, code="EQP-2"))

    assert alone.same_machine(right) == ()
    assert alone.same_machine(other) == (Reason("other_machine", "equipment", item.code, "EQP-2"),)
    assert alone.same_machine(changed(right, facts=())) == (
        Reason("other_machine", "equipment", "no machine", item.code),
    )
    assert alone.same_machine(swapped(right, "separator")) == ()


@pytest.mark.parametrize(("form", "step"), BENCHES)
@pytest.mark.parametrize(("owner", "free"), [(None, True), ("O-0", True), ("O-1", False)])
def test_a_bench_packs_one_order(form: str, step: str, owner: str | None, free: bool) -> None:  # noqa: FBT001  a case
    """Two orders side by side is how they were mixed up."""
    code = scanned(question(form, step), "bench").code
    claims = {} if owner is None else {f"bench {code}": owner}
    taken = Reason("bench_taken", "location", "a bench without another order", code)

    assert (() if free else (taken,)) == alone.bench_free(question(form, step, claims=claims))
    assert alone.bench_free(question(form, step, items=(), claims=claims)) == ()


@pytest.mark.parametrize(("form", "step"), PACKINGS)
def test_packing_happens_at_an_open_bench_of_ones_own(form: str, step: str) -> None:
    """Without a session, with a session that was given back, or at another order's bench: refused."""
    right = question(form, step)
    bench = right.order.fact("bench")
    none = Reason("no_bench", "location", "an open packing session", "none")

    assert alone.at_bench(right) == ()
    assert alone.at_bench(changed(right, facts=())) == (none,)
    for claims in ({}, {f"bench {bench}": "O-1"}, {"bench LOC-9": "O-0"}):
        assert alone.at_bench(question(form, step, claims=claims)) == (replace(none, seen=bench or ""),)


@pytest.mark.parametrize(("form", "step"), PACKINGS)
@pytest.mark.parametrize(("seconds", "seen"), [(0, ""), (60, ""), (60.5, "60 s"), (61, "61 s"), (600, "600 s")])
def test_bag_shipper_and_seal_are_one_movement(form: str, step: str, seconds: float, seen: str) -> None:
    """A minute from the first scan to the last, whichever it is."""
    items = question(form, step).facts.items
    for number in range(len(items)):
        apart = tuple(
            replace(item, at=item.at - timedelta(seconds=seconds)) if place == number else item
            for place, item in enumerate(items)
        )
        late = Reason("pack_window", expected="at most 60 s", seen=seen)
        assert ((late,) if seen else ()) == alone.pack_window(question(form, step, items=apart))
    assert alone.pack_window(question(form, step, items=())) == ()


def test_nothing_begins_again_while_something_is_packed_or_offered() -> None:
    """What is in a sealed shipper, or held out to somebody, is taken back or delivered first."""
    quiet, packed, offered = asked("h4_end"), asked("h5_offer"), asked("h7_receive")
    under_way = Reason("under_way", "", "nothing packed and nothing offered", "a shipment or an offer")

    assert alone.nothing_under_way(quiet) == ()
    assert alone.nothing_under_way(packed) == (under_way,)
    assert alone.nothing_under_way(changed(offered, shipments=())) == (under_way,)
