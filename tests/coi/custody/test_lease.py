"""Does a lease let exactly the right bag through, once, in time, and never at two stations?"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coi.custody import lease as leases
from coi.custody import lease_packet as packet
from coi.custody import lease_preflight as preflight
from coi.custody.lease import Allowed, Attempt, Go, Lease, Read, Stop, Used
from coi.custody.lease_preflight import Able, Facts, Plan
from coi.custody.lease_replay import Provisional, may_reconcile
from coi.custody.reasons import CODES
from coi.errors import Malformed
from coi.ledger.entry import moment

WRITTEN = json.loads((Path(__file__).parent / "lease_cases.json").read_text("utf-8"))
BASE, CASES = WRITTEN["base"], WRITTEN["cases"]
AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
LATER = AT + timedelta(days=30)


def case(name: str) -> tuple[Lease, Attempt, tuple[Used, ...]]:
    """Return one shared case: the base, with what the case replaces."""
    one = CASES[name]
    lease = packet.from_json({**BASE["lease"], **one.get("lease", {})})
    said = {**BASE["attempt"], **one.get("attempt", {})}
    reads = tuple(Read(**{**read, "at": moment(read["at"])}) for read in said["reads"])
    values = tuple(sorted(said["values"].items()))
    attempt = Attempt(said["deed"], said["device"], tuple(said["persons"]), reads, moment(said["at"]), values)
    return lease, attempt, tuple(Used(**used) for used in one.get("seen", BASE["seen"]))


THE_RIGHT_ONE = "the right wristband, bag and bar, two persons of the preflight"


def codes(found: leases.Verdict) -> list[list[str]]:
    """Return the reasons of an answer as the cases write them."""
    return [[reason.code, reason.slot] for reason in found.reasons] if isinstance(found, Stop) else []


@pytest.mark.parametrize("name", CASES)
def test_the_shared_cases(name: str) -> None:
    """Every case of the browser's twin has the answer that is written beside it, with all reasons in their order."""
    assert CASES[name]["stop"] == codes(leases.verdict(*case(name)))


def test_every_reason_has_a_sentence() -> None:
    """Whatever a lease says no for, a person can read."""
    told = {code for one in CASES.values() for code, _ in one["stop"]}

    assert told <= set(CODES) | set(leases.CODES)
    assert {code for code in leases.CODES if code in CODES and CODES[code] != leases.CODES[code]} == set()


def test_a_lease_travels_whole() -> None:
    """What goes over the wire comes back the same."""
    lease, _, _ = case(THE_RIGHT_ONE)

    assert lease == packet.from_json(json.loads(json.dumps(packet.to_json(lease))))


@given(st.data())
def test_one_wrong_thing_is_never_go(data: st.DataObject) -> None:
    """Whatever single thing of a right attempt is put wrong, the answer is not GO."""
    lease, attempt, seen = case(THE_RIGHT_ONE)
    number = data.draw(st.integers(0, 2))
    read = attempt.reads[number]
    other = data.draw(st.text("0123456789abcdef", min_size=64, max_size=64).filter(lambda text: text != read.sha256))
    wrong = {
        "another code": replace(attempt, reads=_put(attempt.reads, number, replace(read, sha256=other))),
        "a code less": replace(attempt, reads=attempt.reads[:number] + attempt.reads[number + 1 :]),
        "another person": replace(
            attempt, persons=(attempt.persons[0], data.draw(st.sampled_from(["", "U-LAB", "x"])))
        ),
        "another station": replace(attempt, device=data.draw(st.text(max_size=4))),
        "too late": replace(attempt, at=lease.expires_at + data.draw(st.timedeltas(timedelta(0), timedelta(days=9)))),
        "too early": replace(attempt, at=lease.issued_at - data.draw(st.timedeltas(timedelta(1), timedelta(days=9)))),
    }
    what = data.draw(st.sampled_from(sorted(wrong)))

    assert isinstance(leases.verdict(lease, attempt, seen), Go)
    assert isinstance(leases.verdict(lease, wrong[what], seen), Stop), what


