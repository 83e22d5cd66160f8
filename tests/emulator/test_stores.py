"""The state in memory and the state in a file: the same changes leave the same, also where they are undone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from contract_tests.emulator.file_store import FileStore
from contract_tests.emulator.memory_store import MemoryStore
from contract_tests.emulator.messages import CrossPodChanged, UserAdded
from contract_tests.emulator.pod import ACCEPTED, PENDING_INCOMING
from contract_tests.emulator.records import Connection, Dump, Session, User, Version
from contract_tests.emulator.store import Store

Change = Callable[[Store], object]

ids = st.integers(1, 4)
pods = st.sampled_from(["acme", "beta"])
numbers = st.none() | st.integers(1, 3)
booleans = st.booleans()
users = st.builds(User, ids, st.sampled_from(["bot", "ann"]), pods, booleans)
connections = st.builds(Connection, ids, ids, st.sampled_from([ACCEPTED, PENDING_INCOMING]), booleans, ids, ids, ids)
versions = st.builds(Version, ids, booleans, pods)
messages = st.builds(UserAdded, pods, pods, users) | st.builds(CrossPodChanged, pods, pods, booleans, ids)


def adding(user: User) -> Change:
    """Adds a user, who may be there already."""

    def change(store: Store) -> object:
        try:
            store.add_user(user)
        except ValueError as error:
            return str(error)
        return None

    return change


changes: st.SearchStrategy[Change] = st.one_of(
    users.map(adding),
    connections.map(lambda connection: lambda store: store.put(connection)),
    st.tuples(ids, ids).map(lambda pair: lambda store: store.delete(*pair)),
    st.tuples(ids, ids, versions).map(lambda members: lambda store: store.set_version(*members)),
    st.tuples(ids, ids, booleans, pods).map(
        lambda m: lambda store: store.next_version(m[0], m[1], is_decision=m[2], pod=m[3])
    ),
    st.tuples(pods, pods, booleans, numbers).map(
        lambda m: lambda store: store.set_cross_pod(m[0], m[1], is_enabled=m[2], number=m[3])
    ),
    st.tuples(ids.map(str), ids, st.floats(0, 9)).map(
        lambda m: lambda store: store.put_session(m[0], Session(m[1], m[2]))
    ),
    messages.map(lambda message: lambda store: store.add_message(message)),
    ids.map(lambda number: lambda store: store.remove_messages([number])),
)
transactions = st.lists(st.tuples(booleans, st.lists(changes, max_size=6)), max_size=6)
"""Changes that are made together, and whether they are undone."""


class Undone(Exception):
    """Undoes a transaction."""


def carried_out(store: Store, steps: list[tuple[bool, list[Change]]]) -> list[object]:
    """What came of the transactions, and what the store says then."""
    came: list[object] = []
    for is_undone, together in steps:
        before = store.dump()
        try:
            with store.transaction():
                for change in together:
                    with store.transaction():
                        came.append(change(store))
                if is_undone:
                    raise Undone
        except Undone:
            assert store.dump() == before
    return [*came, store.dump(), *readings(store)]


def readings(store: Store) -> list[object]:
    """What a store says of everything that there can be."""
    names = ["acme", "beta"]
    every = range(1, 5)
    return [
        store.has_users(),
        [store.users(), store.users("acme"), store.users(limit=2)],
        [[store.user(one), store.connections(one)] for one in every],
        [[store.connection(one, other), store.version(one, other)] for one in every for other in every],
        [store.user_named(name, pod) for name in ("bot", "ann") for pod in names],
        [[store.is_cross_pod(one, other), store.is_cross_pod_towards(one, other)] for one in names for other in names],
        [store.some_connections(pod, limit) for pod in names for limit in (1, 99)],
        store.messages(),
    ]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MemoryStore, FileStore]]:
    """A store of each kind, for all examples: a file takes its time to be made."""
    file = FileStore(tmp_path_factory.mktemp("state") / "state.db")
    yield MemoryStore(), file
    file.close()


@settings(max_examples=50, deadline=None)
@given(steps=transactions, more=transactions)
def test_both_stores_say_the_same(
    both: tuple[MemoryStore, FileStore],
    steps: list[tuple[bool, list[Change]]],
    more: list[tuple[bool, list[Change]]],
) -> None:
    memory, file = both
    memory.clear()
    file.clear()
    assert memory.dump() == file.dump() == Dump()
    assert carried_out(memory, steps) == carried_out(file, steps)

    snapshots = memory.dump(), file.dump()
    assert carried_out(memory, more) == carried_out(file, more)
    memory.load(snapshots[0])
    file.load(snapshots[1])
    assert (memory.dump(), file.dump()) == snapshots


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_second_user_of_a_name_or_an_id_is_an_error(kind: str, tmp_path: Path) -> None:
    store: Store = MemoryStore() if kind == "memory" else FileStore(tmp_path / "state.db")
    store.add_user(User(1, "bot", "acme", is_entitled=True))
    store.add_user(User(2, "bot", "beta", is_entitled=True))

    with pytest.raises(ValueError, match="There is a user 1 already"):
        store.add_user(User(1, "ann", "acme", is_entitled=True))
    with pytest.raises(ValueError, match="or one called bot in acme"):
        store.add_user(User(3, "bot", "acme", is_entitled=True))
    assert [user.id for user in store.users()] == [1, 2]
    store.close()
