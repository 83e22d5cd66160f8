"""The emulated pod over HTTP. The routes are those of the description."""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import pod as operations
from .cast import USER_BITS
from .clock import Clock
from .description import Operation, read_json, read_operations
from .known_tokens import KnownTokens
from .login import Login
from .pod import Pod
from .records import User
from .refusal import Refusal
from .request_body import whole_body
from .sessions import Sessions
from .store import Store

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

BASE = "/pod"
"""The path of a pod, unless a variant has another one."""

_log = logging.getLogger("emulator")
_SERVER_ERROR = {"code": 500, "message": "Internal server error."}


@dataclass(slots=True)
class Call:
    """A request on its way through the pod.

    Attributes:
        operation: The operation of the description.
        headers: The headers; names are in small letters.
        path: The parameters of the path, decoded.
        query: The parameters of the query, decoded.
        body: The bytes of the body.
        caller: The user of the session; ``authenticate`` sets it.
        arguments: The parameters and the body of the operation; ``read`` sets them.
    """

    operation: Operation
    headers: dict[str, str]
    path: dict[str, str]
    query: dict[str, str]
    body: bytes
    caller: User | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Answer:
    """An answer on its way back.

    Attributes:
        status: The HTTP status.
        value: The value that is written into the body as JSON.
        headers: Additional headers; they replace others of the same name.
        content: The bytes of the body; None writes the value as JSON.
        is_dropped: Whether the connection is closed in place of the answer.
        is_cut: Whether the connection is closed in the middle of the body.
    """

    status: int
    value: Any
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    is_dropped: bool = False
    is_cut: bool = False


Proceed = Callable[[Call], Awaitable[Answer]]
Modifier = Callable[[Call, Proceed], Awaitable[Answer]]


