"""Mutants of the carrier: orders, confirmations, and the cellular network."""

from collections.abc import Callable

from msgspec.structs import replace

from hubsim_contract.lab.bench_actions import CardKind
from hubsim_contract.wire.messages import Confirmation, Order, OrderStage, Profile
from hubsim_contract.wire.topics import MessageKind
from hubsim_scenarios.proving.garbage import deaf_after_garbage, future_version_read, new_fields_refused
from hubsim_scenarios.proving.mutant import Mutant, Part, dropped, items, received, sent, settings
from hubsim_scenarios.proving.seams import Changes, Seam
from hubsim_simulator.carrier.memory import encode_memory
from hubsim_simulator.carrier.ports import AttachAnswer, CancelLocation
from hubsim_simulator.carrier.settings import CutStyle
from hubsim_simulator.hardware.cards import card_kind
from hubsim_simulator.hardware.radio import AttachAccepted, AttachRejected, RejectCause

_MINUTE_MS = 60_000
_LATEST_ACTIVATION_MS, _LATEST_CUT_MS = 30 * _MINUTE_MS, 120 * _MINUTE_MS
_UNTIL_RESTART = AttachRejected("", RejectCause.EMM_15, permanent=False, standing=True)


def _orders_ignored() -> Changes:
    return {Seam.CARRIER_INPUT: received(MessageKind.ORDER, dropped)}


def _confirmed_only(profile: Profile, instead: Profile) -> Callable[[], Changes]:
    """Return changes of a carrier that executes orders for `profile` as orders for `instead`."""

    def changes() -> Changes:
        ordered: dict[tuple[str, int], Profile] = {}

        def take(order: Order) -> Order:
            ordered[order.iccid, order.sequence] = order.profile
            return replace(order, profile=instead) if order.profile is profile else order

        def confirm(confirmation: Confirmation) -> Confirmation:
            key = (confirmation.iccid, confirmation.sequence)
            return replace(confirmation, profile=ordered.get(key, confirmation.profile))

        return {
            Seam.CARRIER_INPUT: received(MessageKind.ORDER, take),
            Seam.CARRIER_OUTPUT: sent(MessageKind.CONFIRMATION, confirm),
        }

    return changes


def _old_order_executed() -> Changes:
    newest: dict[str, int] = {}

    def change(order: Order) -> Order:
        known = newest.get(order.iccid, 0)
        sequence = order.sequence if order.sequence >= known else known + 1
        newest[order.iccid] = sequence
        return replace(order, sequence=sequence)

    return {Seam.CARRIER_INPUT: received(MessageKind.ORDER, change)}


def _repeated_order_ignored() -> Changes:
    seen: set[tuple[str, int]] = set()

    def change(order: Order) -> Order | None:
        key = (order.iccid, order.sequence)
        again = key in seen
        seen.add(key)
        return None if again else order

    return {Seam.CARRIER_INPUT: received(MessageKind.ORDER, change)}


def _unconfirmed(*stages: OrderStage) -> Callable[[], Changes]:
    def change(confirmation: Confirmation) -> Confirmation | None:
        return None if confirmation.stage in stages else confirmation

    return lambda: {Seam.CARRIER_OUTPUT: sent(MessageKind.CONFIRMATION, change)}


def _session_kept() -> Changes:
    return {
        Seam.CARRIER_OUTPUT: items(
            lambda effect, _about: [] if isinstance(effect, CancelLocation) else [effect]
        )
    }


def _never_served() -> Changes:
    def change(effect: object, _about: str) -> list[object]:
        match effect:
            case AttachAnswer(hub, AttachAccepted(iccid)) if card_kind(iccid) is CardKind.AJAX:
                return [AttachAnswer(hub, replace(_UNTIL_RESTART, iccid=iccid))]
        return [effect]

    return {Seam.CARRIER_OUTPUT: items(change)}


def _always_served() -> Changes:
    def change(effect: object, _about: str) -> list[object]:
        match effect:
            case AttachAnswer(hub, AttachRejected(iccid)):
                return [AttachAnswer(hub, AttachAccepted(iccid, network_roaming=True, generation="2G"))]
        return [effect]

    return {Seam.CARRIER_OUTPUT: items(change)}


def _permanent_refusal_temporary() -> Changes:
    def change(effect: object, _about: str) -> list[object]:
        match effect:
            case AttachAnswer(hub, AttachRejected(iccid, permanent=True)):
                return [AttachAnswer(hub, replace(_UNTIL_RESTART, iccid=iccid))]
        return [effect]

    return {Seam.CARRIER_OUTPUT: items(change)}


