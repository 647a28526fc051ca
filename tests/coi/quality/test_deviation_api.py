"""Programs read what went wrong; the words that people wrote do not leave by the API."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from coi import people
from coi.app import PROJECTIONS
from coi.quality import actions
from tests import programs, wanderer
from tests import world as worlds
from tests.programs import problem

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeDatabase
    from tests.programs import Programs

WORDS = "Erika's bag lay beside the wrong shipper."


@pytest.fixture
def database_kind() -> str:
    """SQLite: what is tried is the edge, which is the same on both databases."""
    return "sqlite"


@pytest.fixture
def town(make_database: MakeDatabase, tmp_path: Path) -> Programs:
    """A served world."""
    return programs.serve(wanderer.quick(worlds.make(make_database(*PROJECTIONS), tmp_path)))


def opened(town: Programs) -> str:
    """Let another order's bag be scanned at a pack; return the order."""
    road = town.world.road
    mine, other = (town.world.order(number, "h5_bench") for number in (0, 1))
    theirs = road.order(other)
    piece = road.piece(theirs, "container", theirs.of_kind("starting_material")[-1].id, "applied")
    road.do(mine, "h5_pack", instead={"bag": road.read_piece(piece, linear=False)})
    return mine


def told_by_hand(town: Programs, words: str) -> str:
    """Let somebody of the hospital report a deviation, and quality close it; return its id."""
    road = town.world.road
    site, at = road.sites["treatment"], road.clock()
    nurse, quality = (
        town.world.database.read(partial(people.person, person_id=road.persons[who]))
        for who in ("nurse1", "hospitalqa")
    )
    database = town.world.database
    name = database.run(lambda session: actions.report(session, nurse, site, "damage", "minor", words, at=at))
    database.run(lambda session: actions.take(session, name, quality, at=at))
    database.run(lambda session: actions.note(session, name, quality, words, at=at))
    sign = (road.login("hospitalqa"), road.secret)
    database.run(
        lambda session: actions.close(
            session, name, quality, root_cause="not_found", impact="none", text=words, sign=sign, at=at
        )
    )
    return name


def test_a_refusal_for_identity_is_listed_and_shown(town: Programs) -> None:
    """The deviation names order, severity, owner, its deadline and the entry that shows what happened."""
    order = opened(town)
    quality = town.program("qa_reviewer", "manufacturing")
    nurse = town.program("ward_nurse", "treatment")
    (line,) = nurse.get("/deviations").get_json()["deviations"]
    whole = nurse.get(f"/deviations/{line['id']}").get_json()

    assert (line["order"], line["reason"], line["severity"], line["state"]) == (order, "other_order", "major", "open")
    assert line["due"] > line["opened_at"]
    cause = next(one for one in town.entries(order) if one.seq == whole["cause"]["seq"])
    assert (cause.type, cause.stmt["outcome"]) == ("custody.h5_pack", "blocked")
    assert whole["concerns"] == [cause.stmt["actor"]]
    problem(quality.get(f"/deviations/{line['id']}"), 404, "unknown")
    problem(nurse.get("/deviations/DEV-none"), 404, "unknown")


def test_closed_ones_are_left_out_and_words_stay(town: Programs) -> None:
    """A closed deviation says its cause and impact; what was written is a commitment, and no word of it is told."""
    name = told_by_hand(town, WORDS)
    nurse = town.program("ward_nurse", "treatment")
    all_of_them, still = (nurse.get("/deviations", **query).get_json() for query in ({}, {"only_open": "true"}))
    whole = nurse.get(f"/deviations/{name}").get_json()

    assert ([name], []) == ([one["id"] for one in all_of_them["deviations"]], still["deviations"])
    assert (whole["state"], whole["root_cause"], whole["impact"], whole["due"]) == ("closed", "not_found", "none", None)
    assert [note["kind"] for note in whole["notes"]] == ["told", "finding", "conclusion"]
    assert "Erika" not in json.dumps(whole)
    problem(nurse.get("/deviations", only_open="7"), 422, "malformed")
