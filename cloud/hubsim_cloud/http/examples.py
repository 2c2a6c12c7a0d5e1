"""Examples for the OpenAPI document: request and response, by the name of the operation.

A test decodes each as the type that it shows.
"""

from typing import Any

import msgspec

from hubsim_cloud.domain.types import ServiceAction
from hubsim_cloud.domain.ui_texts import QUESTIONS
from hubsim_cloud.http.device_example import DEVICE_EXAMPLE


class ApiExample(msgspec.Struct, frozen=True):
    """What a request sends in addition to the path, and the content of its response. None: nothing."""

    sent: dict[str, Any] | None = None
    answer: dict[str, Any] | None = None


_AT_MS = 1_768_464_000_000
_HUB = "0000AA01"
_ICCID = "8988300000000000013"
_REVISION = 42

IN_PATH: dict[str, str] = {
    "employee": "person-3",
    "dealer": "company-1",
    "company": "company-1",
    "object": "object-1",
    "hub": _HUB,
    "donor": _HUB,
    "name": "hub_offline",
    "iccid": _ICCID,
    "address": "olga@example.com",
    "email": "olga@example.com",
    "snapshot": "before-the-month-end",
    "world": "lab-1",
    "fault": "5e982473",
    "country": "PL",
    "scenario": "001-first-login-to-stop-now",
    "play": "5f3a9c01",
    "number": "12",
}
"""Values for the variables of a path, by name."""

_RESELLER_ROW = {
    "reseller": "company-2",
    "name": "Northwatch",
    "country": "PL",
    "email": "desk@northwatch.example",
}
_DEALER_ROW = {
    "dealer": "company-1",
    "name": "Wolf Security",
    "country": "PL",
    "registration_number": "5260001246",
    "number": "W-17",
    "state": "approved",
    "requested_at_ms": _AT_MS,
}
_CARD = {
    "hub": _HUB,
    "model": "hub-2-plus",
    "tile": "activated",
    "second_tile": "none",
    "star": True,
    "online": True,
    "reported_offline": False,
    "icons": ["4g_strong", "battery_100", "mains", "star"],
    "service": "active",
    "ends_at_ms": None,
    "sim_profile": "active",
    "channels": ["cellular", "ethernet"],
}
_INFORMATION = {
    **_CARD,
    "object": "object-1",
    "armed": False,
    "signal": "strong",
    "battery_percent": 100,
    "lid_open": False,
    "mains": True,
    "malfunction": False,
    "connected": True,
    "cellular": True,
    "ethernet": True,
    "wifi": False,
    "registration": "home",
    "generation": "4G",
    "active_sim": 1,
    "sims": [{"slot": 1, "card": "ok", "iccid": _ICCID}, {"slot": 2, "card": "missing", "iccid": None}],
    "firmware": "2.20.0",
    "ping_s": 60,
    "offline_delay_s": 300,
    "channel_loss_notice_min": 3,
    "revision": _REVISION,
}
_INVOICE = {
    "invoice": "invoice-1",
    "issued_at_ms": 1_769_900_400_000,
    "dealer": "company-1",
    "dealer_name": "Wolf Security",
    "month": "2026-01",
    "currency": "EUR",
    "lines": [{"hub": _HUB, "package": "ajax-sim", "fee_cents": 500}],
    "total_cents": 500,
}
_HISTORY = {
    "rows": [
        {
            "at_ms": _AT_MS,
            "by": "person-1",
            "fact": "hub_added",
            "details": {"hub": _HUB, "object": "object-1", "model": "hub-2-plus"},
        }
    ],
    "next_page": None,
}
_SESSION = {
    "person": "person-1",
    "app": "pro_desktop",
    "account": None,
    "created_at": "2026-01-15T08:00:00.000Z",
    "expires_at": "2026-01-15T20:00:00.000Z",
}

