"""Every operation of the OpenAPI document, with values drawn from it, by every caller, in two worlds.

No request causes a server error. The document contains every response, and every problem is complete. Values
come from the schemas of the document, valid and invalid ones, with a fixed seed. Valid values are sent once
more with the names of existing things. Every operation has its own copy of the world.
"""

import asyncio
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
from whole_server import PASSWORD, Caller, Json, WholeServer, dealer_and_reseller, whole_server

from hubsim_cloud.http.requests import OCTETS
from hubsim_contract.lab.bench_actions import CardKind, HubSetup
from hubsim_simulator.hardware.cards import make_card, make_imei

pytestmark = pytest.mark.live
RIGHT, WRONG = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
EACH = 3
"""The number of values for each operation, valid and invalid ones."""
HUB, SECOND = "0000AA01", "0000AA02"
EMPTY, FULL, SPARE = "empty", "full", "spare"
EMPTY_ONLY = frozenset({"move_clock"})
"""Moving a clock by centuries takes long in worlds where modems retry and services end each month."""
ANSWER_S = 120
"""An answer that takes longer is a stream that is not in the table below."""
PEOPLE = ("owner", "installer", "Reseller", "new_person")
EVERYONE = (*PEOPLE, "operator", "anonymous")
STREAMS = {"watch": PEOPLE, "watch_device": ("operator",), "watch_hub": EVERYONE, "watch_world": EVERYONE}
"""Streams, which do not end, with the callers who get them."""
SAMPLES: dict[str, tuple[Json, Json | None]] = {
    "activate": ({"hub": SECOND}, {}),
    "add_hub": ({}, {"hub": "0000AA07", "model": "hub-2-plus"}),
    "delete_object": ({"object": "object-2"}, None),
    "perform_bench_action": ({}, {"action": {"do": "set_lid", "open": True}}),
    "move_clock": ({}, {"by": "PT1H"}),
    "put_hub": ({}, {"id": "0000AA08", "imei": make_imei(8), "model": "hub-2-plus"}),
    "read_snapshot_file": ({"snapshot": FULL}, None),
    "remove_hub": ({"hub": SECOND}, None),
    "remove_installing_company": ({"object": "object-2"}, None),
    "suspend_connection": ({"dealer": "company-1"}, None),
}
"""Paths and bodies that succeed for a caller in the full world, where the examples of the document do not."""
NEVER_GRANTED = frozenset(
    {
        "change_owner",  # is always refused
        "delete_company",  # services run
        "disarm_fault",  # the id of an armed fault is random
        "restore_connection",  # none is suspended
        "resume",  # none is about to end
        "send_request",  # all Resellers are asked already
        "transfer_configuration",  # the donor is online
        "write_snapshot_file",  # any bytes are drawn, and few are a file of a snapshot
        *STREAMS,
    }
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


class Callers:
    """The callers of the full world by token, and existing things by the names of parameters and fields."""

    def __init__(self, tokens: dict[str, str | None], known: dict[str, str]) -> None:
        self.tokens = tokens
        self.known = known

    def with_real_names(self, case: schemathesis.Case) -> schemathesis.Case:
        """Return the case with names of existing things."""
        return case.operation.Case(
            path_parameters=self._known(case.path_parameters),
            query=self._known(case.query),
            headers=case.headers,
            body=self._known(case.body),
            media_type=case.media_type,
        )

    def with_example(self, case: schemathesis.Case) -> schemathesis.Case:
        """Return a case that succeeds: with the sample above, or the example of the document."""
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


async def populate(server: WholeServer) -> Callers:
    """Create the two snapshots, empty and full."""
    for world in (EMPTY, FULL):
        await server.anonymous().do("POST", "/lab/worlds", {"name": world})
    anonymous, token = server.anonymous(FULL), server.cloud(FULL).plan.operator_token
    assert token is not None
    for number, hub in enumerate((HUB, SECOND), 1):
        setup = HubSetup(
            id=hub,
            imei=make_imei(number),
            model="hub-2-plus",
            links=("ethernet",),
            slots={1: make_card(CardKind.AJAX, number)},
        )
        await anonymous.do("POST", "/lab/hubs", msgspec.to_builtins(setup, str_keys=True))
    people = await dealer_and_reseller(anonymous, token)
    place = await people.add_hub(HUB)
    await people.add_hub(SECOND)
    ivan, personal = await installer(anonymous, people.dealer, people.dealer_company)
    dora, second_dealer = await anonymous.owner("dora")
    await dora.do("POST", "/v1/company/dealership", {"registration_number": "5260001246"})
    await dora.do("POST", "/v1/connections", {"reseller": people.reseller_company})
    await anonymous.do("POST", "/lab/settle")
    await people.dealer.do("POST", f"/v1/hubs/{HUB}/activation", {})
    await anonymous.do("POST", "/lab/clock/advance", {"by": "PT2M"})
    nora = await new_person(anonymous)
    for world in (EMPTY, FULL):
        await server.anonymous(world).do("POST", "/lab/snapshots", {"name": world})
    await server.anonymous(EMPTY).do("POST", "/lab/snapshots", {"name": SPARE})
    tokens = {
        "anonymous": None,
        "operator": "",
        "owner": people.dealer.token,
        "installer": ivan.token,
        "Reseller": people.reseller.token,
        "new_person": nora.token,
    }
    known = {
        "company": people.dealer_company,
        "reseller": people.reseller_company,
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
    return Callers(tokens, known)


async def installer(anonymous: Caller, owner: Caller, company: str) -> tuple[Caller, str]:
    """Create an employed installer who signs in on the phone; return the caller and the person."""
    ivan, credentials = "ivan@example.com", {"email": "ivan@example.com", "password": PASSWORD}
    made = await anonymous.do("POST", "/v1/accounts", {**credentials, "name": "Ivan"})
    await owner.do("POST", "/v1/company/employees", {"email": ivan, "role": "installer"})
    session = await anonymous.do("POST", "/v1/sessions", {**credentials, "app": "pro_app"})
    caller = anonymous.with_token(session["token"])
    await caller.do("PUT", "/v1/session/account", {"company": company})
    return caller, made["person"]


async def new_person(anonymous: Caller) -> Caller:
    """Create a person without a company."""
    credentials = {"email": "nora@example.com", "password": PASSWORD}
    await anonymous.do("POST", "/v1/accounts", {**credentials, "name": "Nora"})
    session = await anonymous.do("POST", "/v1/sessions", {**credentials, "app": "pro_desktop"})
    return anonymous.with_token(session["token"])


def drawn(operation: schemathesis.APIOperation, mode: schemathesis.GenerationMode) -> list[Any]:
    return examples(operation.as_strategy(generation_mode=mode), EACH)


def has_input(operation: schemathesis.APIOperation) -> bool:
    """Return whether it takes more than a path and a file: any text in a path is a valid name."""
    bodies = [body for body in operation.body if body.media_type != OCTETS]
    return bool(bodies or operation.query or operation.headers)


def request_of(case: schemathesis.Case, world: str, token: str | None) -> httpx.Request:
    """Return the case as a request in this world, with the drawn bytes."""
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
    """Unexpected responses, each kind once, and the operations that succeeded for any caller."""

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
    """Check that every response without success is a problem document with the same status."""
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
    """Sends the drawn requests in copies of the two worlds."""

    def __init__(self, server: WholeServer, everybody: Callers) -> None:
        self.findings = Findings()
        self._server = server
        self._everybody = everybody
        self._shared: dict[str, str] = {}
        """A copy of each snapshot for all operations that change nothing."""

    async def play(self, operation: schemathesis.APIOperation) -> None:
        name = name_of(operation)
        right, wrong = drawn(operation, RIGHT), drawn(operation, WRONG) if has_input(operation) else []
        for snapshot in (EMPTY,) if name in EMPTY_ONLY else (EMPTY, FULL):
            world = await self._world(operation, snapshot)
            operator = self._server.cloud(world).plan.operator_token
            for who, token in self._everybody.tokens.items():
                if who in STREAMS.get(name, ()) or (who in PEOPLE and snapshot == EMPTY):
                    continue
                few = slice(None) if who == "owner" else slice(1)
                caller = operator if who == "operator" else token
                there = [
                    self._everybody.with_example(right[0]),
                    *map(self._everybody.with_real_names, right[few]),
                ]
                for case in [*right[few], *there]:
                    await self._send(case, world, who, caller, CHECKS)
                for case in wrong[few]:
                    await self._send(case, world, who, caller, [*CHECKS, negative_data_rejection])
            if world not in self._shared.values():
                await self._server.anonymous().do("DELETE", f"/lab/worlds/{world}")

    async def _world(self, operation: schemathesis.APIOperation, snapshot: str) -> str:
        """Return a copy of the snapshot; an operation that can change something gets a separate one."""
        reads = operation.method.upper() == "GET"
        if reads and snapshot in self._shared:
            return self._shared[snapshot]
        world: str = (await self._server.anonymous().do("POST", "/lab/worlds", {"snapshot": snapshot}))[
            "name"
        ]
        if reads:
            self._shared[snapshot] = world
        return world

    async def _send(
        self, case: schemathesis.Case, world: str, who: str, token: str | None, checks: list[Any]
    ) -> None:
        request = request_of(case, world, token)
        path = request.url.raw_path.decode()
        try:
            async with asyncio.timeout(ANSWER_S):
                answer = await self._server.client.request(
                    request.method, path, headers=request.headers, content=request.content
                )
        except TimeoutError:
            pytest.fail(f"no end within {ANSWER_S} s: {request.method} {path} for {who} in {world}")
        self.findings.look(case, f"{who} in {world}", answer, checks)


async def test_no_operation_fails_and_every_response_matches_the_document(server: WholeServer) -> None:
    document = (await server.anonymous().call("GET", "/openapi.json")).json()
    fuzz = Fuzz(server, await populate(server))
    operations = list(operations_of(document))

    for operation in operations:
        await fuzz.play(operation)

    assert fuzz.findings.wrong == {}
    assert {name_of(operation) for operation in operations} - fuzz.findings.granted == NEVER_GRANTED
    assert (await server.anonymous().get("/health/ready"))["ready"]


def operations_of(document: Json) -> Iterator[schemathesis.APIOperation]:
    """Yield the operations, without security schemes, because the test sets the caller."""
    for path in document["paths"].values():
        for operation in path.values():
            operation.pop("security", None)
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        yield found.ok()
