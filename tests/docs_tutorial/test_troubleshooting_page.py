"""`what-went-wrong.md` explains every message, refusal, problem, verdict and exit code."""

import re

import pytest
from pages_run import DOCS
from source_messages import HOLE, messages

from hubsim_cloud.http.problems import ProblemName
from hubsim_scenarios.lint.warnings import WarningKind
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT, EXITS, Verdict
from hubsim_scenarios.product.vocabulary import vocabulary

PAGE = (DOCS / "what-went-wrong.md").read_text(encoding="utf-8")
EXPLAINED = [text.strip() for _, text in re.findall(r"^\| (`+)(.+?)\1 ", PAGE, re.MULTILINE)]
MIN_PATTERN_CHARS = 9
"""A row with less fixed text is not a pattern: it matches only the same message."""
SCENARIOS, SIMULATOR = "scenarios/hubsim_scenarios", "simulator/hubsim_simulator"
CONFORM = "conform/hubsim_conform"
READER = {"add", "BadText", "BadMove", "BadInstant", "BadDuration", "BadZone", "unknown"} | {
    "Explanation",
    "_Unreadable",
}
FAMILIES = {
    "mistakes of files": ([f"{SCENARIOS}/language/*.py"], READER),
    "failures and blocks": (
        [f"{SCENARIOS}/{room}/*.py" for room in ("play", "worlds", "language")],
        {
            "CannotBuild",
            "CannotPlay",
            "ServerGone",
            "NoLab",
            "NotYetThere",
            "MovesBackwards",
            "MovesTooFar",
            "CloudUnreachable",
            "StepFailed",
            "DeviceLacks",
        },
    ),
    "market files": (
        [
            "cloud/hubsim_cloud/domain/market.py",
            "cloud/hubsim_cloud/service/market_file.py",
            "cloud/hubsim_cloud/service/package_check.py",
        ],
        {"BadMarket", "BadMarketFile", "StoreError"},
    ),
    "bad input": (
        [
            f"{SCENARIOS}/product/files.py",
            f"{SCENARIOS}/cli/run.py",
            f"{SCENARIOS}/cli/run_checks.py",
            f"{SCENARIOS}/cli/packets.py",
            f"{SCENARIOS}/cli/prove.py",
            f"{SCENARIOS}/running/*.py",
            "contract/hubsim_contract/mqtt/broker_url.py",
            f"{SCENARIOS}/worlds/api.py",
        ],
        {"BadFiles", "BadBrokerUrl", "BadServerUrl", "BadSelection", "UsageError", "_check"},
    ),
    "halts": ([f"{SCENARIOS}/debugger/*.py"], {"BadCommand", "BadBreakpoint", "CannotWrite", "GivenUp"}),
    "recordings": (
        [f"{SCENARIOS}/recording/*.py", f"{SCENARIOS}/cli/record.py"],
        {"CannotRecord", "WorldGone", "StrangeJournal", "CannotExpress", "UsageError", "append"},
    ),
    "tests in Python": (
        [f"{SCENARIOS}/pytest_plugin/*.py", "pytest_hubsim.py"],
        {"UsageError", "BadVerb", "LookupError", "AttributeError"},
    ),
    "traces": ([f"{SCENARIOS}/traces/*.py", f"{SCENARIOS}/cli/trace.py"], {"BadTrace", "BadTraceFilter"}),
    "brokers and simulators": (
        [f"{SIMULATOR}/broker/errors.py", f"{SIMULATOR}/serving/errors.py"],
        {"__init__"},
    ),
    "packet faults and the tap": (
        [f"{SIMULATOR}/tap/*.py", "server/hubsim_server/cli/tap.py", "server/hubsim_server/listen_option.py"],
        {"BadPacketFault", "BadInput", "BadParameter", "_complain"},
    ),
    "agents": (
        ["agent/hubsim_agent/*.py"],
        {"BadPort", "PortFailed", "BadHardware", "BadBoard", "_BadInput", "MemoryStuck"},
    ),
    "watches": ([f"{SCENARIOS}/watching/*.py"], {"CannotWatch", "StreamLost"}),
    "conformance of devices": (
        [
            f"{CONFORM}/cli.py",
            *(f"{CONFORM}/{room}/*.py" for room in ("bench", "reporting", "running", "checks")),
            *(f"{CONFORM}/device/{name}.py" for name in ("program", "bench_hardware", "device_control")),
        ],
        {"BadParameter", "UsageError", "CannotWriteReport", "BrokerUnreachable", "BadProgram"}
        | {"ActFailed", "ActImpossible", "CheckBlocked", "AddressUnusable"},
    ),
    "real hubs": (
        [
            *(
                f"conform/hubsim_conform/device/{name}.py"
                for name in ("actuator", "bench_line", "capabilities")
            ),
            f"{SCENARIOS}/running/attach_options.py",
        ],
        {"BadActuator", "ActFailed", "ActImpossible", "BenchUnreachable", "BadParameter"},
    ),
    "fleets": (
        [
            "server/hubsim_server/fleet/*.py",
            "server/hubsim_server/load/*.py",
            "server/hubsim_server/socket_limits.py",
            f"{SIMULATOR}/serving/shard_files.py",
            "contract/hubsim_contract/lab/shards.py",
        ],
        {"__init__", "BadShard", "BadLoad", "LoadCannotRun", "BadFleet"},
    ),
    "worlds from files and plays on a server": (
        [
            "cloud/hubsim_cloud/lab/seeding.py",
            f"{SCENARIOS}/hosting/*.py",
            "console/hubsim_console/cli/*.py",
        ],
        {"BadRequest", "NotThere", "BadWorldFile", "CannotSeed", "GivenUp"},
    ),
    "layouts": ([f"{SCENARIOS}/layout/layout.py"], {"CannotFormat"}),
}


def fits(row: str, message: str) -> bool:
    """Return whether a row of the page matches a message."""
    if len(row.replace(HOLE, "")) < MIN_PATTERN_CHARS:
        return row == message
    pattern = ".*".join(re.escape(part) for part in row.split(HOLE))
    return re.fullmatch(pattern, message, re.DOTALL) is not None


@pytest.mark.parametrize("family", FAMILIES)
def test_every_message_has_a_row(family: str) -> None:
    texts = messages(*FAMILIES[family])

    unexplained = {
        text: where for text, where in texts.items() if not any(fits(row, text) for row in EXPLAINED)
    }

    assert texts
    assert unexplained == {}


def test_an_unknown_message_matches_no_row() -> None:
    assert not any(fits(row, "the hub ... is not amused") for row in EXPLAINED)


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
    assert rows("Warnings of `hubsim validate`") == [kind.value for kind in WarningKind]