class Emulator:
    """The emulated pod.

    Args:
        store: The state of the pod.
        keys: The RSA keys for logins, by username.
        home: The name of the private pod; None if all private pods are behind this address.
        clock: The clock of the pod; None is one that runs with the time of the machine.
        known_tokens: Gets every token of a session.

    Attributes:
        pod: What the pod does.
        sessions: Whose session a token is.
        base: The path of the pod, before the paths of the description.
        authenticate: Finds the caller, or refuses the call. Every call takes four steps in the order given
            here; a defect or a variant may replace each of them.
        authorize: Refuses a caller who lacks the entitlement.
        read: Reads parameters and body into ``arguments``, or refuses the call.
        perform: Carries the operation out and returns the value of the answer.
        around: Functions that are called around all four steps; the last one added is the outermost.
        user_bits: How many bits of the cast's ids are the user's number.
        wrappers: Functions that wrap the whole application; the last one added is the outermost.
    """

    def __init__(
        self,
        store: Store,
        keys: "Mapping[str, RSAPublicKey] | None" = None,
        home: str | None = None,
        clock: Clock | None = None,
        known_tokens: KnownTokens | None = None,
    ) -> None:
        clock = clock or Clock()
        self.pod = Pod(store, home, clock)
        self.sessions = Sessions(store, clock, known_tokens or KnownTokens())
        self.base = BASE
        self.authenticate: Callable[[Call], User] = self._authenticate
        self.authorize: Callable[[Call], None] = self._authorize
        self.read: Callable[[Call], None] = self._read
        self.perform: Callable[[Call], Any] = self._perform
        self.around: list[Modifier] = []
        self.user_bits = USER_BITS
        self.wrappers: list[Callable[[ASGIApp], ASGIApp]] = []
        self._login = Login(self.pod, self.sessions, keys or {})

    def application(self) -> ASGIApp:
        """Build the ASGI application. Later changes of the emulator may have no effect on it."""
        proceed: Proceed = self.answer
        for modifier in self.around:
            proceed = _around(modifier, proceed)
        routes = []
        direct: dict[tuple[str, str], ASGIApp] = {}
        for operation in read_operations():
            performed = operation.id in _PERFORMED
            endpoint = _Endpoint(operation, proceed if performed else self._described)
            path = self.base + (operation.path if performed else _anonymous(operation.path))
            routes.append(Route(path, endpoint, methods=[operation.method]))
            if "{" not in path:
                direct[operation.method, path] = endpoint
            if not performed:
                _log.warning("The emulated pod does not perform %s; it answers with an example.", operation.id)
        routes.sort(key=lambda route: route.path.count("{"))  # so that no parameter takes a word of another path
        starlette = Starlette(
            routes=[*routes, *self._login.routes()],
            exception_handlers={
                Refusal: _refused,
                HTTPException: _http_error,
                ClientDisconnect: _gone,
                Exception: _server_error,
            },
        )
        starlette.router.redirect_slashes = False

        # Starlette takes as long to find a route as the pod takes to answer.
        def routed(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            return direct.get((scope["method"], scope["path"]), starlette)(scope, receive, send)

        application: ASGIApp = routed
        for wrapper in self.wrappers:
            application = wrapper(application)
        return application

    async def answer(self, call: Call) -> Answer:
        """Take a call through the four steps. Nothing is awaited between them, so calls do not interleave."""
        try:
            call.caller = self.authenticate(call)
            self.authorize(call)
            self.read(call)
            return Answer(200, self.perform(call))
        except Refusal as refusal:
            return refused(refusal)

    async def _described(self, call: Call) -> Answer:
        example = call.operation.example
        try:
            if call.operation.session_header and call.operation.needs_session:
                call.caller = self.authenticate(call)
        except Refusal as refusal:
            return refused(refusal)
        if "json" in example.media_type:
            return Answer(example.status, example.value, {"content-type": example.media_type})
        headers = {"content-type": example.media_type} if example.media_type else {}
        return Answer(example.status, None, headers, b"x" if example.media_type else b"")

    def _authenticate(self, call: Call) -> User:
        header = call.operation.session_header
        token = call.headers.get(header.lower(), "") if header else ""
        user_id = self.sessions.user_id(token)
        user = None if user_id is None else self.pod.store.user(user_id)
        if user is None:
            raise Refusal(401, "Invalid session")
        return user

    def _authorize(self, call: Call) -> None:
        needs_entitlement = call.operation.id != operations.SESSION_INFO
        if needs_entitlement and not self.pod.is_entitled(caller_of(call), call.operation.id):
            raise Refusal(403, "The user lacks the required entitlement to perform this operation")

    def _read(self, call: Call) -> None:
        texts = {"path": call.path, "query": call.query}
        for parameter in call.operation.parameters:
            call.arguments[parameter.name] = parameter.read(texts[parameter.place].get(parameter.name))
        if call.operation.body:
            if not _is_json(call.headers.get("content-type", "")):
                raise Refusal(400, "The body must be application/json in UTF-8.")
            body = read_json(call.body)
            call.operation.body.require(body)
            call.arguments["body"] = body

    def _perform(self, call: Call) -> Any:
        return _PERFORMED[call.operation.id](self.pod, caller_of(call), call.arguments)


@lru_cache(maxsize=256)
def _is_json(content_type: str) -> bool:
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = {parameter for parameter in parameters if parameter.startswith("charset")}
    return media_type == "application/json" and charsets <= {"charset=utf-8", 'charset="utf-8"'}


def caller_of(call: Call) -> User:
    """The caller of a call that ``authenticate`` has let through."""
    if call.caller is None:
        raise TypeError("The caller is known only after `authenticate`.")
    return call.caller


def refused(refusal: Refusal) -> Answer:
    """A refusal as an answer, with an ``Error`` in it."""
    return Answer(refusal.status, {"code": refusal.status, "message": refusal.message})


def _list(pod: Pod, caller: User, arguments: dict[str, Any]) -> Any:
    texts = arguments["userIds"]
    other_ids = None if texts is None else {_user_id(text.strip()) for text in texts.split(",")}
    return pod.list(caller, arguments["status"], other_ids)


def _user_id(text: str) -> int:
    # An id outside int64 belongs to nobody, like 0.
    if not text.removeprefix("-").isdecimal():
        raise Refusal(400, "A user id is a decimal number.")
    user_id = int(text)
    return user_id if -(2**63) <= user_id < 2**63 else 0


_PERFORMED: dict[str, Callable[[Pod, User, dict[str, Any]], Any]] = {
    operations.ACCEPT: lambda pod, caller, arguments: pod.accept(caller, arguments["body"]["userId"]),
    operations.REJECT: lambda pod, caller, arguments: pod.reject(caller, arguments["body"]["userId"]),
    operations.CREATE: lambda pod, caller, arguments: pod.create(caller, arguments["body"]["userId"]),
    operations.GET: lambda pod, caller, arguments: pod.get(caller, _user_id(arguments["userId"])),
    operations.LIST: _list,
    operations.SESSION_INFO: lambda _, caller, __: operations.session_info(caller),
    operations.REMOVE: lambda pod, caller, arguments: pod.remove(caller, arguments["uid"]),
}


def _anonymous(path: str) -> str:
    """A path whose parameters have names that a route can have."""
    numbers = count()
    return re.sub(r"\{[^}]*\}", lambda _: f"{{p{next(numbers)}}}", path)


def _around(modifier: Modifier, proceed: Proceed) -> Proceed:
    return lambda call: modifier(call, proceed)


class _Endpoint:
    """An operation as an ASGI application. It takes a shorter way than starlette's requests and responses."""

    def __init__(self, operation: Operation, proceed: Proceed) -> None:
        self._operation = operation
        self._proceed = proceed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Of several headers of a name the first one counts.
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
        query = dict(QueryParams(scope["query_string"])) if scope["query_string"] else {}
        try:
            body = await whole_body(receive)
            answer = await self._proceed(Call(self._operation, headers, scope.get("path_params", {}), query, body))
        except Refusal as refusal:
            answer = refused(refusal)
        except ClientDisconnect:
            answer = Answer(400, None, content=b"")  # nobody reads it: the client went away in the middle of its body
        except Exception:  # a fault of ours: the client gets its 500, and the server logs the fault
            await _write(Answer(500, _SERVER_ERROR), scope, receive, send)
            raise
        await _write(answer, scope, receive, send)


_JSON = ((b"content-type", b"application/json"),)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


async def _write(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    content = _encode(answer.value).encode() if answer.content is None else answer.content
    headers = [*_JSON]
    if answer.headers:
        named = {"content-type": "application/json", **answer.headers}
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
    if not any(name == b"content-length" for name, _ in headers) and answer.status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(content)))
    start = {"type": "http.response.start", "status": answer.status, "headers": headers}
    if answer.is_dropped or answer.is_cut:
        await _break(start, b"" if answer.is_dropped else content, scope, receive, send)
        return
    await send(start)
    await send({"type": "http.response.body", "body": content})


async def _break(start: Message, content: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    """Close the connection in the middle of the body, or before the headers if there is no body."""
    drop = scope.get("state", {}).get("drop")
    if drop is None:
        raise ConnectionResetError("The emulated pod closes the connection.")
    if content:
        await send(start)
        await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
    drop()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        return await _server_error(_, error)
    answer = refused(error)
    return JSONResponse(answer.value, answer.status)


async def _http_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return await _server_error(_, error)
    return JSONResponse({"code": error.status_code, "message": error.detail}, error.status_code, error.headers)


async def _gone(_: Request, __: Exception) -> Response:
    return Response(status_code=400)  # nobody reads it: the client went away in the middle of its body


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer that no pod is at this address."""
    await JSONResponse({"code": 404, "message": "There is no pod at this address."}, 404)(scope, receive, send)


async def _server_error(_: Request, __: Exception) -> Response:
    return JSONResponse(_SERVER_ERROR, 500)
