"""`hubsim conform` as a command: devices as programs, reports, exit codes, bad input, signals."""

import os
import shlex
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest
from click.testing import CliRunner, Result
from held_port import held_port
from virtual_conform import HUB

from hubsim_conform.cli import command
from hubsim_conform.reporting.report_record import ConformReport, conform_schema

HERE = Path(__file__).parent
PROGRAM = shlex.join((sys.executable, str(HERE / "small_hub_program.py"), "--short"))
ACTUATOR = shlex.join((sys.executable, str(HERE / "small_hub_actuate.py")))
SMALL_HUB = ("--capabilities", str(HERE / "small_hub.toml"), "--actuator", ACTUATOR)


def invoke(*options: str) -> Result:
    return CliRunner().invoke(command, [*options, HUB])


def conform_process(*options: str) -> "subprocess.CompletedProcess[str]":
    """Run the command in a separate process: signals, child processes and exit code are real."""
    return subprocess.run(  # noqa: S603 (our own program)
        conform_words(*options), capture_output=True, text=True, check=False, timeout=300
    )


def conform_words(*options: str) -> Sequence[str]:
    return (sys.executable, "-m", "hubsim", "conform", *options, HUB)


@pytest.mark.process
@pytest.mark.live
def test_our_own_agent_passes_all_rules_that_the_bench_can_check() -> None:
    done = conform_process("--own-agent")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "55 pass; 55 of 55 rules decided" in done.stdout


@pytest.mark.process
@pytest.mark.live
def test_a_program_with_a_defect_fails_and_all_reports_say_why(tmp_path: Path) -> None:
    files = {name: tmp_path / f"report.{name}" for name in ("json", "junit", "html")}
    options = [word for name, file in files.items() for word in (f"--{name}", str(file))]
    device = f"{PROGRAM} --defect 'will not retained'"

    done = conform_process("--device", device, *SMALL_HUB, "--rule", "MQ-6", "--devices", "2", *options)

    assert done.returncode == 1, done.stderr
    assert "a will that is not retained" in done.stdout
    again = ("hubsim", "conform", "--seed", "1", "--capabilities", SMALL_HUB[1], "--actuator", ACTUATOR)
    assert (
        f"again: {shlex.join((*again, '--device', device, '--devices', '2', '--rule', 'MQ-6', HUB))}"
        in done.stdout
    )
    report = msgspec.json.decode(files["json"].read_bytes(), type=ConformReport)
    jsonschema_rs.validator_for(msgspec.json.decode(conform_schema())).validate(
        msgspec.json.decode(files["json"].read_bytes())
    )
    failed = [rule for rule in report.rules if rule.failures]
    assert [rule.rule for rule in failed] == ["MQ-6.will"]
    assert "CONNECT" in [entry.what for entry in failed[0].failures[0].entries]
    cases = ET.parse(files["junit"]).iter("testcase")  # noqa: S314 (our own file)
    assert [case.get("name") for case in cases if case.find("failure") is not None] == ["MQ-6.will"]
    page = files["html"].read_text(encoding="utf-8")
    assert "a will that is not retained" in page
    assert "<script" not in page


@pytest.mark.process
@pytest.mark.live
def test_a_device_that_does_not_start_is_blocked_with_its_output() -> None:
    program = "print('no module'); raise SystemExit(7)"
    device = shlex.join((sys.executable, "-c", program))

    done = conform_process("--device", device, *SMALL_HUB, "--rule", "MQ-3")

    assert done.returncode == 3
    assert "the program ended with exit code 7: no module" in done.stdout
    assert "the hub does not connect" not in done.stdout


@pytest.mark.process
@pytest.mark.live
def test_a_program_that_ends_by_itself_after_each_start_breaks_no_rule() -> None:
    done = conform_process("--device", f"{PROGRAM} --ends-after-s 0.3", *SMALL_HUB)

    assert done.returncode == 3, done.stdout
    assert "FAIL" not in done.stdout
    assert "the program ended with exit code 5" in done.stdout


@pytest.mark.process
@pytest.mark.live
def test_a_program_that_ends_after_a_bad_message_breaks_one_rule() -> None:
    device = f"{PROGRAM} --crashes"

    done = conform_process("--device", device, *SMALL_HUB, "--rule", "MQ-7", "--devices", "2")

    assert done.returncode == 1, done.stdout
    failed = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert failed == ["MQ-7.robust"]


@pytest.mark.process
@pytest.mark.live
def test_a_program_gets_the_prefix_and_an_empty_folder() -> None:
    program = (
        "import os; state = os.environ['HUBSIM_STATE'];"
        "raise SystemExit(f'{os.environ[\"HUBSIM_PREFIX\"]} has {os.listdir(state)}')"
    )
    device = shlex.join((sys.executable, "-c", program))

    done = conform_process("--device", device, *SMALL_HUB, "--rule", "MQ-3", "--prefix", "my/x")

    assert "my/x has []" in done.stdout


