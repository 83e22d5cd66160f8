"""One call, without its input and output: its requests, what may be sent again, and its result or error."""

import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import suppress
from random import uniform
from typing import Any, Generic, NamedTuple, TypeVar

from ._http import httpx
from .answers import Answer, TooLarge, retry_after
from .arguments import Parameter, written
from .errors import (
    CallTimeoutError,
    ConnectError,
    ConnectionLostError,
    DecodeError,
    PodError,
    StatusError,
    TransportError,
    UsageError,
)
from .options import CallOptions, Response, Settings
from .session import Token

T = TypeVar("T")
_log = logging.getLogger(__package__)
_SECRET_HEADERS = {b"sessiontoken", b"authorization", b"proxy-authorization", b"cookie"}
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
_SAFE = ("GET", "HEAD", "OPTIONS")
_UNSENT_BY_AIOHTTP = {"ClientConnectorError", "ConnectionTimeoutError"}
_UNSENT = httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError | httpx.UnsupportedProtocol


class Expired(TimeoutError):
    """The time for one attempt is over."""


class Operation(NamedTuple, Generic[T]):
    """One operation.

    Attributes:
        results: The first and last status of each documented success, and what reads the body.
        errors: The first and last status of each documented error, and what reads the body.
        secured: Whether it takes the session token.
        token: The header in which the token is sent, and what stands before it there.
        accept: The media types of its answers.
        server: The address of a server of its own; relative to the client's, or empty for that.
        secret: Whether bodies hold secrets, so that no error shows them.
    """

    name: str
    method: str
    path: str
    parameters: tuple[Parameter, ...] = ()
    results: tuple[tuple[int, int, Callable[[bytes], T]], ...] = ()
    errors: tuple[tuple[int, int, Callable[[bytes], Any]], ...] = ()
    secured: bool = True
    token: tuple[str, str] = ("sessionToken", "")
    accept: str = "application/json"
    server: str = ""
    secret: bool = False


class _Content(httpx.ByteStream):
    """A request's body, which tells whether sending it has begun; that is after the headers are sent."""

    began = False

    def __iter__(self) -> Iterator[bytes]:
        self.began = True
        return super().__iter__()

    def __aiter__(self) -> AsyncIterator[bytes]:
        self.began = True
        return super().__aiter__()


