"""The errors of the agent itself. Errors of peers are in `hubsim_contract.wire.errors`."""


class AgentError(Exception):
    """An error of the agent itself. A received message never causes one."""


class BadAgentSetting(AgentError, ValueError):
    """A setting outside its range. `field` names it."""

    def __init__(self, field: str, value: object, expected: str) -> None:
        super().__init__(f"{field} is {value!r}; {expected} is expected")
        self.field = field
        self.value = value


class NotStarted(AgentError):
    """An event before `Boot`, or a second `Boot`."""


class MemoryUnreadable(AgentError):
    """The stored bytes are not a memory of this hub. The text gives the reason; the agent starts empty."""


class MemoryStuck(AgentError):
    """A write to the hub's memory exceeded the time limit of the shell."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"a memory write took longer than {limit_s:g} s; check the hub's flash")
        self.limit_s = limit_s
