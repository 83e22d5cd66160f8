"""Sessions: who has none is refused, and a refused request changes nothing."""

import base64
import string
from dataclasses import replace
from urllib.parse import quote

import pytest

from ..arranging.arrange import state_of
from ..contract.description import UNDER_TEST
from ..contract.exchange import JSON, Request, act, user_id_body
from ..contract.lawful import INCOMING, NO_SESSION, NOBODY, OUTGOING, REFUSED, UNAUTHORIZED, Lawful
from ..target.not_verified import NotVerified
from .check import Check
from .refusals import AT_ONCE, Case, Refusals

NO_EFFECT = "session-refused-no-effect"
# The caller's token in a shell.
TOKEN = 'printf %s "$POD_CALLER_TOKEN"'
SWAPPED_CASE = f"$({TOKEN} | tr a-zA-Z A-Za-z)"
# What a shell pipes a token through. `python` also starts the suite, so that it is there.
ENCODE = """python -c "import sys, urllib.parse as u; print(u.quote(sys.stdin.read(), safe=''), end='')\""""
URL_ENCODED = f"$({TOKEN} | {ENCODE})"
# Of base64, as tokens are written: characters that are 32 apart differ in their highest bit, which
# counts wherever they stand. The lowest bits of the last character may stand for nothing.
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
# Many servers take no more than 8 KB of headers, and a token is known to fit.
MOST_OF_TOKENS = 4096
ELSEWHERE = (
    ("Cookie", "sessionToken={}", "a cookie"),
    ("Cookie", "skey={}", "a session cookie"),
    ("Authorization", "Bearer {}", "the Authorization header"),
    ("X-Session-Token", "{}", "another header"),
)


def refuse_tokens(check: Check, tokens: list[tuple[str, str, str]], lawful: Lawful) -> None:
    """Expect that every token, given with its shell form and what it is, is refused by both operations.

    A form of the caller's token that is much longer than the token is left out where it might be too
    long for a header.
    """
    refusals = Refusals(check, NO_EFFECT)
    longest = max(MOST_OF_TOKENS, len(check.wire.token("caller")) + len("Bearer "))
    refusals.expect_all(
        [
            (
                lawful if token.isascii() else NO_SESSION,
                Request(
                    operation_id,
                    role=None,
                    body=user_id_body(refusals.user_id),
                    media_type=JSON,
                    token=token,
                    token_shell=shell,
                    about=about,
                    edge=not token.isascii(),
                ),
            )
            for operation_id in UNDER_TEST
            for token, shell, about in tokens
            if len(token) <= longest
        ]
    )