@pytest.mark.live
@pytest.mark.process
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--own-agent", "--broker", "mqtt://127.0.0.1:9"),
            "the broker at mqtt://127.0.0.1:9 cannot be used",
        ),
        (("--device", "/nowhere/hub"), "the device /nowhere/hub cannot be started"),
        (("--listen", "192.0.2.1:1884"), "the address 192.0.2.1:1884 cannot be used"),
    ],
)
def test_a_run_that_is_not_possible_says_why(options: tuple[str, ...], said: str) -> None:
    done = conform_process(*options, "--rule", "MQ-3")

    assert done.returncode == 3
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.process
@pytest.mark.live
def test_a_signal_ends_the_run_and_the_device(tmp_path: Path) -> None:
    pipe = tmp_path / "pid"
    os.mkfifo(pipe)
    program = f"import os, signal; open({str(pipe)!r}, 'w').write(str(os.getpid())); signal.pause()"
    device = shlex.join((sys.executable, "-c", program))
    run = subprocess.Popen(  # noqa: S603 (our own program)
        conform_words("--device", device, *SMALL_HUB, "--devices", "1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    pid = int(pipe.read_text(encoding="utf-8"))

    run.send_signal(signal.SIGTERM)
    output, _ = run.communicate(timeout=60)

    assert run.returncode == 143, output
    assert "interrupted by SIGTERM: the checks that are left are blocked" in output
    assert "BLOCKED  MQ-1.stale         stale: the run was interrupted" in output
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.fixture
def port() -> Iterator[int]:
    """The port at which hub and bench meet."""
    with held_port() as port:
        yield port


@pytest.mark.process
@pytest.mark.live
def test_a_simulated_hub_is_operated_over_the_bench_of_its_simulator(tmp_path: Path, port: int) -> None:
    words = (
        "simulator",
        "--hubs",
        "1",
        "--lab",
        "--broker",
        f"mqtt://127.0.0.1:{port}",
        "--state",
        str(tmp_path),
    )
    simulator = subprocess.Popen(  # noqa: S603 (our own program)
        (sys.executable, "-m", "hubsim", *words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        rules = ("--rule", "MQ-5", "--rule", "MQ-6.numbers", "--rule", "MQ-2.boot", "--rule", "MQ-4.resend")
        listen = ("--simulated", "--listen", f"127.0.0.1:{port}")
        done = subprocess.run(  # noqa: S603 (our own program)
            (sys.executable, "-m", "hubsim", "conform", *listen, *rules, "F0000001"),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    finally:
        simulator.terminate()
        simulator.wait()

    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 pass; 7 of 7 rules decided" in done.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--rule", "MQ-77"), "'MQ-77' is not a rule that the bench checks"),
        (("--rule", "MQ-8"), "a family: MQ-1, MQ-2, MQ-3, MQ-4, MQ-5, MQ-6, MQ-7, MQ-9, MQ-10\n"),
        (("--rule", "mq-6"), "did you mean MQ-6? write an id"),
        (("--rule", "MQ-6.wil"), "did you mean MQ-6.will? write an id"),
        (("--broker", "http://x"), "or one of embedded, amqtt, mosquitto"),
        (("--listen", "nowhere"), "'nowhere' is not HOST:PORT"),
        (("--prefix", "a/#"), "cannot be a topic prefix"),
        (("--own-agent", "--device", "x"), "--own-agent has its own program"),
        (("--simulated", "--actuator", "x"), "--simulated has its own actuator"),
        (("--devices", "2"), "--devices needs a device that the run can start"),
        (("--device", "'"), "is not a command line"),
        (("--device", " "), "the command of the device is empty"),
        (("--actuator", "'"), "is not a command line"),
        (("--capabilities", "/nowhere.toml"), "/nowhere.toml: cannot be read"),
        (("--json", "x", "--html", "x"), "two reports have the name x"),
        (("--html", "/"), "'/' is a directory"),
    ],
)
def test_bad_input_is_refused_before_anything_runs(options: tuple[str, ...], said: str) -> None:
    result = invoke(*options)

    assert result.exit_code == 2, result.output
    assert said in result.output


def test_a_report_in_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "x.json"

    result = invoke("--json", str(file))

    assert result.exit_code == 2, result.output
    assert f"{file} cannot be written: check that its folder exists" in result.output


def test_a_bad_hub_number_is_refused() -> None:
    result = CliRunner().invoke(command, ["front-door"])

    assert result.exit_code == 2
    assert "'front-door' is not a hub id" in result.output
