"""What a person reads of a verdict: what happened, and what is to be done now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask_babel import lazy_gettext as _

if TYPE_CHECKING:
    from coi.shipping.trace import Word

VERDICTS: Final[dict[Word, tuple[object, object]]] = {
    "in_range": (
        _("In range"),
        _("The right logger measured the whole leg, and the range was kept. State so at the receipt."),
    ),
    "out_of_range": (
        _("Out of range"),
        _("Receive the shipment into quarantine. Quality decides; no later file makes this good."),
    ),
    "no_data": (
        _("No data"),
        _("Nothing is proven, and what is not proven is not in range. Quarantine, or hand in the file that is meant."),
    ),
}
"""Each verdict as a headline and as what comes next."""

REASONS: Final = {
    "no_profile": _("The protocol of this order says no temperature range for this shipment"),
    "no_logger": _("No registered logger was scanned when the shipper was sealed"),
    "no_leg": _("There is no time between sealing and receipt"),
    "wrong_logger": _("The file is another logger's"),
    "calibration_lapsed": _("The logger's calibration does not last to the end of the leg's last day"),
    "clock_skew": _("The logger's clock cannot be right"),
    "duplicate": _("One instant stands in the file twice"),
    "unordered": _("The samples are not in the order of time"),
    "too_few": _("There are too few samples"),
    "starts_late": _("Nothing was measured after the sealing"),
    "ends_early": _("Nothing was measured before the receipt"),
    "gap": _("Nothing was measured in between"),
    "excursion": _("The range was left"),
}
"""Each reason's code in words."""
