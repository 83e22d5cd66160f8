"""The road of a call, from the method of an operation to httpx's `send` and back; sync and async."""

import os
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing, closing
from functools import partial
from importlib import import_module
from math import isfinite
from typing import Any, Generic, NoReturn, Self, TypeAlias, TypeVar, Unpack, cast

from ._http import httpx
from .answers import Answer
from .call import Call, Expired, Operation
from .connecting import HTTP_OPTIONS, HttpClients, check_options, limit, made, time_left
from .errors import DecodeError, PodError
from .login import LOGOUT, PodLogin, sessionauth
from .options import AnyURL, AsyncClientOptions, CallOptions, ClientOptions, Response, Retries, Settings
from .session import Here, Session, Token

T = TypeVar("T")
S = TypeVar("S")
C = TypeVar("C", bound=httpx.Client | httpx.AsyncClient)
_TRANSPORTS = {"aiohttp", "anyio", "h11", "h2", "httpcore", "idna", "socksio"}
TokenSource: TypeAlias = str | Callable[[], str] | PodLogin
AsyncTokenSource: TypeAlias = str | Callable[[], str | Awaitable[str]] | PodLogin


class Resource(Generic[S]):
    """The operations of one tag, carried out by a client."""

    def __init__(self, client: S) -> None:
        self._client = client


def resource(tag: str, name: str) -> Any:
    """A class of operations of one tag, as an attribute of a client's class or of another such class."""
    return _LazyResource(tag, name)


class _LazyResource:
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

    def __init__(self, kind: type[C], base_url: AnyURL, session_token: object, options: Mapping[str, Any]) -> None:
        # As in httpx, None is an option left out, but for the time-out, of which httpx takes it for none.
        given = {name: value for name, value in options.items() if value is not None or name == "timeout"}
        check_options(kind, given)
        plain_http_hosts, http_client = given.pop("plain_http_hosts", ()), given.pop("http_client", None)
        http = {name: given.pop(name) for name in ("transport", *HTTP_OPTIONS) if name in given}
        self._settings = Settings.first(base_url, plain_http_hosts, http_client).adapted(cast("CallOptions", given))
        mocks = httpx.MockTransport | httpx.ASGITransport | httpx.WSGITransport
        bound = "mounts" in http or ("transport" in http and not isinstance(http["transport"], mocks))
        self._http = HttpClients[C](partial(made, kind, self._settings.url, http), http_client, bound=bound)
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

    def _ask(self) -> Any:
        source = self._session.source
        return source(*([self] if isinstance(source, PodLogin) else []))

    def _at(self, name: str, address: str, session: Session | None = None) -> Self:
        return self._derived(_settings=self._settings.at(name, address), _session=session or self._session)

    def _ending(self, token: Token) -> Callable[[], Any]:
        """What ends the session of a token, when it is called."""
        source = self._session.source
        address = (isinstance(source, PodLogin) and source.logout_url) or sessionauth(self._settings.url)
        there: Any = self._at("sessionauth_url", address, Session(token.text))
        return partial(there.call, LOGOUT, {}, {})

    def _fault(self, call: Call[Any], request: httpx.Request, error: Exception) -> PodError:
        """The error of ours for what was raised; what the application's own code raised goes on as it is."""
        if self._runs_foreign_code and not _is_of_transport(error):
            raise error
        return error if isinstance(error, DecodeError) else call.lost(error, request, own_transport=self._own_transport)

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} holds connections and a session token: it is not pickled or copied.")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._settings.url).rstrip('/')!r})"


