"""A handoff has two sides: what is declined stays with the giver, who may offer it again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from coi.custody import actions
from coi.custody import protocol_register as protocols
from coi.errors import Malformed, NotPermitted

if TYPE_CHECKING:
    from coi.ledger.entry import Entry
    from tests.journeys import Story
    from tests.moments import MakeStory

TAKERS = {
    "h5_accept": ("h5_offer", "courier", "courier"),
    "h7_receive": ("h7_deliver", "materials", "manufacturing"),
    "h12_accept": ("h12_offer", "courier", "courier"),
    "h13_receive": ("h13_deliver", "pharmacist", "treatment"),
    "h15_accept": ("h15_issue", "ward_nurse", "treatment"),
}


def decline(story: Story, role: str, site: str, why: str = "no_capacity") -> Entry:
    """Decline what is offered."""
    deed = story.world.road.deed(role, story.world.road.sites[site])
    return story.world.database.run(lambda session: actions.decline(session, deed, story.name, why))


@pytest.mark.parametrize(("taking", "offering", "role", "site"), [(k, *v) for k, v in TAKERS.items()], ids=TAKERS)
def test_what_is_declined_stays_with_the_giver_and_is_offered_again(
    before: MakeStory, taking: str, offering: str, role: str, site: str
) -> None:
    """The taker cannot take it any more, the giver still has it, offers again, and it is taken."""
    story = before(taking)
    road, name = story.world.road, story.name
    giver = road.order(name).custodian

    entry = decline(story, role, site)
    late = road.do(name, taking)
    again = road.do(name, offering)
    taken = road.do(name, taking)

    assert (entry.type, entry.stmt["why"], entry.stmt["outcome"]) == ("custody.declined", "no_capacity", "accepted")
    assert "not_offered" in story.world.codes(late)
    assert late.order.custodian == giver
    assert (again.outcome, taken.outcome) == ("accepted", "accepted")
    assert taken.order.custodian != giver
    story.world.is_whole()


def test_custody_is_offered_to_one_at_a_time(before: MakeStory) -> None:
    """A second offer while the first is open is refused."""
    story = before("h5_accept")

    done = story.world.road.do(story.name, "h5_offer")

    assert story.world.codes(done) == {"offer_open"}


def test_nobody_else_declines_and_not_for_every_reason(before: MakeStory) -> None:
    """Only where it was offered, and by a reason of the list; without an offer there is nothing to decline."""
    story = before("h5_accept")

    with pytest.raises(NotPermitted, match=r"Expected custody offered to your site, seen none\."):
        decline(story, "materials", "manufacturing")
    with pytest.raises(Malformed, match="Expected one of"):
        decline(story, "courier", "courier", "no mood")
    assert story.world.road.order(story.name).offer is not None
    with pytest.raises(NotPermitted, match=r"Expected custody offered to your site, seen none\."):
        decline(before("h5_offer"), "courier", "courier")


def test_a_release_needs_a_pass_and_somebody_who_did_not_make_the_batch(before: MakeStory) -> None:
    """A failed result is not released by anybody, and nothing is certified."""
    story = before("h11_qc")
    road, name = story.world.road, story.name

    failed = road.do(name, "h11_qc", values={"qc_result": "fail"})
    refused = road.do(name, "h11_release")

    assert failed.outcome == "accepted"
    assert [(reason.code, reason.seen) for reason in refused.reasons] == [("qc_failed", "fail")]
    assert road.order(name).certificate is None
    assert road.order(name).state == "QC_PENDING"


def test_who_made_the_batch_does_not_release_it(before: MakeStory) -> None:
    """Even with the releaser's role: by person, not by role."""
    story = before("h11_release")
    road, name = story.world.road, story.name
    order = road.order(name)
    step = protocols.pinned(order.protocol_sha256).checkpoint("h11_release")
    maker = min(order.executors())
    deed = road.actor(order, step)
    deed = replace(deed, by=replace(deed.by, id=maker))

    done = road.do(name, "h11_release", actor=deed)

    assert story.world.codes(done) == {"executor"}
    assert done.order.certificate is None


@pytest.mark.parametrize("step", ["h1_submit", "h4_end", "h7_accept", "h11_qc", "h16_start"])
def test_another_role_is_refused_and_told(before: MakeStory, step: str) -> None:
    """Somebody at the right site without the role: an entry, no deed."""
    story = before(step)
    road, name = story.world.road, story.name
    order = road.order(name)
    given = protocols.pinned(order.protocol_sha256).checkpoint(step)
    site = order.site(given.site)
    role = next(r for r, s in road.cast if s == site and r not in given.roles)

    done = road.do(name, step, actor=road.deed(role, site), patient=story.world.patient(0))

    assert done.outcome == "blocked"
    assert "role" in story.world.codes(done)
    assert done.entry.stmt["role"] == ""
