"""The JUnit XML report for CI servers: a test case for each play, a test suite for each folder.

JUnit XML has no official specification. GitLab, GitHub's reporters and Jenkins' JUnit plugin read the default
form. Two tools refuse reports that violate a schema: Jenkins' xUnit plugin (junit-10.xsd) and Ant's JUnit
task (JUnit.xsd). `strict` satisfies both. In this form a test case has no file name, so each file is a suite.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePath
from xml.etree import ElementTree as ET

from hubsim_scenarios.play.identity import with_seeds
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.reports.console_report import explain, steps_passed
from hubsim_scenarios.reports.play_record import PlayRecord, RunFacts
from hubsim_scenarios.translation.story_language import say, say_count

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 section 2.2 does not allow, not even as a reference."""
_REPLACEMENT = "\ufffd"
NO_FOLDER = "scenarios"
"""The package of a scenario whose path has no folder."""
HOST = "localhost"
"""The host name in the strict form, which requires one. The real name must not be published."""
_OUTCOMES = {Verdict.FAIL: "failure", Verdict.BLOCKED: "error", Verdict.SKIPPED: "skipped"}


def junit(records: Sequence[PlayRecord], run: RunFacts, *, strict: bool = False) -> bytes:
    """Return the report as an XML document in UTF-8. Times are real seconds."""
    root = ET.Element("testsuites", {} if strict else _counts("hubsim", records))
    results = [each.result for each in records]
    names = with_seeds(results, [result.scenario.title for result in results])
    suites: dict[str, list[int]] = {}
    for place, each in enumerate(records):
        file = each.result.scenario.file
        suites.setdefault(file if strict else _folder(file), []).append(place)
    for number, (name, places) in enumerate(suites.items()):
        inside = [records[place] for place in places]
        suite = ET.SubElement(root, "testsuite", _counts(name, inside) | _more(inside, run))
        if strict:
            suite.attrib |= {"id": str(number), "package": _legal(_package(name)), "hostname": HOST}
        _properties(suite, run)
        for place in places:
            _case(suite, records[place], names[place], strict=strict)
        if strict:
            for stream in ("system-out", "system-err"):  # required by the schemas
                ET.SubElement(suite, stream)
    if run.interrupted:
        _add_interruption(root, run, str(len(suites)), strict=strict)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _add_interruption(root: ET.Element, run: RunFacts, number: str, *, strict: bool) -> None:
    """Add a test case with an error, which distinguishes an interrupted run from a complete one."""
    counts = {"tests": "1", "failures": "0", "errors": "1", "time": _seconds(run.took_s)}
    more = {"skipped": "0", "timestamp": _timestamp(run.began_at)}
    suite = ET.SubElement(root, "testsuite", {"name": "hubsim"} | counts | more)
    if strict:
        suite.attrib |= {"id": number, "package": "hubsim", "hostname": HOST}
    _properties(suite, run)
    about = {"name": say("the run was completed"), "classname": "hubsim.run", "time": _seconds(run.took_s)}
    case = ET.SubElement(suite, "testcase", about)
    text = say_count(
        "interrupted by {signal}: {count} of the plays has no verdict",
        "interrupted by {signal}: {count} of the plays have no verdict",
        run.unplayed,
        signal=run.interrupted,
    )
    ET.SubElement(case, "error", {"message": text, "type": "interrupted"}).text = text
    if strict:
        for stream in ("system-out", "system-err"):
            ET.SubElement(suite, stream)
    else:
        root.attrib["tests"] = str(int(root.attrib["tests"]) + 1)
        root.attrib["errors"] = str(int(root.attrib["errors"]) + 1)


def _counts(name: str, records: Sequence[PlayRecord]) -> dict[str, str]:
    verdicts = Counter(each.result.verdict for each in records)
    return {
        "name": _legal(name),
        "tests": str(len(records)),
        "failures": str(verdicts[Verdict.FAIL]),
        "errors": str(verdicts[Verdict.BLOCKED]),
        "time": _seconds(sum(each.notes.took_s for each in records)),
    }


def _more(records: Sequence[PlayRecord], run: RunFacts) -> dict[str, str]:
    """Return the attributes that a suite has and the root must not have."""
    skipped = sum(each.result.verdict is Verdict.SKIPPED for each in records)
    began_at = records[0].notes.began_at or run.began_at
    return {"skipped": str(skipped), "timestamp": _timestamp(began_at)}


def _timestamp(at: datetime) -> str:
    """Return the instant in UTC without a zone: the only form that all readers accept."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _properties(suite: ET.Element, run: RunFacts) -> None:
    properties = ET.SubElement(suite, "properties")
    facts = {
        "hubsim": run.hubsim,
        "zone_rules": run.zone_rules,
        "python": run.python,
        "platform": run.platform,
        "seed": str(run.seed),
        "world": run.where,
        "command": run.command,
    }
    for name, value in facts.items():
        ET.SubElement(properties, "property", {"name": name, "value": _legal(value)})


def _case(suite: ET.Element, each: PlayRecord, name: str, *, strict: bool) -> None:
    result = each.result
    about = {"name": _legal(name), "classname": _legal(_class_name(result.scenario.file))}
    if not strict:
        about["file"] = _legal(result.scenario.file)
    case = ET.SubElement(suite, "testcase", about | {"time": _seconds(each.notes.took_s)})
    kind = _OUTCOMES.get(result.verdict)
    if kind is not None:
        message = {"message": _legal(result.reason), "type": result.verdict.value}
        ET.SubElement(case, kind, message).text = _legal(_text(each))


def _text(each: PlayRecord) -> str:
    """Return the explanation that the terminal shows."""
    head = f"{each.result.verdict.upper()}  {steps_passed(each.result)}"
    return "\n".join([head, *explain(each.result, each.again)])


def _folder(file: str) -> str:
    folder = str(PurePath(file).parent)
    return NO_FOLDER if folder == "." else folder


def _class_name(file: str) -> str:
    """Return folder and file joined by dots. Readers show them as package and class.

    Readers identify a test by class and name, so the class must contain the file. The name contains the case.
    """
    return f"{_package(file)}.{PurePath(file).stem.replace('.', '_')}"


def _package(file: str) -> str:
    parts = PurePath(file).parent.parts
    return ".".join(part.replace(".", "_") for part in parts if part not in ("/", "..", ".")) or NO_FOLDER


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _legal(text: str) -> str:
    """Return the text with U+FFFD in place of each character that XML 1.0 does not allow."""
    return _ILLEGAL.sub(_REPLACEMENT, text)
