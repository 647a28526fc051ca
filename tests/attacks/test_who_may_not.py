"""Whoever may not, asks all the same: for an erasure, an override, a release, the lift of a hold, over page and API.

Every role of the house tries deeds that are kept for others, with its own password and a second person's.
Each is refused, stands in the ledger as one entry that names nobody, and has changed nothing. A route of the API that
takes a deed and stands in no list below fails the test: somebody has to say who may.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from coi import ledger, vault
from coi.app import PROJECTIONS
from coi.custody import erasure_actions, protocol_store, store
from coi.demo.cast import PEOPLE
from coi.labelling import store as pieces
from coi.people import devices
from coi.quality import actions as quality_actions
from coi.quality import store as quality
from tests import programs, wanderer
from tests import world as worlds
from tests.coi.test_web import PAGE
from tests.programs import BASE, Programs
from tests.scanner_stations import Program

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.conftest import MakeDatabase

QUALITY = frozenset({"hospitalqa", "qa", "qp"})
TELLERS = frozenset(
    {"apheresis1", "apheresis2", "celllab1", "celllab2", "pharmacist", "operator1", "operator2", "supervisor"}
)
FEW = frozenset({"courier", "nurse2", "admin"})
ADMIN = frozenset({"admin", "sysadmin"})
WRITERS = frozenset({"hospitalqa", "qa", "documents"})
TRIES = tuple({(one.role, one.site == "hospital"): one.login for one in PEOPLE if one.site != "south"}.values())
"""One person of each role at the hospital and elsewhere; who has no part in the order is in test_who_asks."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A deed that is kept for some: where it is asked for, with what, and by whom it may be."""

    rule: str
    """The route, as the application names it."""
    may: frozenset[str]
    said: Mapping[str, object] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    """Words of the address beside the things of the scene."""
    drawn: bool = False
    """Whether its refusal draws a whole protocol: then a few try it, for each takes its time."""


SIGNED = {"secret": "{secret}", "login": "{second}", "other": "{secret}"}
WHO = {"login": "{login}", "secret": "{secret}"}
SECOND = {"login": "{second}", "secret": "{secret}"}
VERBS = (
    Verb("/orders/<name>/erasure", frozenset({"hospitalqa"}), {**SIGNED, "basis": "patient_request"}),
    Verb("/orders/<name>/erasure/hold", frozenset({"hospitalqa"}), {**SIGNED, "why": "authority"}),
    Verb("/orders/<name>/erasure/hold/<hold>", frozenset({"hospitalqa"}), SIGNED, {"hold": "{legal}"}),
    Verb("/holds/<hold>/lift", QUALITY, {"secret": "{secret}", "basis": "label_and_record_agree"}),
    Verb(f"{BASE}/holds/<hold>/lift", QUALITY, {**WHO, "basis": "label_and_record_agree"}),
    Verb("/orders/<name>/labels/<piece>/fate", TELLERS, {**SIGNED, "why": "lost", "fate": "spoiled"}),
    Verb("/orders/<name>/labels/<piece>/reprint", TELLERS, {**SIGNED, "why": "damaged", "fate": "destroyed"}),
    Verb(
        f"{BASE}/orders/<order>/labels/<piece>/reprint", TELLERS,
        {**WHO, "why": "damaged", "fate": "destroyed", "second": SECOND},
    ),
    Verb("/orders/<name>/protocol", frozenset({"hospitalqa", "qa"}), {**SIGNED, "sha256": "{protocol}"}),
    Verb("/protocols/<name>/approve", WRITERS, {"secret": "{secret}"}, {"name": "{protocol}"}, drawn=True),
    Verb(
        "/protocols/<name>/retire", WRITERS, {"secret": "{secret}", "why": "faulty"}, {"name": "{protocol}"},
        drawn=True,
    ),
    Verb("/devices/<device>/<verb>", ADMIN, {}, {"verb": "retire"}),
    Verb(f"{BASE}/devices/<device>/suspend", ADMIN),
    Verb(f"{BASE}/devices/<device>/retire", ADMIN),
    Verb(f"{BASE}/orders", frozenset({"coordinator"}), {
        "patient": {"name": "A", "birth_date": "1970-01-01", "issuer": "N", "record_number": "9"},
        "product": "FRESH-CAR-T", "collection": "{treatment}", "manufacturing": "{manufacturing}",
        "treatment": "{treatment}", "courier": "{courier}",
    }),
    *(
        Verb(f"{BASE}/orders/<order>/checkpoints/<checkpoint>", may, {"scans": [], "values": {}}, {"checkpoint": step})
        for step, may in {
            "x_written_off": frozenset({"qa"}),
            "h11_release": frozenset({"qp"}),
            "h11_oos_release": frozenset({"qp"}),
            "h11_revoke": frozenset({"qp"}),
            "x_cancel": frozenset({"physician", "coordinator"}),
            "x_change_site": frozenset({"physician"}),
            "x_recollect": frozenset({"physician"}),
            "h16_unverified": frozenset({"physician"}),
            "x_close": frozenset({"pharmacist", "hospitalqa"}),
        }.items()
    ),
)  # fmt: skip
"""What is kept for some."""
ALWAYS = 5
"""So many of the first are tried by everybody, each other one by every third."""

