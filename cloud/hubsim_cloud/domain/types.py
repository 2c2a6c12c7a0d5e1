"""Types that commands, facts and state share, and annotations for fields that contain ids or words.

An annotation changes nothing on the wire. The scenario language reads it and refuses other words: a word that
a field never has would make a step with `never` or `not` pass always.
"""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

PersonRef = Annotated[str, Meta(extra={"alias": "person"})]
CompanyRef = Annotated[str, Meta(extra={"alias": "company", "also": "reseller"})]
ResellerRef = Annotated[str, Meta(extra={"alias": "reseller"})]
ObjectRef = Annotated[str, Meta(extra={"alias": "object"})]
HubRef = Annotated[str, Meta(extra={"alias": "hub"})]
TypedHubRef = Annotated[str, Meta(extra={"alias": "hub", "or_quoted": True})]
"""Ids. `alias` defines for the scenario language which declared names the field accepts; a Reseller is also a
company. `or_quoted`: people type this id, so a scenario can also give it in quotes, as an invalid id.
"""
Iccid = Annotated[str, Meta(extra={"alias": "sim"})]
"""The number of a card."""
Author = Annotated[str, Meta(extra={"alias": "person", "or_empty": True})]
"""The id of a person, or empty for the service itself."""
SubscriptionId = Annotated[str, Meta(extra={"form": "subscription"})]
InvoiceId = Annotated[str, Meta(extra={"form": "invoice"})]
Month = Annotated[
    str,
    Meta(extra={"form": "month"}, extra_json_schema={"pattern": "^[0-9]{4}-[0-9]{2}$"}),
]
"""A month such as `2026-01`."""
Email = Annotated[str, Meta(extra={"form": "email"})]
Country = Annotated[str, Meta(extra={"word": "country"})]
ZoneName = Annotated[str, Meta(extra={"word": "zone"})]
ModelName = Annotated[str, Meta(extra={"word": "model"})]
PackageId = Annotated[str, Meta(extra={"word": "package"})]
PackageService = Annotated[str, Meta(extra={"word": "package_service"})]
Currency = Annotated[str, Meta(extra={"word": "currency"})]
PermissionName = Annotated[str, Meta(extra={"word": "permission"})]
FactKind = Annotated[str, Meta(extra={"word": "fact"})]
CarrierReasonWord = Annotated[str, Meta(extra={"word": "carrier_reason"})]
"""Why the carrier refused or failed an order, or suspended a card; empty: there is no reason."""
Whole = Annotated[int, Meta(ge=0)]
"""A count, a version, or an amount of money."""
Tab = Literal["objects", "company", "services"]
"""The tabs of the navigation bar."""


Cents = Annotated[int, Meta(ge=0, extra={"money": True})]
"""An amount of money in hundredths of its currency. `money` defines who may see it: mark each amount so."""


class Role(StrEnum):
    """A person's role in one company."""

    OWNER = "owner"
    SENIOR_SERVICE_MANAGER = "senior_service_manager"
    SERVICE_MANAGER = "service_manager"
    INSTALLER = "installer"


class EmployeeRole(StrEnum):
    """The roles that an owner can give. Ownership cannot be given (guide C4)."""

    SENIOR_SERVICE_MANAGER = "senior_service_manager"
    SERVICE_MANAGER = "service_manager"
    INSTALLER = "installer"


class App(StrEnum):
    """The client that a person uses (guide A2)."""

    PRO_APP = "pro_app"
    PRO_DESKTOP = "pro_desktop"


class ServiceAction(StrEnum):
    """An action of people on the services of a hub, by the tag of its command."""

    ACTIVATE = "activate"
    SCHEDULE_DEACTIVATION = "schedule_deactivation"
    RESUME = "resume"
    STOP_NOW = "stop_now"


class SortOrder(StrEnum):
    """The order of a list without keys. Such a list never gets shorter."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"


class MailKind(StrEnum):
    """The kinds of mail that the cloud sends."""

    EMPLOYEE_INVITATION = "employee_invitation"
    """A company has added the person; `detail` is the role (guide E6)."""
    CONNECTION_REQUEST = "connection_request"
    """A Dealer asks the Reseller for a connection."""
    RESELLER_INVITATION = "reseller_invitation"
    """A Dealer invites an address that belongs to no Reseller yet (guide R4)."""
    INVITATION_CLAIMED = "invitation_claimed"
    """The invited address now belongs to a Reseller, which has received the request."""
    CONNECTION_APPROVED = "connection_approved"
    CONNECTION_REJECTED = "connection_rejected"
    CONNECTION_SUSPENDED = "connection_suspended"
    CONNECTION_RESTORED = "connection_restored"
    COMPANY_DELETED = "company_deleted"
    """A company of the person, or one that is connected to it, was deleted."""
    DESKTOP_BUILD = "desktop_build"
    """The build of PRO Desktop that has the services (guide C5)."""


class ConnectionState(StrEnum):
    """The connection of a Dealer to a Reseller."""

    INVITED = "invited"
    """Sent to an e-mail address that belongs to no Reseller yet."""
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"


class SubscriptionState(StrEnum):
    """The life of one subscription. `active` and `expiring` are running."""

    ACTIVE = "active"
    EXPIRING = "expiring"
    ENDED = "ended"


class Screen(StrEnum):
    """The screen that the client shows after a command (guide S2, U2, X3, A7)."""

    DEVICE_LIST = "device_list"
    SERVICES_WILL_EXPIRE_SOON = "services_will_expire_soon"
    SERVICES_ACTIVATED = "services_activated"


class Actor(msgspec.Struct, frozen=True):
    """The acting person, with client and account.

    `person` is None for a person who is not signed in. `account` is the company acted for, None for the
    personal account. `operator` is the staff of the service, who appoint Resellers.
    """

    person: str | None
    app: App = App.PRO_DESKTOP
    account: str | None = None
    operator: bool = False


OPERATOR = Actor(person=None, operator=True)
