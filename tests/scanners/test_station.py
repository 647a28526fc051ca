"""One station's process without a server and without a device: what it keeps, and what it says of it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from coi.identity import checked
from coi.identity.piece_id import PRIME
from scanners import events
from scanners.scan import Scan
from scanners.sources import NoDevice
from scanners.sources.fake import FakeSource
from scanners.station import command, config, doctor, keys, manifest, sources, unit
from scanners.station.agent import Agent, Heard
from scanners.station.bridge import Bridge, NotLoopback
from scanners.station.clock import Clock
from scanners.station.config import BadConfig, Config
from scanners.station.keys import BadKey
from scanners.station.manifest import BadManifest, Word
from scanners.station.one_label import OneLabel, is_own
from scanners.station.outbox import BadOutbox, Outbox
from scanners.station.server import Away, Reply, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from scanners.station.outbox import Written

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BAG = Scan(b"=A99992612345600", "]d2", "serial")


@dataclass(slots=True)
class Hands:
    """The machine's two clocks, moved by the test."""

    wall: datetime = NOON
    steady: int = 10**12

    def forward(self, seconds: float) -> None:
        """Let time pass on both."""
        self.wall += timedelta(seconds=seconds)
        self.steady += int(seconds * 10**9)


@dataclass(slots=True)
class Pretended:
    """A server that keeps what it is given, or is away."""

    hands: Hands
    away: bool = False
    kept: list[Written] = field(default_factory=list)
    manifests: list[Reply] = field(default_factory=list)
    refuses: str = ""
    page: str = ""
    said: list[dict[str, Any]] = field(default_factory=list)
    leases: list[str] = field(default_factory=list)
    deaf: bool = False
    """Whether it hears events, and not what was pulled out."""

    @property
    def doors(self) -> list[dict[str, Any]]:
        """Return the doors that it was told."""
        return [one["door"] for one in self.said]

    def push(self, waiting: Sequence[Written], says: dict[str, Any], at: datetime) -> Reply:
        """Take what is the next."""
        assert at == self.hands.wall
        if self.away:
            raise Away("nobody")
        self.said.append(says)
        if not self.refuses:
            self.kept += [one for one in waiting if one.seq > len(self.kept)]
        newest = self.kept[-1] if self.kept else None
        head = {"seq": 0, "sha256": events.GENESIS} if newest is None else {"seq": newest.seq, "sha256": newest.sha256}
        refused = {"code": self.refuses, "seq": 1} if self.refuses else None
        now = events.instant(self.hands.wall)
        heard = {"unplugged": [] if self.deaf else says["unplugged"], "leases": self.leases}
        return Reply(200, {"head": head, "refused": refused, "now": now, "page": self.page, **heard})

    def manifest(self, at: datetime) -> Reply:
        """Give the newest manifest."""
        assert at == self.hands.wall
        return self.manifests[-1] if self.manifests else Reply(409, {})


@dataclass(slots=True)
class Station:
    """An agent with everything that a test holds of it."""

    folder: Path
    hands: Hands
    server: Pretended
    key: Ed25519PrivateKey
    server_key: Ed25519PrivateKey
    said: list[Heard]
    agent: Agent

    def seqs(self) -> list[int]:
        """Return the numbers that were told as read."""
        return [one.seq for one in self.said if one.word == "read"]


SERVER_KEY = Ed25519PrivateKey.generate()


def started(folder: Path, hands: Hands, server: Pretended, device: str = "D-1") -> Station:
    """Start an agent on a folder, as after a power cut."""
    key = keys.make(folder / config.KEY)
    server_key = keys.jwk(SERVER_KEY.public_key())["x"]
    said: list[Heard] = []
    mine = Config("https://coi.example", "Bench", device, "S-1", server_key)
    outbox = Outbox(folder / config.OUTBOX)
    clock = Clock(lambda: hands.wall, lambda: hands.steady, timedelta(milliseconds=int(outbox.note("skew_ms") or 0)))
    agent = Agent(mine, key, outbox, server, clock, tell=said.append)
    return Station(folder, hands, server, key, SERVER_KEY, said, agent)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """A station at a bench."""
    hands = Hands()
    made = started(tmp_path, hands, Pretended(hands))
    yield made
    made.agent.bridge.close()
    made.agent.outbox.close()


