"""A request of the suite, the pod's answer to it, and the two together."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .description import operation
from .disclosure import SHORTEST_PART

JSON = "application/json"
SELDOM_KNOWN = ("TRACE", "FROBNICATE")  # methods that a server need not know


@dataclass(frozen=True)
class Request:
    """A request as it goes out, to the byte.

    Attributes:
        operation: The operationId.
        role: Whose session is sent; None for a request without one.
        body: The body's bytes; None for no body.
        media_type: The Content-Type; None for none.
        path_parameters: The value of every parameter of the path.
        query: The query string, without the question mark.
        method: Another method than the operation's own.
        at: Another path than the operation's own, from the description's root.
        token: Sent in place of the role's token, on purpose.
        token_shell: That token in a shell's double quotes, made of the variables of the suite's interface;
            the token itself where it is no secret.
        embedded: What stands in the query, the headers or the body and is made of a token, and the same in a
            shell's double quotes.
        token_header: The header's name.
        headers: More headers, or others in the place of the usual ones; one without a value leaves the usual one
            out. ``Transfer-Encoding: chunked`` sends the body in chunks, ``Expect: 100-continue`` after a pause.
        edge: Odd as HTTP, so that a server in front of the pod may answer for it, in its own words.
        about: What is special about it, for people.
    """

    operation: str
    role: str | None
    body: bytes | None = None
    media_type: str | None = None
    path_parameters: tuple[tuple[str, str], ...] = ()
    query: str = ""
    method: str | None = None
    at: str | None = None
    token: str | None = None
    token_shell: str = ""
    token_header: str = "sessionToken"
    embedded: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    edge: bool = False
    about: str = ""

    @property
    def sent_method(self) -> str:
        """The method that goes out."""
        return self.method or operation(self.operation).method

    @property
    def path(self) -> str:
        """The path that goes out, with its query, from the description's root."""
        path = self.at or operation(self.operation).path
        for name, value in self.path_parameters:
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        return f"{path}?{self.query}" if self.query else path

    @property
    def is_elsewhere(self) -> bool:
        """Whether another method or path makes it a request that the description does not know."""
        return self.method is not None or self.at is not None

    @property
    def own_session(self) -> bool:
        """Whether the role's valid token is sent, where it belongs."""
        return self.role is not None and self.token is None and self.token_header.lower() == "sessiontoken"

    @property
    def secrets(self) -> list[str]:
        """The token that is sent in place of the role's, where it is made of one and so must not be seen.

        Less than ``SHORTEST_PART`` of a token may be a word that any text holds.
        """
        made = self.token if self.token and self.token != self.token_shell else ""
        return [made] if len(made) >= SHORTEST_PART else []


@dataclass(frozen=True)
class Answer:
    """What came back, whole.

    Attributes:
        status: The HTTP status.
        headers: Names in lower case, in the order in which they came.
        body: The body after its transfer and content encoding.
        seconds: From the request to the whole answer.
        reason: The reason phrase beside the status.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float
    reason: str = ""

    def header(self, name: str) -> str | None:
        """The value of a header, by its name in lower case; None where there is none."""
        return next((value for key, value in self.headers if key == name), None)

    def member(self, name: str) -> Any:
        """A member of the JSON object in the body; None where there is no such thing."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return value.get(name) if isinstance(value, dict) else None


@dataclass(frozen=True)
class Exchange:
    """A request and what came of it.

    Attributes:
        request: What was sent.
        answer: What came; None where none came whole.
        failure: Why no whole answer came.
        rule: The id of the rule for which it was sent.
        first: What brings the connections that it is about to where they were when it was sent, starting from
            how the run found them.
    """

    request: Request
    answer: Answer | None
    failure: str | None
    rule: str
    first: tuple[Request, ...] = ()

    @property
    def status(self) -> int | None:
        """The answer's status; None where no whole answer came."""
        return self.answer.status if self.answer else None


def user_id_body(user_id: int) -> bytes:
    """The body of a well-formed UserConnectionRequest."""
    return json.dumps({"userId": user_id}).encode()


def act(operation_id: str, role: str | None, user_id: int, *, about: str = "") -> Request:
    """Accept, reject or create, by a role, of a user: well-formed."""
    return Request(operation=operation_id, role=role, body=user_id_body(user_id), media_type=JSON, about=about)
