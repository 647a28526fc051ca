"""No order stands anywhere without a way out: from everywhere some road of lawful deeds leads to the closed books.

A search on paper: from an order, every step that the judges accept right now is a way on. The straight roads, all the
steps beside them, and what can follow these, are where it starts.
"""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from coi.custody.steps import is_next
from coi.custody.verdict import Accepted, decide
from coi.labelling.pieces import unaccounted
from tests.coi.custody.detours import ALL, PATHS, before, follow
from tests.coi.custody.paper import PROTOCOLS, sheets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.coi.custody.paper import Paper
    from tests.evidence import Evidence

FORMS = list(PROTOCOLS)
FAR = 400
"""Orders looked at before a search gives up; the ways out that there are take far fewer."""


def stand(paper: Paper) -> tuple[Any, ...]:
    """Return what decides which steps lie ahead: two orders that stand alike have the same ways out."""
    order = paper.order
    held = (
        (c.kind, c.state, c.custodian or "", order.offered(c.id) is not None, c in order.dose(), c.key("lot") or "")
        for c in order.containers
    )
    return (
        order.state, order.left, tuple(sorted(held)), tuple(sorted(s.state for s in order.shipments)),
        frozenset(deed.checkpoint for deed in order.done if not deed.undone),
        frozenset(name for name, value in order.facts if value),
        tuple(sorted((piece.role, piece.state) for piece in unaccounted(paper.pieces))),
    )  # fmt: skip


def onward(paper: Paper) -> Iterator[tuple[str, Paper]]:
    """Yield every step that may be done now, with the order after it."""
    for step in paper.protocol.checkpoints:
        if is_next(step, paper.order):
            signed = paper.at_step(step).signed
            verdict = decide(signed, paper.fresh(signed))
            if isinstance(verdict, Accepted) and not verdict.quarantine:
                yield step.id, paper.after(signed, verdict)


def cost(name: str, paper: Paper) -> int:
    """Return how promising an order is: few things left to end, and steps that end something first."""
    left = sum(held.live for held in paper.order.containers) + len(unaccounted(paper.pieces))
    first = (
        "h17_reconcile",
        "x_close",
        "x_destroy",
        "x_unused",
        "x_written",
        "h17_discard",
        "r_",
        "h4_abort",
        "x_cancel",
    )
    return 4 * left + next((number for number, start in enumerate(first) if name.startswith(start)), 12)


def leads_out(start: Paper, known: set[tuple[Any, ...]]) -> bool:
    """Say whether some lawful deeds carry an order to the closed books; *known* remembers where they do."""
    came: dict[tuple[Any, ...], tuple[Any, ...] | None] = {stand(start): None}
    turn = count()
    ahead = [(0, next(turn), start)]
    for _ in range(FAR):
        if not ahead:
            return False
        paper = heapq.heappop(ahead)[2]
        here: tuple[Any, ...] | None = stand(paper)
        if paper.order.state == "RECONCILED" or here in known:
            while here is not None:
                known.add(here)
                here = came[here]
            return True
        for name, after in onward(paper):
            if stand(after) not in came:
                came[stand(after)] = here
                heapq.heappush(ahead, (cost(name, after), next(turn), after))
    return False


def stands(form: str) -> Iterator[tuple[str, Paper]]:
    """Yield where an order can stand: at each point of the straight road and before each step beside it."""
    yield from sheets(0, form)[0].items()
    yield from ((f"before {step}", before(form, step)) for at, step in ALL if at == form and step in PATHS)


@pytest.mark.parametrize("form", FORMS)
def test_from_everywhere_a_way_leads_to_the_closed_books(form: str) -> None:
    """From each point of the road, each step beside it, and whatever can be done next there."""
    known: set[tuple[Any, ...]] = set()
    for place, paper in stands(form):
        for name, after in (("", paper), *onward(paper)):
            assert leads_out(after, known), (place, name, after.order.state, stand(after))


@pytest.mark.long("custody")
def test_after_any_two_deeds_a_way_leads_to_the_closed_books(evidence: Evidence) -> None:
    """From every place where an order can stand, after any two further deeds, there is a way out."""
    for form in FORMS:
        known: set[tuple[Any, ...]] = set()
        places = list(stands(form))
        for place, paper in evidence.random().sample(places, evidence.size(6, len(places))):
            for first, then in onward(paper):
                for second, after in onward(then):
                    assert leads_out(after, known), (form, place, first, second, stand(after))
                    evidence.count("orders with a way out")


@pytest.mark.parametrize("form", FORMS)
def test_a_closed_order_has_no_next_step(form: str) -> None:
    """The one state with nothing ahead is the end."""
    end = sheets(0, form)[1]

    assert end.order.state == "RECONCILED"
    assert list(onward(end)) == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("deeds", [5, 9, 14])
def test_two_bags_find_their_way_out_too(form: str, deeds: int) -> None:
    """With two bags collected and two final bags, wherever the dose stands between readiness and the last bag's end."""
    paper = follow(">h2_schedule / h2_schedule bags=2 / >h8_start / h8_start / h8_add / h9_transfer / h9_pool", form)
    paper = paper.carried("h10_print").do("h10_print", bags="2").carried("h14_ready").do("h14_ready")
    for _ in range(deeds):
        steps = [each for each in onward(paper) if not paper.step(each[0]).side and each[0] != "h14_band"]
        waiting = [each for each in steps if paper.order.did(each[0]) is None] or steps[-1:] or [("", paper)]
        paper = waiting[0][1]

        assert leads_out(paper, set()), stand(paper)
