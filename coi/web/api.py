"""What does every room's ``api.py`` share? One deed of a program: who asks, what is asked, once, and what is answered.

* Who asks has a bearer token, or a session with the mark against forged requests; nobody is 401.
* A deed carries an Idempotency-Key. Its answer is kept in the deed's own transaction, so that a repeat gives the same
  answer, and a second deed under the same key is refused. What is kept to compare requests is a keyed hash that no
  secret enters: neither a password nor a birth date can be guessed from it.
* If-Match names the order's head; it is compared under the lock that the deed itself holds.
* A malformed request names its fields and never its values, for they may be a patient's.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from apiflask import APIBlueprint, HTTPError
from flask import Response, request
from flask_wtf.csrf import CSRFError
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, SecretStr, WithJsonSchema
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from coi import ledger, settings
from coi.errors import CoiError, Malformed, NotPermitted, Unknown
from coi.web import problems
from coi.web.pages import csrf
from coi.web.wiring import deed as one_transaction
from coi.web.wiring import me, now, once, require_match

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.web.wiring import Who

PREFIX: Final = "/api/v1"
PROBLEM: Final = "application/problem+json"
NAME: Final = r"^[A-Za-z0-9_-]{1,64}$"
"""How every name in an address looks: of orders, checkpoints, pieces, holds, devices and statements."""
HEAD: Final = r'\*|"[0-9a-f]{64}"'
"""How If-Match names a head."""
MAX_SEQ: Final = 2**53 - 1

DEFAULTS: Final = (401, 503)
"""What every operation may answer."""

_FAILURE: Final = 400

Responses: TypeAlias = "dict[int | str, dict[str, Any]]"
"""What an operation may answer, by status, as the API's description says it."""

