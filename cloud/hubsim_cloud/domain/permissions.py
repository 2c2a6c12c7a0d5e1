"""The permission table: roles, apps and actions, today and in the future (guide E3, E8).

An action is the tag of a command or query for a company account. The table does not contain actions on
one's own account (sign up, switch, personal account, mail), nor those of the operator. A permission of the
role is not enough for some actions: handlers check whether the company is a Dealer or Reseller.
"""

from hubsim_cloud.domain.settings import ServiceManagerRights
from hubsim_cloud.domain.types import App, Role

_BOTH = frozenset(App)
_DESKTOP = frozenset({App.PRO_DESKTOP})
_NONE: frozenset[App] = frozenset()

_COLUMNS = (Role.OWNER, Role.SENIOR_SERVICE_MANAGER, Role.SERVICE_MANAGER, Role.INSTALLER)
_ROWS: dict[str, tuple[frozenset[App], ...]] = {
    # action                      owner  senior manager installer
    # the company and its people (guide C4, D2, E2, X4)
    "company": (_DESKTOP, _DESKTOP, _DESKTOP, _DESKTOP),
    "change_owner": (_DESKTOP, _NONE, _NONE, _NONE),
    "delete_company": (_DESKTOP, _NONE, _NONE, _NONE),
    "enroll_as_dealer": (_DESKTOP, _NONE, _NONE, _NONE),
    "set_billing_zone": (_DESKTOP, _NONE, _NONE, _NONE),
    "company_history": (_DESKTOP, _NONE, _NONE, _NONE),
    "employees": (_DESKTOP, _NONE, _NONE, _NONE),
    "add_employee": (_DESKTOP, _NONE, _NONE, _NONE),
    "change_role": (_DESKTOP, _NONE, _NONE, _NONE),
    "remove_employee": (_DESKTOP, _NONE, _NONE, _NONE),
    # the Dealer's Resellers (guide E1, R4, R5)
    "dashboard": (_DESKTOP, _DESKTOP, _DESKTOP, _NONE),
    "reseller_directory": (_DESKTOP, _DESKTOP, _DESKTOP, _NONE),
    "reseller_details": (_DESKTOP, _DESKTOP, _DESKTOP, _NONE),
    "your_resellers": (_DESKTOP, _DESKTOP, _DESKTOP, _NONE),
    "send_request": (_DESKTOP, _DESKTOP, _DESKTOP, _NONE),
    # the Reseller's Dealers (guide R7)
    "requests": (_DESKTOP, _DESKTOP, _DESKTOP, _NONE),
    "your_dealers": (_DESKTOP, _DESKTOP, _DESKTOP, _NONE),
    "approve_request": (_DESKTOP, _DESKTOP, _DESKTOP, _NONE),
    "reject_request": (_DESKTOP, _DESKTOP, _DESKTOP, _NONE),
    "suspend_connection": (_DESKTOP, _DESKTOP, _DESKTOP, _NONE),
    "restore_connection": (_DESKTOP, _DESKTOP, _DESKTOP, _NONE),
    "reseller_dashboard": (_DESKTOP, _DESKTOP, _DESKTOP, _NONE),
    "payment_history": (_DESKTOP, _DESKTOP, _DESKTOP, _NONE),
    # viewing objects and hubs (guide A2, A4)
    "objects": (_BOTH, _DESKTOP, _DESKTOP, _BOTH),
    "device_list": (_BOTH, _DESKTOP, _DESKTOP, _BOTH),
    "hub_information": (_BOTH, _DESKTOP, _DESKTOP, _BOTH),
    "hub_history": (_BOTH, _DESKTOP, _DESKTOP, _BOTH),
    # installing and handling hubs
    "create_object": (_BOTH, _NONE, _NONE, _BOTH),
    "delete_object": (_BOTH, _NONE, _NONE, _BOTH),
    "remove_installing_company": (_BOTH, _NONE, _NONE, _BOTH),
    "add_hub": (_BOTH, _NONE, _NONE, _BOTH),
    "remove_hub": (_BOTH, _NONE, _NONE, _BOTH),
    "arm_hub": (_BOTH, _NONE, _NONE, _BOTH),
    "disarm_hub": (_BOTH, _NONE, _NONE, _BOTH),
    "configure_hub": (_BOTH, _NONE, _NONE, _BOTH),
    "transfer_configuration": (_BOTH, _NONE, _NONE, _BOTH),
    # the services (guide A1, A2, S1, U1, X1)
    "activation_form": (_BOTH, _DESKTOP, _DESKTOP, _BOTH),
    "confirmation": (_BOTH, _DESKTOP, _DESKTOP, _BOTH),
    "activate": (_BOTH, _DESKTOP, _DESKTOP, _BOTH),
    "schedule_deactivation": (_BOTH, _DESKTOP, _DESKTOP, _BOTH),
    "resume": (_BOTH, _DESKTOP, _DESKTOP, _BOTH),
    "stop_now": (_BOTH, _DESKTOP, _DESKTOP, _BOTH),
}

PERMISSIONS: dict[str, dict[Role, frozenset[App]]] = {
    action: dict(zip(_COLUMNS, apps, strict=True)) for action, apps in _ROWS.items()
}
"""Action to role to the apps in which this role may perform it today."""

CREATE_COMPANY = "create_company"
"""The action of a personal account in PRO Desktop (guide C1); it is not in the table of the roles."""
FINANCIAL = "payment_history"
"""The roles that may perform this action see amounts of money; see `money`."""
SENIOR_IN_FUTURE = frozenset({FINANCIAL, "suspend_connection", "restore_connection"})
"""The actions that the role Service manager loses in the future."""

IN_SERVICE_BUILDS = frozenset(
    {
        "enroll_as_dealer",
        "dashboard",
        "reseller_directory",
        "reseller_details",
        "your_resellers",
        "send_request",
        "requests",
        "your_dealers",
        "approve_request",
        "reject_request",
        "suspend_connection",
        "restore_connection",
        "reseller_dashboard",
        "payment_history",
        "activation_form",
        "confirmation",
        "activate",
        "schedule_deactivation",
        "resume",
        "stop_now",
    }
)
"""The actions that PRO Desktop has only in the builds with the services (guide C5)."""

OPERATOR_ACTIONS = frozenset(
    {
        "appoint_reseller",
        "send_desktop_build",
        "invoices",
        "company_records",
        "set_country_services",
        "forget_device",
    }
)
"""The actions of the operator, who can do nothing else. No other person can do them."""


def allowed(role: Role, app: App, action: str, rights: ServiceManagerRights) -> bool:
    """Return whether the role may perform the action in this app. An unknown action raises `KeyError`."""
    apps = PERMISSIONS[action][role]
    future = rights is ServiceManagerRights.FUTURE and role is Role.SERVICE_MANAGER
    return app in apps and not (future and action in SENIOR_IN_FUTURE)


def apps_of(role: Role) -> frozenset[App]:
    """Return the apps in which this role may do anything at all (guide A2, E7)."""
    return frozenset().union(*(apps[role] for apps in PERMISSIONS.values()))
