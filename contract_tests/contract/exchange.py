"""A request of the suite, the pod's answer, and the exchange of the two."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .description import operation
from .disclosure import SHORTEST_PART

JSON = "application/json"


@dataclass(frozen=True)
class Request:
    """A request, byte for byte as it is sent.

    Attributes:
        operation: The operationId.
        role: The role whose session is sent; None for a request without a session.
        pod_of: The request goes to the pod of this role. Without it, to the pod of ``role``, or to the caller's.
        body: The body's bytes; None for no body.
        media_type: The Content-Type; None for no such header.
        path_parameters: The value of every parameter of the path.
        query: The query string, without the question mark.
        method: A method other than the operation's own.
        at: A path other than the operation's own, relative to the pod's base address.
        token: The token that is sent in place of the role's own.
        token_shell: How a shell builds that token, between double quotes, from the ``POD_…`` variables. The token
            itself if it is no secret.
        embedded: The parts of the query, the headers and the body that are made of a token. Each comes with the
            text that builds it between a shell's double quotes.
        token_header: The name of the header that carries the token.
        headers: Additional headers. A header of the same name replaces the usual one; an empty value removes it.
            ``Transfer-Encoding: chunked`` sends the body in chunks. ``Expect: 100-continue`` sends it after a pause.
        about: What is special about the request, for people.
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
    pod_of: str | None = None
    about: str = ""

    @property
    def receiver(self) -> str:
        """The role whose pod gets the request."""
        return self.pod_of or self.role or "caller"

    @property
    def sent_method(self) -> str:
        """The method that is sent."""
        return self.method or operation(self.operation).method

    @property
    def path(self) -> str:
        """The path and query that are sent, relative to the pod's base address."""
        path = self.at or operation(self.operation).path
        for name, value in self.path_parameters:
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        return f"{path}?{self.query}" if self.query else path

    @property
    def is_elsewhere(self) -> bool:
        """Whether the description does not know the request, because its method or path is another one."""
        return self.method is not None or self.at is not None

    @property
    def own_session(self) -> bool:
        """Whether the role's valid token is sent in the sessionToken header."""
        return self.role is not None and self.token is None and self.token_header.lower() == "sessiontoken"

    @property
    def secrets(self) -> list[str]:
        """The token that is sent in place of the role's own, if it is made of a valid one and so is a secret.

        A part shorter than ``SHORTEST_PART`` is left out: any text may contain it by chance.
        """
        made = self.token if self.token and self.token != self.token_shell else ""
        return [made] if len(made) >= SHORTEST_PART else []


@dataclass(frozen=True)
class Answer:
    """The pod's whole answer.

    Attributes:
        status: The HTTP status.
        headers: Names (in lower case) and values, in the order in which they arrived.
        body: The body, with transfer and content encoding removed.
        seconds: The time from the request to the whole answer.
        reason: The reason phrase after the status.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float
    reason: str = ""

    def header(self, name: str) -> str | None:
        """Return the value of a header, by its name in lower case; None if there is none."""
        return next((value for key, value in self.headers if key == name), None)

    def member(self, name: str) -> Any:
        """Return a member of the JSON object in the body; None if the body has no such member."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return value.get(name) if isinstance(value, dict) else None


@dataclass(frozen=True)
class Exchange:
    """A request and its outcome.

    Attributes:
        request: The request.
        answer: The answer; None if no whole answer arrived.
        failure: Why no whole answer arrived; None if one did.
        rule: The id of the rule that the request was sent for.
        first: The requests that bring the connection from the state in which the run found it to the state in
            which it was when the request was sent.
    """

    request: Request
    answer: Answer | None
    failure: str | None
    rule: str
    first: tuple[Request, ...] = ()

    @property
    def status(self) -> int | None:
        """The answer's status; None if no whole answer arrived."""
        return self.answer.status if self.answer else None

    @property
    def is_success(self) -> bool:
        """Whether the answer's status is 2xx."""
        return self.answer is not None and 200 <= self.answer.status < 300


def user_id_body(user_id: int) -> bytes:
    """Make the body of a well-formed UserConnectionRequest."""
    return json.dumps({"userId": user_id}).encode()


def act(operation_id: str, role: str | None, user_id: int, *, about: str = "") -> Request:
    """Make a well-formed accept, reject or create request by a role about a user."""
    return Request(operation=operation_id, role=role, body=user_id_body(user_id), media_type=JSON, about=about)
