"""Operates the hardware of a device under test: by a person, by a command of the user, or by the simulator.

An actuator returns when the act is done; the device reports its effect later. It does not check capabilities:
`Capabilities.lacks` gives the reason for an act that a device can never do.
"""

import asyncio
import os
import shlex
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import IO, Protocol

from hubsim_conform.device.acts import DeviceAct, act_json, act_sentence

COMMAND_LIMIT_S = 60.0
"""How long an actuator's command may take; then it is killed, and the act has failed."""
IMPOSSIBLE_EXIT = 3
"""The exit code of a command that cannot perform the act on this device."""
HUB_VARIABLE = "HUBSIM_HUB"
"""The environment variable with the hub's id."""
_TEXT_MAX = 500
"""The part of a command's output that is shown."""


class ActImpossible(Exception):
    """This device cannot do the act. The check or step is SKIPPED with this text."""


class ActFailed(Exception):
    """The act was not performed, for a reason outside the device. The check or play is BLOCKED."""


class BadActuator(ValueError):
    """A text that is not a command line."""


class Actuator(Protocol):
    """Operates the hardware of one device."""

    async def act(self, act: DeviceAct) -> None:
        """Perform one act. Raises `ActImpossible` and `ActFailed`."""
        ...


Ask = Callable[[str], Awaitable[str | None]]
"""Shows a prompt and returns the typed line; None at the end of the input."""


class PromptActuator:
    """Asks a person to perform the act.

    An empty line or `done` confirms it. `skip` or `s`, with a reason: this device cannot do it. `fail` or
    `f`, with a reason: it went wrong.
    """

    def __init__(self, hub: str, ask: Ask) -> None:
        self._hub = hub
        self._ask = ask

    async def act(self, act: DeviceAct) -> None:
        """Ask until the answer is understood."""
        sentence = act_sentence(act)
        prompt = f"{self._hub}: {sentence} [Enter: done, s: cannot, f: failed] "
        while (line := await self._ask(prompt)) is not None:
            word, _, reason = line.strip().partition(" ")
            if word.lower() in ("", "d", "done", "y", "yes"):
                return
            if word.lower() in ("s", "skip"):
                raise ActImpossible(reason.strip() or f"this device cannot do: {sentence}")
            if word.lower() in ("f", "fail"):
                raise ActFailed(reason.strip() or f"not done: {sentence}")
            prompt = f"Press Enter when done, or type s (cannot) or f (failed): {sentence} "
        raise ActFailed(f"the input ended before the answer to: {sentence} Give --actuator to use a command")


class CommandActuator:
    """Runs the user's command, with the JSON of the act as its last argument.

    The command has no standard input. Exit code 0: done; 3: impossible for this device; any other: failed.
    Its output gives the reason. Raises `BadActuator` if the text is not a command line.
    """

    def __init__(
        self,
        command: str,
        hub: str,
        limit_s: float = COMMAND_LIMIT_S,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise BadActuator(f"{command!r} is not a command line: {error}") from error
        if not self._words:
            raise BadActuator("the command of the actuator is empty")
        self._hub = hub
        self._limit_s = limit_s
        self._environment = {**environment, HUB_VARIABLE: hub}

    async def act(self, act: DeviceAct) -> None:
        """Run the command, and wait for its end."""
        # A file and not a pipe: a device that the command starts may keep the output open.
        with TemporaryFile() as errors:
            code = await self._run(act_json(act), errors)
            errors.seek(0)
            text = " ".join(errors.read().decode(errors="replace").split())
        if code == 0:
            return
        text = text if len(text) <= _TEXT_MAX else "..." + text[-_TEXT_MAX:]
        if code == IMPOSSIBLE_EXIT:
            raise ActImpossible(text or f"the actuator cannot do {act_json(act)}")
        reason = f": {text}" if text else ""
        raise ActFailed(f"the actuator {self._words[0]} exited with {code} for {act_json(act)}{reason}")

    async def _run(self, argument: str, errors: IO[bytes]) -> int:
        """Return the exit code. Raises `ActFailed` if the command cannot be started, or does not end."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._words,
                argument,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                env=os.environ | self._environment,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise ActFailed(f"the actuator {self._words[0]} cannot be started: {reason}") from error
        try:
            async with asyncio.timeout(self._limit_s):
                return await process.wait()
        except TimeoutError:
            raise ActFailed(
                f"the actuator {self._words[0]} did not end within {self._limit_s:g} s for {argument}"
            ) from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
