"""SIGTERM and Ctrl-C: the first asks, the second insists, the third does not ask any more."""

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
async def test_the_first_signal_lets_a_process_end_in_order(number: signal.Signals) -> None:
    async with program(ORDERLY) as running:
        assert await running.line() == "working"

        running.send(number)

        assert await running.end() == (0, "asked\n")
        assert running.talk == []


@pytest.mark.process
@BOTH
async def test_the_second_signal_cancels_what_is_left_and_only_tidies(
    number: signal.Signals, code: int
) -> None:
    async with program(SLOW) as running:
        assert await running.line() == "working"
        running.send(number)
        assert await running.line() == "asked"

        running.send(number)

        assert await running.end() == (code, "tidied\n")
        assert running.talk == []


@pytest.mark.process
@BOTH
async def test_the_third_signal_ends_what_does_not_even_tidy(number: signal.Signals, code: int) -> None:
    async with program(STUBBORN) as running:
        assert await running.line() == "working"
        running.send(number)
        assert await running.line() == "asked"
        running.send(number)
        assert await running.line() == "going on"

        running.send(number)

        assert await running.end() == (code, "")


@pytest.mark.process
async def test_a_sigint_that_is_ignored_stays_so() -> None:
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


async def test_the_end_can_be_asked_for_from_inside_and_the_handlers_are_given_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]

    async with stopping() as stop:
        assert not stop.asked
        stop.ask()
        await stop.wait()

    assert stop.asked
    assert signal.getsignal(signal.SIGTERM) == before[0]


def test_a_signal_that_comes_twice_raises_its_exit_code() -> None:
    stop = StopRequest()

    stop.come(signal.SIGTERM)
    with pytest.raises(SystemExit) as raised:
        stop.come(signal.SIGINT)

    assert raised.value.code == 130


@pytest.mark.process
@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        ("OSError(28, 'No space left on device', 'cloud.db')", 3, "No space left on device"),
        ("ExceptionGroup('', [OSError('this'), OSError('that')])", 3, "reason=this"),
        ("ValueError('token=S3cret in hand')", 1, "ValueError: token=[hidden] in hand"),
        ("ExceptionGroup('', [OSError('this'), KeyError('that')])", 1, "KeyError: 'that'"),
    ],
)
async def test_an_end_by_an_error_is_told_in_the_log_without_secrets(
    error: str, code: int, words: str
) -> None:
    failing = f"{OPENING}\nasync def fail(stop): raise {error}\nrun('cloud', ServerSettings(), fail)\n"
    async with program(failing) as running:
        ended = await running.end()

    told = "".join(running.talk)
    assert ended == (code, "")
    assert words in told
    assert "S3cret" not in told
    assert ("Traceback" in told) is (code == 1)
