"""What runs: the pods with their state, clock, journal and faults, and the changes that are on."""

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from .app import Answer, Call, Emulator, Modifier, Proceed
from .cast import USER_BITS
from .changes import Change
from .clock import Clock
from .faults import Faults
from .federation import Federation, at_one_address, federate
from .journal import Journal
from .known_tokens import KnownTokens
from .network import Network
from .pod import Pod
from .protocol import restore_status_phrases
from .records import Dump, User
from .state_file import StateFileError
from .store import Store
from .world import EVERYWHERE, World, settle

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


@dataclass(frozen=True, slots=True)
class Settings:
    """How the pods start.

    Attributes:
        world_of: Makes the world, given how many bits of an id are the user's number.
        propagation: Seconds from pod to pod.
        latency: Seconds by which every answer is delayed.
        changes: The defects and variants that are on.
        keys: The RSA keys for logins, by pod and username.
    """

    world_of: Callable[[int], World]
    propagation: float = 0.0
    latency: float = 0.0
    changes: tuple[Change, ...] = ()
    keys: "Mapping[str, Mapping[str, RSAPublicKey]]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of all pods at one moment."""

    dumps: Mapping[str, Dump]
    ahead: int


class ChangeError(Exception):
    """A defect or a variant cannot be switched on here; the message says why."""


class Emulation:
    """The pods while they run.

    Args:
        settings: How the pods start.
        stores: The state of each pod by the pod's name, or of all pods under ``EVERYWHERE``. Stores without users
            are filled with the world.

    Raises:
        StateFileError: A store is of another world.

    Attributes:
        world: The world in which the pods started.
        clock: The clock of all pods.
        journal: The requests and answers.
        known_tokens: The tokens of all sessions since the start, or since the last reset.
        faults: The faults that are set.
        changes: The defects and variants that are on.
        snapshots: The snapshots by their names.
        federation: The pods as they are now.
        tokens: The tokens of the sessions that were opened at the start, by role.
        environment: The environment variables that point a client at the pods; whoever serves the pods sets them.
    """

    def __init__(self, settings: Settings, stores: Mapping[str, Store]) -> None:
        self.clock = Clock()
        self.journal = Journal(self.clock)
        self.known_tokens = KnownTokens()
        self.faults = Faults()
        self.changes = list(settings.changes)
        self.snapshots: dict[str, Snapshot] = {}
        self.tokens: dict[str, str] = {}
        self.environment: dict[str, str] = {}
        self._settings = settings
        self._stores = stores
        self._applications: dict[str, ASGIApp] = {}
        self._names = itertools.count(1)
        self.world = settings.world_of(USER_BITS)
        self.federation = self._built()
        self._fill()
        self._open_sessions()

    @property
    def is_one_address(self) -> bool:
        """Whether all private pods share one address."""
        return EVERYWHERE in self._stores

    def application(self, pod: str) -> ASGIApp:
        """The application of a pod, which stays the same when the pods are built anew."""
        return lambda scope, receive, send: self._applications[pod](scope, receive, send)

    def rebuild(self) -> None:
        """Build the pods anew from their state, after changes were switched on or off; what is under way stays so."""
        self.federation.network.stop()
        self.federation = self._built()
        self.federation.network.resume()

    def reset(self) -> None:
        """Go back to the start: world, sessions, clock, faults, journal and changes."""
        self.federation.network.stop()
        self.clock.ahead = 0
        self.faults.clear()
        self.journal.clear()
        self.known_tokens.clear()
        self.snapshots.clear()
        self.changes = list(self._settings.changes)
        for store in self._stores.values():
            store.clear()
        self.federation = self._built()
        self._fill()
        self._open_sessions()

    def take_snapshot(self, name: str | None) -> str:
        """Keep the state of all pods, messages under way included, under a name; return the name."""
        name = name or f"snapshot-{next(self._names)}"
        dumps = {pod: store.dump() for pod, store in self._stores.items()}
        self.snapshots[name] = Snapshot(dumps, self.clock.ahead)
        return name

    def restore(self, name: str) -> None:
        """Go back to a snapshot. Faults, journal and changes stay as they are.

        Raises:
            KeyError: There is no such snapshot.
        """
        snapshot = self.snapshots[name]
        self.federation.network.stop()
        for pod, dump in snapshot.dumps.items():
            self._stores[pod].load(dump)
        self.clock.ahead = snapshot.ahead
        self.rebuild()

    def switch_on(self, change: Change) -> None:
        """Switch a defect or a variant on.

        Raises:
            ChangeError: It needs several pods or logins, and there are none.
        """
        if change in self.changes:
            return
        require_possible(change, is_one_address=self.is_one_address, has_keys=bool(self._settings.keys))
        self.changes.append(change)
        self.rebuild()

    def switch_off(self, change: Change) -> None:
        """Switch a defect or a variant off."""
        if change in self.changes:
            self.changes.remove(change)
            self.rebuild()

    def _built(self) -> Federation:
        restore_status_phrases()
        settings = self._settings
        if self.is_one_address:
            keys = {name: key for pod in settings.keys.values() for name, key in pod.items()}
            emulator = Emulator(self._stores[EVERYWHERE], keys, None, self.clock, self.known_tokens)
            federation = at_one_address(emulator, self.world.pods)
        else:
            federation = federate(
                self._stores, settings.keys, Network(settings.propagation), self.clock, self.known_tokens
            )
        for change in self.changes:
            change.install(federation)
        for emulator in federation.emulators:
            if settings.latency:
                emulator.around.append(_late(settings.latency))
            name = emulator.pod.home or EVERYWHERE
            emulator.around.append(self.faults.modifier(name, emulator.sessions.user_id))
            self._applications[name] = self.journal.recording(name, emulator.sessions, emulator.application())
        return federation

    def _fill(self) -> None:
        self.world = self._settings.world_of(self.federation.emulators[0].user_bits)
        for emulator in self.federation.emulators:
            _require_of_this_world(emulator.pod, self.world)
            settle(emulator.pod.store, self.world, emulator.pod.now(), emulator.pod.home)

    def _open_sessions(self) -> None:
        for resident in self.world.residents:
            name = resident.role or str(resident.user.id)
            token = self.tokens.get(name, resident.token)
            if token or (resident.has_session and not self._settings.keys):
                sessions = self.federation.pods[resident.user.pod].sessions
                self.tokens[name] = sessions.open(resident.user.id, token)


