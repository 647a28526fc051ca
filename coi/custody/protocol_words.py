"""In which words does a person read what a protocol asks for, compares and causes?

What these words do not know is said by its own name, so that nothing of a protocol is left unsaid.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from coi.custody import gates
from coi.custody import thing_words as things
from coi.custody.protocol import LEFT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from coi.custody.protocol import Slot, Value

SLOT_SAID = frozenset({"name", "klass", "say", "kind", "piece", "symbol", "states", "many", "optional", "new"})
"""Fields of a scan that are said in words; every other one is shown by its name."""
HOUR = 60


def unsaid(thing: Any, said: frozenset[str]) -> list[str]:  # noqa: ANN401  any dataclass of a protocol
    """Return every other field that is not at its default, by its own name."""
    found = []
    for field in fields(thing):
        value = getattr(thing, field.name)
        default = None if field.default is MISSING else field.default
        if field.name not in said and value not in (default, (), "", False, None):
            found.append(f"{plain(field.name)}: {value_text(value)}")
    return found


def value_text(value: Any) -> str:  # noqa: ANN401  any value of a protocol
    """Return any value of a protocol as text on one line."""
    match value:
        case None:
            return str(_("none"))
        case bool():
            return str(_("yes")) if value else str(_("no"))
        case tuple() | list():
            return listed([value_text(each) for each in value]) if value else str(_("none"))
        case set() | frozenset():
            return roles(sorted(value))
        case dict():
            return ", ".join(f"{plain(str(key))} {value_text(each)}" for key, each in value.items())
        case _:
            return plain(str(value))


def plain(name: str) -> str:
    """Return a name of the data as words."""
    return name.replace("_", " ")


def listed(texts: list[str]) -> str:
    """Return texts as one enumeration."""
    return ", ".join(texts)


def roles(names: tuple[str, ...] | list[str]) -> str:
    """Return roles of which one suffices."""
    return str(_(" or ")).join(str(_(plain(name))) for name in names)


def place(site: str, unit: str) -> str:
    """Return where a step happens."""
    sites = {
        "collection": _("Collection site"),
        "manufacturing": _("Manufacturing site"),
        "treatment": _("Treating hospital"),
        "courier": _("Courier"),
        "depot": _("Depot"),
    }
    return str(sites.get(site, plain(site))) + (f" · {plain(unit)}" if unit else "")


def scan_notes(slot: Slot) -> str:
    """Return what is asked of a scan beyond the thing itself."""
    notes = [] if slot.kind is None else [things.kind(slot.kind)]
    if slot.piece == "printed":
        notes.append(str(_("a fresh label, put on by this scan")))
    if slot.symbol == "linear":
        notes.append(str(_("its bar code")))
    if slot.many:
        notes.append(str(_("every one that is here")))
    if slot.optional:
        notes.append(str(_("if there is one")))
    if slot.new:
        notes.append(str(_("may be one that nobody has bound yet")))
    if slot.states:
        notes.append(str(_("now %(states)s", states=str(_(" or ")).join(plain(state) for state in slot.states))))
    return ", ".join([*notes, *unsaid(slot, SLOT_SAID)])


def state(name: str) -> str:
    """Return the state that a step leads to."""
    return str(_("where it left the road")) if name == LEFT else things.state(name)


def states(names: Sequence[str], whole: Sequence[str]) -> str:
    """Return states as words; four or more that follow each other in *whole*, the protocol's own, as their two ends."""
    runs: list[list[str]] = []
    for name in sorted(names, key=list(whole).index):
        if runs and whole.index(runs[-1][-1]) + 1 == whole.index(name):
            runs[-1].append(name)
        else:
            runs.append([name])
    short = 4
    return listed(
        [
            text
            for run in runs
            for text in (
                [things.state(name) for name in run]
                if len(run) < short
                else [
                    str(_("all from “%(first)s” to “%(last)s”", first=things.state(run[0]), last=things.state(run[-1])))
                ]
            )
        ]
    )


def _stretch(run: Sequence[str]) -> str:
    return str(_("all from “%(first)s” to “%(last)s”", first=things.state(run[0]), last=things.state(run[-1])))


def condition(name: str) -> str:
    """Return under which condition a step reaches its state."""
    known = {
        "none_left": _("The state is reached once nothing waits for this step any more."),
        "dose_done": _("The state is reached once every bag of the dose has its end."),
    }
    return str(known.get(name, plain(name)))


def value_words(value: Value) -> str:
    """Return what a person states."""
    text = str(_(value.ask))
    if value.type == "identity":
        return text + " " + str(_("(entered blind, compared with the vault)"))
    if value.type == "choice":
        options = listed([plain(choice) + (" ✓" if choice in value.good else "") for choice in value.choices])
        return f"{text}: {options}"
    if value.low is not None or value.high is not None:
        return f"{text}: {value.low}–{value.high} {value.unit or ''}".rstrip()
    return text


