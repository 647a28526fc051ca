"""One person at one station: scan first, and the server says what it is, what is next, and whether to go or stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from coi import ledger, people
from coi.custody import protocol_register as protocols
from coi.custody import station
from coi.errors import Conflict, NotAuthenticated
from tests.journeys import STEPS
from tests.world import said

if TYPE_CHECKING:
    from coi.custody.deed import Deed
    from coi.custody.protocol import Checkpoint
    from coi.custody.reading import Scanned
    from coi.custody.station import Work
    from coi.ledger.entry import Entry
    from tests.journeys import Story
    from tests.moments import MakeStory

PROTOCOL = protocols.for_product("CRYO-CAR-T")
ROAD = [PROTOCOL.checkpoint(name) for name in STEPS]
NOBODYS = {"location", "equipment", "kit", "logger"}
"""What belongs to no order, and opens none."""


class At:
    """One person at one station of a story."""

    def __init__(self, story: Story, step: str, login: str | None = None) -> None:
        """Stand where *step* is done, as who may do it."""
        self.story, self.step = story, PROTOCOL.checkpoint(step)
        self.road = story.world.road
        order = self.road.order(story.name)
        self.deed = self.road.actor(order, self.step)
        if login is not None:
            by = story.world.database.read(lambda session: people.person(session, self.road.persons[login]))
            self.deed = replace(self.deed, by=by)

    def now(self) -> Deed:
        """Return the frame of a deed at this instant."""
        return replace(self.deed, at=self.road.clock())

    def look(self) -> Work:
        """Open the page anew."""
        return self.story.world.database.run(lambda session: station.look(session, self.now()))

    def begin(self) -> Work:
        """Open the step from the work list."""
        return self.story.world.database.run(
            lambda session: station.begin(session, self.now(), self.story.name, self.step.id)
        )

    def scan(self, scanned: Scanned) -> Work:
        """Pull the trigger."""
        fresh = replace(scanned, at=self.road.clock())
        return self.story.world.database.run(lambda session: station.scan(session, self.now(), fresh))

    def state(self, **values: str) -> Work:
        """State values, or confirm."""
        asks = any(value.type in {"identity", "spoken"} for value in self.step.values)
        patient = self.story.world.patient(0) if asks else None
        return self.story.world.database.run(lambda session: station.state(session, self.now(), values, patient))

    def sign(self, *logins: str, secret: str | None = None) -> Work:
        """Sign what waits."""
        waiting = self.look().prepared
        given = [(self.road.login(login), self.road.secret) for login in logins]
        told = given if waiting is None else self.road.auths(waiting, logins)
        auths = [(login, secret or self.road.secret, "".join(code)) for login, _, *code in told]
        return self.story.world.database.run(lambda session: station.sign(session, self.now(), auths))

    def acknowledge(self) -> Work:
        """Take note."""
        return self.story.world.database.run(lambda session: station.acknowledge(session, self.now()))

    def cancel(self) -> Work:
        """Put it down."""
        return self.story.world.database.run(lambda session: station.cancel(session, self.now()))

    def all(self, slot: str) -> list[Scanned]:
        """Return the right scans for a slot: of one that may lack, none; of one for many, every one that waits."""
        order = self.road.order(self.story.name)
        return self.road.scans(order, self.step.slot(slot), self.step, {})

    def right(self, slot: str) -> Scanned:
        """Return the right scan for a slot."""
        return self.road.scan_for(self.road.order(self.story.name), self.step.slot(slot), self.step)

    def theirs(self, *, linear: bool = False) -> Scanned:
        """Return the scan of the other patient's product."""
        order = self.road.order(self.story.other)
        return self.road.read_piece(
            self.road.piece(order, "container", order.of_kind("drug_product")[-1].id, "applied"), linear=linear
        )

    def entries(self) -> int:
        """Return how many entries the order has."""
        return len(self.road.entries(self.story.name))

    def site_entries(self) -> list[Entry]:
        """Return the entries of the site's chain."""
        database = self.story.world.database
        chain = database.read(lambda session: people.site(session, self.deed.site).chain)
        return database.read(lambda session: ledger.entries(session, chain))


