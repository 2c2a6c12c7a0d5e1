"""Errors of brokers, real or modelled, as one tree with the facts as attributes."""


class BrokerError(Exception):
    """A broker cannot do what it was asked to do."""


class BrokerStateError(BrokerError):
    """A broker that is stopped was stopped, or one that is running was started: a bug of the caller."""


class BrokerNotInstalled(BrokerError):
    """The broker's program is not on this machine. `command` installs it."""

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
    """The broker was started and did not accept connections. `detail` is the last line of its output."""

    def __init__(self, program: str, detail: str) -> None:
        super().__init__(f"{program} did not start: {detail}")
        self.program = program
        self.detail = detail


class BadTls(BrokerError):
    """A server's certificate or key is not usable. `detail` gives the reason, never a part of the key."""

    def __init__(self, certificate: str, detail: str) -> None:
        super().__init__(
            f"TLS with {certificate} is impossible: {detail}; 'hubsim certs' makes a certificate and its key"
        )
        self.certificate = certificate
        self.detail = detail


class KeyringError(BrokerError):
    """An error about the credentials of the broker's users. Its text never contains a secret."""


class BadKeyring(KeyringError):
    """A keyring file is not usable. `detail` gives the reason and the remedy."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"{path} is not usable as a keyring: {detail}")
        self.path = path
        self.detail = detail


class FileStands(BrokerError):
    """A file exists already, and overwriting it was not allowed."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} exists already and is not overwritten: choose another name, or remove it")
        self.path = path


class UnknownUser(KeyringError):
    """A user name that is neither a hub id nor one of the stations."""

    def __init__(self, user: str) -> None:
        super().__init__(
            f"{user!r} is not a user: a hub id (8 hex digits), 'cloud', 'simulator' or 'bench' is expected"
        )
        self.user = user


class HubRevoked(KeyringError):
    """The credentials of the hub were revoked."""

    def __init__(self, hub: str) -> None:
        super().__init__(f"hub {hub} is revoked in this keyring, so it no longer has a password")
        self.hub = hub
