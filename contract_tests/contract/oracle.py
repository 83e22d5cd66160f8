"""Judges every answer, whatever the request was.

The oracle knows the description and the rules. It knows no code of any pod.
"""

import json
import re
import time
from collections.abc import Iterator
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, NamedTuple

from .description import operation
from .disclosure import Text, written_forms
from .exchange import JSON, Answer, Exchange, Request
from .gateway import accepts_json, is_answer_of_http, media_type, statuses_of_http
from .internals import internals
from .new_pages import documented_body, documented_statuses, new_operations, shown
from .schemas import WrittenAsFraction, first_fault, validator

DOCUMENTED = frozenset({200, 400, 401, 403, 404, 500})
CLIENT_ERRORS = frozenset({400, 401, 403, 404})
PROMPT_SECONDS = 2.0

_YEAR_2000 = 946_684_800
_DAY = 86_400
_MOST_DIGITS = 1e30  # every integer of the description is smaller


class Judgement(NamedTuple):
    """The judgement of one rule on one answer.

    Attributes:
        rule: The rule's id.
        fault: What is wrong; None if the answer keeps the rule.
        expected: What is lawful, where that is not what the catalogue says.
    """

    rule: str
    fault: str | None
    expected: str | None = None


class NotJson(Exception):
    """A body is not a JSON text by RFC 8259. The message says why."""


def judge(exchange: Exchange, secrets: list[str], url: str = "") -> Iterator[Judgement]:
    """Judge an exchange by every rule that judges answers and applies to it.

    Args:
        exchange: The request and its outcome.
        secrets: The session tokens. An answer must not repeat any of them.
        url: The pod's base address, as its clients know it.
    """
    request, answer = exchange.request, exchange.answer
    yield Judgement("answer-whole", exchange.failure)
    if answer is None:
        return
    slow = f"the answer took {answer.seconds:.1f} s" if answer.seconds > PROMPT_SECONDS else None
    yield Judgement("answer-prompt", slow)
    is_companion = operation(request.operation).kind == "companion"
    is_of_http = is_answer_of_http(request, answer)
    # 501 to a companion operation means that the pod does not offer it, and no page promises that it does.
    failed = answer.status >= 500 and not is_of_http and not (answer.status == 501 and is_companion)
    yield Judgement("answer-no-server-error", f"status {answer.status}" if failed else None)
    yield Judgement("answer-no-token", _leak(answer, [*secrets, *request.secrets]))
    yield Judgement("error-no-internals", internals(answer, url))
    if request.is_elsewhere:
        return
    if is_companion:
        yield Judgement("companion-answer-schema", _companion_fault(request, answer))
        return
    has_any_form = is_of_http or (answer.status != 200 and not accepts_json(request))
    if request.operation in new_operations():
        yield from _judge_new_page(request, answer, has_any_form=has_any_form)
        return
    yield Judgement("answer-status-documented", _status_fault(request, answer))
    if answer.status in DOCUMENTED and not has_any_form:
        yield from _judge_documented(request, answer)


def _judge_new_page(request: Request, answer: Answer, *, has_any_form: bool) -> Iterator[Judgement]:
    """Judge an answer of an operation that no rule is about by what its description says, and nothing else."""
    documented = documented_statuses(request.operation)
    lawful = f"a status that {shown(request.operation)} documents, or one that HTTP itself defines for the request"
    yield Judgement("answer-status-documented", _status_fault(request, answer, documented), lawful)
    body = documented_body(request.operation, answer.status)
    if has_any_form or body is None or media_type(answer) in body.others:
        return
    lawful = f"Content-Type: {' or '.join(body.media_types)}"
    yield Judgement("answer-media-type", _media_type_fault(answer, body.media_types), lawful)
    yield Judgement("answer-charset", _charset_fault(answer))
    try:
        found = strict_json(answer.body)
    except NotJson as fault:
        yield Judgement("answer-json", str(fault))
        return
    yield Judgement("answer-json", None)
    rule = "success-schema" if answer.status < 400 else "error-schema"
    lawful = f"a body as {shown(request.operation)} documents it for {answer.status}: {body.name}"
    yield Judgement(rule, body.fault(found), lawful)


