"""Actuators: a person at a terminal, a command, and the bench topics of a simulator."""

import asyncio
import shlex
import sys
from pathlib import Path

import pytest

from hubsim_conform.device.acts import SetRegistration
from hubsim_conform.device.actuator import (
    ActFailed,
    ActImpossible,
    BadActuator,
    CommandActuator,
    PromptActuator,
)
from hubsim_conform.device.bench_line import BenchLine, BenchUnreachable
from hubsim_conform.device.simulated_actuator import SimulatedActuator
from hubsim_contract.lab.bench_actions import AnyBenchAction, Restart, SetLid
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.wire.messages import Registration
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal

HUB = "0A1B2C3D"
LID = SetLid(open=True)


class Person:
    """Types prepared lines."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)
        self.prompts: list[str] = []

    async def __call__(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        return self._lines.pop(0) if self._lines else None


class FakeLine(BenchLine):
    """Answers every action alike."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error
        self.performed: list[tuple[str, AnyBenchAction]] = []

    async def perform(self, hub: str, action: AnyBenchAction) -> None:
        if self._error is not None:
            raise self._error
        self.performed.append((hub, action))


@pytest.mark.parametrize("line", ["", "done", "D", " yes "])
async def test_a_person_confirms_an_act(line: str) -> None:
    person = Person(line)

    await PromptActuator(HUB, person).act(LID)

    assert person.prompts == ["0A1B2C3D: Open the lid. [Enter: done, s: cannot, f: failed] "]


async def test_a_person_is_asked_again_after_an_unknown_answer() -> None:
    person = Person("what?", "")

    await PromptActuator(HUB, person).act(LID)

    assert person.prompts[1] == "Press Enter when done, or type s (cannot) or f (failed): Open the lid. "


@pytest.mark.parametrize(
    ("lines", "error", "text"),
    [
        (["s"], ActImpossible, "this device cannot do: Open the lid."),
        (["skip the lid is glued"], ActImpossible, "the lid is glued"),
        (["f"], ActFailed, "not done: Open the lid."),
        (["fail it broke"], ActFailed, "it broke"),
        ([], ActFailed, "the input ended before the answer to: Open the lid. Give --actuator"),
    ],
)
async def test_a_person_says_why_an_act_was_not_done(
    lines: list[str], error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as caught:
        await PromptActuator(HUB, Person(*lines)).act(LID)

    assert text in str(caught.value)


def script(tmp_path: Path, source: str) -> str:
    """Return a command line that runs the Python source."""
    file = tmp_path / "actuate it.py"
    file.write_text(source, encoding="utf-8")
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(file))} first"


@pytest.mark.process
async def test_a_command_receives_the_act_as_its_last_argument(tmp_path: Path) -> None:
    seen = tmp_path / "seen.txt"
    source = f"import os, sys\nopen({str(seen)!r}, 'w').write(os.environ['HUBSIM_HUB'] + repr(sys.argv[1:]))"

    await CommandActuator(script(tmp_path, source), HUB).act(LID)

    assert seen.read_text(encoding="utf-8") == """0A1B2C3D['first', '{"do":"set_lid","open":true}']"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("source", "error", "text"),
    [
        ("import sys; print('no lid', file=sys.stderr); sys.exit(3)", ActImpossible, "no lid"),
        ("import sys; sys.exit(3)", ActImpossible, 'the actuator cannot do {"do":"set_lid","open":true}'),
        (
            "import sys; sys.exit('relay\\nstuck')",
            ActFailed,
            'exited with 1 for {"do":"set_lid","open":true}: relay stuck',
        ),
        ("import sys; sys.exit('x' * 9999)", ActFailed, "..." + "x" * 500),
    ],
)
async def test_the_exit_code_of_a_command_is_its_answer(
    tmp_path: Path, source: str, error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as caught:
        await CommandActuator(script(tmp_path, source), HUB).act(LID)

    assert text in str(caught.value)


@pytest.mark.process
async def test_a_command_may_leave_a_process_that_keeps_its_output(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    source = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
        f"open({str(pid_file)!r}, 'w').write(str(child.pid))\n"
    )

    await CommandActuator(script(tmp_path, source), HUB).act(Restart())

    kill = await asyncio.create_subprocess_exec("kill", pid_file.read_text(encoding="utf-8"))
    assert await kill.wait() == 0


@pytest.mark.process
async def test_a_command_that_does_not_end_is_killed(tmp_path: Path) -> None:
    with pytest.raises(ActFailed, match=r"did not end within 0\.3 s for"):
        await CommandActuator(script(tmp_path, "import signal; signal.pause()"), HUB, limit_s=0.3).act(LID)


@pytest.mark.process
async def test_a_command_that_does_not_exist_is_named() -> None:
    with pytest.raises(ActFailed, match="the actuator no-such-command cannot be started: No such file"):
        await CommandActuator("no-such-command", HUB).act(LID)


@pytest.mark.parametrize(
    ("text", "complaint"), [("", "is empty"), ("  ", "is empty"), ("'x", "No closing quotation")]
)
def test_a_text_that_is_not_a_command_line_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(BadActuator, match=complaint):
        CommandActuator(text, HUB)


async def test_a_simulated_hub_is_operated_over_the_bench_topics() -> None:
    line = FakeLine()

    await SimulatedActuator(HUB, line).act(LID)

    assert line.performed == [(HUB, LID)]


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (BenchActionRefused(BenchRefusal.NO_SUCH_SLOT, "it has slot 1 only"), ActImpossible),
        (BenchActionRefused(BenchRefusal.HUB_OFF, "the hub is off"), ActFailed),
        (BenchUnreachable("the broker is gone"), ActFailed),
    ],
)
async def test_a_refusal_of_the_bench_is_an_answer(trouble: Exception, error: type[Exception]) -> None:
    with pytest.raises(error, match=str(trouble)):
        await SimulatedActuator(HUB, FakeLine(trouble)).act(LID)


async def test_the_modem_of_a_simulated_hub_cannot_be_set() -> None:
    act = SetRegistration(registration=Registration.DENIED)

    with pytest.raises(ActImpossible, match="the modem of a simulated hub follows its network"):
        await SimulatedActuator(HUB, FakeLine()).act(act)


@pytest.mark.live
async def test_a_broker_that_is_not_there_is_named() -> None:
    line = BenchLine(BrokerUrl.parse("mqtt://127.0.0.1:1"))
    try:
        with pytest.raises(BenchUnreachable, match=r"127\.0\.0\.1:1"):
            await line.open("hubsim/v1")
    finally:
        await line.aclose()
