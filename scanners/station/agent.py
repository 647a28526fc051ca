"""The station's process: sources → signed event → outbox → "read" → server; and a bridge while the server is away.

* "Read" is told after the event is on the disk, and is no verdict.
* The server's number of the newest event is what counts: everything after it is handed in, in order, again and again.
* A scanner that was pulled out may be another one when it is back: that is kept until the server has heard it.
* What the paired page was told holds over a restart, since the hour after a thaw does not wait for the server.
* A station that knows it cannot be believed (no device, its clock, another's chain) reads nothing and says why.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from scanners import events
from scanners.events import Decoder, Frames, ScanEvent
from scanners.station import keys, manifest
from scanners.station.bridge import Bridge, Token
from scanners.station.manifest import BadManifest, Manifest, Word
from scanners.station.outbox import BadOutbox
from scanners.station.server import Away
from scanners.vote import AGREE_LIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from scanners.scan import Scan
    from scanners.sources import Source
    from scanners.station.clock import Clock
    from scanners.station.config import Config
    from scanners.station.outbox import Outbox, Written
    from scanners.station.server import Reply

VERSION: Final = "1"
BOUNCE_NS: Final = 300_000_000
"""The same payload within 300 ms from one device is one trigger that bounced; later it is another trigger, and kept."""
BEAT: Final = 5.0
SLOWEST: Final = 30.0
FIRST_WAIT: Final = 0.5
FAILURES: Final = 2
"""So many requests without an answer, one after the other, open the bridge."""
MANIFEST_EVERY_NS: Final = 300_000_000_000
TOKEN_LIFE: Final = timedelta(hours=12)
MOST_SHOWN: Final = 50
SHOWN_FOR: Final = timedelta(minutes=2)
PORTS: Final = (20_000, 60_000)
_IN_MEMORY: Final = "manifest"
_PORTS, _DOOR = "ports", "door"
_PLUG, _PULLED = "plug ", "pulled "
CARDED: Final = frozenset({"serial", "evdev"})
"""Sources whose scanner is checked by the challenge card; a camera is read by us."""
_VOTED: Final = Frames(AGREE_LIVE, AGREE_LIVE)
"""A live camera's source gives only what so many frames at least agreed on."""


class Tells(Protocol):
    """What the agent needs of the server."""

    def push(self, waiting: Sequence[Written], says: dict[str, Any], at: datetime) -> Reply:
        """Hand in events, and what else the station *says*: its door, its outbox, what was pulled out, its leases."""

    def manifest(self, at: datetime) -> Reply:
        """Fetch the manifest."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the person at the station hears: ``read`` (kept; no verdict yet) or ``blocked`` with its reason."""

    word: str
    code: str = ""
    seq: int = 0


