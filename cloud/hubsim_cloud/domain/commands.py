"""Commands: requests of people to change something. The result is facts or a named refusal.

The tag is the name in scenario files and in the permission table. Ids were assigned by the cloud.
"""

import msgspec

from hubsim_cloud.domain.types import (
    CompanyRef,
    EmployeeRole,
    HubRef,
    ObjectRef,
    PackageId,
    PersonRef,
    ResellerRef,
    TypedHubRef,
)
from hubsim_contract.wire.tags import snake


class BaseCommand(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag=snake):
    """A command."""


# ------------------------------------------------------------------ accounts and companies


class SignUp(BaseCommand, frozen=True, kw_only=True):
    """Create a personal PRO account."""

    email: str
    name: str


class SwitchAccount(BaseCommand, frozen=True, kw_only=True):
    """Act for a company from now on, or (without `company`) in the personal account (guide C2, E7)."""

    company: CompanyRef | None = None


class CreateCompany(BaseCommand, frozen=True, kw_only=True):
    """Register a company, from the personal account in PRO Desktop (guide C1 to C3)."""

    name: str
    country: str


class ChangeOwner(BaseCommand, frozen=True, kw_only=True):
    """Change the owner of the company; always refused, because the owner never changes (guide C4)."""

    person: PersonRef


class DeleteCompany(BaseCommand, frozen=True, kw_only=True):
    """Delete the company acted for; refused while services run (guide X4)."""


class EnrollAsDealer(BaseCommand, frozen=True, kw_only=True):
    """Register the company as a Dealer (guide D1, D2)."""

    registration_number: str
    """The company's number in the register of its country."""


class SetBillingZone(BaseCommand, frozen=True, kw_only=True):
    """Set the time zone in which the company's months begin, at midnight on the 1st (an IANA name)."""

    zone: str


# ------------------------------------------------------------------ employees


class AddEmployee(BaseCommand, frozen=True, kw_only=True):
    """Add a person who has a PRO account, by e-mail address (guide E2, E5, E6)."""

    email: str
    role: EmployeeRole


class ChangeRole(BaseCommand, frozen=True, kw_only=True):
    """Change the role of an employee, at any time (guide E4)."""

    employee: PersonRef
    role: EmployeeRole


class RemoveEmployee(BaseCommand, frozen=True, kw_only=True):
    """Revoke an employee's rights (guide E2)."""

    employee: PersonRef


# ------------------------------------------------------------------ Resellers


class AppointReseller(BaseCommand, frozen=True, kw_only=True):
    """Appoint a Reseller, listed in the directory or reachable only by e-mail (operator only)."""

    company: CompanyRef
    email: str
    listed: bool = True


class SendDesktopBuild(BaseCommand, frozen=True, kw_only=True):
    """Send the build of PRO Desktop that has the services to an e-mail address (operator only, guide C5)."""

    email: str


class SendRequest(BaseCommand, frozen=True, kw_only=True):
    """Request a connection to a Reseller from the directory, or by e-mail (guide R2, R4, R5)."""

    reseller: ResellerRef | None = None
    email: str | None = None


class ApproveRequest(BaseCommand, frozen=True, kw_only=True):
    """Approve a Dealer's request, with an optional number for the Dealer (guide R3, R7)."""

    dealer: CompanyRef
    number: str | None = None


class RejectRequest(BaseCommand, frozen=True, kw_only=True):
    """Reject a Dealer's request, which can be approved later but not sent again."""

    dealer: CompanyRef


class SuspendConnection(BaseCommand, frozen=True, kw_only=True):
    """Suspend an approved connection: running services continue, new ones cannot be activated."""

    dealer: CompanyRef


class RestoreConnection(BaseCommand, frozen=True, kw_only=True):
    """End the suspension of a connection."""

    dealer: CompanyRef


# ------------------------------------------------------------------ countries


class SetCountryServices(BaseCommand, frozen=True, kw_only=True):
    """Offer the services in a country, or end the offer (operator only).

    Running services continue until they end. Without the services, no company of the country can become a
    Dealer or activate services (guide D1).
    """

    country: str
    """A code of ISO 3166-1 alpha-2."""
    services: bool


# ------------------------------------------------------------------ devices


class ForgetDevice(BaseCommand, frozen=True, kw_only=True):
    """Forget everything that a hub has published: presence, report and events (operator only).

    The way back after a wrong number, which makes all honest messages of the hub stale. The cloud then
    publishes the desired document again, the hub reports again, and that report counts. Services do not
    change.
    """

    hub: HubRef


# ------------------------------------------------------------------ objects and hubs


class CreateObject(BaseCommand, frozen=True, kw_only=True):
    """Create an object: a protected site that the company installs and maintains."""

    name: str


class DeleteObject(BaseCommand, frozen=True, kw_only=True):
    """Delete an object and free its hubs; refused while services run."""

    object: ObjectRef


class RemoveInstallingCompany(BaseCommand, frozen=True, kw_only=True):
    """Remove the company from the object; refused while services run."""

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
    """Set the given values of a hub's configuration; None keeps a value."""

    hub: HubRef
    ping_s: int | None = None
    """10 to 300 s between pings."""
    offline_delay_s: int | None = None
    """30 to 600 s before a silent hub is reported offline."""
    channel_loss_notice_min: int | None = None
    """3 to 30 whole minutes before the loss of one channel is reported."""


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
    package: PackageId | None = None
    """None selects the preselected package; there is one (guide A5)."""
    reseller: ResellerRef | None = None
    """None selects the preselected Reseller, if exactly one is connected (guide A6)."""


class ScheduleDeactivation(BaseCommand, frozen=True, kw_only=True):
    """Deactivate from the start of the next month (the button "Deactivate", guide S1)."""

    hub: HubRef


class Resume(BaseCommand, frozen=True, kw_only=True):
    """Cancel a scheduled deactivation: the services continue after the 1st (guide U1)."""

    hub: HubRef


class StopNow(BaseCommand, frozen=True, kw_only=True):
    """End the services immediately and cut off the SIM (guide X1, X2)."""

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
    | SendDesktopBuild
    | SendRequest
    | ApproveRequest
    | RejectRequest
    | SuspendConnection
    | RestoreConnection
    | SetCountryServices
    | ForgetDevice
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
