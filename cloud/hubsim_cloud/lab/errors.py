"""The errors of the lab. Each has a stable name, for programs."""

from hubsim_contract.lab.protocol import CANNOT_STORE, NOT_STORED


class LabError(Exception):
    """A request failed; the text says how."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


class NoSimulator(LabError):
    """No simulator is connected to the broker."""

    def __init__(self) -> None:
        super().__init__(
            "no_simulator", "no simulator is connected to the broker: start one with `hubsim simulator`"
        )


class NotIdle(LabError):
    """The world did not become idle in time; the text lists what is still awaited."""

    def __init__(self, limit_s: float, awaited: str) -> None:
        super().__init__("not_idle", f"not idle after {limit_s:g} s: {awaited}")


class LabRefused(LabError):
    """The simulator refused a request or a bench action. `name` is the name of the refusal."""


class SimulatorCannotStore(LabRefused):
    """The simulator cannot write its database now, and nothing was done."""

    def __init__(self, text: str) -> None:
        super().__init__(CANNOT_STORE, text)


class NotStored(LabError):
    """The simulator could not write what was done; it takes effect as soon as it can write."""

    def __init__(self, text: str) -> None:
        super().__init__(NOT_STORED, text)


def refusal_of(name: str, text: str) -> LabError:
    """Return the error for a refusal of the simulator."""
    kinds = {CANNOT_STORE: SimulatorCannotStore, NOT_STORED: NotStored}
    return kinds[name](text) if name in kinds else LabRefused(name, text)


class BadRequest(LabError):
    """The request is not possible in this world or this lab."""


class NotThere(LabError):
    """Nothing with this name exists."""


class NoSuchHub(NotThere):
    """No hub of this id is on the bench."""

    def __init__(self, text: str) -> None:
        super().__init__("no_such_hub", text)
