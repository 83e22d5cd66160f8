"""Makes ``junit.xml``: one test case for each rule."""

from typing import Any
from xml.etree import ElementTree

from .detail import detail
from .escaping import visible
from .results import Results, shown_verdict


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
    for name in ("seed", "target", "again"):
        ElementTree.SubElement(properties, "property", name=name, value=visible(str(results.header[name])))
    if incomplete := results.footer.get("incomplete"):
        ElementTree.SubElement(properties, "property", name="incomplete", value=visible(incomplete))
    for line in results.rules:
        case = ElementTree.SubElement(
            suite, "testcase", classname=f"contract.{line['level']}", name=line["rule"], time=str(line["seconds"])
        )
        _add_verdict(case, line)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add_verdict(case: ElementTree.Element, line: dict[str, Any]) -> None:
    verdict = shown_verdict(line)
    tag = {"broken": "failure", "error": "error", "not verified": "skipped", "known": "skipped"}.get(verdict)
    if tag is not None:
        found = ElementTree.SubElement(case, tag, message=visible(line["reason"]))
        if line["evidence"]:
            found.text = "\n".join(detail(line).lines())
    elif verdict == "warned":
        ElementTree.SubElement(case, "system-out").text = "\n".join(detail(line).lines())
