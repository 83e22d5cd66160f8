"""What ``schemathesis run`` takes from the suite: the session, the known ids, and the rules that judge answers.

schemathesis generates the requests, sends them and writes its reports. Here each request is given ids of the cast,
and each answer is judged by the rules, as the suite judges it.
"""

import json
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit
from zlib import crc32

from schemathesis import Case, Response
from schemathesis.core import NOT_SET

from ..arranging.arrange import Arranger
from ..contract.description import COMPANION, UNDER_TEST, Operation, operation
from ..contract.disclosure import Text, written_forms
from ..contract.exchange import JSON, Answer, Exchange, Request
from ..contract.gateway import is_answer_of_http, statuses_of_http
from ..contract.lawful import INCOMING, OTHER_SIDE, Lawful, read_body
from ..contract.oracle import judge
from ..contract.rules import Rule, rules
from ..report.redact import REDACTED, Redactor
from ..target.guard import NotPermitted, check_permitted
from ..target.not_verified import NotVerified
from ..target.session import SessionError
from ..target.target import Target
from ..target.wire import Wire
from ..verdict.ledger import Ledger
from .fuzz import lawful_answers
from .fuzzed_ids import IMPOSSIBLE, with_known_id

LAWFUL = "fuzzed-request-lawful"
JUDGING = tuple(rule.id for rule in rules().values() if rule.judges == "answers" or rule.id == LAWFUL)
"""The rules that a single answer can be judged by."""

OURS = "x-schemathesis-testcaseid"  # a header that schemathesis adds, which no rule looks at
AnyCase = Case[Any]
HARMLESS = -1  # an id that belongs to no user


class _Judged(NamedTuple):
    response: Response
    faults: dict[str, str]


