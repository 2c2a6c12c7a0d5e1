"""Why a simulator cannot serve. The texts say what to do."""


class SimulatorError(Exception):
    """The simulator cannot start, or cannot do what it was asked to."""


class SimulatorTaken(SimulatorError):
    """Another simulator serves under the same prefix on the same broker."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            f"another simulator serves under {prefix!r} on this broker; stop it, or give another --prefix"
        )
        self.prefix = prefix


class CannotServe(SimulatorError):
    """A request that cannot be granted; `name` is the name of the refusal."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name
