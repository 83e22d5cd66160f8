"""Results as a run leaves them, made without one."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from contract_tests.contract.exchange import JSON, Answer, Exchange, act
from contract_tests.contract.rules import rules
from contract_tests.report.reproduction import Reproduction
from contract_tests.report.results import Results, rule_lines
from contract_tests.verdict.known import Known
from contract_tests.verdict.ledger import Ledger

BROKEN = "unknown-user-not-found"
HELD = "answer-json"
USER = 7078107103807


def results_of(bodies: Mapping[str, str], known: Mapping[str, Known] | None = None) -> Results:
    """The results of a run in which one rule held, and each of these is broken by a 418 with a body."""
    ledger = Ledger([HELD, *bodies], list)
    ledger.check(HELD, None, ())
    for rule, body in bodies.items():
        answer = Answer(418, (("content-type", JSON), ("x-echo", body)), body.encode(), 0.01)
        exchange = Exchange(act("acceptConnection", "caller", USER), answer, None, rule)
        ledger.check(rule, f"status 418: {body}", (exchange,), "404 or 400")
    how = Reproduction(("POD_URL=https://acme.example.com/pod",), seed=7)
    return results_from(rule_lines(ledger, known or {}, how))


def results_with(verdicts: Mapping[str, str], **footer: Any) -> Results:
    """The results of a run in which each of these rules has a verdict; with these members of the footer."""
    lines: list[dict[str, Any]] = []
    for rule, verdict in verdicts.items():
        evidence = {"expected": "", "found": "", "exchanges": [], "reproduce": "", "again": ""}
        is_finding = verdict in ("broken", "warned")
        lines.append(
            {
                "rule": rule,
                "level": rules()[rule].level,
                "verdict": verdict,
                "reason": "" if verdict == "held" else f"why {rule}",
                "evidence": evidence if is_finding else None,
                "requests": 1,
                "seconds": 0.1,
            }
        )
    made = results_from(lines)
    made.footer.update(footer)
    return made


def results_from(lines: list[dict[str, Any]]) -> Results:
    """Results with these lines, and a header and a footer that fit them."""
    header: dict[str, Any] = {
        "target": {"url": "https://acme.example.com/pod", "emulated": False},
        "versions": {},
        "seed": 7,
    }
    header["again"] = "python -m contract_tests run --seed 7"
    verdicts = Counter(line["verdict"] for line in lines)
    footer = {
        "counts": {verdict: verdicts[verdict] for verdict in ("held", "broken", "warned", "not verified", "error")},
        "known": [],
        "requests": {"acceptConnection": 1},
        "statuses": {"acceptConnection": {"418": 1}},
        "unreached": [],
        "past_authentication": 1,
        "answered_before_the_pod": [],
        "missing": [],
        "seconds": 0.5,
    }
    return Results(header, lines, footer)