def _put(reads: tuple[Read, ...], number: int, read: Read) -> tuple[Read, ...]:
    return (*reads[:number], read, *reads[number + 1 :])


@given(
    st.timedeltas(timedelta(0), timedelta(days=2)), st.sampled_from(["h15_issue", "h15_accept", "h16_start", "h17_end"])
)
def test_after_its_time_only_the_end_is_recorded(late: timedelta, deed: str) -> None:
    """When the lease is over nothing is GO, but the record of how what lawfully began came to its end."""
    lease, attempt, _ = case(THE_RIGHT_ONE)
    at = lease.expires_at + late
    allowed = lease.allows(deed)
    assert allowed is not None
    reads = tuple(replace(read, at=at) for read in attempt.reads if lease.role(read.sha256) in allowed.wants)
    wish = Attempt(deed, lease.device, tuple(able[0] for able in allowed.places), reads, at)
    wish = replace(wish, persons=("U-N1", "U-N2")) if deed == "h16_start" else wish
    road = ("h15_issue", "h15_accept", "h16_start", "h17_end")
    began = tuple(Used(done, "U-X") for done in road[: road.index(deed)])

    assert isinstance(leases.verdict(lease, wish, began), Go) == (deed == "h17_end")
    assert isinstance(leases.verdict(lease, wish, began[:-1]), Stop)


@given(st.lists(st.timedeltas(timedelta(0), timedelta(hours=2)), min_size=1))
def test_the_thaw_clock_moves_only_earlier(spans: list[timedelta]) -> None:
    """However many beginnings of a thaw are told, the earliest counts."""
    lease = replace(case(THE_RIGHT_ONE)[0], thaw_ends_at=None)
    for span in spans:
        lease = leases.thawed(lease, AT + span)

    assert AT + min(spans) + timedelta(hours=1) == lease.thaw_ends_at


def test_what_is_not_thawed_has_no_thaw_clock() -> None:
    """Where nothing is thawed, no beginning starts a clock, and the lease keeps others away until it has ended."""
    lease = replace(case(THE_RIGHT_ONE)[0], thaw_limit_s=None, thaw_ends_at=None)

    assert lease == leases.thawed(lease, AT)
    assert leases.is_live(lease, None, LATER)
    assert not leases.is_live(lease, AT, AT)


THAWS = {
    "at its own station, in time": ("D-1", AT, []),
    "as late as it may": ("D-1", AT + timedelta(minutes=15), []),
    "so late that the lease ends first": ("D-1", AT + timedelta(minutes=15, seconds=1), ["lease_short"]),
    "when the lease is over": ("D-1", AT + timedelta(hours=2), ["lease_short"]),
    "at another station": ("D-2", AT, ["lease_taken"]),
    "at no station": (None, AT, ["lease_taken"]),
}


@pytest.mark.parametrize(("device", "at", "wanted"), THAWS.values(), ids=THAWS)
def test_a_thaw_wants_its_lease(device: str | None, at: datetime, wanted: list[str]) -> None:
    """A thaw begins only under a lease of this very station that outlasts the time after it."""
    lease = replace(case(THE_RIGHT_ONE)[0], thaw_ends_at=None)

    assert wanted == [reason.code for reason in leases.thaw_refusals(lease, device, at)]
    assert ["no_lease"] == [reason.code for reason in leases.thaw_refusals(None, device, at)]


# ------------------------------------------------------------------ the preflight

PLANS = (
    Plan("h15_issue", ("product",), (frozenset({"cell_lab"}),)),
    Plan("h15_accept", ("product",), (frozenset({"ward_nurse"}),), needs=("h15_issue",), not_by=("h15_issue",)),
    Plan("h16_start", ("wristband", "product"), (frozenset({"ward_nurse"}),) * 2, needs=("h15_accept",), window_s=120),
    Plan("h17_end", ("product",), (frozenset({"ward_nurse"}),), needs=("h16_start",), records=True),
)
LAB = Able("U-LAB", (("cell_lab", LATER),))
NURSES = (Able("U-N1", (("ward_nurse", LATER),)), Able("U-N2", (("ward_nurse", LATER),)))
GREEN = Facts(
    order="O-1",
    container="C-1",
    ready=True,
    site="S-1",
    device="D-1",
    device_site="S-1",
    device_state="qualified",
    persons=(LAB, *NURSES),
    wristband="right",
    plans=PLANS,
    sha256s=(("product", ("b" * 64,)), ("wristband", ("a" * 64,))),
    certified=("C-1",),
    expires=LATER,
    equipment=(("LOC-1", LATER),),
    thaw_limit_s=3600,
)
END = AT + timedelta(minutes=75)
SOON = END - timedelta(seconds=1)
OTHERS = preflight.grant(replace(GREEN, device="D-2"), "LS-OTHER", AT)

