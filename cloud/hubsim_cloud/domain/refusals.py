"""Refusals: the named answers to commands and queries that are not accepted. A refusal changes nothing."""

from enum import StrEnum

import msgspec


class RefusalName(StrEnum):
    """Every refusal of the cloud. At least one scenario of the catalog shows each of them."""

    # person and account
    NOT_SIGNED_IN = "not_signed_in"
    """The action needs a PRO account."""
    NOT_PERMITTED = "not_permitted"
    """The role, the client, or the company acted for does not allow it."""
    NOT_A_MEMBER = "not_a_member"
    """The person is not a member of the company."""
    SERVICE_BUILD_REQUIRED = "service_build_required"
    """The person's build of PRO Desktop has no services. Ask Technical Support for the mail with it."""
    PERSONAL_ACCOUNT_REQUIRED = "personal_account_required"
    """The action is possible only in the personal account, and the person acts for a company (guide C2)."""
    COMPANY_ACCOUNT_REQUIRED = "company_account_required"
    """The action is possible only for a company, and the person acts in the personal account."""
    # accounts and companies
    EMAIL_TAKEN = "email_taken"
    """Another PRO account has this e-mail address."""
    INVALID_EMAIL = "invalid_email"
    """The text is not an e-mail address."""
    INFORMATION_MISSING = "information_missing"
    """A required text is empty."""
    INVALID_TEXT = "invalid_text"
    """A text is too long, or contains control characters."""
    UNKNOWN_COUNTRY = "unknown_country"
    """No country has this ISO 3166 code."""
    UNKNOWN_ZONE = "unknown_zone"
    """The name is not an IANA time zone."""
    COUNTRY_NOT_SUPPORTED = "country_not_supported"
    """Ajax Services are not available in the company's country (guide D1)."""
    ALREADY_A_DEALER = "already_a_dealer"
    """The company is registered as a Dealer already."""
    NOT_A_DEALER = "not_a_dealer"
    """The action is possible only for a Dealer (guide D1)."""
    ALREADY_A_RESELLER = "already_a_reseller"
    """The company is a Reseller already."""
    NOT_A_RESELLER = "not_a_reseller"
    """The action is possible only for a Reseller."""
    COMPANY_NOT_FOUND = "company_not_found"
    """No company has this id, or it was deleted."""
    # employees
    ACCOUNT_NOT_FOUND = "account_not_found"
    """No PRO account has this e-mail address."""
    ALREADY_AN_EMPLOYEE = "already_an_employee"
    """The person works for the company already, or is its owner."""
    EMPLOYEE_NOT_FOUND = "employee_not_found"
    """The person is not an employee of the company."""
    OWNER_IMMUTABLE = "owner_immutable"
    """The Company owner can never be changed (guide C4)."""
    # Resellers
    RESELLER_NOT_FOUND = "reseller_not_found"
    """No Reseller has this id or address."""
    REQUEST_ALREADY_SENT = "request_already_sent"
    """The Dealer has sent a request to this Reseller before, which is possible once only (guide R2)."""
    REQUEST_NOT_FOUND = "request_not_found"
    """The connection is not in a state in which this answer is possible."""
    CONNECTION_NOT_APPROVED = "connection_not_approved"
    """The Reseller has not approved the connection, so nothing can be activated (guide R6)."""
    CONNECTION_SUSPENDED = "connection_suspended"
    """The Reseller has suspended the connection."""
    RESELLER_REQUIRED = "reseller_required"
    """Several Resellers are connected; the user must choose."""
    # objects and hubs
    OBJECT_NOT_FOUND = "object_not_found"
    """The company has no object with this id."""
    HUB_NOT_FOUND = "hub_not_found"
    """None of the company's objects has a hub with this id."""
    HUB_ALREADY_ADDED = "hub_already_added"
    """The hub is in an object already, of this company or another."""
    INVALID_HUB_ID = "invalid_hub_id"
    """A hub id consists of 8 hexadecimal digits."""
    INVALID_SETTING = "invalid_setting"
    """A setting of the hub is out of its range."""
    HUB_OFFLINE = "hub_offline"
    """The hub is offline, and the action needs it."""
    SAME_HUB = "same_hub"
    """Donor and target of a transfer are the same hub."""
    DONOR_ONLINE = "donor_online"
    """The donor of a transfer must be offline."""
    TARGET_OFFLINE = "target_offline"
    """The target of a transfer must be online."""
    TARGET_ARMED = "target_armed"
    """The target of a transfer must be disarmed."""
    # services
    PACKAGE_NOT_FOUND = "package_not_found"
    """No package has this id."""
    SIM_NOT_INSTALLED = "sim_not_installed"
    """The cloud knows no card in the hub (guide A3)."""
    SIM_DEFECTIVE = "sim_defective"
    """The card in the hub cannot be read."""
    FOREIGN_SIM = "foreign_sim"
    """The cards in the hub are not Ajax SIM cards."""
    SIM_IN_USE = "sim_in_use"
    """The Ajax SIM serves the running subscription of another hub."""
    ALREADY_ACTIVE = "already_active"
    """The services of the hub are active or expiring, so they cannot be activated."""
    NOT_ACTIVE = "not_active"
    """The services of the hub are not active."""
    ALREADY_EXPIRING = "already_expiring"
    """The end of the services is scheduled already."""
    NOT_EXPIRING = "not_expiring"
    """The services of the hub are not expiring, so there is nothing to resume."""
    HAS_ACTIVE_SERVICES = "has_active_services"
    """Services are active or expiring, which forbids the action (guide X4, X5)."""
    HAS_UNINVOICED_MONTH = "has_uninvoiced_month"
    """The Reseller pays for services that are not invoiced yet. Wait for the invoice."""


class Refusal(msgspec.Struct, frozen=True):
    """The reason why a command or query is not accepted: a name, a sentence for people, and its facts."""

    name: RefusalName
    text: str
    facts: dict[str, str] = {}


OPERATOR_ONLY = Refusal(
    RefusalName.NOT_PERMITTED,
    "Only the operator can do this, and the operator can do nothing else: sign in with the right account.",
)
"""The refusal of an action of the operator for people, and of an action of people for the operator."""


class Refused(Exception):
    """Raised by the handlers; `decide` and `answer` convert it to its `Refusal`."""

    def __init__(self, name: RefusalName, text: str, **facts: str) -> None:
        super().__init__(text)
        self.refusal = Refusal(name, text, facts)