def through(at: At) -> Work:
    """Do one step at the station, as a person would."""
    step: Checkpoint = at.step
    if "trace_read" in step.checks:
        at.road.hand_in_traces(at.road.order(at.story.name))
    work = at.begin()
    for slot in step.slots:
        for scanned in at.all(slot.name):
            work = at.scan(scanned)
    if step.values:
        work = at.state(**at.road.values(at.road.order(at.story.name), step))
    elif work.wants_confirmation:
        work = at.state()
    if work.prepared is not None:
        work = at.sign(*at.road.signers(at.road.order(at.story.name), step, at.deed))
    at.road.print_queued()
    return work


def test_the_whole_road_is_walked_at_the_station(before: MakeStory) -> None:
    """Every step opened from the work list; each verdict is GO and needs no acknowledgement."""
    story = before("h1_submit")
    for step in ROAD:
        at = At(story, step.id)
        work = through(at)

        assert work.verdict is not None, step.id
        assert (work.verdict.type, said(work.verdict)["outcome"]) == (f"custody.{step.id}", "accepted")
        assert work.acknowledged
        at.road.clock.forward(minutes=3)
    assert story.world.road.order(story.name).state == "RECONCILED"
    story.world.is_whole()


@pytest.mark.parametrize("step", [step.id for step in ROAD if any(slot.klass not in NOBODYS for slot in step.slots)])
def test_the_first_scan_opens_the_right_task(before: MakeStory, step: str) -> None:
    """A label or a shipper of the order opens its next step; nobody searches for it."""
    at = At(before(step), step)
    first = next(slot for slot in at.step.slots if slot.klass not in NOBODYS)
    if first.klass in {"shipper", "seal"} and at.road.order(at.story.name).shipment() is None:
        first = next(slot for slot in at.step.slots if slot.klass == "container")
    at.road.hand_in_traces(at.road.order(at.story.name))
    entries = at.entries()

    work = at.scan(at.right(first.name))
    if work.choices:
        assert step in [choice.id for choice in work.choices]
        work = at.begin()

    if len(at.step.slots) > 1 or at.step.values:
        assert work.order is not None
        assert work.checkpoint is not None
        assert (work.order.id, work.checkpoint.id) == (at.story.name, step)
        assert [slot.name for slot in at.step.slots if work.filled(slot)] == [first.name]
        assert work.waiting == tuple(s for s in at.step.slots if s.name != first.name and not s.optional)
        assert at.entries() == entries
    else:
        assert work.prepared is not None or work.verdict is not None


def test_a_wrong_scan_stops_until_it_is_acknowledged(before: MakeStory) -> None:
    """STOP at once, one entry; it stays through a new page and further scans, which change nothing."""
    at = At(before("h5_pack"), "h5_pack")
    at.scan(at.right("bag"))

    stop = at.scan(at.theirs())
    entries = at.entries()

    assert stop.verdict is not None
    assert (said(stop.verdict)["outcome"], stop.acknowledged) == ("blocked", False)
    assert len(stop.holds) == 1
    for again in (at.look(), at.scan(at.right("bag")), at.scan(at.right("shipper")), at.look()):
        assert again.verdict == stop.verdict
        assert not again.acknowledged
    with pytest.raises(Conflict, match=r"Expected the verdict to be acknowledged first, seen another act\."):
        at.begin()
    with pytest.raises(Conflict, match=r"Expected the verdict to be acknowledged first, seen another act\."):
        at.cancel()
    assert at.entries() == entries
    clear = at.acknowledge()
    assert (clear.verdict, clear.checkpoint, at.look().verdict) == (None, None, None)
    at.story.world.is_whole()


