"""What was approved is what is printed: who wrote it does not sign it, and nothing else draws a label."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

import labels
from coi import people
from coi.custody import printing
from coi.demo.cast import PASSWORD
from coi.errors import Conflict, Malformed, NotPermitted, Unknown
from coi.labelling import archive, queue, queue_store, template_actions, template_proofs, template_store
from coi.labelling import store as pieces
from coi.labelling.drawing import LabelFacts
from coi.people.accounts import WrongSecret
from tests.world import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from coi.labelling.template import Held
    from coi.ledger.entry import Entry
    from coi.person import Person
    from tests.journeys import Story
    from tests.moments import MakeStory

NAME = "vial"


def changed(version: int = 2, **more: Any) -> bytes:  # noqa: ANN401  any JSON
    """Return the shipped vial template as another version."""
    return json.dumps({**labels.shipped()[NAME].to_json(), "version": version, **more}).encode()


def person(story: Story, login: str) -> Person:
    """Return somebody of the factory."""
    road = story.world.road
    return story.world.database.read(lambda session: people.person(session, road.persons[login]))


def run(story: Story, act: Callable[[Session], Any]) -> Any:  # noqa: ANN401  what the deed gives back
    """Do a deed in one transaction."""
    return story.world.database.run(act)


def site(story: Story) -> str:
    """Return the factory."""
    return story.world.road.sites["manufacturing"]


def draft(story: Story, data: bytes, by: str = "documents", why: str = "layout") -> str:
    """Draft a version; return its SHA-256."""
    who, at = person(story, by), story.world.road.clock()
    return str(run(story, lambda session: template_actions.draft(session, who, site(story), data, why, at=at)))


def submit(story: Story, sha256: str, by: str = "documents") -> Entry:
    """Submit a draft."""
    who, at = person(story, by), story.world.road.clock()
    entry: Entry = run(story, lambda session: template_actions.submit(session, who, site(story), sha256, at=at))
    return entry


def approve(
    story: Story, sha256: str, by: str = "qa", secret: str = PASSWORD, ahead: timedelta = timedelta(0)
) -> Entry:
    """Approve a version."""
    who, at = person(story, by), story.world.road.clock()
    auth = (f"{by}@demo.example", secret)
    entry: Entry = run(
        story, lambda session: template_actions.approve(session, who, site(story), sha256, at + ahead, auth, at=at)
    )
    return entry


def held(story: Story, sha256: str) -> Held:
    """Return a version as it is held."""
    return story.world.database.read(lambda session: template_store.held(session, sha256))


def in_force(story: Story) -> int:
    """Return the version by which labels are printed now; 0 for none."""
    at = story.world.road.clock.now
    found = story.world.database.read(lambda session: template_store.in_force(session, NAME, at))
    return 0 if found is None else found.version


def test_a_version_goes_from_draft_to_force_by_two_persons(before: MakeStory) -> None:
    """Each step is an entry of the organisation's chain: who, when, why, which proofs, whose signature."""
    story = before("h9_sample_print")

    sha256 = draft(story, changed())
    submitted = submit(story, sha256)
    approved = approve(story, sha256, ahead=timedelta(days=2))

    one = held(story, sha256)
    assert (one.state, one.why, one.version) == ("approved", "layout", 2)
    assert set(one.proofs) == set(dict(said(submitted)["proofs"]))
    assert {key.split("_")[0] for key in one.proofs} == {"203", "300", "600"}
    assert [(each["person"], each["meaning"]) for each in approved.sig] == [(person(story, "qa").id, "approved")]
    assert in_force(story) == 1
    story.world.road.clock.forward(days=2, hours=1)
    assert in_force(story) == 2
    story.world.is_whole()


def test_who_wrote_it_does_not_sign_it(before: MakeStory) -> None:
    """Neither who drafted nor who submitted a version approves it, whatever role is held."""
    story = before("h9_sample_print")
    sha256 = draft(story, changed(), by="qa")
    submit(story, sha256)

    for login in ("qa", "documents"):
        with pytest.raises(NotPermitted, match="Expected another person than who wrote it, seen the same"):
            approve(story, sha256, by=login)
    with pytest.raises(NotPermitted, match="Expected doc_control or qa_reviewer"):
        approve(story, sha256, by="operator1")
    assert held(story, sha256).state == "in_review"


def test_a_wrong_password_approves_nothing(before: MakeStory) -> None:
    """Nor does a day that is past, a draft, or a second approval."""
    story = before("h9_sample_print")
    sha256 = draft(story, changed())
    with pytest.raises(Conflict, match="waits for approval, seen one that is draft"):
        approve(story, sha256)
    submit(story, sha256)
    with pytest.raises(WrongSecret):
        approve(story, sha256, secret="wrong")
    with pytest.raises(Malformed, match="Expected a day from now on"):
        approve(story, sha256, ahead=-timedelta(seconds=1))
    approve(story, sha256)
    with pytest.raises(Conflict, match="waits for approval, seen one that is approved"):
        approve(story, sha256)


