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


class BadTls(BrokerError):
    """Certificate or key of the server cannot be used. `detail` says why; never a part of the key."""

    def __init__(self, certificate: str, detail: str) -> None:
        super().__init__(
            f"TLS with {certificate} is impossible: {detail}; 'hubsim certs' makes a certificate and its key"
        )
        self.certificate = certificate
        self.detail = detail


class KeyringError(BrokerError):
    """Trouble with the credentials of the broker's users. No text of these errors holds a secret."""


class BadKeyring(KeyringError):
    """A keyring file that cannot be used. `detail` says why and what helps."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"{path} cannot serve as keyring: {detail}")
        self.path = path
        self.detail = detail


class FileStands(BrokerError):
    """A file that would have been overwritten."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is there already and is not overwritten: take another name or remove it")
        self.path = path


class UnknownUser(KeyringError):
    """A user name that is neither a hub id nor one of the stations."""

    def __init__(self, user: str) -> None:
        super().__init__(
            f"{user!r} is no user: a hub id (8 hex digits), 'cloud', 'simulator' or 'bench' is expected"
        )
        self.user = user


class HubRevoked(KeyringError):
    """A hub whose credentials were revoked."""

    def __init__(self, hub: str) -> None:
        super().__init__(f"hub {hub} is revoked in this keyring: it has no password any more")
        self.hub = hub