class Agent:
    """One station."""

    def __init__(
        self,
        config: Config,
        key: Ed25519PrivateKey,
        outbox: Outbox,
        server: Tells,
        clock: Clock,
        *,
        tell: Callable[[Heard], None],
        chance: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Stand at *config*'s site; *tell* is called with each ``Heard`` as soon as it is true."""
        self.config, self.outbox, self.clock = config, outbox, clock
        self.server, self.tell = server, tell
        self._key, self._chance = key, chance
        self._last: dict[str, tuple[bytes, str, int]] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._fault = ""
        self._failures = 0
        self.tokens: list[Token] = []
        self._page = ""
        self._manifest: Manifest | None = None
        self._fetched_ns: int | None = None
        self._away_since = 0
        self.ports = self._known_ports()
        self.bridge = Bridge(
            config.origin, lambda: tuple(self.tokens), clock.now, self.shown, clock.steady_ns, self.ports
        )
        self._remembered()

    # ------------------------------------------------------------ reading

    def take(self, scan: Scan, source_class: str) -> Heard | None:
        """Keep one scan and tell "read"; None where a trigger bounced."""
        with self._lock:
            heard = self._blocked()
            if heard is None:
                now_ns = self.clock.steady_ns()
                last, self._last[source_class] = self._last.get(source_class), (scan.data, scan.aim, now_ns)
                if last is not None and last[:2] == (scan.data, scan.aim) and now_ns - last[2] < BOUNCE_NS:
                    return None
                heard = self._kept(scan, source_class, now_ns)
            self.tell(heard)
        self._wake.set()
        return heard

    def _kept(self, scan: Scan, source_class: str, now_ns: int) -> Heard:
        """Put one scan on the disk; where the disk takes nothing it is told as blocked, and reading goes on."""
        try:
            kept = self.outbox.append(
                lambda previous: events.following(previous, self._event(scan, source_class, now_ns)),
                lambda event: events.sign(event, self._key),
            )
        except (sqlite3.Error, OSError):
            self._last.pop(source_class)
            return Heard("blocked", "disk")
        return Heard("read", seq=kept.seq)

    def _blocked(self) -> Heard | None:
        if not self.config.device:
            return Heard("blocked", "not_enrolled")
        if self._fault:
            return Heard("blocked", self._fault)
        return None if self.clock.is_trusted else Heard("blocked", "clock_skew")

    def _event(self, scan: Scan, source_class: str, now_ns: int) -> ScanEvent:
        at = self.clock.now()
        return ScanEvent(
            event_id=events.uuid7(int(at.timestamp() * 1000), self._chance(10)),
            data=scan.data,
            aim=scan.aim,
            device_id=self.config.device,
            source_class=source_class,
            decoder=Decoder("coi-station", VERSION, stage=scan.source),
            frames=_VOTED if source_class == "camera_station" else Frames(),
            t_device=events.instant(at),
            t_monotonic_ns=now_ns % 2**53,
            clock_skew_ms=self.clock.skew // timedelta(milliseconds=1),
            station_id=self.config.site,
        )

    # ------------------------------------------------------------ plugs

    def plugged(self, address: str, source_class: str, mark: str) -> None:
        """Hear that a scanner is there; with another *mark* than the last it was pulled out since."""
        if self.outbox.note(_PLUG + address) != mark:
            self.outbox.write(_PLUG + address, mark)
            self.pulled(source_class)

    def pulled(self, source_class: str) -> None:
        """Hear that a scanner is, or was, pulled out: the server learns it before anything that is scanned after."""
        if source_class in CARDED:
            self.outbox.write(_PULLED + source_class, self._chance(8).hex())
            self._wake.set()

    def _pulled(self) -> dict[str, str]:
        """Return what was pulled out and the server has not heard of, each with the mark of that time."""
        found = {one: self.outbox.note(_PULLED + one) for one in sorted(CARDED)}
        return {one: mark for one, mark in found.items() if mark}

    def _heard_of(self, pulled: dict[str, str], heard: object) -> None:
        """Forget what the server has heard of, unless it was pulled out again meanwhile."""
        for one, mark in pulled.items():
            if isinstance(heard, list) and one in heard and self.outbox.note(_PULLED + one) == mark:
                self.outbox.write(_PULLED + one, "")

    # ------------------------------------------------------------ handing in

    def push(self) -> bool:
        """Hand in what waits; tell whether the server answered."""
        asked = self.clock.steady_ns()
        waiting = self.outbox.waiting()  # before what was pulled out: no scan goes ahead of the pull before it
        pulled, says = self._pulled(), self._says()
        try:
            reply = self.server.push(waiting, {**says, "unplugged": list(pulled)}, self.clock.machine())
        except Away:
            self._failures += 1
            if self._failures == FAILURES:
                self._away_since = self.outbox.confirmed
            if self._failures >= FAILURES:
                self.bridge.open()
            return False
        self._failures = 0
        self.bridge.close()
        self._heard_of(pulled, reply.said.get("unplugged"))
        self._take_in(reply, asked)
        return True

    def _says(self) -> dict[str, Any]:
        """Return what the station says with its events: its page's door, what waits here, and its leases."""
        oldest = self.outbox.oldest()
        waiting = None if oldest is None else {"newest": self.outbox.newest_seq(), "oldest_at": oldest.event.t_device}
        leases = [] if self._manifest is None else sorted(one.id for one in self._manifest.leases)
        return {"door": self._door(), "outbox": waiting, "leases": leases}

    def _take_in(self, reply: Reply, asked: int) -> None:
        said = reply.said
        with suppress(KeyError, TypeError, ValueError):
            self.clock.heard(datetime.fromisoformat(said["now"]), asked)
            self.outbox.write("skew_ms", str(self.clock.skew // timedelta(milliseconds=1)))
        self._note_refusal(reply.code)
        page = str(said.get("page", self._page))
        if page != self._page:  # another page is bound now: what the one before was told opens nothing any more
            self._page, self.tokens = page, []
            self._keep_door()
        head = said.get("head")
        if isinstance(head, dict):
            try:
                self.outbox.confirm(int(head["seq"]), str(head["sha256"]))
                self._fault = ""
            except BadOutbox:
                self._fault = "another_chain"
        if self._manifest_is_due(said.get("leases")):
            with suppress(Away):
                self.fetch_manifest()

    def _note_refusal(self, code: str) -> None:
        if code != (self.outbox.note("refused") or ""):
            self.outbox.write("refused", code)

    def _door(self) -> dict[str, Any]:
        """Return where and by which token the bound page may ask while the server is away; renewed at half its life."""
        now = self.clock.now()
        self.tokens = [one for one in self.tokens if one.until > now]
        if not self.tokens or self.tokens[-1].until - now < TOKEN_LIFE / 2:
            self.tokens.append(Token(self._chance(24).hex(), now + TOKEN_LIFE))
            self._keep_door()
        newest = self.tokens[-1]
        until = events.instant(newest.until)
        return {"ports": list(self.ports), "token": newest.text, "until": until, "page": self._page}

    def _keep_door(self) -> None:
        """Keep the tokens on the disk: a paired page is paired with this station, not with its process."""
        tokens = [[one.text, events.instant(one.until)] for one in self.tokens]
        self.outbox.write(_DOOR, json.dumps({"page": self._page, "tokens": tokens}))

    def _known_ports(self) -> tuple[int, ...]:
        """Return the ports of this station, drawn once: the page knows them."""
        kept = self.outbox.note(_PORTS)
        if not kept:
            drawn = [PORTS[0] + int.from_bytes(self._chance(4), "big") % (PORTS[1] - PORTS[0]) for _ in range(3)]
            kept = json.dumps(drawn)
            self.outbox.write(_PORTS, kept)
        return tuple(json.loads(kept))

    # ------------------------------------------------------------ while nobody answers

    def fetch_manifest(self) -> None:
        """Fetch the manifest and keep it for a start without the server."""
        self._fetched_ns = self.clock.steady_ns()
        reply = self.server.manifest(self.clock.machine())
        text, signature = reply.said.get("manifest"), reply.said.get("signature")
        if isinstance(text, str) and isinstance(signature, str):
            self._believe(text, signature)

    def _believe(self, text: str, signature: str) -> None:
        with suppress(BadManifest, keys.BadKey, ValueError):
            server_key = keys.public(self.config.server_key)
            raw = text.encode("utf-8")
            found = manifest.parse(raw, bytes.fromhex(signature), server_key, device=self.config.device)
            if self._manifest is None or found.issued_at >= self._manifest.issued_at:
                self._manifest = found
                self.outbox.write(_IN_MEMORY, f"{signature} {text}")

    def _manifest_is_due(self, leases: object) -> bool:
        """Tell whether a manifest is wanted: none yet, an old one, or one with other leases than the server names."""
        if not self.config.server_key:
            return False
        known = [] if self._manifest is None else sorted(one.id for one in self._manifest.leases)
        if isinstance(leases, list) and leases != known:
            return True
        return self._fetched_ns is None or self.clock.steady_ns() - self._fetched_ns > MANIFEST_EVERY_NS

    def _remembered(self) -> None:
        signature, _, text = (self.outbox.note(_IN_MEMORY) or "").partition(" ")
        if text:
            self._believe(text, signature)
        door = json.loads(self.outbox.note(_DOOR) or "{}")
        self._page = door.get("page", "")
        self.tokens = [Token(token, datetime.fromisoformat(until)) for token, until in door.get("tokens", ())]

    def shown(self, after: int) -> dict[str, Any]:
        """Return what the bridge shows: the newest scans that the server has not, each with its provisional word.

        Bytes go only with EXPECTED; anything else is a STOP whose bytes nobody needs.
        """
        now = self.clock.now()
        found = self.outbox.after(max(after, self._away_since), MOST_SHOWN)
        return {"scans": [self._line(one.event, now) for one in found if _is_fresh(one.event, now)]}

    def _line(self, event: ScanEvent, now: datetime) -> dict[str, Any]:
        offline = manifest.verdict(self._manifest, event.data, now)
        line = {"seq": event.seq, "aim": event.aim, "source": event.source_class, "word": offline.word.value}
        if offline.word is Word.EXPECTED:
            line |= {"data": event.data.hex(), "role": offline.role, "steps": list(offline.steps), "provisional": True}
            line |= {"lease": offline.lease} if offline.lease else {}
        return line

    # ------------------------------------------------------------ the process

    def run(self, sources: Sequence[Source], stop: threading.Event) -> None:
        """Read every source and hand in, until *stop* is set."""
        threads = [threading.Thread(target=self._read, args=(one, stop), daemon=True) for one in sources]
        for thread in threads:
            thread.start()
        wait = FIRST_WAIT
        while not stop.is_set():
            self._wake.clear()
            if self.push():
                wait = FIRST_WAIT
                more = bool(self.outbox.waiting()) and not self.outbox.note("refused")
                if not more and not stop.is_set():
                    self._wake.wait(BEAT)
            else:
                stop.wait(wait * (0.5 + int.from_bytes(self._chance(1), "big") / 255))
                wait = min(wait * 2, SLOWEST)
        self.bridge.close()

    def _read(self, source: Source, stop: threading.Event) -> None:
        for scan in source.events(stop):
            self.take(scan, source.source_class)


def _is_fresh(event: ScanEvent, now: datetime) -> bool:
    return now - datetime.fromisoformat(event.t_device) <= SHOWN_FOR
