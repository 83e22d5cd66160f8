"""Changes that make the default pod a defective one, or another lawful one.

A change is a function that takes the emulator before it is served, and wraps it or replaces one of its steps.
This module has what most changes share.
"""

import contextlib
import functools
import inspect
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .app import Answer, Call, Emulator, Proceed
from .federation import Federation
from .pod import ACCEPT, REJECT
from .records import User
from .refusal import Refusal

BOTH = (ACCEPT, REJECT)
"""The operations of the pages."""

Install = Callable[[Emulator], None]
InstallInFederation = Callable[[Federation], None]


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the default pod: a defect or a variant.

    Attributes:
        name: A slug.
        sentence: What the pod does.
        install: Changes a federation before it is served.
        breaks: The ids of the rules that it breaks; empty for a variant.
        needs_keys: Whether it can be seen only by users who log in, which needs ``--keys``.
        needs_federation: Whether it concerns several pods with addresses of their own.
    """

    name: str
    sentence: str
    install: InstallInFederation
    breaks: tuple[str, ...]
    needs_keys: bool
    needs_federation: bool


class Family:
    """The changes of one module, in the order in which they are written."""

    def __init__(self) -> None:
        self._changes: list[Change] = []

    def __iter__(self) -> Iterator[Change]:
        return iter(self._changes)

    def defect(self, *breaks: str, needs_keys: bool = False) -> Callable[[Install], Install]:
        """Add a function as a defect; its name becomes the defect's name.

        Args:
            *breaks: The ids of the rules that it breaks.
            needs_keys: Whether it can be seen only by users who log in.
        """
        return self._adding(_at_least_one(breaks), needs_keys)

    def federation_defect(self, *breaks: str) -> Callable[[InstallInFederation], InstallInFederation]:
        """Add a function that changes a whole federation as a defect; its name becomes the defect's name.

        Args:
            *breaks: The ids of the rules that it breaks.
        """
        return self._adding_to_federation(_at_least_one(breaks))

    def variant(self, *, needs_keys: bool = False) -> Callable[[Install], Install]:
        """Add a function as a variant; its name becomes the variant's name."""
        return self._adding((), needs_keys)

    def federation_variant(self) -> Callable[[InstallInFederation], InstallInFederation]:
        """Add a function that changes a whole federation as a variant; its name becomes the variant's name."""
        return self._adding_to_federation(())

    def _adding(self, breaks: tuple[str, ...], needs_keys: bool) -> Callable[[Install], Install]:
        def add(install: Install) -> Install:
            @functools.wraps(install)
            def install_everywhere(federation: Federation) -> None:
                for emulator in federation.emulators:
                    install(emulator)

            name, sentence = _name(install), _sentence(install)
            self._changes.append(Change(name, sentence, install_everywhere, breaks, needs_keys, needs_federation=False))
            return install

        return add

    def _adding_to_federation(self, breaks: tuple[str, ...]) -> Callable[[InstallInFederation], InstallInFederation]:
        def add(install: InstallInFederation) -> InstallInFederation:
            name, sentence = _name(install), _sentence(install)
            change = Change(name, sentence, install, breaks, needs_keys=False, needs_federation=True)
            self._changes.append(change)
            return install

        return add


def _at_least_one(breaks: tuple[str, ...]) -> tuple[str, ...]:
    if not breaks:
        raise TypeError("A defect breaks at least one rule.")
    return breaks


def _name(install: Callable[..., None]) -> str:
    return install.__name__.replace("_", "-")


def _sentence(install: Callable[..., None]) -> str:
    return " ".join(inspect.cleandoc(install.__doc__ or "").split())


def catalogue(families: Iterable[Family]) -> dict[str, Change]:
    """The changes of several families by their names.

    Raises:
        ValueError: Two have the same name.
    """
    changes: dict[str, Change] = {}
    for family in families:
        for change in family:
            if change.name in changes:
                raise ValueError(f"Two changes are called {change.name}.")
            changes[change.name] = change
    return changes


def before(emulator: Emulator, act: Callable[[Call], object], to: Iterable[str] | None = BOTH) -> None:
    """Call a function with every call of some operations before the pod handles it; None is all operations."""
    chosen = None if to is None else frozenset(to)

    async def modifier(call: Call, proceed: Proceed) -> Answer:
        if chosen is None or call.operation.id in chosen:
            act(call)
        return await proceed(call)

    emulator.around.append(modifier)