RED: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "a bag that is somewhere else": ({"ready": False}, [("bag", "not_now")]),
    "a label that was never put on": ({"sha256s": GREEN.sha256s[:1]}, [("bag", "not_applied")]),
    "a step that scans nothing": ({"plans": (replace(PLANS[0], wants=()), *PLANS[1:])}, [("bag", "missing")]),
    "no step at all": ({"plans": ()}, [("bag", "missing")]),
    "a thaw that is over": ({"thaw_began": AT - timedelta(hours=1)}, [("bag", "thaw_over")]),
    "no release": ({"certified": None}, [("certificate", "no_certificate")]),
    "a release of other bags": ({"certified": ("C-2",)}, [("certificate", "not_certified")]),
    "an open hold": ({"holds": ("H-1",)}, [("holds", "held")]),
    "no expiry": ({"expires": None}, [("expiry", "no_expiry")]),
    "an expiry within the window": ({"expires": SOON}, [("expiry", "expired")]),
    "no station": ({"device": None}, [("station", "no_device")]),
    "a station of another site": ({"device_site": "S-2"}, [("station", "no_device")]),
    "a station that was suspended": ({"device_state": "suspended"}, [("station", "no_device")]),
    "an unknown bath": ({"equipment": (("LOC-9", None),)}, [("equipment", "equipment_unknown")]),
    "a bath whose qualification lapses": ({"equipment": (("LOC-1", SOON),)}, [("equipment", "equipment_unqualified")]),
    "no wristband": ({"wristband": "missing"}, [("wristband", "missing")]),
    "another's wristband": ({"wristband": "wrong"}, [("wristband", "other_order")]),
    "nobody": ({"persons": ()}, [("persons", "signer_missing")] * 4),
    "one nurse": ({"persons": (LAB, NURSES[0])}, [("persons", "signer_missing")]),
    "one nurse twice": (
        {"persons": (LAB, NURSES[0], NURSES[0])},
        [("persons", "same_person"), ("persons", "signer_missing")],
    ),
    "nobody of the laboratory": ({"persons": NURSES}, [("persons", "signer_missing")]),
    "training that lapses within the window": (
        {"persons": (LAB, NURSES[0], replace(NURSES[1], roles=(("ward_nurse", SOON),)))},
        [("persons", "signer_missing")],
    ),
    "a nurse who was never trained": (
        {"persons": (LAB, NURSES[0], replace(NURSES[1], roles=(("ward_nurse", None),)))},
        [("persons", "signer_missing")],
    ),
    "a nurse who left": (
        {"persons": (LAB, NURSES[0], replace(NURSES[1], active=False))},
        [("persons", "signer_missing")],
    ),
    "one person who gives and takes": (
        {"plans": PLANS[:2], "persons": (Able("U-1", (("cell_lab", LATER), ("ward_nurse", LATER))),)},
        [("persons", "giver_takes")],
    ),
    "a second nurse without another factor": (
        {"plans": (*PLANS[:2], replace(PLANS[2], other=(1,)), PLANS[3])},
        [("persons", "signer_missing")],
    ),
    "a station with another order": ({"busy": True}, [("alone", "lease_open")]),
    "another station's lease": ({"live": OTHERS}, [("alone", "lease_taken")]),
}


