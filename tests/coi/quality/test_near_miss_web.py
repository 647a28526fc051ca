"""Who may see near misses sees the own sites' and exactly what happened there, of how many times; nobody is named."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from coi import people
from coi.app import PROJECTIONS
from coi.custody import protocol_register as protocols
from coi.db import Database
from coi.demo.cast import PEOPLE
from coi.errors import Malformed, NotPermitted, Unknown
from coi.person import ROLES, Grant, Person
from coi.quality import near_miss_api, near_miss_web
from coi.quality import near_miss_report as reports
from coi.quality import near_miss_store as store
from coi.quality.near_misses import MEASURES, Cell, Rate
from coi.web import plots
from tests import programs
from tests import world as worlds
from tests.programs import Programs, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Templates

READERS = {"qa_reviewer", "qa_releaser", "mfg_supervisor", "coordinator", "site_admin", "inspector"}
TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def town(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """A served world: one order on its way, refused twice at the end of its collection and once at the packing.

    On SQLite, and one for all: here it is only looked at.
    """
    folder = tmp_path_factory.mktemp("town")
    database = Database(templates.copy("sqlite", folder, 0), PROJECTIONS)
    world = worlds.make(database, folder)
    name = world.order(0, "h3_begin")
    unread = replace(world.road.plain(world.road.shippers[0]), data=b"\xff")
    world.road.do(name, "h4_end", instead={"bag": unread})
    world.road.do(name, "h4_end", instead={"bag": unread})
    world.road.do(name, "h4_end")
    world.road.do(name, "h5_pack", instead={"seal": replace(unread, assurance="keyed")})
    yield programs.serve(world)
    database.dispose()


def told(town: Programs, role: str = "coordinator", part: str = "treatment", **query: str) -> dict[str, Any]:
    """Return what a program is told."""
    reply = town.program(role, part).get("/near-misses", **query)
    assert reply.status_code == 200, reply.get_json()
    found: dict[str, Any] = reply.get_json()
    return found


def page(town: Programs, login: str = "coordinator", address: str = "/near-misses") -> str:
    """Return the page as a person sees it."""
    reply = town.browser(town.world.road.login(login)).client.get(address, headers={"Accept": "text/html"})
    assert reply.status_code == 200, reply.text[:300]
    return reply.text


def counts(parts: list[dict[str, Any]], *keys: str) -> dict[Any, tuple[int, int]]:
    """Return count and chances of parts by their names."""
    return {
        tuple(one[k] for k in keys) if len(keys) > 1 else one[keys[0]]: (one["rate"]["count"], one["rate"]["of"])
        for one in parts
    }


def test_exactly_what_happened_of_how_many(town: Programs) -> None:
    """Three refusals of eight attempts: two of three at the end of the collection, one of one at the packing."""
    found = told(town)

    attempts = sum(of for _count, of in counts(found["by_step"], "handoff", "checkpoint").values())
    steps = counts(found["by_step"], "handoff", "checkpoint")
    assert counts(found["summary"], "name")["refused"] == (3, attempts)
    assert steps["H4", "h4_end"] == (2, 3)
    assert steps["H5", "h5_pack"] == (1, 1)
    assert steps["H1", "h1_submit"] == (0, 1)
    assert counts(found["summary"], "name")["keyed"] == (1, attempts)
    assert counts(found["summary"], "name")["reprinted"] == (0, 2)
    assert counts(found["by_product"], "name") == {"CRYO-CAR-T": (3, attempts)}
    assert counts(found["by_site"], "name") == {town.site("treatment"): (3, attempts)}
    assert counts(found["reasons"], "reason")["unreadable"][0] == 3
    assert [one["rate"]["count"] for one in found["trend"]][-1] == 3
    assert sum(one["rate"]["of"] for one in found["trend"]) == attempts
    assert found["verdict"] == "few"


def test_a_filter_narrows_near_misses_and_chances_alike(town: Programs) -> None:
    """One handoff's rate is of that handoff's attempts."""
    found = told(town, handoff="H4")

    assert counts(found["summary"], "name")["refused"] == (2, 3)
    assert "unresolved" not in counts(found["summary"], "name")
    assert counts(told(town, product="NONE")["summary"], "name")["refused"] == (0, 0)
    assert told(town, measure="unresolved", handoff="H4")["trend"][-1]["rate"]["of"] == 0
    assert told(town, measure="unresolved")["by_step"] == []


def test_each_sees_the_own_sites_and_an_inspector_all(town: Programs) -> None:
    """The factory's quality sees nothing of the hospital; an inspector sees every site."""
    factory = told(town, "qa_reviewer", "manufacturing")
    inspector = told(town, "inspector", "treatment")

    assert factory["by_site"] == []
    assert set(counts(inspector["by_site"], "name")) == {town.site("treatment")}
    names = [name for _site, name in town.world.database.read(lambda s: reports.readable(s, everything()))]
    assert names == sorted(names)
    assert len(names) == len(town.world.database.read(people.sites))
    problem(
        town.program("qa_reviewer", "manufacturing").get("/near-misses", site=town.site("treatment")), 404, "unknown"
    )


