"""Makes ``results.sarif``: the findings in SARIF 2.1.0, for code scanning and for editors."""

import json
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from .. import FOLDER
from ..contract.rules import Rule, family_of, rules
from .causes import causes, shown_exchange
from .detail import detail
from .escaping import visible, visible_lines
from .outcome import outcome
from .results import Results, shown_verdict

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
PAGES = FOLDER.parent / "openapi" / "pages"


def sarif(results: Results) -> str:
    """Make a SARIF log of one run; see ``sarif_of_many``."""
    return sarif_of_many([("contract", results)])


def sarif_of_many(runs: Sequence[tuple[str, Results]]) -> str:
    """Make a SARIF log with a run for each run of the suite.

    A broken rule is an error, a warned one a warning. A known failure is there and is suppressed. The place of a
    finding is the sentence of the page that the pod does not keep.

    Args:
        runs: The name and the results of each run.
    """
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(name, results) for name, results in runs]}
    return json.dumps(log, indent=1).replace("##", "#\\u0023") + "\n"


def _run(name: str, results: Results) -> dict[str, Any]:
    found = causes(results.rules)
    findings = [line for cause in found for line in cause.lines]
    order = sorted({line["rule"] for line in findings})
    titles = {rule: cause.title for cause in found for rule in cause.rules}
    header, footer = results.header, results.footer
    notes = [
        {"level": "error", "descriptor": {"id": line["rule"]}, "message": {"text": visible(line["reason"])}}
        for line in results.rules
        if line["verdict"] == "error"
    ]
    if incomplete := footer.get("incomplete"):
        notes.insert(0, {"level": "error", "message": {"text": visible(f"The results are incomplete: {incomplete}")}})
    invocation: dict[str, Any] = {
        "executionSuccessful": not footer.get("incomplete"),
        "commandLine": visible(header["again"]),
        "toolExecutionNotifications": notes,
    }
    if "exit_status" in footer:
        invocation["exitCode"] = footer["exit_status"]
    if started := header.get("started"):
        invocation["startTimeUtc"] = started.replace("+00:00", "Z")
    return {
        "tool": {
            "driver": {
                "name": "symphony-pod-contract",
                "version": visible(str(header["versions"].get("suite", "unknown"))),
                "rules": [_rule(rules()[rule]) for rule in order],
            }
        },
        "automationDetails": {"id": f"{visible(name)}/"},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": [_result(line, order.index(line["rule"]), titles[line["rule"]], header) for line in findings],
        "properties": {
            "pod": visible(header["target"]["url"]),
            "seed": header["seed"],
            "verdict": outcome(results).word,
            "counts": footer["counts"],
        },
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.says},
        "fullDescription": {"text": f"{', '.join(rule.pages)}: {rule.quote}"},
        "help": {"text": f"Sent: {rule.sent} Expected: {rule.expected}"},
        "defaultConfiguration": {"level": "error" if rule.level == "MUST" else "warning"},
        "properties": {"tags": [family_of(rule.id).id], "level": rule.level},
    }


def _result(line: dict[str, Any], index: int, cause: str, header: dict[str, Any]) -> dict[str, Any]:
    rule, exchange = rules()[line["rule"]], shown_exchange(line)
    fingerprint = sha256(f"{header['target']['url']} {rule.id} {cause}".encode(errors="replace")).hexdigest()
    result: dict[str, Any] = {
        "ruleId": rule.id,
        "ruleIndex": index,
        "level": "error" if line["verdict"] == "broken" else "warning",
        "message": {"text": "\n".join([visible(line["reason"]), "", *detail(line).lines()])},
        "locations": [_location(rule)],
        "partialFingerprints": {"contractFinding/v1": fingerprint},
        "properties": {"cause": cause},
    }
    if exchange is not None:
        result["webRequest"] = _request(exchange["request"], header["target"]["url"])
        if exchange["answer"] is not None:
            result["webResponse"] = _answer(exchange["answer"])
        else:
            result["webResponse"] = {"noResponseReceived": True}
    if shown_verdict(line) == "known":
        result["suppressions"] = [{"kind": "external", "justification": visible(line["evidence"]["known"])}]
    return result


def _location(rule: Rule) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": f"openapi/pages/{rule.pages[0]}"},
            "region": {"startLine": _line_of(rule.pages[0], rule.quote)},
        }
    }


@cache
def _line_of(page: str, quote: str) -> int:
    """The line of a page on which a quote begins; 1 where the suite is installed without the pages."""
    path = PAGES / page
    before = path.read_text(encoding="utf-8").partition(quote)[0] if path.is_file() else ""
    return before.count("\n") + 1


def _request(request: dict[str, Any], url: str) -> dict[str, Any]:
    shown = {"protocol": "http", "version": "1.1", "method": visible(request["method"])}
    shown["target"] = visible(f"{url}{request['path']}")
    if request.get("body") is None:
        return shown
    return {**shown, "body": {"text": _text(request["body"])}}


def _answer(answer: dict[str, Any]) -> dict[str, Any]:
    headers: dict[str, str] = {}
    for name, value in answer["headers"]:
        shown = visible(name)
        headers[shown] = f"{headers[shown]}, {visible(value)}" if shown in headers else visible(value)
    return {
        "protocol": "http",
        "version": "1.1",
        "statusCode": answer["status"],
        "headers": headers,
        "body": {"text": _text(answer["body"])},
    }


def _text(body: str) -> str:
    return "\n".join(visible_lines(body))
