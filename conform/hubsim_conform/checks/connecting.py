"""Checks of connecting: the first contact, reconnecting, takeover, a lost broker, power, an orderly end."""

from hubsim_conform.checks.check import Check
from hubsim_conform.checks.situation import SLACK_S, CheckBlocked, Situation
from hubsim_conform.device.capabilities import Capabilities
from hubsim_conform.evidence.conversation import Conversation, was_reset
from hubsim_conform.evidence.entries import EvidenceEntry
from hubsim_contract.lab.bench_actions import Restart
from hubsim_contract.wire.topics import MessageKind

SUBSCRIBE_WITHIN_S = 10.0
STOPS_MAX = 3
NOTHING_UNDERWAY_S = 0.5
"""After this time nothing is on its way to the hub that would make it end with a TCP reset."""
_CONNECT_RULES = ("MQ-6.will", "MQ-6.numbers", "MQ-7.protocol", "MQ-7.client_id", "MQ-7.clean")
_PUBLISH_RULES = (
    "MQ-7.topics",
    "MQ-7.qos",
    "MQ-7.retain",
    "MQ-7.json",
    "MQ-7.shape",
    "MQ-7.words",
    "MQ-7.hub",
    "MQ-7.iccid",
    "MQ-10.size_out",
)


def needs_restart(device: Capabilities) -> str | None:
    """Return `restart` if the device cannot be restarted, or None."""
    return device.lacks(Restart())


async def _first_contact(situation: Situation) -> None:
    bench, bounds = situation.bench, situation.bounds
    report_s = bounds.report_s + SLACK_S

    def opened() -> Conversation | None:
        found = bench.recording.conversations.values()
        return next((each for each in found if each.connect is not None), None)

    first = await situation.require(opened, bounds.boot_s + SLACK_S, "the hub does not connect")
    connected = first.connect
    if first.connect_packet is None:
        raise CheckBlocked("the CONNECT of the hub is not valid, see MQ-7.protocol")
    await situation.require(lambda: first.accepted, SLACK_S, "the broker does not accept the CONNECT")
    await situation.expect(
        "MQ-3.subscribe",
        lambda: first.subscribes or None,
        SUBSCRIBE_WITHIN_S,
        "SUBSCRIBE after CONNACK",
        connected,
        symptom="no SUBSCRIBE",
    )
    await situation.require(lambda: first.subscribed, SLACK_S, "the broker does not answer the SUBSCRIBE")
    await situation.expect(
        "MQ-3.presence",
        lambda: first.messages(MessageKind.PRESENCE) or None,
        report_s,
        "presence with `online` true after SUBACK",
        first.subscribed,
        symptom="no presence",
    )
    await situation.expect(
        "MQ-3.report",
        lambda: first.messages(MessageKind.REPORTED) or None,
        report_s,
        "a report after presence",
        first.subscribed,
        symptom="no report",
    )


async def _reconnects(situation: Situation) -> None:
    await situation.settle()
    for _ in range(2):
        await situation.reconnect("the bench cuts the connection")


async def _broker_restarts(situation: Situation) -> None:
    before = await situation.online()
    await situation.bench.lose_network()
    await situation.bench.idle(1.0)
    await situation.bench.reopen_network()
    await situation.online_again(before)


async def _taken_over(situation: Situation) -> None:
    before = await situation.online()
    packet = before.connect_packet
    assert packet is not None
    await situation.bench.take_over(packet.client_id)
    await situation.require(lambda: before.end, SLACK_S, "the broker does not end the connection of the hub")
    await situation.online_again(before)


async def _power_cycle(situation: Situation) -> None:
    await situation.settle()
    conversation = await situation.online()
    await situation.bench.power_off()
    await situation.bench.power_on()
    await situation.online_again(conversation)


async def _stops(situation: Situation) -> None:
    """Stop the hub until its last packets were seen: a TCP reset can destroy them on the way."""
    end: EvidenceEntry | None = None
    for _ in range(STOPS_MAX):
        conversation = await situation.online()
        await situation.bench.idle(NOTHING_UNDERWAY_S)
        await situation.bench.stop()
        end = await situation.require(
            lambda conversation=conversation: conversation.end,  # type: ignore[misc]
            situation.bounds.report_s + SLACK_S,
            "the hub does not close its connection",
        )
        await situation.bench.power_on()
        await situation.online_again(conversation)
        if conversation.disconnect is not None or end is None or not was_reset(end):
            return
    situation.fail("MQ-6.goodbye", "DISCONNECT before the end", "a TCP reset each time", end)


CHECKS = (
    Check(
        name="first-contact",
        text="Lets the hub connect, and reads its CONNECT, SUBSCRIBE, presence and first report.",
        decides=(
            "MQ-3.subscribe",
            "MQ-3.presence",
            "MQ-3.report",
            "MQ-7.filters",
            *_CONNECT_RULES,
            *_PUBLISH_RULES,
        ),
        script=_first_contact,
    ),
    Check(
        name="reconnect",
        text="Cuts the connection twice, each time while the hub is online.",
        decides=("MQ-2.connection", "MQ-2.sequence", "MQ-6.forward", *_CONNECT_RULES),
        script=_reconnects,
    ),
    Check(
        name="broker-restart",
        text="Closes all connections, refuses new ones for a second, then accepts them again.",
        decides=("MQ-2.connection", "MQ-2.sequence"),
        script=_broker_restarts,
        takes_s=lambda bounds: 2 * bounds.reconnect_first_s + 1,
    ),
    Check(
        name="takeover",
        text="Connects a second client with the client id of the hub, as two hubs with one number do.",
        decides=("MQ-2.connection", "MQ-6.numbers"),
        script=_taken_over,
        not_on=("amqtt",),  # a session of amqtt that was taken over may stay dead
    ),
    Check(
        name="power-cycle",
        text="Cuts the power of the hub while it is online, and gives it back.",
        decides=("MQ-2.boot", "MQ-2.connection", "MQ-2.sequence"),
        script=_power_cycle,
        needs=needs_restart,
        needs_text="restart",
        takes_s=lambda _: 4.0,
    ),
    Check(
        name="orderly-stop",
        text="Stops the program of the hub in an orderly way, and starts it again.",
        decides=("MQ-6.goodbye",),
        script=_stops,
        needs_text="a program that the bench starts",
        takes_s=lambda _: 4.0,
    ),
)
