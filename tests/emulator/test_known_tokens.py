"""Tokens that are kept out of texts."""

import timeit

import pytest

from contract_tests.emulator.known_tokens import KnownTokens

TOKEN = "Zm9v-_" * 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("nothing", "nothing"),
        (TOKEN, "<redacted>"),
        (f"a{TOKEN}b{TOKEN}", "a<redacted>b<redacted>"),
        (f'{{"token":"{TOKEN}"}}', '{"token":"<redacted>"}'),
        (TOKEN[:-1], TOKEN[:-1]),
        (TOKEN.lower(), TOKEN.lower()),
        ("x=a b/+= y", "x=<redacted> y"),
        ("short, shorter", "<redacted>, <redacted>er"),
        ("short-and-long", "<redacted>"),
        ("\n\x00é" + TOKEN + "\n", "\n\x00é<redacted>\n"),
    ],
)
def test_tokens_are_replaced_wherever_they_are(text: str, expected: str) -> None:
    tokens = KnownTokens()
    for token in (TOKEN, "short", "short-and-long", "a b/+="):
        tokens.add(token)

    assert tokens.without(text) == expected


def test_what_was_forgotten_is_no_token() -> None:
    tokens = KnownTokens()
    tokens.add(TOKEN)
    tokens.clear()

    assert tokens.without(TOKEN) == TOKEN


def test_the_time_does_not_grow_with_the_number_of_tokens() -> None:
    def seconds(count: int) -> float:
        tokens = KnownTokens()
        for number in range(count):
            tokens.add(f"{number:064d}")
        return min(timeit.repeat(lambda: tokens.without("x" * 4096), number=5, repeat=5))

    # Near 1; a search for one token after the other takes thousands of times as long.
    assert seconds(20_000) / seconds(1) < 20
