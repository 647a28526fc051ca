"""Does the effective release certificate name exactly this container?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse a product that the certificate does not list.

    Another lot under the same chain of identity matches the patient (R5).
    """
    certificate = asked.order.certificate
    if certificate is None:
        return (Reason("no_certificate", expected="a release", seen="none"),)
    return tuple(
        Reason("not_certified", slot=container.kind, expected=certificate.id, seen="not on its list")
        for container in asked.containers()
        if container.kind == "drug_product" and container.id not in certificate.containers
    )
