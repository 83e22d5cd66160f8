"""The file for ``--world``: pods, users and connections in TOML."""

import itertools
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .cast import USER_BITS
from .pod import ACCEPTED, PENDING_OUTGOING, REJECTED
from .records import User
from .world import EVERYWHERE, Relation, Resident, World

_FIRST_POD_NUMBER = 103
_MAX_INT64 = 2**63 - 1
_END = r"$(?!\n)"  # Python's $ also stands before the last end of a line
_NAME = {"type": "string", "pattern": f"^[A-Za-z0-9][A-Za-z0-9._-]{{0,99}}{_END}"}
_TAKEN_PODS = (EVERYWHERE, "emulator")
"""Names that stand for all pods, and in paths for the control interface."""
_TAKEN_ROLES = ("LOGIN", "SESSIONAUTH", "UNKNOWN")
"""Roles whose variables have another meaning, such as ``POD_LOGIN_URL``."""
_STATUSES = {"PENDING": PENDING_OUTGOING, "ACCEPTED": ACCEPTED, "REJECTED": REJECTED}


def _table(required: Iterable[str], **members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members, "required": list(required), "additionalProperties": False}


_SCHEMA = _table(
    ("pods", "users"),
    pods={
        "type": "array",
        "minItems": 1,
        "items": _table(("name",), name=_NAME, cross_pod={"type": "array", "items": _NAME}),
    },
    users={
        "type": "array",
        "items": _table(
            ("name", "pod"),
            name=_NAME,
            pod=_NAME,
            id={"type": "integer", "minimum": 1, "maximum": _MAX_INT64},
            entitled={"type": "boolean"},
            role={"type": "string", "pattern": f"^[A-Z][A-Z0-9_]{{0,40}}{_END}"},
            token={"type": "string", "pattern": f"^[\\x21-\\x7e]{{1,4096}}{_END}"},
        ),
    },
    connections={
        "type": "array",
        "items": _table(
            ("requester", "receiver"),
            requester={"type": "string"},
            receiver={"type": "string"},
            status={"enum": list(_STATUSES)},
        ),
    },
)


class WorldFileError(Exception):
    """The file for ``--world`` cannot be used; the message says where, why and what to do."""


