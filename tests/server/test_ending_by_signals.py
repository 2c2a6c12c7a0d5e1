"""SIGTERM and Ctrl-C: the first one stops gracefully, the second one cancels, the third one ends at once."""

import asyncio
import signal

import pytest
from process_bench import program

from hubsim_server.signals import StopRequest, stopping

OPENING = """
import asyncio
from hubsim_server.process import run
from hubsim_server.settings import ServerSettings
from hubsim_server.signals import StopRequest

async def work(stop):
    print("working", flush=True)
    await stop.wait()
    print("asked", flush=True)
"""
ORDERLY = f"""{OPENING}
run("cloud", ServerSettings(), work)
"""
SLOW = f"""{OPENING}
async def slow(stop):
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.Event().wait())
            await work(stop)
    finally:
        print("tidied", flush=True)
run("cloud", ServerSettings(), slow)
"""
STUBBORN = f"""{OPENING}
async def stubborn(stop):
    try:
        await work(stop)
        await asyncio.Event().wait()
    finally:
        print("going on", flush=True)
        await asyncio.Event().wait()
run("cloud", ServerSettings(), stubborn)
"""
BOTH = pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_first_signal_ends_a_process_gracefully(number: signal.Signals) -> None:
    async with program(ORDERLY) as running:
        assert await running.line() == "working"

        running.send(number)

        assert await running.end() == (0, "asked\n")
        assert running.log == []


@pytest.mark.process
@BOTH
async def test_the_second_signal_cancels_all_tasks_and_runs_only_cleanup(
    number: signal.Signals, code: int
) -> None:
    async with program(SLOW) as running:
        assert await running.line() == "working"
        running.send(number)
        assert await running.line() == "asked"

        running.send(number)

        assert await running.end() == (code, "tidied\n")
        assert running.log == []


@pytest.mark.process
@BOTH
async def test_the_third_signal_ends_a_process_during_its_cleanup(number: signal.Signals, code: int) -> None:
    async with program(STUBBORN) as running:
        assert await running.line() == "working"
        running.send(number)
        assert await running.line() == "asked"
        running.send(number)
        assert await running.line() == "going on"

        running.send(number)

        assert await running.end() == (code, "")


@pytest.mark.process
@BOTH
async def test_cleanup_after_the_second_signal_is_bounded(number: signal.Signals, code: int) -> None:
    async with program(f"import hubsim_server.signals as s; s.CLEANUP_LIMIT_S = 0.2\n{STUBBORN}") as running:
        assert await running.line() == "working"
        running.send(number)
        assert await running.line() == "asked"

        running.send(number)

        assert await running.end() == (code, "going on\n")


@pytest.mark.process
async def test_an_ignored_sigint_stays_ignored() -> None:
    ignoring = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + ORDERLY
    async with program(ignoring) as running:
        assert await running.line() == "working"

        running.send(signal.SIGINT)
        running.send(signal.SIGTERM)

        assert await running.end() == (0, "asked\n")


async def test_a_failing_task_ends_the_wait_for_a_signal() -> None:
    async def fail() -> None:
        raise ArithmeticError

    async def work() -> None:
        async with stopping() as stop, asyncio.TaskGroup() as group:
            group.create_task(fail())
            await stop.wait()

    with pytest.raises(ExceptionGroup) as raised:
        await work()

    assert isinstance(raised.value.exceptions[0], ArithmeticError)


async def test_a_task_can_request_the_stop_and_the_signal_handlers_are_restored() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]

    async with stopping() as stop:
        assert not stop.asked
        stop.ask()
        await stop.wait()

    assert stop.asked
    assert signal.getsignal(signal.SIGTERM) == before[0]


def test_the_second_signal_raises_its_exit_code() -> None:
    limited: list[int] = []
    stop = StopRequest(limited.append)

    stop.receive(signal.SIGTERM)
    with pytest.raises(SystemExit) as raised:
        stop.receive(signal.SIGINT)

    assert raised.value.code == 130
    assert limited == [130]


@pytest.mark.process
@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        ("OSError(28, 'No space left on device', 'cloud.db')", 3, "No space left on device"),
        ("PermissionError(13, 'Permission denied', 'state')", 3, "state: Permission denied; make the file"),
        ("ExceptionGroup('', [OSError('this'), OSError('that')])", 3, "reason=this"),
        pytest.param(
            *("ValueError('token=S3cret in hand')", 1, "ValueError: token=[hidden] in hand"),
            marks=pytest.mark.tracebacks,
        ),
        pytest.param(
            *("ExceptionGroup('', [OSError('this'), KeyError('that')])", 1, "KeyError: 'that'"),
            marks=pytest.mark.tracebacks,
        ),
    ],
)
async def test_the_log_has_the_error_that_ended_a_process_without_secrets(
    error: str, code: int, words: str
) -> None:
    failing = f"{OPENING}\nasync def fail(stop): raise {error}\nrun('cloud', ServerSettings(), fail)\n"
    async with program(failing) as running:
        ended = await running.end()

    log = "".join(running.log)
    assert ended == (code, "")
    assert words in log
    assert "S3cret" not in log
    assert ("Traceback" in log) is (code == 1)
