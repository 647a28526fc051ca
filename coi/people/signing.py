"""When does a signature count, and what does it say?

A signature is prepared over the SHA-256 of one canonical statement, shown, given by a person who authenticates anew,
and used once (21 CFR 11.50, 11.70, 11.200). In the entry it stands as::

    {"person":"U-…","role":"ward_nurse","meaning":"administered","sha256":"<64 hex>","method":"password","at":"…"}

* Each place to sign names the roles that may take it, what the signature then means, and whether the password alone is
  enough ("any") or another factor of the same person comes with it ("other").
* Nothing here reads a clock or a database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from coi.errors import Malformed
from coi.ledger.entry import instant, statement_hash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from coi.ledger.entry import Json
    from coi.person import Grant, Person

MEANINGS: Final = ("performed", "verified", "released", "received", "administered", "witnessed", "approved")
FACTORS: Final = ("any", "other")
"""What a place asks the signer to prove: a password, or a password and a second thing that only the person has."""
PASSWORD: Final = "password"  # noqa: S105  the name of a method
PASSWORD_AND_CODE: Final = "password+totp"  # noqa: S105  the name of a method


@dataclass(frozen=True, slots=True)
class Place:
    """One place to sign: who may take it, and what signing there means."""

    roles: frozenset[str]
    meaning: str
    factor: str = "any"

    @property
    def asks_other(self) -> bool:
        """Tell whether a password alone does not sign here."""
        return self.factor == "other"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement that waits for its signatures."""

    id: str
    sha256: str
    stmt: Mapping[str, Json]
    places: tuple[Place, ...]
    distinct: bool
    site: str
    product: str | None
    expires: datetime
    used: bool = False


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature given."""

    person: str
    role: str
    meaning: str
    sha256: str
    method: str
    at: datetime
    place: int

    def for_entry(self) -> dict[str, Json]:
        """Return the signature as it stands in the entry."""
        return {
            "person": self.person,
            "role": self.role,
            "meaning": self.meaning,
            "sha256": self.sha256,
            "method": self.method,
            "at": instant(self.at),
        }


@dataclass(frozen=True, slots=True)
class NotSigned:
    """A right secret, but the signature does not count; *code* is for entries, *message* for the one who reads it."""

    code: str
    message: str
    person: str


def places(
    meaning: str | Sequence[str],
    signers: Sequence[frozenset[str] | Sequence[str]],
    factors: Sequence[str] | None = None,
) -> tuple[Place, ...]:
    """Return the places to sign: one meaning for all, or one for each; one factor for each, or "any" for all."""
    meanings = [meaning] * len(signers) if isinstance(meaning, str) else list(meaning)
    if not signers or len(meanings) != len(signers):
        raise Malformed(
            f"Expected at least one signer and a meaning for each, seen {len(signers)} and {len(meanings)}."
        )
    for word in meanings:
        if word not in MEANINGS:
            raise Malformed(f"Expected a meaning of {', '.join(MEANINGS)}, seen {word[:40]!r}.")
    asked = ["any"] * len(signers) if factors is None else list(factors)
    if len(asked) != len(signers) or not set(asked) <= set(FACTORS):
        raise Malformed(f"Expected {' or '.join(FACTORS)} for each of {len(signers)} signers, seen something else.")
    found = tuple(
        Place(frozenset(roles), word, factor) for roles, word, factor in zip(signers, meanings, asked, strict=True)
    )
    if not all(place.roles for place in found):
        raise Malformed("Expected each signer to be of at least one role, seen none.")
    return found


def decide(
    prepared: Prepared, given: Sequence[Signed], person: Person, seen: str, *, method: str, at: datetime
) -> Signed | NotSigned:
    """Judge one signature by a person whose secret was right; *method* says by what it was proven.

    1. The record shown (*seen*, its SHA-256) is the record prepared (11.70).
    2. It has not been used, and its time has not run out.
    3. The person is active.
    4. The person has not signed it yet, where different persons are asked for (11.200(a)(3)).
    5. A place is free that a role of the person at the site may take.
    6. That role's training counts at this moment.
    7. A place that asks for the other factor is signed with it, and by somebody else than who acts: one who knows two
       passwords, and holds the actor's own telephone, still signs as one person.
    """

    def no(code: str, message: str) -> NotSigned:
        return NotSigned(code, message, person.id)

    if seen != prepared.sha256:
        return no("other_record", f"Expected a signature over record {prepared.sha256[:12]}, seen {seen[:12]}.")
    if prepared.used:
        return no("already_used", "Expected a statement that waits for signatures, seen one that was used.")
    if at >= prepared.expires:
        return no("expired", f"Expected a signature before {instant(prepared.expires)}, seen one at {instant(at)}.")
    if not person.active:
        return no("inactive", f"Expected an active person, seen {person.id}, who is deactivated.")
    if prepared.distinct and any(signed.person == person.id for signed in given):
        return no("same_person", f"Expected another person than {person.id}, who has signed this already.")
    return _take(prepared, given, person, method=method, at=at)


def _take(
    prepared: Prepared, given: Sequence[Signed], person: Person, *, method: str, at: datetime
) -> Signed | NotSigned:
    """Find the place that the person may take: points 5 to 7 of ``decide``."""
    free = [number for number in range(len(prepared.places)) if all(signed.place != number for signed in given)]
    if not free:
        return NotSigned("complete", "Expected a place to sign, seen all of them signed.", person.id)
    held = [(number, role.role, role.trained_until) for number, role in _fitting(prepared, free, person)]
    if method == PASSWORD_AND_CODE:  # the second person may come first and leaves the other place to who acts
        held.sort(key=lambda one: not prepared.places[one[0]].asks_other)
    trained = [(number, role) for number, role, until in held if until is not None and at < until]
    doubts = [_doubt(prepared, number, person, method) for number, _role in trained]
    for (number, role), doubt in zip(trained, doubts, strict=True):
        if doubt is None:
            meaning = prepared.places[number].meaning
            return Signed(person.id, role, meaning, prepared.sha256, method, at, number)
    if doubts and doubts[0] is not None:
        return doubts[0]
    if held:
        message = f"Expected training of {person.id} as {held[0][1]} to count now, seen none that does."
        return NotSigned("not_trained", message, person.id)
    wanted = " or ".join(sorted({role for number in free for role in prepared.places[number].roles}))
    message = f"Expected the role {wanted} at {prepared.site}, seen {person.id} without it."
    return NotSigned("no_role", message, person.id)


def _doubt(prepared: Prepared, number: int, person: Person, method: str) -> NotSigned | None:
    """Say why a place that asks for the other factor is not signed so: point 7 of ``decide``."""
    if not prepared.places[number].asks_other:
        return None
    alone = all(place.asks_other for place in prepared.places)
    if not alone and prepared.stmt.get("actor") == person.id:
        message = f"Expected another person than {person.id}, who acts, at the place that asks for the other factor."
        return NotSigned("same_person", message, person.id)
    if method != PASSWORD_AND_CODE:
        message = f"Expected a password and the code of the signer's own device, seen {method} of {person.id} alone."
        return NotSigned("factor_missing", message, person.id)
    return None


def _fitting(prepared: Prepared, free: Sequence[int], person: Person) -> list[tuple[int, Grant]]:
    """Return the free places with the grants that may take them: the place of fewest roles first.

    So that who could sign anywhere does not take the only place that the next signer fits.
    """
    ordered = sorted(free, key=lambda number: (len(prepared.places[number].roles), number))
    return [
        (number, held)
        for number in ordered
        for held in person.grants
        if held.role in prepared.places[number].roles
        and held.site == prepared.site
        and held.product in {None, prepared.product}
    ]


def is_bound(stmt: Mapping[str, Json], signature: Mapping[str, Json]) -> bool:
    """Tell whether a signature in an entry is over that entry's statement: one copied from another record is not."""
    return signature.get("sha256") == statement_hash(stmt)
