"""Who does a deed, where and through which device? The frame that every page and every address puts round it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.deed import Deed
from coi.errors import Unknown
from coi.people import devices

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi import web


def frame(session: Session, who: web.Who, at: datetime, device: str | None = None) -> Deed:
    """Return the frame of a deed by *who*, through *device* if it is one that is known."""
    known = None
    if device is not None:
        try:
            known = devices.device(session, device)
        except Unknown:
            known = None
    return Deed(
        by=who.person,
        site=who.site,
        at=at,
        via=who.via,
        device=None if known is None else known.id,
        device_site=None if known is None else known.site,
        device_state=None if known is None else known.state,
    )
