"""Protocols for programs: which there are, what each says byte for byte, and what is wrong with one being written."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Literal

from coi import web
from coi.custody import protocol_check, protocol_store
from coi.custody.api_models import FileBase64  # noqa: TC001 - pydantic reads it
from coi.web import api
from coi.web.api import At, In, Out

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

bp = api.blueprint("protocols", "Protocols")


class ProtocolFile(In):
    """A protocol's file, byte for byte."""

    file: FileBase64


class ProtocolLine(Out):
    """One version of one protocol."""

    sha256: str
    id: str
    version: int
    title: str
    product: str
    state: Literal["proposed", "approved", "superseded", "retired"]
    proposed_by: str
    proposed_at: At
    approved_by: str | None
    approved_at: At | None
    retired_by: str | None
    retired_at: At | None


class Protocols(Out):
    """Every version of every protocol: by id, the newest version first."""

    protocols: list[ProtocolLine]


class ProtocolWhole(ProtocolLine):
    """One version with its text."""

    body: str
    """The file as it was proposed: the SHA-256 of its UTF-8 bytes is *sha256*."""


class Faults(Out):
    """What is wrong with a protocol's file; nothing was recorded."""

    sound: bool
    faults: list[str]


@bp.get("/protocols")
@bp.output(Protocols)
@bp.doc(operation_id="list_protocols", responses=api.told())
def list_protocols() -> Protocols:
    """List every version of every protocol: by id, the newest version first."""
    web.me()
    return web.read(
        lambda session: Protocols(
            protocols=[ProtocolLine.model_validate(held) for held in protocol_store.all_(session)]
        )
    )


@bp.get("/protocols/<protocol>")
@bp.output(ProtocolWhole)
@bp.doc(operation_id="show_protocol", responses=api.told(404))
def show_protocol(protocol: str) -> ProtocolWhole:
    """Show one version with its text, by the SHA-256 of its bytes or the first twelve or more characters of it."""
    web.me()

    def work(session: Session) -> ProtocolWhole:
        held = protocol_store.held(session, protocol)
        protocol_store.read(held)  # a text that somebody changed is not shown as the protocol of that hash
        return ProtocolWhole.model_validate(held)

    return web.read(work)


@bp.post("/protocols/check")
@bp.input(ProtocolFile, arg_name="asked")
@bp.output(Faults)
@bp.doc(operation_id="check_protocol", responses=api.told(403, 413, 415, 422))
def check_protocol(asked: ProtocolFile) -> Faults:
    """Name every fault of a protocol's file; no deed, so no key, and nothing is recorded."""
    found = protocol_check.faults_of(base64.b64decode(asked.file))
    return Faults(sound=not found, faults=found)
