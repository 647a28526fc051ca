"""Custody a second time, in a few words of its own: what the book of the trade says, and nothing of the product's code.

``trade`` says what each deed makes of the things in hand; here is one order's custody as those deeds make it.
``objections`` says why a deed must not be; ``apply`` carries a deed out. What the rules of the product answer is held
against both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.coi.custody.trade import (
    BAG,
    BEGUN,
    CERTIFIES,
    COU,
    DEEDS,
    DROPS_OFFERS,
    ENDS,
    FILLS,
    HAND_TO_HAND,
    NEARER,
    OFF,
    PRODUCT,
    RETURNS,
    ROAD,
    TRT,
    UNUSED,
    VESSEL,
    Deed,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Act:
    """One deed as the people do it."""

    step: str
    by: str
    at: datetime
    things: tuple[str, ...] = ()
    """Own containers that were scanned."""
    box: str = ""
    """The shipper that was scanned, or the new site or the missing thing that was named."""
    seen: datetime | None = None
    """When the first of the things was scanned."""
    new: tuple[str, ...] = ()
    """Names for what the deed makes."""
    wristband: bool = False
    bars: frozenset[str] = frozenset()
    """Of the things: those whose bar code was read as well."""
    signers: tuple[str, ...] = ()


@dataclass(slots=True)
class Thing:
    """One container."""

    kind: str
    state: str = "registered"
    holder: str | None = None
    lot: int = 0
    offered: tuple[str, str, datetime] | None = None
    """To whom, by which person, and when."""
    thawed: datetime | None = None
    verified: bool = False
    parents: tuple[str, ...] = ()

    @property
    def live(self) -> bool:
        """Whether its fate is open."""
        return self.state not in ENDS


@dataclass(slots=True)
class Custody:
    """One order: how far it is, its things, who holds them, and what is released."""

    frozen: bool
    sites: dict[str, str]
    finished: str
    at: str = "DRAFT"
    left: str = ""
    lot: int = 0
    things: dict[str, Thing] = field(default_factory=dict)
    boxes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Sealed shippers and what is in them."""
    released: frozenset[str] = frozenset()
    unverified: set[str] = field(default_factory=set)
    holds: list[frozenset[str]] = field(default_factory=list)
    """What each open hold names; nothing is the whole order."""
    clock: timedelta = timedelta(minutes=60)

    def point(self, where: str) -> str:
        """Return the custody point of a part of the order."""
        part, slash, unit = where.partition("/")
        return f"{self.sites[part]}{slash}{unit}"

    def in_hand(self, act: Act) -> dict[str, Thing]:
        """Return the things that an act is about: what was scanned, else what lies in the box."""
        names = act.things or self.boxes.get(act.box, ())
        return {name: self.things[name] for name in names}

    def bound(self, things: Iterable[str]) -> bool:
        """Say whether a hold is on the order, on one of the things, or on what one was made from."""
        from_, open_ = set[str](), list(things)
        while open_:
            name = open_.pop()
            from_.add(name)
            open_ += self.things[name].parents
        return any(not hold or hold & from_ for hold in self.holds)

    def objections(self, act: Act, *, quarantine: bool = False) -> Iterator[str]:
        """Yield every reason for which the trade forbids an act; a receipt into quarantine may take what is held."""
        deed, held = DEEDS.get(act.step, Deed(TRT)), self.in_hand(act)
        yield from self._of_order(act, deed, held, quarantine=quarantine)
        for name, thing in held.items() if act.step in DEEDS else ():
            for rule in (self._of_place, self._of_progress, self._of_bedside):
                yield from (f"{name} {why}" for why in rule(act, deed, name, thing))
        if act.step == "h16_start":
            if not act.wristband or act.bars != frozenset(act.things) or len(act.things) != 1:
                yield "an infusion without wristband and both symbols of one bag"
            if len(set(act.signers)) != 2:
                yield "an infusion without two persons"
        if deed.gives and not held:
            yield "nothing to give"
        if act.step in {"h17_reconcile", "x_close"} and any(thing.live for thing in self.things.values()):
            yield "the books closed over a thing without its end"

    def _of_order(self, act: Act, deed: Deed, held: Mapping[str, Thing], *, quarantine: bool) -> Iterator[str]:
        if self.at in OFF and deed.to in ROAD[:-1] and self.at not in RETURNS.get(act.step, ()):
            yield f"a stopped order ({self.at}) does not go on to {deed.to}"
        if self.bound(held) and not quarantine and not deed.back:
            if deed.to and self._ahead(deed.to) and act.step != "h17_reconcile":
                yield f"the order goes forward to {deed.to} under a hold"
            if act.step in CERTIFIES:
                yield "a release under a hold"

    def _of_place(self, act: Act, deed: Deed, _name: str, thing: Thing) -> Iterator[str]:
        """Yield what is wrong about where a thing is, whose it is, and how it stands."""
        here, before = self.point(deed.at), deed.moves.get(thing.kind, (thing.state, ""))[0]
        turned_up = thing.state == "lost" and deed.moves.get(thing.kind, ("", ""))[1] == "destroyed"
        if not thing.live and not turned_up:
            yield f"has its end already: {thing.state}"
        if thing.state not in before.split():
            yield f"is {thing.state}, not {before}"
        if not deed.takes and not turned_up and thing.holder not in {None, here}:
            yield f"is at {thing.holder}, not at {here}"
        if deed.takes and (thing.offered is None or thing.offered[0] != here):
            yield f"was not offered to {here}: {thing.offered}"
        if deed.takes and thing.offered is not None and thing.offered[1] == act.by:
            yield "is taken by who gave it"
        if deed.gives and thing.offered is not None:
            yield "is offered already"

    def _of_progress(self, act: Act, deed: Deed, name: str, thing: Thing) -> Iterator[str]:
        """Yield what is wrong about going nearer to a patient: a hold, a stop, a certificate that does not name it."""
        after = deed.moves.get(thing.kind, ("", thing.state))[1]
        recorded = act.step == "h16_unverified" or (thing.state in BEGUN and act.step != "h17_resume")
        nearer = after in NEARER or (deed.packs and act.step != "r_pack")
        if after == thing.state or not nearer or recorded:
            return
        if self.bound((name,)):
            yield f"becomes {after} under a hold"
        if self.at in OFF:
            yield f"becomes {after} in a stopped order"
        if thing.kind == PRODUCT and name not in self.released:
            yield "is not on the certificate"

    def _of_bedside(self, act: Act, deed: Deed, _name: str, thing: Thing) -> Iterator[str]:
        after = deed.moves.get(thing.kind, ("", ""))[1]
        late = thing.thawed is None or act.at >= thing.thawed + self.clock
        if act.step == "h16_start" and self.frozen and late:
            yield "is not thawed within the clock"
        if after == "administered" and not thing.verified and act.step != "h16_unverified":
            yield "was not verified at the bedside"

    def _ahead(self, to: str) -> bool:
        return self.at in ROAD and ROAD.index(to) > ROAD.index(self.at)

    def apply(self, act: Act) -> None:  # noqa: C901, PLR0912, PLR0915  one case a deed
        """Carry an act out."""
        deed = DEEDS.get(act.step, Deed(TRT))
        held = self.in_hand(act)
        if act.step == "h8_start":
            self.lot += 1
        if deed.makes:
            born = None if deed.makes == BAG else self.point(deed.at)
            self.things |= {name: Thing(deed.makes, holder=born, lot=self.lot) for name in act.new}
        taken: set[tuple[str, str, datetime] | None] = set()
        if act.step == "x_change_site":
            self.sites[TRT] = act.box
        for name, thing in held.items():
            others = tuple(other for other in held if other != name)
            if act.step in FILLS and (thing.state == "registered" or (act.step == "h9_pool" and thing.kind == VESSEL)):
                thing.parents += others
            if act.step == "h14_thaw":
                thing.thawed = act.seen
            if act.step == "h16_start":
                thing.verified = True
            if act.step == "h16_unverified":
                self.unverified.add(name)
            if deed.takes or act.step == "h3_begin":
                taken.add(thing.offered)
                thing.holder = self.point(deed.at)
            if deed.gives:
                thing.offered = (
                    self.point(deed.gives if COU in self.sites else HAND_TO_HAND[act.step]),
                    act.by,
                    act.at,
                )
            if name in act.things:  # what was not seen is taken with its box, and stays as it was
                thing.state = deed.moves.get(thing.kind, ("", thing.state))[1]
        if deed.packs:
            self.boxes[act.box] = tuple(held)
        if act.step == "x_written_off" and act.box in self.things:  # named by its label: nobody waits for it any more
            taken.add(self.things[act.box].offered)
            self.things[act.box].state = "lost"
        elif act.step == "x_written_off":
            boxed = {name for box in self.boxes.values() for name in box}
            stopped = self.at in OFF
            for name, thing in self.things.items():
                if thing.state == "sealed" and (stopped or name not in boxed):
                    thing.state = "lost"
            if stopped:
                self.boxes.clear()
        if deed.opens:
            self.boxes.pop(act.box, None)
        for thing in self.things.values():
            if act.step in DROPS_OFFERS or thing.offered in taken:  # an offer is one gesture: taken in part, it is over
                thing.offered = None
            if thing.kind in UNUSED.get(act.step, ()) and thing.state == "registered":
                thing.state = "destroyed"
        if act.step in CERTIFIES:
            stored = {n for n, t in self.things.items() if t.kind == PRODUCT and t.state not in {*ENDS, "registered"}}
            self.released = frozenset(name for name in stored if self.things[name].lot == self.lot)
        if act.step in {"h11_revoke", "x_recollect"}:
            self.released = frozenset()
        self._reach(act, deed)

    def decline(self, things: Iterable[str]) -> None:
        """Take back the offer of some things: they stay where they are."""
        for name in things:
            self.things[name].offered = None

    def _reach(self, act: Act, deed: Deed) -> None:
        to = self.finished if deed.to == "CRYOPRESERVED" else deed.to
        if act.step == "h14_postpone" and not any(t.state == "stored" for t in self._dose()):
            to = "RECEIVED_AT_SITE" if self.finished == "FINISHED" else to
        if act.step == "h13_store" and any(t.state == "received" for t in self._dose()):
            return
        if act.step == "x_found":
            to = self.left
        elif act.step == "r_restock":
            to = "" if any(t.state == "received" for t in self._dose()) else "RELEASED"
        elif act.step.startswith(("h16_unv", "h17_disc", "h17_end", "x_destroy_product")) or act.box in self.things:
            to = self._given()
        elif not deed.back and to and not self._ahead(to):
            return
        if to in OFF and self.at not in OFF:
            self.left = self.at
        self.at = to or self.at

    def _dose(self) -> list[Thing]:
        return [self.things[name] for name in self.released]

    def _given(self) -> str:
        """Return where an order stands once every bag of its dose has its end; nowhere new before, or where stopped."""
        ends = {thing.state for thing in self._dose()}
        if self.at in {*OFF, "RECONCILED"} or not ends or not ends <= ENDS:
            return ""
        return (
            "INFUSED"
            if ends == {"administered"}
            else "PARTIAL"
            if any("administered" in e for e in ends)
            else "LOST"
            if ends == {"lost"}
            else "DESTROYED"
        )
