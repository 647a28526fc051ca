"""What does the API say of itself? One OpenAPI 3.1 document, made from the routes and models that really serve.

APIFlask gathers routes, bodies and answers; here is added what every operation shares: how one signs in, the headers
of a deed, how names look, and the shape of a problem.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from apiflask import APIBlueprint, APIFlask
from flask import current_app, jsonify

from coi.web import api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response
    from flask.blueprints import BlueprintSetupState
    from pydantic import BaseModel

bp = APIBlueprint("api", __name__, tag="Description", url_prefix=api.PREFIX)

KEYED: Final = {"x-deed": "key"}
"""Marks a deed, which is described with its Idempotency-Key."""
MATCHED: Final = {"x-deed": "order"}
"""Marks a deed on an order, which takes If-Match too."""

_ABOUT: Final = (
    "The same actions as the screens. A deed is judged and recorded whatever comes of it: 201 and 409 alike carry the "
    "receipt of their entry. Errors are RFC 9457 problem documents."
)
_KEY: Final[dict[str, Any]] = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "A new random key for each deed; a repeat under the same key gives the same answer.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{8,80}$"},
}
_IF_MATCH: Final[dict[str, Any]] = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "description": "The ETag of the order as it was read; 412 when it has another head now.",
    "schema": {"type": "string", "pattern": f"^({api.HEAD})$"},
}
_SECURITY_SCHEMES: Final = {
    "token": {"type": "http", "scheme": "bearer", "description": "coi token create --person --role --site"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "coi_session",
        "description": "A signed-in browser; what changes something also carries the header X-CSRFToken.",
    },
}
_DOCUMENT: Final[api.Responses] = {
    "200": {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}}}
}
_schemas: dict[str, type[BaseModel]] = {"Problem": api.Problem}


def offer(model: type[BaseModel]) -> str:
    """Let descriptions refer to a model by its name; return the name."""
    _schemas[model.__name__] = model
    return model.__name__


@bp.get("/openapi.json")
@bp.doc(operation_id="describe", responses=_DOCUMENT)
def describe() -> Response:
    """Describe every route of the API; anybody may read this."""
    app = current_app
    if not isinstance(app, APIFlask):
        raise TypeError(f"Expected an APIFlask application, seen {type(app).__name__}.")
    return jsonify(app._get_spec("json"))  # noqa: SLF001 - app.spec makes it anew each time


def _complete(document: Any) -> Any:  # noqa: ANN401 - APIFlask's own signature allows a text, which JSON never is
    """Add what all operations share."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, model in _schemas.items():
        schemas |= _described(name, model)
    document["info"]["description"] = _ABOUT
    document["components"]["securitySchemes"] = _SECURITY_SCHEMES
    for operation in _operations(document):
        parameters = operation.setdefault("parameters", [])
        for one in parameters:
            if one["in"] == "path":
                one["schema"] = _name_of(one["schema"])
        mark = operation.pop("x-deed", None)
        parameters += {"key": [_KEY], "order": [_KEY, _IF_MATCH]}.get(mark, [])
        if operation["operationId"] != "describe":
            operation["security"] = [{name: []} for name in _SECURITY_SCHEMES]
        if "requestBody" in operation:
            operation["requestBody"]["required"] = True
    return document


def _name_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Return how a part of an address looks."""
    if schema.get("type") == "integer":
        return {"type": "integer", "minimum": 0, "maximum": api.MAX_SEQ}
    return {"type": "string", "pattern": api.NAME}


def _described(name: str, model: type[BaseModel]) -> dict[str, Any]:
    """Return a model's schema with those that it is made of."""
    whole = model.model_json_schema(mode="serialization", ref_template=f"#/components/schemas/{name}.{{model}}")
    inner = whole.pop("$defs", {})
    return {name: whole} | {f"{name}.{key}": value for key, value in inner.items()}


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document.get("paths", {}).values():
        yield from methods.values()


def _wire(state: BlueprintSetupState) -> None:
    """Tell the application to describe itself so, when the blueprint is registered."""
    app = state.app
    if not isinstance(app, APIFlask):
        raise TypeError(f"Expected an APIFlask application, seen {type(app).__name__}.")
    for automatic in ("200_RESPONSE", "404_RESPONSE", "VALIDATION_ERROR_RESPONSE", "AUTH_ERROR_RESPONSE", "SERVERS"):
        app.config[f"AUTO_{automatic}"] = False
    app.config["SERVERS"] = [{"url": "/"}]
    app.spec_callback = _complete


bp.record_once(_wire)
