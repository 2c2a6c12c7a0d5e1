"""The errors of a simulator that cannot serve. Their texts say what to do."""


class SimulatorError(Exception):
    """The simulator cannot start, or cannot perform a request."""


class SimulatorTaken(SimulatorError):
    """Another simulator serves the same prefix on the same broker."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            f"another simulator serves {prefix!r} on this broker: stop it, or choose another --prefix"
        )
        self.prefix = prefix


class CannotServe(SimulatorError):
    """A request is refused; `name` is the name of the refusal."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name