def shows(sample: str) -> bytes:
    """Return the vial template with another sample in its bars."""
    codes = labels.shipped()[NAME].to_json()["codes"]
    bars = {**codes["secondary"], "sample": {**codes["secondary"]["sample"], "data": sample}}
    return changed(codes={**codes, "secondary": bars})


WRONG: dict[str, tuple[bytes, str, type[Exception], str]] = {
    "no JSON": (b"{", "layout", Malformed, "Not a template"),
    "a key that nobody knows": (changed(code="print()"), "layout", Malformed, "Not a template"),
    "raw printer commands": (changed(elements=[{"kind": "zpl", "box": [1, 1, 2, 2]}]), "layout", Malformed, "Not a"),
    "a version that is known": (changed(1), "layout", Conflict, "Expected a version of vial after 1, seen 1"),
    "a serial in a proof": (shows("7K3N9XB2CD4U"), "layout", Malformed, "Expected SPECIMEN"),
    "a serial behind the word": (shows("SPECIMEN 7K3N9XB2CD4U"), "layout", Malformed, "Expected SPECIMEN"),
    "a reason off the list": (changed(), "fun", Malformed, "Expected one of"),
}


@pytest.mark.parametrize(("data", "why", "error", "words"), WRONG.values(), ids=WRONG)
def test_what_is_no_template_is_not_drafted(
    before: MakeStory, data: bytes, why: str, error: type[Exception], words: str
) -> None:
    """Refused with its reason, and nothing is written."""
    story = before("h9_sample_print")
    count = len(story.world.database.read(template_store.all_))

    with pytest.raises(error, match=words):
        draft(story, data, why=why)
    assert len(story.world.database.read(template_store.all_)) == count


def test_what_does_not_hold_at_its_worst_is_not_submitted(before: MakeStory) -> None:
    """A code whose place is too small for it: the proofs fail, and it stays a draft."""
    story = before("h9_sample_print")
    elements = labels.shipped()[NAME].to_json()["elements"]
    for element in elements:
        if element["kind"] == "symbol":
            element["box"][3] = 3.0
    sha256 = draft(story, changed(elements=elements))

    with pytest.raises(Malformed, match="It does not hold at its worst"):
        submit(story, sha256)
    assert held(story, sha256).state == "draft"


def test_a_version_is_sent_back_and_comes_again(before: MakeStory) -> None:
    """The reviewer says why; submitted anew it is read anew."""
    story = before("h9_sample_print")
    sha256 = draft(story, changed())
    submit(story, sha256)
    who, at = person(story, "qa"), story.world.road.clock()

    back: Entry = run(
        story, lambda session: template_actions.send_back(session, who, site(story), sha256, "proofs", at=at)
    )
    assert (held(story, sha256).state, said(back)["reason"]) == ("draft", "proofs")
    with pytest.raises(Conflict, match="waits for approval, seen one that is draft"):
        run(story, lambda session: template_actions.send_back(session, who, site(story), sha256, "proofs", at=at))
    submit(story, sha256)
    with pytest.raises(Conflict, match="Expected a draft, seen one that is in_review"):
        submit(story, sha256)
    approve(story, sha256)
    assert in_force(story) == 2


def retire(story: Story, sha256: str, why: str = "faulty") -> None:
    """Retire a version by quality's signature."""
    who, at, auth = person(story, "qa"), story.world.road.clock(), ("qa@demo.example", PASSWORD)
    run(story, lambda session: template_actions.retire(session, who, site(story), sha256, why, auth, at=at))


def current(story: Story) -> str:
    """Return the SHA-256 of the version in force."""
    at = story.world.road.clock.now
    found = story.world.database.read(lambda session: template_store.in_force(session, NAME, at))
    assert found is not None
    return found.sha256


def test_without_a_template_in_force_nothing_is_printed(before: MakeStory) -> None:
    """The step is refused with its reason, nothing is registered, and with an approved version it goes on."""
    story = before("h9_sample_print")
    retire(story, current(story))
    with pytest.raises(Malformed, match="Expected one of"):
        retire(story, held(story, labels.shipped()[NAME].sha256).sha256, "fun")
    with pytest.raises(Conflict, match="not retired, seen one that is"):
        retire(story, labels.shipped()[NAME].sha256)

    refused = story.world.road.do(story.name, "h9_sample_print")
    sha256 = draft(story, changed())
    submit(story, sha256)
    approve(story, sha256)
    done = story.world.road.do(story.name, "h9_sample_print")

    assert (refused.outcome, story.world.codes(refused)) == ("blocked", {"no_template"})
    assert done.outcome == "accepted"
    intended = said(story.world.last(story.name, "label.intended"))
    assert (intended["template"], intended["template_version"], intended["template_sha256"]) == (NAME, 2, sha256)
    story.world.is_whole()


