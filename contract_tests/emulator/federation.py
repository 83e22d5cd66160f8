"""A federation: private pods with users, sessions and connections of their own, joined by messages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .app import Emulator
from .cast import CAST, Role, populate
from .clock import Clock
from .known_tokens import KnownTokens
from .network import Network
from .store import Store

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


@dataclass(slots=True)
class Federation:
    """The pods that one process serves.

    Attributes:
        pods: The emulator of each private pod, by the pod's name. Where all private pods share one address, it is
            the same emulator for all names.
        network: The way between the pods.
    """

    pods: dict[str, Emulator]
    network: Network = field(default_factory=Network)

    @property
    def emulators(self) -> list[Emulator]:
        """The emulators, each once."""
        return list(dict.fromkeys(self.pods.values()))

    def of(self, role: Role) -> Emulator:
        """The emulator of the pod where a member of the cast lives."""
        return self.pods[role.pod]

    def populate(self, cast: Iterable[Role] = CAST) -> None:
        """Give every pod its users and its side of their connections."""
        members = tuple(cast)
        for emulator in self.emulators:
            pod = emulator.pod
            populate(pod.store, pod.now(), emulator.user_bits, members, pod.home)


def pod_names(cast: Iterable[Role] = CAST) -> list[str]:
    """The names of the private pods of a cast, the caller's first."""
    return list(dict.fromkeys(role.pod for role in cast))


def federate(
    stores: Mapping[str, Store],
    keys: "Mapping[str, Mapping[str, RSAPublicKey]] | None" = None,
    network: Network | None = None,
    clock: Clock | None = None,
    known_tokens: KnownTokens | None = None,
) -> Federation:
    """Make a federation in which every private pod has an emulator of its own.

    Args:
        stores: The state of each pod, by the pod's name.
        keys: The RSA keys for logins, by pod and username.
        network: The way between the pods; None is one without delay.
        clock: The clock of all pods; None is one that runs with the time of the machine.
        known_tokens: Gets every token of a session.
    """
    emulators = {
        name: Emulator(store, (keys or {}).get(name), name, clock, known_tokens) for name, store in stores.items()
    }
    federation = Federation(emulators, network or Network())
    federation.network.connect({name: emulator.pod for name, emulator in emulators.items()})
    return federation


def at_one_address(emulator: Emulator, names: Iterable[str] | None = None) -> Federation:
    """Make a federation in which all private pods share one emulator; the names are those of the cast's pods."""
    return Federation(dict.fromkeys(names or pod_names(), emulator))