def effect_words(effect: Mapping[str, Any]) -> str:
    """Return what follows from a step."""
    said = {key: value_text(value) for key, value in effect.items()}
    where = place(str(effect.get("to", "")), str(effect.get("unit", ""))) if "to" in effect else ""
    known: dict[str, str] = {
        "issue_coi": _("The chain of identity is issued."),
        "lot": _("A lot number is given."),
        "register": _("A container is registered: %(kind)s.", kind=things.kind(str(effect.get("kind", "")))),
        "print": _("A label is printed: %(design)s.", design=said.get("design", "")),
        "piece": _("The label on %(slot)s counts as put on.", slot=said.get("slot", "")),
        "container": _("%(slot)s becomes: %(state)s.", slot=said.get("slot", ""), state=said.get("state", "")),
        "custody": _("Custody passes to: %(place)s.", place=where),
        "offer": _("Custody is offered to: %(place)s; it stays until it is taken.", place=where),
        "ship": _("A shipment begins, for: %(place)s.", place=where),
        "shipment": _("The shipment is: %(state)s.", state=said.get("state", "")),
        "fact": _("Recorded: %(name)s.", name=said.get("name", "")),
        "certify": _("The release certificate is issued, with its list of containers."),
        "thaw_clock": _("The thaw clock starts."),
        "band": _("The hospital's wristband on %(slot)s is bound to ours.", slot=said.get("slot", "")),
        "site": _("Another site now plays its part: %(role)s.", role=said.get("role", "")),
        "reopen": _("These steps are to be done again: %(steps)s.", steps=said.get("undone", "")),
        "unused": _(
            "Labels that were not used are destroyed: %(kind)s.", kind=things.kind(str(effect.get("kind", "")))
        ),
        "withdraw": _("Custody that was held out is taken back."),
        "write_off": _("What was lost is written off."),
        "revoke": _("The release certificate is revoked."),
    }
    does = str(effect.get("do", ""))
    rest = {key: text for key, text in said.items() if key not in _TOLD.get(does, frozenset()) | {"do"}}
    text = str(known.get(does, f"{plain(does)}."))
    more = " ".join(_more(key, value) for key, value in rest.items())
    return f"{text} {more}".rstrip()


def _more(key: str, value: str) -> str:
    """Return what an effect says beyond its sentence."""
    known = {
        "expires": _("Its expiry comes from the limit “%(value)s”.", value=limit_name(value.replace(" ", "_"))),
        "parent": _("It was made from: %(value)s.", value=value),
        "location": _("It lies at: %(value)s.", value=value),
        "count": _("As many as stated: %(value)s.", value=value),
        "oos": _("It says that the lot is out of specification."),
        "profile": _("Temperature range: %(value)s.", value=value),
        "forget": _("What was recorded of it does not count any more: %(value)s.", value=value),
        "keep": _("An earlier “%(value)s” stays.", value=value),
    }
    return str(known.get(key, f"{plain(key).capitalize()}: {value}."))


_TOLD: Mapping[str, frozenset[str]] = {
    "register": frozenset({"kind", "as"}),
    "print": frozenset({"design", "kind"}),
    "piece": frozenset({"slot", "to"}),
    "container": frozenset({"slot", "state"}),
    "custody": frozenset({"to", "unit"}),
    "offer": frozenset({"to", "unit"}),
    "ship": frozenset({"to"}),
    "shipment": frozenset({"state"}),
    "fact": frozenset({"name", "slot", "value", "is"}),
    "band": frozenset({"slot"}),
    "unused": frozenset({"kinds"}),
    "site": frozenset({"role", "value"}),
    "reopen": frozenset({"undone"}),
    "certify": frozenset({"kind"}),
}
"""Keys of an effect that its sentence tells already."""


def span(hours: Decimal) -> str:
    """Return a deadline in words."""
    if hours < 1:
        return str(_("within %(n)s min", n=int(hours * HOUR)))
    return str(_("within %(n)s h", n=f"{hours.normalize():f}"))


UNITS = {"s": "s", "min": "min", "h": "h", "d": "d"}


def limit_name(name: str) -> str:
    """Return the name of a limit without its unit."""
    return plain(name.rpartition("_")[0] or name).capitalize()


def limit_words(name: str, value: object) -> str:
    """Return a limit with its unit, and the hard bound that no protocol passes."""
    unit = UNITS.get(name.rpartition("_")[2], "")
    low, high = {**gates.BOUNDS, **gates.SHELF_LIFE}.get(name, (None, None))
    text = f"{value} {unit}".strip()
    return (
        text
        if high is None
        else str(_("%(limit)s (never below %(low)s or above %(high)s)", limit=text, low=low, high=high))
    )
