"""The results of a run against a pod that answers hostile text wherever it can."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from contract_tests.contract.exchange import JSON, Answer, Exchange, Request
from contract_tests.contract.rules import rules
from contract_tests.report.reproduction import Reproduction
from contract_tests.report.results import Results, rule_lines
from contract_tests.verdict.ledger import Ledger
from tests.contract.results import results_from

EXCHANGES = 12
GATEWAY = 20  # answers of a server in front of the pod
BROKEN = [rule.id for rule in rules().values()][:60]
NOT_VERIFIED, FAILED = "timestamps-plausible", "timestamps-ordered"


def hostile_results(texts: Iterator[str]) -> Results:
    """Results in which everything that a pod can choose is hostile."""
    ledger = Ledger([*BROKEN, NOT_VERIFIED, FAILED], list)
    for rule in BROKEN:
        trail = tuple(hostile_exchange(texts, rule) for _ in range(EXCHANGES))
        ledger.check(rule, next(texts), trail, next(texts))
    ledger.not_verified(NOT_VERIFIED, next(texts))
    ledger.error(FAILED, next(texts))
    results = results_from(rule_lines(ledger, {}, Reproduction(("POD_URL=https://acme.example.com/pod",))))
    results.footer["answered_before_the_pod"] = [before_the_pod(texts) for _ in range(GATEWAY)]
    return results


def before_the_pod(texts: Iterator[str]) -> dict[str, Any]:
    names = ("server", "via", "content_type")
    request = {"operation": "acceptConnection", "method": "POST", "path": "/v1/connection/accept", "about": next(texts)}
    return {**{name: next(texts) for name in names}, "status": 418, "unusual": "x", "times": 1, "request": request}


def hostile_exchange(texts: Iterator[str], rule: str) -> Exchange:
    request = Request("acceptConnection", "caller", next(texts).encode(errors="replace"), JSON, about=next(texts))
    body = "\n".join(islice(texts, 3)).encode(errors="surrogatepass")
    answer = Answer(418, ((next(texts), next(texts)), ("server", next(texts)), ("via", next(texts))), body, 0.01)
    return Exchange(request, answer, None, rule)
