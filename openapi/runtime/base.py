"""The road of a call, from the method of an operation to httpx's `send` and back; sync and async."""

from __future__ import annotations

import logging
import os
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from math import isfinite
from typing import Any, Generic, NoReturn, Self, TypeVar, Unpack, cast

from ._http import httpx
from .answers import Answer
from .arguments import Body
from .call import Call, Expired, Operation
from .connecting import HTTP_OPTIONS, HttpClients, check_options, limit, made
from .errors import DecodeError, PodError, TransportError, UnauthorizedError, UsageError
from .login import LOGOUT, PodLogin, sessionauth
from .options import AsyncClientOptions, CallOptions, ClientOptions, Response, Retries
from .session import Here, Session, Token
from .settings import Settings, checked_url

T = TypeVar("T")
C = TypeVar("C", bound=httpx.Client | httpx.AsyncClient)
_TRANSPORTS = {"aiohttp", "anyio", "h11", "h2", "httpcore", "idna", "socksio"}
_log = logging.getLogger(__package__)


def resource(tag: str, name: str) -> Any:
    """A class of operations of one tag, as an attribute of a client's class or of another such class."""
    return _Resource(tag, name)


class _Resource:
    """Operations of one tag. On the class that has them they are their class, so that tools see them there.

    They are imported when they are first used, because the models take time.
    """

    def __init__(self, tag: str, name: str) -> None:
        self._tag, self._class = tag, name
        self.__doc__ = f"The operations of the tag `{tag}`."

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __get__(self, one: object, owner: type) -> Any:
        kind = getattr(import_module(f".api.{self._tag}", __package__), self._class)
        return kind if one is None else vars(one).setdefault(self._name, kind(vars(one).get("_client", one)))


class BaseClient(Generic[C]):
    """What the two clients have in common: the settings, and making others of them."""

    def __init__(
        self, kind: type[C], base_url: str | httpx.URL, session_token: object, options: Mapping[str, Any]
    ) -> None:
        # As in httpx, None is an option left out, but for the time-out, of which httpx takes it for none.
        given = {name: value for name, value in options.items() if value is not None or name == "timeout"}
        check_options(given)
        self._plain_http_hosts = given.pop("plain_http_hosts", ())
        url = checked_url("base_url", base_url, self._plain_http_hosts)
        transports = httpx.AsyncBaseTransport if issubclass(kind, httpx.AsyncClient) else httpx.BaseTransport
        for name, expected in (("http_client", kind), ("transport", transports)):
            if name in given and not isinstance(given[name], expected):
                found = type(given[name]).__name__
                raise UsageError(f"{name}: expected an httpx.{expected.__name__}, found {found}.")
        http_client: Any = given.pop("http_client", None)
        http = {name: given.pop(name) for name in ("transport", *HTTP_OPTIONS) if name in given}
        self._settings = Settings.first(url, http_client).adapted(cast("CallOptions", given))
        mocks = httpx.MockTransport | httpx.ASGITransport | httpx.WSGITransport
        bound = "mounts" in http or ("transport" in http and not isinstance(http["transport"], mocks))
        self._http = HttpClients[C](partial(made, kind, url, http), http_client, bound=bound)
        self._own_transport = http_client is None and not {"transport", "mounts"} & http.keys()
        self._runs_foreign_code = not self._own_transport or "event_hooks" in http
        self._session = Session(session_token)
        self._is_owner = True

    def _derived(self, **changes: object) -> Self:
        derived = object.__new__(type(self))
        kept = {name: value for name, value in vars(self).items() if name.startswith("_")}
        vars(derived).update(kept, _is_owner=False, **changes)
        return derived

    def with_timeout(self, timeout: float | httpx.Timeout) -> Self:
        """Another client with this time-out, on the same connections; closing it closes nothing."""
        return self._derived(_settings=self._settings.adapted({"timeout": timeout}))

    def with_retries(self, retries: int | Retries) -> Self:
        """Another client with these retries, on the same connections; closing it closes nothing."""
        return self._derived(_settings=self._settings.adapted({"retries": retries}))

    def with_headers(self, headers: Mapping[str, str]) -> Self:
        """Another client with these headers too, on the same connections; closing it closes nothing."""
        return self._derived(_settings=self._settings.adapted({"headers": headers}))

    def _at(self, name: str, address: str) -> Self:
        return self._derived(_settings=self._settings.at(checked_url(name, address, self._plain_http_hosts)))

    def _settings_for(self, operation: Operation[Any]) -> Settings:
        if not operation.server:
            return self._settings
        address = str(self._settings.url.join(operation.server))
        return self._settings.at(checked_url(operation.name, address, self._plain_http_hosts))

    def _ask(self) -> Callable[[], Any]:
        """What gives a session token when it is called."""
        source: Any = self._session.source
        return partial(cast("Any", source), self) if isinstance(source, PodLogin) else source

    def _logout_address(self) -> str:
        source = self._session.source
        return (source.logout_url if isinstance(source, PodLogin) else None) or sessionauth(self._settings.url)

    def _check_open(self, http: C) -> None:
        if http.is_closed:
            raise UsageError("The httpx client that sends the requests is closed. Nothing was sent.")

    def _outcome(
        self, call: Call[Any], request: httpx.Request, answer: Answer | None, error: Exception | None
    ) -> Answer | TransportError:
        """What became of a request; what the application's own code raised is raised as it is."""
        fault: DecodeError | TransportError | None = None
        if isinstance(error, DecodeError):
            fault = error
        elif isinstance(error, httpx.DecodingError):
            fault = DecodeError(f"its Content-Encoding is broken: {error}")
        elif error is not None and (not self._runs_foreign_code or _is_of_transport(error)):
            fault = call.lost(error, request, own_transport=self._own_transport)
        elif error is not None:
            raise error
        if answer is None:
            return cast("TransportError", fault)  # without a response there was an error
        answer.end(fault)
        _log.debug("%s: answer %d, %d bytes", call.operation.name, answer.status, len(answer.body))
        return answer

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} holds connections and a session token: it is not pickled or copied.")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._settings.url).rstrip('/')!r})"


