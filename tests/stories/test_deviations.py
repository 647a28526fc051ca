"""A mix-up opens a deviation; quality looks into it and closes it by signature, and nobody judges the own deed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted, Unknown
from coi.ledger.entry import instant
from coi.people import person
from coi.quality import actions, deviation_store, deviations
from coi.quality import store as quality
from tests.world import said

if TYPE_CHECKING:
    from coi.ledger.entry import Entry
    from coi.person import Person
    from tests.journeys import Story
    from tests.moments import MakeStory

TEXT = "The bag of the neighbouring place was taken (demo)."


def open_one(story: Story, reason: str = "other_order", outcome: str = "blocked", step: str = "h7_accept") -> str:
    """Refuse a step with the other order's bag, and open the deviation that the refusal shows, as custody does."""
    road = story.world.road
    theirs = road.order(story.other)
    piece = road.piece(theirs, "container", theirs.of_kind("drug_product")[-1].id, "applied")
    done = road.do(story.name, step, instead={"bag": road.read_piece(piece, linear=False)})
    assert done.outcome == "blocked"
    return opened(story, done.entry, reason, outcome)


def opened(story: Story, cause: Entry, reason: str, outcome: str) -> str:
    """Open the deviation that an entry shows."""
    order = story.world.road.order(story.name)
    severity = deviations.opens([reason], outcome)
    assert severity is not None
    scope = deviations.Scope(order.site("manufacturing"), order.id, order.product)
    common = {key: cause.stmt[key] for key in ("actor", "role", "site", "device", "via", "at")}
    return story.world.database.run(
        lambda session: actions.open_deviation(
            session, order.chain, scope, severity=severity, reason=reason, cause=cause, common=common
        )
    )


def somebody(story: Story, login: str) -> Person:
    """Return one of the cast."""
    return story.world.database.read(lambda session: person(session, story.world.road.persons[login]))


def do(story: Story, action: Any, name: str, login: str, *args: object, **more: object) -> Any:  # noqa: ANN401  whatever it gives
    """Do one action on a deviation as one of the cast."""
    by, at = somebody(story, login), story.world.road.clock.now
    return story.world.database.run(lambda session: action(session, name, by, *args, at=at, **more))


def close(story: Story, name: str, login: str, **more: object) -> Entry:
    """Close a deviation as one of the cast, well unless told otherwise."""
    given: dict[str, object] = {
        "root_cause": "wrong_item_taken",
        "impact": "none",
        "text": "Nothing had moved.",
        "sign": (f"{login}@demo.example", story.world.road.secret),
    }
    entry: Entry = do(story, actions.close, name, login, **(given | more))
    return entry


def test_a_deviation_from_its_cause_to_its_end(before: MakeStory) -> None:
    """Opened by the refusal, taken on, looked into, closed by signature; codes in the ledger, words in the vault."""
    story = before("h7_accept")
    world = story.world

    name = open_one(story)
    do(story, actions.take, name, "qa")
    do(story, actions.note, name, "qa", TEXT)
    entry = close(story, name, "qp")

    known = world.database.read(lambda session: deviation_store.deviation(session, name))
    first = said(world.last(story.name, "deviation.opened"))
    assert (known.state, known.severity, known.reason) == ("closed", "major", "other_order")
    assert (known.root_cause, known.impact, known.findings) == ("wrong_item_taken", "none", 1)
    assert (known.taken_by, known.closed_by) == (world.road.persons["qa"], world.road.persons["qp"])
    assert first["concerns"] == [world.last(story.name, "custody.h7_accept").stmt["actor"]]
    assert known.cause == (first["cause"]["chain"], first["cause"]["seq"])
    assert [(one["person"], one["meaning"]) for one in entry.sig] == [(known.closed_by, "approved")]
    assert not any(TEXT.encode() in one.body for one in world.road.entries(story.name))
    read = do_texts(story, name, "inspector")
    assert [TEXT, "Nothing had moved."] == list(read.values())
    assert (known,) == world.database.read(lambda session: deviation_store.of_order(session, story.name))
    world.is_whole()


