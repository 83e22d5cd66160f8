"""Groups the findings of a run by what is likely to be their one cause.

A pod that answers 201 for 200 breaks ten rules. These ten findings have one cause. Every report names the cause first
and its rules below it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..contract.oracle import DOCUMENTED
from ..contract.rules import rules
from .escaping import visible
from .results import shown_verdict

MOST_TITLE = 90  # characters
MOST_ABOUT = 40  # characters of what is special about a request
PREPARING = ("arranging", "first, ")  # what is said about requests that only bring a connection into a state
RANK = ("broken", "warned", "known")

_STATES = "NONE|PENDING_INCOMING|PENDING_OUTGOING|ACCEPTED|REJECTED"
_STATUS = re.compile(r"^(?:status |\w+ at \w+: )?(\d{3})\b(?! with| as)")
_SAYS = re.compile(rf"^200 (?:with|as) ({_STATES})$")
_STATE = re.compile(rf"(?:\breads|connection is|connection with the \w+:) ({_STATES})\b")
_BOTH_SIDES = re.compile(rf"\breads (?:{_STATES})(?:,| and) the \w+ (?:{_STATES})\b")
_MEMBER = re.compile(r"^([A-Za-z]\w*)(?:/\w+)*: ")
_ANY_STATUS = re.compile(r"\b[1-5]\d\d\b")
_VARIABLE = re.compile(r"[0-9a-f]*\d[0-9a-f]*", re.IGNORECASE)
_MEMBERS = {"success-says-status": "status", "success-user-id": "userId", "counter-plausible": "requestCounter"}
_OPERATIONS = {"acceptConnection": "accept", "rejectConnection": "reject", "createConnection": "connect"}


class Cause(NamedTuple):
    """What several findings are likely to have in common.

    Attributes:
        id: A short name of letters, digits and hyphens. No other cause of the run has it.
        title: What is wrong, in one printable line of at most ``MOST_TITLE`` characters.
        lines: The lines of the broken and warned rules, as the results have them. The first one is the quickest to
            read and reproduces the cause with the fewest requests.
    """

    id: str
    title: str
    lines: list[dict[str, Any]]

    @property
    def rules(self) -> list[str]:
        """The ids of the rules, in the order of the lines."""
        return [line["rule"] for line in self.lines]

    @property
    def verdict(self) -> str:
        """The worst verdict of the rules: ``broken``, ``warned`` or ``known``."""
        return min((shown_verdict(line) for line in self.lines), key=RANK.index)


class _Symptom(NamedTuple):
    """What a finding shows. Findings with the same kind and key have one cause."""

    kind: str
    key: tuple[str, ...]
    title: str


def causes(lines: Iterable[dict[str, Any]]) -> list[Cause]:
    """Group the broken and warned rules by cause, the likeliest cause first.

    The likeliest cause is the one that explains the most rules. A cause of broken rules stands before a cause of
    warnings, and known failures stand last.

    Args:
        lines: The lines of the rules, as the results have them.
    """
    order = list(rules())
    found = sorted((line for line in lines if line["evidence"]), key=lambda line: order.index(line["rule"]))
    groups: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    titles: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for line in sorted(found, key=lambda line: line["rule"] == "answer-status-documented"):
        symptom = _symptom(line)
        key = _group_of(line, symptom, groups)
        groups[key].append(line)
        titles[key][symptom.title] += 1
    _join_sides(groups)
    made = [
        Cause("", _in_short(titles[key].most_common(1)[0][0]), sorted(group, key=_effort))
        for key, group in groups.items()
    ]
    made.sort(key=lambda cause: (RANK.index(cause.verdict), -len(cause.lines), order.index(cause.rules[0])))
    return [cause._replace(id=f"cause-{number}") for number, cause in enumerate(made, start=1)]


def _join_sides(groups: dict[tuple[str, ...], list[dict[str, Any]]]) -> None:
    """Give what two sides read differently to the one change that did not show on a side, where there is one alone."""
    one_sided = [key for key in groups if key[0] == "state" and key[2] == "is answered 200"]
    if len(one_sided) == 1 and ("sides",) in groups:
        groups[one_sided[0]] += groups.pop(("sides",))


def _in_short(text: str, most: int = MOST_TITLE) -> str:
    shown = visible(text).removesuffix(".")
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def _group_of(
    line: dict[str, Any], symptom: _Symptom, groups: dict[tuple[str, ...], list[dict[str, Any]]]
) -> tuple[str, ...]:
    """The group of a finding. An undocumented status belongs to the largest group that has the same status."""
    own = (symptom.kind, *symptom.key)
    if line["rule"] != "answer-status-documented" or symptom.kind != "status":
        return own
    same = [key for key in groups if key[:2] == own[:2]]
    return max(same, key=lambda key: len(groups[key]), default=own)


def _effort(line: dict[str, Any]) -> tuple[bool, int]:
    """How much a reader has to read. A rule about every answer shows less of the cause than another rule."""
    return rules()[line["rule"]].judges == "answers", len(line["evidence"]["exchanges"])


def shown_exchange(line: dict[str, Any]) -> dict[str, Any] | None:
    """Return the exchange of a finding that shows the fault: the last one that has an answer or a failure."""
    exchanges = [one for one in line["evidence"]["exchanges"] if one["answer"] or one["failure"]]
    return exchanges[-1] if exchanges else None


def _symptom(line: dict[str, Any]) -> _Symptom:
    """Say what a finding shows. The first function below that knows the finding decides."""
    exchange = shown_exchange(line)
    for read in (_lost, _server_error, _status, _state, _media_type, _says, _member):
        if exchange is not None and (symptom := read(line, exchange)):
            return symptom
    return _Symptom("rule", (line["rule"],), f"{line['rule']}: {line['evidence']['found']}")


def _lost(_: dict[str, Any], exchange: dict[str, Any]) -> _Symptom | None:
    if not exchange["failure"]:
        return None
    return _Symptom("lost", (), exchange["failure"])


def _server_error(_: dict[str, Any], exchange: dict[str, Any]) -> _Symptom | None:
    answer = exchange["answer"]
    if answer["status"] < 500:
        return None
    # The same text of an error, whatever the ids and times in it are, comes from the same place of a pod's code.
    text = _VARIABLE.sub("0", answer["body"])[:200]
    about = exchange["about"]
    if not about or about.startswith(PREPARING):
        about = _name(exchange["request"]["operation"])
    title = f"{answer['status']}, a server error to {_in_short(about, MOST_ABOUT)}"
    return _Symptom("server error", (str(answer["status"]), text), title)


def _status(line: dict[str, Any], exchange: dict[str, Any]) -> _Symptom | None:
    found, expected = _STATUS.match(line["evidence"]["found"]), line["evidence"]["expected"]
    if found is None or found[1] != str(exchange["answer"]["status"]):
        return None
    status = int(found[1])
    if line["rule"] == "answer-status-documented":
        return _Symptom("status", (found[1], ""), f"{status}, a status that the pages do not document")
    lawful = [int(text) for text in _ANY_STATUS.findall(expected)]
    succeeds = 200 in lawful and not (200 <= status < 300 and status in DOCUMENTED)
    if succeeds and (status < 400 or lawful == [200]):
        return _Symptom("status", (found[1], "200"), f"{status} for 200")
    refusals = [other for other in lawful if other >= 400]
    if len(refusals) > 2:
        return _Symptom("status", (found[1], "refused"), f"{status} where a refusal is due (400, 401, 403 or 404)")
    instead = str(refusals[0]) if refusals else expected
    return _Symptom("status", (found[1], instead), f"{status} for {instead}")


def _state(line: dict[str, Any], _: dict[str, Any]) -> _Symptom | None:
    if _BOTH_SIDES.search(line["evidence"]["found"]):
        return _Symptom("sides", (), "the two sides of a connection read different states")
    found = _STATE.search(line["evidence"]["found"])
    acts = [one for one in line["evidence"]["exchanges"] if one["answer"] and one["request"]["method"] != "GET"]
    if found is None or not acts:
        return None
    act, status = _name(acts[-1]["request"]["operation"]), acts[-1]["answer"]["status"]
    outcome = "is answered 200" if status == 200 else "is refused"
    # Which side waits depends on who reads.
    state = "pending" if found[1].startswith("PENDING") else found[1]
    return _Symptom("state", (act, outcome, state), f"{act} {outcome}, and the connection is then {state}")


def _media_type(line: dict[str, Any], exchange: dict[str, Any]) -> _Symptom | None:
    if not line["rule"].startswith(("answer-", "success-", "error-", "companion-")):
        return None
    values = [value for name, value in exchange["answer"]["headers"] if name == "content-type"]
    kind = values[0].split(";")[0].strip().lower() if values else "no Content-Type"
    if kind == "application/json" or "contains a session token" in line["evidence"]["found"]:
        return None
    return _Symptom("media type", (kind,), f"{kind} for application/json")


def _says(line: dict[str, Any], exchange: dict[str, Any]) -> _Symptom | None:
    found = _SAYS.match(line["evidence"]["found"])
    if found is None:
        return None
    act = _name(exchange["request"]["operation"])
    return _Symptom("says", (act, found[1]), f"{act} is answered 200 with {found[1]}")


def _member(line: dict[str, Any], exchange: dict[str, Any]) -> _Symptom | None:
    found = line["evidence"]["found"]
    if found.startswith("200 with "):  # neither of the states: those are told apart before
        name = "status"
    elif line["rule"] == "error-not-empty":
        name = found.removeprefix("no ").split(" ")[0]
    elif line["rule"] in _MEMBERS:
        name = _MEMBERS[line["rule"]]
    elif line["rule"] in ("success-schema", "error-schema", "integers-plain") and (member := _MEMBER.match(found)):
        name = member[1]
    else:
        return None
    answers = "an error" if exchange["answer"]["status"] >= 400 else "a success"
    return _Symptom("member", (answers, name), f"the member {name} of {answers} is not as documented")


def _name(operation_id: str) -> str:
    return _OPERATIONS.get(operation_id, operation_id)
