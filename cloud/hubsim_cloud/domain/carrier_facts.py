"""Facts about the carrier: the orders of the cloud, their progress, and its own decisions about a SIM."""

from hubsim_cloud.domain import types
from hubsim_cloud.domain.happened import Happened
from hubsim_contract.wire.messages import OrderStage, Profile


class CarrierOrderPlaced(Happened, frozen=True, kw_only=True):
    """The cloud ordered a profile from the carrier. Orders are sent again until they are executed."""

    iccid: types.Iccid
    sequence: types.Whole
    profile: Profile


class CarrierOrderConfirmed(Happened, frozen=True, kw_only=True):
    """The carrier confirmed a stage of the newest order."""

    iccid: types.Iccid
    sequence: types.Whole
    stage: OrderStage
    reason: types.CarrierReasonWord = ""
    """Why the order was refused or has failed."""


class SimSuspended(Happened, frozen=True, kw_only=True):
    """The carrier suspended a SIM by itself: it has no service, with any profile."""

    iccid: types.Iccid
    revision: types.Whole
    reason: types.CarrierReasonWord


class SimReactivated(Happened, frozen=True, kw_only=True):
    """The carrier ended the suspension of a SIM."""

    iccid: types.Iccid
    revision: types.Whole


class OrdersOvertaken(Happened, frozen=True, kw_only=True):
    """The carrier has a sequence that this cloud never sent; the cloud continues above it (rule MQ-8)."""

    iccid: types.Iccid
    sequence: types.Whole
