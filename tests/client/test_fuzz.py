"""Whatever comes, a model or a `DecodeError` comes of it: over 100,000 bodies made up from a fixed seed."""

import json
import random
from collections.abc import Iterator
from typing import Any

import httpx
from symphony_pod_client import (
    DecodeError,
    Error,
    PodClient,
    SuccessResponse,
    UserConnection,
    UserConnectionRequest,
)

from tests.client.faces import TOKEN
from tests.client.pods import CONNECTION

VALUES = 90_000
ANSWERS = 20_000

NAMES = [*CONNECTION, "code", "message", "format", "x", "", "ä", "user_id", "additional_properties", "self"]
SCALARS: list[Any] = [
    None, True, False, 0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**400, 0.0, 1.0, -0.0, 1e308,
    float("nan"), float("inf"), "", "ACCEPTED", "accepted", "NEW", "123", "\0", "\ud800", "ä" * 500, "TEXT",
]  # fmt: skip


def value(dice: random.Random, depth: int = 3) -> Any:
    """Any JSON value, and some that only Python's json can hold."""
    roll = dice.random()
    if depth == 0 or roll < 0.7:
        return dice.choice(SCALARS)
    if roll < 0.8:
        return [value(dice, depth - 1) for _ in range(dice.randrange(4))]
    return {dice.choice(NAMES): value(dice, depth - 1) for _ in range(dice.randrange(6))}


def connection(dice: random.Random) -> Any:
    """A connection with some of its members changed, so that most of the others are read too."""
    members: dict[str, Any] = dict(CONNECTION)
    for _ in range(dice.randrange(3)):
        members[dice.choice(NAMES)] = value(dice, 2)
    return members if dice.random() < 0.9 else [members]


def bodies(dice: random.Random) -> Iterator[bytes]:
    """Bodies: well-formed and not, in every encoding, with bytes changed, cut and added."""
    while True:
        text = json.dumps(connection(dice) if dice.random() < 0.7 else value(dice), ensure_ascii=dice.random() < 0.5)
        body = bytearray(text.encode(dice.choice(["utf-8", "utf-8", "utf-8", "utf-16", "latin-1"]), "replace"))
        for _ in range(dice.choice([0, 0, 1, 2])):
            place = dice.randrange(len(body) + 1)
            body[place : place + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
        yield bytes(body[: dice.randrange(len(body) + 1)] if dice.random() < 0.1 else body)


def test_every_value_is_a_model_or_a_decode_error() -> None:
    dice = random.Random(7)
    read = refused = 0
    models = (UserConnection, UserConnection, UserConnection, UserConnectionRequest, Error, SuccessResponse)
    for number in range(VALUES):
        model = models[number % len(models)]
        source = connection(dice) if number % 2 else value(dice)
        try:
            result = model.from_dict(source)
        except DecodeError:
            refused += 1
            continue
        read += 1
        assert type(result) is model
        assert model.from_dict(result.to_dict()) == result or "nan" in repr(result)
    assert read > VALUES / 5
    assert refused > VALUES / 5


def test_every_answer_is_a_model_or_a_decode_error_with_the_answer() -> None:
    dice = random.Random(8)
    source = bodies(dice)
    said = [b""]
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=said[0]))
    read = refused = 0
    with PodClient("https://acme.example.com/pod", session_token=TOKEN, transport=transport) as pod:
        for number in range(ANSWERS):
            said[0] = next(source)
            try:
                if number % 4:
                    assert type(pod.connections.accept(user_id=1)) is UserConnection
                else:
                    assert all(UserConnection is type(item) for item in pod.connections.list())
                read += 1
            except DecodeError as error:
                refused += (200, said[0]) == (error.status, error.body)
    assert read + refused == ANSWERS
    assert min(read, refused) > ANSWERS / 10
