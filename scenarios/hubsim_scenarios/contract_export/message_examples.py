"""One typical message of each kind, for the page, the schemas and the vectors."""

from hubsim_agent.hub_events import DetectedEvent
from hubsim_contract.wire import messages
from hubsim_contract.wire.codec import AnyMessage
from hubsim_contract.wire.messages import (
    Channel,
    Hardware,
    Registration,
    ServiceState,
    Signal,
    SimCard,
    SimSlot,
)
from hubsim_contract.wire.topics import MessageKind

EXAMPLE_HUB, EXAMPLE_ICCID = "0A1B2C3D", "89883000000000000011"
EXAMPLE_BOOT, EXAMPLE_AT_MS = 1_768_464_000, 1_768_464_300_000
EXAMPLES: dict[MessageKind, AnyMessage] = {
    MessageKind.DESIRED: messages.Desired(hub=EXAMPLE_HUB, version=12, service=ServiceState.ACTIVE),
    MessageKind.HEARD: messages.Heard(hub=EXAMPLE_HUB, boot=EXAMPLE_BOOT, sequence=3),
    MessageKind.CLOUD_PRESENCE: messages.CloudPresence(online=True, boot=EXAMPLE_BOOT, connection=1),
    MessageKind.REPORTED: messages.Reported(
        hub=EXAMPLE_HUB,
        boot=EXAMPLE_BOOT,
        sequence=3,
        connection=1,
        applied_version=12,
        service=ServiceState.ACTIVE,
        hardware=Hardware(
            model="hub-2-plus",
            firmware="2.20.0",
            channels=(Channel.CELLULAR, Channel.ETHERNET),
            sims=(SimSlot(1, SimCard.OK, EXAMPLE_ICCID), SimSlot(2, SimCard.MISSING)),
            active_sim=1,
            registration=Registration.ROAMING,
            generation="4G",
            signal=Signal.STRONG,
        ),
    ),
    MessageKind.PRESENCE: messages.Presence(hub=EXAMPLE_HUB, online=True, boot=EXAMPLE_BOOT, connection=1),
    MessageKind.EVENTS: messages.HubEvent(
        hub=EXAMPLE_HUB,
        boot=EXAMPLE_BOOT,
        number=1,
        kind=DetectedEvent.SIM_INSERTED,
        at_ms=EXAMPLE_AT_MS,
        detail=f"slot 1, ICCID {EXAMPLE_ICCID}",
    ),
    MessageKind.ORDER: messages.Order(iccid=EXAMPLE_ICCID, sequence=1, profile=messages.Profile.ACTIVE),
    MessageKind.CONFIRMATION: messages.Confirmation(
        iccid=EXAMPLE_ICCID,
        sequence=1,
        profile=messages.Profile.ACTIVE,
        stage=messages.OrderStage.ACCEPTED,
    ),
}