def everything() -> Person:
    """Return an inspector."""
    return Person("U-1", (Grant("inspector", "S-ELSEWHERE"),))


def test_who_may_read_it(town: Programs) -> None:
    """Quality, supervisors, coordinators, administrators of a site, and inspectors; nobody else."""
    site, seen = town.site("treatment"), {}
    for role in ROLES:
        person = Person("U-1", (Grant(role, site),))
        try:
            seen[role] = town.world.database.read(lambda session, p=person: reports.readable(session, p))  # type: ignore[misc]
        except NotPermitted:
            continue

    assert READERS == set(seen) == set(near_miss_web.MAY_READ)
    assert all(site in dict(sites) for sites in seen.values())
    assert {role for role, sites in seen.items() if len(sites) > 1} == {"inspector"}


def test_the_menu_leads_there_who_may_read(town: Programs) -> None:
    """A courier has no such page, and is told so where he asks for it."""
    courier = town.browser("courier@demo.example").client

    assert 'href="/near-misses"' in page(town, "coordinator", "/work")
    assert 'href="/near-misses"' not in courier.get("/work", headers={"Accept": "text/html"}).text
    assert courier.get("/near-misses", headers={"Accept": "text/html"}).status_code == 403
    problem(town.program("courier", "courier").get("/near-misses"), 403, "not-permitted")


def test_nobody_is_named(town: Programs) -> None:
    """Page, table and JSON hold no person, no patient and no order."""
    (order,) = town.world.road.all_orders()
    secret = {order.id, order.patient, str(order.coi), town.world.patient(0).name, *town.world.road.persons.values()}
    texts = [page(town, address=address) for address in ("/near-misses", "/near-misses.csv", "/api/v1/near-misses")]
    main = texts[0][texts[0].index("<main") :]

    for text in (main, *texts[1:]):
        assert not [one for one in secret if one in text]
        assert not [one.name for one in PEOPLE if one.name in text]


def test_the_page_says_what_it_shows(town: Programs) -> None:
    """Counts, chances, and "too few to say" where there are too few; the plot has a title, a text and a table."""
    text = page(town, address="/near-misses?measure=refused&per=month")
    site = town.world.database.read(lambda session: people.name_of(session, town.site("treatment")))

    assert "too few to say" in text
    assert "Too few to say whether anything changed." in text
    assert protocols.for_product("CRYO-CAR-T").checkpoint("h4_end").title in text
    assert site in text
    assert "The code could not be read" in text
    assert re.search(r'<svg[^>]*role="img" aria-labelledby="trend-title trend-text"', text)
    assert "<title id=" in text
    assert "The same in numbers" in text
    assert "style=" not in text


@pytest.mark.parametrize("measure", [one.name for one in MEASURES])
def test_every_kind_has_its_page(town: Programs, measure: str) -> None:
    """Each kind of near miss is drawn, also where nothing of it happened or could have."""
    text = page(town, "inspector", f"/near-misses?measure={measure}")
    narrow = page(town, "inspector", f"/near-misses?measure={measure}&handoff=H5&product=CRYO-CAR-T")

    assert f'<option value="{measure}" selected>' in text
    assert ("belongs to no step and no product" in narrow) == (measure == "unresolved")


def test_the_table_sums_to_the_page(town: Programs) -> None:
    """The CSV has every kind by week, site, step and product, and its lines sum to the summary."""
    lines = list(csv.DictReader(io.StringIO(page(town, address="/near-misses.csv"))))
    summary = counts(told(town)["summary"], "name")

    assert tuple(lines[0]) == reports.HEAD
    for name, (count, of) in summary.items():
        mine = [line for line in lines if line["measure"] == name]
        assert (sum(int(line["near_misses"]) for line in mine), sum(int(line["chances"]) for line in mine)) == (
            count,
            of,
        )
    refused = [line for line in lines if line["measure"] == "refused" and line["checkpoint"] == "h4_end"]
    assert [(one["handoff"], one["product"], one["rate"], one["too_few"]) for one in refused] == [
        ("H4", "CRYO-CAR-T", "0.666667", "yes")
    ]


BAD = {
    "no day": {"first": "2026-02-30"},
    "the end before the beginning": {"first": "2026-11-02", "last": "2026-11-01"},
    "more than five years": {"first": "2020-01-01", "last": "2026-01-01"},
    "before there were cells": {"first": "1999-12-31", "last": "2000-01-02"},
    "an unknown kind": {"measure": "blame"},
    "an unknown period": {"per": "hour"},
}


@pytest.mark.parametrize("query", BAD.values(), ids=BAD)
def test_what_cannot_be_answered_is_malformed(town: Programs, query: dict[str, str]) -> None:
    """A page and a program are told so, and nothing is guessed."""
    assert town.browser("qa@demo.example").client.get("/near-misses", query_string=query).status_code == 422
    assert town.program("coordinator", "treatment").get("/near-misses", **query).status_code == 422
    with pytest.raises(Malformed):
        reports.asked(query, TODAY)