_CARRIER = Part.CARRIER
CARRIER_MUTANTS = (
    Mutant(
        "orders_lost",
        _CARRIER,
        "The carrier receives no orders.",
        ("A7", "X2", "MQ-8.confirm"),
        _orders_ignored,
    ),
    Mutant(
        "activation_ignored",
        _CARRIER,
        "The carrier confirms activations, and leaves the profile inactive.",
        ("A7",),
        _confirmed_only(Profile.ACTIVE, Profile.INACTIVE),
    ),
    Mutant(
        "cut_ignored",
        _CARRIER,
        "The carrier confirms cuts, and leaves the profile active.",
        ("S4", "X2"),
        _confirmed_only(Profile.INACTIVE, Profile.ACTIVE),
    ),
    Mutant(
        "activation_late",
        _CARRIER,
        "The carrier executes activations after 30 min.",
        ("A7",),
        lambda: settings("carrier", activation_delay_ms=_LATEST_ACTIVATION_MS),
    ),
    Mutant(
        "cut_late",
        _CARRIER,
        "The carrier executes cuts after 2 h.",
        ("X2",),
        lambda: settings("carrier", cut_delay_ms=_LATEST_CUT_MS),
    ),
    Mutant(
        "session_kept",
        _CARRIER,
        "The network does not detach the modem of a card that was cut or moved.",
        ("X2",),
        _session_kept,
    ),
    Mutant(
        "lazy_cut_at_once",
        _CARRIER,
        "The network detaches modems at once although its setting is lazy.",
        ("domain: carrier",),
        lambda: settings("carrier", cut_style=CutStyle.CANCEL_LOCATION),
    ),
    Mutant(
        "old_order_executed",
        _CARRIER,
        "The carrier executes an order that is older than the newest.",
        ("MQ-8.highest",),
        _old_order_executed,
    ),
    Mutant(
        "repeated_order_ignored",
        _CARRIER,
        "The carrier does not answer an order that it has already.",
        ("MQ-8.repeat",),
        _repeated_order_ignored,
    ),
    Mutant(
        "confirmations_missing",
        _CARRIER,
        "The carrier confirms nothing.",
        ("MQ-8.confirm",),
        _unconfirmed(*OrderStage),
    ),
    Mutant(
        "execution_unconfirmed",
        _CARRIER,
        "The carrier does not confirm that an order is executed.",
        ("MQ-8.confirm",),
        _unconfirmed(OrderStage.EXECUTED),
    ),
    Mutant(
        "old_order_unanswered",
        _CARRIER,
        "The carrier does not answer that an order is superseded.",
        ("MQ-8.superseded",),
        _unconfirmed(OrderStage.SUPERSEDED),
    ),
    Mutant("card_never_served", _CARRIER, "No network serves an Ajax SIM.", ("A7",), _never_served),
    Mutant(
        "card_always_served",
        _CARRIER,
        "The network serves cards without an active profile.",
        ("S4", "X2", "X3"),
        _always_served,
    ),
    Mutant(
        "final_refusal_temporary",
        _CARRIER,
        "The network refuses a card for a while instead of finally.",
        ("domain: carrier",),
        _permanent_refusal_temporary,
    ),
    Mutant(
        "roaming_missing",
        _CARRIER,
        "An Ajax SIM registers at home.",
        ("domain: registration",),
        lambda: settings("carrier", roaming=False),
    ),
    Mutant(
        "binding_ignored",
        _CARRIER,
        "The carrier does not bind a profile to its modem.",
        ("domain: carrier",),
        lambda: settings("carrier", profile_bound_to_imei=False),
    ),
    Mutant(
        "commissioning_missing",
        _CARRIER,
        "A new card does not work before its first order.",
        ("domain: carrier",),
        lambda: settings("carrier", commissioning_ms=0),
    ),
    Mutant(
        "carrier_forgets",
        _CARRIER,
        "The carrier forgets all profiles in a restart.",
        ("MQ-8.highest",),
        lambda: {Seam.CARRIER_MEMORY: lambda _memory, _about: encode_memory(())},
    ),
    Mutant(
        "carrier_deaf_after_garbage",
        _CARRIER,
        "The carrier receives nothing after a message that it cannot read.",
        ("MQ-7.station",),
        lambda: {Seam.CARRIER_INPUT: deaf_after_garbage()},
    ),
    Mutant(
        "carrier_refuses_new_fields",
        _CARRIER,
        "The carrier refuses a message with an unknown field.",
        ("MQ-9.station",),
        lambda: {Seam.CARRIER_INPUT: new_fields_refused()},
    ),
    Mutant(
        "carrier_reads_future_version",
        _CARRIER,
        "The carrier executes orders of an unsupported contract version.",
        ("MQ-9.station",),
        lambda: {Seam.CARRIER_INPUT: future_version_read()},
    ),
)