def altered(token: str) -> list[tuple[str, str, str]]:
    """A token with one character altered: at either end, and at several places between."""
    found = []
    length = len(token.rstrip("=")) or len(token)
    for place in sorted({0, length // 2, max(0, length - 4), length - 1}):
        index = ALPHABET.find(token[place])
        other = ALPHABET[index ^ 32] if index >= 0 else "A"
        before, after = f'$(printf %.{place}s "$POD_CALLER_TOKEN")', f"$({TOKEN} | tail -c +{place + 2})"
        about = f"the token with another character in place {place + 1}"
        found.append((token[:place] + other + token[place + 1 :], before + other + after, about))
    return found


@pytest.mark.rule("session-missing-refused")
def test_without_a_session_token_a_request_is_refused(check: Check) -> None:
    refusals = Refusals(check, NO_EFFECT)
    body = user_id_body(refusals.user_id)
    requests = [Request(operation_id, None, body, JSON, about="no session") for operation_id in UNDER_TEST]
    refusals.expect_all([(NO_SESSION, request) for request in requests])


@pytest.mark.rule("session-empty-refused")
def test_an_empty_session_token_is_refused(check: Check) -> None:
    refuse_tokens(check, [("", "", "an empty token")], NO_SESSION)


@pytest.mark.rule("session-unknown-refused")
def test_a_token_that_was_never_issued_is_refused(check: Check) -> None:
    token = check.wire.token("caller")
    invented = "".join("A" if character.isupper() else "z" if character.islower() else character for character in token)
    odd = [
        ("invalid", "a word"),
        ("0", "a zero"),
        ("null", "the word null"),
        ("undefined", "the word undefined"),
        ("*", "an asterisk"),
        ("%", "a percent sign"),
        ("' OR '1'='1", "a quotation mark"),
        ('{"token": true}', "JSON"),
        ("../../etc/passwd", "a path"),
        ("%00", "an encoded NUL"),
        (str(check.user_id("caller")), "the caller's user id"),
        ("x" * 2000, "2,000 characters"),
        ("a" * len(token), "another token of the same length"),
    ]
    if invented != token:
        odd.append((invented, "another token of the same shape"))
    username = check.target.users["caller"].username
    if username:
        odd.append((username, "the caller's user name"))
    tokens = [(value, value, about) for value, about in odd]
    tokens.append(("t\xf6ken", "$(printf 't\\366ken')", "a byte that is no ASCII"))
    refuse_tokens(check, tokens + altered(token), UNAUTHORIZED)


@pytest.mark.rule("session-truncated-refused")
def test_a_part_of_a_token_is_refused(check: Check) -> None:
    token = check.wire.token("caller")
    if len(token) < 4:
        raise NotVerified("the caller's token is too short to cut")
    parts = [
        (token[:-1], "${POD_CALLER_TOKEN%?}", "the token less its last character"),
        (token[1:], "${POD_CALLER_TOKEN#?}", "the token less its first character"),
    ]
    for length, about in ((len(token) // 2, "the first half"), (len(token) * 3 // 4, "three quarters")):
        parts.append((token[:length], f'$(printf %.{length}s "$POD_CALLER_TOKEN")', f"{about} of the token"))
    refuse_tokens(check, parts, UNAUTHORIZED)


@pytest.mark.rule("session-extended-refused")
def test_a_token_with_something_added_is_refused(check: Check) -> None:
    token = check.wire.token("caller")
    longer = [
        (token + "x", "${POD_CALLER_TOKEN}x", "the token and a character"),
        ("x" + token, "x${POD_CALLER_TOKEN}", "a character and the token"),
        (token + token, "${POD_CALLER_TOKEN}${POD_CALLER_TOKEN}", "the token twice"),
        (f"{token},{token}", "${POD_CALLER_TOKEN},${POD_CALLER_TOKEN}", "the token twice, as a list"),
        (f"Bearer {token}", "Bearer ${POD_CALLER_TOKEN}", "the token after the word Bearer"),
        (f'"{token}"', '\\"${POD_CALLER_TOKEN}\\"', "the token in quotation marks"),
        (token + "%00", "${POD_CALLER_TOKEN}%00", "the token and an encoded NUL"),
        (token + ";x", "${POD_CALLER_TOKEN};x", "the token and a parameter"),
    ]
    first = f"%{ord(token[0]):02X}"
    encoded = [
        (first + quote(token[1:], safe=""), f"{first}$({TOKEN} | tail -c +2 | {ENCODE})", "the token, URL-encoded"),
        (base64.b64encode(token.encode()).decode(), f"$({TOKEN} | base64 | tr -d '\\n')", "the token in base64"),
    ]
    refuse_tokens(check, longer + encoded, UNAUTHORIZED)


@pytest.mark.rule("session-case-refused")
def test_a_token_in_other_case_is_refused(check: Check) -> None:
    token = check.wire.token("caller")
    changed = [
        (token.swapcase(), SWAPPED_CASE, "the token in swapped case"),
        (token.upper(), f"$({TOKEN} | tr a-z A-Z)", "the token in upper case"),
        (token.lower(), f"$({TOKEN} | tr A-Z a-z)", "the token in lower case"),
    ]
    tokens = [entry for entry in changed if entry[0] != token]
    if not tokens:
        raise NotVerified("the caller's token has no letters")
    refuse_tokens(check, tokens, UNAUTHORIZED)


@pytest.mark.rule("session-only-in-header")
def test_a_token_elsewhere_than_in_the_header_is_no_session(check: Check) -> None:
    token = check.wire.token("caller")
    refusals = Refusals(check, NO_EFFECT)
    body = user_id_body(refusals.user_id)
    in_body = body[:-1] + b', "sessionToken": "' + token.encode() + b'"}'
    encoded = quote(token, safe="")
    as_it_is = ((token, "$POD_CALLER_TOKEN"),)
    in_query = as_it_is if encoded == token else ((encoded, URL_ENCODED),)
    query = f"sessionToken={encoded}"
    for operation_id in UNDER_TEST:
        requests = [
            Request(operation_id, None, body, JSON, query=query, embedded=in_query, about="the token in the query"),
            Request(operation_id, None, in_body, JSON, embedded=as_it_is, about="the token in the body"),
        ]
        requests += [
            Request(
                operation_id,
                None,
                body,
                JSON,
                headers=((header, value.format(token)),),
                embedded=as_it_is,
                about=f"the token in {about}",
            )
            for header, value, about in ELSEWHERE
        ]
        refusals.expect_all([(NO_SESSION, request) for request in requests])


@pytest.mark.rule("session-header-name-any-case")
def test_the_header_s_name_is_taken_in_any_case(check: Check) -> None:
    for operation_id in UNDER_TEST:
        for name in ("SESSIONTOKEN", "sessiontoken"):
            body = user_id_body(check.nobody())
            request = Request(operation_id, "caller", body, JSON, token_header=name, about=f"the header as {name}")
            check.expect(NOBODY, check.send(request))


@pytest.mark.rule("session-ended-refused")
def test_a_session_that_was_ended_is_refused(check: Check) -> None:
    token = check.wire.ended_token("caller")
    about = "the token of a login that was ended: curl -X POST $POD_SESSIONAUTH_URL/v1/logout with it as sessionToken"
    refuse_tokens(check, [(token, "$ENDED_TOKEN", about)], UNAUTHORIZED)


@pytest.mark.rule("session-refused-no-effect")
def test_what_is_refused_for_its_session_changes_nothing(check: Check) -> None:
    token = check.wire.token("caller")
    kinds = [
        ("invalid", "invalid", "a word"),
        ("", "", "an empty token"),
        (token[:-1], "${POD_CALLER_TOKEN%?}", "the token less its last character"),
        (token + "x", "${POD_CALLER_TOKEN}x", "the token and a character"),
        (token.swapcase(), SWAPPED_CASE, "the token in swapped case"),
    ]
    refuse_tokens(check, [kind for kind in kinds if kind[0] != token], NO_SESSION)


@pytest.mark.rule("session-decides-the-user")
def test_each_session_acts_for_its_own_user(check: Check) -> None:
    check.arranger.bring(INCOMING)
    pairs = [("caller", "requester"), ("requester", "caller")]
    for viewer, other in pairs:
        reading = check.arranger.read_exchange(viewer, other)
        check.expect_state(INCOMING if viewer == "caller" else OUTGOING, viewer, other, after=reading)
    for _ in range(3):
        readings = check.read(*pairs)
        found = [state_of(readings[viewer, other], check.user_id(other)) for viewer, other in pairs]
        expected = f"{INCOMING} and {OUTGOING}, read at once"
        check.expect_true(found == [INCOMING, OUTGOING], expected, " and ".join(found), *readings.values())
    for asked, asker in pairs:
        refusals = Refusals(check, check.rule.id, asker=asker, asked=asked)
        refusals.expect_all(both_at_once(check, asker, asked) + two_tokens(check, asker, asked))


def both_at_once(check: Check, asker: str, asked: str) -> list[Case]:
    """Requests of two users to be sent together: the asker names itself, as only the one who is asked may."""
    pair = [
        (NOBODY, act("acceptConnection", asker, check.user_id(asker), about="two users at once")),
        (NOBODY, act("acceptConnection", asked, check.nobody(), about="two users at once")),
    ]
    return pair * (AT_ONCE // len(pair))


def two_tokens(check: Check, asker: str, asked: str) -> list[Case]:
    """Requests of the asker, naming itself, with the token of the one who is asked elsewhere than in the header."""
    token = check.wire.token(asked)
    if len(token) + len(check.wire.token(asker)) > MOST_OF_TOKENS:
        return []
    variable = f"POD_{asked.upper()}_TOKEN"
    encoded = quote(token, safe="")
    plain = ((token, f"${variable}"),)
    in_query = plain if encoded == token else ((encoded, f'$(printf %s "${variable}" | {ENCODE})'),)
    about = f"the {asked}'s token in"
    cases: list[Case] = []
    for operation_id in UNDER_TEST:
        itself = act(operation_id, asker, check.user_id(asker))
        query = f"sessionToken={encoded}"
        cases.append((REFUSED, replace(itself, query=query, embedded=in_query, about=f"{about} the query")))
        for header, value, place in ELSEWHERE[:3]:
            headers = ((header, value.format(token)),)
            cases.append((REFUSED, replace(itself, headers=headers, embedded=plain, about=f"{about} {place}")))
    return cases