def test_the_usual_question() -> None:
    """Twelve weeks from a Monday to today, refusals, by week, everywhere."""
    usual = reports.asked({"site": ""}, TODAY)

    assert usual == reports.Asked("refused", date(2026, 8, 31), TODAY, "week")
    assert len(usual.periods) == 12
    assert usual.first.weekday() == 0


def test_another_site_is_no_site(town: Programs) -> None:
    """A site of others is told in the same words as one that does not exist."""
    person = Person("U-1", (Grant("coordinator", town.site("treatment")),))
    for site in (town.site("courier"), "S-NOWHERE"):
        question = replace(reports.asked({}, TODAY), site=site)
        with pytest.raises(Unknown, match="Expected one of your sites, seen none of that name"):
            town.world.database.read(lambda session, q=question: reports.report(session, person, q))  # type: ignore[misc]


def test_the_api_names_every_measure() -> None:
    """What programs may ask for is what there is."""
    assert near_miss_api.MeasureName.__args__ == tuple(one.name for one in MEASURES)  # type: ignore[attr-defined]


SAID = {0.0: "0.0 %", 0.0004: "<0.1 %", 0.0006: "0.1 %", 0.0243: "2.4 %", 1.0: "100.0 %"}


@pytest.mark.parametrize(("share", "text"), SAID.items())
def test_what_is_not_nothing_is_never_told_as_nothing(share: float, text: str) -> None:
    """A share is told with one decimal; a tiny one as smaller than that."""
    assert text == near_miss_web.percent(share).replace("\N{NO-BREAK SPACE}", " ")


def test_a_change_is_said_and_drawn(town: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine quiet weeks and one bad one: the page says that something changed, and draws the week as a diamond."""
    first = date(2026, 8, 31)
    cells = [
        Cell(first + timedelta(weeks=week), town.site("treatment"), "H7", "h7_accept", "P", "attempt", outcome, count=n)
        for week in range(9)
        for outcome, n in (("accepted", 190), ("blocked", 10))
    ]
    cells += [replace(cells[0], day=first + timedelta(weeks=9), count=120, outcome="accepted")]
    cells += [replace(cells[0], day=first + timedelta(weeks=9), count=80, outcome="blocked", reasons=("held",))]
    monkeypatch.setattr(store, "cells", lambda *_: tuple(cells))
    address = f"/near-misses?first={first}&last={first + timedelta(days=69)}"

    changed = page(town, address=address)
    cells[-2:] = [replace(cells[0], day=first + timedelta(weeks=9)), replace(cells[1], day=first + timedelta(weeks=9))]
    steady = page(town, address=address)

    assert "Changed: " in changed
    assert changed.count('class="plot__alarm"') > steady.count('class="plot__alarm"') == 1  # the one of the key
    assert "above the limit" in changed
    assert "Steady: no period differs more than chance alone would let it." in steady
    assert "within limits" in steady


def test_rates_are_drawn_where_they_lie() -> None:
    """Zero is the bottom, the top is round and above everything, and a gap breaks the line."""
    points = [plots.Point(str(n), v, "dot", "", None) for n, v in enumerate([0.0, 0.1, None, 0.04, 0.2])]

    chart = plots.shares(points, 0.1)

    assert [dot.y for dot in chart.dots] == [plots.BOTTOM, 134.0, 206.0, plots.TOP]
    assert len(chart.lines) == 2
    assert [tick.text for tick in chart.y] == ["0 %", "5 %", "10 %", "15 %", "20 %"]
    assert chart.middle == 134.0
    assert [tick.text for tick in chart.x] == ["0", "1", "2", "3", "4"]


def test_limits_are_drawn_within_the_plot() -> None:
    """A band reaches from limit to limit and never above the top; many periods are not all named."""
    points = [plots.Point(str(n), 0.02, "open", "", (0.0, 0.05)) for n in range(30)]

    chart = plots.shares(points, None)

    assert {(band.y, band.y + band.height) for band in chart.bands} == {(plots.TOP, plots.BOTTOM)}
    assert len(chart.x) <= plots.LABELS
    assert chart.middle is None
    assert plots.shares([], None).dots == ()


@pytest.mark.parametrize("highest", [0.00001, 0.003, 0.04, 0.25, 0.26, 0.9, 1.0])
def test_the_ruler_is_round_and_has_few_lines(highest: float) -> None:
    """However small or large the rates, two to six lines are ruled and everything is below the last."""
    chart = plots.shares([plots.Point("", highest, "dot", "")], None)

    assert 2 <= len(chart.y) <= plots.LINES + 1
    assert plots.TOP <= chart.dots[0].y <= plots.BOTTOM


def test_a_rate_for_programs() -> None:
    """Nothing of nothing has no rate, but all that is possible as its interval."""
    told = near_miss_api.RateOut.of_rate(Rate(0, 0))

    assert (told.rate, told.low, told.high, told.few) == (None, 0.0, 1.0, True)
