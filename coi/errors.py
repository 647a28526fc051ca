"""What can go wrong before anything can be judged?

A refusal is an answer and is never one of these: it is data (``Refused``) and stands in the ledger.
These say "I cannot even judge", each with the HTTP status that tells the caller so (RFC 9457).

* A message names what was expected and what was seen, and never holds a person's data.
* Code outside the web edge raises these and knows nothing of HTTP but the number.
"""

from __future__ import annotations


class CoiError(Exception):
    """The root of the family; *status* is the HTTP status, *slug* the last part of the problem type."""

    status = 500
    slug = "internal"
    title = "Something went wrong on our side"


class Malformed(CoiError, ValueError):
    """A value, unit or code has the wrong shape (422); the text names what was expected and what was seen."""

    status = 422
    slug = "malformed"
    title = "The value has the wrong shape"


class NotAuthenticated(CoiError):
    """Nobody is signed in, or the secret was wrong (401); goes to the security log, never to the ledger."""

    status = 401
    slug = "not-authenticated"
    title = "Sign in first"


class NotPermitted(CoiError):
    """The person lacks the role at this site, or separation of duty forbids the act (403)."""

    status = 403
    slug = "not-permitted"
    title = "Your role does not allow this here"


class Unknown(CoiError, LookupError):
    """There is no such thing (404)."""

    status = 404
    slug = "unknown"
    title = "There is no such thing"


class Conflict(CoiError):
    """The state does not allow the act (409), and no gate was reached that would record it."""

    status = 409
    slug = "conflict"
    title = "The present state does not allow this"


class StaleHead(CoiError):
    """If-Match named another head than the chain has now (412)."""

    status = 412
    slug = "stale-head"
    title = "Somebody was faster: read again"


class KeyReused(CoiError):
    """An idempotency key came back with another request body (422)."""

    status = 422
    slug = "key-reused"
    title = "This idempotency key belongs to another request"


class NoIdempotencyKey(CoiError):
    """A deed came without an Idempotency-Key header (428)."""

    status = 428
    slug = "no-idempotency-key"
    title = "A deed needs an Idempotency-Key"


class Unavailable(CoiError):
    """The service cannot judge now (503): database away, clock untrusted, durability too weak."""

    status = 503
    slug = "unavailable"
    title = "Cannot judge now"
