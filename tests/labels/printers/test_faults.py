"""Whether what is said of a label's fate is true, whatever goes wrong on its way into a network printer."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from labels.printers import NotSent, Sent, Tcp9100, Uncertain
from labels.printers.network import VirtualZebra
from labels.printers.zebra import RESETS, Faults
from tests.labels.printers.papers import label

if TYPE_CHECKING:
    from random import Random

    from tests.evidence import Evidence

LONG = 30.0


def chosen(random: Random, size: int) -> dict[str, object]:
    """Choose what goes wrong: with the line, with the paper, with the count; often more than one thing."""
    wrong: dict[str, object] = {}
    if random.random() < 0.6:
        wrong |= {"reset": random.choice(RESETS), "reset_after": random.randint(1, size + 10)}
    if random.random() < 0.1:
        wrong |= {"slow": 0.02}
    paper = random.choice(["", "", "media_out", "ribbon_out", "head_open", "paused", "over_temp", "ends", "cut"])
    if paper in {"ends", "cut"}:
        wrong |= {"media_left": 0, "cut_short": paper == "cut"}
    elif paper:
        wrong |= {paper: True}
    if random.random() < 0.2:
        wrong |= random.choice([{"twin": True}, {"miscount": True}, {"foreign": random.randint(1, 3)}])
    return wrong


@pytest.mark.long("printers")
def test_what_is_said_of_a_label_is_true(evidence: Evidence) -> None:
    """Over random faults: *not sent* left nothing in the printer, *sent* comes out, and never a second time by itself.

    Where the printer is idle and counts honestly, the odometer tells how many came out, so that an uncertain end is
    known; where it lies, more or fewer are counted than one, so that it is seen.
    """
    random = evidence.random()
    with VirtualZebra(room=4) as zebra:
        for number in range(evidence.size(60, 1_000)):
            _one(zebra, label(number, 48), random, evidence)
    assert all(evidence.counts[name] for name in ("Sent", "Uncertain", "known by the odometer", "twins and reprints"))


def _one(zebra: VirtualZebra, job: bytes, random: Random, evidence: Evidence) -> None:
    wrong = chosen(random, len(job))
    asking = Tcp9100("127.0.0.1", zebra.port)
    before, out, begun = asking.counter(LONG), zebra.out, asking.status(LONG).partial
    assert before is not None
    zebra.change(**wrong)
    outcome = Tcp9100("127.0.0.1", zebra.port, 0.1 if "slow" in wrong else LONG).send(job, "bag")
    zebra.change(reset="", slow=0.0)
    status, after = asking.status(LONG), asking.counter(LONG)
    assert after is not None
    came = zebra.out - out
    evidence.count(type(outcome).__name__)

    match outcome:
        case NotSent():
            assert (0, 0, begun) == (came, zebra.waiting, status.partial), (wrong, outcome)
        case Sent():
            assert came + zebra.waiting > 0, (wrong, outcome)
        case Uncertain():
            evidence.count("uncertain and out", int(came > 0))
    lies = "miscount" in wrong or "foreign" in wrong
    if status.idle and not lies:
        assert after - before == came, (wrong, outcome)
        evidence.count("known by the odometer")
    if lies and came:
        assert after - before != came, (wrong, outcome)

    zebra.change(**asdict(Faults()))
    final = zebra.out - out
    doubled = "twin" in wrong or wrong.get("cut_short", False)
    assert final <= (2 if doubled else 1), (wrong, outcome)
    assert final > 0 or not isinstance(outcome, Sent), (wrong, outcome)
    if final > 1:
        evidence.count("twins and reprints")
        assert (asking.counter(LONG) or 0) - before != 1 or "miscount" in wrong, wrong
