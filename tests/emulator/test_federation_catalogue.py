"""The catalogue of federations: every defect and variant differs from the default federation."""

from collections.abc import Callable, Iterator
from itertools import zip_longest

import httpx
import pytest

from contract_tests.emulator.changes import Change
from contract_tests.emulator.defects import DEFECTS
from contract_tests.emulator.federation import Federation, federate
from contract_tests.emulator.memory_store import MemoryStore
from contract_tests.emulator.network import Network
from contract_tests.emulator.store import Store
from contract_tests.emulator.variants import VARIANTS
from tests.emulator.clock import Clock
from tests.emulator.users import IDS, Users

ONLY_TIME_TELLS = {
    "propagation-in-batches",
    "other-pods-slow",
    "caller-s-pod-slow",
    "first-answer-slow",
}
CHANGES = [change for change in (*DEFECTS.values(), *VARIANTS.values()) if change.needs_federation]
Seen = tuple[str, object]


class Tour:
    """A tour of a federation: requests, their answers, and the connections after each while time passes."""

    def __init__(self, users: Users, clock: Clock) -> None:
        self.users = users
        self.clock = clock

    def see(self, label: str, act: Callable[[], httpx.Response]) -> Seen:
        """Send a request and see its answer."""
        try:
            answer = act()
        except httpx.TransportError as error:
            return label, type(error).__name__
        return label, (answer.status_code, answer.headers.get("retry-after"), self.users.hide_tokens(answer.content))

    def later(self, label: str) -> Iterator[Seen]:
        """See the connections now, and while time passes."""
        for seconds in (0.0, 0.1, 0.5, 1.5, 20.0):
            self.clock.advance(seconds)
            under_way = len(self.users.federation.network.under_way)
            yield f"{label}, {seconds} s later", (under_way, self.sides())

    def sides(self) -> list[object]:
        """Every side of every connection."""
        return [
            (name, connection)
            for name, emulator in self.users.federation.pods.items()
            for user in emulator.pod.store.users()
            for connection in emulator.pod.store.connections(user.id)
        ]

    def step(self, verb: str, role: str, other: str) -> Iterator[Seen]:
        """Send a request of one user about another, read both sides, and see what time makes of it."""
        label = f"{verb} by {role}"
        act = self.users.remove if verb == "remove" else lambda *pair: self.users.post(pair[0], verb, pair[1])
        yield self.see(label, lambda: act(role, other))
        for reader, read in ((role, other), (other, role)):
            yield self.see(f"{label}, read by {reader}", lambda pair=(reader, read): self.users.get(*pair))  # type: ignore[misc] # mypy infers no type for a default of a lambda
        yield from self.later(label)

    def all(self) -> Iterator[Seen]:
        """The whole tour."""
        users = self.users
        yield "addresses", [users.address(role) for role in ("CALLER", "REQUESTER")]
        for role in ("CALLER", "REQUESTER"):
            yield self.see(f"session info of {role}", lambda role=role: users.session_info(role))  # type: ignore[misc] # mypy infers no type for a default of a lambda
            yield self.see(f"list of {role}", lambda role=role: users.send(role, "GET", "/v1/connection/list"))  # type: ignore[misc] # mypy infers no type for a default of a lambda
        for at in ("CALLER", "BYSTANDER"):
            yield self.see(
                f"a session of another pod at {at}",
                lambda at=at: users.send(  # type: ignore[misc] # mypy infers no type for a default of a lambda
                    "REQUESTER", "POST", "/v1/connection/accept", at=at, json={"userId": IDS["STRANGER"]}
                ),
            )
        yield from self.step("create", "BYSTANDER", "CALLER")
        for verb in ("reject", "reject", "accept"):
            yield from self.step("create", "REQUESTER", "CALLER")
            for own in ("accept", "reject"):
                yield from self.step(own, "REQUESTER", "CALLER")
            yield from self.step(verb, "CALLER", "REQUESTER")
        yield from self.step("reject", "CALLER", "REQUESTER")
        yield from self.step("remove", "CALLER", "REQUESTER")
        yield self.see("crossing", lambda: users.create("REQUESTER", "CALLER"))
        yield self.see("crossing", lambda: users.create("CALLER", "REQUESTER"))
        yield from self.later("crossing")
        yield from self.step("accept", "CALLER", "ISOLATED")
        for number in range(50):
            yield self.see(f"reading {number}", lambda: users.get("REQUESTER", "CALLER"))


def tour(serve: Callable[[Federation], Users], stores: dict[str, Store], *changes: Change) -> Iterator[Seen]:
    """The tour of a federation with changes; the default one takes 20 ms from pod to pod."""
    clock, network = Clock(), Network(0.02)
    network.call_later = clock.call_later
    network.now = clock.now
    federation = federate(stores, network=network)
    for emulator in federation.emulators:
        emulator.pod.now = lambda: 1_470_018_074_000 + round(clock.seconds * 1000)
    for change in changes:
        change.install(federation)
    federation.populate()
    return Tour(serve(federation), clock).all()


@pytest.fixture(scope="module")
def kept() -> list[Seen]:
    """What a tour of the default federation sees; the fixture ``right`` fills it."""
    return []


@pytest.fixture
def right(kept: list[Seen], serve_federation: Callable[[Federation], Users]) -> list[Seen]:
    """What a tour of the default federation sees."""
    if not kept:
        stores: dict[str, Store] = {name: MemoryStore() for name in ("acme", "beta", "delta", "gamma")}
        kept.extend(tour(serve_federation, stores))
        for store in stores.values():
            store.close()
    return kept


def test_two_tours_of_the_default_federation_are_equal(
    right: list[Seen], serve_federation: Callable[[Federation], Users], stores: dict[str, Store]
) -> None:
    assert list(tour(serve_federation, stores)) == right


@pytest.mark.parametrize(
    "change", [change for change in CHANGES if change.name not in ONLY_TIME_TELLS], ids=lambda change: change.name
)
def test_a_change_of_a_federation_can_be_seen(
    right: list[Seen], serve_federation: Callable[[Federation], Users], stores: dict[str, Store], change: Change
) -> None:
    assert any(expected != seen for expected, seen in zip_longest(right, tour(serve_federation, stores, change)))


def test_there_are_as_many_as_promised() -> None:
    assert len([change for change in CHANGES if change.breaks]) >= 25
    assert len([change for change in CHANGES if not change.breaks]) >= 12