EXAMPLES: dict[str, ApiExample] = {
    "sign_up": ApiExample(
        {"email": "olga@example.com", "name": "Olga Wolf", "password": "correct horse battery staple"},
        {"person": "person-1"},
    ),
    "sign_in": ApiExample(
        {"email": "olga@example.com", "password": "correct horse battery staple", "app": "pro_desktop"},
        {**_SESSION, "token": "Zx3fV0c2bT9sK1pQm8uYh4LwE6nRj7oGiDaXtBvCyN0"},
    ),
    "show_session": ApiExample(answer=_SESSION),
    "switch_account": ApiExample({"company": "company-1"}, {"account": "company-1"}),
    "accounts": ApiExample(
        answer={
            "accounts": [
                {"account": None, "name": "Olga Wolf", "role": None, "joined": True},
                {"account": "company-1", "name": "Wolf Security", "role": "owner", "joined": True},
            ],
            "next_page": None,
        }
    ),
    "mailbox": ApiExample(
        answer={
            "mails": [
                {
                    "at_ms": _AT_MS,
                    "kind": "employee_invitation",
                    "company": "company-1",
                    "company_name": "Wolf Security",
                    "detail": "installer",
                }
            ],
            "next_page": None,
        }
    ),
    "navigation": ApiExample(
        answer={"tabs": ["objects", "company", "services"], "actions": ["company", "activate"]}
    ),
    "create_company": ApiExample({"name": "Wolf Security", "country": "PL"}, {"company": "company-1"}),
    "company": ApiExample(
        answer={
            "company": "company-1",
            "name": "Wolf Security",
            "country": "PL",
            "owner": "person-1",
            "owner_name": "Olga Wolf",
            "owner_email": "olga@example.com",
            "is_dealer": True,
            "is_reseller": False,
            "registration_number": "5260001246",
            "zone": "Europe/Warsaw",
            "revision": _REVISION,
        }
    ),
    "change_owner": ApiExample({"person": "person-3"}),
    "enroll_as_dealer": ApiExample({"registration_number": "5260001246"}),
    "set_billing_zone": ApiExample({"zone": "Europe/Warsaw"}),
    "company_history": ApiExample(answer=_HISTORY),
    "employees": ApiExample(
        answer={
            "employees": [
                {
                    "person": "person-3",
                    "name": "Ivan Fitter",
                    "email": "ivan@example.com",
                    "role": "installer",
                    "joined": True,
                }
            ],
            "revision": _REVISION,
            "next_page": "kTn0S8sO1bZ6w3h0mZ1RxlsicGVyc29uLTMiLDBd",
        }
    ),
    "add_employee": ApiExample({"email": "ivan@example.com", "role": "installer"}, {"person": "person-3"}),
    "change_role": ApiExample({"role": "service_manager"}),
    "reseller_directory": ApiExample(answer={"resellers": [_RESELLER_ROW], "next_page": None}),
    "reseller_details": ApiExample(answer={**_RESELLER_ROW, "state": None}),
    "your_resellers": ApiExample(
        answer={
            "resellers": [
                {
                    "reseller": "company-2",
                    "name": "Northwatch",
                    "email": "desk@northwatch.example",
                    "state": "approved",
                    "requested_at_ms": _AT_MS,
                }
            ],
            "next_page": None,
        }
    ),
    "send_request": ApiExample({"reseller": "company-2"}),
    "dashboard": ApiExample(
        answer={"accounts": 3, "not_available": 1, "activation_required": 0, "active": 2, "expiring": 0}
    ),
    "requests": ApiExample(
        answer={"requests": [{**_DEALER_ROW, "number": None, "state": "requested"}], "next_page": None}
    ),
    "your_dealers": ApiExample(answer={"dealers": [_DEALER_ROW], "next_page": None}),
    "approve_request": ApiExample({"number": "W-17"}),
    "reseller_dashboard": ApiExample(
        answer={
            "dealers_with_active_services": 1,
            "accounts_with_active_services": 2,
            "packages": [
                {
                    "package": "ajax-sim",
                    "name": "Ajax SIM",
                    "fee_cents": 500,
                    "currency": "EUR",
                    "accounts": 2,
                }
            ],
        }
    ),
    "payment_history": ApiExample(answer={"invoices": [_INVOICE], "next_page": None}),
    "invoices": ApiExample(
        answer={
            "invoices": [{**_INVOICE, "reseller": "company-2", "reseller_name": "Northwatch"}],
            "next_page": None,
        }
    ),
    "confirmation": ApiExample(
        answer={
            "hub": _HUB,
            "action": "stop_now",
            "tile": {"en": "Activated", "pl": "Aktywny"},
            "title": {"en": "Stop now", "pl": "Zatrzymaj teraz"},
            "text": msgspec.to_builtins(QUESTIONS[ServiceAction.STOP_NOW]),
            "confirm": {"en": "Stop", "pl": "Zatrzymaj"},
            "cancel": {"en": "Cancel", "pl": "Anuluj"},
            "screen": "device_list",
            "package": None,
            "reseller": None,
            "ends_at_ms": None,
        }
    ),
    "objects": ApiExample(
        answer={"objects": [{"object": "object-1", "name": "Villa", "hubs": [_HUB]}], "next_page": None}
    ),
    "create_object": ApiExample({"name": "Villa"}, {"object": "object-1"}),
    "device_list": ApiExample(
        answer={"object": "object-1", "name": "Villa", "hubs": [_CARD], "next_page": None}
    ),
    "add_hub": ApiExample({"hub": _HUB, "model": "hub-2-plus"}, {"hub": _HUB}),
    "hub_information": ApiExample(answer=_INFORMATION),
    "company_records": ApiExample(answer=_HISTORY),
    "hub_history": ApiExample(answer=_HISTORY),
    "configure_hub": ApiExample({"ping_s": 30}),
    "transfer_configuration": ApiExample({"target": "0000AA02"}),
    "activation_form": ApiExample(
        answer={
            "hub": _HUB,
            "packages": [{"id": "ajax-sim", "name": "Ajax SIM", "service": "sim"}],
            "package": "ajax-sim",
            "resellers": [{"reseller": "company-2", "name": "Northwatch"}],
            "reseller": "company-2",
        }
    ),
    "activate": ApiExample({}, {"screen": "device_list", "subscription": "subscription-1"}),
    "schedule_deactivation": ApiExample(answer={"screen": "services_will_expire_soon"}),
    "resume": ApiExample(answer={"screen": "services_activated"}),
    "stop_now": ApiExample(answer={"screen": "device_list"}),
    "appoint_reseller": ApiExample(
        {"company": "company-2", "email": "desk@northwatch.example", "listed": True}
    ),
    "send_desktop_build": ApiExample({"email": "olga@example.com"}),
    "set_country_services": ApiExample({"services": False}),
    "show_device": ApiExample(answer=DEVICE_EXAMPLE),
    "show_life": ApiExample(answer={"live": True, "zone_rules": "2025b"}),
    "show_readiness": ApiExample(answer={"ready": True, "awaited": []}),
    "show_problem": ApiExample(
        answer={"name": "hub_offline", "title": "Hub offline", "status": 409, "text": "Hub offline."}
    ),
}
"""By the tag of a command or query, or the name of a handler."""
