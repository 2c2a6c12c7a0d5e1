"""Commands: wishes of people. Each is decided against the state and ends in facts or a named refusal.

The tag is the name in scenario files and in the permission table. Ids are those the cloud gave.
"""

import msgspec

from hubsim_cloud.domain.types import (
    CompanyRef,
    EmployeeRole,
    HubRef,
    ObjectRef,
    PersonRef,
    ResellerRef,
    TypedHubRef,
)
from hubsim_contract.wire.tags import snake


class BaseCommand(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag=snake):
    """A command."""


# ------------------------------------------------------------------ accounts and companies


class SignUp(BaseCommand, frozen=True, kw_only=True):
    """Make a personal PRO account."""

    email: str
    name: str


class SwitchAccount(BaseCommand, frozen=True, kw_only=True):
    """Act for a company from now on, or (without `company`) for oneself (guide C2, E7)."""

    company: CompanyRef | None = None


class CreateCompany(BaseCommand, frozen=True, kw_only=True):
    """Register a company, from the personal account in PRO Desktop (guide C1 to C3)."""

    name: str
    country: str


class ChangeOwner(BaseCommand, frozen=True, kw_only=True):
    """Give the company to somebody else: always refused, the owner never changes (guide C4)."""

    person: PersonRef


class DeleteCompany(BaseCommand, frozen=True, kw_only=True):
    """Delete the company acted for; refused while services run (guide X4)."""


class EnrollAsDealer(BaseCommand, frozen=True, kw_only=True):
    """Register the company as a Dealer (guide D1, D2)."""

    registration_number: str
    """The required information: the company's number in its country's register."""


class SetBillingZone(BaseCommand, frozen=True, kw_only=True):
    """Set the time zone whose midnight on the 1st ends a month for this company (an IANA name)."""

    zone: str


# ------------------------------------------------------------------ employees


class AddEmployee(BaseCommand, frozen=True, kw_only=True):
    """Add a person, who has a PRO account already, by e-mail address (guide E2, E5, E6)."""

    email: str
    role: EmployeeRole


class ChangeRole(BaseCommand, frozen=True, kw_only=True):
    """Give an employee another role, at any time (guide E4)."""

    employee: PersonRef
    role: EmployeeRole


class RemoveEmployee(BaseCommand, frozen=True, kw_only=True):
    """Revoke an employee's rights (guide E2)."""

    employee: PersonRef


# ------------------------------------------------------------------ Resellers


class AppointReseller(BaseCommand, frozen=True, kw_only=True):
    """Make a company a Reseller, in the directory or only reachable by e-mail (operator only)."""

    company: CompanyRef
    email: str
    listed: bool = True


class SendRequest(BaseCommand, frozen=True, kw_only=True):
    """Ask a Reseller for a connection: one from the directory, or one by e-mail (guide R2, R4, R5)."""

    reseller: ResellerRef | None = None
    email: str | None = None


class ApproveRequest(BaseCommand, frozen=True, kw_only=True):
    """Approve a Dealer's request, with an optional number for the Dealer (guide R3, R7)."""

    dealer: CompanyRef
    number: str | None = None


class RejectRequest(BaseCommand, frozen=True, kw_only=True):
    """Reject a Dealer's request. It can be approved later; the Dealer cannot send it again."""

    dealer: CompanyRef


class SuspendConnection(BaseCommand, frozen=True, kw_only=True):
    """Suspend an approved connection: running services run on, nothing new is activated."""

    dealer: CompanyRef


class RestoreConnection(BaseCommand, frozen=True, kw_only=True):
    """End the suspension of a connection."""

    dealer: CompanyRef


# ------------------------------------------------------------------ objects and hubs


class CreateObject(BaseCommand, frozen=True, kw_only=True):
    """Make an object, a protected site that the company installs and looks after."""

    name: str


class DeleteObject(BaseCommand, frozen=True, kw_only=True):
    """Delete an object, whose hubs are free then; refused while services run."""

    object: ObjectRef


class RemoveInstallingCompany(BaseCommand, frozen=True, kw_only=True):
    """Take the company off the object; refused while services run."""

    object: ObjectRef


class AddHub(BaseCommand, frozen=True, kw_only=True):
    """Add a hub to an object by its id."""

    object: ObjectRef
    hub: TypedHubRef
    model: str


class RemoveHub(BaseCommand, frozen=True, kw_only=True):
    """Remove a hub from its object; refused while services run."""

    hub: HubRef


class ArmHub(BaseCommand, frozen=True, kw_only=True):
    """Arm the hub; an offline hub cannot be armed."""

    hub: HubRef


class DisarmHub(BaseCommand, frozen=True, kw_only=True):
    """Disarm the hub; an offline hub cannot be disarmed."""

    hub: HubRef


class ConfigureHub(BaseCommand, frozen=True, kw_only=True):
    """Set what of a hub's configuration is given here; None leaves a value as it is."""

    hub: HubRef
    ping_s: int | None = None
    """10 to 300 s between signs of life."""
    offline_delay_s: int | None = None
    """30 to 600 s before a silent hub is reported offline."""
    channel_loss_notice_min: int | None = None
    """3 to 30 whole minutes before the loss of one channel is told."""


class TransferConfiguration(BaseCommand, frozen=True, kw_only=True):
    """Move the configuration of a donor hub to a target hub (guide X5).

    Refused while services run on either. The donor must be offline, the target online and disarmed.
    """

    donor: HubRef
    target: HubRef


# ------------------------------------------------------------------ services


class Activate(BaseCommand, frozen=True, kw_only=True):
    """Activate the services of a hub (guide A1 to A7)."""

    hub: HubRef
    package: str | None = None
    """None takes the preselected package; there is one (guide A5)."""
    reseller: ResellerRef | None = None
    """None takes the preselected Reseller, if exactly one is connected (guide A6)."""


class ScheduleDeactivation(BaseCommand, frozen=True, kw_only=True):
    """Deactivate from the start of the next month (the button "Deactivate", guide S1)."""

    hub: HubRef


class Resume(BaseCommand, frozen=True, kw_only=True):
    """Let services that were to end on the 1st go on (guide U1)."""

    hub: HubRef


class StopNow(BaseCommand, frozen=True, kw_only=True):
    """End services at once and cut the SIM off (guide X1, X2)."""

    hub: HubRef


Command = (
    SignUp
    | SwitchAccount
    | CreateCompany
    | ChangeOwner
    | DeleteCompany
    | EnrollAsDealer
    | SetBillingZone
    | AddEmployee
    | ChangeRole
    | RemoveEmployee
    | AppointReseller
    | SendRequest
    | ApproveRequest
    | RejectRequest
    | SuspendConnection
    | RestoreConnection
    | CreateObject
    | DeleteObject
    | RemoveInstallingCompany
    | AddHub
    | RemoveHub
    | ArmHub
    | DisarmHub
    | ConfigureHub
    | TransferConfiguration
    | Activate
    | ScheduleDeactivation
    | Resume
    | StopNow
)