def answers(emulator: Emulator, act: Callable[[Call, Answer], object], to: Iterable[str] | None = BOTH) -> None:
    """Call a function with every answer of some operations; None is all operations."""
    chosen = None if to is None else frozenset(to)

    async def modifier(call: Call, proceed: Proceed) -> Answer:
        answer = await proceed(call)
        if chosen is None or call.operation.id in chosen:
            act(call, answer)
        return answer

    emulator.around.append(modifier)


def successes(emulator: Emulator, act: Callable[[Call, Answer], object], to: Iterable[str] = BOTH) -> None:
    """Call a function with every success of some operations."""
    answers(emulator, lambda call, answer: answer.status == 200 and act(call, answer), to)


def refusals(
    emulator: Emulator, act: Callable[[Call, Answer], object], *statuses: int, to: Iterable[str] = BOTH
) -> None:
    """Call a function with every refusal of some operations, or with those of certain statuses only."""

    def on_refusal(call: Call, answer: Answer) -> None:
        if answer.status in statuses or (not statuses and answer.status >= 400):
            act(call, answer)

    answers(emulator, on_refusal, to)


def instead(emulator: Emulator, act: Callable[[Call, Proceed], Awaitable[Answer]], to: Iterable[str] = BOTH) -> None:
    """Let a function answer the calls of some operations; it may proceed with the call."""
    chosen = frozenset(to)

    async def modifier(call: Call, proceed: Proceed) -> Answer:
        return await (act(call, proceed) if call.operation.id in chosen else proceed(call))

    emulator.around.append(modifier)


def members(emulator: Emulator, to: Iterable[str] = BOTH, **values: Any) -> None:
    """Replace members of every success of some operations by values, or by what functions make of them."""

    def put(_: Call, answer: Answer) -> None:
        for name, value in values.items():
            if name in answer.value:
                answer.value[name] = value(answer.value[name]) if callable(value) else value

    successes(emulator, put, to)


def content(emulator: Emulator, write: Callable[[Any], bytes]) -> None:
    """Let a function write the body of every success."""

    def rewrite(_: Call, answer: Answer) -> None:
        answer.content = write(answer.value)

    successes(emulator, rewrite)


def as_json(value: Any) -> bytes:
    """A value in JSON, as the default pod writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def drop_header(emulator: Emulator, name: str) -> None:
    """Remove a header from every answer."""

    def drop(_: Scope, message: Message) -> Message:
        if message["type"] != "http.response.start":
            return message
        kept = [(header, value) for header, value in message["headers"] if header != name.encode()]
        return {**message, "headers": kept}

    on_the_wire(emulator, drop)


def named(call: Call) -> int:
    """The userId in the body of a call that ``read`` has accepted."""
    user_id: int = call.arguments["body"]["userId"]
    return user_id


def carry_out(emulator: Emulator, call: Call, caller: User | None = None) -> None:
    """Read and perform a call although it is refused."""
    with contextlib.suppress(Refusal):
        call.caller = caller or call.caller
        emulator.read(call)
        emulator.perform(call)


def performs(emulator: Emulator, act: Callable[[Call, Callable[[Call], Any]], Any], to: Iterable[str] = BOTH) -> None:
    """Replace the step ``perform`` of some operations."""
    chosen, right = frozenset(to), emulator.perform
    emulator.perform = lambda call: act(call, right) if call.operation.id in chosen else right(call)


def set_side(emulator: Emulator, owner_id: int, other_id: int, status: str | None) -> None:
    """Set the status that one user sees of a connection; None deletes that side."""
    store = emulator.pod.store
    connection = store.connection(owner_id, other_id)
    if status is None:
        store.delete(owner_id, other_id)
    elif connection:
        store.put(replace(connection, status=status))


def on_the_wire(emulator: Emulator, change: Callable[[Scope, Message], Message | None]) -> None:
    """Let a function change every ASGI message of every answer; None drops the message."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            async def sending(message: Message) -> None:
                changed = change(scope, message)
                if changed is not None:
                    await send(changed)

            await application(scope, receive, sending)

        return wrapped

    emulator.wrappers.append(wrapper)


def is_under_test(scope: Scope) -> bool:
    """Whether the path of a request is accept or reject."""
    return str(scope["path"]).endswith(("/accept", "/reject"))


def takes_method(emulator: Emulator, *methods: str) -> None:
    """Let other methods do what POST does on the paths of accept and reject."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["method"] in methods and is_under_test(scope):
                scope = {**scope, "method": "POST"}
            await application(scope, receive, send)

        return wrapped

    emulator.wrappers.append(wrapper)
