"""The report as JUnit XML, which every CI server shows: one test case a rule."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from harness.checks import Report, Result
from harness.text import printable

_NAME = "custom-profile check"


def junit_report(report: Report) -> str:
    """Write the report; a broken rule fails its case where its severity fails the check."""
    results = report.results
    failing = [result for result in results if _fails(result, report)]
    counts = {
        "tests": str(len(results)),
        "failures": str(len(failing)),
        "errors": "0",
        "time": f"{sum(report.evidence.repeats):.3f}",
    }
    suites = ET.Element("testsuites", {"name": _NAME, **counts})
    skipped = sum(result.outcome == "skipped" for result in results)
    suite = ET.SubElement(suites, "testsuite", {"name": _NAME, "skipped": str(skipped), **counts})
    properties = ET.SubElement(suite, "properties")
    for name, value in (("url", report.call.url), ("score", str(report.score))):
        ET.SubElement(properties, "property", {"name": name, "value": printable(value)})
    for result in results:
        _add_case(suite, result, report)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _add_case(suite: ET.Element, result: Result, report: Report) -> None:
    rule = result.rule
    case = ET.SubElement(
        suite,
        "testcase",
        {"classname": f"custom-profile.{rule.room}", "name": f"{rule.id} {rule.title}", "time": "0"},
    )
    if result.outcome == "skipped":
        ET.SubElement(case, "skipped", {"message": result.skipped})
    elif _fails(result, report):
        message = printable("; ".join(result.details)).replace("\n", " ")
        failure = ET.SubElement(case, "failure", {"type": rule.severity, "message": message})
        failure.text = explanation(result, report)
    elif result.outcome == "failed":
        ET.SubElement(case, "system-out").text = f"{rule.severity}: {explanation(result, report)}"


def explanation(result: Result, report: Report) -> str:
    """Write what was found, where the rule comes from, the fix and the curl line, one below the other."""
    lines = (
        *result.details,
        result.rule.source,
        f"Fix: {result.fix}",
        result.rule.curl(report.call.url, report.email),
    )
    return printable("\n".join(lines))


def _fails(result: Result, report: Report) -> bool:
    if result.outcome != "failed":
        return False
    return result.rule.severity in report.fail_on or report.exit_code == 3
