"""System down (hazards.md 27): paper counts only with its own pack, its own container, and no hold since.

Two packs swapped, a pack that was replaced, or one older than a hold: HOLD, and quality decides.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from coi.custody import continuity_actions, continuity_store, store
from coi.custody.reading import Scanned
from coi.errors import Malformed, NotPermitted
from coi.people.accounts import WrongSecret
from coi.quality import store as quality
from tests.world import said

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.continuity import Pack
    from coi.custody.deed import Deed
    from coi.ledger.entry import Entry
    from tests.journeys import Story
    from tests.moments import MakeStory

DID = "Vessel compared by two persons at 10:05, medium changed at 10:20."


def operator(story: Story) -> Deed:
    """Return the deed of somebody who works at the factory."""
    return story.world.road.deed("mfg_operator", story.world.road.sites["manufacturing"])


def printed(story: Story, name: str) -> Pack:
    """Print a pack of an order, and return it as the one in force."""
    deed = operator(story)
    story.world.database.run(lambda session: continuity_actions.print_pack(session, deed, name))
    return story.world.database.read(lambda session: continuity_store.of_order(session, name))[0]


def label(story: Story, name: str) -> str:
    """Return what the square code of an order's vessel, or final bag, says."""
    return label_of(story, name, next(c.id for c in reversed(story.world.road.order(name).containers) if c.live))


def label_of(story: Story, name: str, container: str) -> str:
    """Return what the square code of the label on a container says."""
    road = story.world.road
    return road.read_piece(road.piece(road.order(name), "container", container, "applied"), linear=False).data.decode()


def entered(story: Story, pack: str, code: str, began: datetime, did: str = DID) -> tuple[Entry, set[str]]:
    """Enter what was done on paper, by two persons; return the entry and the codes of what stands against it."""
    story.world.road.clock.forward(minutes=30)
    deed = operator(story)
    two = story.world.two(deed)
    entry, reasons = story.world.database.run(
        lambda session: continuity_actions.reenter(
            session, deed, story.name, pack, code, began=began, did=did, auths=two
        )
    )
    return entry, {reason.code for reason in reasons}


def held(story: Story) -> list[str]:
    """Return the reasons of the order's open holds."""
    return [
        h.reason for h in story.world.database.read(lambda session: quality.of_order(session, story.name)) if h.is_open
    ]


def mixed_up(story: Story) -> None:
    """Let somebody scan another order's bag at the filling: the vessel at hand goes on hold."""
    others = story.world.their_container(story.other)
    story.world.road.do(story.name, "h10_fill", instead={"product": others})


def test_the_hour_without_a_computer_is_entered_and_the_next_step_wants_its_own_scans(before: MakeStory) -> None:
    """Pack and container agree: it is an entry of two persons, the words lie in the vault, and no gate is satisfied."""
    story = before("h10_print")
    pack = printed(story, story.name)
    began = story.world.road.clock()

    entry, against = entered(story, pack.code, label(story, story.name), began)

    order = story.world.road.order(story.name)
    assert against == set()
    assert (entry.stmt["outcome"], len(entry.sig), held(story)) == ("accepted", 2, [])
    assert DID.encode() not in entry.body
    assert order.did("h10_print") is None
    assert story.world.road.do(story.name, "h10_print").outcome == "accepted"
    story.world.is_whole()


def test_a_pack_is_entered_once(before: MakeStory) -> None:
    """What was entered is used up: the same paper a second time is stale, and the vessel waits for quality."""
    story = before("h10_print")
    pack, code = printed(story, story.name), label(story, story.name)
    began = story.world.road.clock()
    entered(story, pack.code, code, began)

    _entry, against = entered(story, pack.code, code, began)

    assert against == {"pack_stale"}
    assert held(story) == ["pack_stale"]


def test_a_new_pack_voids_the_old(before: MakeStory) -> None:
    """Who worked by the old paper worked by what is not in force."""
    story = before("h10_print")
    old = printed(story, story.name)
    new = printed(story, story.name)

    entry, against = entered(story, old.code, label(story, story.name), story.world.road.clock())

    states = {p.code: p.state for p in story.world.database.read(lambda s: continuity_store.of_order(s, story.name))}
    assert states == {new.code: "current", old.code: "voided"}
    assert (entry.stmt["outcome"], against, held(story)) == ("blocked", {"pack_stale"}, ["pack_stale"])
    story.world.is_whole()


