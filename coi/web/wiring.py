"""Who is asking, what time is it, and how does a request reach the database?

* A deed is one transaction; the page or the reply is made after its commit, never inside.
* The person of a request comes from a hook that ``coi.app`` wires (``coi.people`` fills it); nobody is nobody: 401.
* Work that waits for somebody is gathered from sources that the rooms offer and ``coi.app`` wires.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar, cast
from zoneinfo import ZoneInfo

from flask import current_app, g, request

from coi import ledger
from coi.errors import Conflict, Malformed, NoIdempotencyKey, NotAuthenticated, NotPermitted, StaleHead
from coi.web.role_words import role_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy.orm import Session

    from coi.db import Database
    from coi.errors import CoiError
    from coi.person import Person

T = TypeVar("T")

_KEY = re.compile(r"[A-Za-z0-9._:-]{8,80}")
_FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Who:
    """The person of this request, at the site where he or she works now."""

    person: Person
    name: str
    site: str
    site_name: str
    zone: str = "UTC"
    via: Literal["session", "token"] = "session"
    sites: tuple[tuple[str, str], ...] = ()
    """Every site where the person works, id and name, to choose from."""

    @property
    def id(self) -> str:
        """Return the person's pseudonymous id."""
        return self.person.id

    @property
    def roles(self) -> tuple[str, ...]:
        """Return the roles held at this site, each once, as words."""
        held = (role_words(grant.role) for grant in self.person.grants if grant.site == self.site)
        return tuple(dict.fromkeys(held))

    @property
    def tz(self) -> ZoneInfo:
        """Return the site's time zone."""
        return ZoneInfo(self.zone)


class OpenTask(Protocol):
    """What My work needs of a task, whatever room it comes from."""

    @property
    def title(self) -> str:
        """Return what is to be done."""

    @property
    def due(self) -> datetime | None:
        """Return when it must be done, or None."""


class TaskSource(Protocol):
    """What a room offers: the open tasks of one person at one moment."""

    def __call__(self, session: Session, person: Person, site: str, at: datetime) -> Iterable[OpenTask]:
        """Return the tasks that wait for *person* at *site*."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What ``coi.app`` tells the rooms' web modules, kept as ``app.extensions["coi"]``."""

    database: Database
    clock: Callable[[], datetime]
    purpose: str
    log: str
    identify: Callable[[], Who | None]
    task_sources: tuple[TaskSource, ...] = field(default=())
    after_deed: Callable[[], None] = field(default=lambda: None)
    """Told after each deed's commit, so that what the deed queued (labels) is looked at without waiting."""
    refused: Callable[[Session, Who, str, Iterable[object], CoiError, datetime], object] = field(
        default=lambda *_: None
    )
    """Writes down that somebody was refused a deed, of that name and about that, where no gate has judged it."""


def wired() -> Wiring:
    """Return the wiring of the running application."""
    return cast("Wiring", current_app.extensions["coi"])


def now() -> datetime:
    """Return the time of the wired clock."""
    return wired().clock()


def deed(work: Callable[[Session], T]) -> T:
    """Do *work* in one transaction that is committed when this returns.

    What role or state forbids an authenticated person is written down in a transaction of its own: no try is hidden.
    """
    try:
        done = wired().database.run(work)
    except (Conflict, NotPermitted) as refusal:
        _write_down(refusal)
        raise
    wired().after_deed()
    return done


def _write_down(refusal: CoiError) -> None:
    who, at, about = somebody(), now(), tuple((request.view_args or {}).values())
    if who is None or request.method == "GET":
        return
    wired().database.run(lambda session: wired().refused(session, who, request.endpoint or "", about, refusal, at))


def read(work: Callable[[Session], T]) -> T:
    """Let *work* read one moment of the database."""
    return wired().database.read(work)


def somebody() -> Who | None:
    """Return who is asking, or None; looked up once a request."""
    if "coi_who" not in g:
        g.coi_who = wired().identify()
    return cast("Who | None", g.coi_who)


def me() -> Who:
    """Return who is asking.

    Raises:
        NotAuthenticated: nobody is signed in and no valid token came along.
    """
    who = somebody()
    if who is None:
        raise NotAuthenticated("Expected a signed-in person or a valid token, seen neither.")
    return who


def once() -> str:
    """Return the idempotency key of this deed: the header of a client, the hidden field of a form.

    Raises:
        NoIdempotencyKey: there is none.
        Malformed: it is not 8 to 80 of the letters, digits and ``. _ : -``.
    """
    key = request.headers.get("Idempotency-Key") or request.form.get("once") or ""
    if not key:
        raise NoIdempotencyKey("Expected an Idempotency-Key header, seen none. Send a new random one with each deed.")
    if not _KEY.fullmatch(key):
        raise Malformed(f"Expected an Idempotency-Key of 8 to 80 letters, digits or . _ : -, seen {len(key)} others.")
    return key


def taken_before(session: Session) -> bool:
    """Tell whether this very form was taken before; if not, it is taken now, in the same transaction as its deed.

    What is kept names the address and the key alone: a form may hold a password, and nothing may be guessed from it.
    """
    who, key = me().id, once()
    digest = hashlib.sha256(f"{request.path} {key}".encode()).hexdigest()
    if ledger.remembered(session, key, who, digest) is not None:
        return True
    ledger.remember(session, key, who, digest, {"form": request.endpoint or ""})
    return False


def request_digest() -> str:
    """Return the SHA-256 of method, path and body: the same key with another digest is another deed."""
    body = request.get_data(cache=True)
    return hashlib.sha256(b"\n".join((request.method.encode(), request.path.encode(), body))).hexdigest()


def require_match(head_hash: str) -> None:
    """Compare If-Match, where it was sent, with the head that the chain has now.

    Raises:
        StaleHead: it names another head.
    """
    wanted = request.headers.get("If-Match")
    if wanted and wanted.strip().removeprefix("W/").strip('"') not in {head_hash, "*"}:
        raise StaleHead(f'Expected If-Match "{head_hash}", seen {wanted[:80]}.')


def open_tasks(session: Session, who: Who, at: datetime) -> tuple[OpenTask, ...]:
    """Return what waits for *who*, the soonest deadline first, tasks without one last."""
    found = (task for source in wired().task_sources for task in source(session, who.person, who.site, at))
    return tuple(sorted(found, key=lambda task: (task.due or _FAR, task.title)))
