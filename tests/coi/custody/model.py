"""Custody a second time, in a few words of its own: what the book of the trade says, and nothing of the product's code.

Written from the roles and handoffs of the trade (H1 to H17 and the ways beside them): for each deed where it is done,
what it makes of the things in hand, who gives and who takes. ``objections`` says why a deed must not be;
``apply`` carries a deed out. What the rules of the product answer is held against both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

BAG, VESSEL, SAMPLE, PRODUCT = "starting_material", "intermediate", "sample", "drug_product"
COL, COU, DEP, MFG, TRT = "collection", "courier", "depot", "manufacturing", "treatment"
LAB, WARD = "treatment/lab", "treatment/ward"
ENDS = frozenset({"consumed", "administered", "partly_administered", "destroyed", "returned", "tested", "lost"})
"""Every way in which a container can end; there is no other."""
ROAD = (
    "DRAFT", "ORDERED", "SCHEDULED", "COLLECTING", "COLLECTED", "IN_TRANSIT_TO_MFG", "RECEIVED_AT_MFG", "ACCEPTED",
    "MANUFACTURING", "CRYOPRESERVED", "FINISHED", "QC_PENDING", "RELEASED", "IN_TRANSIT_TO_SITE", "RECEIVED_AT_SITE",
    "STORED_AT_SITE", "READY_FOR_INFUSION", "THAWING", "INFUSING", "INFUSED", "PARTIAL", "RECONCILED",
)  # fmt: skip
OFF = frozenset({"MANUFACTURING_FAILED", "REJECTED", "LOST", "CANCELLED", "WITHDRAWN", "DECEASED", "DESTROYED"})
RETURNS = {
    "x_remake": {"MANUFACTURING_FAILED", "REJECTED"},
    "x_recollect": {"MANUFACTURING_FAILED", "REJECTED", "DESTROYED", "LOST"},
    "x_found": {"LOST"},
}
"""The three ways back onto the road, and from where: who has died, withdrawn or cancelled has none."""
NEARER = frozenset({"filling", "accepted", "in_process", "thawed", "issued", "infusing", "administered"})
"""States in which cells are worked on, or are nearer to a patient."""
HAND_TO_HAND = {"h5_offer": MFG, "h12_offer": LAB, "h15_issue": WARD}
"""Who is given to in a house that makes what it gives: nobody carries between them."""
CERTIFIES = frozenset({"h11_release", "h11_again", "h11_oos_release"})
DROPS_OFFERS = frozenset({"x_lost", "x_cancel", "x_withdraw", "x_deceased"})
FILLS = frozenset({"h9_transfer", "h9_pool", "h9_split", "h9_sample", "h10_fill"})
BEGUN = frozenset({"infusing", "interrupted"})


@dataclass(frozen=True, slots=True)
class Deed:
    """One deed of the trade: where, what becomes of the things in hand, who has them next, how far the order is."""

    at: str
    moves: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By kind: the states in which a thing is taken up, and the state in which it is left."""
    makes: str = ""
    gives: str = ""
    takes: bool = False
    to: str = ""
    back: bool = False
    """Whether the order may go back by it."""
    packs: bool = False
    opens: bool = False


def _destroys(kind: str, at: str, states: str) -> Deed:
    return Deed(at, {kind: (states, "destroyed")})