def _require_of_this_world(pod: Pod, world: World) -> None:
    """Require that a state which is not new has the users of a world, and no message of another one.

    Raises:
        StateFileError: It is of another world.
    """
    if not pod.store.has_users():
        return
    fault = next((_named(one.user) for one in world.residents if not _is_there(pod, one.user)), None)
    if fault is None and any({one.sender, one.receiver} - set(world.pods) for _, one in pod.store.messages()):
        fault = "a message to a pod that there is not"
    if fault:
        raise StateFileError(
            f"The state of pod {pod.home or EVERYWHERE} is of another world: it has {fault}. "
            "Name another file for --state, or remove this one."
        )


def _named(user: User) -> str:
    return f"no user {user.username}@{user.pod} with the id {user.id}"


def _is_there(pod: Pod, user: User) -> bool:
    found = pod.store.user(user.id)
    return found is not None and (found.username, found.pod) == (user.username, user.pod)


def require_possible(change: Change, *, is_one_address: bool, has_keys: bool) -> None:
    """Require that a defect or a variant can be seen here.

    Raises:
        ChangeError: It cannot; the message says what to do.
    """
    if change.needs_keys and not has_keys:
        raise ChangeError(f"{change.name} can be seen only by users who log in. Add --keys DIR.")
    if change.needs_federation and is_one_address:
        raise ChangeError(f"{change.name} concerns several pods. Leave out --one-address.")


def _late(seconds: float) -> Modifier:
    async def late(call: Call, proceed: Proceed) -> Answer:
        await asyncio.sleep(seconds)
        return await proceed(call)

    return late


def stores_of(world: World, store_for: Callable[[str | None], Store], *, is_one_address: bool) -> dict[str, Store]:
    """The stores that an emulation of a world needs, each made by a function that gets the name of its pod."""
    names: Sequence[str | None] = (None,) if is_one_address else world.pods
    return {name or EVERYWHERE: store_for(name) for name in names}
