"""Examples for the part of the OpenAPI document about scenarios and plays, by the name of the operation."""

from typing import Any

from hubsim_cloud.http.examples import IN_PATH, ApiExample

_AT_MS = 1_768_464_000_000
_SCENARIO, _PLAY = IN_PATH["scenario"], IN_PATH["play"]
_TITLE = "From first login to Stop now"
_STEP: dict[str, Any] = {
    "number": 1,
    "line": 15,
    "file": None,
    "keyword": "as",
    "who": "olga",
    "text": "create company (name Wolf Security, country PL)",
    "note": "Olga registers the company Wolf Security",
}
_ROW: dict[str, Any] = {
    "id": _SCENARIO,
    "path": f"scenarios/catalog/{_SCENARIO}.yaml",
    "title": _TITLE,
    "about": "The whole guide on one hub.",
    "covers": ["C1", "X2"],
    "tags": ["company", "stop"],
    "steps": 36,
    "cases": 1,
    "kind": "catalog",
    "mistakes": "",
    "plays": [_PLAY],
}
_VIEW: dict[str, Any] = {
    "play": _PLAY,
    "scenario": _SCENARIO,
    "case": {},
    "title": _TITLE,
    "world": f"play-{_PLAY}",
    "own_world": True,
    "seed": 1,
    "pace_ms": 500,
    "breakpoints": [45],
    "state": "paused",
    "step": 1,
    "world_ms": _AT_MS,
    "steps": [{**_STEP, "state": "waiting", "at_ms": None, "saw": "", "differences": []}],
    "awaited": [],
    "verdict": None,
    "reason": "",
    "hubs": {"front-door": "3390F28D"},
    "report": None,
}
_SHOWN = ApiExample(answer=_VIEW)

PLAY_EXAMPLES: dict[str, ApiExample] = {
    "show_scenarios": ApiExample(
        answer={"scenarios": [_ROW], "clauses": {"X2": "Services end immediately."}}
    ),
    "show_scenario": ApiExample(
        answer={"scenario": _ROW, "source": f"scenario: {_TITLE}\n", "cases": [], "steps": [_STEP]}
    ),
    "show_plays": ApiExample(answer={"plays": [_VIEW]}),
    "begin_play": ApiExample({"scenario": _SCENARIO, "pace_ms": 500, "breakpoints": [45]}, _VIEW),
    "show_play": _SHOWN,
    "pause_play": _SHOWN,
    "continue_play": _SHOWN,
    "step_play": _SHOWN,
    "stop_play": _SHOWN,
    "set_play_breakpoints": ApiExample({"lines": [45]}, _VIEW),
    "show_play_step": ApiExample(
        answer={"play": _PLAY, "number": 12, "at_ms": _AT_MS, "hubs": {"front-door": {"app": {"star": True}}}}
    ),
}
