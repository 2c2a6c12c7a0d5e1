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
    PERSONAL_ACCOUNT_REQUIRED = "personal_account_required"
    COMPANY_ACCOUNT_REQUIRED = "company_account_required"
    # accounts and companies
    EMAIL_TAKEN = "email_taken"
    INVALID_EMAIL = "invalid_email"
    INFORMATION_MISSING = "information_missing"
    """A required text is empty."""
    INVALID_TEXT = "invalid_text"
    """A text is too long, or contains control characters."""
    UNKNOWN_COUNTRY = "unknown_country"
    UNKNOWN_ZONE = "unknown_zone"
    COUNTRY_NOT_SUPPORTED = "country_not_supported"
    ALREADY_A_DEALER = "already_a_dealer"
    NOT_A_DEALER = "not_a_dealer"
    ALREADY_A_RESELLER = "already_a_reseller"
    NOT_A_RESELLER = "not_a_reseller"
    COMPANY_NOT_FOUND = "company_not_found"
    # employees
    ACCOUNT_NOT_FOUND = "account_not_found"
    """No PRO account has this e-mail address."""
    ALREADY_AN_EMPLOYEE = "already_an_employee"
    EMPLOYEE_NOT_FOUND = "employee_not_found"
    OWNER_IMMUTABLE = "owner_immutable"
    # Resellers
    RESELLER_NOT_FOUND = "reseller_not_found"
    REQUEST_ALREADY_SENT = "request_already_sent"
    REQUEST_NOT_FOUND = "request_not_found"
    """The connection is not in a state in which this answer is possible."""
    CONNECTION_NOT_APPROVED = "connection_not_approved"
    CONNECTION_SUSPENDED = "connection_suspended"
    RESELLER_REQUIRED = "reseller_required"
    """Several Resellers are connected; the user must choose."""
    # objects and hubs
    OBJECT_NOT_FOUND = "object_not_found"
    HUB_NOT_FOUND = "hub_not_found"
    HUB_ALREADY_ADDED = "hub_already_added"
    INVALID_HUB_ID = "invalid_hub_id"
    INVALID_SETTING = "invalid_setting"
    HUB_OFFLINE = "hub_offline"
    SAME_HUB = "same_hub"
    DONOR_ONLINE = "donor_online"
    TARGET_OFFLINE = "target_offline"
    TARGET_ARMED = "target_armed"
    # services
    PACKAGE_NOT_FOUND = "package_not_found"
    SIM_NOT_INSTALLED = "sim_not_installed"
    SIM_DEFECTIVE = "sim_defective"
    """The card in the hub cannot be read."""
    FOREIGN_SIM = "foreign_sim"
    """The cards in the hub are not Ajax SIM cards."""
    SIM_IN_USE = "sim_in_use"
    """The Ajax SIM serves the running subscription of another hub."""
    ALREADY_ACTIVE = "already_active"
    NOT_ACTIVE = "not_active"
    ALREADY_EXPIRING = "already_expiring"
    NOT_EXPIRING = "not_expiring"
    HAS_ACTIVE_SERVICES = "has_active_services"


CARDS_UNKNOWN, CARDS_OUTDATED, NO_CARDS = "unknown", "outdated", "none"
"""The fact `cards` of `sim_not_installed`: the hub was never online; it is offline, and had no card when it
was last online; it is online and has no card."""


class Refusal(msgspec.Struct, frozen=True):
    """The reason why a command or query is not accepted: a name, a sentence for people, and its facts."""

    name: RefusalName
    text: str
    facts: dict[str, str] = {}


class Refused(Exception):
    """Raised by the handlers; `decide` and `answer` convert it to its `Refusal`."""

    def __init__(self, name: RefusalName, text: str, **facts: str) -> None:
        super().__init__(text)
        self.refusal = Refusal(name, text, facts)
