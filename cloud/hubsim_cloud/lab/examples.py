"""Examples for the lab's part of the OpenAPI document, by the name of the operation."""

from typing import Any

from hubsim_cloud.http.examples import ApiExample

_AT_MS = 1_768_464_000_000
_CLOCK = {
    "world_time": "2026-01-15T08:00:00.000Z",
    "world_ms": _AT_MS,
    "held": True,
    "due_ms": None,
    "moving_to_ms": None,
}
_CARD = {"kind": "ajax", "iccid": "89883000000000000011", "imsi": "001010000000001", "condition": "healthy"}
_SETUP: dict[str, Any] = {
    "id": "0000AA01",
    "imei": "352907000000018",
    "model": "hub-2-plus",
    "slots": {"1": _CARD},
    "links": ["ethernet"],
}
_WORLD = {
    "name": "spring",
    "world_ms": _AT_MS,
    "held": True,
    "prefix": "hubsim/v1/spring",
}
_FACT = {
    "at_ms": _AT_MS,
    "by": "person-1",
    "fact": "hub_added",
    "details": {"hub": "0000AA01", "object": "object-1", "model": "hub-2-plus"},
}

LAB_EXAMPLES: dict[str, ApiExample] = {
    "show_clock": ApiExample(answer=_CLOCK),
    "hold_clock": ApiExample({"held": True}, _CLOCK),
    "move_clock": ApiExample({"by": "PT20M"}, _CLOCK | {"world_ms": _AT_MS + 1_200_000}),
    "settle": ApiExample(answer=_CLOCK),
    "begin_session": ApiExample({"client": "pro_desktop", "company": "company-1"}),
    "show_hubs": ApiExample(answer={"hubs": [_SETUP]}),
    "put_hub": ApiExample(_SETUP, _SETUP),
    "perform_bench_action": ApiExample({"action": {"do": "remove_sim", "slot": 1}}),
    "inject_fault": ApiExample(
        {"what": {"fault": "drop", "message": "orders", "hub": "0000AA01"}}, {"id": "5e982473"}
    ),
    "show_card": ApiExample(
        answer={
            "profile": "active",
            "ordered": None,
            "executed_sequence": 1,
            "attached_hub": "0000AA01",
            "data": "open",
            "suspended": False,
        }
    ),
    "show_mails": ApiExample(answer={"mails": []}),
    "show_invoices": ApiExample(answer={"invoices": []}),
    "show_counters": ApiExample(
        answer={"cloud": {"refused_messages": 0}, "carrier": {"refused_messages": 0}}
    ),
    "show_journal": ApiExample(
        answer={
            "run": "5f3a9c01",
            "lacks": None,
            "beginning": {"world_ms": _AT_MS},
            "entries": [{"entry": "clock_set", "at_ms": _AT_MS + 1_200_000, "held": True, "moved": True}],
            "next": 1,
        }
    ),
    "show_faults": ApiExample(
        answer={
            "faults": [
                {
                    "id": "5e982473",
                    "fault": {"fault": "drop", "message": "orders", "hub": "0000AA01", "count": 1},
                    "hub": "0000AA01",
                    "armed_ms": _AT_MS,
                    "left": 1,
                }
            ]
        }
    ),
    "show_deadlines": ApiExample(
        answer={
            "deadlines": [
                {
                    "due_ms": _AT_MS + 60_000,
                    "kind": "order_execution",
                    "who": "carrier",
                    "hub": "0000AA01",
                    "company": "company-1",
                    "company_name": "Wolf Security",
                    "object_name": "Villa",
                    "about": "89883000000000000011",
                }
            ]
        }
    ),
    "show_cards": ApiExample(
        answer={
            "cards": [
                {
                    "iccid": "89883000000000000011",
                    "kind": "ajax",
                    "hub": "0000AA01",
                    "slot": 1,
                    "condition": "healthy",
                    "profile": "inactive",
                    "ordered": "active",
                    "suspended": False,
                    "data": "open",
                    "attached_hub": None,
                }
            ],
            "next_page": None,
        }
    ),
    "show_orders": ApiExample(
        answer={
            "orders": [
                {
                    "iccid": "89883000000000000011",
                    "hub": "0000AA01",
                    "sequence": 1,
                    "profile": "active",
                    "state": "accepted",
                    "placed_ms": _AT_MS,
                    "confirmed_ms": _AT_MS,
                    "attempts": 1,
                    "reason": None,
                }
            ],
            "next_page": None,
        }
    ),
    "show_hub_history": ApiExample(answer={"rows": [_FACT], "next_page": None}),
    "show_company_history": ApiExample(answer={"rows": [_FACT], "next_page": None}),
    "show_rules": ApiExample(
        answer={
            "families": [
                {
                    "id": "MQ-7",
                    "title": "No message can do damage",
                    "text": "A receiver refuses what the contract does not define.",
                }
            ],
            "rules": [
                {
                    "id": "MQ-7.json",
                    "family": "MQ-7",
                    "side": "hub",
                    "severity": "must",
                    "text": "A payload is one JSON object (RFC 8259) in UTF-8.",
                    "reason": "The receiver cannot read it.",
                }
            ],
        }
    ),
    "show_trace": ApiExample(answer={"events": [], "next": 0}),
    "save_snapshot": ApiExample({"name": "activated"}),
    "restore_snapshot": ApiExample(answer=_WORLD),
    "reset_world": ApiExample({"seed": "demo"}, _WORLD),
    "show_seeds": ApiExample(
        answer={"seeds": [{"seed": "demo", "title": "The world of the demo", "about": "A market in spring."}]}
    ),
    "show_worlds": ApiExample(answer={"worlds": [_WORLD]}),
    "open_world": ApiExample({"name": "spring", "start_ms": _AT_MS}, _WORLD),
}
