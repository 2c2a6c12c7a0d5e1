"""JUnit XML: one test case a scenario, one suite a folder, for the test reports of CI servers.

The format has no owner. What is written is what GitLab, GitHub's reporters and Jenkins' JUnit plugin read;
`strict` keeps to both schemas that are used to refuse reports: that of Jenkins' xUnit plugin (junit-10.xsd)
and that of Ant's JUnit task (JUnit.xsd). There a test case names no file, so its suite is the file.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePath
from xml.etree import ElementTree as ET

from hubsim_scenarios.play.identity import with_seeds
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.reports.console_report import explain
from hubsim_scenarios.reports.play_record import PlayRecord, RunFacts

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 section 2.2 allows in no form, not even as a reference."""
_REPLACEMENT = "\ufffd"
NO_FOLDER = "scenarios"
"""The package of a scenario whose file was given without a folder."""
HOST = "localhost"
"""What the strict form says of the machine: the schema wants a name, and reports are passed on."""
_OUTCOMES = {Verdict.FAIL: "failure", Verdict.BLOCKED: "error", Verdict.SKIPPED: "skipped"}


def junit(accounts: Sequence[PlayRecord], run: RunFacts, *, strict: bool = False) -> bytes:
    """Return the report as an XML document in UTF-8. Times are real seconds."""
    root = ET.Element("testsuites", {} if strict else _counts("hubsim", accounts))
    results = [each.result for each in accounts]
    names = with_seeds(results, [result.scenario.title for result in results])
    suites: dict[str, list[int]] = {}
    for place, each in enumerate(accounts):
        file = each.result.scenario.file
        suites.setdefault(file if strict else _folder(file), []).append(place)
    for number, (name, places) in enumerate(suites.items()):
        inside = [accounts[place] for place in places]
        suite = ET.SubElement(root, "testsuite", _counts(name, inside) | _more(inside, run))
        if strict:
            suite.attrib |= {"id": str(number), "package": _legal(_package(name)), "hostname": HOST}
        _properties(suite, run)
        for place in places:
            _case(suite, accounts[place], names[place], strict=strict)
        if strict:
            for stream in ("system-out", "system-err"):  # must be there
                ET.SubElement(suite, stream)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _counts(name: str, accounts: Sequence[PlayRecord]) -> dict[str, str]:
    verdicts = Counter(each.result.verdict for each in accounts)
    return {
        "name": _legal(name),
        "tests": str(len(accounts)),
        "failures": str(verdicts[Verdict.FAIL]),
        "errors": str(verdicts[Verdict.BLOCKED]),
        "time": _seconds(sum(each.notes.took_s for each in accounts)),
    }


def _more(accounts: Sequence[PlayRecord], run: RunFacts) -> dict[str, str]:
    """Return what a suite says and all suites together may not."""
    skipped = sum(each.result.verdict is Verdict.SKIPPED for each in accounts)
    began_at = accounts[0].notes.began_at or run.began_at
    return {"skipped": str(skipped), "timestamp": _timestamp(began_at)}


def _timestamp(at: datetime) -> str:
    """Return the instant in UTC, in the one form that every reader takes: without a zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _properties(suite: ET.Element, run: RunFacts) -> None:
    properties = ET.SubElement(suite, "properties")
    facts = {
        "hubsim": run.hubsim,
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
    """Return all that is needed to understand it: what the terminal says of it."""
    held = f"{each.result.held} of {len(each.result.scenario.steps)} steps held"
    return "\n".join([f"{each.result.verdict.upper()}  {held}", *explain(each.result, each.again)])


def _folder(file: str) -> str:
    folder = str(PurePath(file).parent)
    return NO_FOLDER if folder == "." else folder


def _class_name(file: str) -> str:
    """Return folder and file with dots between the parts: readers show them as package and class.

    With the name, which has the case, it is what readers know a test by; so the file must be in it.
    """
    return f"{_package(file)}.{PurePath(file).stem.replace('.', '_')}"


def _package(file: str) -> str:
    parts = PurePath(file).parent.parts
    return ".".join(part.replace(".", "_") for part in parts if part not in ("/", "..", ".")) or NO_FOLDER


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _legal(text: str) -> str:
    """Return the text with a replacement for every character that XML 1.0 has no way to write."""
    return _ILLEGAL.sub(_REPLACEMENT, text)