class PodHooks:
    """Gives ``schemathesis run`` the session, the ids and the rules of a target.

    Args:
        target: The pods and the cast.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._wire = Wire(target, lambda _: None)
        self._arranger = Arranger(self._wire, LAWFUL, Ledger([], list))
        self._relations = {user.user_id: role for role, user in target.users.items()}
        self._ids = list(dict.fromkeys([*self._usable_ids(), *IMPOSSIBLE]))
        self._redactor = Redactor(lambda: [*target.secrets(), *self._wire.sessions.known_tokens()])
        self._states: tuple[str, ...] = tuple(OTHER_SIDE)
        self._judged: _Judged | None = None
        self._lock = threading.RLock()  # schemathesis may have several workers

    def _usable_ids(self) -> list[int]:
        """The ids of the cast that requests may name: only the unknown one without the permission to write."""
        named = ("requester", "requester", "colleague", "stranger", "isolated", "caller", "unknown")
        users = self._target.users
        allowed = named if self._target.allow_writes else ("unknown",)
        return [users[role].user_id for role in allowed if role in users]

    def token(self) -> str:
        """The session token of the caller.

        Raises:
            SessionError: The login failed.
        """
        with self._lock:
            return self._wire.token("caller")

    def prepare(self, case: AnyCase) -> None:
        """Put known ids into a generated request, and bring the connection that it names into a known state.

        A request that may not be sent names nobody instead.
        """
        with self._lock:
            named = self._ids[crc32(repr((case.body, case.path_parameters)).encode()) % len(self._ids)]
            self._give_id(case, named)
            try:
                check_permitted(_request_of(case), self._target)
            except NotPermitted:
                case.body = case.body if case.body is NOT_SET else {"userId": HARMLESS}
                self._give_id(case, HARMLESS)
                case.query = {}
            self._states = tuple(OTHER_SIDE)
            if named == self._id_of("requester") and self._can_arrange():
                try:
                    self._arranger.bring(INCOMING)
                    self._states = (INCOMING,)
                except (NotVerified, SessionError):
                    pass  # the state is not known then, and every answer that some state allows is lawful

    def _give_id(self, case: AnyCase, user_id: int) -> None:
        if case.body is not NOT_SET and not isinstance(case.body, bytes):
            case.body = with_known_id(case.body, user_id)
        if case.path_parameters:
            case.path_parameters = {name: str(max(user_id, 0)) for name in case.path_parameters}

    def _id_of(self, role: str) -> int | None:
        user = self._target.users.get(role)
        return user.user_id if user else None

    def _can_arrange(self) -> bool:
        both = self._target.has_session("caller") and self._target.has_session("requester")
        return self._target.allow_writes and both and self._arranger.why_not() is None

    def judge(self, case: AnyCase, response: Response) -> None:
        """Judge an answer by every rule, and remove the secrets from it, which reports would show."""
        with self._lock:
            exchange = self._exchange(case, response)
            if exchange is None:
                return
            secrets = self._wire.sessions.known_tokens()
            faults = {
                rule: f"expected: {expected}\nfound: {fault}" if expected else f"found: {fault}"
                for rule, fault, expected in judge(exchange, secrets, self._target.url)
                if fault
            }
            if fault := self._unlawful(exchange):
                faults[LAWFUL] = f"found: {fault}"
            self._judged = _Judged(response, faults)
            self._remove_secrets(response)

    def fault(self, response: Response, rule: Rule) -> str | None:
        """What is wrong with an answer by a rule; None if the rule is kept or says nothing about the answer."""
        with self._lock:
            judged = self._judged
            if judged is None or judged.response is not response or rule.id not in judged.faults:
                return None
            fault = self._redactor.redact(judged.faults[rule.id])
            return f"{rule.says}\n{fault}\nsource: {', '.join(rule.pages)}: {rule.quote}"

    def is_lawful(self, response: Response) -> bool:
        """Whether an answer was judged, and is one that the pages allow, whatever a check of schemathesis expects."""
        with self._lock:
            return self._judged is not None and self._judged.response is response and not self._judged.faults

    def _exchange(self, case: AnyCase, response: Response) -> Exchange | None:
        """The exchange as the suite has it; None for a request that the description does not know."""
        found, sent = _operation_at(case.operation.path, case.method), response.request
        if found is None or sent.method != found.method:
            return None
        headers = {name.lower(): _text(value) for name, value in sent.headers.items()}
        token = headers.pop("sessiontoken", None)
        is_callers = token == self._wire.token("caller")
        body = sent.body.encode() if isinstance(sent.body, str) else sent.body if isinstance(sent.body, bytes) else None
        request = Request(
            found.id,
            role="caller" if is_callers else None,
            body=body,
            media_type=headers.pop("content-type", None),
            query=urlsplit(str(sent.url)).query,
            token=None if is_callers else token,
            token_shell=token or "",
            headers=tuple((name, value) for name, value in headers.items() if name != OURS),
            about="generated by schemathesis",
        )
        answer = Answer(
            response.status_code,
            tuple((name.lower(), value) for name, values in response.headers.items() for value in values),
            response.content,
            response.elapsed,
            response.message or "",
        )
        return Exchange(request, answer, None, LAWFUL)

    def _unlawful(self, exchange: Exchange) -> str | None:
        request, answer = exchange.request, exchange.answer
        if request.operation not in UNDER_TEST or answer is None or is_answer_of_http(request, answer):
            return None
        session = "caller" if request.role else "invalid" if request.token else "none"
        states = self._states if read_body(request).user_id == self._id_of("requester") else tuple(OTHER_SIDE)
        lawful = lawful_answers(request, session, self._relations, states)
        lawful = lawful | Lawful(statuses_of_http(request))
        fault = lawful.fault(exchange)
        return f"{fault}; lawful is {lawful}" if fault else None

    def _remove_secrets(self, response: Response) -> None:
        forms = [form for secret in self._wire.sessions.known_tokens() for form in written_forms(secret)]
        body = response.content.decode("latin-1")
        if Text(body).shows(forms):
            response.content = self._redactor.redact(body).encode("latin-1", errors="replace")
        for name, values in response.headers.items():
            response.headers[name] = [REDACTED if Text(value).shows(forms) else value for value in values]

    def close(self) -> None:
        """Close every connection."""
        self._wire.close()


def _operation_at(path: str, method: str) -> Operation | None:
    """The operation with a path and a method; None if the description has none."""
    every = map(operation, (*UNDER_TEST, *COMPANION))
    return next((one for one in every if (one.path, one.method) == (path, method.upper())), None)


def _request_of(case: AnyCase) -> Request:
    """A case as a request of the suite, as far as its permission depends on it."""
    found = _operation_at(case.operation.path, case.method)
    body = None if case.body is NOT_SET else case.body if isinstance(case.body, bytes) else json.dumps(case.body)
    return Request(
        found.id if found else UNDER_TEST[0],
        "caller",
        body.encode() if isinstance(body, str) else body,
        JSON,
        tuple((name, str(value)) for name, value in (case.path_parameters or {}).items()),
        urlencode(case.query or {}, doseq=True),
        method=None if found else case.method.upper(),
    )


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def judging_rules() -> Iterator[Rule]:
    """The rules that become checks of schemathesis."""
    return (rules()[rule_id] for rule_id in JUDGING)