class SyncClient(BaseClient[httpx.Client]):
    """What every sync client does."""

    def __init__(self, base_url: AnyURL, *, session_token: TokenSource, **options: Unpack[ClientOptions]) -> None:
        super().__init__(httpx.Client, base_url, session_token, options)

    def with_session_token(self, session_token: TokenSource) -> Self:
        """A client for another caller, on the same connections; closing it closes nothing."""
        return self._derived(_session=Session(session_token))

    def call(self, operation: Operation[T], arguments: Mapping[str, Any], options: CallOptions) -> Response[T]:
        """Carry out an operation; what its own method does.

        Raises:
            PodError: Each kind of failure is a class of its own.
        """
        here, session, token = (os.getpid(), None), self._session, None
        call = Call(self._settings, operation, arguments, options)
        while True:
            if operation.secured:
                token = session.newer_than(call.refused, self._ask, call.limits.whole, here)
            answer = self._exchange(call, token, here)
            if (wait := call.pause(answer, renewable=session.renewable)) is None:
                return call.result(answer)
            time.sleep(wait)

    def _exchange(self, call: Call[Any], token: Token | None, here: Here) -> Answer:
        http = self._http.get(here)
        request, answer = call.request(token, call.limits.phases), Answer()
        try:
            with limit(call.limits.whole), closing(http.send(request, stream=True, follow_redirects=False)) as response:
                for chunk in answer.begun(response, response.iter_bytes):
                    answer.add(chunk)
                    time_left()
        except Exception as error:
            answer.fault = self._fault(call, request, error)
        return answer

    def log_in(self, login: PodLogin) -> str:
        """Log in over this client's connections, and return the session token."""
        address = login.address(self._settings.url)
        with login.explained(address):
            return self._at("login_url", address).call(login.operation, login.arguments(), {}).parsed

    def logout(self) -> None:
        """End the session at the pod. With a login or a callable as `session_token`, the next call logs in anew.

        No page describes this. It is done as Symphony's public SDKs do it.
        """
        if token := self._session.token:
            self._ending(token)()
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
        self, base_url: AnyURL, *, session_token: AsyncTokenSource, **options: Unpack[AsyncClientOptions]
    ) -> None:
        super().__init__(httpx.AsyncClient, base_url, session_token, options)

    def with_session_token(self, session_token: AsyncTokenSource) -> Self:
        """A client for another caller, on the same connections; closing it closes nothing."""
        return self._derived(_session=Session(session_token))

    async def call(self, operation: Operation[T], arguments: Mapping[str, Any], options: CallOptions) -> Response[T]:
        """As `SyncClient.call`."""
        import anyio

        here, session, token = (os.getpid(), anyio.lowlevel.current_token()), self._session, None
        call = Call(self._settings, operation, arguments, options)
        while True:
            if operation.secured:
                token = await session.newer_than_async(call.refused, self._ask, call.limits.whole, here)
            answer = await self._exchange(call, token, here)
            if (wait := call.pause(answer, renewable=session.renewable)) is None:
                return call.result(answer)
            await anyio.sleep(wait)

    async def _exchange(self, call: Call[Any], token: Token | None, here: Here) -> Answer:
        import anyio

        get = partial(self._http.get, here)
        # In a thread, because certificates take tens of milliseconds, in which the loop would stand.
        http = get() if here in self._http.clients else await anyio.to_thread.run_sync(get)
        timeout = call.limits.phases
        if isfinite(call.limits.whole):  # which is watched here, so that the transport need not set more timers
            timeout = {"connect": timeout["connect"], "pool": timeout["pool"]}
        request, answer = call.request(token, timeout), Answer()
        try:
            with anyio.move_on_after(call.limits.whole) as scope:
                places = await self._http.place(here, http, timeout["pool"])
                try:
                    async with aclosing(await http.send(request, stream=True, follow_redirects=False)) as response:
                        async for chunk in answer.begun(response, response.aiter_bytes):
                            answer.add(chunk)
                finally:
                    places.release()
            if scope.cancelled_caught:
                raise Expired("the time is over")
        except Exception as error:
            answer.fault = self._fault(call, request, error)
        return answer

    async def log_in(self, login: PodLogin) -> str:
        """As `SyncClient.log_in`."""
        import anyio

        address = login.address(self._settings.url)
        arguments = await anyio.to_thread.run_sync(login.arguments)
        with login.explained(address):
            return (await self._at("login_url", address).call(login.operation, arguments, {})).parsed

    async def logout(self) -> None:
        """As `SyncClient.logout`."""
        if token := self._session.token:
            await self._ending(token)()
            self._session.forget(token)

    async def aclose(self) -> None:
        """Close the connections of this event loop; a client that was derived from another leaves them to it."""
        import anyio

        if self._is_owner:
            http = self._http.close().get((os.getpid(), anyio.lowlevel.current_token()))
            if http is not None:
                await http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def _is_of_transport(error: Exception) -> bool:
    """Whether a transport raised it, and not the application's own code in one. Not all is wrapped by httpx."""
    library = type(error).__module__.partition(".")[0]
    kinds = httpx.RequestError | httpx.StreamError | DecodeError | Expired | ssl.SSLError
    return isinstance(error, kinds) or library in _TRANSPORTS
