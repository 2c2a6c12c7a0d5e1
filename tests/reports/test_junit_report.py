"""JUnit XML: the elements and attributes that CI servers read."""

import re
from xml.etree import ElementTree as ET

import pytest
from reported import FAILING, PASSING, one_of_each, played, run, skipped

from hubsim_scenarios.reports.console_report import explain
from hubsim_scenarios.reports.junit import NO_FOLDER, junit

SUREFIRE_TIME = re.compile(r"\d+\.\d{3}")
COUNTS = {"name", "tests", "failures", "errors"}
JENKINS = {
    "testsuites": COUNTS | {"time"},
    "testsuite": COUNTS
    | {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"name", "time", "classname", "group"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message", "type"},
    "system-out": set(),
    "system-err": set(),
}
"""The attributes that junit-10.xsd of Jenkins' xUnit plugin allows."""
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase", "system-out", "system-err"},
    "properties": {"property"},
    "testcase": {"failure", "error", "skipped"},
}
REQUIRED = {"testsuite": COUNTS, "testcase": {"name"}, "property": {"name", "value"}}
ANT_SUITE = COUNTS | {"time", "timestamp", "hostname", "id", "package"}
"""The attributes of a suite that JUnit.xsd of Ant requires. It also allows `skipped`."""
ANT_ORDER = re.compile(r"properties( testcase)* system-out system-err")


def root(report: bytes) -> ET.Element:
    return ET.fromstring(report)  # noqa: S314 (our own)


@pytest.mark.parametrize("strict", [False, True])
def test_the_schema_allows_every_element_and_attribute(strict: bool) -> None:
    report = root(junit(one_of_each(), run(), strict=strict))

    extra = set() if strict else {"file"}
    for element in report.iter():
        allowed = JENKINS[element.tag] | (extra if element.tag == "testcase" else set())
        assert REQUIRED.get(element.tag, set()) <= set(element.keys()) <= allowed
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
        assert SUREFIRE_TIME.fullmatch(element.get("time", "0.000"))


def test_the_strict_form_satisfies_the_schema_of_ant_too() -> None:
    report = root(junit(one_of_each(), run(), strict=True))

    assert report.attrib == {}
    for number, suite in enumerate(report):
        assert ANT_SUITE <= set(suite.keys()) <= ANT_SUITE | {"skipped"}
        assert ANT_ORDER.fullmatch(" ".join(child.tag for child in suite))
        assert suite.get("id") == str(number)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", str(suite.get("timestamp")))
    for case in report.iter("testcase"):
        assert set(case.keys()) == {"name", "classname", "time"}
        assert len(case) <= 1
        assert all(child.get("type") for child in case if child.tag != "skipped")


def test_a_failure_has_the_complete_explanation() -> None:
    text = str(root(junit([played(*FAILING, file="a/b.yaml", seed=7)], run())).findtext(".//failure"))

    assert text.startswith("FAIL  1 of 3 steps passed\n  a/b.yaml:16:5: {expect: villa, led: red}\n")
    assert "    expected  'red'\n" in text
    assert "    saw       'green'\n" in text
    assert "  at 2026-03-28 23:00:00 Europe/Warsaw, world time\n" in text
    assert "  last events about villa:\n" in text
    assert text.endswith("  rerun: hubsim run --virtual --seed 7 a/b.yaml")


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


def test_a_failure_has_all_lines_of_the_terminal() -> None:
    failed = played(*FAILING)

    (failure,) = root(junit([failed], run())).iter("failure")

    assert failure.get("message") == "villa: shows.led: expected 'red', saw 'green'"
    lines = (failure.text or "").splitlines()
    assert lines[0] == "FAIL  1 of 3 steps passed"
    assert lines[1:] == [line for each in explain(failed.result, failed.again) for line in each.splitlines()]
    assert lines[-1] == "  rerun: hubsim run --virtual --seed 1 folder/short.yaml"


def test_times_are_real_seconds() -> None:
    report = root(junit([played(*PASSING), played(*PASSING, title="Another")], run()))

    assert [case.get("time") for case in report.iter("testcase")] == ["3.500", "3.500"]
    assert (report.get("time"), report[0].get("time")) == ("7.000", "7.000")
    assert report[0].get("timestamp") == "2026-11-23T10:15:30"


def test_every_suite_has_seed_versions_and_command() -> None:
    report = root(junit(one_of_each(), run()))

    for suite in report:
        properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
        assert properties["seed"] == "1"
        assert properties["hubsim"] == "9.9.9"
        assert properties["command"] == "hubsim run --virtual --seed 1 folder"


def test_characters_that_xml_forbids_are_replaced_and_markup_is_escaped() -> None:
    reason = "bell \x07 null \x00 half \ud800 lines\r\n]]> <b>&amp;</b> \ufffe"

    document = junit([skipped(reason)], run())

    (element,) = root(document).iter("skipped")
    message = element.get("message")
    assert message is not None
    assert message.startswith("bell \ufffd null \ufffd half \ufffd lines")
    assert "]]> <b>&amp;</b> \ufffd" in message
    assert "<b>" not in document.decode()


def test_plays_of_one_scenario_under_several_seeds_are_named_with_the_seed() -> None:
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

    assert [suite.get("name") for suite in report] == [
        "folder/short.yaml",
        "folder/failing.yaml",
        "other/blocked.yaml",
        "folder/skipped.yaml",
    ]


def test_a_run_without_plays_is_a_report_without_suites() -> None:
    report = root(junit([], run()))

    assert (report.get("tests"), list(report)) == ("0", [])
