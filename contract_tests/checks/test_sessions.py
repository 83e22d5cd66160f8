"""Sessions: a request without a valid session is refused and changes nothing."""

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
# Shell text that makes forms of the caller's token, for the curl lines of a finding.
TOKEN = 'printf %s "$POD_CALLER_TOKEN"'
SWAPPED_CASE = f"$({TOKEN} | tr a-zA-Z A-Za-z)"
# What a shell pipes a token through. `python` also starts the suite, so every reader of a report has it.
ENCODE = """python -c "import sys, urllib.parse as u; print(u.quote(sys.stdin.read(), safe=''), end='')\""""
URL_ENCODED = f"$({TOKEN} | {ENCODE})"
# The alphabet of base64, in which many tokens are written. Two characters that are 32 places apart differ in their
# highest bit. The lowest bits of the last character of a base64 text may be padding; its highest bit never is.
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
# Characters of tokens in one request. Many servers accept 8 KB of headers at the most.
MOST_OF_TOKENS = 4096
# A pod that keeps its sessions in an object of JavaScript, or in attributes of Python, finds these there.
NAMES_IN_EVERY_OBJECT = (
    "constructor",
    "__proto__",
    "toString",
    "hasOwnProperty",
    "valueOf",
    "isPrototypeOf",
    "__defineGetter__",
    "__class__",
    "__init__",
)
ELSEWHERE = (
    ("Cookie", "sessionToken={}", "a cookie"),
    ("Cookie", "skey={}", "a session cookie"),
    ("Authorization", "Bearer {}", "the Authorization header"),
    ("X-Session-Token", "{}", "another header"),
)


def expect_tokens_refused(
    check: Check, tokens: list[tuple[str, str, str]], lawful: Lawful, *, judge_answers: bool = True
) -> None:
    """Expect that accept and reject refuse every token.

    Args:
        check: The work on the rule.
        tokens: Each token, how a shell writes it, and what it is. A token that may be too long for a server's headers
            is left out.
        lawful: The lawful answers to a token in ASCII.
        judge_answers: Whether the answers are judged too; else only that nothing changes.
    """
    refusals = Refusals(check, NO_EFFECT, judge_answers=judge_answers)
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
                ),
            )
            for operation_id in UNDER_TEST
            for token, shell, about in tokens
            if len(token) <= longest
        ]
    )


def altered(token: str) -> list[tuple[str, str, str]]:
    """Copies of a token with one character altered: the first, the last, and two between."""
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
    expect_tokens_refused(check, [("", "", "an empty token")], NO_SESSION)


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
        ("a" * len(token), "an invented token of the same length"),
    ]
    if invented != token:
        odd.append((invented, "an invented token of the same shape"))
    username = check.target.users["caller"].username
    if username:
        odd.append((username, "the caller's user name"))
    odd += [(name, "the name of something that every object has") for name in NAMES_IN_EVERY_OBJECT]
    tokens = [(value, value, about) for value, about in odd]
    tokens.append(("t\xf6ken", "$(printf 't\\366ken')", "a byte that is not ASCII"))
    expect_tokens_refused(check, tokens + altered(token), UNAUTHORIZED)


