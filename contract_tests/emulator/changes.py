"""How the right pod is changed into a defective one, or into a lawful other one: small, one thing at a time.

A change is a function that takes the emulator before it is served and puts something around it or in the
place of one of its steps. The functions here are what most of them have in common.
"""

import contextlib
import inspect
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .app import Answer, Call, Emulator, Proceed
from .pod import ACCEPT, REJECT
from .refusal import Refusal
from .store import User

BOTH = (ACCEPT, REJECT)
"""The operations of the pages."""

Install = Callable[[Emulator], None]


@dataclass(frozen=True, slots=True)
class Change:
    """A way to be another pod than the right one.

    Attributes:
        name: A slug.
        sentence: What the pod does.
        install: Changes an emulator, before it is served.
        breaks: The rules that it must break; none for a lawful pod.
        needs_keys: Whether it shows only to users who can log in, which takes ``--keys``.
    """

    name: str
    sentence: str
    install: Install
    breaks: tuple[str, ...]
    needs_keys: bool


class Family:
    """Changes of one kind, in the order in which they are written."""

    def __init__(self) -> None:
        self._changes: list[Change] = []

    def __iter__(self) -> Iterator[Change]:
        return iter(self._changes)

    def defect(self, *breaks: str, needs_keys: bool = False) -> Callable[[Install], Install]:
        """Add a function as a defect of its name.

        Args:
            *breaks: The ids of the rules that it must break.
            needs_keys: Whether it shows only to users who can log in.
        """
        if not breaks:
            raise TypeError("A defect breaks at least one rule.")
        return self._adding(breaks, needs_keys)

    def variant(self, *, needs_keys: bool = False) -> Callable[[Install], Install]:
        """Add a function as a lawful pod of its name."""
        return self._adding((), needs_keys)

    def _adding(self, breaks: tuple[str, ...], needs_keys: bool) -> Callable[[Install], Install]:
        def add(install: Install) -> Install:
            sentence = " ".join(inspect.cleandoc(install.__doc__ or "").split())
            name = install.__name__.replace("_", "-")
            self._changes.append(Change(name, sentence, install, breaks, needs_keys))
            return install

        return add


def catalogue(families: Iterable[Family]) -> dict[str, Change]:
    """All changes of some families by their names.

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
    """Do something with every call of some operations, or of all, before the pod looks at it."""
    chosen = None if to is None else frozenset(to)

    async def modifier(call: Call, proceed: Proceed) -> Answer:
        if chosen is None or call.operation.id in chosen:
            act(call)
        return await proceed(call)

    emulator.around.append(modifier)


def answers(emulator: Emulator, act: Callable[[Call, Answer], object], to: Iterable[str] | None = BOTH) -> None:
    """Do something with every answer of some operations, or of all, and perhaps with the pod."""
    chosen = None if to is None else frozenset(to)

    async def modifier(call: Call, proceed: Proceed) -> Answer:
        answer = await proceed(call)
        if chosen is None or call.operation.id in chosen:
            act(call, answer)
        return answer

    emulator.around.append(modifier)


def successes(emulator: Emulator, act: Callable[[Call, Answer], object], to: Iterable[str] = BOTH) -> None:
    """Do something after every success of some operations."""
    answers(emulator, lambda call, answer: answer.status == 200 and act(call, answer), to)


def refusals(
    emulator: Emulator, act: Callable[[Call, Answer], object], *statuses: int, to: Iterable[str] = BOTH
) -> None:
    """Do something after every refusal of some operations, or after those with certain statuses."""

    def on_refusal(call: Call, answer: Answer) -> None:
        if answer.status in statuses or (not statuses and answer.status >= 400):
            act(call, answer)

    answers(emulator, on_refusal, to)


def instead(emulator: Emulator, act: Callable[[Call, Proceed], Awaitable[Answer]], to: Iterable[str] = BOTH) -> None:
    """Let something else decide what becomes of a call of some operations; it may proceed with it."""
    chosen = frozenset(to)

    async def modifier(call: Call, proceed: Proceed) -> Answer:
        return await (act(call, proceed) if call.operation.id in chosen else proceed(call))

    emulator.around.append(modifier)


def members(emulator: Emulator, to: Iterable[str] = BOTH, **values: Any) -> None:
    """Put members into every success of some operations; a function is called with the value that was there."""

    def put(_: Call, answer: Answer) -> None:
        for name, value in values.items():
            if name in answer.value:
                answer.value[name] = value(answer.value[name]) if callable(value) else value

    successes(emulator, put, to)


def content(emulator: Emulator, write: Callable[[Any], bytes]) -> None:
    """Write the value of every success in another way than as compact JSON in UTF-8."""

    def rewrite(_: Call, answer: Answer) -> None:
        answer.content = write(answer.value)

    successes(emulator, rewrite)


def as_json(value: Any) -> bytes:
    """A value as the right pod writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def drop_header(emulator: Emulator, name: str) -> None:
    """Leave a header out of every answer."""

    def drop(_: Scope, message: Message) -> Message:
        if message["type"] != "http.response.start":
            return message
        kept = [(header, value) for header, value in message["headers"] if header != name.encode()]
        return {**message, "headers": kept}

    on_the_wire(emulator, drop)


def named(call: Call) -> int:
    """The user that the body of a call names, once it is read."""
    user_id: int = call.arguments["body"]["userId"]
    return user_id


def carry_out(emulator: Emulator, call: Call, caller: User | None = None) -> None:
    """Read and perform a call all the same, though it is refused."""
    with contextlib.suppress(Refusal):
        call.caller = caller or call.caller
        emulator.read(call)
        emulator.perform(call)


def performs(emulator: Emulator, act: Callable[[Call, Callable[[Call], Any]], Any], to: Iterable[str] = BOTH) -> None:
    """Put something in the place of what the pod does, once a call of some operations has been read."""
    chosen, right = frozenset(to), emulator.perform
    emulator.perform = lambda call: act(call, right) if call.operation.id in chosen else right(call)


def set_side(emulator: Emulator, owner_id: int, other_id: int, status: str | None) -> None:
    """Change how one of two users sees their connection, and not the other; None is no connection."""
    store = emulator.pod.store
    connection = store.connection(owner_id, other_id)
    if status is None:
        store.delete(owner_id, other_id)
    elif connection:
        store.put(replace(connection, status=status))


def on_the_wire(emulator: Emulator, change: Callable[[Scope, Message], Message | None]) -> None:
    """Change, or with None leave out, every message of every answer on its way to the client."""

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
    """Whether a request goes to one of the two operations of the pages."""
    return str(scope["path"]).endswith(("/accept", "/reject"))


def takes_method(emulator: Emulator, *methods: str) -> None:
    """Let other methods do on the pages' two paths what POST does."""

    def wrapper(application: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["method"] in methods and is_under_test(scope):
                scope = {**scope, "method": "POST"}
            await application(scope, receive, send)

        return wrapped

    emulator.wrappers.append(wrapper)