def chain(station: Station) -> list[events.ScanEvent]:
    """Return the events of the outbox, each proven, and the chain of them."""
    found = station.agent.outbox.after(0, 10_000)
    for one in found:
        events.verify(one.event, one.signature, station.key.public_key())
    told = [one.event for one in found]
    events.check_chain(told)
    return told


def test_a_scan_is_on_the_disk_before_it_is_told(station: Station) -> None:
    """When "read" is heard, another connection to the file sees the event."""
    seen: list[int] = []

    def look(_heard: Heard) -> None:
        with sqlite3.connect(station.folder / config.OUTBOX) as other:
            seen.extend(row[0] for row in other.execute("SELECT seq FROM event"))

    station.agent.tell = look
    station.agent.take(BAG, "serial")

    assert [1] == seen
    (event,) = chain(station)
    assert (BAG.data, BAG.aim, "serial", "S-1") == (event.data, event.aim, event.source_class, event.station_id)


def test_what_bounces_is_one_trigger_and_a_second_pull_is_two(station: Station) -> None:
    """The same payload within 300 ms is one; later, or another payload, is a scan of its own."""
    band = replace(BAG, data=b"COI-1")
    for scan, wait in ((BAG, 0.29), (BAG, 0.3), (BAG, 0.01), (band, 0.0)):
        station.agent.take(scan, "serial")
        station.hands.forward(wait)

    assert [BAG.data, BAG.data, band.data] == [one.data for one in chain(station)]


