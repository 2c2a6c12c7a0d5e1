"""The errors in a peer's messages, as one tree; the facts are attributes.

Mistakes of this program, such as an outgoing message that is too large, raise `LocalError`.
"""


class ContractError(Exception):
    """A message that breaks the contract. `rule` is the id of the broken rule, such as `MQ-7.json`."""

    rule: str

    def __init__(self, text: str, *, topic: str = "") -> None:
        super().__init__(text)
        self.topic = topic


class ForeignTopic(ContractError):
    """A topic that is outside the contract, or whose messages the receiver does not take."""

    rule = "MQ-7.topics"


class WrongSubject(ContractError):
    """The message names another hub or card than its topic."""

    rule = "MQ-7.hub"


class PayloadTooLarge(ContractError):
    """More bytes than `MAX_PAYLOAD_BYTES`."""

    rule = "MQ-10.size_in"

    def __init__(self, size_bytes: int, limit_bytes: int) -> None:
        super().__init__(f"the payload has {size_bytes} bytes, {limit_bytes} are allowed")
        self.size_bytes = size_bytes
        self.limit_bytes = limit_bytes


class InvalidPayload(ContractError):
    """Not the message type of the topic: a missing field, or a value of another type.

    The text names the place.
    """

    rule = "MQ-7.shape"


class NotJson(InvalidPayload):
    """Not a JSON object in UTF-8; also an empty payload."""

    rule = "MQ-7.json"


class WrongWord(InvalidPayload):
    """An unknown word, a number outside its range, or a value of another form."""

    rule = "MQ-7.words"


class UnsupportedContract(ContractError):
    """A contract version outside the accepted range."""

    rule = "MQ-9.version"

    def __init__(self, version: int, oldest: int, newest: int) -> None:
        super().__init__(
            f"the message has contract version {version}, versions {oldest} to {newest} are accepted"
        )
        self.version = version


class LocalError(Exception):
    """This program tried to send something that the contract forbids: a bug here, not at the peer."""