class SyncClient(BaseClient[httpx.Client]):
    """What every sync client does."""

    def __init__(
        self,
        base_url: str | httpx.URL,
        *,
        session_token: str | Callable[[], str] | PodLogin,
        **options: Unpack[ClientOptions],
    ) -> None:
        super().__init__(httpx.Client, base_url, session_token, options)

    def with_session_token(self, session_token: str | Callable[[], str] | PodLogin) -> Self:
        """A client for another caller, on the same connections; closing it closes nothing."""
        return self._derived(_session=Session(session_token))

    def call(
        self, operation: Operation[T], arguments: Mapping[str, Any], options: CallOptions, body: Body | None = None
    ) -> Response[T]:
        """Carry out an operation; what its own method does.

        Raises:
            PodError: Each kind of failure is a class of its own.
        """
        call = Call(self._settings_for(operation), operation, arguments, options, body)
        seen, token = None, self._session.token if operation.secured else None
        while True:
            if token is None and operation.secured:
                token = self._session.newer_than(seen, self._ask(), call.limits.whole, _here())
            outcome = self._exchange(call, token)
            if token is not None and self._session.renewable and call.is_stale(outcome):
                seen, token = token, None
                continue
            wait = call.pause(outcome)
            if wait is None:
                return call.result(outcome)
            _log.info("%s: sent again in %.1f s", operation.name, wait)
            time.sleep(wait)

    def _exchange(self, call: Call[Any], token: Token | None) -> Answer | TransportError:
        http = self._http.get(_here())
        self._check_open(http)
        request = call.request(token, call.limits.phases)
        answer: Answer | None = None
        error: Exception | None = None
        try:
            with limit(call.limits.whole) as end:
                response = http.send(request, stream=True, follow_redirects=False)
                try:
                    answer = Answer(response)
                    for chunk in answer.pieces(response.iter_bytes):
                        answer.add(chunk)
                        if time.monotonic() > end:
                            raise Expired("the time is over, and the body is not whole")
                finally:
                    response.close()
        except Exception as caught:
            error = caught
        return self._outcome(call, request, answer, error)

    def log_in(self, login: PodLogin) -> str:
        """Log in over this client's connections, and return the session token."""
        address = login.address(self._settings.url)
        try:
            return self._at("login_url", address).call(login.operation, login.arguments(), {}).parsed
        except PodError as error:
            raise login.explained(error, address)  # noqa: B904  it is the same error

    def logout(self) -> None:
        """End the session at the pod. With a login or a callable as `session_token`, the next call logs in anew.

        No page describes this. It is done as Symphony's public SDKs do it.
        """
        token = self._session.token
        if token is not None:
            with suppress(UnauthorizedError):  # it was over already
                there = self._at("sessionauth_url", self._logout_address())
                there.with_session_token(token.text).call(LOGOUT, {}, {})
            self._session.forget(token)

    def close(self) -> None:
        """Close the connections; a client that was derived from another leaves them to it."""
        if self._is_owner:
            for http in self._http.close().values():
                http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(BaseClient[httpx.AsyncClient]):
    """What every async client does; see `SyncClient`. It works under asyncio and trio."""

    def __init__(
        self,
        base_url: str | httpx.URL,
        *,
        session_token: str | Callable[[], str | Awaitable[str]] | PodLogin,
        **options: Unpack[AsyncClientOptions],
    ) -> None:
        super().__init__(httpx.AsyncClient, base_url, session_token, options)

    def with_session_token(self, session_token: str | Callable[[], str | Awaitable[str]] | PodLogin) -> Self:
        """A client for another caller, on the same connections; closing it closes nothing."""
        return self._derived(_session=Session(session_token))

    async def call(
        self, operation: Operation[T], arguments: Mapping[str, Any], options: CallOptions, body: Body | None = None
    ) -> Response[T]:
        """As `SyncClient.call`."""
        import anyio

        call = Call(self._settings_for(operation), operation, arguments, options, body)
        seen, token = None, self._session.token if operation.secured else None
        while True:
            if token is None and operation.secured:
                token = await self._session.newer_than_async(seen, self._ask(), call.limits.whole, _here_async())
            outcome = await self._exchange(call, token)
            if token is not None and self._session.renewable and call.is_stale(outcome):
                seen, token = token, None
                continue
            wait = call.pause(outcome)
            if wait is None:
                return call.result(outcome)
            _log.info("%s: sent again in %.1f s", operation.name, wait)
            await anyio.sleep(wait)

    async def _exchange(self, call: Call[Any], token: Token | None) -> Answer | TransportError:
        import anyio

        here = _here_async()
        # In a thread, because certificates take tens of milliseconds, in which the loop would stand.
        http = (
            self._http.clients[here]
            if here in self._http.clients
            else await anyio.to_thread.run_sync(self._http.get, here)
        )
        self._check_open(http)
        timeout = call.limits.phases
        if isfinite(call.limits.whole):  # which is watched here, so that the transport need not set more timers
            timeout = {"connect": timeout["connect"], "pool": timeout["pool"]}
        request = call.request(token, timeout)
        answer: Answer | None = None
        error: Exception | None = None
        try:
            with anyio.move_on_after(call.limits.whole) as scope:
                places = await self._http.place(here, http, timeout["pool"])
                try:
                    response = await http.send(request, stream=True, follow_redirects=False)
                    try:
                        answer = Answer(response)
                        async for chunk in answer.pieces(response.aiter_bytes):
                            answer.add(chunk)
                    finally:
                        await response.aclose()
                finally:
                    places.release()
            if scope.cancelled_caught:
                error = Expired("the time is over")
        except Exception as caught:
            error = caught
        return self._outcome(call, request, answer, error)

    async def log_in(self, login: PodLogin) -> str:
        """As `SyncClient.log_in`."""
        import anyio

        address = login.address(self._settings.url)
        arguments = await anyio.to_thread.run_sync(login.arguments)
        try:
            return (await self._at("login_url", address).call(login.operation, arguments, {})).parsed
        except PodError as error:
            raise login.explained(error, address)  # noqa: B904  it is the same error

    async def logout(self) -> None:
        """As `SyncClient.logout`."""
        token = self._session.token
        if token is not None:
            with suppress(UnauthorizedError):  # it was over already
                there = self._at("sessionauth_url", self._logout_address())
                await there.with_session_token(token.text).call(LOGOUT, {}, {})
            self._session.forget(token)

    async def aclose(self) -> None:
        """Close the connections of this event loop; a client that was derived from another leaves them to it."""
        if self._is_owner:
            http = self._http.close().get(_here_async())
            if http is not None:
                await http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def _is_of_transport(error: Exception) -> bool:
    """Whether a transport raised it, and not the application's own code in one. Not all is wrapped by httpx."""
    library = type(error).__module__.partition(".")[0]
    kinds = httpx.HTTPError | httpx.StreamError | Expired | ssl.SSLError
    return isinstance(error, kinds) or library in _TRANSPORTS


def _here() -> Here:
    return os.getpid(), None


def _here_async() -> Here:
    import asyncio

    try:
        return os.getpid(), asyncio.get_running_loop()
    except RuntimeError:
        return os.getpid(), import_module("trio").lowlevel.current_trio_token()