class Call(Generic[T]):
    """One call of an operation."""

    def __init__(
        self, settings: Settings, operation: Operation[T], arguments: Mapping[str, Any], options: CallOptions
    ) -> None:
        path, headers, body = written(operation.path, operation.parameters, arguments)
        if operation.server:
            settings = settings.at(operation.name, str(settings.url.join(operation.server)))
        if operation.accept != "application/json" and settings.headers.get("Accept") == "application/json":
            settings = settings.adapted({"headers": {"Accept": operation.accept}})
        if options:
            settings = settings.adapted(options, single_call=True)
        if headers:
            settings = settings.adapted({"headers": headers})
        self.operation = operation
        self.limits = settings.limits
        self._retries = settings.retries
        self._url = settings.absolute(path)
        if path is operation.path:
            settings.urls[path] = self._url
        self._headers = settings.headers.raw
        media_type, self._content = body or ("", b"")
        if body is not None:
            self._headers.append((b"Content-Type", media_type.encode()))
        if self._content or operation.method not in _SAFE:
            self._headers.append((b"Content-Length", b"%d" % len(self._content)))
        self.refused: Token | None = None
        self._tokens: list[Token] = []
        self._repetitions = 0
        self._waited = 0.0

    def request(self, token: Token | None, timeout: Mapping[str, float | None]) -> httpx.Request:
        """The request to send, with the token that is now valid."""
        headers = self._headers
        if token is not None:
            name, before = self.operation.token
            headers = [*headers, (name.encode(), f"{before}{token.text}".encode())]
            self._tokens.append(token)
        content = _Content(self._content)
        method, extensions = self.operation.method, {"timeout": timeout}
        request = httpx.Request(method, self._url, headers=headers, stream=content, extensions=extensions)
        request.read()  # so that hooks find the content
        content.began = False
        return request

    def pause(self, answer: Answer, *, renewable: bool) -> float | None:
        """How many seconds to wait before the request is sent again, or None where it must not be.

        Args:
            answer: What came of the request.
            renewable: Whether there can be another token, for one that was refused; once in a call.
        """
        name, retries, fault = self.operation.name, self._retries, answer.fault
        if answer.status:
            _log.debug("%s: answer %d, %d bytes", name, answer.status, len(answer.body))
        if answer.status == 401 and renewable and self._tokens and self.refused is None:
            self.refused = self._tokens[-1]
            return 0.0
        if fault is None and answer.status < 400:
            return None
        asked = retry_after(answer.headers)
        again = isinstance(fault, ConnectError) or answer.status == 429 or (answer.status == 503 and asked is not None)
        if retries.repeat_unsafe or (retries.repeat_safe and self.operation.method in _SAFE):
            again = again or answer.status >= 500 or isinstance(fault, TransportError)
        back_off = uniform(0.5, 1.0) * min(8.0, 0.5 * 2.0**self._repetitions)  # noqa: S311  nothing is secret in it
        wait = back_off if asked is None else asked
        too_long = wait > retries.longest or self._waited + wait > retries.total
        if not again or too_long or self._repetitions >= retries.limit:
            return None
        _log.info("%s: sent again in %.1f s", name, wait)
        self._repetitions += 1
        self._waited += wait
        return wait

    def result(self, answer: Answer) -> Response[T]:
        """What the operation returns for an answer, or the error that it stands for."""
        status, fault = answer.status, answer.fault
        read = next((read for first, last, read in self.operation.results if first <= status <= last), None)
        if isinstance(fault, UsageError) or (isinstance(fault, TransportError) and (read is not None or not status)):
            raise fault
        try:
            if isinstance(fault, TooLarge) or (isinstance(fault, DecodeError) and (not status or 200 <= status < 300)):
                raise fault
            if read is None or fault is not None:
                raise self._status_error(answer) from fault
            return Response(status=status, headers=answer.headers, body=answer.body, parsed=read(answer.body))
        except DecodeError as error:
            undecodable = DecodeError(self.message(f"answer {status}: {error}"))
            self._fill(undecodable, answer)
            raise undecodable from error.__cause__

    def lost(self, error: Exception, request: httpx.Request, *, own_transport: bool) -> PodError:
        """The error of ours for what was raised while sending; no secret is left in the other one.

        Args:
            error: What was raised.
            request: What was to be sent.
            own_transport: Whether httpx's own transport sends it, which begins the body when the headers are sent.
        """
        stream = request.stream
        lost = self._named(error, began=not own_transport or not isinstance(stream, _Content) or stream.began)
        lost.request = self._shown(request)
        link: BaseException | None = error
        for _ in range(10):
            if link is None:
                break
            link.__traceback__ = None  # whose frames hold the headers
            link.args = tuple(map(self._without_token, link.args))
            for name, value in list(vars(link).items()):
                vars(link)[name] = self._without_token(value)
            if isinstance(link, httpx.RequestError):
                link.request = lost.request
            link = link.__cause__ or link.__context__
        lost.__cause__ = error
        return lost

    def _named(self, error: Exception, *, began: bool) -> PodError:
        text = f"{type(error).__name__}: {error}".removesuffix(": ")
        if isinstance(error, httpx.DecodingError):
            return DecodeError(f"its Content-Encoding is broken: {error}")
        if isinstance(error, httpx.LocalProtocolError) and not began:
            return UsageError(self.message(f"a hook made of it what cannot be sent. Nothing was sent: {text}"))
        unsent = isinstance(error, _UNSENT)
        if isinstance(error, httpx.ConnectTimeout) and error.__cause__ is not None:
            # httpx-aiohttp has one name for every fault of a connection, whether before or after the request was sent.
            kinds = {kind.__name__ for kind in type(error.__cause__).__mro__}
            unsent = "ClientConnectionError" not in kinds or not kinds.isdisjoint(_UNSENT_BY_AIOHTTP)
        if unsent or (isinstance(error, Expired) and not began):
            return ConnectError(self.message(f"no connection, so that nothing was sent: {text}"))
        if isinstance(error, httpx.TimeoutException | Expired) and not isinstance(error, httpx.ConnectTimeout):
            return CallTimeoutError(self.message(f"no whole answer in time: {text}"))
        return ConnectionLostError(self.message(f"the connection was lost, or the answer is no HTTP: {text}"))

    def message(self, text: str) -> str:
        """A sentence about this call, in one line, that says where and does not show the token."""
        text = " ".join(self._redacted(text).split())
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        return f"{self.operation.name} at {self._url.host}:{port}: {text[:300]}{'…' if len(text) > 300 else ''}"

    def _redacted(self, text: str) -> str:
        # A token that a pod repeats may be written as JSON, HTML or in an address.
        for secret in {token.text for token in self._tokens if len(token.text) >= 8}:
            pattern = "".join(char if char.isalnum() else _forms(char) for char in secret)
            text = re.sub(pattern, "[session token]", text)
        return text

    def _without_token(self, value: object) -> object:
        shown = repr(value)
        return value if self._redacted(shown) == shown else self._redacted(str(value))

    def _shown(self, request: httpx.Request) -> httpx.Request:
        hidden = {*_SECRET_HEADERS, b"content-length"} if self.operation.secret else _SECRET_HEADERS
        headers = [(name, value) for name, value in request.headers.raw if name.lower() not in hidden]
        content = b"" if self.operation.secret else self._content
        return httpx.Request(request.method, request.url, headers=headers, content=content)

    def _fill(self, error: StatusError | DecodeError, answer: Answer) -> None:
        error.status, error.request = answer.status, self._shown(self.request(None, {}))
        error.headers = httpx.Headers([(name, self._redacted(value)) for name, value in answer.headers.multi_items()])
        if not self.operation.secret:
            error.body = self._redacted(answer.body.decode("latin-1")).encode("latin-1")

    def _status_error(self, answer: Answer) -> StatusError:
        phrase = httpx.codes.get_reason_phrase(answer.status) or "(no registered status)"
        shown = "" if self.operation.secret else answer.body.decode(errors="replace")
        error = StatusError.kind(answer.status)(self.message(f"answer {answer.status} {phrase} {shown}"))
        self._fill(error, answer)
        error.retry_after = retry_after(answer.headers)
        # First what reads errors of this status; a pod may send the same errors with other statuses too.
        for _, _, read in sorted(self.operation.errors, key=lambda one: not one[0] <= answer.status <= one[1]):
            with suppress(DecodeError):
                error.error = read(error.body)
                break
        return error


def _forms(char: str) -> str:
    code = ord(char)
    forms = [re.escape(char), rf"\\+{re.escape(char)}", rf"\\+u{code:04x}", f"%{code:02x}", f"&#0*{code};"]
    return f"(?i:{'|'.join([*forms, f'&#x0*{code:x};', _HTML.get(char, re.escape(char))])})"
