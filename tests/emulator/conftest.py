import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from socket import AF_INET, IPPROTO_TCP, SOCK_STREAM, socket

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from contract_tests.emulator.addresses import by_first_segment
from contract_tests.emulator.app import Emulator
from contract_tests.emulator.cast import populate
from contract_tests.emulator.federation import Federation, at_one_address, pod_names
from contract_tests.emulator.memory_store import MemoryStore
from contract_tests.emulator.protocol import PodProtocol
from contract_tests.emulator.store import Store
from tests.emulator.clock import Clock
from tests.emulator.users import Users


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_ready = threading.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_ready.set()


class Stage:
    """A server on a free loopback port that serves the application of the current test; shared for speed."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.application: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.application is not None
        await self.application(scope, receive, send)


@contextmanager
def staged(protocol: type[asyncio.Protocol], loop: str = "asyncio") -> Iterator[Stage]:
    """A stage that serves with an HTTP protocol and an event loop."""
    with socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        stage = Stage(listener.getsockname()[1])
        config = uvicorn.Config(
            stage, http=protocol, loop=loop, ws="none", lifespan="off", log_config=None, timeout_graceful_shutdown=1
        )
        server = _Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            assert server.is_ready.wait(10)
            yield stage
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The stage of most tests."""
    with staged(PodProtocol) as stage:
        yield stage


@pytest.fixture
def serve(stage: Stage) -> Iterator[Callable[[Emulator], Users]]:
    """A function that serves an emulator and gives its users."""
    with ExitStack() as open_clients:

        def serve(emulator: Emulator) -> Users:
            stage.application = emulator.application()
            federation = at_one_address(emulator)
            users = Users(federation, dict.fromkeys(federation.pods, stage.address))
            open_clients.enter_context(users.http)
            return users

        yield serve


@pytest.fixture
def serve_federation(stage: Stage) -> Iterator[Callable[[Federation], Users]]:
    """A function that serves the pods of a federation, each below its name, and gives its users."""
    with ExitStack() as open_clients:

        def serve(federation: Federation) -> Users:
            stage.application = by_first_segment(
                {name: emulator.application() for name, emulator in federation.pods.items()}
            )
            users = Users(federation, {name: f"{stage.address}/{name}" for name in federation.pods})
            open_clients.enter_context(users.http)
            return users

        yield serve


@pytest.fixture
def clock() -> Clock:
    """The clock of the federation: time passes only when a test says so."""
    return Clock()


@pytest.fixture
def stores() -> Iterator[dict[str, Store]]:
    """An empty store for each pod of the cast."""
    stores: dict[str, Store] = {name: MemoryStore() for name in pod_names()}
    yield stores
    for store in stores.values():
        store.close()


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """The default pod with the cast, not served yet."""
    store = MemoryStore()
    emulator = Emulator(store)
    populate(store, emulator.pod.now())
    yield emulator
    store.close()


@pytest.fixture
def pod(emulator: Emulator, serve: Callable[[Emulator], Users]) -> Users:
    """The default pod, served."""
    return serve(emulator)
