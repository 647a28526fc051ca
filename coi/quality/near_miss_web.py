"""The register of near misses as a page with plots, and as a table for a spreadsheet; nothing here writes."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask_babel import format_date
from flask_babel import gettext as _

from coi import web
from coi.quality import near_miss_report as reports
from coi.quality.near_miss_report import READERS, READERS_OF_ALL
from coi.web import plots

if TYPE_CHECKING:
    from datetime import date

    from flask.typing import ResponseReturnValue

    from coi.quality.near_miss_report import Asked, Report, Words
    from coi.quality.near_miss_trend import Point, Trend
    from coi.quality.near_misses import Rate

bp = Blueprint("near_misses", __name__)

MAY_READ = (*READERS, *READERS_OF_ALL)
"""Who has the page in the menu."""
LEAST = 0.0005
"""A rate below half of the last digit shown is not nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: what, of how many, how sure."""

    name: str
    rate: Rate
    note: str = ""
    url: str = ""
    here: bool = False
    of: str = ""


@bp.get("/near-misses")
def page() -> ResponseReturnValue:
    """Show the register."""
    found = _report()
    trend = found.trend
    return render_template(
        "quality/near_misses.html",
        found=found,
        asked=found.asked,
        measures=[(name, _measure(name)[0]) for name in reports.NAMES],
        title=_measure(found.asked.measure)[0],
        of=_measure(found.asked.measure)[1],
        summary=_summary(found),
        sites=_sites(found),
        steps=_steps(found),
        products=_products(found),
        reasons=[(_reason(bar.reason), bar) for bar in found.reasons],
        trend=trend,
        says=_says(trend),
        chart=plots.shares([_point(one, found.asked) for one in trend.points], _share(trend.whole)),
        label=_label,
        percent=percent,
        between=between,
        signal=_signal,
        handoffs=[(name, name) for name in _chosen(found.handoffs, found.asked.handoff)],
        named_products=[(name, _words().product(name)) for name in _chosen(found.products, found.asked.product)],
        more=_query(found.asked),
    )


@bp.get("/near-misses.csv")
def spreadsheet() -> ResponseReturnValue:
    """Give every measure by period, site, step and product."""
    found = _report()
    text = io.StringIO()
    csv.writer(text).writerows(reports.table(found))
    name = f"near-misses-{found.asked.first}-{found.asked.last}.csv"
    return Response(
        text.getvalue(), mimetype="text/csv", headers={"Content-Disposition": f"attachment; filename={name}"}
    )


def percent(share: float) -> str:
    """Say a share: 2.4 %; what is not nothing is never told as nothing."""
    return "<0.1\N{NO-BREAK SPACE}%" if 0 < share < LEAST else f"{share * 100:.1f}\N{NO-BREAK SPACE}%"


def between(rate: Rate) -> str:
    """Say the interval of a rate."""
    low, high = rate.interval
    return str(_("%(low)s to %(high)s", low=percent(low), high=percent(high)))


def _report() -> Report:
    """Return the report that was asked for."""
    who = web.me()
    question = reports.asked(request.args, web.now().date())
    return web.read(lambda session: reports.report(session, who.person, question))


def _words() -> Words:
    """Return how codes of other rooms read."""
    return cast("Words", current_app.extensions["coi_near_miss_words"])


def _measure(name: str) -> tuple[str, str]:
    """Return what a measure counts, and of what."""
    attempts = str(_("judged attempts"))
    return {
        "refused": (str(_("Refused attempts")), attempts),
        "quarantined": (str(_("Received into quarantine")), attempts),
        "keyed": (str(_("Typed or unsigned codes")), attempts),
        "governed": (str(_("Governed ways round a stop")), attempts),
        "unresolved": (str(_("Scans that belong to no step")), str(_("attempts and such scans"))),
        "reprinted": (str(_("Labels printed again")), str(_("labels ordered"))),
        "declined": (str(_("Offers declined")), str(_("offers of custody"))),
        "lifted": (str(_("Holds lifted by quality")), str(_("holds placed"))),
    }[name]


def _summary(found: Report) -> list[Line]:
    """Return every measure, each leading to its own plots."""
    return [
        Line(
            _measure(one.name)[0],
            rate,
            of=_measure(one.name)[1],
            url=_page(replace(found.asked, measure=one.name)),
            here=one.name == found.asked.measure,
        )
        for one, rate in found.summary
    ]


def _chosen(there: tuple[str, ...], chosen: str) -> tuple[str, ...]:
    """Return what there is to choose from; what was chosen stays, even where there is none of it now."""
    return there if not chosen or chosen in there else (*there, chosen)


def _page(asked: Asked) -> str:
    """Return the address of the page that answers a question."""
    more: dict[str, Any] = {**_query(asked)}
    return url_for("near_misses.page", **more)


def _sites(found: Report) -> list[Line]:
    names = dict(found.sites)
    return [Line(names[site], rate) for site, rate in found.by_site]


def _steps(found: Report) -> list[Line]:
    return [
        Line(str(_(_words().step(checkpoint))) if checkpoint else str(_("no step of this order")), rate, note=handoff)
        for (handoff, checkpoint), rate in found.by_step
    ]


def _products(found: Report) -> list[Line]:
    return [Line(_words().product(name) if name else str(_("no product")), rate) for name, rate in found.by_product]


def _reason(code: str) -> str:
    """Return the words of a reason."""
    words = _words().reason(code) if code else str(_("no reason recorded"))
    return words[:1].upper() + words[1:]


def _share(rate: Rate) -> float | None:
    return None if rate.share is None else float(rate.share)


def _label(day: date, per: str) -> str:
    """Name a week by its first day, a month by its name."""
    return str(format_date(day, "MMM y" if per == "month" else "d MMM"))


def _point(point: Point, asked: Asked) -> plots.Point:
    """Return a period as it is drawn."""
    name, rate = _label(point.period.first, asked.per), point.rate
    told = _("%(when)s: %(count)s of %(of)s", when=name, count=rate.count, of=rate.of)
    return plots.Point(
        label=name,
        value=_share(rate),
        shape="alarm" if point.signal else "dot" if point.judged else "open",
        told=str(told),
        limits=(point.low, point.high) if point.judged else None,
    )


def _says(trend: Trend) -> str:
    """Say what the trend says."""
    if trend.verdict == "few":
        return str(_("Too few to say whether anything changed."))
    if trend.verdict == "steady":
        return str(_("Steady: no period differs more than chance alone would let it."))
    signals = [point for point in trend.points if point.signal]
    return str(
        _(
            "Changed: %(count)s of %(all)s periods differ more than chance would let them. Look at what was done then.",
            count=len(signals),
            all=len(trend.points),
        )
    )


def _signal(point: Point) -> str:
    """Say what one period says."""
    if not point.judged:
        return str(_("too few to say"))
    return {
        "": str(_("within limits")),
        "above": str(_("above the limit")),
        "below": str(_("below the limit")),
        "run": str(_("eighth or later in a row on one side")),
    }[point.signal]


def _query(asked: Asked) -> dict[str, str]:
    """Return a question as an address carries it."""
    said = {
        "measure": asked.measure,
        "site": asked.site,
        "product": asked.product,
        "handoff": asked.handoff,
        "first": asked.first.isoformat(),
        "last": asked.last.isoformat(),
        "per": asked.per,
    }
    return {name: text for name, text in said.items() if text}
