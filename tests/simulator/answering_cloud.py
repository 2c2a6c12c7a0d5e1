"""The broker and the cloud of a test: they acknowledge messages, and answer the reports that ask for it."""

from hubsim_contract.mqtt.port import PortEvent, Publish, Published, Received
from hubsim_contract.wire.codec import decode, encode
from hubsim_contract.wire.messages import Heard, Reported
from hubsim_contract.wire.topics import MessageKind, Topics

_TOPICS = Topics()


def answers_to(published: Publish) -> list[PortEvent]:
    """Return the acknowledgement and the answer to a message of a hub, if it asks for them."""
    answers: list[PortEvent] = [Published(published.token)] if published.token else []
    address = _TOPICS.read(published.topic)
    if address is not None and address.kind is MessageKind.REPORTED:
        report = decode(MessageKind.REPORTED, published.payload)
        assert isinstance(report, Reported)
        if report.ask:
            answer = Heard(hub=report.hub, boot=report.boot, sequence=report.sequence)
            answers.append(Received(_TOPICS.of(MessageKind.HEARD, report.hub), encode(answer)))
    return answers
