"""``kill -9`` of the server in the hour after a preflight: GO by lease or no thaw at all, and never two GOs."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from coi import ledger
from coi.custody import lease as leases
from coi.custody.lease import Attempt, Go, Read, Used
from tests import leases as played
from tests.attacks import carrier, lease_carrier
from tests.leases import station, texts
from tests.world import said

if TYPE_CHECKING:
    from random import Random

    from coi.custody.lease import Lease
    from tests.evidence import Evidence
    from tests.journeys import Journey, Story
    from tests.leases import Station
    from tests.moments import MakeStory

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([lease_carrier.__name__, "coi.app"])
ALONE = (("h15_issue", "celllab1"), ("h15_accept", "nurse1"))


@pytest.fixture(autouse=True)
def _without_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the server from importing the program that started the tests: it takes longer than its life."""
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)


@pytest.mark.long("custody")
def test_a_killed_server_leaves_one_go_a_step(before: MakeStory, journey: Journey, evidence: Evidence) -> None:
    """Killed at any moment after the preflight: each step has one GO in all, and everything is in the ledger after."""
    random = evidence.random()
    for _ in range(evidence.size(8, 120)):
        story = before("h14_thaw")
        holder = station(story)
        lease = holder.ask().lease
        assert lease is not None

        told = _killed(story, journey, holder, random)
        went = _goes_on(story, lease, told)

        shown = Counter([*(step for step, *_ in told), *went])
        assert set(shown.values()) <= {1}, shown
        assert (lease_carrier.STEPS[0] in shown) or not went, "nothing goes on without a thaw that was told"
        _hands_in(story, holder, lease, told, went, evidence)
        story.world.is_whole()
        evidence.count("kills")
        evidence.count("GO by the server", len(told))
        evidence.count("GO by lease", len(went))
    assert evidence.counts["GO by lease"] > 0


def _killed(story: Story, journey: Journey, holder: Station, random: Random) -> list[tuple[str, str, str]]:
    """Let a server do the steps, kill it at a random moment, and return the GOs that the station saw."""
    story.world.database.dispose()
    here, there = PROCESSES.Pipe()
    parts = carrier.given(story.world.road, journey.folder)
    what = lease_carrier.Here(story.name, holder.id, holder.site)
    process = PROCESSES.Process(target=lease_carrier.serve, args=(parts, what, there))
    process.start()
    there.close()
    told: list[tuple[str, str, str]] = []
    wanted = random.randrange(len(lease_carrier.STEPS))
    with contextlib.suppress(EOFError, OSError):
        for _ in range(wanted):
            here.send("please")
            assert here.poll(60), "the server said nothing for a minute"
            told.append(_seen(here.recv()))
        here.send("please")
        time.sleep(random.uniform(0, 0.2 if told else 1.5))
        process.kill()
        process.join()
        while here.poll():
            told.append(_seen(here.recv()))
    here.close()
    clock = story.world.road.clock
    clock.now = max([clock.now, *(ledger.moment(at) for _, _, at in told)])
    clock.forward(minutes=2)
    return told


def _seen(answer: tuple[str, str, str, str]) -> tuple[str, str, str]:
    step, outcome, by, at = answer
    assert outcome == "accepted"
    return step, by, at


def _goes_on(story: Story, lease: Lease, told: list[tuple[str, str, str]]) -> list[str]:
    """Do by lease what the station may do with what it knows; return the steps that got a GO."""
    used = tuple(Used(step, by) for step, by, _ in told)
    thaws = [ledger.moment(at) for step, _, at in told if step == lease_carrier.STEPS[0]]
    known = leases.thawed(lease, thaws[0].replace(microsecond=0)) if thaws else lease
    at = story.world.road.clock.now
    went: list[str] = []
    for deed, login in ALONE:
        person = story.world.road.persons[login]
        wish = Attempt(deed, lease.device, (person,), (Read(dict(lease.sha256s)["product"][0], at),), at)
        if isinstance(leases.verdict(known, wish, used), Go):
            used = (*used, Used(deed, person))
            went.append(deed)
    return went


def _hands_in(
    story: Story, holder: Station, lease: Lease, told: list[tuple[str, str, str]], went: list[str], evidence: Evidence
) -> None:
    """Start the server again, hand in, and find every GO: accepted, or taken in and held, never merged or lost."""
    order = story.world.road.order(story.name)
    unanswered = {done.checkpoint for done in order.done} & set(went)
    queue = texts(story, lease, *((deed, login) for deed, login in ALONE if deed in went))

    taken = holder.hand_in(lease, queue, played.judge) if queue else ()

    order = story.world.road.order(story.name)
    assert [said(one.entry)["checkpoint"] for one in taken] == went
    for step in (step for step, *_ in told):
        assert order.did(step) is not None
    for one in taken:
        deed = said(one.entry)["checkpoint"]
        assert (one.outcome == "held") == (deed in unanswered or bool(one.holds)), one
        evidence.count(f"handed in: {one.outcome}")
