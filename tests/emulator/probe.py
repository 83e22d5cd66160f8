"""A tour of a pod: many requests, their answers, and the connections after each.

Two pods whose behaviour differs give different tours.
"""

import base64
import gzip
import json
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from contract_tests.emulator.app import BASE, Emulator
from contract_tests.emulator.pod import PENDING_OUTGOING, mirrored
from contract_tests.emulator.records import Connection
from tests.emulator.users import Users, ids_in

Seen = tuple[str, object]
PARTS = (
    "looks",
    "decisions",
    "people",
    "transitions",
    "bodies",
    "sessions",
    "media_types_and_methods",
    "at_once",
    "many",
)
"""The parts of the tour; those that find most differences come first."""
TIMEOUT = 5.0
_JSON = {"content-type": "application/json"}


class Tour:
    """The tour of one served emulator.

    Args:
        emulator: The emulator.
        users: The users of the emulator.
    """

    def __init__(self, emulator: Emulator, users: Users) -> None:
        self.emulator = emulator
        self.users = users
        self.store = emulator.pod.store
        self.ids = ids_in(self.store)
        self.token = users.tokens["CALLER"]

    def part(self, name: str) -> Iterator[Seen]:
        """What one part of the tour sees. It does not depend on earlier parts."""
        clock = iter(range(1_470_018_074_000, 1_480_000_000_000, 1000))
        self.emulator.pod.now = lambda: next(clock)
        for owner_id, other_id, _ in self.state():
            self.store.delete(owner_id, other_id)
        for asker, asked in (("ISOLATED", "CALLER"), ("REQUESTER", "UNENTITLED")):
            self.ask(self.ids[asker], self.ids[asked])
        steps: Callable[[], Iterator[Seen]] = getattr(self, name)
        return steps()

    def ask(self, asker_id: int, asked_id: int) -> None:
        """Write a request into the store."""
        request = Connection(asker_id, asked_id, PENDING_OUTGOING, True, 1_470_018_073_000, 1_470_018_073_000, 1)
        self.store.put(request)
        self.store.put(mirrored(request))

    def looks(self) -> Iterator[Seen]:
        """The form of ids and tokens."""
        yield "ids", self.ids
        has_letters = re.search("[A-Za-z]", self.token) is not None
        yield self.see("session info", "GET", "/v2/sessioninfo", {"sessionToken": self.token})
        yield "tokens", (len(self.token), has_letters, re.sub("[A-Za-z0-9_-]", "", self.token))

    def arrange(self, *, with_bystander: bool = True) -> None:
        """Write requests of the requester and the bystander to the caller; into the store, for speed."""
        caller, bystander = self.ids["CALLER"], self.ids["BYSTANDER"]
        self.ask(self.ids["REQUESTER"], caller)
        self.ask(bystander, caller)
        if not with_bystander:
            self.store.delete(caller, bystander)

    def state(self) -> list[tuple[int, int, str]]:
        """Every connection as every user sees it."""
        return [
            (connection.owner_id, connection.other_id, connection.status)
            for owner in self.ids.values()
            for connection in self.store.connections(owner)
        ]

    def see(self, label: str, method: str, path: str, headers: dict[str, str], **request: Any) -> Seen:
        """Send a request; see its answer and the connections afterwards."""
        try:
            answer = self.users.http.request(method, BASE + path, headers=headers, timeout=TIMEOUT, **request)
        except httpx.TransportError as error:
            return label, (type(error).__name__, self.state())
        except httpx.DecodingError as error:
            return label, type(error).__name__
        shown = {name: value for name, value in answer.headers.items() if name not in ("date", "server")}
        return label, (answer.status_code, shown, self.users.hide_tokens(answer.content), self.state())

    def act(self, label: str, verb: str, user_id: int, role: str = "CALLER") -> Seen:
        """Accept, reject or create."""
        return self.post(label, verb, json.dumps({"userId": user_id}).encode(), role=role)

    def post(self, label: str, verb: str, body: bytes, *, role: str = "CALLER", **headers: str) -> Seen:
        """Send a body to accept, reject or create."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        token = {"sessionToken": self.users.tokens[role]}
        return self.see(f"{verb}: {label}", "POST", f"/v1/connection/{verb}", {**_JSON, **token, **named}, content=body)

    def get(self, label: str, role: str, other: str) -> Seen:
        """Read one connection."""
        token = {"sessionToken": self.users.tokens[role]}
        return self.see(label, "GET", f"/v1/connection/user/{self.ids[other]}/info", token)

    def decisions(self) -> Iterator[Seen]:
        """Accept and reject of pending requests, read by both users."""
        for verb in ("accept", "reject") * 3:
            self.arrange()
            yield self.act("requester", verb, self.ids["REQUESTER"])
            for reading in range(4):
                yield self.get(f"{verb}, reading {reading}", "CALLER", "REQUESTER")
                yield self.get(f"{verb}, reading {reading}", "REQUESTER", "CALLER")
            for again in ("accept", "reject"):
                yield self.act("of what is decided", again, self.ids["REQUESTER"])
            yield self.act("nobody", verb, self.ids["UNKNOWN"])

    def transitions(self) -> Iterator[Seen]:
        """Creating, answering one's own request, creating again, removing."""
        self.arrange()
        caller, requester = self.ids["CALLER"], self.ids["REQUESTER"]
        remove = {"sessionToken": self.token}
        for verb in ("accept", "reject"):
            self.arrange()
            yield self.act("one's own request", verb, caller, "REQUESTER")
        for verb in ("reject", "accept"):
            for step in ("create", "create", verb, "create", verb):
                role, other = ("REQUESTER", caller) if step == "create" else ("CALLER", requester)
                yield self.act(f"on the way to {verb}", step, other, role)
            yield self.see("remove", "POST", f"/v1/connection/user/{requester}/remove", remove)
            yield self.act("what was removed", "accept", requester)
            yield self.see("remove again", "POST", f"/v1/connection/user/{requester}/remove", remove)
            self.arrange()
        yield self.act("crossing", "create", requester)
        for _ in range(2):
            yield self.see("remove", "POST", f"/v1/connection/user/{requester}/remove", remove)
        yield self.see("list", "GET", "/v1/connection/list?status=ALL", remove)

    def people(self) -> Iterator[Seen]:
        """Requests about every member of the cast."""
        for verb in ("accept", "reject"):
            for role in ("STRANGER", "UNKNOWN", "CALLER", "COLLEAGUE", "COLLEAGUE", "ISOLATED"):
                self.arrange()
                yield self.act(role, verb, self.ids[role])
            yield self.act("by the unentitled", verb, self.ids["REQUESTER"], "UNENTITLED")
            yield self.act("by the bystander", verb, self.ids["REQUESTER"], "BYSTANDER")
            yield self.act("nobody by the unentitled", verb, self.ids["UNKNOWN"], "UNENTITLED")
        yield self.act("COLLEAGUE after reject", "accept", self.ids["COLLEAGUE"])
        yield self.act("by the unentitled again", "accept", self.ids["REQUESTER"], "UNENTITLED")
        yield self.act("STRANGER", "create", self.ids["STRANGER"])
        for user_id in (0, -1, -(2**63), -self.ids["REQUESTER"], self.ids["REQUESTER"] - 2**63):
            self.arrange()
            yield self.act(f"userId {user_id}", "accept", user_id)

    def bodies(self) -> Iterator[Seen]:
        """Bodies of every kind."""
        user_id = self.ids["REQUESTER"]
        right = json.dumps({"userId": user_id}).encode()
        texts = [
            *(right[:-1], right + b"}", right + b" x", b"[" + right + b"]", b"", b"null", b"[]", b"{}", b"{"),
            *(right.replace(b'"', b"'"), right.replace(b'"', b""), right[:-1] + b",}", b"/* */" + right),
            *(b"userId=%d" % user_id, b"<userId>%d</userId>" % user_id, b"%d" % user_id, b"[" * 1000 + b"]" * 1000),
            *(b"\xff\xfe", b"\xef\xbb\xbf" + right, right.decode().encode("utf-16"), right[:-1] + b', "extra": 1}'),
            *(
                right[:-1] + b', "status": "ACCEPTED"}',
                right[:-1] + b", " + right[1:],
                right[:-1] + b', "\xc3\xbc": 1}',
            ),
            *(b'{"user_id": %d}' % user_id, b'{"user": %b}' % right),
        ]
        twice = [b'{"userId": %d, "userId": %d}' % pair for pair in ((user_id, -1), (-1, user_id))]
        texts += [b'{"userid": %d}' % user_id, *twice, right[:-1] + b', "x": "' + b"x" * 9000 + b'"}']
        values = ["null", '""', '"abc"', f'"{user_id}"', f'" {user_id} "', f'"{user_id}x"', f"{user_id}.0"]
        values += [f"{user_id}.5", f"[{user_id}]", f'{{"id": {user_id}}}', str(2**64 + user_id), "1e400"]
        texts += [f'{{"userId": {value}}}'.encode() for value in values]
        for text in texts:
            for verb in ("accept", "reject"):
                self.arrange(with_bystander=False)
                yield self.post(repr(text[:60]), verb, text)
        self.arrange()
        yield self.post("a large body", "accept", right[:-1] + b', "x": "' + b"x" * 150_000 + b'"}')
        self.arrange()
        token = {"sessionToken": self.token}
        yield self.see("query", "POST", "/v1/connection/accept?status=REJECTED", {**_JSON, **token}, content=right)

    def sessions(self) -> Iterator[Seen]:
        """Tokens of every kind."""
        yield self.get("who is let in", "CALLER", "ISOLATED")
        token = self.token
        tokens = ["", "invalid", "null", "*", "' OR '1'='1", str(self.ids["CALLER"]), "x" * 2000, "a" * len(token)]
        tokens += [token[:-1], token[1:], token[: len(token) // 2], token + "x", "x" + token, f"Bearer {token}"]
        tokens += [f'"{token}"', f"{token},{token}", token + "%00", base64.b64encode(token.encode()).decode()]
        tokens += [token.swapcase(), token.upper()]
        headers = [{"sessionToken": other} for other in tokens]
        headers += [{}, {"cookie": f"skey={token}"}, {"authorization": f"Bearer {token}"}, {"x-session-token": token}]
        headers += [{"SESSIONTOKEN": token}]
        path, body = "/v1/connection/accept", {"userId": self.ids["REQUESTER"]}
        for number, header in enumerate(headers):
            self.arrange()
            yield self.see(f"session {number}", "POST", path, header, json=body)
        self.arrange()
        yield self.see("in the query", "POST", f"{path}?sessionToken={token}", {}, json=body)
        yield self.see("in the body", "POST", path, {}, json={**body, "sessionToken": token})
        yield self.see("no session, no body", "POST", path, {})
        yield self.act("unentitled and wrong", "accept", 2**64, "UNENTITLED")
        other = self.emulator.sessions.open(self.ids["CALLER"])
        yield self.see("after another login", "POST", path, {"sessionToken": token}, json=body)
        self.users.http.post("/sessionauth/v1/logout", headers={"sessionToken": other})
        self.arrange()
        yield self.see("after logout", "POST", path, {"sessionToken": other}, json=body)

    def media_types_and_methods(self) -> Iterator[Seen]:
        """Media types, headers and methods."""
        user_id = self.ids["REQUESTER"]
        right = json.dumps({"userId": user_id}).encode()
        types = (
            "text/plain",
            "application/json; charset=utf-8",
            "application/json; charset=x-none",
            "Application/JSON",
        )
        for content_type in types:
            self.arrange()
            yield self.post(content_type, "accept", right, content_type=content_type)
        headers = {"accept": "text/html", "origin": "https://elsewhere.example", "expect": "100-continue"}
        headers |= {"x-http-method-override": "GET", "x-long": "x" * 5000, "transfer-encoding": "chunked"}
        for name, value in headers.items():
            self.arrange()
            yield self.post(name, "accept", right, **{name: value})
        for content in (right, gzip.compress(right, mtime=0)):
            self.arrange()
            yield self.post("coded", "accept", content, content_encoding="gzip")
        token = {"sessionToken": self.token, **_JSON}
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FROBNICATE"):
            self.arrange()
            yield self.see(method, method, "/v1/connection/accept", token, content=right)
        yield self.see("TRACE", "TRACE", "/v1/connection/accept", _JSON)
        self.arrange()
        yield self.post("large", "accept", right[:-1] + b', "x": "' + b"x" * 110_000 + b'"}')
        yield self.see("a slash after it", "POST", "/v1/connection/accept/", token, content=right)
        yield self.see("GET", "GET", f"/v1/connection/accept?userId={user_id}", token)

    def at_once(self) -> Iterator[Seen]:
        """Two requests at once."""
        for _ in range(3):
            self.arrange()
            answers = self.together([("CALLER", "POST", "accept"), ("CALLER", "POST", "reject")])
            made = [answer.json()["status"] for answer in answers if answer.status_code == 200]
            state = self.state()
            pair = {status for owner, other, status in state if self.ids["REQUESTER"] in (owner, other)}
            agrees = len(made) == 1 and made[0] in pair and "PENDING_OUTGOING" not in pair - {"PENDING_OUTGOING"}
            statuses = sorted(answer.status_code for answer in answers)
            sides = [status for owner, other, status in state if {owner, other} == self.pair()]
            yield "accept and reject at once", (statuses, agrees, len(set(sides)), len(sides))
        self.arrange()
        readings = self.together([("CALLER", "GET", "REQUESTER"), ("REQUESTER", "GET", "CALLER")] * 3)
        yield "readings at once", [answer.json().get("status") for answer in readings]

    def pair(self) -> set[int]:
        """The ids of the caller and the requester."""
        return {self.ids["CALLER"], self.ids["REQUESTER"]}

    def together(self, requests: list[tuple[str, str, str]]) -> list[httpx.Response]:
        """Send requests at once; the answers in the order of the requests."""
        answers: dict[int, httpx.Response] = {}

        def send(place: int, role: str, method: str, what: str) -> None:
            if method == "GET":
                answers[place] = self.users.send(role, "GET", f"/v1/connection/user/{self.ids[what]}/info")
            else:
                path = f"/v1/connection/{what}"
                answers[place] = self.users.send(role, "POST", path, json={"userId": self.ids["REQUESTER"]})

        threads = [threading.Thread(target=send, args=(place, *request)) for place, request in enumerate(requests)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        return [answers[place] for place in sorted(answers)]

    def many(self) -> Iterator[Seen]:
        """Two hundred readings, and one after three seconds."""
        self.arrange()
        for number in range(200):
            yield self.get(f"reading {number}", "CALLER", "REQUESTER")
        now = self.emulator.sessions.now
        self.emulator.sessions.now = lambda: now() + 3
        yield self.get("three seconds later", "REQUESTER", "CALLER")