def test_a_disk_that_takes_nothing_is_heard(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scan is told as blocked, never as read, and the next one is read as ever."""
    with monkeypatch.context() as full:
        full.setattr(Outbox, "append", Mock(side_effect=sqlite3.OperationalError("disk is full")))
        assert Heard("blocked", "disk") == station.agent.take(BAG, "serial")

    assert Heard("read", seq=1) == station.agent.take(BAG, "serial")


def test_what_the_server_has_is_not_sent_again(station: Station) -> None:
    """Handed in once, in order; a server that was set back to a backup is given everything after it again."""
    for number in range(3):
        station.agent.take(replace(BAG, data=b"%d" % number), "serial")
    assert station.agent.push()
    assert [] == station.agent.outbox.waiting()

    del station.server.kept[1:]
    station.agent.push()
    station.agent.push()

    assert [1, 2, 3] == [one.seq for one in station.server.kept]


def test_a_server_with_another_chain_stops_the_station(station: Station) -> None:
    """Events that are not ours, or more than we know of, mean that the key is used elsewhere or the outbox was lost."""
    station.agent.take(BAG, "serial")
    station.agent.push()
    station.server.kept = [replace(station.server.kept[0], sha256="a" * 64)]
    station.agent.push()

    heard = station.agent.take(BAG, "evdev")

    with pytest.raises(BadOutbox, match="enrol"):
        station.agent.outbox.confirm(9, "a" * 64)
    assert heard is not None
    assert ("blocked", "another_chain") == (heard.word, heard.code)
    assert 1 == len(chain(station))


def test_a_station_that_is_not_in_the_register_reads_nothing(tmp_path: Path) -> None:
    """Without the server's number of the device an event would be nobody's."""
    hands = Hands()
    station = started(tmp_path, hands, Pretended(hands), device="")

    heard = station.agent.take(BAG, "serial")

    assert heard is not None
    assert ("blocked", "not_enrolled") == (heard.word, heard.code)
    assert [] == chain(station)


def test_a_clock_that_is_off_by_more_than_ten_minutes_blocks(station: Station) -> None:
    """The server's time is carried on by the steady clock; the machine's own may be set by anybody."""
    station.agent.push()
    station.hands.wall += timedelta(minutes=11)

    heard = station.agent.take(BAG, "serial")
    station.hands.wall -= timedelta(minutes=2)
    again = station.agent.take(BAG, "serial")

    assert heard is not None
    assert again is not None
    assert [("blocked", "clock_skew"), ("read", "")] == [(heard.word, heard.code), (again.word, again.code)]
    (event,) = chain(station)
    assert (events.instant(NOON), 9 * 60_000) == (event.t_device, event.clock_skew_ms)


def test_the_skew_is_remembered_over_a_restart(station: Station) -> None:
    """A station that starts without the server dates by what it knew of its clock."""
    station.hands.wall += timedelta(minutes=3)
    station.server.hands = Hands()
    station.agent.server = Pretended(station.hands)
    station.agent.clock.heard(NOON, station.hands.steady)
    station.agent.outbox.write("skew_ms", "180000")
    station.agent.outbox.close()

    again = started(station.folder, station.hands, station.server)

    assert NOON == again.agent.clock.now()
    again.agent.outbox.close()


def test_why_the_server_takes_nothing_is_kept_for_the_administrator(station: Station) -> None:
    """A refusal is noted, the scans stay, and go when it is over."""
    station.agent.take(BAG, "serial")
    station.server.refuses = "suspended"
    station.agent.push()
    noted = station.agent.outbox.note("refused")
    station.server.refuses = ""
    station.agent.push()

    assert ("suspended", "") == (noted, station.agent.outbox.note("refused"))
    assert [1] == [one.seq for one in station.server.kept]


# ---------------------------------------------------------------- while nobody answers


def listed(*accept: tuple[bytes, str], void: Sequence[bytes] = (), minutes: int = 30, device: str = "D-1") -> Reply:
    """Return a manifest as the server signs it."""
    said = {
        "site": "S-1",
        "device": device,
        "issued_at": events.instant(NOON),
        "expires_at": events.instant(NOON + timedelta(minutes=minutes)),
        "accept": [{"sha256": digest(data), "role": role, "steps": ["h15_issue"]} for data, role in accept],
        "void": [digest(data) for data in void],
    }
    text, signature = manifest.written(said, SERVER_KEY)
    return Reply(200, {"manifest": text.decode(), "signature": signature.hex()})


def digest(data: bytes) -> str:
    """Return the hash by which a manifest names a payload."""
    return hashlib.sha256(data).hexdigest()


def words(station: Station) -> list[str]:
    """Return what the bridge would show of each scan."""
    return [one["word"] for one in station.agent.shown(0)["scans"]]


def test_only_what_the_manifest_expects_is_shown_with_its_bytes(station: Station) -> None:
    """Void, unknown and expired are STOP, and give no byte; what is expected is provisional."""
    station.server.manifests = [listed((BAG.data, "container"), void=[b"dead"])]
    station.agent.push()
    for data in (BAG.data, b"dead", b"other"):
        station.agent.take(replace(BAG, data=data), "serial")

    shown = station.agent.shown(0)["scans"]

    assert ["expected", "void", "unknown"] == [one["word"] for one in shown]
    assert [True, False, False] == ["data" in one for one in shown]
    assert (BAG.data.hex(), "container", True) == (shown[0]["data"], shown[0]["role"], shown[0]["provisional"])


def test_an_expired_manifest_blocks(station: Station) -> None:
    """After its half hour nothing is shown, whatever is on it; without one nothing ever was."""
    station.agent.take(BAG, "serial")
    before = words(station)
    station.server.manifests = [listed((BAG.data, "container"))]
    station.agent.push()
    station.hands.forward(60 * 30 - 1)
    station.agent.take(BAG, "serial")
    in_time = words(station)
    station.hands.forward(1)

    assert (["absent"], ["expected"], ["expired"]) == (before, in_time, words(station))


def test_a_manifest_outlives_a_power_cut(station: Station) -> None:
    """It lies in the outbox, and its signature is proven again at the start."""
    station.server.manifests = [listed((BAG.data, "container"))]
    station.agent.push()
    station.agent.outbox.close()

    again = started(station.folder, station.hands, station.server)
    again.agent.take(BAG, "serial")

    assert ["expected"] == words(again)
    again.agent.outbox.close()


def test_a_manifest_of_somebody_else_is_not_believed() -> None:
    """Another key, another station, another form: each is refused."""
    stranger = Ed25519PrivateKey.generate()
    good = listed((BAG.data, "container"))
    text, signature = str(good.said["manifest"]).encode(), bytes.fromhex(str(good.said["signature"]))
    other = listed((BAG.data, "container"), device="D-2")

    for raw, signed, key in (
        (text, signature, stranger.public_key()),
        (text + b" ", signature, SERVER_KEY.public_key()),
        (str(other.said["manifest"]).encode(), bytes.fromhex(str(other.said["signature"])), SERVER_KEY.public_key()),
        *((bad, SERVER_KEY.sign(b"coi station manifest 1\n" + bad), SERVER_KEY.public_key()) for bad in (b"{}", b"x")),
    ):
        with pytest.raises(BadManifest):
            manifest.parse(raw, signed, key, device="D-1")
    unzoned, signed = manifest.written({**json.loads(text), "issued_at": "2026-11-21T12:00:00"}, SERVER_KEY)
    with pytest.raises(BadManifest, match="zones"):
        manifest.parse(unzoned, signed, SERVER_KEY.public_key(), device="D-1")
    assert Word.ABSENT is manifest.verdict(None, BAG.data, NOON).word


def test_the_page_is_paired_by_a_token_that_is_renewed(station: Station) -> None:
    """Each answer of the server carries port and token; at half its life there is a new one, and the old one ends."""
    station.agent.push()
    station.hands.forward(6 * 3600 + 1)
    station.agent.push()
    station.hands.forward(6 * 3600)
    station.agent.push()

    tokens = [door["token"] for door in station.server.doors]
    assert 2 == len(set(tokens))
    assert [tokens[1]] == [one.text for one in station.agent.tokens]


def test_another_page_is_another_token(station: Station) -> None:
    """When the server names another binding, what the page before was told opens nothing any more."""
    station.agent.push()
    station.server.page = "second"
    station.agent.push()
    station.agent.push()

    doors = station.server.doors
    assert ["", "", "second"] == [door["page"] for door in doors]
    assert doors[1]["token"] not in {one.text for one in station.agent.tokens}
    assert doors[2]["token"] in {one.text for one in station.agent.tokens}


def test_a_bridge_listens_on_loopback_or_not_at_all(station: Station) -> None:
    """0.0.0.0 is refused before a socket is made."""
    agent = station.agent
    for host in ("0.0.0.0", "::", "localhost", "192.0.2.1"):  # noqa: S104 - refused, that is the point
        with pytest.raises(NotLoopback):
            Bridge("https://coi.example", lambda: (), agent.clock.now, agent.shown, agent.clock.steady_ns, [0], host)


def test_the_process_reads_every_source_and_hands_everything_in(station: Station) -> None:
    """Two sources at once, one chain, nothing lost, and nothing listens at the end."""
    stop = Event()
    station.server.away = True
    found = [replace(BAG, data=b"%d" % number) for number in range(20)]

    def tell(heard: Heard) -> None:
        station.said.append(heard)
        if len(station.seqs()) == 10:
            station.server.away = False

    station.agent.tell = tell
    served = station.server.push

    def push(waiting: Sequence[Written], says: dict[str, Any], at: datetime) -> Reply:
        reply = served(waiting, says, at)
        if len(station.server.kept) == 20:
            stop.set()
        return reply

    station.agent.server = type("Served", (), {"push": staticmethod(push), "manifest": station.server.manifest})()
    station.agent.run([FakeSource(found[:10]), FakeSource(found[10:], "evdev")], stop)

    assert list(range(1, 21)) == [one.seq for one in station.server.kept]
    assert {one.data for one in found} == {one.data for one in chain(station)}
    assert station.agent.bridge.port is None


# ---------------------------------------------------------------- plugs
def test_a_scanner_that_was_pulled_out_is_told_until_it_is_heard(station: Station) -> None:
    """Also over a restart; a camera is read by us, and what is pulled out again meanwhile is told again."""
    station.agent.pulled("camera_station")
    station.agent.pulled("serial")
    station.server.deaf = True
    station.agent.push()
    station.agent.outbox.close()
    again = started(station.folder, station.hands, station.server)
    station.server.deaf = False
    again.agent.push()
    again.agent.push()
    again.agent.pulled("evdev")
    again.agent.push()

    assert [["serial"], ["serial"], [], ["evdev"]] == [one["unplugged"] for one in station.server.said]


def test_another_plugging_in_is_another_mark(station: Station) -> None:
    """A device node that was made anew while this process did not run means that the plug was out."""
    for mark in ("4.1", "4.1", "4.2"):
        station.agent.plugged("serial:/dev/x", "serial", mark)
        station.agent.push()

    assert [["serial"], [], ["serial"]] == [one["unplugged"] for one in station.server.said]


def test_a_scanner_that_comes_and_goes_is_told_each_time() -> None:
    """Once for each time that it went, however often it is looked for; a station that ends pulls out nothing."""
    stop, pulled, marks = Event(), list[str](), list[str]()
    turns: Iterator[list[Scan] | None] = iter([[BAG], None, None, [BAG]])

    def make() -> FakeSource:
        turn = next(turns)
        if turn is None:
            raise NoDevice("gone")
        return FakeSource(turn)

    ears = sources.Ears(plugged=lambda *told: marks.append(told[2]), pulled=pulled.append)
    found = sources.Again("serial", make, ears, 0, "serial:/dev/null").events(stop)

    assert [BAG, BAG] == [next(found), next(found)]
    stop.set()
    assert [] == list(found)
    assert [sources.mark("serial:/dev/null")] * 2 == marks
    assert ["serial"] == pulled


def test_what_waits_is_told_with_its_age(station: Station) -> None:
    """The server learns how far the outbox is ahead of it, and since when."""
    station.agent.push()
    station.agent.take(BAG, "serial")
    first = events.instant(station.agent.clock.now())
    station.hands.forward(60)
    station.agent.take(replace(BAG, data=b"2"), "serial")
    station.server.refuses = "missing_seq"
    station.agent.push()

    assert [None, {"newest": 2, "oldest_at": first}] == [one["outbox"] for one in station.server.said]


# ---------------------------------------------------------------- a lease
def leased(*, until: datetime, void: Sequence[bytes] = ()) -> Reply:
    """Return a manifest whose list has nothing, and a lease of the bag that outlasts it."""

    def digest(data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()

    accept = [{"sha256": digest(BAG.data), "role": "product", "steps": ["h16_start"]}]
    dead = [digest(one) for one in void]
    said = {
        "site": "S-1",
        "device": "D-1",
        "issued_at": events.instant(NOON),
        "expires_at": events.instant(NOON + timedelta(minutes=30)),
        "accept": [],
        "void": [],
        "leases": [{"id": "LS-1", "expires_at": events.instant(until), "accept": accept, "void": dead}],
    }
    text, signature = manifest.written(said, SERVER_KEY)
    return Reply(200, {"manifest": text.decode(), "signature": signature.hex()})


def test_a_leased_bag_is_shown_as_long_as_its_lease_runs(station: Station) -> None:
    """The list ends after half an hour, the hour after the thaw does not; what else is scanned is still expired."""
    station.server.manifests = [leased(until=NOON + timedelta(hours=2), void=[b"dead"])]
    station.server.leases = ["LS-1"]
    station.agent.push()
    station.server.away = True
    words = []
    for seconds in (0, 3000, 5000):
        station.hands.forward(seconds)
        for data in (BAG.data, b"dead", b"other"):
            station.agent.take(replace(BAG, data=data), "serial")
        words.append([one["word"] for one in station.agent.shown(0)["scans"]])
        station.hands.forward(121)  # what is older is shown no more

    assert [["expected", "void", "unknown"], ["expected", "void", "expired"], ["expired"] * 3] == words


def test_a_lease_is_fetched_when_it_is_given_and_gone_when_it_ends(station: Station) -> None:
    """The server names the leases with each answer: a difference fetches the list at once, and nothing lingers."""
    station.server.manifests = [listed()]
    station.agent.push()
    station.server.manifests, station.server.leases = [leased(until=NOON + timedelta(hours=2))], ["LS-1"]
    station.agent.push()
    station.agent.push()
    station.server.manifests, station.server.leases = [listed()], []
    station.agent.push()
    station.agent.push()

    assert [[], [], ["LS-1"], ["LS-1"], []] == [one["leases"] for one in station.server.said]


def test_a_killed_station_still_serves_its_page(station: Station) -> None:
    """With the server away all the while: the same ports, the token that the page has, the lease, and the scans."""
    station.server.manifests = [leased(until=NOON + timedelta(hours=2))]
    station.server.leases, station.server.page = ["LS-1"], "mine"
    station.agent.push()
    station.agent.push()
    door = station.server.doors[-1]
    station.server.away = True
    station.agent.outbox.close()

    again = started(station.folder, station.hands, station.server)
    again.agent.push()
    again.agent.push()
    again.agent.take(BAG, "serial")
    port = again.agent.bridge.port
    again.agent.bridge.close()

    assert port in door["ports"]
    assert door["token"] in {one.text for one in again.agent.tokens}
    assert [("expected", "LS-1")] == [(one["word"], one["lease"]) for one in again.agent.shown(0)["scans"]]
    again.agent.outbox.close()


# ---------------------------------------------------------------- two labels before its camera
SQUARE, ITS_BARS, OTHER_BARS = b"(250)01234567890021X", b"012345678900", b"XVUTSRPNLK60"
VIEWS: dict[str, tuple[list[list[Scan]], list[bytes], bool]] = {
    "one label, both codes": (
        [[Scan(SQUARE, "]d2", "camera"), Scan(ITS_BARS, "]C0", "camera")]] * 12,
        [SQUARE, ITS_BARS],
        False,
    ),
    "bars of another": ([[Scan(SQUARE, "]d2", "camera"), Scan(OTHER_BARS, "]C0", "camera")]] * 12, [], True),
    "bars of another that come late": (
        [[Scan(SQUARE, "]d2", "camera")]] * 2
        + [[Scan(SQUARE, "]d2", "camera"), Scan(OTHER_BARS, "]C0", "camera")]] * 9,
        [],
        True,
    ),
    "bars of another, each in its own frame": (
        [[Scan(SQUARE, "]d2", "camera")], [Scan(OTHER_BARS, "]C0", "camera")]] * 6,
        [],
        True,
    ),
    "bars of a product beside it": (
        [[Scan(SQUARE, "]d2", "camera"), Scan(b"4006381333931", "]C0", "camera")]] * 12,
        [SQUARE, b"4006381333931"],
        False,
    ),
    "twelve digits of somebody else beside it": (
        [[Scan(SQUARE, "]d2", "camera"), Scan(b"400638133393", "]C0", "camera")]] * 12,
        [SQUARE, b"400638133393"],
        False,
    ),
    "bars alone": ([[Scan(ITS_BARS, "]C0", "camera")]] * 12, [ITS_BARS], False),
}


@pytest.mark.parametrize("view", VIEWS)
def test_the_square_code_and_the_bars_of_two_labels_are_two(view: str) -> None:
    """Bars that no square code in view bears are another label's: nothing is accepted while both are there."""
    frames, accepted, conflict = VIEWS[view]
    film = iter(frames)
    reader = OneLabel(lambda _frame: next(film))
    told = [reader.feed(b"", 0.1 * number) for number in range(len(frames))]

    assert accepted == [one.accepted.data for one in told if one.accepted is not None]
    assert conflict == any(one.conflict for one in told)


@given(st.text(checked.ALPHABET, min_size=12, max_size=12))
def test_which_bars_are_a_labels_is_told_as_the_service_tells_it(text: str) -> None:
    """The reader at the station knows a label's number by the same two check characters."""
    whole = checked.completed(text[:10], PRIME)

    assert is_own(whole.encode())
    assert is_own(text.encode()) == (text == whole)
    assert not is_own(whole.lower().encode() + b"a")


def test_a_view_that_was_looked_away_from_is_forgotten() -> None:
    """After a word that somebody took note of the same label may be read again."""
    reader = OneLabel(lambda _frame: [Scan(SQUARE, "]d2", "camera")])
    for turn in (0, 10):
        told = [reader.feed(b"", turn + 0.1 * number) for number in range(6)]
        assert [SQUARE] == [one.accepted.data for one in told if one.accepted is not None]
        reader.forget()


# ---------------------------------------------------------------- what lies on the disk


def test_a_key_that_others_read_is_refused(tmp_path: Path) -> None:
    """0600 or nothing; a key is made once; what is no key is told."""
    path = tmp_path / "station.key"
    made = keys.make(path)
    assert 0o600 == path.stat().st_mode & 0o777
    assert made.private_bytes_raw() == keys.make(path).private_bytes_raw()
    path.chmod(0o640)
    with pytest.raises(BadKey, match="0600"):
        keys.load(path)
    path.chmod(0o600)
    path.write_text("nothing")
    with pytest.raises(BadKey):
        keys.load(path)
    with pytest.raises(BadKey):
        keys.load(tmp_path / "none")
    with pytest.raises(BadKey):
        keys.public("AAAA")


def test_an_outbox_keeps_what_it_promised(tmp_path: Path) -> None:
    """WAL and FULL; what the server says it has is believed only of events that are ours."""
    outbox = Outbox(tmp_path / "outbox.db")
    with pytest.raises(BadOutbox):
        outbox.confirm(1, "a" * 64)
    outbox.confirm(0, "")

    assert (0, [], None, None) == (outbox.confirmed, outbox.waiting(), outbox.newest(), outbox.note("x"))
    with pytest.raises(ZeroDivisionError):
        outbox.append(lambda _previous: 1 // 0, lambda _event: b"")  # type: ignore[arg-type, return-value]
    assert outbox.newest() is None
    outbox.close()


@pytest.mark.parametrize(
    "address",
    [
        "http://coi.example",
        "ftp://coi.example",
        "https://",
        "https://a:b@coi.example",
        "https://coi.example/x?y",
        "coi",
    ],
)
def test_a_server_without_tls_is_refused(address: str) -> None:
    """Only this very machine may be asked without it."""
    with pytest.raises(BadConfig):
        config.checked_address(address)
    assert "http://127.0.0.1:8000" == config.checked_address("http://127.0.0.1:8000/")


def test_settings_are_whole_or_missing(tmp_path: Path) -> None:
    """What is saved is loaded again; anything else is told with its way out."""
    mine = Config("https://coi.example", sources=("file:/x",))
    config.save(tmp_path, mine)
    assert mine == config.load(tmp_path)
    assert "https://coi.example" == mine.origin
    (tmp_path / config.FILE).write_text("{}")
    with pytest.raises(BadConfig, match="enrol"):
        config.load(tmp_path)


# ---------------------------------------------------------------- sources and words


def test_a_scanner_that_was_unplugged_is_opened_again() -> None:
    """Each time it is gone somebody is told; then it goes on."""
    told: list[str] = []
    stop = Event()
    turns: Iterator[list[Scan]] = iter([[], [BAG]])

    class Loose:
        source_class = "serial"

        def events(self, _stop: Event) -> Iterator[Scan]:
            turn = next(turns)
            if not turn:
                raise NoDevice("gone")
            yield from turn
            stop.set()

    assert [BAG] == list(sources.Again("serial", Loose, sources.Ears(told.append), 0).events(stop))
    assert ["gone"] == told


def test_a_keyboard_or_camera_that_went_is_opened_again() -> None:
    """They end without a word when they are pulled out; what comes back is read on."""
    stop, told = Event(), list[str]()
    turns: Iterator[list[Scan]] = iter([[BAG], [], [BAG]])

    class Pulled:
        source_class = "evdev"

        def events(self, _stop: Event) -> Iterator[Scan]:
            yield from next(turns)

    source = sources.Again("evdev", Pulled, sources.Ears(told.append), 0).events(stop)

    assert [BAG, BAG] == [next(source), next(source)]
    stop.set()
    assert [] == list(source)


@pytest.mark.parametrize("address", ["serial:/dev/no-scanner", "evdev:/dev/no-keyboard", "camera:99"])
def test_a_device_that_is_not_there_is_told_and_waited_for(address: str) -> None:
    """The station begins all the same, says what is missing, and stops when it is told to."""
    stop, told = Event(), list[str]()

    def dropped(why: str) -> None:
        told.append(why)
        stop.set()

    source = sources.opened(address, sources.Ears(dropped))

    assert [] == list(source.events(stop))
    assert 1 == len(told)
    assert source.source_class in events.SOURCES


def test_a_file_stands_for_a_scanner(tmp_path: Path) -> None:
    """Whole lines only: half a line is a scan that is not finished."""
    path = tmp_path / "scans"
    path.write_text(f"]d2 {BAG.data.hex()}\n]C0 4", encoding="ascii")
    stop = Event()
    found = sources.opened(f"file:{path}").events(stop)
    assert replace(BAG, source="file") == next(found)
    with path.open("a", encoding="ascii") as file:
        file.write("1\n")
    assert Scan(b"A", "]C0", "file") == next(found)
    stop.set()
    assert [] == list(found)
    with pytest.raises(sources.BadSource, match="KIND:PLACE"):
        sources.opened("telepathy:1")


def test_the_unit_gives_as_few_rights_as_it_needs() -> None:
    """An unprivileged user, no way to more rights, and only the devices of the sources that are set."""
    whole = unit.text("/opt/coi/bin/coi-station")
    serial = unit.text("/x", ["serial:/dev/ttyACM0"])

    for line in (
        "User=coi-station", "SupplementaryGroups=dialout input video", "ProtectSystem=strict", "NoNewPrivileges=yes",
        "MemoryMax=512M", "DevicePolicy=closed", "DeviceAllow=char-input rw", "DeviceAllow=char-video4linux rw",
        "ExecStart=/opt/coi/bin/coi-station run", "CapabilityBoundingSet=",
    ):  # fmt: skip
        assert f"\n{line}\n" in whole
    assert "char-ttyACM" in serial
    assert "char-input" not in serial


def test_the_doctor_names_what_is_missing(tmp_path: Path) -> None:
    """No key; then no device and no source; then a server that does not answer and a scanner that is not there."""
    clock = Clock(lambda: NOON, lambda: 0)
    mine = Config("http://127.0.0.1:1")
    assert ["key"] == [one.what for one in doctor.examine(tmp_path, mine, clock)]

    keys.make(tmp_path / config.KEY)
    bad = {one.what for one in doctor.examine(tmp_path, mine, clock) if one.state == "bad"}
    assert {"device", "sources"} == bad

    Outbox(tmp_path / config.OUTBOX).write("refused", "suspended")
    there = f"file:{tmp_path / config.KEY}"
    mine = replace(mine, device="D-1", site="S-1", sources=("serial:/dev/nothing-here", "camera:99", there))
    found = doctor.examine(tmp_path, mine, clock)
    assert {"server", "source", "server said"} <= {one.what for one in found if one.state == "bad"}
    assert ("ok", there) in {(one.state, one.says) for one in found}


def test_nobody_answers(tmp_path: Path) -> None:
    """A closed port is Away, for every question."""
    server = Server(Config("http://127.0.0.1:1", device="D-1"), keys.make(tmp_path / config.KEY), 0.5)
    asks: list[Callable[[], Reply]] = [
        lambda: server.push([], {}, NOON), lambda: server.manifest(NOON), lambda: server.enrolment("x"),
    ]  # fmt: skip
    for ask in asks:
        with pytest.raises(Away):
            ask()


def test_the_words_of_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without settings each says what to do; unit and status need no server; enrol makes the key and needs one."""
    data = ["--data", str(tmp_path / "state")]
    assert 1 == command.main([*data, "status"])
    assert "coi-station enrol" in capsys.readouterr().err
    assert 0 == command.main([*data, "unit", "--program", "/usr/bin/coi-station"])
    assert "ExecStart=/usr/bin/coi-station run" in capsys.readouterr().out
    assert 1 == command.main([*data, "enrol", "http://127.0.0.1:1", "--source", f"file:{tmp_path / 'scans'}"])
    assert "an answer" in capsys.readouterr().err
    assert (tmp_path / "state" / config.KEY).exists()
    assert 0 == command.main([*data, "status"])
    assert "handed in    0" in capsys.readouterr().out
    assert 1 == command.main([*data, "doctor"])
    assert "not in the register" in capsys.readouterr().out
    assert 1 == command.main([*data, "enrol", "http://coi.example"])
