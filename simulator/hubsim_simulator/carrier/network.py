"""The cellular network: which modems it serves, and the effect of a cut on a session.

The functions work on one line, which the carrier passes in. A card of another issuer is always served in its
home network, and the carrier stores nothing about it.
"""

from msgspec.structs import replace

from hubsim_contract.wire.messages import Profile
from hubsim_simulator.carrier.data_cap import conditions
from hubsim_simulator.carrier.ports import AttachAnswer, AttachAttempt, CancelLocation
from hubsim_simulator.carrier.settings import CarrierSettings, CutStyle, WrongApn
from hubsim_simulator.carrier.subscriber_lines import CellularSession, Commissioning, SubscriberLine
from hubsim_simulator.hardware.radio import (
    PERMANENT_CAUSES,
    AttachAccepted,
    AttachRejected,
    NoOtherNetwork,
    RejectCause,
)


def accept_other(attempt: AttachAttempt) -> AttachAnswer:
    """Accept a card of another issuer, in its home network and without limits."""
    return AttachAnswer(attempt.hub, AttachAccepted(attempt.iccid, False, attempt.generation))


def accept(line: SubscriberLine, attempt: AttachAttempt, settings: CarrierSettings) -> AttachAnswer:
    """Accept the modem with the best generation that it offers, and with the data that the card has left."""
    given = conditions(line, settings)
    metered = settings.data_cap_bytes is not None
    answer = AttachAccepted(
        attempt.iccid, settings.roaming, attempt.generation, given.data, given.rate_bps, metered
    )
    return AttachAnswer(attempt.hub, answer)


def reject(attempt: AttachAttempt, cause: RejectCause, *, standing: bool = True) -> AttachAnswer:
    """Reject the modem. `standing`: the answer is the same until the service of the card changes."""
    permanent = cause in PERMANENT_CAUSES
    answer = AttachRejected(attempt.iccid, cause, permanent, standing=standing and not permanent)
    return AttachAnswer(attempt.hub, answer)


def attach_unknown(attempt: AttachAttempt, settings: CarrierSettings) -> AttachAnswer:
    """Answer an attempt with a card that the carrier has no line for."""
    return _no_network(attempt, settings) or reject(attempt, settings.reject_cause)


def attach(
    line: SubscriberLine, attempt: AttachAttempt, settings: CarrierSettings, now_ms: int
) -> list[AttachAnswer | CancelLocation]:
    """Answer an attempt with an Ajax SIM.

    If the card is now in another hub, the session of the former hub is cancelled, as a home subscriber server
    does (3GPP TS 23.401 section 5.3.2.1 step 9).
    """
    begin_commissioning(line, settings, now_ms)
    refused = _no_network(attempt, settings) or _refused(line, attempt, settings, now_ms)
    if refused is not None:
        if line.session is not None and line.session.hub == attempt.hub:
            line.session = None
        return [refused]
    line.steered = 0
    session = CellularSession(attempt.hub, attempt.imei, data=_right_apn(attempt, settings))
    former, line.session = line.session, session
    bind(line, settings)
    answer = accept(line, attempt, settings)
    if former is None or former.hub == attempt.hub:
        return [answer]
    return [CancelLocation(former.hub, line.iccid), answer]


def _no_network(attempt: AttachAttempt, settings: CarrierSettings) -> AttachAnswer | None:
    """Return the answer to a request for a network that does not exist, or None if it exists."""
    exists = attempt.network < settings.networks
    return None if exists else AttachAnswer(attempt.hub, NoOtherNetwork(attempt.iccid))


def _refused(
    line: SubscriberLine, attempt: AttachAttempt, settings: CarrierSettings, now_ms: int
) -> AttachAnswer | None:
    """Return why the network refuses the modem: no service, steering, or its APN; None if it does not."""
    if not serves(line, attempt.imei, settings, now_ms):
        return reject(attempt, settings.reject_cause)
    if line.steered < settings.steering_rejects:
        line.steered += 1
        return reject(attempt, settings.steering_cause, standing=False)
    if settings.wrong_apn is WrongApn.REJECT and not _right_apn(attempt, settings):
        return reject(attempt, RejectCause.ESM_27)
    return None


def _right_apn(attempt: AttachAttempt, settings: CarrierSettings) -> bool:
    return not attempt.apn or settings.apn is None or attempt.apn.lower() == settings.apn.lower()


def lose_contact(line: SubscriberLine, settings: CarrierSettings, now_ms: int) -> None:
    """Limit the session of a line whose modem can no longer be reached, unless it is limited already."""
    assert line.session is not None
    if line.session.ends_ms is not None:
        return
    ends_ms = now_ms + settings.session_timeout_ms
    line.session = replace(line.session, ends_ms=ends_ms) if settings.session_timeout_ms else None


def serves(line: SubscriberLine, imei: str, settings: CarrierSettings, now_ms: int) -> bool:
    """Return whether a modem with this IMEI gets service on the line."""
    if line.suspended:
        return False
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
    """Withdraw the profile of the line, with the cut style of the settings."""
    line.owner_imei = None
    return end_session(line, settings)


def end_session(line: SubscriberLine, settings: CarrierSettings) -> list[CancelLocation]:
    """End the session of a line without service, with the cut style of the settings."""
    if settings.cut_style is CutStyle.LAZY or line.session is None:
        return []
    hub, line.session = line.session.hub, None
    return [CancelLocation(hub, line.iccid)]