def do_texts(story: Story, name: str, login: str) -> dict[int, str]:
    """Open the texts of a deviation as one of the cast."""
    by, at = somebody(story, login), story.world.road.clock.now
    return story.world.database.run(
        lambda session: actions.texts(session, deviation_store.deviation(session, name), by, at=at)
    )


def test_who_had_a_hand_in_it_never_closes_it(before: MakeStory) -> None:
    """The reviewer who scanned the wrong bag may look into it, but another one signs."""
    story = before("h7_accept")
    name = open_one(story)
    actor = str(story.world.last(story.name, "custody.h7_accept").stmt["actor"])
    login = next(key for key, value in story.world.road.persons.items() if value == actor)
    worker = login if login in {"qa", "qp"} else "qa"
    do(story, actions.take, name, worker)
    do(story, actions.note, name, worker, TEXT)

    assert worker == login, "the story wants a gate of quality"
    with pytest.raises(NotPermitted, match=r"^Expected somebody who had no hand in the cause, seen one who had\.$"):
        close(story, name, login)
    assert close(story, name, "qp" if login == "qa" else "qa").type == "deviation.closed"


REFUSED: dict[str, tuple[str, dict[str, object], type[Exception], str]] = {
    "an operator": ("operator1", {}, NotPermitted, "Expected qa_reviewer or qa_releaser"),
    "another's signature": (
        "qp",
        {"sign": ("qa@demo.example", "demo-only-Passw0rd")},
        NotPermitted,
        "Expected the sign",
    ),
    "a wrong secret": ("qp", {"sign": ("qp@demo.example", "guess")}, NotAuthenticated, "."),
    "a cause of luck": ("qp", {"root_cause": "luck"}, Malformed, "Expected one of"),
    "an impact of luck": ("qp", {"impact": "luck"}, Malformed, "Expected one of"),
    "no conclusion": ("qp", {"text": " "}, Malformed, "Expected a text of 1 to 4000 characters, seen 0."),
}


@pytest.mark.parametrize(("login", "how", "error", "told"), REFUSED.values(), ids=REFUSED)
def test_it_is_not_closed_so(
    before: MakeStory, login: str, how: dict[str, object], error: type[Exception], told: str
) -> None:
    """Another role, another's signature, a wrong secret, no code, no words: it stays, and no entry is written."""
    story = before("h7_accept")
    name = open_one(story)
    do(story, actions.take, name, "qa")
    do(story, actions.note, name, "qa", TEXT)
    before_it = len(story.world.road.entries(story.name))

    with pytest.raises(error, match=told):
        close(story, name, login, **how)

    assert before_it == len(story.world.road.entries(story.name))
    assert story.world.database.read(lambda session: deviation_store.deviation(session, name)).state == "taken"


def test_it_is_looked_into_before_it_is_closed(before: MakeStory) -> None:
    """Nobody closes what nobody took on, nor what nobody looked into; nobody takes on the own one twice."""
    story = before("h7_accept")
    name = open_one(story)

    with pytest.raises(Conflict, match=r"^Expected a deviation that was taken on and looked into"):
        close(story, name, "qp")
    with pytest.raises(Conflict, match=r"^Expected a deviation that somebody has taken on"):
        do(story, actions.note, name, "qa", TEXT)
    do(story, actions.take, name, "qa")
    with pytest.raises(Conflict, match=r"^Expected a deviation that is not yours yet"):
        do(story, actions.take, name, "qa")
    with pytest.raises(Conflict, match=r"^Expected a deviation that was taken on and looked into"):
        close(story, name, "qp")
    do(story, actions.take, name, "qp")
    do(story, actions.note, name, "qp", TEXT)
    close(story, name, "qp")
    with pytest.raises(Conflict, match=r"^Expected a deviation that is open, seen one that was closed\.$"):
        do(story, actions.take, name, "qa")
    story.world.is_whole()


def test_a_critical_one_is_closed_by_the_head_of_quality(before: MakeStory) -> None:
    """An infusion that was never verified is critical, and a reviewer cannot close it."""
    story = before("h7_accept")
    done = story.world.road.do(story.name, "h7_accept")
    name = opened(story, done.entry, "infused_without_verification", "noted")
    do(story, actions.take, name, "qa")
    do(story, actions.note, name, "qa", TEXT)

    with pytest.raises(NotPermitted, match=r"^Expected qa_releaser at"):
        close(story, name, "qa")
    assert close(story, name, "qp").stmt["role"] == "qa_releaser"