FREE = frozenset(
    {
        f"{BASE}/prepared/<statement>/signatures",
        f"{BASE}/orders/<order>/identity-review",
        f"{BASE}/protocols/check",
        f"{BASE}/devices",
        f"{BASE}/devices/<device>/nonces",
    }
)
"""What is kept for nobody: whoever works here signs what waits for it, proposes, checks, and stands at a station."""
ELSEWHERE = {
    "coi/people/test_refusals.py": {f"{BASE}/orders/<order>/decline"},
    "coi/people/test_devices.py": {f"{BASE}/devices/<device>/qualify"},
    "coi/custody/api/test_holds.py": {f"{BASE}/orders/<order>/labels/<piece>/fate"},
    "coi/custody/api/test_traces.py": {f"{BASE}/orders/<order>/shipments/<shipment>/traces"},
}
"""Routes whose own room asks who may, by the tests that do."""


@dataclass(slots=True)
class Scene:
    """A house in the middle of its work: an order on hold at the factory, a legal hold, a station."""

    town: Programs
    order: str
    known: dict[str, str]
    """What stands for each part of an address and each word in braces."""

    def picture(self) -> tuple[object, ...]:
        """Return everything that a refused deed must have left as it was."""

        def work(session: Session) -> tuple[object, ...]:
            patient = self.town.world.road.order(self.order).patient
            return (
                quality.of_order(session, self.order),
                pieces.of_order(session, self.order),
                vault.legal_holds(session, patient),
                vault.is_erased(session, patient),
                protocol_store.all_(session),
                devices.device(session, self.known["device"]),
                len(store.at_sites(session, tuple(self.town.world.road.sites.values()), open_only=False)),
            )

        order = self.town.world.road.order(self.order)
        return (*self.town.world.database.read(work), order.state, order.containers, order.sites, order.protocol_sha256)

    def address(self, verb: Verb) -> str:
        """Return where a deed is asked for."""
        known = self.known | {part: self.filled(text, "") for part, text in verb.parts.items()}
        return re.sub(r"<(\w+)>", lambda part: known[part[1]], verb.rule)

    def filled(self, text: str, login: str) -> str:
        """Return a text with the words of this scene."""
        road = self.town.world.road
        second = "nurse2" if login == "physician" else "physician"
        return text.format(
            **self.known, **road.sites, secret=road.secret, login=road.login(login) if login else "",
            second=road.login(second),
        )  # fmt: skip

    def said(self, value: object, login: str) -> Any:  # noqa: ANN401  a body is any JSON
        """Return a body with the words of this scene."""
        if isinstance(value, Mapping):
            return {name: self.said(inner, login) for name, inner in value.items()}
        return self.filled(value, login) if isinstance(value, str) else value


