"""What can be wrong with a message of a peer. One tree; the facts are attributes.

These are the peer's mistakes. Our own (encoding something that does not fit) raise `LocalError`.
"""


class ContractError(Exception):
    """A message that does not keep the contract. `rule` is the id of the rule it breaks."""

    rule = "MQ-7"

    def __init__(self, text: str, *, topic: str = "") -> None:
        super().__init__(text)
        self.topic = topic


class ForeignTopic(ContractError):
    """A topic that is none of ours, or not addressed to the receiver."""


class PayloadTooLarge(ContractError):
    """More bytes than `MAX_PAYLOAD_BYTES`."""

    rule = "MQ-10"

    def __init__(self, size_bytes: int, limit_bytes: int) -> None:
        super().__init__(f"the payload has {size_bytes} bytes, {limit_bytes} are allowed")
        self.size_bytes = size_bytes
        self.limit_bytes = limit_bytes


class InvalidPayload(ContractError):
    """Not JSON, or not of the shape that the topic asks for. The text names the place."""


class UnsupportedContract(ContractError):
    """A contract version outside the accepted range."""

    rule = "MQ-9"

    def __init__(self, version: int, oldest: int, newest: int) -> None:
        super().__init__(
            f"the message has contract version {version}, versions {oldest} to {newest} are accepted"
        )
        self.version = version


class LocalError(Exception):
    """Our own side tried to send what the contract forbids: a bug here, not at the peer."""