@pytest.mark.parametrize(("change", "wanted"), RED.values(), ids=RED)
def test_one_red_line_is_no_lease(change: dict[str, Any], wanted: list[tuple[str, str]]) -> None:
    """Each thing that the next hour needs is red when it is missing or lapses in it, and then there is no lease."""
    facts = replace(GREEN, **change)

    lines = preflight.checklist(facts, AT)

    assert wanted == [(line.name, reason.code) for line in lines for reason in line.reasons if not line.green]
    assert preflight.issue_refusals(facts, AT)
    with pytest.raises(ValueError, match="green preflight"):
        preflight.grant(facts, "LS-1", AT)


def test_a_green_preflight_gives_the_lease() -> None:
    """The lease binds station, bag, persons and codes, and runs as long as everything was looked at."""
    lease = preflight.grant(GREEN, "LS-1", AT + timedelta(microseconds=1))

    assert ("D-1", "C-1", ("U-LAB", "U-N1", "U-N2")) == (lease.device, lease.container, lease.persons)
    assert (AT, END, None) == (lease.issued_at, lease.expires_at, lease.thaw_ends_at)
    assert Allowed("h15_issue", ("product",), (("U-LAB",),)) == lease.deeds[0]
    assert (("U-N1", "U-N2"), ("U-N1", "U-N2")) == lease.deeds[2].places
    assert () == leases.thaw_refusals(lease, "D-1", AT + preflight.BEGIN_WITHIN)


def test_the_second_place_is_for_who_proved_another_factor() -> None:
    """Where the other factor is asked for, only who gave it may take the place, and who did not may take the first."""
    proven = replace(NURSES[1], proven=True)
    plans = (*PLANS[:2], replace(PLANS[2], other=(1,)), PLANS[3])

    lease = preflight.grant(replace(GREEN, plans=plans, persons=(LAB, NURSES[0], proven)), "LS-1", AT)

    assert (("U-N1", "U-N2"), ("U-N2",)) == lease.deeds[2].places


def test_a_lease_after_the_thaw_ends_with_it() -> None:
    """A station that comes in later gets the time that is left after the thaw, not a new hour."""
    lease = preflight.grant(replace(GREEN, thaw_began=AT - timedelta(minutes=20)), "LS-1", AT)

    assert AT + timedelta(minutes=40) == lease.expires_at == lease.thaw_ends_at


def test_what_is_never_thawed_gets_two_hours() -> None:
    """Where nothing is thawed the lease runs two hours, and nobody asks for a thaw."""
    lease = preflight.grant(replace(GREEN, thaw_limit_s=None), "LS-1", AT)

    assert (AT + preflight.WITHOUT_THAW, None) == (lease.expires_at, lease.thaw_ends_at)
    assert () == leases.thaw_refusals(lease, "D-1", AT)


def test_the_same_station_may_ask_again() -> None:
    """Its own older lease, and another's that is over, stand in nobody's way."""
    assert () == preflight.issue_refusals(replace(GREEN, live=replace(OTHERS, device="D-1")), AT)
    assert () == preflight.issue_refusals(replace(GREEN, live=OTHERS), AT + timedelta(hours=2))


# ------------------------------------------------------------------ what comes back


def record(number: int, deed: str, *, word: str = "GO", prev: str | None = None, **other: Any) -> Provisional:  # noqa: ANN401  any field of an attempt
    """Return a record as an honest station writes it, some things replaced."""
    lease, attempt, _ = case(THE_RIGHT_ONE)
    allowed = lease.allows(deed)
    assert allowed is not None
    at = AT + timedelta(minutes=30 + number)
    reads = tuple(replace(read, at=at) for read in attempt.reads if lease.role(read.sha256) in allowed.wants)
    persons = {"h15_issue": ("U-LAB",), "h16_start": ("U-N1", "U-N2")}.get(deed, ("U-N1",))
    wish = replace(Attempt(deed, "D-1", persons, reads, at), **other)
    return Provisional(
        number, word, wish, f"sha-{number}", f"sha-{number - 1}" if number > 1 and prev is None else prev or ""
    )


ROAD = [record(n, deed) for n, deed in enumerate(("h15_issue", "h15_accept", "h16_start", "h17_end"), start=1)]
LEASE = case(THE_RIGHT_ONE)[0]


