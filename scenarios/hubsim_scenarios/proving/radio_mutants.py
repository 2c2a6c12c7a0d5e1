"""Mutants of the radio: the modem and its policies, the links, and what the carrier does by itself.

The sources of the expected behaviour are the standards of 3GPP, help pages of carriers and the hub manuals,
as summarised in the domain notes and in the docstrings of the settings.
"""

from collections.abc import Callable

from msgspec.structs import replace

from hubsim_cloud.domain.carrier_facts import SimSuspended
from hubsim_contract.wire.messages import Confirmation, OrderStage
from hubsim_contract.wire.topics import MessageKind
from hubsim_scenarios.proving.mutant import Mutant, Part, sent, settings, without_facts
from hubsim_scenarios.proving.seams import Changes, Seam
from hubsim_simulator.carrier.settings import OverCap
from hubsim_simulator.hardware.settings import DAY_MS, ForbiddenList, RoamingOff


def _confirmations(change: Callable[[Confirmation], Confirmation | None]) -> Callable[[], Changes]:
    return lambda: {Seam.CARRIER_OUTPUT: sent(MessageKind.CONFIRMATION, change)}


def _stage(before: OrderStage, after: OrderStage | None) -> Callable[[], Changes]:
    """Return changes that send another stage in place of this one, or nothing."""

    def change(confirmation: Confirmation) -> Confirmation | None:
        if confirmation.stage is not before:
            return confirmation
        return None if after is None else replace(confirmation, stage=after)

    return _confirmations(change)


_HUB, _CARRIER = Part.HUB, Part.CARRIER
RADIO_HUB_MUTANTS = (
    Mutant(
        "links_unchecked",
        _HUB,
        "The hub trusts every link that is up.",
        ("domain: channels",),
        lambda: settings("hub", link_check_ms=None),
    ),
    Mutant(
        "links_checked_daily",
        _HUB,
        "The hub notices a day later that a link has no internet.",
        ("domain: channels",),
        lambda: settings("hub", link_check_ms=DAY_MS),
    ),
    Mutant(
        "failback_missing",
        _HUB,
        "The modem does not return to its first card.",
        ("domain: failover",),
        lambda: settings("hub", sim_failback_ms=None),
    ),
    Mutant(
        "weak_signal_kept",
        _HUB,
        "The modem keeps a card with a weak signal.",
        ("domain: failover",),
        lambda: settings("hub", weak_signal_change_ms=None),
    ),
    Mutant(
        "forbidden_list_lost",
        _HUB,
        "The modem forgets the forbidden networks with a restart or another hub.",
        ("domain: carrier",),
        lambda: settings("hub", forbidden_list=ForbiddenList.MODEM),
    ),
    Mutant(
        "roaming_switch_ignored",
        _HUB,
        "The modem registers in foreign networks although roaming is off.",
        ("domain: registration",),
        lambda: settings("hub", roaming_off=RoamingOff.NO_DATA),
    ),
    Mutant(
        "better_generation_unseen",
        _HUB,
        "The modem needs a day to find a better radio generation.",
        ("domain: states",),
        lambda: settings("hub", generation_search_ms=DAY_MS),
    ),
    Mutant(
        "modem_reset_by_restart",
        _HUB,
        "The reset button always ends the hang of a modem.",
        ("domain: timing",),
        lambda: settings("hub", restart_resets_modem=True),
    ),
    Mutant(
        "attempts_not_spread",
        _HUB,
        "The modems of equal hubs ask the network at the same instants.",
        ("domain: timing",),
        lambda: settings("hub", attempt_jitter_ms=0),
    ),
)
RADIO_CARRIER_MUTANTS = (
    Mutant(
        "session_ends_with_the_device",
        _CARRIER,
        "The carrier knows at once that a device has lost its power.",
        ("domain: carrier",),
        lambda: settings("carrier", session_timeout_ms=0),
    ),
    Mutant(
        "steering_missing",
        _CARRIER,
        "The carrier accepts every first attempt.",
        ("domain: carrier",),
        lambda: settings("carrier", steering_rejects=0),
    ),
    Mutant(
        "any_apn_accepted",
        _CARRIER,
        "The carrier accepts a wrong APN.",
        ("domain: carrier",),
        lambda: settings("carrier", apn=None),
    ),
    Mutant(
        "data_uncounted",
        _CARRIER,
        "The carrier does not count the data of a card.",
        ("domain: carrier",),
        lambda: settings("carrier", data_cap_bytes=None),
    ),
    Mutant(
        "throttled_card_blocked",
        _CARRIER,
        "The carrier blocks a card that it should throttle.",
        ("domain: carrier",),
        lambda: settings("carrier", over_cap=OverCap.BLOCK),
    ),
    Mutant(
        "idle_data_uncounted",
        _CARRIER,
        "The carrier does not count the pings of a hub.",
        ("domain: carrier",),
        lambda: settings("carrier", idle_bytes_per_day=0),
    ),
    Mutant(
        "refusal_unreported",
        _CARRIER,
        "The carrier does not answer an order that it refuses.",
        ("MQ-8.refused",),
        _stage(OrderStage.REFUSED, None),
    ),
    Mutant(
        "failure_reported_as_executed",
        _CARRIER,
        "The carrier reports an order that has failed as executed.",
        ("MQ-8.refused",),
        _stage(OrderStage.FAILED, OrderStage.EXECUTED),
    ),
    Mutant(
        "suspension_unreported",
        _CARRIER,
        "The carrier does not report that it has suspended a card.",
        ("MQ-8.suspended",),
        _confirmations(lambda confirmation: replace(confirmation, suspended=False, revision=0)),
    ),
)
RADIO_CLOUD_MUTANTS = (
    Mutant(
        "orders_renewed_daily",
        Part.MESSAGES,
        "The cloud waits a day before it renews an order that has failed.",
        ("MQ-8.renew",),
        lambda: settings("cloud", order_renewal_ms=DAY_MS, order_renewal_longest_ms=DAY_MS),
    ),
    Mutant(
        "suspension_ignored",
        Part.MESSAGES,
        "The cloud ignores that the carrier has suspended a card.",
        ("MQ-8.suspended",),
        lambda: without_facts(SimSuspended),
    ),
)
