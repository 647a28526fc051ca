"""A scanner station beside a page: for which lease it reads, whose scanner that is, what waits in a person's hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from coi.custody import lease_actions, lease_reader, manifest, station, store, watch_store
from coi.custody.watchman import EVERY, Watchman
from coi.people import challenge, devices, scanner_checks, station_intake, station_store
from coi.people.station_intake import Says
from coi.vault import store as vaults
from tests.coi.custody.test_lease_store import given
from tests.leases import Station, judge, texts
from tests.leases import station as a_page
from tests.scanner_stations import Program
from tests.stories.test_hazards_patient import OWN_BAND, band
from tests.stories.test_station import At
from tests.world import said

if TYPE_CHECKING:
    from coi.custody.lease import Lease
    from tests.moments import MakeStory


# ---------------------------------------------------------------- the lease that a station reads for
def a_program(page: Station) -> tuple[Program, str]:
    """Qualify a scanner station's program at the hospital, bind the page to it, and return it with the page's mark."""
    world, program = page.story.world, Program(site=page.site)
    by, at = world.road.persons["nurse1"], world.road.clock()
    program.device = world.database.run(
        lambda session: devices.propose(session, page.site, program.jwk, "A trolley's scanner", by=by, at=at)
    ).id
    world.database.run(lambda session: devices.qualify_in_demo(session, program.device, at=at))
    mark = world.database.run(lambda session: station_intake.bind(session, program.device, page.site, by=by, at=at))
    return program, mark


def lend(page: Station, lease: Lease, bound: tuple[str, str] | None) -> None:
    """Let the page that holds the lease say which station it is bound to."""
    page.story.world.database.run(lambda session: lease_reader.lend(session, page.deed(), lease, bound))


def read_for(page: Station, program: Program) -> list[dict[str, Any]]:
    """Return the leases of the list that a program would fetch now."""
    database, at = page.story.world.database, page.story.world.road.clock.now
    made = database.read(lambda session: manifest.made(session, page.site, program.device, at))
    return list(made["leases"])


def test_the_station_of_the_page_reads_for_its_lease_and_no_other(before: MakeStory) -> None:
    """Taken over once, by an entry; another page's station takes nothing; it ends with the lease."""
    story = before("h14_thaw")
    page = a_page(story)
    (mine, mark), (other, foreign) = a_program(page), a_program(page)
    lease = given(page.ask())

    lend(page, lease, (mine.device, "a mark of nobody"))
    assert [] == read_for(page, mine)
    for _ in range(2):
        lend(page, lease, (mine.device, mark))
    (codes,) = read_for(page, mine)
    assert (lease.id, []) == (codes["id"], read_for(page, other))
    known = {digest for _role, digests in lease.sha256s for digest in digests}
    assert known == {one["sha256"] for one in codes["accept"]}
    assert {"h16_start"} <= {step for one in codes["accept"] for step in one["steps"]}
    assert codes["expires_at"] > lease.expires_at.isoformat()

    lend(page, lease, (other.device, foreign))
    assert ([], [lease.id]) == (read_for(page, mine), [one["id"] for one in read_for(page, other)])
    lend(page, lease, None)
    assert [] == read_for(page, other)
    lend(page, lease, (mine.device, mark))
    page.story.world.database.run(lambda session: lease_actions.give_back(session, page.deed(), lease.id, 0))
    assert [] == read_for(page, mine)
    told = [said(one)["reader"] for one in story.world.road.entries(story.name) if one.type == "custody.lease_lent"]
    assert [mine.device, other.device, "", mine.device] == told
    story.world.is_whole()


def test_a_lease_that_nobody_gives_back_ends_with_its_records(before: MakeStory) -> None:
    """Its codes are shown until the records of a thaw are over; then the station no longer reads for it."""
    story = before("h14_thaw")
    page, database, clock = a_page(story), story.world.database, story.world.road.clock
    program, mark = a_program(page)
    lease = given(page.ask())
    lend(page, lease, (program.device, mark))
    over = max(lease.expires_at, lease.thaw_ends_at or lease.expires_at) + lease_reader.RECORDS

    def lent() -> list[str]:
        at = clock.now
        database.run(lambda session: lease_reader.take_back(session, program.device, at))
        return database.read(lambda session: station_intake.leases_of(session, program.device))

    clock.now = over - timedelta(seconds=1)
    assert ([lease.id], 1) == (lent(), len(read_for(page, program)))
    clock.now = over
    assert [] == read_for(page, program)
    assert [] == lent()


@pytest.mark.parametrize(("source", "outcome"), [("serial", "held"), ("evdev", "accepted"), ("wedge", "accepted")])
def test_what_a_failed_scanner_read_over_the_bridge_is_held(before: MakeStory, source: str, outcome: str) -> None:
    """Done without the server, it is judged with the card that the station's own scanner failed; others did not."""
    story = before("h15_issue")
    page = a_page(story)
    program, mark = a_program(page)
    lease = given(page.ask())
    lend(page, lease, (program.device, mark))
    story.world.database.run(lambda session: station_store.unlend(session, lease.id))  # as when it is long over
    by, at = story.world.road.persons["nurse1"], story.world.road.clock()
    wrong = challenge.PAYLOADS[0].data("123456")
    story.world.database.run(
        lambda session: scanner_checks.by_station(session, program.device, "serial", [wrong], by=by, at=at)
    )
    (text,) = texts(story, lease, ("h15_issue", "celllab1"))
    record = json.loads(text)
    record["reads"] = [{**one, "source": source} for one in record["reads"]]

    (taken,) = page.hand_in(lease, [json.dumps(record)], judge)

    assert outcome == taken.outcome
    story.world.is_whole()


