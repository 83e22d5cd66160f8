"""The control interface under ``/emulator/``: to set, to look at and to reset the pods while they run.

Each route has a summary and schemas. They are its description (``/emulator/openapi.json``), and they validate what
it is sent, so that the two cannot differ.
"""

import functools
import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from ..description import read_json
from ..refusal import Refusal
from ..request_body import whole_body

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

PREFIX = "/emulator"

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
_INTEGER = re.compile("-?[0-9]{1,19}")
Schema = Mapping[str, Any]


class ControlError(Exception):
    """The interface cannot do what it was asked.

    Args:
        status: The HTTP status of the answer.
        message: What was expected, what came, and what to do.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Given:
    """What a request holds, after its schemas have been checked.

    Attributes:
        path: The parameters of the path.
        query: The parameters of the query; those with integers are converted.
        body: The members of the body.
        host: The name and port under which the request came.
    """

    path: dict[str, str]
    query: dict[str, Any]
    body: dict[str, Any]
    host: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the interface.

    Attributes:
        method: The HTTP method.
        path: The path below ``/emulator``, with ``{names}`` of parameters.
        summary: What it does.
        handle: Does it, and returns the value of the answer, or an awaitable of the value.
        answer: The schema of the answer.
        body: The schemas of the members of the body; None if there is no body.
        required: The members that the body must have.
        query: The schemas of the parameters of the query.
    """

    method: str
    path: str
    summary: str
    handle: Callable[[Given], Any]
    answer: Schema
    body: Mapping[str, Schema] | None = None
    required: tuple[str, ...] = ()
    query: Mapping[str, Schema] = field(default_factory=dict)

    def body_schema(self) -> dict[str, Any]:
        """The schema of the body."""
        return {
            "type": "object",
            "properties": dict(self.body or {}),
            "required": list(self.required),
            "additionalProperties": False,
        }


def control_application(
    routes: list[Route], pages: Sequence[StarletteRoute] = (), *, is_loopback_only: bool = True
) -> ASGIApp:
    """The ASGI application of the interface.

    Args:
        routes: Its routes, without the one of the description.
        pages: Routes for people, which are not described.
        is_loopback_only: Whether requests under a name that is not loopback's are refused. That keeps out pages of
            other origins that a browser on this machine shows.
    """
    described = description(routes)
    described_route = StarletteRoute(
        f"{PREFIX}/openapi.json", lambda _: JSONResponse(described), methods=["GET"], name="openapi"
    )
    starlette = Starlette(
        routes=[described_route, *pages, *(_starlette_route(route) for route in routes)],
        exception_handlers={ControlError: _refused, HTTPException: _http_error, ClientDisconnect: _gone},
    )

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if is_loopback_only and _is_foreign(scope):
            answer = _error(403, "The control interface answers only requests to loopback from pages of its own.")
            await answer(scope, receive, send)
            return
        await starlette(scope, receive, send)

    return application


def _is_foreign(scope: Scope) -> bool:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get(b"host", "")
    origin = headers.get(b"origin")
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    return name not in _LOOPBACK or (origin is not None and origin.partition("://")[2] != host)


def description(routes: list[Route]) -> dict[str, Any]:
    """The OpenAPI description of the routes."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in _names(route.path)
        ]
        parameters += [{"name": name, "in": "query", "schema": dict(schema)} for name, schema in route.query.items()]
        operation: dict[str, Any] = {
            "operationId": _operation_id(route),
            "summary": route.summary,
            "parameters": parameters,
            "responses": {
                "200": {"description": "Done.", "content": {"application/json": {"schema": dict(route.answer)}}},
                "4XX": {
                    "description": "Not done; the message says why and what to do.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                },
            },
        }
        if route.body is not None:
            content = {"application/json": {"schema": route.body_schema()}}
            operation["requestBody"] = {"required": bool(route.required), "content": content}
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = operation
    error = {
        "type": "object",
        "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
        "required": ["code", "message"],
    }
    return {
        "openapi": "3.1.1",
        "info": {"title": "Control interface of the emulated pods", "version": "1"},
        "paths": paths,
        "components": {"schemas": {"Error": error}},
    }


def _names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _operation_id(route: Route) -> str:
    words = [part for part in route.path.split("/") if part and not part.startswith("{")]
    return (
        route.method.lower()
        + "".join(word[0].upper() + word[1:] for word in words)
        + ("ByName" if route.path.endswith("}") else "")
    )


def _starlette_route(route: Route) -> StarletteRoute:
    integers = {name for name, schema in route.query.items() if schema.get("type") == "integer"}

    async def endpoint(request: Request) -> Response:
        body = await _body(request, _validator(route.body_schema())) if route.body is not None else {}
        query = _query(request, {name: _validator(schema) for name, schema in route.query.items()}, integers)
        given = Given(dict(request.path_params), query, body, request.headers.get("host", ""))
        value = route.handle(given)
        return JSONResponse(await value if inspect.isawaitable(value) else value)

    return StarletteRoute(PREFIX + route.path, endpoint, methods=[route.method])


def _validator(schema: Schema) -> "Draft202012Validator":
    return _validator_of(json.dumps(schema, default=dict))


@functools.cache
def _validator_of(schema: str) -> "Draft202012Validator":
    # With the first request that needs it, because it takes a fifth of the time in which the pods start.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(schema))


def _query(request: Request, validators: "Mapping[str, Draft202012Validator]", integers: set[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, text in request.query_params.items():
        if name not in validators:
            known = ", ".join(validators) or "none"
            raise ControlError(400, f"There is no query parameter {name!r} here. Known: {known}.")
        values[name] = int(text) if name in integers and _INTEGER.fullmatch(text) else text
        for error in validators[name].iter_errors(values[name]):
            raise ControlError(400, f"Query parameter {name}: expected {_expected(error)}.")
    return values


async def _body(request: Request, validator: "Draft202012Validator") -> dict[str, Any]:
    try:
        value = read_json(await whole_body(request.receive) or b"{}")
    except Refusal as refusal:
        raise ControlError(refusal.status, refusal.message) from None
    for error in validator.iter_errors(value):
        place = ".".join(str(part) for part in error.absolute_path)
        raise ControlError(400, f"{place or 'The body'}: expected {_expected(error)}.")
    return dict(value) if isinstance(value, dict) else {}


def _expected(error: Any) -> str:
    if error.validator == "additionalProperties":
        return f"only the members {', '.join(error.schema['properties'])}"
    return f"{error.validator} {json.dumps(error.validator_value)}"


def _error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"code": status, "message": message}, status)


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, ControlError):
        raise error
    return _error(error.status, error.message)


async def _gone(_: Request, __: Exception) -> Response:
    return Response(status_code=400)  # nobody reads it: the client went away in the middle of its body


async def _http_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return _error(error.status_code, f"{error.detail}. The routes are described in {PREFIX}/openapi.json.")


def with_control(application: ASGIApp, control: ASGIApp) -> ASGIApp:
    """An application that passes what is below ``/emulator`` to the control interface."""

    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope["path"])
        chosen = control if path == PREFIX or path.startswith(f"{PREFIX}/") else application
        await chosen(scope, receive, send)

    return both