@given(st.permutations(ROAD), st.lists(st.sampled_from(ROAD)))
def test_an_honest_queue_is_judged_in_its_order(mixed: list[Provisional], twice: list[Provisional]) -> None:
    """However the records arrive, and how often, they are judged once each in the order of their doing."""
    found = may_reconcile(LEASE, [*mixed, *twice])

    assert (tuple(ROAD), ()) == (found.ordered, found.conflicts)


@given(st.integers(0, 4))
def test_a_queue_may_come_in_parts(cut: int) -> None:
    """What was taken in before is not judged again, and what follows fits to it."""
    found = may_reconcile(LEASE, ROAD, before=ROAD[:cut])

    assert (tuple(ROAD[cut:]), ()) == (found.ordered, found.conflicts)


ODD: dict[str, tuple[list[Provisional], dict[int, list[str]]]] = {
    "a record is missing": ([ROAD[0], ROAD[2]], {3: ["lease_sequence", "lease_differs", "not_now"]}),
    "the first is missing": (ROAD[1:], {2: ["lease_sequence", "lease_differs", "not_now"]}),
    "two under one number": (
        [*ROAD[:2], replace(ROAD[1], digest="other")],
        {2: ["lease_sequence", "lease_differs", "lease_used"]},
    ),
    "a record names another before it": ([ROAD[0], replace(ROAD[1], prev="x")], {2: ["lease_sequence"]}),
    "a GO that the rules do not give": ([record(1, "h15_issue", reads=())], {1: ["lease_differs", "missing"]}),
    "a second GO": (
        [ROAD[0], replace(record(2, "h15_issue"), prev="sha-1")],
        {2: ["lease_differs", "lease_used"]},
    ),
    "a GO by nobody": ([record(1, "h15_issue", persons=())], {1: ["lease_differs", "signer_missing"]}),
    "an instant before the one before": (
        [ROAD[0], record(2, "h15_accept", at=ROAD[0].attempt.at - timedelta(seconds=1))],
        {2: ["lease_clock", "lease_differs", "lease_clock"]},
    ),
}


@pytest.mark.parametrize(("records", "wanted"), ODD.values(), ids=ODD)
def test_what_does_not_fit_is_a_conflict(records: list[Provisional], wanted: dict[int, list[str]]) -> None:
    """Nothing is left out and nothing is smoothed over: each record that does not fit is named with its reasons."""
    found = may_reconcile(LEASE, records)

    assert len(records) == len(found.ordered)
    assert wanted == {one.number: [reason.code for reason in one.reasons] for one in found.conflicts}


def test_a_stop_is_told_and_uses_nothing_up() -> None:
    """A refusal without the server is a record like any other, and the right bag may follow it."""
    stop = record(1, "h15_issue", word="STOP", reads=())
    go = replace(record(2, "h15_issue"), prev="sha-1")

    found = may_reconcile(LEASE, [stop, go])

    assert ((stop, go), ()) == (found.ordered, found.conflicts)


def test_what_the_server_saw_counts_from_its_instant_on() -> None:
    """A step that went through the server while it was there lets the next go on; one that it did itself is used."""
    online = [(AT + timedelta(minutes=32), Used("h15_issue", "U-LAB"))]
    accept, start = record(1, "h15_accept"), record(2, "h16_start")
    late = replace(accept, attempt=replace(accept.attempt, at=AT + timedelta(minutes=32)))
    twice = [*online, (AT + timedelta(minutes=31), Used("h15_accept", "U-N1"))]

    assert ["lease_differs", "not_now"] == [
        r.code for r in may_reconcile(LEASE, [accept], past=online).conflicts[0].reasons
    ]
    assert (
        ()
        == may_reconcile(
            LEASE, [replace(late, attempt=replace(late.attempt, reads=accept.attempt.reads)), start], past=online
        ).conflicts
    )
    assert "lease_used" in [r.code for r in may_reconcile(LEASE, [late], past=twice).conflicts[0].reasons]


