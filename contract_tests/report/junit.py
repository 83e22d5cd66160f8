"""Makes ``junit.xml``: one test case for each rule."""

import re
from typing import Any
from xml.etree import ElementTree

from .. import COMMAND
from ..contract.rules import rules
from .results import Results, shown_verdict

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Results) -> str:
    """Make a JUnit report of the results.

    A broken rule is a failure. A rule that was not verified, and a known failure, is skipped. A failure of
    the suite itself is an error. A warned rule passes, and its output contains the warning.
    """
    counts = results.counts()
    suite = ElementTree.Element(
        "testsuite",
        name="contract",
        tests=str(len(results.rules)),
        failures=str(counts["broken"]),
        skipped=str(counts["not verified"] + counts["known"]),
        errors=str(counts["error"]),
        time=str(results.footer["seconds"]),
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name in ("seed", "target"):
        ElementTree.SubElement(properties, "property", name=name, value=_text(results.header[name]))
    for line in results.rules:
        case = ElementTree.SubElement(
            suite, "testcase", classname=f"contract.{line['level']}", name=line["rule"], time=str(line["seconds"])
        )
        _add_verdict(case, line, results.header["seed"])
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add_verdict(case: ElementTree.Element, line: dict[str, Any], seed: int) -> None:
    verdict = shown_verdict(line)
    tag = {"broken": "failure", "error": "error", "not verified": "skipped", "known": "skipped"}.get(verdict)
    if tag is not None:
        found = ElementTree.SubElement(case, tag, message=_text(line["reason"]))
        if line["evidence"]:
            found.text = _text(detail(line, seed))
    elif verdict == "warned":
        ElementTree.SubElement(case, "system-out").text = _text(detail(line, seed))


def detail(line: dict[str, Any], seed: int) -> str:
    """Describe a broken or warned rule: what it says, what was expected and found, and how to reproduce it.

    Args:
        line: The rule's line of the results.
        seed: The seed of the run.
    """
    rule = rules()[line["rule"]]
    evidence = line["evidence"]
    parts = [
        rule.says,
        f"source: {', '.join(rule.pages)}: {rule.quote}",
        f"expected: {evidence['expected']}",
        f"found: {evidence['found']}",
        f"again: {COMMAND} run --seed {seed} --select {line['rule']}",
    ]
    for exchange in evidence["exchanges"]:
        about = f"  ({exchange['about']})" if exchange["about"] else ""
        parts.append(f"$ {exchange['curl']}{about}")
        if answer := exchange["answer"]:
            parts.append(f"  {answer['status']}  {answer['body']}")
        elif exchange["failure"]:  # a request that only prepares the others has neither
            parts.append(f"  {exchange['failure']}")
    return "\n".join(parts)


def _text(value: object) -> str:
    return _NOT_XML.sub("\ufffd", str(value))
