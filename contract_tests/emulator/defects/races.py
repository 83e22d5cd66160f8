"""Defects that show only when two requests arrive at once."""

import asyncio
from collections.abc import Awaitable, Callable

from ..app import Answer, Call, Emulator, Proceed
from ..changes import Family, instead, named, set_side
from ..pod import ACCEPT, ACCEPTED, REJECT, REJECTED

FAMILY = Family()
WINDOW = 0.01
"""Seconds within which two requests count as simultaneous."""
MADE = {ACCEPT: ACCEPTED, REJECT: REJECTED}


def racing(emulator: Emulator, second: Callable[[Call, Proceed], Awaitable[Answer]]) -> None:
    """Let a function decide a request that arrives while the same user's other one is under way."""
    under_way: set[tuple[str, bytes]] = set()

    async def race(call: Call, proceed: Proceed) -> Answer:
        key = call.headers.get("sessiontoken", ""), call.body
        is_second = key in under_way
        under_way.add(key)
        await asyncio.sleep(WINDOW)
        under_way.discard(key)
        answer = await proceed(call)
        return await second(call, proceed) if is_second and answer.status == 400 else answer

    instead(emulator, race)


def ids(call: Call) -> tuple[int, int]:
    """The ids of the two users of a call."""
    return (call.caller.id if call.caller else 0), named(call)


@FAMILY.defect("race-consistent")
def race_divides_the_sides(emulator: Emulator) -> None:
    """Of two requests at once, the second succeeds for the caller only."""

    async def divide(call: Call, _: Proceed) -> Answer:
        caller, other = ids(call)
        set_side(emulator, caller, other, MADE[call.operation.id])
        theirs = emulator.pod.store.connection(other, caller)
        if theirs and theirs.status == MADE[call.operation.id]:
            set_side(emulator, other, caller, "PENDING_OUTGOING")
        return Answer(200, {"userId": other, "status": MADE[call.operation.id]})

    racing(emulator, divide)


@FAMILY.defect("race-consistent")
def race_lets_the_refused_one_win(emulator: Emulator) -> None:
    """Of two requests at once, the second is refused, but its change is what stays."""

    async def win(call: Call, _: Proceed) -> Answer:
        caller, other = ids(call)
        set_side(emulator, caller, other, MADE[call.operation.id])
        set_side(emulator, other, caller, MADE[call.operation.id])
        return Answer(400, {"code": 400, "message": "The connection was changed meanwhile."})

    racing(emulator, win)


@FAMILY.defect("race-consistent")
def race_loses_the_connection(emulator: Emulator) -> None:
    """Of two requests at once, the second is answered 404, and the connection is gone."""

    async def lose(call: Call, _: Proceed) -> Answer:
        caller, other = ids(call)
        set_side(emulator, caller, other, None)
        set_side(emulator, other, caller, None)
        return Answer(404, {"code": 404, "message": "Connection cannot be found."})

    racing(emulator, lose)


@FAMILY.defect("race-consistent", "answer-no-server-error")
def race_crashes(emulator: Emulator) -> None:
    """Of two requests at once, the second is answered 500, because the first has locked the row."""

    async def crash(_: Call, __: Proceed) -> Answer:
        return Answer(500, {"code": 500, "message": "Internal server error."})

    racing(emulator, crash)


@FAMILY.defect("race-consistent")
def race_refuses_both(emulator: Emulator) -> None:
    """Of two requests at once, both are refused."""
    under_way: dict[tuple[str, bytes], list[Call]] = {}

    async def race(call: Call, proceed: Proceed) -> Answer:
        key = call.headers.get("sessiontoken", ""), call.body
        calls = under_way.setdefault(key, [])
        calls.append(call)
        await asyncio.sleep(WINDOW)
        if len(calls) > 1:
            return Answer(400, {"code": 400, "message": "The connection is being changed."})
        under_way.pop(key, None)
        return await proceed(call)

    async def clearing(call: Call, proceed: Proceed) -> Answer:
        try:
            return await race(call, proceed)
        finally:
            key = call.headers.get("sessiontoken", ""), call.body
            asyncio.get_running_loop().call_later(WINDOW, under_way.pop, key, None)

    instead(emulator, clearing)


@FAMILY.defect("race-consistent")
def race_is_won_by_both(emulator: Emulator) -> None:
    """Of accept and reject at once both succeed, although each is refused after the other."""

    async def win(call: Call, _: Proceed) -> Answer:
        caller, other = ids(call)
        for one, another in ((caller, other), (other, caller)):
            set_side(emulator, one, another, MADE[call.operation.id])
        return Answer(200, {"userId": other, "status": MADE[call.operation.id]})

    racing(emulator, win)


@FAMILY.defect("bystander-left-alone")
def race_loses_the_other_connection(emulator: Emulator) -> None:
    """Two requests at once about two connections lose one change, because all connections are written as one."""

    async def rewrite(call: Call, proceed: Proceed) -> Answer:
        store = emulator.pod.store
        user_id = emulator.sessions.user_id(call.headers.get("sessiontoken", ""))
        owned = store.connections(user_id) if user_id else []
        both_sides = [*owned, *(store.connection(one.other_id, one.owner_id) for one in owned)]
        await asyncio.sleep(WINDOW)
        answer = await proceed(call)
        if answer.status == 200:
            changed = set(ids(call))
            for side in both_sides:
                if side and {side.owner_id, side.other_id} != changed:
                    store.put(side)
        return answer

    instead(emulator, rewrite)