def test_a_trigger_pulled_twice_is_one_scan(before: MakeStory) -> None:
    """The same code again changes nothing, for labels and for things."""
    at = At(before("h5_pack"), "h5_pack")
    shipper, seal = at.right("shipper"), at.right("seal")
    at.scan(at.right("bag"))
    assert len(at.scan(at.right("bag")).items) == 1
    at.scan(shipper)
    assert len(at.scan(shipper).items) == 2
    at.scan(at.right("logger"))
    entries = at.entries()

    work = at.scan(seal)

    assert work.verdict is not None
    assert said(work.verdict)["outcome"] == "accepted"
    assert len(said(work.verdict)["items"]) == 4
    assert at.entries() == entries + 1


def test_the_last_trigger_pulled_twice_is_one_deed(before: MakeStory) -> None:
    """After the deed the same label opens the next step, or is told to be done; it is not done twice."""
    at = At(before("h5_pack"), "h5_pack")
    through(at)

    work = at.scan(at.right("seal"))

    assert work.checkpoint is not None
    assert work.checkpoint.id == "h5_offer"
    assert len([entry for entry in at.road.entries(at.story.name) if entry.type == "custody.h5_pack"]) == 1


def test_two_seals_are_one_too_many(before: MakeStory) -> None:
    """A second, different seal is judged at once and refused."""
    at = At(before("h5_pack"), "h5_pack")
    at.scan(at.right("bag"))
    at.scan(at.right("seal"))

    work = at.scan(at.right("seal"))

    assert work.verdict is not None
    assert "two_in_view" in {reason["code"] for reason in said(work.verdict)["reasons"]}
    assert work.holds == ()


def test_signatures_that_come_too_late_start_the_step_anew(before: MakeStory) -> None:
    """After two minutes the scans are gone as well, and nothing was done."""
    at = At(before("h4_end"), "h4_end")
    for slot in at.step.slots:
        at.scan(at.right(slot.name))
    waiting = at.state(volume="120")
    entries = at.entries()
    assert waiting.prepared is not None

    at.road.clock.forward(minutes=2, seconds=1)
    anew = at.look()

    assert anew.prepared is None
    assert anew.checkpoint is not None
    assert (anew.checkpoint.id, anew.items) == ("h4_end", ())
    assert at.entries() == entries
    work = through(at)
    assert work.verdict is not None
    assert said(work.verdict)["outcome"] == "accepted"


def test_while_signatures_wait_scans_change_nothing(before: MakeStory) -> None:
    """What is signed is what was shown."""
    at = At(before("h4_end"), "h4_end")
    for slot in at.step.slots:
        at.scan(at.right(slot.name))
    waiting = at.state(volume="120")
    assert waiting.prepared is not None

    later = at.scan(at.theirs())

    assert later.prepared == waiting.prepared
    with pytest.raises(Conflict, match=r"Expected a step that waits for a statement, seen none\."):
        at.state(volume="121")
    with pytest.raises(NotAuthenticated):
        at.sign("apheresis1", "apheresis2", secret="guess")
    work = at.sign("apheresis1", "apheresis2")
    assert work.verdict is not None
    assert said(work.verdict)["values"] == {"volume": "120"}


def test_without_a_statement_there_is_nothing_to_sign_or_state(before: MakeStory) -> None:
    """An empty station takes neither."""
    at = At(before("h4_end"), "h4_end")

    with pytest.raises(Conflict, match=r"Expected a statement that waits for signatures, seen none\."):
        at.sign("apheresis1", "apheresis2")
    with pytest.raises(Conflict, match=r"Expected a step that waits for a statement, seen none\."):
        at.state(volume="120")


UNKNOWN = {
    "noise": (b"\xff\xfe\x00", "]d1", "unreadable"),
    "a word": (b"hello", "]d1", "unreadable"),
    "a label that was never printed": (b"000000000001", "]C0", "no_step"),
    "a donation of another house": (b"=A99992512345600", "]C0", "no_step"),
}