_BAGS = "filling collected received accepted in_process"
_DOSES = "stored retrieved received thawed issued"
DEEDS: Mapping[str, Deed] = {
    "h1_submit": Deed(TRT, to="ORDERED"),
    "h2_schedule": Deed(TRT, makes=BAG, to="SCHEDULED"),
    "h3_begin": Deed(COL, {BAG: ("registered", "filling")}, to="COLLECTING"),
    "h4_abort": Deed(COL, {BAG: ("filling", "destroyed")}, makes=BAG, to="SCHEDULED", back=True),
    "h4_end": Deed(COL, {BAG: ("filling", "collected")}, to="COLLECTED"),
    "h4_another_day": Deed(COL, makes=BAG, to="SCHEDULED", back=True),
    "h5_pack": Deed(COL, {BAG: ("collected", "sealed")}, packs=True),
    "h5_unpack": Deed(COL, {BAG: ("sealed", "collected")}, opens=True),
    "h5_offer": Deed(COL, gives=COU),
    "h5_accept": Deed(COU, takes=True, to="IN_TRANSIT_TO_MFG"),
    "h6_offer": Deed(COU, gives=DEP),
    "h6_accept": Deed(DEP, takes=True),
    "h6_onward": Deed(DEP, gives=COU),
    "h6_pickup": Deed(COU, takes=True),
    "h7_deliver": Deed(COU, gives=MFG),
    "h7_receive": Deed(MFG, {BAG: ("sealed collected", "received")}, takes=True, to="RECEIVED_AT_MFG", opens=True),
    "h7_accept": Deed(MFG, {BAG: ("received", "accepted")}, to="ACCEPTED"),
    "h8_start": Deed(MFG, {BAG: ("accepted", "in_process")}, makes=VESSEL, to="MANUFACTURING"),
    "h8_add": Deed(MFG, {BAG: ("accepted", "in_process")}),
    "h9_transfer": Deed(MFG, {BAG: ("in_process", "consumed"), VESSEL: ("registered", "in_process")}),
    "h9_pool": Deed(MFG, {BAG: ("in_process", "consumed"), VESSEL: ("in_process", "in_process")}),
    "h9_split_print": Deed(MFG, {VESSEL: ("in_process", "in_process")}, makes=VESSEL),
    "h9_split": Deed(MFG, {VESSEL: ("registered in_process", "in_process")}),
    "h9_sample_print": Deed(MFG, {VESSEL: ("in_process", "in_process")}, makes=SAMPLE),
    "h9_sample": Deed(MFG, {VESSEL: ("in_process", "in_process"), SAMPLE: ("registered", "in_process")}),
    "h9_unused": Deed(MFG, {SAMPLE: ("registered", "destroyed")}),
    "h10_print": Deed(MFG, {VESSEL: ("in_process", "in_process")}, makes=PRODUCT),
    "h10_fill": Deed(MFG, {VESSEL: ("in_process", "in_process"), PRODUCT: ("registered", "stored")}),
    "h10_unused": Deed(MFG, {PRODUCT: ("registered", "destroyed")}),
    "h10_close": Deed(MFG, {VESSEL: ("in_process", "consumed")}, to="CRYOPRESERVED"),
    "h11_test": Deed(MFG, {SAMPLE: ("in_process", "tested")}),
    "h11_qc": Deed(MFG, to="QC_PENDING"),
    "h11_release": Deed(MFG, to="RELEASED"),
    "h11_oos_release": Deed(MFG, to="RELEASED"),
    "h11_again": Deed(MFG),
    "h11_reject": Deed(MFG, to="REJECTED", back=True),
    "h12_pick": Deed(MFG, {PRODUCT: ("stored", "retrieved")}),
    "h12_pack": Deed(MFG, {PRODUCT: ("retrieved", "sealed")}, packs=True),
    "h12_unpack": Deed(MFG, {PRODUCT: ("sealed", "retrieved")}, opens=True),
    "h12_putback": Deed(MFG, {PRODUCT: ("retrieved", "stored")}),
    "h12_offer": Deed(MFG, gives=COU),
    "h12_accept": Deed(COU, takes=True, to="IN_TRANSIT_TO_SITE"),
    "h13_deliver": Deed(COU, gives=LAB),
    "h13_receive": Deed(
        LAB, {PRODUCT: ("sealed retrieved", "received")}, takes=True, to="RECEIVED_AT_SITE", opens=True
    ),
    "h13_store": Deed(LAB, {PRODUCT: ("received", "stored")}, to="STORED_AT_SITE"),
    "h14_ready": Deed(TRT, to="READY_FOR_INFUSION"),
    "h14_postpone": Deed(TRT, to="STORED_AT_SITE", back=True),
    "h14_retrieve": Deed(LAB, {PRODUCT: ("stored", "retrieved")}),
    "h14_putback": Deed(LAB, {PRODUCT: ("retrieved", "stored")}),
    "h14_thaw": Deed(LAB, {PRODUCT: ("retrieved", "thawed")}, to="THAWING"),
    "h15_issue": Deed(LAB, gives=WARD),
    "h15_accept": Deed(WARD, {PRODUCT: ("thawed retrieved received", "issued")}, takes=True),
    "h16_start": Deed(WARD, {PRODUCT: ("issued", "infusing")}, to="INFUSING"),
    "h16_unverified": Deed(WARD, {PRODUCT: ("thawed issued infusing interrupted", "administered")}),
    "h17_stop": Deed(WARD, {PRODUCT: ("infusing", "interrupted")}),
    "h17_resume": Deed(WARD, {PRODUCT: ("interrupted", "infusing")}),
    "h17_discard": Deed(WARD, {PRODUCT: ("infusing interrupted", "partly_administered")}),
    "h17_end": Deed(WARD, {PRODUCT: ("infusing", "administered")}),
    "h17_reconcile": Deed(TRT, to="RECONCILED"),
    "x_fail": Deed(MFG, to="MANUFACTURING_FAILED", back=True),
    "x_remake": Deed(MFG, {BAG: ("accepted", "accepted")}, to="ACCEPTED", back=True),
    "x_recollect": Deed(TRT, makes=BAG, to="SCHEDULED", back=True),
    "x_lost": Deed(COU, to="LOST", back=True),
    "x_cancel": Deed(TRT, to="CANCELLED", back=True),
    "x_withdraw": Deed(TRT, to="WITHDRAWN", back=True),
    "x_deceased": Deed(TRT, to="DECEASED", back=True),
    "x_close": Deed(TRT, to="RECONCILED", back=True),
    "r_pack": Deed(LAB, {PRODUCT: ("received stored retrieved", "sealed")}, packs=True),
    "r_offer": Deed(LAB, gives=COU),
    "r_accept": Deed(COU, takes=True),
    "r_deliver": Deed(COU, gives=MFG),
    "r_receive": Deed(MFG, {PRODUCT: ("sealed", "received")}, takes=True, opens=True),
    "r_receive_bag": Deed(MFG, {BAG: ("sealed", "received")}, takes=True, opens=True),
    "r_restock": Deed(MFG, {PRODUCT: ("received", "stored")}),
    "x_destroy_bag_collection": _destroys(BAG, COL, _BAGS),
    "x_destroy_bag_manufacturing": _destroys(BAG, MFG, _BAGS),
    "x_destroy_vessel_manufacturing": _destroys(VESSEL, MFG, "in_process"),
    "x_destroy_sample_manufacturing": _destroys(SAMPLE, MFG, "in_process"),
    "x_destroy_product_manufacturing": _destroys(PRODUCT, MFG, _DOSES),
    "x_destroy_product_lab": _destroys(PRODUCT, LAB, _DOSES),
    "x_destroy_product_ward": _destroys(PRODUCT, WARD, _DOSES),
}
"""Deeds that change a thing, its holder or the order; every other step must change none of them."""
UNUSED = {"x_unused_collection": {BAG}, "x_unused_factory": {VESSEL, SAMPLE, PRODUCT}}


