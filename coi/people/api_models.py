"""What does a program say and hear about people and stations?"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from coi.web.api import At, In, Out, Receipt

Coordinate = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
State = Literal["proposed", "qualified", "suspended", "retired"]


class GrantOut(Out):
    """One role at one site."""

    role: str
    site: str
    product: str | None
    """Product code the grant is limited to; null for every product."""
    trained_until: At | None


class Me(Out):
    """Who asks, and what for."""

    person: str
    name: str
    site: str
    """The site where a deed of this request would happen."""
    zone: str
    via: Literal["session", "token"]
    purpose: Literal["production", "training", "demo"]
    log: str
    grants: list[GrantOut]


class Key(In):
    """A public key as a JSON Web Key: of a browser on P-256, of a station's program Ed25519 without y."""

    kty: Literal["EC", "OKP"]
    crv: Literal["P-256", "Ed25519"]
    x: Coordinate
    y: Coordinate | None = None
    ext: bool | None = None
    key_ops: list[Annotated[str, Field(max_length=20)]] | None = Field(default=None, max_length=10)


class NewDevice(In):
    """A station that proposes itself."""

    label: str = Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")
    key: Key


class DeviceOut(Out):
    """One station."""

    id: str
    site: str
    state: State


class DeviceDone(DeviceOut):
    """One station and where the deed about it stands."""

    receipt: Receipt


class Devices(Out):
    """The stations of the site."""

    devices: list[DeviceOut]


class Nonce(Out):
    """What a station signs together with its next scan: once, and within two minutes."""

    nonce: str
    state: State