@pytest.mark.parametrize(("data", "aim", "code"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_code_that_opens_nothing_is_an_entry_of_the_sites_chain(
    before: MakeStory, data: bytes, aim: str, code: str
) -> None:
    """Never ignored, never an error: STOP, an entry with class, length and commitment, and without the bytes."""
    at = At(before("h5_pack"), "h5_pack")
    scanned = replace(at.right("bag"), data=data, aim=aim)
    entries, own = len(at.site_entries()), at.entries()

    work = at.scan(scanned)

    entry = at.site_entries()[-1]
    assert len(at.site_entries()) == entries + 1
    assert (entry.type, said(entry)["outcome"]) == ("scan.unresolved", "blocked")
    assert [reason["code"] for reason in said(entry)["reasons"]] == [code]
    (line,) = said(entry)["items"]
    assert line["length"] == len(data)
    assert "data" not in line
    assert work.verdict == entry
    assert not work.acknowledged
    assert at.entries() == own
    at.story.world.is_whole()


def test_a_free_shipper_opens_nothing_by_itself(before: MakeStory) -> None:
    """It belongs to no order yet; its bytes are nobody's and may stand in the entry."""
    at = At(before("h5_pack"), "h5_pack")

    work = at.scan(at.road.plain(at.road.free_shipper()))

    assert work.verdict is not None
    assert work.verdict.type == "scan.unresolved"
    (line,) = said(work.verdict)["items"]
    assert "data" in line


def test_a_typed_code_stops_at_once(before: MakeStory) -> None:
    """It does not wait for the rest of the step."""
    at = At(before("h5_pack"), "h5_pack")

    work = at.scan(replace(at.right("bag"), assurance="keyed"))

    assert work.verdict is not None
    assert "keyed" in {reason["code"] for reason in said(work.verdict)["reasons"]}
    assert work.holds == ()


def test_work_that_was_put_down_is_gone(before: MakeStory) -> None:
    """Cancelled, nothing is in hand, and nothing was written."""
    at = At(before("h5_pack"), "h5_pack")
    entries = at.entries()
    at.scan(at.right("bag"))

    assert at.cancel().checkpoint is None
    assert at.look() == station.Work()
    assert at.entries() == entries


def test_two_persons_at_two_stations_do_not_mix(before: MakeStory) -> None:
    """What one has in hand is not in the other's."""
    story = before("h5_pack")
    one, two = At(story, "h5_pack", "celllab1"), At(story, "h5_pack", "celllab2")
    one.scan(one.right("bag"))

    assert two.look() == station.Work()
    assert len(one.look().items) == 1


def test_what_is_found_inside_a_right_shipper_is_judged_with_the_rest(before: MakeStory) -> None:
    """Another patient's bag inside: the condition is stated, and custody passes into quarantine, with STOP."""
    at = At(before("h7_receive"), "h7_receive")
    at.scan(at.right("shipper"))
    at.scan(at.right("seal"))
    at.scan(at.right("logger"))
    inside = at.scan(at.theirs())
    assert inside.wants_values

    work = at.state(condition="in_range")

    assert work.verdict is not None
    assert said(work.verdict)["outcome"] == "quarantined"
    assert not work.acknowledged
    assert len(work.holds) == 1


def test_a_scan_of_long_ago_does_not_count_at_the_bedside(before: MakeStory) -> None:
    """The wristband is scanned, the nurse is called away, and the bag comes three minutes later: refused."""
    at = At(before("h16_start"), "h16_start")
    at.scan(at.right("wristband"))
    at.road.clock.now += timedelta(minutes=3)
    at.scan(at.right("product"))
    at.scan(at.right("product_bar"))

    work = at.state(**at.road.values(at.road.order(at.story.name), at.step))

    assert work.verdict is not None
    assert [reason["code"] for reason in said(work.verdict)["reasons"]] == ["window"]
    assert not work.acknowledged


COMMANDS = {b"CMD-CONFIRM": "CONFIRM", b"CMD-CANCEL": "CANCEL", b"hello": None, b"": None}


@pytest.mark.parametrize(("data", "word"), COMMANDS.items())
def test_a_command_code_is_a_word(before: MakeStory, data: bytes, word: str | None) -> None:
    """The web edge is told the word; anything else is none."""
    at = At(before("h5_pack"), "h5_pack")

    assert station.command(replace(at.right("bag"), data=data)) == word
