"""By which scheme are the bags labelled that a site collects, and what does it need for that? Pure.

1. ISBT 128 wants the facility number that ICCBBA gave the site.
2. GS1 wants, where cells are collected, the article number (GTIN) that the site gave its bags; what is made has the
   article number of its product.
3. Plain wants nothing: the chain of identity and the labels are our own (ADR 0021).
"""

from __future__ import annotations

import re
from typing import Final

from coi.errors import Malformed
from coi.identity.gs1 import Element

SCHEMES: Final = ("isbt128", "gs1", "plain")
COLLECTS: Final = frozenset({"collection", "treatment"})
"""Kinds of site that may collect: their scheme decides what the bags and wristbands of an order bear."""
MEANS: Final = {
    "isbt128": "What is collected here is labelled by ISBT 128, with donation numbers of the facility {fin}.",
    "gs1": "What is collected here is labelled by GS1, with the GTIN {gtin} and the container as its serial number.",
    "plain": "What is collected here is labelled by our own code: it needs no number of ICCBBA or GS1, and only this "
    "product reads it. Once the site has such a number: coi setup labels.",
}
"""What each scheme means for a site that collects."""

_FIN = re.compile(r"[A-NP-Z1-9][A-NP-Z0-9]{2}[0-9]{2}")


def check(kind: str, scheme: str, fin: str | None, gtin: str | None) -> None:
    """Refuse a scheme that is none, or that lacks the number without which nothing could be labelled."""
    if scheme not in SCHEMES:
        raise Malformed(f"Expected an identifier scheme of {', '.join(SCHEMES)}, seen {scheme[:40]!r}.")
    if fin is not None and not _FIN.fullmatch(fin):
        raise Malformed(f"Expected a facility identification number such as A9999, seen {fin[:40]!r}.")
    if scheme == "isbt128" and fin is None:
        raise Malformed("Expected a facility identification number for a site that labels by ISBT 128, seen none.")
    if gtin is not None:
        _check_gtin(gtin)
    if scheme == "gs1" and kind in COLLECTS and gtin is None:
        raise Malformed("Expected the GTIN of the bags of a site that collects and labels by GS1, seen none.")


def meaning(kind: str, scheme: str, fin: str | None, gtin: str | None) -> str:
    """Return what a scheme means for the labels of a site; empty where nothing is collected."""
    return MEANS[scheme].format(fin=fin, gtin=gtin) if kind in COLLECTS else ""


def _check_gtin(gtin: str) -> None:
    try:
        Element("01", gtin)
    except Malformed:
        raise Malformed(f"Expected a GTIN of 14 digits with its check digit, seen {gtin[:20]!r}.") from None
