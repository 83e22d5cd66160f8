"""Makes ``junit.xml``: one test suite for each run, one test case for each rule, as Jenkins and GitLab read it."""

import datetime
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from ..contract.rules import family_of
from .detail import detail
from .escaping import visible
from .outcome import outcome
from .results import Results, shown_verdict

SKIPPED = ("not verified", "known", "warned")  # neither reader has a place of its own for them


def junit(results: Results) -> str:
    """Make a JUnit report of one run; see ``junit_of_many``."""
    return junit_of_many([("contract", results)])


def junit_of_many(runs: Sequence[tuple[str, Results]]) -> str:
    """Make a JUnit report with a test suite for each run.

    A broken rule is a failure, with everything about it as text. A rule that was not verified, a known failure and a
    warned rule are skipped, so that both readers show them, with the reason as text. A failure of the suite itself is
    an error. The class of a test case is the family of its rule.

    Args:
        runs: The name and the results of each run.
    """
    root = ElementTree.Element("testsuites", name="contract")
    for name, results in runs:
        root.append(_suite(name, results))
    for total in ("tests", "failures", "errors"):
        root.set(total, str(sum(int(suite.get(total, 0)) for suite in root)))
    root.set("time", f"{sum(float(suite.get('time', 0)) for suite in root):.3f}")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(name: str, results: Results) -> ElementTree.Element:
    counts, ended = results.counts(), outcome(results)
    suite = ElementTree.Element(
        "testsuite",
        name=visible(name),
        tests=str(len(results.rules)),
        failures=str(counts["broken"]),
        errors=str(counts["error"]),
        skipped=str(sum(counts[verdict] for verdict in SKIPPED)),
        time=f"{results.footer['seconds']:.3f}",
    )
    if started := results.header.get("started"):
        at = datetime.datetime.fromisoformat(started).astimezone(datetime.UTC)
        suite.set("timestamp", at.strftime("%Y-%m-%dT%H:%M:%S"))
    properties = ElementTree.SubElement(suite, "properties")
    shown = {
        "verdict": ended.word,
        "why": ended.why,
        **{name: results.header[name] for name in ("seed", "target", "again")},
        "suite": results.header["versions"].get("suite", "unknown"),
    }
    if incomplete := results.footer.get("incomplete"):
        shown["incomplete"] = incomplete
    for key, value in shown.items():
        ElementTree.SubElement(properties, "property", name=key, value=visible(str(value)))
    for line in results.rules:
        classname = f"{visible(name)}.{family_of(line['rule']).id}"
        case = ElementTree.SubElement(
            suite, "testcase", classname=classname, name=line["rule"], time=f"{line['seconds']:.3f}"
        )
        _add_verdict(case, line)
    return suite


def _add_verdict(case: ElementTree.Element, line: dict[str, Any]) -> None:
    verdict = shown_verdict(line)
    if verdict == "held":
        return
    tag = {"broken": "failure", "error": "error"}.get(verdict, "skipped")
    reason = line["reason"] if tag != "skipped" else f"{verdict}: {line['reason']}"
    found = ElementTree.SubElement(case, tag, message=visible(reason))
    if tag != "skipped":
        found.set("type", verdict)
    text = detail(line).lines() if line["evidence"] else []
    found.text = "\n".join([visible(reason), *text])
