"""Can cells reach a patient round a mandatory handoff? A search over the states and needs of a protocol.

What is asked of each of ``MANDATORY``: without its checkpoints, is there still a way to an infusion?

* The search forgets nothing: a state once reached stays reached, a deed once done stays done, and no person, scan or
  comparison stops it. It can do all that the real order can and more, so "not reached" is a proof, also where side
  steps lead back, repeat or undo.
* A handoff may be several deeds (quality control, then the release): each deed that reaches a state of the road is left
  out alone as well, so that the first half of a handoff does not stand for the whole.
* What it does reach is told with its path, so that who wrote the protocol sees the gap.
* Infused counts by what the deed does to the container too: a step that calls a bag ``infusing`` and moves no state is
  an infusion all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from coi.custody.protocol import Checkpoint, Protocol

MANDATORY: Mapping[str, str] = {
    "H4": "the labels scanned back at the end of the collection",
    "H7": "the receipt at manufacturing",
    "H11": "the release",
    "H13": "the receipt where the patient is treated",
    "H16": "the comparison at the bedside",
}
"""The handoffs that no order passes by, and what each of them is."""

INFUSING = "INFUSING"
AT_THE_PATIENT = frozenset({"infusing", "interrupted", "administered", "partly_administered"})
"""States of an order, and of a container, in which cells have reached a patient."""
START = ("DRAFT", "PARTIAL", "DESTROYED", "LOST")
"""States that no checkpoint leads to: the first, and the ends of a dose that was not given whole.

A step that leads back to the state that the order left reaches nothing that was not reached before."""
ROAD = ("COLLECTED", "RECEIVED_AT_MFG", "ACCEPTED", "QC_PENDING", "RELEASED", "RECEIVED_AT_SITE", "INFUSING")
"""The states that a deed of a mandatory handoff reaches: no way leads past any of these deeds."""


def faults(protocol: Protocol) -> Iterator[str]:
    """Yield each mandatory handoff that the protocol lacks or that a path to an infusion goes round."""
    if not any(_infuses(checkpoint) for checkpoint in protocol.checkpoints):
        yield "Expected a checkpoint that reaches INFUSING, seen none."
        return
    if path(protocol.checkpoints) is None:
        yield "Expected a path from the draft to an infusion, seen none: some step needs what nothing reaches."
    for handoff, what in MANDATORY.items():
        own = [checkpoint for checkpoint in protocol.checkpoints if checkpoint.handoff == handoff]
        if not own:
            yield f"Expected a checkpoint of {handoff}, {what}, seen none."
            continue
        gates = [own, *([each for each in own if each.to == state] for state in ROAD if _reaches(own, state))]
        for gate in gates:
            round_it = path([checkpoint for checkpoint in protocol.checkpoints if checkpoint not in gate])
            if round_it is not None:
                names = " and ".join(checkpoint.id for checkpoint in gate)
                yield f"Expected no path to an infusion round {names} ({what}), seen {' → '.join(round_it)}."


def _reaches(checkpoints: Sequence[Checkpoint], state: str) -> bool:
    return any(checkpoint.to == state and not checkpoint.side for checkpoint in checkpoints)


def path(checkpoints: Sequence[Checkpoint]) -> tuple[str, ...] | None:
    """Return the ids of checkpoints by which an infusion can be reached, in the order done, or None.

    Each round does every checkpoint whose state is reached and whose needs are done; the first that infuses ends it.
    """
    reached: dict[str, str | None] = dict.fromkeys(START)
    done: dict[str, tuple[str, ...]] = {}
    """By checkpoint, those that let it happen; by state (above), the checkpoint that first reached it."""
    while True:
        fresh = [
            checkpoint
            for checkpoint in checkpoints
            if checkpoint.id not in done
            and any(state in reached for state in checkpoint.states)
            and all(need in done for need in checkpoint.needs)
        ]
        if not fresh:
            return None
        for checkpoint in fresh:
            before = reached[next(state for state in checkpoint.states if state in reached)]
            done[checkpoint.id] = (*(() if before is None else (before,)), *checkpoint.needs)
            if _infuses(checkpoint):
                return _back(checkpoint.id, done)
        for checkpoint in fresh:
            if checkpoint.to is not None:
                reached.setdefault(checkpoint.to, checkpoint.id)


def _infuses(checkpoint: Checkpoint) -> bool:
    done_already = any(effect.get("name") == "infused_without_verification" for effect in checkpoint.effects)
    if checkpoint.side and checkpoint.records_only and done_already:
        return False  # it records what was done against a stop, and is no way: it is never green
    return checkpoint.to == INFUSING or any(
        effect.get("do") == "container" and effect.get("state") in AT_THE_PATIENT for effect in checkpoint.effects
    )


def _back(last: str, done: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the checkpoints that lead to *last*, those done first coming first."""
    wanted, open_ = {last}, [last]
    while open_:
        for cause in done[open_.pop()]:
            if cause not in wanted:
                wanted.add(cause)
                open_.append(cause)
    return tuple(name for name in done if name in wanted)
