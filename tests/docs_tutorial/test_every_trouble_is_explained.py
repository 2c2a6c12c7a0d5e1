"""`what-went-wrong.md` knows every message, refusal, problem, verdict and exit code there is."""

import re

import pytest
from pages_run import DOCS
from said_messages import HOLE, messages

from cloud.http.problems import ProblemName
from scenarios.review.warnings import Kind
from scenarios.verdict import BAD_INPUT_EXIT, EXITS, Verdict
from scenarios.vocabulary import vocabulary

PAGE = (DOCS / "what-went-wrong.md").read_text(encoding="utf-8")
SAID = [text.strip() for _, text in re.findall(r"^\| (`+)(.+?)\1 ", PAGE, re.MULTILINE)]
LEAST_SAID_CHARS = 9
"""A row that says less than this of its own is about that one message, and no other."""
READER = {"add", "BadText", "BadMove", "BadInstant", "BadDuration", "BadZone", "unknown"}
FAMILIES = {
    "mistakes of files": (["scenarios/language/*.py"], READER),
    "failures and blocks": (
        ["scenarios/*.py", "scenarios/worlds/*.py", "scenarios/language/*.py"],
        {
            "CannotPlay",
            "ServerGone",
            "NoLab",
            "NotYetThere",
            "MovesBackwards",
            "MovesTooFar",
            "CloudUnreachable",
            "StepFailed",
        },
    ),
    "bad input": (
        [
            "scenarios/files.py",
            "scenarios/cli/run.py",
            "scenarios/running/*.py",
            "contract/broker_url.py",
            "scenarios/worlds/api.py",
        ],
        {"BadFiles", "BadBrokerUrl", "BadServerUrl", "BadSelection", "UsageError", "_check"},
    ),
    "halts": (["scenarios/stepping/*.py"], {"BadWish", "BadBreak", "CannotWrite", "GivenUp"}),
    "recordings": (
        ["scenarios/recording/*.py", "scenarios/cli/record.py"],
        {"CannotRecord", "WorldGone", "StrangeJournal", "CannotSay", "UsageError", "append"},
    ),
    "tests in Python": (
        ["scenarios/pytest_plugin/*.py", "pytest_hubsim.py"],
        {"UsageError", "BadVerb", "LookupError", "AttributeError"},
    ),
    "traces": (["scenarios/traces/*.py", "scenarios/cli/trace.py"], {"BadTrace", "BadSelection"}),
    "brokers and simulators": (["simulator/broker/errors.py", "simulator/serving/errors.py"], {"__init__"}),
    "layouts": (["scenarios/layout/layout.py"], {"CannotLayOut"}),
}


def fits(row: str, message: str) -> bool:
    """Return whether a row of the page is about a message."""
    if len(row.replace(HOLE, "")) < LEAST_SAID_CHARS:
        return row == message
    pattern = ".*".join(re.escape(part) for part in row.split(HOLE))
    return re.fullmatch(pattern, message, re.DOTALL) is not None


@pytest.mark.parametrize("family", FAMILIES)
def test_every_message_has_a_row(family: str) -> None:
    said = messages(*FAMILIES[family])

    unexplained = {text: where for text, where in said.items() if not any(fits(row, text) for row in SAID)}

    assert said
    assert unexplained == {}


def test_a_message_that_nobody_has_explained_is_noticed() -> None:
    assert not any(fits(row, "the hub ... is not amused") for row in SAID)


def rows(heading: str) -> list[str]:
    """Return the first cells of the table under a heading."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` ?(?:,[^|]*)?\|", section, re.MULTILINE)


def test_every_verdict_is_explained() -> None:
    assert rows("Verdicts") == [verdict.value.upper() for verdict in Verdict]


def test_every_exit_code_of_a_run_is_explained() -> None:
    assert {str(code) for code in (*EXITS.values(), BAD_INPUT_EXIT)} <= set(rows("Exit codes"))


def test_every_refusal_is_explained_once() -> None:
    assert sorted(rows("Refusals")) == sorted(vocabulary().refusals)


def test_every_problem_over_http_is_explained_once() -> None:
    assert rows("Problems over HTTP") == [name.value for name in ProblemName]


def test_every_warning_is_explained() -> None:
    assert rows("Warnings of `hubsim validate`") == [kind.value for kind in Kind]