def test_a_pack_that_is_voided_while_it_is_entered_is_stopped(
    before: MakeStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts is how the pack stands once nobody else can change it, not how it stood when it was looked up."""
    story = before("h10_print")
    old, deed = printed(story, story.name), operator(story)
    lock = store.lock

    def overtaken(session: Session, orders: frozenset[str]) -> None:
        monkeypatch.setattr(store, "lock", lock)
        lock(session, orders)
        continuity_actions.print_pack(session, deed, story.name)

    monkeypatch.setattr(store, "lock", overtaken)
    _entry, against = entered(story, old.code, label(story, story.name), story.world.road.clock())

    assert against == {"pack_stale"}


def test_two_packs_that_were_swapped_hold_the_container_in_hand(before: MakeStory) -> None:
    """Neither order is named to the other; the other order's chain says that its paper was seen here."""
    story = before("h10_print")
    printed(story, story.name)
    theirs = printed(story, story.other)

    entry, against = entered(story, theirs.code, label(story, story.name), story.world.road.clock())

    notice = story.world.last(story.other, "custody.notice")
    assert (against, held(story)) == ({"other_order"}, ["other_order"])
    assert theirs.code.encode() not in entry.body
    assert {"chain": entry.chain, "seq": entry.seq} == said(notice)["cause"]
    story.world.is_whole()


def test_the_container_of_another_order_is_stopped(before: MakeStory) -> None:
    """Right paper, wrong bag: the whole order waits, for nobody knows which of its things was worked on."""
    story = before("h10_print")
    pack = printed(story, story.name)

    _entry, against = entered(story, pack.code, label(story, story.other), story.world.road.clock())

    assert (against, held(story)) == ({"other_order"}, ["other_order"])


def test_a_pack_older_than_a_hold_is_stopped(before: MakeStory) -> None:
    """Who worked by it could not know of the hold."""
    story = before("h10_fill")
    pack = printed(story, story.name)
    mixed_up(story)

    vessel = story.world.road.order(story.name).of_kind("intermediate")[-1].id
    code = label_of(story, story.name, vessel)

    _entry, against = entered(story, pack.code, code, story.world.road.clock())

    assert against == {"pack_stale"}


def test_a_forgotten_pack_is_stopped(before: MakeStory) -> None:
    """A day later it is too old to have been worked by."""
    story = before("h10_print")
    pack = printed(story, story.name)
    story.world.road.clock.forward(hours=25)

    _entry, against = entered(story, pack.code, label(story, story.name), story.world.road.clock())

    assert against == {"pack_stale"}


@pytest.mark.parametrize("step", ["h9_sample", "h10_print", "h10_fill"])
def test_a_pack_is_stopped_at_every_other_gate(before: MakeStory, step: str) -> None:
    """The code of the paper stands for the paper: as a vessel it is refused, whosever it is, and nothing is held."""
    story = before(step)
    road = story.world.road
    own, theirs = printed(story, story.name), printed(story, story.other)

    said = {}
    for pack in (own, theirs):
        scan = Scanned(pack.code.encode(), "]d1", "picture", road.clock(), road.assurance)
        done = road.do(story.name, step, instead={"vessel": scan})
        said[pack.code] = (done.outcome, story.world.codes(done))

    assert said[own.code][0] == said[theirs.code][0] == "blocked"
    assert "not_for_use" in said[own.code][1]
    assert "other_order" in said[theirs.code][1]
    assert held(story) == []


def test_what_nobody_signs_or_says_is_not_entered(before: MakeStory) -> None:
    """A wrong password, one person alone, no words, a role without paper, a closed order: nothing is written."""
    story = before("h10_print")
    road, world = story.world.road, story.world
    pack, code = printed(story, story.name), label(story, story.name)
    began, deed = road.clock(), operator(story)
    two = world.two(deed)
    count = len(road.entries(story.name))

    def enter(auths: list[tuple[str, str]], did: str = DID, who: Deed = deed) -> None:
        world.database.run(
            lambda session: continuity_actions.reenter(
                session, who, story.name, pack.code, code, began=began, did=did, auths=auths
            )
        )

    with pytest.raises(WrongSecret):
        enter([two[0], (two[1][0], "wrong")])
    with pytest.raises(NotPermitted, match="Expected 2 signatures that count"):
        enter([two[0]])
    with pytest.raises(NotPermitted, match="Expected 2 signatures that count"):
        enter([two[0], two[0]])
    with pytest.raises(Malformed, match="Expected what was done on paper"):
        enter(two, did=" ")
    with pytest.raises(NotPermitted, match="Expected one of"):
        enter(two, who=road.deed("qc_analyst", road.sites["manufacturing"]))
    with pytest.raises(NotPermitted, match="Expected a site that takes part"):
        enter(two, who=road.deed("cell_lab", road.other_hospital))
    assert len(road.entries(story.name)) == count


def test_a_closed_order_has_no_paper(after: MakeStory) -> None:
    """There is no next hour to keep it for."""
    story = after("h17_reconcile")

    with pytest.raises(Malformed, match="Expected an order that is under way, seen one that is RECONCILED"):
        printed(story, story.name)


def test_a_pack_says_until_when_it_is_good_and_which_holds_stood(before: MakeStory) -> None:
    """Serial, order, expiry, hold state: all in the entry."""
    story = before("h10_fill")
    mixed_up(story)

    pack = printed(story, story.name)

    assert pack.order == story.name
    assert pack.expires - pack.printed_at == timedelta(hours=24)
    assert len(pack.holds) == len(held(story)) == 1
