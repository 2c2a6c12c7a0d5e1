"""JUnit XML: what the readers of CI servers go by, element by element."""

import re
from xml.etree import ElementTree as ET

import pytest
from reported import FAILING, PASSING, one_of_each, played, run, skipped

from scenarios.reports.junit import NO_FOLDER, junit
from scenarios.telling import explain

SUREFIRE_TIME = re.compile(r"\d+\.\d{3}")
ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "file"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"name", "classname", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message", "type"},
}
"""What the strictest of the known schemas (junit-10.xsd of Jenkins' xUnit plugin) allows."""
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "testcase": {"failure", "error", "skipped"},
}
REQUIRED = {"testsuite": {"name", "tests", "failures", "errors"}, "testcase": {"name"}}


def root(report: bytes) -> ET.Element:
    return ET.fromstring(report)  # noqa: S314 (our own)


@pytest.mark.parametrize("strict", [False, True])
def test_the_schema_allows_every_element_and_attribute(strict: bool) -> None:
    report = root(junit(one_of_each(), run(), strict=strict))

    extra = set() if strict else {"file"}
    for element in report.iter():
        allowed = ATTRIBUTES[element.tag] | (extra if element.tag == "testcase" else set())
        assert REQUIRED.get(element.tag, set()) <= set(element.keys()) <= allowed
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
        assert SUREFIRE_TIME.fullmatch(element.get("time", "0.000"))


def test_there_is_a_case_for_each_play_and_a_suite_for_each_folder() -> None:
    report = root(junit(one_of_each(), run()))

    assert [suite.get("name") for suite in report] == ["folder", "other"]
    assert [case.get("name") for case in report.iter("testcase")] == [
        "A short one",
        "One that fails",
        "A short one",
        "One that is blocked",
    ]
    assert next(report.iter("testcase")).get("file") == "folder/short.yaml"
    assert {case.get("classname") for case in report.iter("testcase")} == {
        "folder.short",
        "folder.failing",
        "folder.skipped",
        "other.blocked",
    }


def test_verdicts_become_failure_error_and_skipped_and_are_counted() -> None:
    report = root(junit(one_of_each(), run()))
    counted = ("tests", "failures", "errors", "skipped")

    inside = [[element.tag for element in case] for case in report.iter("testcase")]
    assert inside == [[], ["failure"], ["skipped"], ["error"]]
    assert [report.get(name) for name in counted[:3]] == ["4", "1", "1"]
    assert [[suite.get(name) for name in counted] for suite in report] == [
        ["3", "1", "0", "1"],
        ["1", "0", "1", "0"],
    ]


def test_a_failure_says_all_that_the_terminal_says() -> None:
    failed = played(*FAILING)

    (failure,) = root(junit([failed], run())).iter("failure")

    assert failure.get("message") == "villa: shows.led: expected 'red', saw 'green'"
    told = (failure.text or "").splitlines()
    assert told[0] == "FAIL  1 of 3 steps held"
    assert told[1:] == [line for each in explain(failed.result, failed.again) for line in each.splitlines()]
    assert told[-1] == "  again: hubsim run --virtual --seed 1 folder/short.yaml"


def test_times_are_real_seconds() -> None:
    report = root(junit([played(*PASSING), played(*PASSING, title="Another")], run()))

    assert [case.get("time") for case in report.iter("testcase")] == ["3.500", "3.500"]
    assert (report.get("time"), report[0].get("time")) == ("7.000", "7.000")
    assert report[0].get("timestamp") == "2026-11-23T10:15:30"


def test_seed_versions_and_command_stand_with_every_suite() -> None:
    report = root(junit(one_of_each(), run()))

    for suite in report:
        said = {each.get("name"): each.get("value") for each in suite.iter("property")}
        assert said["seed"] == "1"
        assert said["hubsim"] == "9.9.9"
        assert said["command"] == "hubsim run --virtual --seed 1 folder"


def test_what_xml_cannot_write_is_replaced_and_markup_is_escaped() -> None:
    reason = "bell \x07 null \x00 half \ud800 lines\r\n]]> <b>&amp;</b> \ufffe"

    document = junit([skipped(reason)], run())

    (element,) = root(document).iter("skipped")
    message = element.get("message")
    assert message is not None
    assert message.startswith("bell \ufffd null \ufffd half \ufffd lines")
    assert "]]> <b>&amp;</b> \ufffd" in message
    assert "<b>" not in document.decode()


def test_the_same_scenario_under_several_seeds_is_named_with_its_seed() -> None:
    report = root(junit([played(*PASSING), played(*PASSING, seed=2)], run()))

    assert [case.get("name") for case in report.iter("testcase")] == [
        "A short one (seed 1)",
        "A short one (seed 2)",
    ]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("short.yaml", f"{NO_FOLDER}.short"),
        ("scenarios/catalog/short.yaml", "scenarios.catalog.short"),
        ("../v1.2/short.yaml", "v1_2.short"),
        ("/deep/down/short.yaml", "deep.down.short"),
    ],
)
def test_the_class_name_is_the_folder_as_a_package_and_the_file(file: str, name: str) -> None:
    (case,) = root(junit([played(*PASSING, file=file)], run())).iter("testcase")

    assert case.get("classname") == name


def test_in_the_strict_form_the_suite_is_the_file() -> None:
    report = root(junit(one_of_each(), run(), strict=True))

    assert [suite.get("file") for suite in report] == [
        "folder/short.yaml",
        "folder/failing.yaml",
        "other/blocked.yaml",
        "folder/skipped.yaml",
    ]


def test_a_run_without_plays_is_a_report_without_suites() -> None:
    report = root(junit([], run()))

    assert (report.get("tests"), list(report)) == ("0", [])