@dataclass(frozen=True, slots=True)
class Act:
    """One deed as the people do it."""

    step: str
    by: str
    at: datetime
    things: tuple[str, ...] = ()
    """Own containers that were scanned."""
    box: str = ""
    """The shipper that was scanned, or the new site that was named."""
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
    offered: tuple[str, str] | None = None
    """To whom, and by which person."""
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
        if not thing.live:
            yield f"has its end already: {thing.state}"
        if thing.state not in before.split():
            yield f"is {thing.state}, not {before}"
        if not deed.takes and thing.holder not in {None, here}:
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

    def apply(self, act: Act) -> None:  # noqa: C901, PLR0912  one case a deed
        """Carry an act out."""
        deed = DEEDS.get(act.step, Deed(TRT))
        held = self.in_hand(act)
        if act.step == "h8_start":
            self.lot += 1
        if deed.makes:
            born = None if deed.makes == BAG else self.point(deed.at)
            self.things |= {name: Thing(deed.makes, holder=born, lot=self.lot) for name in act.new}
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
                thing.holder, thing.offered = self.point(deed.at), None
            if deed.gives:
                thing.offered = (self.point(deed.gives if COU in self.sites else HAND_TO_HAND[act.step]), act.by)
            thing.state = deed.moves.get(thing.kind, ("", thing.state))[1]
        if deed.packs:
            self.boxes[act.box] = tuple(held)
        if act.step == "x_written_off":
            for name in [name for box in self.boxes.values() for name in box]:
                self.things[name].state = "lost"
            self.boxes.clear()
        if deed.opens:
            self.boxes.pop(act.box, None)
        for thing in self.things.values():
            if act.step in DROPS_OFFERS:
                thing.offered = None
            if thing.kind in UNUSED.get(act.step, ()) and thing.state == "registered":
                thing.state = "destroyed"
        if act.step in CERTIFIES:
            stored = {n for n, t in self.things.items() if t.kind == PRODUCT and t.state == "stored"}
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
        elif act.step.startswith(("h16_unv", "h17_disc", "h17_end", "x_destroy_product")):
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
        if self.at in OFF or not ends or not ends <= ENDS:
            return ""
        return (
            "INFUSED"
            if ends == {"administered"}
            else "PARTIAL"
            if any("administered" in e for e in ends)
            else "DESTROYED"
        )
