"""Did quality control pass, on samples of this very lot?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Release needs a recorded pass: no result is not a pass, and a fail goes the out-of-specification road alone."""
    result = asked.order.fact("qc_result")
    failed = () if result == "pass" else (Reason("qc_failed", expected="pass", seen=result or "no result"),)
    return (*failed, *_nothing_left(asked))


def _nothing_left(asked: Asked) -> tuple[Reason, ...]:
    """Refuse to release a lot of which nothing is left."""
    order = asked.order
    if any(held.filled and held.key("lot") == order.lot for held in order.of_kind("drug_product")):
        return ()
    return (Reason("dose_incomplete", slot="drug_product", expected="a bag of this lot", seen="none"),)


def samples(asked: Asked) -> tuple[Reason, ...]:
    """Let a result stand only on tested samples that come from the lot (domain.md 4, hazards.md 25).

    1. At least one sample of this lot was tested, each by a scan of its own piece.
    2. None of them is still waiting.
    3. Nobody states a pass where a sample failed.
    """
    own = [held for held in asked.order.of_kind("sample") if held.key("lot") == asked.order.lot]
    tested = [held for held in own if held.state == "tested"]
    reasons: list[Reason] = []
    if not tested:
        reasons.append(Reason("no_sample", slot="sample", expected="a tested sample of this lot", seen="none"))
    waiting = len([held for held in own if held.live])
    if waiting:
        reasons.append(Reason("no_sample", slot="sample", expected="every sample tested", seen=f"{waiting} waiting"))
    failed = asked.order.fact("sample_result") == "fail"
    if failed and asked.facts.values.get("qc_result") == "pass":
        reasons.append(Reason("qc_failed", slot="qc_result", expected="fail", seen="pass"))
    return tuple(reasons)


def of_lot(asked: Asked) -> tuple[Reason, ...]:
    """Refuse what was made or labelled for another lot: before the batch failed and was made again (R5)."""
    return tuple(
        Reason("other_lot", slot=held.kind, expected=asked.order.lot or "a lot", seen="another lot")
        for held in asked.containers()
        if held.kind != "starting_material" and held.key("lot") != asked.order.lot
    )


def out_of_specification(asked: Asked) -> tuple[Reason, ...]:
    """Let a failed lot go only where everybody who must has said so (ATMP GMP Part IV; domain.md 2.4).

    The physician requested it, the risk was evaluated, and the patient was informed. It is no way round identity.
    """
    if asked.order.fact("qc_result") != "fail":
        return (Reason("qc_failed", slot="qc_result", expected="a failed result", seen="none"),)
    wanted = ("oos_request", "oos_risk")
    missing = tuple(
        Reason("oos_incomplete", slot=name, expected="stated and signed", seen="nothing")
        for name in wanted
        if not asked.order.fact(name)
    )
    return (*missing, *_nothing_left(asked))
