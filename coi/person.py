"""Who acts: a frozen picture of one person and what that person may do, without a name.

Names, e-mail addresses and secrets are stores of ``coi.people``; rules see only this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

ROLES = (
    "physician",
    "coordinator",
    "collection_operator",
    "cell_lab",
    "courier",
    "depot",
    "mfg_operator",
    "mfg_supervisor",
    "materials",
    "metrology",
    "qc_analyst",
    "qc_reviewer",
    "qa_reviewer",
    "qa_releaser",
    "doc_control",
    "trainer",
    "planner",
    "pharmacist",
    "ward_nurse",
    "site_admin",
    "system_admin",
    "inspector",
    "device",
)
"""Every role there is; a role is granted at a site and, if it says so, for one product only."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of one person at one site."""

    role: str
    site: str
    product: str | None = None
    """Product code the grant is limited to; None means every product of the site."""
    trained_until: datetime | None = None
    """Training counts until this instant (UTC); None means never trained, which no gate accepts."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person as rules see one: a pseudonymous id and grants."""

    id: str
    grants: tuple[Grant, ...] = ()
    active: bool = True

    def grant(self, roles: frozenset[str] | tuple[str, ...], site: str, product: str | None) -> Grant | None:
        """Return the first grant of one of *roles* at *site* that covers *product*, or None."""
        for held in self.grants:
            if held.role in roles and held.site == site and held.product in {None, product}:
                return held
        return None

    def sites(self) -> tuple[str, ...]:
        """Return the sites where the person holds any role, each once, in the order granted."""
        return tuple(dict.fromkeys(held.site for held in self.grants))