def test_nothing_is_done_in_the_future_or_after_the_end() -> None:
    """A record from after the end of the lease, or after it was recorded, is a conflict."""
    after = may_reconcile(LEASE, ROAD[:1], ended=ROAD[0].attempt.at)
    future = may_reconcile(LEASE, ROAD[:1], recorded_at=ROAD[0].attempt.at - timedelta(seconds=1))

    assert ["lease_ended"] == [reason.code for reason in after.conflicts[0].reasons]
    assert ["lease_clock"] == [reason.code for reason in future.conflicts[0].reasons]


RECORD = {
    "lease": "LS-1",
    "number": 1,
    "prev": "",
    "deed": "h15_issue",
    "word": "GO",
    "device": "D-1",
    "persons": ["U-LAB"],
    "reads": [{"data": "aGk=", "aim": "]d2", "source": "wedge", "at": "2026-11-21T08:31:00.000000Z"}],
    "values": {"volume": "80"},
    "at": "2026-11-21T08:31:00.000000Z",
}


def test_a_record_is_read_as_it_was_signed() -> None:
    """The bytes, their hash and the hash of the very text are what the rules then see."""
    text = json.dumps(RECORD)

    found = packet.sent(text)

    assert ("LS-1", (b"hi",), (("volume", "80"),)) == (found.lease, found.data, found.record.attempt.values)
    assert packet.sha256(b"hi") == found.record.attempt.reads[0].sha256
    assert packet.sha256(text.encode()) == found.record.digest