def test_a_thousand_scans_of_the_wrong_bag_are_one_alarm(before: MakeStory) -> None:
    """While nobody has taken it on, the same thing opens no second one; afterwards, or if it is worse, it does (R8)."""
    story = before("h7_accept")

    name = open_one(story)
    again = {open_one(story) for _ in range(3)}
    other = open_one(story, "wrong_container")
    worse = opened(story, story.world.last(story.name, "custody.h7_accept"), "infused_without_verification", "noted")
    do(story, actions.take, name, "qa")
    later = open_one(story)

    assert {name} == again
    assert 4 == len({name, other, worse, later})
    story.world.is_whole()


def test_what_no_scan_has_shown_is_reported_by_hand(before: MakeStory) -> None:
    """On the chain of the site, by whoever works there; the words lie in the vault, for quality to open."""
    story = before("h7_accept")
    world, at = story.world, story.world.road.clock.now
    nurse = somebody(story, "nurse1")
    ward = nurse.sites()[0]

    name = world.database.run(lambda session: actions.report(session, nurse, ward, "damage", "minor", TEXT, at=at))

    known = world.database.read(lambda session: deviation_store.deviation(session, name))
    assert (known.order, known.site, known.owner, known.cause, known.concerns) == (None, ward, ward, None, ())
    assert [TEXT] == list(do_texts(story, name, "hospitalqa").values())
    with pytest.raises(NotPermitted, match=r"^Expected quality of its sites or an inspector, seen another role\.$"):
        do_texts(story, name, "nurse1")
    for what, error in (
        ((nurse, ward, "gossip", "minor", TEXT), Malformed),
        ((nurse, ward, "damage", "awful", TEXT), Malformed),
        ((nurse, ward, "damage", "minor", ""), Malformed),
        ((nurse, somebody(story, "qp").sites()[0], "damage", "minor", TEXT), NotPermitted),
    ):
        with pytest.raises(error):
            world.database.run(lambda session, what=what: actions.report(session, *what, at=at))  # type: ignore[misc]  # a case is a tuple
    do(story, actions.take, name, "hospitalqa")
    world.is_whole()


def test_anybody_trained_stops_cells_and_only_quality_lets_them_go(before: MakeStory) -> None:
    """A hold by hand blocks the next step as any other does; twice the same is one hold."""
    story = before("h7_accept")
    world = story.world
    order = world.road.order(story.name)
    bag = order.of_kind("starting_material")[-1].id
    warehouse = somebody(story, "warehouse")
    common = {
        "actor": warehouse.id,
        "role": "",
        "site": order.site("manufacturing"),
        "device": "",
        "via": "session",
        "at": instant(world.road.clock.now),
    }

    def place(by: Person, why: str, *containers: str) -> str:
        return world.database.run(
            lambda session: actions.place(
                session,
                order.chain,
                order.id,
                by,
                product=order.product,
                why=why,
                containers=containers,
                common=common | {"actor": by.id},
            )
        )

    name = place(warehouse, "damage_seen", bag)
    held = world.database.read(lambda session: quality.hold(session, name))
    assert (held.kind, held.reason, held.containers) == ("quality", "damage_seen", (bag,))
    assert said(world.last(story.name, "hold.placed"))["role"] == "materials"
    assert "held" in world.codes(world.road.do(story.name, "h7_accept"))
    with pytest.raises(Conflict, match=r"^Expected a hold that is not there yet"):
        place(warehouse, "damage_seen", bag)
    with pytest.raises(NotPermitted, match=r"^Expected somebody trained for work on cells"):
        place(somebody(story, "inspector"), "damage_seen", bag)
    assert place(warehouse, "label_doubt") != name
    world.lift_holds()
    assert world.road.do(story.name, "h7_accept").outcome == "accepted"
    world.is_whole()


def test_a_deviation_that_is_not_there(before: MakeStory) -> None:
    """Says so."""
    story = before("h7_accept")

    with pytest.raises(Unknown, match=r"^Expected a deviation, seen 'DEV-0'\.$"):
        do(story, actions.take, "DEV-0", "qa")
