"""How often did something nearly go wrong, of how many times? For programs; no person, patient or order is in it."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from coi import web
from coi.quality import near_miss_report as reports
from coi.quality.near_miss_trend import Per, Signal, Verdict  # noqa: TC001 - same
from coi.web import api
from coi.web.api import In, Out

if TYPE_CHECKING:
    from coi.quality.near_miss_report import Report
    from coi.quality.near_misses import Rate

bp = api.blueprint("near_misses", "Near misses")

MeasureName = Literal[
    "refused", "quarantined", "keyed", "governed", "unresolved", "reprinted", "declined", "lifted"
]  # fmt: skip
Share = Annotated[float, Field(ge=0, le=1)]


class NearMissesAsked(In):
    """Which near misses, where, when."""

    measure: MeasureName = "refused"
    """Which kind the parts, reasons and trend are told of; the summary tells all kinds."""
    site: Annotated[str, Field(pattern=api.NAME)] | None = None
    product: Annotated[str, Field(pattern=api.NAME)] | None = None
    handoff: Annotated[str, Field(pattern=api.NAME)] | None = None
    first: date | None = None
    """The first day (UTC); the Monday eleven weeks before the last when left out."""
    last: date | None = None
    """The last day (UTC); today when left out."""
    per: Per = "week"


class RateOut(Out):
    """So many near misses of so many chances, with the rate's 95 % interval (Wilson)."""

    count: int
    of: int
    rate: Share | None
    """Null without a chance."""
    low: Share
    high: Share
    few: bool
    """Whether the chances are too few for the rate to say much."""

    @classmethod
    def of_rate(cls, rate: Rate) -> RateOut:
        """Return a rate as programs are told it."""
        low, high = rate.interval
        share = None if rate.share is None else round(float(rate.share), 6)
        return cls(count=rate.count, of=rate.of, rate=share, low=round(low, 6), high=round(high, 6), few=rate.few)


class PartOut(Out):
    """The rate of one measure, site or product."""

    name: str
    """Empty for what belongs to none."""
    rate: RateOut


class StepOut(Out):
    """The rate at one step."""

    handoff: str
    checkpoint: str
    rate: RateOut


class ReasonOut(Out):
    """How often one reason was told; a near miss may tell several."""

    reason: str
    """The reason code; empty where none was recorded."""
    rate: RateOut
    cumulative: Share


class PointOut(Out):
    """One week or month."""

    first: date
    last: date
    rate: RateOut
    judged: bool
    """Whether there is enough to compare with the limits."""
    low_limit: Share
    high_limit: Share
    signal: Signal
    """Beyond a limit of three standard deviations, or the eighth in a row on one side."""


class NearMisses(Out):
    """The register over one span of days."""

    measure: MeasureName
    first: date
    last: date
    per: Per
    summary: list[PartOut]
    by_site: list[PartOut]
    by_step: list[StepOut]
    by_product: list[PartOut]
    reasons: list[ReasonOut]
    trend: list[PointOut]
    verdict: Verdict
    """few: too few to say; steady; signal: at least one period signals a change."""


@bp.get("/near-misses")
@bp.input(NearMissesAsked, location="query", arg_name="asked")
@bp.output(NearMisses)
@bp.doc(operation_id="near_misses", responses=api.told(403, 404, 422))
def near_misses(asked: NearMissesAsked) -> NearMisses:
    """Tell near misses of the sites of who asks, with what they are counted of, by place, reason and time."""
    who, today = web.me(), web.now().date()
    question = reports.asked({name: str(said) for name, said in asked.model_dump().items() if said is not None}, today)
    return _told(web.read(lambda session: reports.report(session, who.person, question)), asked.measure)


def _told(found: Report, measure: MeasureName) -> NearMisses:
    """Return a report as programs are told it."""
    rate, trend = RateOut.of_rate, found.trend
    return NearMisses(
        measure=measure,
        first=found.asked.first,
        last=found.asked.last,
        per=found.asked.per,
        summary=[PartOut(name=one.name, rate=rate(part)) for one, part in found.summary],
        by_site=[PartOut(name=name, rate=rate(part)) for name, part in found.by_site],
        by_step=[StepOut(handoff=h, checkpoint=c, rate=rate(part)) for (h, c), part in found.by_step],
        by_product=[PartOut(name=name, rate=rate(part)) for name, part in found.by_product],
        reasons=[
            ReasonOut(reason=bar.reason, rate=rate(bar.rate), cumulative=round(float(bar.cumulative), 6))
            for bar in found.reasons
        ],
        trend=[
            PointOut(
                first=point.period.first,
                last=point.period.last,
                rate=rate(point.rate),
                judged=point.judged,
                low_limit=round(point.low, 6),
                high_limit=round(point.high, 6),
                signal=point.signal,
            )
            for point in trend.points
        ],
        verdict=trend.verdict,
    )