@pytest.fixture
def scene(make_database: MakeDatabase, tmp_path: Path) -> Scene:
    """A bag at the factory, under a hold; the patient's data under a legal hold."""
    world = wanderer.quick(worlds.make(make_database(*PROJECTIONS), tmp_path))
    town = programs.serve(world)
    road, name = world.road, world.order(0, "h7_accept")
    patient = road.order(name).patient
    hospital = road.sites["treatment"]

    def held(session: Session) -> tuple[str, str, str]:
        quality_of = road.deed("qa_reviewer", hospital)
        order = store.load(session, name)
        legal = erasure_actions.place_legal_hold(
            session, quality_of, order, "claim", [(road.login("hospitalqa"), road.secret)]
        )
        operator = road.deed("mfg_operator", road.sites["manufacturing"])
        hold = quality_actions.place(
            session, order.chain, name, operator.by, product=order.product, why="damage_seen", containers=(),
            common=operator.common(),
        )  # fmt: skip
        program = Program(site=hospital)
        device = devices.propose(
            session, hospital, program.jwk, "A trolley's scanner", by=quality_of.by.id, at=operator.at
        )
        devices.qualify_in_demo(session, device.id, at=operator.at)
        return str(legal.stmt["hold"]), str(hold), device.id

    legal, hold, device = world.database.run(held)
    piece = world.database.read(lambda session: pieces.of_order(session, name))[-1].id
    sha256 = world.database.read(lambda session: protocol_store.all_(session)[0].sha256)
    names = {"name": name, "order": name, "hold": hold, "legal": legal, "device": device, "piece": piece}
    assert patient
    return Scene(town, name, {**names, "protocol": sha256})


def test_every_deed_of_the_api_has_its_place_here(scene: Scene) -> None:
    """Each is kept for some and tried below, kept for nobody, or asked about in its own room."""
    served = {rule.rule for rule in scene.town.app.url_map.iter_rules() if "POST" in (rule.methods or set())}
    known = {verb.rule for verb in VERBS}
    elsewhere = {rule for rules in ELSEWHERE.values() for rule in rules}

    assert known <= served
    assert {rule for rule in known if rule.startswith(BASE)} | FREE | elsewhere == {
        rule for rule in served if rule.startswith(BASE)
    }
    assert [] == [name for name in ELSEWHERE if not (Path(__file__).parents[1] / name).is_file()]


def test_who_may_not_is_refused_and_written_down_whatever_the_deed(scene: Scene) -> None:
    """Whoever tries a deed that is kept for others: one entry, nothing told of the patient, nothing changed."""
    town, world = scene.town, scene.town.world
    facts, before = world.patient(0), scene.picture()
    words = (facts.name, facts.birth_date, facts.record_number)
    tried = 0
    for number, login in enumerate(TRIES):
        browser = town.browser(world.road.login(login))
        token = browser.headers["X-CSRFToken"]
        for verb in (*VERBS[:ALWAYS], *VERBS[ALWAYS + number % 3 :: 3]):
            if login in verb.may or (verb.drawn and login not in FEW):
                continue
            case, address = (login, verb.rule, dict(verb.parts)), scene.address(verb)
            counted = world.database.read(ledger.count)
            said = scene.said(verb.said, login)
            if address.startswith(BASE):
                reply = browser.post(address.removeprefix(BASE), said)
            else:
                form = {**said, "csrf_token": token, "once": programs.key()}
                reply = browser.client.post(address, data=form, headers=PAGE)

            if reply.status_code == 404 and "device" in verb.rule:  # a station of another site is nobody's business
                assert world.database.read(ledger.count) == counted, case
                continue
            assert reply.status_code in {403, 409}, (case, reply.status_code, reply.get_data(as_text=True)[-600:])
            (entry,) = world.database.read(lambda session: ledger.recent(session, 1))
            assert world.database.read(ledger.count) == counted + 1, case
            assert (entry.stmt["outcome"], entry.stmt["actor"]) == ("blocked", world.road.persons[login]), case
            assert entry.type == (
                "deed.refused" if "checkpoint" not in verb.parts else f"custody.{verb.parts['checkpoint']}"
            )
            told = reply.get_data(as_text=True) + entry.body.decode()
            assert not any(word in told for word in words), case
            tried += 1
    assert tried > len(TRIES) * len(VERBS) // 3
    assert scene.picture() == before
    world.is_whole()