def _judge_documented(request: Request, answer: Answer) -> Iterator[Judgement]:
    yield Judgement("answer-media-type", _media_type_fault(answer))
    yield Judgement("answer-charset", _charset_fault(answer))
    try:
        body = strict_json(answer.body)
    except NotJson as fault:
        yield Judgement("answer-json", str(fault))
        return
    yield Judgement("answer-json", None)
    schema_fault = _schema_fault(request.operation, answer.status, body)
    if schema_fault is None:
        yield Judgement("integers-plain", _schema_fault(request.operation, answer.status, body, plain=True))
    if answer.status != 200:
        yield Judgement("error-schema", schema_fault)
        if isinstance(body, dict):
            missing = [name for name in ("code", "message") if body.get(name) in (None, "")]
            yield Judgement("error-not-empty", f"no {' and no '.join(missing)}" if missing else None)
        return
    yield Judgement("success-schema", schema_fault)
    if isinstance(body, dict):
        yield Judgement("success-says-status", None if isinstance(body.get("status"), str) else "no status")
        yield from _judge_connection(request, body)


def _judge_connection(request: Request, body: dict[str, Any]) -> Iterator[Judgement]:
    asked = asked_user_id(request)
    if "userId" in body and asked is not None:
        wrong = f"userId {body['userId']!r}; the request named {asked}" if body["userId"] != asked else None
        yield Judgement("success-user-id", wrong)
    times = {
        name: body[name]
        for name in ("firstRequestedAt", "updatedAt")
        if isinstance(body.get(name), int) and not isinstance(body[name], bool)
    }
    for name, value in times.items():
        yield Judgement("timestamps-plausible", None if _unit(value) else f"{name}: {value}")
    if len(times) == 2:
        first, updated = times["firstRequestedAt"], times["updatedAt"]
        fault = f"firstRequestedAt {first} is after updatedAt {updated}" if updated < first else None
        yield Judgement("timestamps-ordered", fault)
        units = {name: _unit(value) for name, value in times.items()}
        mixed = f"{times}: one is in seconds, the other in milliseconds" if set(units.values()) == {1, 1000} else None
        yield Judgement("timestamps-plausible", mixed)
    counter = body.get("requestCounter")
    if isinstance(counter, int) and not isinstance(counter, bool):
        yield Judgement("counter-plausible", f"requestCounter: {counter}" if counter < 0 else None)


def asked_user_id(request: Request) -> int | None:
    """Return the user that an accept, reject or create names; None if the body is not well-formed."""
    try:
        body = strict_json(request.body or b"")
    except NotJson:
        return None
    user_id = body.get("userId") if isinstance(body, dict) else None
    return user_id if isinstance(user_id, int) and not isinstance(user_id, bool) else None


