"""The ports of a user's class, with a check of every value. An error of the class raises `PortFailed`.

A class can return anything. What it returns goes to the cloud, so it must have the form of the contract.
"""

import inspect
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

from hubsim_agent.errors import AgentError
from hubsim_agent.hardware_form import BadHardware, checked
from hubsim_agent.ports import HardwarePort, HubDisplay, MemoryPort
from hubsim_agent.system_clock import system_time_ms
from hubsim_agent.user_ports import described
from hubsim_contract.wire.messages import Hardware

TIME_MS_MAX = 253_402_300_799_999
"""The end of the year 9999."""
_log = logging.getLogger(__name__)


class PortFailed(AgentError):
    """A method of a user's port raised an error, or returned a value that the contract does not allow."""

    def __init__(self, text: str, method: str) -> None:
        super().__init__(f"{method}: {text}")
        self.method = method


class CheckedHardware:
    """A hardware port over a user's class. `name` is `module:Class`; `announce` receives each display."""

    def __init__(self, port: HardwarePort, name: str, announce: Callable[[HubDisplay], None]) -> None:
        self._port = port
        self._name = name
        self._announce = announce

    def read(self) -> Hardware:
        """Return the current hardware."""
        return self._checked("read", self._called("read", self._port.read))

    async def changes(self) -> AsyncIterator[Hardware]:
        """Yield the hardware after each change. Closes the generator of the class at the end."""
        changes = self._called("changes", self._port.changes)
        if not hasattr(changes, "__anext__"):
            raise PortFailed("an asynchronous iterator is expected", f"{self._name}.changes")
        try:
            while True:
                yield self._checked("changes", await anext(changes))
        except StopAsyncIteration:
            _log.warning("the hardware reports no further changes", extra={"port": self._name})
        except (PortFailed, GeneratorExit):
            raise
        except Exception as error:
            raise self._failure("changes", error) from error
        finally:
            if inspect.isasyncgen(changes):
                await changes.aclose()

    def show(self, face: HubDisplay) -> None:
        """Show the display on LED and screen."""
        self._called("show", self._port.show, face)
        self._announce(face)

    def time_ms(self) -> int:
        """Return the time of the clock of the board, or of the system for a board without a clock."""
        own = getattr(self._port, "time_ms", None)
        if own is None:
            return system_time_ms()
        value = self._called("time_ms", own)
        if type(value) is not int or not 0 <= value <= TIME_MS_MAX:
            text = f"milliseconds since 1970 are expected, not {value!r}"
            raise PortFailed(text, f"{self._name}.time_ms")
        return value

    def _called(self, method: str, function: Callable[..., Any], *arguments: object) -> Any:
        try:
            return function(*arguments)
        except Exception as error:
            raise self._failure(method, error) from error

    def _checked(self, method: str, value: object) -> Hardware:
        try:
            return checked(value)
        except BadHardware as error:
            raise PortFailed(f"not valid hardware: {error}", f"{self._name}.{method}") from error

    def _failure(self, method: str, error: Exception) -> PortFailed:
        return PortFailed(described(error), method=f"{self._name}.{method}")


class CheckedMemory:
    """A memory port over a user's class. Its methods run in a thread."""

    def __init__(self, port: MemoryPort, name: str) -> None:
        self._port = port
        self._name = name

    def read(self) -> bytes | None:
        """Return the content written last, or None."""
        try:
            data: object = self._port.read()
        except Exception as error:
            raise PortFailed(described(error), method=f"{self._name}.read") from error
        if data is None or isinstance(data, bytes):
            return data
        raise PortFailed(f"bytes or None is expected, not {type(data).__name__}", f"{self._name}.read")

    def write(self, data: bytes) -> None:
        """Replace the content; durable on return."""
        try:
            self._port.write(data)
        except Exception as error:
            raise PortFailed(described(error), method=f"{self._name}.write") from error