@pytest.mark.parametrize(
    ("other", "right"),
    [({}, True), ({"scanner": "failed"}, False), ({"scanner": "due"}, False), ({"assurance": "keyed"}, False)],
)
def test_a_wristband_that_a_failed_scanner_read_is_no_preflight(
    before: MakeStory,
    other: dict[str, Any],
    right: bool,  # noqa: FBT001  a case
) -> None:
    """What counts for nothing at a gate counts for nothing before the thaw."""
    story = before("h14_thaw")
    page = a_page(story)
    scanned = replace(page.wristband(story.name), **other)

    found = page.ask(wristband=scanned)

    assert right == (found.lease is not None)


# ---------------------------------------------------------------- what waits in a person's hand
def held(at: At) -> dict[str, Any]:
    """Return what the person has in hand, as it lies in the database."""
    deed = at.now()
    return dict(at.story.world.database.read(lambda session: store.work(session, deed.by.id, deed.site)))


def openable(at: At, sealed: str) -> bool:
    """Say whether the vault still has what waited in it."""
    database = at.story.world.database
    return database.read(lambda session: vaults.find(session, sealed)) is not None


def test_a_patients_own_band_waits_in_the_vault_and_leaves_nothing(before: MakeStory) -> None:
    """Not a byte of it lies in the work of a person; put down, it is gone from the vault too."""
    at = At(before("h14_band"), "h14_band")
    at.begin()
    at.scan(replace(band(at.story), assurance="signed"))

    (one,) = held(at)["scans"]
    assert "data" not in one
    assert OWN_BAND.decode() not in json.dumps(held(at))
    assert at.look().items[0].klass == "band"
    assert openable(at, one["sealed"])
    at.cancel()
    assert not openable(at, one["sealed"])


def test_our_own_labels_wait_as_they_are(before: MakeStory) -> None:
    """A wristband of ours tells nobody's name: its bytes stand in the entry, and may stand here."""
    at = At(before("h14_band"), "h14_band")
    at.begin()
    at.scan(at.right("wristband"))

    (one,) = held(at)["scans"]
    assert "data" in one
    assert "sealed" not in one


def test_what_was_scanned_before_a_verdict_is_of_before(before: MakeStory) -> None:
    """A STOP ends what was scanned up to when somebody took note of it; a GO, what was scanned up to it."""
    at = At(before("h5_offer"), "h5_offer")
    clock = at.road.clock

    def of_before(seconds: float) -> bool:
        when = clock.now + timedelta(seconds=seconds)
        return at.story.world.database.run(lambda session: station.is_of_before(session, at.now(), when))

    at.begin()
    assert not of_before(-60)
    assert at.scan(at.theirs()).verdict is not None
    clock.forward(seconds=5)
    while_it_stood = of_before(-1)
    at.acknowledge()
    assert not while_it_stood
    assert (True, False) == (of_before(-1), of_before(0))
    at.begin()
    assert (True, False) == (of_before(-1), of_before(0))
    at.cancel()
    assert of_before(-1)


# ---------------------------------------------------------------- who looks when nobody thinks of it
def test_of_several_servers_one_looks_each_minute(before: MakeStory) -> None:
    """What is overdue is written down without anybody running a command, once, whoever else runs beside."""
    story = before("h16_start")
    world, clock = story.world, story.world.road.clock
    clock.forward(minutes=61)
    servers = [Watchman(world.database, lambda: clock.now) for _ in range(3)]

    first = [one.look() for one in servers]
    clock.forward(seconds=EVERY.total_seconds() - 1)
    between = [one.look() for one in servers]
    clock.forward(seconds=1)
    again = [one.look() for one in reversed(servers)]

    assert ([True, False, False], [False] * 3, [True, False, False]) == (first, between, again)
    assert 1 == [one.type for one in world.road.entries(story.name)].count("watch.raised")
    assert clock.now == world.database.read(watch_store.last_look)


def test_a_watch_that_fails_is_tried_again(before: MakeStory) -> None:
    """A database that is away for a minute ends no watch."""
    story = before("h5_offer")
    clock, ticks = story.world.road.clock, iter([True, False])

    class Loose:
        def run(self, work: Any) -> Any:  # noqa: ANN401 - as the database's own
            if next(ticks, False):
                raise OSError
            return story.world.database.run(work)

    watchman = Watchman(Loose(), lambda: clock.now)  # type: ignore[arg-type]  # what it asks of a database

    assert [False, True] == [watchman.look(), watchman.look()]


def test_a_station_whose_outbox_does_not_empty_is_raised(before: MakeStory) -> None:
    """A quarter of an hour after the scan, though the station is heard: an entry of the site, once."""
    story = before("h14_thaw")
    page = a_page(story)
    program, _mark = a_program(page)
    world, clock = story.world, story.world.road.clock
    device = world.database.read(lambda session: devices.device(session, program.device))
    scanned = clock.now
    for minutes in (0, 16, 1):
        clock.forward(minutes=minutes)
        says = Says(newest=3, oldest_at=scanned)
        now = clock.now
        world.database.run(lambda session: station_intake.take_in(session, device, [], says, at=now))  # noqa: B023
        Watchman(world.database, lambda: clock.now).look()

    chain = At(story, "h14_thaw").site_entries()
    found = [said(one) for one in chain if one.type.startswith("watch.") and said(one)["concerns"] == program.device]
    assert ["outbox_waits"] == [one["kind"] for one in found]
    assert world.database.read(lambda session: station_store.program(session, device.id)).waits_since == scanned
