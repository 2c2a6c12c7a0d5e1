"""What can be wrong on our own side. The mistakes of peers are in `hubsim_contract.wire.errors`."""


class AgentError(Exception):
    """A mistake on the hub's own side; no message that arrives can cause one."""


class BadAgentSetting(AgentError, ValueError):
    """A setting outside its range. `field` names it."""

    def __init__(self, field: str, value: object, expected: str) -> None:
        super().__init__(f"{field} is {value!r}; {expected} is expected")
        self.field = field
        self.value = value


class NotStarted(AgentError):
    """An event before `Start`, or a second `Start`."""


class MemoryUnreadable(AgentError):
    """The stored bytes are not a memory of this hub. The text says why; the agent starts empty."""


class MemoryStuck(AgentError):
    """A write to the hub's memory took longer than the shell waits for one."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"the memory did not take a write within {limit_s:g} s; check the hub's flash")
        self.limit_s = limit_s
