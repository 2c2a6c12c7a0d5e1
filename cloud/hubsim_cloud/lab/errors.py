"""Why the lab cannot do what it was asked to. Each has a name that stays, for programs."""


class LabError(Exception):
    """Nothing was changed, or not all of it: the text says which."""

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
    """The world did not come to rest in time; the text says what is still awaited."""

    def __init__(self, limit_s: float, awaited: str) -> None:
        super().__init__("not_idle", f"not at rest after {limit_s:g} s: {awaited}")


class LabRefused(LabError):
    """The simulator, or hands, refused. `name` is that of the refusal."""


class BadRequest(LabError):
    """What was asked for makes no sense here."""


class NotThere(LabError):
    """Nothing of this name is there."""
