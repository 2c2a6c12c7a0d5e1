"""What can go wrong with a broker, real or modelled. One tree; the facts are attributes."""


class BrokerError(Exception):
    """A broker that cannot do what it was asked to."""


class BrokerStateError(BrokerError):
    """The broker was stopped while stopped, or started while running: a mistake of its player."""


class BrokerNotInstalled(BrokerError):
    """The program of the broker is not on this machine. `command` installs it."""

    def __init__(self, program: str, command: str) -> None:
        super().__init__(
            f"{program} is not installed: install it with '{command}', or use the embedded broker"
        )
        self.program = program
        self.command = command


class PortTaken(BrokerError):
    """Another program listens on the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"port {port} on {host} is taken by another program: choose another, or 0 for any")
        self.host = host
        self.port = port


class BrokerDidNotStart(BrokerError):
    """The broker was started and did not answer. `detail` is what it said last."""

    def __init__(self, program: str, detail: str) -> None:
        super().__init__(f"{program} did not start: {detail}")
        self.program = program
        self.detail = detail
