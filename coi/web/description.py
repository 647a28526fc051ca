"""What does the OpenAPI document say beside the shapes: keys, errors, and how to authenticate?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from apiflask import APIFlask

_PROBLEMS: Final = {
    "400": "The request could not be understood",
    "401": "Nobody is signed in, or the secret was wrong",
    "403": "Role or separation of duty; where a gate judged, every reason and its receipt",
    "404": "There is no such thing, or it is not the caller's",
    "405": "This address does not take that method",
    "409": "Refused by a gate, or an illegal state: every reason at once, and the receipt of its entry",
    "412": "If-Match names another head than the order has now",
    "413": "The body is too large",
    "415": "The body is no JSON",
    "422": "A value, unit or code has the wrong shape, or the key belongs to another request",
    "428": "No Idempotency-Key",
    "503": "Cannot judge now",
}
_ONLY_DEEDS: Final = frozenset({"409", "412", "413", "415", "428", "400"})

_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "reference"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "reference": {"type": "string"},
        "reasons": {"type": "array"},
        "receipt": {"type": "object"},
        "holds": {"type": "array", "items": {"type": "string"}},
    },
}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A new random text for each deed; the same one again answers the same and does nothing.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{8,80}$"},
}
_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The head of the order that the caller has read.",
    "schema": {"type": "string", "pattern": '^"[0-9a-f]{64}"$'},
}


def describe(app: APIFlask) -> None:
    """Let *app* describe itself whole."""
    app.config["OPENAPI_VERSION"] = "3.1.0"
    app.config["VALIDATION_ERROR_STATUS_CODE"] = 422
    app.config["AUTO_VALIDATION_ERROR_RESPONSE"] = False
    app.config["AUTO_AUTH_ERROR_RESPONSE"] = False
    app.config["AUTO_404_RESPONSE"] = False
    app.config["SERVERS"] = [{"url": "/"}]
    app.spec_processor(_complete)


def _complete(spec: dict[str, Any]) -> dict[str, Any]:
    """Add what every operation shares."""
    components = spec.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    spec["security"] = [{"token": []}]
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            if method in {"get", "post"}:
                _complete_operation(path, method, operation)
    return spec


def _complete_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add headers and errors to one operation."""
    is_deed = method == "post"
    parameters = operation.setdefault("parameters", [])
    if is_deed:
        parameters.append(_KEY)
        if "{name}" in path:
            parameters.append(_MATCH)
    if path.endswith("/entries"):
        parameters.append(
            {"name": "after", "in": "query", "required": False, "schema": {"type": "string", "pattern": "^[0-9]{1,9}$"}}
        )
    if "/checkpoints/" in path:
        operation["responses"]["202"] = {
            "description": "Everything agrees; the statement waits for its signatures",
            "content": {"application/json": {"schema": {"type": "object", "required": ["prepared", "sha256"]}}},
        }
    for status, words in _PROBLEMS.items():
        if is_deed or status not in _ONLY_DEEDS:
            operation["responses"][status] = {
                "description": words,
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
