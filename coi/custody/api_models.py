"""What does a program say about orders, gates and holds? What it hears is in ``api_answers`` and ``api_pictures``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from coi.web.api import MAX_SEQ, In, Name

Text = Annotated[str, Field(pattern=r"^[ -~]{0,40}$")]
Word = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
Line = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")]
Login = Annotated[str, Field(min_length=1, max_length=254, pattern=r"^[^\x00-\x1f\x7f]+$")]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=1024)]
Base64 = Annotated[
    str,
    Field(pattern=r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$", max_length=8_192),
]

FileBase64 = Annotated[
    str,
    Field(pattern=r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$", max_length=6_000_000),
]
"""A file's very bytes, in base64."""

Change = Literal["merged", "unmerged", "linked", "identifiers_changed"]
ReprintReason = Literal["damaged", "unreadable", "lost", "never_printed"]
EndingReason = Literal["not_needed", "replaced", "damaged", "unreadable", "lost", "never_printed"]
Fate = Literal["spoiled", "destroyed", "returned"]
DeclineReason = Literal["damaged", "wrong_address", "no_capacity", "seal_broken", "late"]
Basis = Literal[
    "label_and_record_agree",
    "two_labels_agree",
    "biological_identity",
    "condition_evidence",
    "scan_of_another_by_mistake",
]


class Patient(In):
    """What identifies a patient: into the vault and nowhere else."""

    name: Line
    birth_date: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    issuer: Annotated[Line, Field(max_length=60)]
    """Who issued the record number: the hospital's short name."""
    record_number: Annotated[Line, Field(max_length=60)]


class Entered(In):
    """What is entered blind at a gate that compares it with the vault; the answer is yes or no, and ours."""

    name: Line
    birth_date: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    issuer: str = Field(default="", max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")
    record_number: str = Field(default="", max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")
    """With its issuer: where a physician enters everything again, and where the gate says twins."""


class NewOrderIn(In):
    """What a coordinator orders."""

    patient: Patient
    product: Name
    collection: Name
    manufacturing: Name
    treatment: Name
    courier: Name | None = None
    """Left out where nothing travels: what is made in the house."""
    depot: Name | None = None
    """Left out where no depot lies on the way."""


class Scan(In):
    """One read of one code, as the scanner gave it."""

    data: Base64
    """The very bytes, in base64."""
    aim: str = Field(default="", pattern=r"^[!-~]{0,3}$")
    """Symbology identifier of ISO/IEC 15424, as ]d1; empty when the reader did not say."""
    source: str = Field(default="wedge", pattern=r"^[a-z_]{1,20}$")
    device: Name | None = None
    """The station that signed this read; all reads of one deed come through one."""
    nonce: str = Field(default="", pattern=r"^[A-Za-z0-9_-]{0,100}$")
    signature: Base64 = Field(default="", max_length=200)
    """ECDSA on P-256, raw r and s, over nonce, LF, base64 of the data, LF, aim, LF, source."""


class Attempt(In):
    """What is brought to a gate."""

    scans: list[Scan] = Field(default=[], max_length=12)
    values: dict[Word, Text] = Field(default={}, max_length=20)
    patient: Entered | None = None
    """Only where the gate wants a value of type identity or spoken; who cannot speak is stated as ``cannot_speak``."""


class Signer(In):
    """Both components of one electronic signature, given anew each time."""

    login: Login
    secret: Secret


class PlaceSigner(Signer):
    """Who takes one place to sign."""

    code: SecretStr = Field(default=SecretStr(""), max_length=12)
    """The code that the signer's own telephone shows; only where the place asks for the other factor."""


class Signatures(In):
    """Signatures over one prepared statement, in the order of its places."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """The SHA-256 of the statement that the signers were shown."""
    signatures: list[PlaceSigner] = Field(min_length=1, max_length=4)


class Reprint(Signer):
    """Why a label is replaced and what became of it, with the signatures of who does it and of a second person."""

    why: ReprintReason
    fate: Fate
    """Told before the new one is printed; what is lost or was never printed is spoiled."""
    second: Signer


class Ending(Signer):
    """What became of a label that is on nothing, signed by who does it."""

    why: EndingReason
    fate: Fate
    second: Signer | None = None
    """The second person: a program holds no label in its hand, so one is always needed."""
    scanned: str = Field(default="", max_length=512)
    """What the label's own square code says, character for character; proves the right line, not the paper."""


class Decline(In):
    """Why offered custody is not taken."""

    why: DeclineReason


class Lift(Signer):
    """What settled a hold, and the signature of quality."""

    basis: Basis
    second: Signer | None = None
    """The second person of quality, where the hold says that two sign."""


class IdentityReview(In):
    """What another system says of a patient's identity; it names nobody, for it binds nothing."""

    change: Change


class OrdersAsked(In):
    """Which orders to list."""

    only_open: bool = False
    after: Name | None = None
    """The last order of the page before."""
    limit: int = Field(default=100, ge=1, le=500)


class EntriesAsked(In):
    """Which entries to list."""

    after: int = Field(default=0, ge=0, le=MAX_SEQ)
    """The number of the last entry of the page before."""
    limit: int = Field(default=100, ge=1, le=200)


class HoldsAsked(In):
    """Which holds to list."""

    only_open: bool = False