BROKEN: dict[str, object] = {
    "no JSON": "{",
    "a list": "[]",
    "nothing of it": "{}",
    "an unknown word": {**RECORD, "word": "MAYBE"},
    "a number that is none": {**RECORD, "number": "x"},
    "a person who is none": {**RECORD, "persons": [1]},
    "bytes that are none": {**RECORD, "reads": [{**RECORD["reads"][0], "data": "§"}]},  # type: ignore[index]  # a table of JSON
    "an instant that is none": {**RECORD, "at": "yesterday"},
    "too many reads": {**RECORD, "reads": RECORD["reads"] * 13},  # type: ignore[operator]  # same
    "too long": {**RECORD, "deed": "x" * packet.LONGEST},
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_anything_else_is_malformed(text: object) -> None:
    """What is no record is refused in one way, whatever is wrong with it."""
    with pytest.raises(Malformed):
        packet.sent(text if isinstance(text, str) else json.dumps(text))


# ------------------------------------------------------------------ two stations

STATIONS = ("D-1", "D-2")
DEEDS = ("h15_issue", "h15_accept", "h16_start", "h17_end")


@dataclass(slots=True)
class Toy:
    """One bag, one server, two stations, as little of each as the question needs."""

    held: bool = False
    thaw_began: datetime | None = None
    live: Lease | None = None
    ended: datetime | None = None
    done: list[tuple[datetime, Used]] = field(default_factory=list)
    shown: list[tuple[str, str]] = field(default_factory=list)
    """Every GO that a person saw: deed and station."""
    kept: dict[str, Lease] = field(default_factory=dict)
    used: dict[str, tuple[Used, ...]] = field(default_factory=lambda: dict.fromkeys(STATIONS, ()))
    queue: dict[str, list[Used]] = field(default_factory=lambda: {name: [] for name in STATIONS})

    def keeps_away(self, station: str, at: datetime) -> bool:
        """Whether another station's lease lives."""
        live = self.live
        return live is not None and live.device != station and leases.is_live(live, self.ended, at)

    def lease(self, station: str, at: datetime) -> None:
        """Ask for a lease."""
        live = self.live if self.live is not None and leases.is_live(self.live, self.ended, at) else None
        done = tuple(used for _, used in self.done)
        facts = replace(GREEN, device=station, live=live, done=done, thaw_began=self.thaw_began)
        facts = replace(facts, holds=("H-1",) if self.held else ())
        if self.queue[station] or preflight.issue_refusals(facts, at):
            return
        self.live = self.kept[station] = preflight.grant(facts, "LS", at)
        self.ended = None

    def thaw(self, station: str, at: datetime) -> None:
        """Start the thaw through the server."""
        ok = self.live is not None and leases.is_live(self.live, self.ended, at)
        refused = leases.thaw_refusals(self.live if ok else None, station, at)
        if self.thaw_began is not None or self.held or refused:
            return
        self.thaw_began = at
        assert self.live is not None
        self.live = self.kept[station] = leases.thawed(self.live, at)
        self.shown.append(("h14_thaw", station))

    def online(self, station: str, deed: str, at: datetime, *, answered: bool) -> None:
        """Do a deed through the server; the answer may be lost."""
        before = [used.deed for _, used in self.done]
        over = self.thaw_began is None or at >= self.thaw_began + timedelta(hours=1)
        needs = next(plan for plan in PLANS if plan.deed == deed).needs
        refused = deed in before or not set(needs) <= set(before) or self.keeps_away(station, at)
        if self.queue[station] or refused or (deed != "h17_end" and (over or self.held)):
            return
        used = Used(deed, "U-LAB" if deed == "h15_issue" else "U-N1")
        self.done.append((at, used))
        if answered:
            self.used[station] = (*self.used[station], used)
            self.shown.append((deed, station))

    def alone(self, station: str, deed: str, at: datetime) -> None:
        """Do a deed by lease."""
        lease = self.kept.get(station)
        allowed = None if lease is None else lease.allows(deed)
        if lease is None or allowed is None:
            return
        persons = ("U-N1", "U-N2") if deed == "h16_start" else ("U-LAB",) if deed == "h15_issue" else ("U-N1",)
        reads = tuple(Read(lease_hash(lease, role), at) for role in allowed.wants)
        if isinstance(leases.verdict(lease, Attempt(deed, station, persons, reads, at), self.used[station]), Go):
            self.used[station] = (*self.used[station], Used(deed, persons[0]))
            self.queue[station].append(Used(deed, persons[0]))
            self.shown.append((deed, station))

    def replay(self, station: str, at: datetime) -> None:
        """Hand the queue over."""
        known = {used.deed for _, used in self.done}
        self.done += [(at, used) for used in self.queue[station] if used.deed not in known]
        self.queue[station] = []

    def back(self, station: str, at: datetime) -> None:
        """Give the lease back, with nothing left to tell."""
        if not self.queue[station] and self.live is not None and self.live.device == station:
            self.ended = at
            self.kept.pop(station, None)


def lease_hash(lease: Lease, role: str) -> str:
    """Return the payload of a role."""
    return dict(lease.sha256s)[role][0]


ACTS = st.sampled_from(["lease", "thaw", "online", "online", "lost", "alone", "alone", "replay", "back", "hold"])
STEP = st.tuples(ACTS, st.sampled_from(STATIONS), st.sampled_from(DEEDS), st.integers(0, 6))
BEGUN = [("lease", "D-1", "", 0), ("thaw", "D-1", "", 1)]
ROADS = st.tuples(st.sampled_from([[], BEGUN, BEGUN]), st.lists(STEP, max_size=25)).map(
    lambda parts: parts[0] + parts[1]
)


@settings(max_examples=500)
@given(ROADS)
def test_two_stations_never_both_go(steps: list[tuple[str, str, str, int]]) -> None:
    """In whatever order stations fetch leases, thaw, act alone, come back and give back: one GO a deed."""
    toy, at, held_before = Toy(), AT, set[str]()
    for what, station, deed, minutes in steps:
        at += timedelta(minutes=minutes, seconds=1)
        had = dict(toy.kept)
        match what:
            case "lease":
                toy.lease(station, at)
            case "thaw":
                toy.thaw(station, at)
            case "online" | "lost":
                toy.online(station, deed, at, answered=what == "online")
            case "alone":
                toy.alone(station, deed, at)
            case "replay":
                toy.replay(station, at)
            case "back":
                toy.back(station, at)
            case _:
                toy.held = True
        if toy.held and toy.kept.keys() - had.keys():
            held_before |= toy.kept.keys() - had.keys()

    assert len({deed for deed, _ in toy.shown}) == len(toy.shown), toy.shown
    assert not held_before, "a hold before the lease is no lease"