class WorldFile:
    """A world as a file describes it.

    Args:
        path: The file.

    Raises:
        WorldFileError: The file cannot be read, or describes no world.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise WorldFileError(f"{path}: {error.strerror}.") from error
        except ValueError as error:
            raise WorldFileError(f"{path} is not TOML in UTF-8: {error}.") from error
        except RecursionError:
            raise WorldFileError(f"{path} is nested too deeply.") from None
        from jsonschema import Draft202012Validator  # where there is a file, because it takes its time

        # A misspelt member is also a missing one; the first says more.
        faults = sorted(
            Draft202012Validator(_SCHEMA).iter_errors(self._content), key=lambda fault: fault.validator == "required"
        )
        if faults:
            raise WorldFileError(f"{path}: {_place(faults[0].absolute_path)}: expected {_expected(faults[0])}.")
        self._worlds: dict[int, World] = {}
        self.world(USER_BITS)

    def world(self, user_bits: int) -> World:
        """The world of the file.

        Args:
            user_bits: How many bits of an id that the file does not give are the user's number.

        Raises:
            WorldFileError: Parts of the file contradict each other.
        """
        if user_bits not in self._worlds:
            names = self._names()
            residents = self._residents(names, user_bits)
            self._worlds[user_bits] = World(names, residents, self._cross_pod(names), tuple(self._relations(residents)))
        return self._worlds[user_bits]

    def _names(self) -> tuple[str, ...]:
        names = tuple(str(pod["name"]) for pod in self._content["pods"])
        for number, name in enumerate(names):
            if name.lower() in _TAKEN_PODS:
                raise self._error(f"pods[{number}].name", f"{name!r} has another meaning. Choose another name.")
        # Names of pods are parts of host names and of files, where capitals may not count.
        self._distinct("pods", "name", (name.lower() for name in names))
        return names

    def _error(self, place: str, what: str) -> WorldFileError:
        return WorldFileError(f"{self._path}: {place}: {what}")

    def _distinct(self, table: str, member: str, values: Iterable[Any]) -> tuple[Any, ...]:
        found = tuple(values)
        seen: set[Any] = set()
        for number, value in enumerate(found):
            if value is not None and value in seen:
                shown = "this token" if member == "token" else repr(value)
                raise self._error(f"{table}[{number}].{member}", f"{shown} is there twice.")
            seen.add(value)
        return found

    def _cross_pod(self, names: tuple[str, ...]) -> frozenset[tuple[str, str]]:
        enabled = set()
        for number, pod in enumerate(self._content["pods"]):
            for towards in pod.get("cross_pod", ()):
                place = f"pods[{number}].cross_pod"
                if towards not in names:
                    raise self._error(place, f"there is no pod {towards!r}. There are: {', '.join(names)}.")
                if towards == pod["name"]:
                    raise self._error(place, "crossPod is a setting towards another pod.")
                enabled.add((pod["name"], towards))
        return frozenset(enabled)

    def _residents(self, names: tuple[str, ...], user_bits: int) -> tuple[Resident, ...]:
        users: list[dict[str, Any]] = self._content["users"]
        for number, user in enumerate(users):
            if user["pod"] not in names:
                raise self._error(
                    f"users[{number}].pod", f"there is no pod {user['pod']!r}. There are: {', '.join(names)}."
                )
        for number, user in enumerate(users):
            if type(user.get("id", 1)) is not int:  # JSON Schema counts 1.0 among the integers
                raise self._error(f"users[{number}].id", f"expected a whole number, not {user['id']}.")
            if user.get("role") in _TAKEN_ROLES:
                raise self._error(f"users[{number}].role", f"{user['role']} has another meaning. Choose another role.")
        self._distinct("users", "name", (f"{user['name']}@{user['pod']}" for user in users))
        for member in ("id", "role", "token"):
            self._distinct("users", member, (user.get(member) for user in users))
        taken = {user["id"] for user in users if "id" in user}
        free_ids = {
            name: itertools.count(((_FIRST_POD_NUMBER + number) << user_bits) + 1) for number, name in enumerate(names)
        }
        residents = []
        for user in users:
            user_id = user.get("id") or next(one for one in free_ids[user["pod"]] if one not in taken)
            taken.add(user_id)
            residents.append(
                Resident(
                    User(user_id, user["name"], user["pod"], user.get("entitled", True)),
                    user.get("role"),
                    "role" in user,
                    user.get("token"),
                    f"{user['name']}@{user['pod']}",
                )
            )
        return tuple(residents)

    def _relations(self, residents: tuple[Resident, ...]) -> Iterable[Relation]:
        users = {f"{resident.user.username}@{resident.user.pod}": resident.user for resident in residents}
        pairs: set[frozenset[int]] = set()
        for number, connection in enumerate(self._content.get("connections", ())):
            place = f"connections[{number}]"
            for member in ("requester", "receiver"):
                if connection[member] not in users:
                    hint = f"Name a user and its pod, such as {next(iter(users), 'bot@acme')}."
                    raise self._error(f"{place}.{member}", f"there is no user {connection[member]!r}. {hint}")
            requester, receiver = users[connection["requester"]], users[connection["receiver"]]
            if requester.pod == receiver.pod:
                raise self._error(place, "users of the same pod are connected implicitly. Leave it out.")
            pair = frozenset((requester.id, receiver.id))
            if pair in pairs:
                raise self._error(place, "there is a connection between these two users already.")
            pairs.add(pair)
            yield Relation(requester.id, receiver.id, _STATUSES[connection.get("status", "PENDING")])


def _place(path: Iterable[object]) -> str:
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return place.removeprefix(".") or "the file"


def _expected(error: Any) -> str:
    value: Any = error.validator_value
    if error.validator == "additionalProperties":
        known: Mapping[str, Any] = error.schema["properties"]
        unknown = sorted(set(error.instance) - set(known))
        shown = ", ".join(name if name.isprintable() else repr(name) for name in unknown)
        return f"only {', '.join(known)}, not {shown}"
    if error.validator == "required":
        return f"the members {', '.join(value)}"
    if error.validator == "enum":
        return f"one of {', '.join(value)}"
    return f"{error.validator} {value}".replace(_END, "$")
