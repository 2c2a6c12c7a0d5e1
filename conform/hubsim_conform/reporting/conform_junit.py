"""The report as JUnit XML for CI servers: a suite for each family of rules, a test case for each rule."""

import re
from xml.etree import ElementTree as ET

from hubsim_conform.reporting.report_record import ConformReport, RuleReport
from hubsim_conform.running.outcome import RuleVerdict

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 section 2.2 does not allow."""
_OUTCOMES = {RuleVerdict.FAIL: "failure", RuleVerdict.BLOCKED: "error", RuleVerdict.SKIPPED: "skipped"}


def conform_junit(report: ConformReport) -> bytes:
    """Return the report as an XML document in UTF-8."""
    root = ET.Element("testsuites", {"name": "hubsim conform"} | _counts(report.rules))
    families: dict[str, list[RuleReport]] = {}
    for rule in report.rules:
        families.setdefault(rule.rule.partition(".")[0], []).append(rule)
    for family, rules in families.items():
        suite = ET.SubElement(root, "testsuite", {"name": family} | _counts(tuple(rules)))
        suite.attrib["skipped"] = str(sum(rule.verdict is RuleVerdict.SKIPPED for rule in rules))
        suite.attrib["timestamp"] = report.began_at.strftime("%Y-%m-%dT%H:%M:%S")
        _properties(suite, report)
        for rule in rules:
            _case(suite, rule)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _counts(rules: tuple[RuleReport, ...]) -> dict[str, str]:
    return {
        "tests": str(len(rules)),
        "failures": str(sum(rule.verdict is RuleVerdict.FAIL for rule in rules)),
        "errors": str(sum(rule.verdict is RuleVerdict.BLOCKED for rule in rules)),
        "time": "0",
    }


def _properties(suite: ET.Element, report: ConformReport) -> None:
    facts = {
        "hubsim": report.hubsim,
        "contract": str(report.contract),
        "device": f"{report.profile['name']} {report.profile['version']}".strip(),
        "broker": report.broker,
        "seed": str(report.seed),
        "again": report.again,
    }
    properties = ET.SubElement(suite, "properties")
    for name, value in facts.items():
        ET.SubElement(properties, "property", {"name": name, "value": _legal(value)})


def _case(suite: ET.Element, rule: RuleReport) -> None:
    case = ET.SubElement(suite, "testcase", {"name": rule.rule, "classname": "hubsim.conform", "time": "0"})
    kind = _OUTCOMES.get(rule.verdict)
    if kind is None:
        return
    about = {"message": _legal(rule.reason), "type": rule.verdict.value}
    lines = [rule.text]
    for failure in rule.failures:
        lines += [
            f"hub {failure.hub}, check {failure.check}",
            f"expected: {failure.expected}",
            f"seen: {failure.seen}",
            f"likely: {failure.likely_mistake}",
            *(f"{each.at_s:.3f} s {each.side} {each.what} {each.text}" for each in failure.entries),
        ]
    ET.SubElement(case, kind, about).text = _legal("\n".join(lines))


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