def test_a_template_that_somebody_altered_prints_nothing(before: MakeStory) -> None:
    """Its text has another hash than the approved one: refused at the gate, and never drawn."""
    story = before("h9_sample_print")
    sha256 = current(story)
    table = template_store.template_table
    altered = update(table).where(table.c.sha256 == sha256).values(body=table.c.body.concat(" "))
    run(story, lambda session: session.execute(altered))
    template_store.KEPT.pop(sha256, None)

    refused = story.world.road.do(story.name, "h9_sample_print")

    assert story.world.codes(refused) == {"no_template"}
    with pytest.raises(Unknown, match="Expected the text of template"):
        story.world.database.read(lambda session: template_store.by_sha(session, sha256))
    order = story.world.road.order(story.name).id
    job = story.world.database.read(lambda session: queue_store.of_order(session, order))[0]
    facts = LabelFacts.from_json(job.facts)
    assert isinstance(queue.as_ordered(story.world.database, facts), bytes)
    theirs = table.c.sha256 == facts.template_sha256
    run(story, lambda session: session.execute(update(table).where(theirs).values(body=table.c.body.concat(" "))))
    template_store.KEPT.pop(facts.template_sha256, None)
    assert queue.as_ordered(story.world.database, facts) == "not printable: its template is not the approved one"


def test_a_reprint_wants_a_template_in_force_too(before: MakeStory) -> None:
    """Nothing is ended where nothing can take its place."""
    story = before("h11_test")
    road, world = story.world.road, story.world
    retire(story, current(story))
    order = road.order(story.name)
    old = road.piece(order, "container", order.of_kind("sample")[-1].id, "applied")
    deed = road.deed("mfg_operator", site(story))
    two = world.two(deed)

    with pytest.raises(Conflict, match="Expected an approved template in force for sample, seen none"):
        run(story, lambda session: printing.reprint(session, deed, story.name, old.id, "damaged", "destroyed", two))
    assert road.piece(order, "container", old.container, "applied") == old


def test_an_archived_label_is_drawn_again_byte_for_byte(before: MakeStory) -> None:
    """After a new version came into force, every label printed before is drawn as it was sent, by its own version."""
    story = before("h9_sample")
    sha256 = draft(story, changed(title="Another vial"))
    submit(story, sha256)
    approve(story, sha256)
    known = story.world.database.read(lambda session: pieces.of_order(session, story.name))

    assert len(known) > 3
    for piece in known:
        assert story.world.database.read(lambda session, name=piece.id: archive.is_as_sent(session, name))  # type: ignore[misc]
        job = story.world.database.read(lambda session, name=piece.id: queue_store.of_piece(session, name))  # type: ignore[misc]
        assert job is not None
        assert job.facts["template_sha256"] != sha256
    with pytest.raises(Unknown, match="Expected a label that was ordered here"):
        story.world.database.read(lambda session: archive.again(session, "000000000001"))


def test_the_proofs_are_what_was_submitted(before: MakeStory) -> None:
    """A picture is drawn again when it is looked at; another than the submitted one is not shown."""
    story = before("h9_sample_print")
    sha256 = draft(story, changed())
    submit(story, sha256)
    one = held(story, sha256)
    template = template_store.read(one)

    assert template_proofs.shown(one, template, "203_least").png().startswith(b"\x89PNG")
    with pytest.raises(Unknown, match="Expected a proof of this template"):
        template_proofs.shown(one, template, "72_least")
    with pytest.raises(Conflict, match="that was submitted, seen"):
        template_proofs.shown(replace(one, proofs={"203_least": "00" * 32}), template, "203_least")


def test_at_the_console_templates_are_submitted_and_a_person_signs(before: MakeStory) -> None:
    """What a console submits prints nothing until somebody has approved it."""
    story = before("h9_sample_print")
    at = story.world.road.clock()

    sha256 = str(run(story, lambda session: template_actions.draft_at_console(session, changed(), at)))

    assert (held(story, sha256).state, in_force(story)) == ("in_review", 1)
    approve(story, sha256)
    assert in_force(story) == 2


def test_versions_are_approved_in_their_order(before: MakeStory) -> None:
    """A version before one that was approved is not approved any more."""
    story = before("h9_sample_print")
    two = draft(story, changed(2))
    three = draft(story, changed(3))
    for sha256 in (two, three):
        submit(story, sha256)
    approve(story, three)

    with pytest.raises(Conflict, match="Expected a version after those that were approved, seen 3"):
        approve(story, two)