@pytest.mark.rule("session-truncated-refused")
def test_a_part_of_a_token_is_refused(check: Check) -> None:
    token = check.wire.token("caller")
    if len(token) < 4:
        raise NotVerified("the caller's token is too short to cut", applies=False)
    parts = [
        (token[:-1], "${POD_CALLER_TOKEN%?}", "the token without its last character"),
        (token[1:], "${POD_CALLER_TOKEN#?}", "the token without its first character"),
    ]
    for length, about in ((len(token) // 2, "the first half"), (len(token) * 3 // 4, "three quarters")):
        parts.append((token[:length], f'$(printf %.{length}s "$POD_CALLER_TOKEN")', f"{about} of the token"))
    expect_tokens_refused(check, parts, UNAUTHORIZED)


@pytest.mark.rule("session-extended-refused")
def test_a_token_with_something_added_is_refused(check: Check) -> None:
    token = check.wire.token("caller")
    longer = [
        (token + "x", "${POD_CALLER_TOKEN}x", "the token followed by a character"),
        ("x" + token, "x${POD_CALLER_TOKEN}", "the token after a character"),
        (token + token, "${POD_CALLER_TOKEN}${POD_CALLER_TOKEN}", "the token twice"),
        (f"{token},{token}", "${POD_CALLER_TOKEN},${POD_CALLER_TOKEN}", "the token twice, as a list"),
        (f"Bearer {token}", "Bearer ${POD_CALLER_TOKEN}", "the token after the word Bearer"),
        (f'"{token}"', '\\"${POD_CALLER_TOKEN}\\"', "the token in quotation marks"),
        (token + "%00", "${POD_CALLER_TOKEN}%00", "the token followed by an encoded NUL"),
        (token + ";x", "${POD_CALLER_TOKEN};x", "the token followed by a parameter"),
    ]
    first = f"%{ord(token[0]):02X}"
    encoded = [
        (first + quote(token[1:], safe=""), f"{first}$({TOKEN} | tail -c +2 | {ENCODE})", "the token, URL-encoded"),
        (base64.b64encode(token.encode()).decode(), f"$({TOKEN} | base64 | tr -d '\\n')", "the token in base64"),
    ]
    expect_tokens_refused(check, longer + encoded, UNAUTHORIZED)


@pytest.mark.rule("session-case-refused")
def test_a_token_in_another_case_is_refused(check: Check) -> None:
    token = check.wire.token("caller")
    changed = [
        (token.swapcase(), SWAPPED_CASE, "the token in swapped case"),
        (token.upper(), f"$({TOKEN} | tr a-z A-Z)", "the token in upper case"),
        (token.lower(), f"$({TOKEN} | tr A-Z a-z)", "the token in lower case"),
    ]
    tokens = [entry for entry in changed if entry[0] != token]
    if not tokens:
        raise NotVerified("the caller's token has no letters", applies=False)
    expect_tokens_refused(check, tokens, UNAUTHORIZED)


@pytest.mark.rule("session-only-in-header")
def test_a_token_outside_its_header_is_no_session(check: Check) -> None:
    token = check.wire.token("caller")
    refusals = Refusals(check, NO_EFFECT)
    body = user_id_body(refusals.user_id)
    in_body = body[:-1] + b', "sessionToken": "' + token.encode() + b'"}'
    encoded = quote(token, safe="")
    unchanged = ((token, "$POD_CALLER_TOKEN"),)
    in_query = unchanged if encoded == token else ((encoded, URL_ENCODED),)
    query = f"sessionToken={encoded}"
    for operation_id in UNDER_TEST:
        requests = [
            Request(operation_id, None, body, JSON, query=query, embedded=in_query, about="the token in the query"),
            Request(operation_id, None, in_body, JSON, embedded=unchanged, about="the token in the body"),
        ]
        requests += [
            Request(
                operation_id,
                None,
                body,
                JSON,
                headers=((header, value.format(token)),),
                embedded=unchanged,
                about=f"the token in {about}",
            )
            for header, value, about in ELSEWHERE
        ]
        refusals.expect_all([(NO_SESSION, request) for request in requests])


@pytest.mark.rule("session-header-name-any-case")
def test_the_name_of_the_session_header_is_accepted_in_any_case(check: Check) -> None:
    for operation_id in UNDER_TEST:
        for name in ("SESSIONTOKEN", "sessiontoken"):
            body = user_id_body(check.unused_id())
            request = Request(
                operation_id, "caller", body, JSON, token_header=name, about=f"the header's name as {name}"
            )
            check.expect(NOBODY, check.send(request))


@pytest.mark.rule("session-ended-refused")
def test_a_session_that_was_ended_is_refused(check: Check) -> None:
    token = check.wire.ended_token("caller")
    about = "the token of a session that POST $POD_SESSIONAUTH_URL/v1/logout has ended"
    expect_tokens_refused(check, [(token, "$ENDED_TOKEN", about)], UNAUTHORIZED)


@pytest.mark.rule("session-refused-no-effect")
def test_a_request_refused_for_its_session_changes_nothing(check: Check) -> None:
    token = check.wire.token("caller")
    kinds = [
        ("invalid", "invalid", "a word"),
        ("", "", "an empty token"),
        (token[:-1], "${POD_CALLER_TOKEN%?}", "the token without its last character"),
        (token + "x", "${POD_CALLER_TOKEN}x", "the token followed by a character"),
        (token.swapcase(), SWAPPED_CASE, "the token in swapped case"),
        ("' OR '1'='1", "' OR '1'='1", "a quotation mark"),
    ]
    expect_tokens_refused(check, [kind for kind in kinds if kind[0] != token], NO_SESSION, judge_answers=False)


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
    """Requests of two users, to be sent at once. The asker names itself, which only the other user may do."""
    pair = [
        (NOBODY, act("acceptConnection", asker, check.user_id(asker), about="sent while another user sends")),
        (NOBODY, act("acceptConnection", asked, check.unused_id(), about="sent while another user sends")),
    ]
    return pair * (AT_ONCE // len(pair))


def two_tokens(check: Check, asker: str, asked: str) -> list[Case]:
    """Requests of the asker that name the asker, with the other user's token in the query, a cookie or a header."""
    token = check.wire.token(asked)
    if len(token) + len(check.wire.token(asker)) > MOST_OF_TOKENS:
        return []
    variable = f"POD_{asked.upper()}_TOKEN"
    encoded = quote(token, safe="")
    unchanged = ((token, f"${variable}"),)
    in_query = unchanged if encoded == token else ((encoded, f'$(printf %s "${variable}" | {ENCODE})'),)
    about = f"the {asked}'s token in"
    cases: list[Case] = []
    for operation_id in UNDER_TEST:
        itself = act(operation_id, asker, check.user_id(asker))
        query = f"sessionToken={encoded}"
        cases.append((REFUSED, replace(itself, query=query, embedded=in_query, about=f"{about} the query")))
        for header, value, place in ELSEWHERE[:3]:
            headers = ((header, value.format(token)),)
            cases.append((REFUSED, replace(itself, headers=headers, embedded=unchanged, about=f"{about} {place}")))
    return cases