At = Annotated[
    datetime,
    PlainSerializer(ledger.instant, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
"""An instant as entries write it: UTC, six digits, Z."""
Name = Annotated[str, Field(pattern=NAME)]


class In(BaseModel):
    """What a program sends: nothing that is not asked for, and shown nowhere."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True)


class Out(BaseModel):
    """What a program is told; a wrong shape cannot leave."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, from_attributes=True, use_attribute_docstrings=True
    )


class Receipt(Out):
    """Where the deed stands in the ledger; keep it."""

    chain: str
    seq: int
    hash: str
    """SHA-256 of the entry, in hexadecimal."""

    @classmethod
    def of(cls, entry: ledger.Entry | ledger.Head) -> Receipt:
        """Return the receipt of an entry."""
        return cls(chain=entry.chain, seq=entry.seq, hash=entry.hash)


class Problem(Out):
    """An error (RFC 9457) with the reference that the log carries too."""

    model_config = ConfigDict(extra="ignore")

    type: str
    title: str
    status: int
    detail: str
    reference: str
    fields: list[str] = []
    """The fields that are malformed, by name; never their values."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a deed answers, whether for the first time or again."""

    status: int
    body: BaseModel
    headers: Mapping[str, str] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        """Return the answer as it is kept under its key."""
        body = self.body.model_dump(mode="json", exclude_none=False)
        return {"status": self.status, "body": body, "headers": dict(self.headers)}


def blueprint(name: str, tag: str) -> APIBlueprint:
    """Return a room's part of the API."""
    bp = APIBlueprint(f"api_{name}", f"coi.api.{name}", tag=tag, url_prefix=PREFIX)
    bp.before_request(_only_who_may_ask)
    for error, told in (
        (CSRFError, _forged),
        (HTTPError, _malformed),
        (BadRequest, _not_json),
        (RecursionError, _not_json),
    ):
        bp.register_error_handler(error, told)
    return bp


def deed(asked: BaseModel | None, work: Callable[[Session, Who, datetime], Reply]) -> Response:
    """Do *work* once for its key in one transaction, and answer after the commit.

    1. Who asks is known, and sent a key.
    2. The key did this before: the answer of then. It did something else: ``KeyReused``.
    3. The work is done, and its answer kept with it.
    """
    who, at, key = me(), now(), once()

    def whole(session: Session) -> Mapping[str, Any]:
        digest = _digest(session, asked)
        before = ledger.remembered(session, key, who.id, digest)
        if before is not None:
            return before
        reply = work(session, who, at).kept()
        ledger.remember(session, key, who.id, digest, reply)
        return reply

    return _response(one_transaction(whole))


def match(session: Session, chain: str) -> None:
    """Compare If-Match, where it was sent, with the chain's head, which is locked from here on.

    Raises:
        StaleHead: it names another head.
        Malformed: it names none.
    """
    wanted = request.headers.get("If-Match")
    if wanted is None:
        return
    if not re.fullmatch(HEAD, wanted):
        raise Malformed('Expected If-Match as "<64 hexadecimal digits>" or *, seen another text.')
    require_match(ledger.lock(session, chain).hash)


def etag(head: ledger.Head) -> dict[str, str]:
    """Return the header that names an order's head, for a later If-Match."""
    return {"ETag": f'"{head.hash}"'}


def problem(status: int, slug: str, title: str, detail: str) -> dict[str, Any]:
    """Return the members that every problem document has."""
    return {
        "type": problems.TYPES + slug,
        "title": title,
        "status": status,
        "detail": detail,
        "reference": problems.reference(),
    }


def told(*statuses: int, also: Mapping[int, Mapping[str, Any]] | None = None) -> Responses:
    """Return what an operation may answer beside its own answer, for the description of the API.

    *statuses* are plain problems; *also* describes answers of a shape of their own, by status.
    """
    every = (*DEFAULTS, *statuses)
    plain = {status: {"description": _WORDS[status], "content": content(PROBLEM, "Problem")} for status in every}
    return {str(status): dict(words) for status, words in sorted((plain | dict(also or {})).items())}


def content(media_type: str, schema: str) -> dict[str, Any]:
    """Return the content of an answer by the name of its schema."""
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


_WORDS: Final = {
    400: "The request is no HTTP that can be understood",
    401: "Nobody is signed in, or the secret was wrong; goes to the security log",
    403: "Role or separation of duty forbids it",
    404: "There is no such thing, or it is not yours to see",
    409: "The present state does not allow it",
    412: "If-Match is stale: read again",
    413: "The body is too large",
    415: "The body is not application/json",
    422: "Something is malformed, or the key belongs to another request",
    428: "No Idempotency-Key",
    503: "Cannot judge now",
}


def _only_who_may_ask() -> None:
    """Let in who is known, by names that can be names, with a body that says what it is.

    1. A session is believed only with the mark against forged requests, whatever else the request carries.
    2. Nothing in the address can be anything but a name.
    3. A body is JSON.
    """
    who = me()
    changes = request.method not in {"GET", "HEAD", "OPTIONS"}
    if changes and who.via == "session":
        csrf.protect()
    for value in (request.view_args or {}).values():
        if isinstance(value, str) and not re.fullmatch(NAME.strip("^$"), value):
            raise Unknown("Expected a name of letters, digits, _ and -, seen another text.")
        if isinstance(value, int) and value > MAX_SEQ:
            raise Unknown(f"Expected a number up to {MAX_SEQ}, seen a larger one.")
    if changes and request.content_length and not request.is_json:
        raise UnsupportedMediaType("Expected application/json, seen another media type.")


def _forged(_error: CSRFError) -> ResponseReturnValue:
    """Say who may not ask: nobody is signed in, or a session came without its mark."""
    try:
        me()
    except CoiError as error:
        return problems.of_family(error)
    return problems.of_family(
        NotPermitted("Expected the header X-CSRFToken of this session, seen none that is its own.")
    )


def _not_json(_error: Exception) -> ResponseReturnValue:
    """Say that the body cannot be read; nothing of it is repeated."""
    return problems.of_family(Malformed("Expected a JSON body, seen something that is none."))


def _malformed(error: HTTPError) -> ResponseReturnValue:
    """Name the fields that are malformed."""
    detail = error.detail if isinstance(error.detail, dict) else {}
    known = _fields()
    paths = [str(path) for fields in detail.values() if isinstance(fields, dict) for path in fields]
    places = sorted({_place(path, known) for path in paths})
    text = f"Expected every field as the API's description says, seen otherwise: {', '.join(places)}."
    body = Problem(**problem(422, Malformed.slug, Malformed.title, text), fields=places)
    return _response(Reply(422, body).kept())


def _place(path: str, known: frozenset[str]) -> str:
    """Return a field's path; a part that is no field of ours came from outside and is not repeated."""
    return ".".join(part if part in known or part.isdecimal() else "?" for part in path.split("."))


def _fields(model: type[BaseModel] = In) -> frozenset[str]:
    """Return the names of all fields that a program may send."""
    own = frozenset(model.model_fields)
    return own.union(*(_fields(one) for one in model.__subclasses__()))


def _digest(session: Session, asked: BaseModel | None) -> str:
    """Return what tells one request from another: a keyed hash of method, path and body without its secrets."""
    body = None if asked is None else _without_secrets(asked.model_dump())
    text = json.dumps([request.method, request.path, body], sort_keys=True, default=str)
    key = settings.of(session).key("index")
    return hmac.new(key, b"api\n" + text.encode("utf-8"), hashlib.sha256).hexdigest()


def _without_secrets(value: Any) -> Any:  # noqa: ANN401 - any plain data
    match value:
        case SecretStr():
            return ""
        case dict():
            return {name: _without_secrets(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_without_secrets(inner) for inner in value]
        case _:
            return value


def _response(kept: Mapping[str, Any]) -> Response:
    """Return the answer as HTTP."""
    status = int(kept["status"])
    response = Response(
        json.dumps(kept["body"]), status, mimetype=PROBLEM if status >= _FAILURE else "application/json"
    )
    response.headers.update(kept["headers"])
    return response
