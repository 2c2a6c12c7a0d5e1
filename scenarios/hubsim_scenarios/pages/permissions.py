"""The page `permissions.md`: what each role may do in each app, today and in the future."""

from hubsim_cloud.domain.permissions import IN_SERVICE_BUILDS, OPERATOR_ACTIONS, PERMISSIONS, allowed
from hubsim_cloud.domain.settings import ServiceManagerRights
from hubsim_cloud.domain.types import App, Role

_APPS = {App.PRO_APP: "app", App.PRO_DESKTOP: "desktop"}
_TODAY, _FUTURE = ServiceManagerRights.TODAY, ServiceManagerRights.FUTURE
_COLUMNS = {
    "owner": (Role.OWNER, _TODAY),
    "senior service manager": (Role.SENIOR_SERVICE_MANAGER, _TODAY),
    "service manager, today": (Role.SERVICE_MANAGER, _TODAY),
    "service manager, future": (Role.SERVICE_MANAGER, _FUTURE),
    "installer": (Role.INSTALLER, _TODAY),
}
"""The other roles have the same rights today and in the future."""


def permissions_page() -> str:
    """Return the page in Markdown."""
    rows = "\n".join(_row(action) for action in PERMISSIONS)
    return f"""# Permissions

The actions that each role may perform, in the PRO app and in PRO Desktop. The cloud's setting
`service_manager_rights` selects the column of the service manager: `today`, the default, or `future` (E8).

| action | {" | ".join(_COLUMNS)} |
|---{"|---" * len(_COLUMNS)}|
{rows}

- Amounts of money concern the invoiced Reseller and the operator only. A role without `payment_history` sees
  `reseller_dashboard` without fees.
- With the setting `desktop_builds: by_mail`, PRO Desktop has some actions only in the build that the operator
  has sent by mail (guide C5): {_listed(IN_SERVICE_BUILDS)}.
- Only the operator may perform {_listed(OPERATOR_ACTIONS)}, and nothing else.
"""


def _row(action: str) -> str:
    cells = (_cell(action, role, rights) for role, rights in _COLUMNS.values())
    return f"| `{action}` | {' | '.join(cells)} |"


def _cell(action: str, role: Role, rights: ServiceManagerRights) -> str:
    return " + ".join(_APPS[app] for app in App if allowed(role, app, action, rights)) or "-"


def _listed(actions: frozenset[str]) -> str:
    order = [*PERMISSIONS, *sorted(OPERATOR_ACTIONS)]
    return ", ".join(f"`{action}`" for action in order if action in actions)
