"""Every operation of the OpenAPI document, with values drawn from it, by everybody, in two worlds.

No request makes a server error; every answer is one that the document promises, and every problem is whole.
Values come from the document's own schemas, right ones and wrong ones, the same each time; right ones are
sent once more with the names of what is really there. Every operation has a copy of the world for itself.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import requests
import schemathesis
from drawn import examples
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from whole_server import PASSWORD, Caller, Json, WholeServer, parties, whole_server

from hubsim_contract.lab.bench_actions import CardKind, HubSetup
from hubsim_simulator.hardware.cards import make_card, make_imei

pytestmark = pytest.mark.live
RIGHT, WRONG = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
EACH = 3
"""So many values are drawn for each operation, right ones and wrong ones."""
HUB, SECOND = "0000AA01", "0000AA02"
EMPTY, FULL, SPARE = "empty", "full", "spare"
EMPTY_ONLY = frozenset({"move_clock"})
"""A clock that is moved by centuries takes its time where modems try and services end each month."""
STREAM = "watch"
"""Does not end for people."""
PEOPLE = ("owner", "installer", "Reseller", "newcomer")
SAMPLES: dict[str, tuple[Json, Json | None]] = {
    "activate": ({"hub": SECOND}, {}),
    "add_hub": ({}, {"hub": "0000AA07", "model": "hub-2-plus"}),
    "delete_object": ({"object": "object-2"}, None),
    "perform_bench_action": ({}, {"action": {"do": "set_lid", "open": True}}),
    "move_clock": ({}, {"by": "PT1H"}),
    "put_hub": ({}, {"id": "0000AA08", "imei": make_imei(8), "model": "hub-2-plus"}),
    "remove_hub": ({"hub": SECOND}, None),
    "remove_installing_company": ({"object": "object-2"}, None),
    "suspend_connection": ({"dealer": "company-1"}, None),
}
"""Paths and bodies that are granted to somebody in the full world, where the document's examples are not."""
NEVER_GRANTED = frozenset(
    {
        "change_owner",  # is always refused
        "delete_company",  # services run
        "restore_connection",  # none is suspended
        "resume",  # none is about to end
        "send_request",  # all Resellers are asked already
        "transfer_configuration",  # the donor is online
        STREAM,
    }
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


class Everybody:
    """The callers of the full world by token, and what is there by the names of parameters and fields."""

    def __init__(self, tokens: dict[str, str | None], known: dict[str, str]) -> None:
        self.tokens = tokens
        self.known = known

    def grounded(self, case: schemathesis.Case) -> schemathesis.Case:
        """Return the case with names of what is really there."""
        return case.operation.Case(
            path_parameters=self._known(case.path_parameters),
            query=self._known(case.query),
            headers=case.headers,
            body=self._known(case.body),
            media_type=case.media_type,
        )

    def exemplary(self, case: schemathesis.Case) -> schemathesis.Case:
        """Return the case as it can be granted: with our sample, or the document's own example."""
        raw = case.operation.definition.raw
        content = raw.get("requestBody", {}).get("content", {})
        media_type, shown = next(iter(content.items()), (None, {}))
        path, body = SAMPLES.get(raw["operationId"], ({}, None))
        return case.operation.Case(
            path_parameters=self._known(case.path_parameters) | path,
            query=self._known(case.query),
            body=body if body is not None else self._known(shown.get("example", case.body)),
            media_type=media_type,
        )

    def _known(self, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {name: self.known.get(name, value) for name, value in values.items()}


async def populate(server: WholeServer) -> Everybody:
    """Make the two snapshots, empty and full."""
    for world in (EMPTY, FULL):
        await server.nobody().does("POST", "/lab/worlds", {"name": world})
    nobody, token = server.nobody(FULL), server.cloud(FULL).operator_token
    assert token is not None
    for number, hub in enumerate((HUB, SECOND), 1):
        setup = HubSetup(
            id=hub,
            imei=make_imei(number),
            model="hub-2-plus",
            links=("ethernet",),
            slots={1: make_card(CardKind.AJAX, number)},
        )
        await nobody.does("POST", "/lab/hubs", msgspec.to_builtins(setup, str_keys=True))
    who = await parties(nobody, token)
    place = await who.adds(HUB)
    await who.adds(SECOND)
    ivan, personal = await installer(nobody, who.dealer, who.dealer_company)
    dora, second_dealer = await nobody.owner("dora")
    await dora.does("POST", "/v1/company/dealership", {"registration_number": "5260001246"})
    await dora.does("POST", "/v1/connections", {"reseller": who.reseller_company})
    await nobody.does("POST", "/lab/settle")
    await who.dealer.does("POST", f"/v1/hubs/{HUB}/activation", {})
    await nobody.does("POST", "/lab/clock/advance", {"by": "PT2M"})
    nora = await newcomer(nobody)
    for world in (EMPTY, FULL):
        await server.nobody(world).does("POST", "/lab/snapshots", {"name": world})
    await server.nobody(EMPTY).does("POST", "/lab/snapshots", {"name": SPARE})
    tokens = {
        "nobody": None,
        "operator": "",
        "owner": who.dealer.token,
        "installer": ivan.token,
        "Reseller": who.reseller.token,
        "newcomer": nora.token,
    }
    known = {
        "company": who.dealer_company,
        "reseller": who.reseller_company,
        "dealer": second_dealer,
        "employee": personal,
        "object": place,
        "hub": HUB,
        "donor": SECOND,
        "target": HUB,
        "iccid": make_card(CardKind.AJAX, 1).iccid,
        "address": "olga@example.com",
        "email": "rita@example.com",
        "password": PASSWORD,
        "snapshot": SPARE,
        "world": EMPTY,
        "country": "PL",
        "model": "hub-2-plus",
        "name": "not_found",
        "zone": "Europe/Warsaw",
    }
    return Everybody(tokens, known)


async def installer(nobody: Caller, owner: Caller, company: str) -> tuple[Caller, str]:
    """Let the owner employ an installer, who signs in on the phone; return them, and who they are."""
    ivan, credentials = "ivan@example.com", {"email": "ivan@example.com", "password": PASSWORD}
    made = await nobody.does("POST", "/v1/accounts", {**credentials, "name": "Ivan"})
    await owner.does("POST", "/v1/company/employees", {"email": ivan, "role": "installer"})
    session = await nobody.does("POST", "/v1/sessions", {**credentials, "app": "pro_app"})
    caller = nobody.with_token(session["token"])
    await caller.does("PUT", "/v1/session/account", {"company": company})
    return caller, made["person"]


async def newcomer(nobody: Caller) -> Caller:
    """Let somebody sign up who is in no company."""
    credentials = {"email": "nora@example.com", "password": PASSWORD}
    await nobody.does("POST", "/v1/accounts", {**credentials, "name": "Nora"})
    session = await nobody.does("POST", "/v1/sessions", {**credentials, "app": "pro_desktop"})
    return nobody.with_token(session["token"])


def drawn(operation: schemathesis.APIOperation, mode: schemathesis.GenerationMode) -> list[Any]:
    return examples(operation.as_strategy(generation_mode=mode), EACH)


def can_be_wrong(operation: schemathesis.APIOperation) -> bool:
    """Return whether anything but the path is taken: any text is a name of something that is not there."""
    return bool(operation.body or operation.query or operation.headers)


def request_of(case: schemathesis.Case, world: str, token: str | None) -> httpx.Request:
    """Return the case as a request in this world, byte for byte as it was drawn."""
    kwargs = case.as_transport_kwargs(f"http://localhost/worlds/{world}")
    prepared = requests.Request(**kwargs).prepare()
    assert prepared.url is not None
    headers = [
        (name, value)
        for name, value in prepared.headers.items()
        if name.lower() not in ("content-length", "user-agent", "connection", "accept-encoding")
    ]
    if token is not None:
        headers.append(("Authorization", f"Bearer {token}"))
    path = prepared.url.removeprefix("http://localhost")
    return httpx.Request(
        prepared.method or "", f"http://localhost{path}", headers=headers, content=prepared.body
    )


class Findings:
    """What is not as it should be, each thing once; and which operations were granted to anybody."""

    def __init__(self) -> None:
        self.wrong: dict[tuple[str, str], str] = {}
        self.granted: set[str] = set()

    def look(self, case: schemathesis.Case, who: str, answer: httpx.Response, checks: list[Any]) -> None:
        label = case.operation.label
        if answer.is_success:
            self.granted.add(name_of(case.operation))
        try:
            case.validate_response(answer, checks=[*checks, problem_is_whole])
        except BaseExceptionGroup as failures:
            for failure in failures.exceptions:
                text = f"{who}: {answer.status_code} {answer.text[:200]}: {failure}"
                self.wrong.setdefault((label, type(failure).__name__), text)


def problem_is_whole(_context: Any, response: Any, _case: schemathesis.Case) -> None:
    """Every answer but a success is a problem document that says its own status."""
    if response.status_code >= 400:
        problem = response.json()
        assert problem["status"] == response.status_code
        assert problem["type"] == f"/problems/{problem['name']}"
        assert problem["name"] != "internal_error"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[WholeServer]:
    async with whole_server(tmp_path) as found:
        yield found


def name_of(operation: schemathesis.APIOperation) -> str:
    name: str = operation.definition.raw["operationId"]
    return name


class Fuzz:
    """Sends what was drawn, in copies of the two worlds."""

    def __init__(self, server: WholeServer, everybody: Everybody) -> None:
        self.findings = Findings()
        self._server = server
        self._everybody = everybody
        self._shared: dict[str, str] = {}
        """A copy of each snapshot for all operations that change nothing."""

    async def play(self, operation: schemathesis.APIOperation) -> None:
        name = name_of(operation)
        right, wrong = drawn(operation, RIGHT), drawn(operation, WRONG) if can_be_wrong(operation) else []
        for snapshot in (EMPTY,) if name in EMPTY_ONLY else (EMPTY, FULL):
            world = await self._world(operation, snapshot)
            operator = self._server.cloud(world).operator_token
            for who, token in self._everybody.tokens.items():
                if who in PEOPLE and (name == STREAM or snapshot == EMPTY):
                    continue
                few = slice(None) if who == "owner" else slice(1)
                caller = operator if who == "operator" else token
                there = [self._everybody.exemplary(right[0]), *map(self._everybody.grounded, right[few])]
                for case in [*right[few], *there]:
                    await self._send(case, world, who, caller, CHECKS)
                for case in wrong[few]:
                    await self._send(case, world, who, caller, [*CHECKS, negative_data_rejection])
            if world not in self._shared.values():
                await self._server.nobody().does("DELETE", f"/lab/worlds/{world}")

    async def _world(self, operation: schemathesis.APIOperation, snapshot: str) -> str:
        """Return a copy of the snapshot: one for itself for an operation that can change something."""
        reads = operation.method.upper() == "GET"
        if reads and snapshot in self._shared:
            return self._shared[snapshot]
        world: str = (await self._server.nobody().does("POST", "/lab/worlds", {"snapshot": snapshot}))["name"]
        if reads:
            self._shared[snapshot] = world
        return world

    async def _send(
        self, case: schemathesis.Case, world: str, who: str, token: str | None, checks: list[Any]
    ) -> None:
        request = request_of(case, world, token)
        answer = await self._server.client.request(
            request.method, request.url.raw_path.decode(), headers=request.headers, content=request.content
        )
        self.findings.look(case, f"{who} in {world}", answer, checks)


async def test_no_operation_fails_and_every_answer_is_as_the_document_says(server: WholeServer) -> None:
    document = (await server.nobody().call("GET", "/openapi.json")).json()
    fuzz = Fuzz(server, await populate(server))
    operations = list(operations_of(document))

    for operation in operations:
        await fuzz.play(operation)

    assert fuzz.findings.wrong == {}
    assert {name_of(operation) for operation in operations} - fuzz.findings.granted == NEVER_GRANTED
    assert (await server.nobody().sees("/health/ready"))["ready"]


def operations_of(document: Json) -> Iterator[schemathesis.APIOperation]:
    """Give the operations; who calls is ours to say, and not drawn."""
    for path in document["paths"].values():
        for operation in path.values():
            operation.pop("security", None)
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        yield found.ok()
