"""The cellular network: which modems it serves, and the effect of a cut on a session.

The functions work on one line, which the carrier passes in. A card of another issuer is always served in its
home network, and the carrier stores nothing about it.
"""

from hubsim_contract.wire.messages import Profile
from hubsim_simulator.carrier.ports import AttachAnswer, AttachAttempt, CancelLocation
from hubsim_simulator.carrier.settings import CarrierSettings, CutStyle
from hubsim_simulator.carrier.subscriber_lines import CellularSession, Commissioning, SubscriberLine
from hubsim_simulator.hardware.radio import PERMANENT_CAUSES, AttachAccepted, AttachRejected, RejectCause


def accept(attempt: AttachAttempt, *, roaming: bool) -> AttachAnswer:
    """Accept the modem with the best generation that it offers."""
    return AttachAnswer(attempt.hub, AttachAccepted(attempt.iccid, roaming, attempt.generation))


def reject(attempt: AttachAttempt, settings: CarrierSettings) -> AttachAnswer:
    """Reject the modem with the cause from the settings."""
    cause = settings.reject_cause
    other_network = cause is RejectCause.EMM_11 and attempt.network + 1 < settings.networks
    permanent = cause in PERMANENT_CAUSES
    return AttachAnswer(
        attempt.hub, AttachRejected(attempt.iccid, cause, permanent, other_network, standing=not permanent)
    )


def attach(
    line: SubscriberLine, attempt: AttachAttempt, settings: CarrierSettings, now_ms: int
) -> list[AttachAnswer | CancelLocation]:
    """Answer an attempt with an Ajax SIM.

    If the card is now in another hub, the session of the former hub is cancelled, as a home subscriber server
    does (3GPP TS 23.401 section 5.3.2.1 step 9).
    """
    begin_commissioning(line, settings, now_ms)
    if not serves(line, attempt.imei, settings, now_ms):
        if line.session is not None and line.session.hub == attempt.hub:
            line.session = None
        return [reject(attempt, settings)]
    former, line.session = line.session, CellularSession(attempt.hub, attempt.imei)
    bind(line, settings)
    answer = accept(attempt, roaming=settings.roaming)
    if former is None or former.hub == attempt.hub:
        return [answer]
    return [CancelLocation(former.hub, line.iccid), answer]


def serves(line: SubscriberLine, imei: str, settings: CarrierSettings, now_ms: int) -> bool:
    """Return whether a modem with this IMEI gets service on the line."""
    if line.profile is Profile.ACTIVE:
        return not settings.profile_bound_to_imei or line.owner_imei in (None, imei)
    return line.commissioning is Commissioning.RUNNING and now_ms < line.commissioning_ends_ms


def begin_commissioning(line: SubscriberLine, settings: CarrierSettings, now_ms: int) -> None:
    """Start the commissioning time of a card at its first attach, if the settings grant one."""
    if settings.commissioning_ms and line.commissioning is Commissioning.UNUSED:
        line.commissioning = Commissioning.RUNNING
        line.commissioning_ends_ms = now_ms + settings.commissioning_ms


def bind(line: SubscriberLine, settings: CarrierSettings) -> None:
    """Assign an active profile without owner to the attached modem.

    A modem with a commissioned or lazily cut card can be attached at the moment of activation.
    """
    if settings.profile_bound_to_imei and line.profile is Profile.ACTIVE and line.owner_imei is None:
        line.owner_imei = line.session.imei if line.session is not None else None


def cut(line: SubscriberLine, settings: CarrierSettings) -> list[CancelLocation]:
    """Withdraw service from the line, with the cut style of the settings."""
    line.owner_imei = None
    if settings.cut_style is CutStyle.LAZY or line.session is None:
        return []
    hub, line.session = line.session.hub, None
    return [CancelLocation(hub, line.iccid)]
