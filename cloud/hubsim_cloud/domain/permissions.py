"""Who may do what: one table of roles, apps and actions. It owns this question and no other.

An action is the tag of a command or query that is done for a company account. What is done for oneself
(signing up, switching, the personal account, mail) stands outside, and so does the operator. That a role
may do something does not say that the company can: being a Dealer or Reseller is checked by the handlers.
"""

from hubsim_cloud.domain.types import App, Role

_BOTH = frozenset(App)
_DESK = frozenset({App.PRO_DESKTOP})
_NONE: frozenset[App] = frozenset()

_COLUMNS = (Role.OWNER, Role.SENIOR_SERVICE_MANAGER, Role.SERVICE_MANAGER, Role.INSTALLER)
_ROWS: dict[str, tuple[frozenset[App], ...]] = {
    # action                      owner  senior manager installer
    # the company and its people (guide C4, D2, E2, X4)
    "company": (_DESK, _DESK, _DESK, _DESK),
    "change_owner": (_DESK, _NONE, _NONE, _NONE),
    "delete_company": (_DESK, _NONE, _NONE, _NONE),
    "enroll_as_dealer": (_DESK, _NONE, _NONE, _NONE),
    "set_billing_zone": (_DESK, _NONE, _NONE, _NONE),
    "company_history": (_DESK, _NONE, _NONE, _NONE),
    "employees": (_DESK, _NONE, _NONE, _NONE),
    "add_employee": (_DESK, _NONE, _NONE, _NONE),
    "change_role": (_DESK, _NONE, _NONE, _NONE),
    "remove_employee": (_DESK, _NONE, _NONE, _NONE),
    # the Dealer's Resellers (guide E1, R4, R5)
    "dashboard": (_DESK, _DESK, _DESK, _NONE),
    "reseller_directory": (_DESK, _DESK, _DESK, _NONE),
    "reseller_details": (_DESK, _DESK, _DESK, _NONE),
    "your_resellers": (_DESK, _DESK, _DESK, _NONE),
    "send_request": (_DESK, _DESK, _DESK, _NONE),
    # the Reseller's Dealers (guide R7)
    "requests": (_DESK, _DESK, _DESK, _NONE),
    "your_dealers": (_DESK, _DESK, _DESK, _NONE),
    "approve_request": (_DESK, _DESK, _DESK, _NONE),
    "reject_request": (_DESK, _DESK, _DESK, _NONE),
    "suspend_connection": (_DESK, _DESK, _DESK, _NONE),
    "restore_connection": (_DESK, _DESK, _DESK, _NONE),
    "reseller_dashboard": (_DESK, _DESK, _DESK, _NONE),
    "payment_history": (_DESK, _DESK, _DESK, _NONE),
    # looking at objects and hubs (guide A2, A4)
    "objects": (_BOTH, _DESK, _DESK, _BOTH),
    "device_list": (_BOTH, _DESK, _DESK, _BOTH),
    "hub_information": (_BOTH, _DESK, _DESK, _BOTH),
    "hub_history": (_BOTH, _DESK, _DESK, _BOTH),
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
    "activation_form": (_BOTH, _DESK, _DESK, _BOTH),
    "activate": (_BOTH, _DESK, _DESK, _BOTH),
    "schedule_deactivation": (_BOTH, _DESK, _DESK, _BOTH),
    "resume": (_BOTH, _DESK, _DESK, _BOTH),
    "stop_now": (_BOTH, _DESK, _DESK, _BOTH),
}

PERMISSIONS: dict[str, dict[Role, frozenset[App]]] = {
    action: dict(zip(_COLUMNS, apps, strict=True)) for action, apps in _ROWS.items()
}
"""Action to role to the apps in which this role may do it."""


def allowed(role: Role, app: App, action: str) -> bool:
    """Say whether the role may do this in this app. An action outside the table raises `KeyError`."""
    return app in PERMISSIONS[action][role]
