"""From the options of ``emulate`` to emulated pods that are not served yet."""

import argparse
import difflib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .cast import CAST, USER_BITS, read_cast, world_of_cast
from .changes import Change
from .defects import DEFECTS
from .emulation import Emulation, Settings, require_possible, stores_of
from .file_store import FileStore
from .keys import public_key
from .memory_store import MemoryStore
from .options import PROPAGATION, UsageError
from .store import Store
from .variants import VARIANTS
from .world import World
from .world_file import WorldFile

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


def settings_of(options: argparse.Namespace) -> Settings:
    """How the pods start, from the options of the command ``emulate``.

    Raises:
        UsageError: An option names what there is not.
        CastFileError, ChangeError, KeyFileError, WorldFileError: A file or a change cannot be used.
    """
    changes = [_chosen("defect", name, DEFECTS) for name in options.defect]
    changes += [_chosen("variant", name, VARIANTS) for name in options.variant]
    for change in changes:
        require_possible(change, is_one_address=options.one_address, has_keys=bool(options.keys))
    world_of = _world_of(options)
    return Settings(
        world_of,
        (PROPAGATION if options.propagation is None else options.propagation) / 1000,
        options.latency / 1000,
        tuple(changes),
        _keys(options, world_of(USER_BITS)),
    )


def emulation_of(settings: Settings, options: argparse.Namespace, stack: ExitStack) -> Emulation:
    """Make the pods, with the state that the options name.

    Args:
        settings: How the pods start.
        options: The options of the command ``emulate``.
        stack: Closes the state of the pods.

    Raises:
        StateFileError: The file for ``--state`` cannot be used.
    """
    world = settings.world_of(USER_BITS)
    stores = stores_of(world, lambda name: _store(options, name, stack), is_one_address=options.one_address)
    return Emulation(settings, stores)


def _chosen(kind: str, name: str, changes: Mapping[str, Change]) -> Change:
    if name not in changes:
        near = difflib.get_close_matches(name, changes, n=3, cutoff=0.4)
        hint = f" Is one of these meant: {', '.join(near)}?" if near else ""
        raise UsageError(f"--{kind} {name}: there is no such {kind} among the {len(changes)}.{hint}")
    return changes[name]


def _world_of(options: argparse.Namespace) -> Callable[[int], World]:
    if options.world:
        return WorldFile(options.world).world
    cast = read_cast(options.cast) if options.cast else CAST
    return lambda user_bits: world_of_cast(cast, user_bits)


def _keys(options: argparse.Namespace, world: World) -> "dict[str, dict[str, RSAPublicKey]]":
    """The keys for logins, by pod and username; none without ``--keys``."""
    if not options.keys:
        return {}
    keys: dict[str, dict[str, RSAPublicKey]] = {name: {} for name in world.pods}
    owners = [(resident.key_name, resident.user) for resident in world.residents if resident.key_name]
    with ThreadPoolExecutor() as pool:  # most of the start's time would go into making one key after the other
        made = pool.map(partial(public_key, options.keys), [name for name, _ in owners])
        for (_, user), key in zip(owners, made, strict=True):
            keys[user.pod][user.username] = key
    return keys


def _store(options: argparse.Namespace, name: str | None, stack: ExitStack) -> Store:
    path: Path | None = options.state
    if path and name:
        path = path.with_name(f"{path.stem}-{name}{path.suffix}")
    store = MemoryStore() if path is None else FileStore(path)
    stack.callback(store.close)
    return store