def strict_json(data: bytes) -> Any:
    """Parse a JSON text as strictly as RFC 8259 allows. Nothing is lost and nothing is guessed.

    Raises:
        NotJson: The text is not UTF-8 or not JSON, has a byte order mark, NaN or bytes after its end, or an
            object in it has the same member twice.
    """

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise NotJson(f"one object has the member {name!r} twice")
            found[name] = value
        return found

    def constant(literal: str) -> Any:
        raise NotJson(f"{literal} is not a JSON value")

    def number(literal: str) -> float | int:
        value = float(literal)
        if abs(value) < _MOST_DIGITS and (exact := Decimal(literal)) == exact.to_integral_value():
            return WrittenAsFraction(exact)
        return value

    if not data:
        raise NotJson("the body is empty")
    if data.startswith(b"\xef\xbb\xbf"):
        raise NotJson("the body begins with a byte order mark")
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=members, parse_constant=constant, parse_float=number)
    except UnicodeDecodeError:
        raise NotJson("the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"the body is not JSON: {error.msg} at character {error.pos}") from None
    except (RecursionError, ValueError, ArithmeticError):
        raise NotJson(
            "the body is JSON that common parsers refuse: it is nested too deeply, or a number is too long"
        ) from None


def _status_fault(request: Request, answer: Answer, documented: frozenset[int] = DOCUMENTED) -> str | None:
    lawful = documented | {429} | statuses_of_http(request)
    if request.media_type is None or request.media_type.lower() != JSON:
        lawful |= {415}
    if answer.status in lawful:
        return None
    return f"status {answer.status}, which the pages do not document"


def _media_type_fault(answer: Answer, lawful: tuple[str, ...] = (JSON,)) -> str | None:
    value = answer.header("content-type")
    if value is None:
        return "no Content-Type"
    return None if media_type(answer) in lawful else f"Content-Type: {value}"


def _charset_fault(answer: Answer) -> str | None:
    value = answer.header("content-type") or ""
    charset = re.search(r";\s*charset\s*=\s*\"?([^\s\";]+)", value, re.IGNORECASE)
    return f"Content-Type: {value}" if charset and charset[1].lower() not in ("utf-8", "utf8") else None


def _companion_fault(request: Request, answer: Answer) -> str | None:
    if answer.status not in DOCUMENTED:
        # A pod that does not offer the operation answers 404 or 405. No page promises a companion operation.
        return None if answer.status in (405, 415, 429, 501) else f"status {answer.status}"
    if answer.status != 200:
        return None
    if fault := _media_type_fault(answer):
        return fault
    try:
        body = strict_json(answer.body)
    except NotJson as error:
        return str(error)
    if isinstance(body, list) and all(_is_lawful_entry(request.operation, answer.status, entry) for entry in body):
        return None
    return _schema_fault(request.operation, answer.status, body, plain=True)


def _is_lawful_entry(operation_id: str, status: int, entry: Any) -> bool:
    """Say whether an entry of a list is lawful. Each different entry is validated once: lists may be long."""
    if not isinstance(entry, dict) or not all(isinstance(value, str | int | None) for value in entry.values()):
        return False
    members = tuple((name, type(value), value) for name, value in entry.items())
    return _are_lawful_members(operation_id, status, members)


@lru_cache(maxsize=20_000)
def _are_lawful_members(operation_id: str, status: int, members: tuple[tuple[str, type, Any], ...]) -> bool:
    entry = {name: value for name, _, value in members}
    return _schema_fault(operation_id, status, [entry], plain=True) is None


def _schema_fault(operation_id: str, status: int, body: Any, *, plain: bool = False) -> str | None:
    if status not in operation(operation_id).responses:
        return f"the description documents no status {status} for {operation_id}"
    return first_fault(_validator(operation_id, status, plain), body)


@cache
def _validator(operation_id: str, status: int, plain: bool) -> Any:
    return validator(operation(operation_id).responses[status], plain=plain)


def _unit(time_value: int) -> int | None:
    """Return how many units of a timestamp make a second, 1 or 1000; None if neither gives a plausible time."""
    latest = time.time() + _DAY
    return next((unit for unit in (1, 1000) if _YEAR_2000 <= time_value / unit <= latest), None)


def _leak(answer: Answer, secrets: list[str]) -> str | None:
    places = {"the body": answer.body.decode("latin-1"), "the reason phrase": answer.reason}
    places |= {f"the header {name}": f"{name}: {value}" for name, value in answer.headers}
    forms = [form for secret in secrets for form in written_forms(secret)]
    if Text("\n".join(places.values())).shows(forms):  # one search for all places: nearly always it finds nothing
        for place, written in places.items():
            if Text(written).shows(forms):
                return f"{place} contains a session token"
    return None
