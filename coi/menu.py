"""What does the main menu hold, and for whom? What a role needs each day stands in the row, all else behind one word.

* Nobody is offered what he or she can only be refused. The server decides all the same, at every address.
* Nothing is lost: what a person may read and does not need each day stands under "More", sorted by what it is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _

from coi.custody import protocol_web
from coi.labelling import template_web
from coi.person import ROLES
from coi.quality import near_miss_web
from coi.web import MenuItem

if TYPE_CHECKING:
    from collections.abc import Sequence

BEDSIDE = ("physician", "collection_operator", "cell_lab", "pharmacist", "ward_nurse")
BENCH = ("mfg_operator", "mfg_supervisor", "materials", "qc_analyst", "metrology")
ROAD = ("courier", "depot")
QUALITY = ("qa_reviewer", "qa_releaser", "qc_reviewer")
WATCHERS = ("coordinator", "planner", "mfg_supervisor", "qa_releaser")
ADMINS = ("site_admin", "system_admin")
READS_ONLY = ("inspector", "system_admin", "doc_control", "trainer", "device")
"""Roles that stand at no gate of any road: a station would only refuse them."""
PRINTS = ("collection_operator", "cell_lab", "mfg_operator", "mfg_supervisor", "materials", "pharmacist")
HANDS = tuple(role for role in ROLES if role not in READS_ONLY)


def menu(purpose: str) -> tuple[MenuItem, ...]:
    """Return the menu of an installation; a demo's has its own two pages."""
    cells, quality, labels, site, records = _("Cells"), _("Quality"), _("Labels"), _("This site"), _("Records")
    items: Sequence[MenuItem] = (
        MenuItem("work.home", _("My work"), cells, daily=ROLES),
        MenuItem("station.page", _("Scan station"), cells, daily=HANDS, roles=HANDS),
        MenuItem("board.page", _("Board"), cells, daily=WATCHERS),
        MenuItem("custody.orders_page", _("Orders"), cells, daily=ROLES),
        MenuItem("holds.page", _("Holds"), quality, daily=(*QUALITY, "coordinator")),
        MenuItem("quality.deviations_page", _("Deviations"), quality, daily=(*QUALITY, "inspector")),
        MenuItem(
            "near_misses.page",
            _("Near misses"),
            quality,
            daily=("qa_reviewer", "qa_releaser", "inspector"),
            roles=near_miss_web.MAY_READ,
        ),
        MenuItem("labels.page_site", _("Labels"), labels, daily=PRINTS),
        MenuItem("print_queue.page", _("Print queue"), labels, daily=PRINTS),
        MenuItem("printers.page", _("Printers"), labels, daily=ADMINS),
        MenuItem("templates.page_list", _("Templates"), labels, daily=("doc_control",), roles=template_web.READERS),
        MenuItem("people.devices_page", _("Devices"), site, daily=ADMINS),
        MenuItem("scanners.page", _("Scanners"), site, daily=("metrology",)),
        MenuItem("board.commands_page", _("Command sheet"), site, roles=HANDS),
        MenuItem("on_call.on_call_page", _("On call"), site, daily=(*BEDSIDE, *ROAD, *ADMINS)),
        MenuItem(
            "protocols.page_list",
            _("Protocols"),
            records,
            daily=("doc_control", "inspector"),
            roles=protocol_web.READERS,
        ),
        MenuItem("evidence.ledger_page", _("Ledger"), records, daily=("qa_reviewer", "qa_releaser", "inspector")),
    )
    if purpose != "demo":
        return tuple(items)
    demo = _("This demo")
    return (
        *items,
        MenuItem("demo.tray", _("Printer tray"), demo, daily=HANDS),
        MenuItem("demo.walk", _("Guided walk"), demo),
    )
