"""The routes of the lab, its protection, and the trace of one of its worlds."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from lab_play import AJAX, HUB, JANUARY_MS, LabWorld, setup
from lab_server import server_settings, serving

from hubsim_cloud.lab.routes import LAB_ROUTES
from hubsim_server.cli.cloud import command as cloud_command
from hubsim_server.cli.up import command as up_command

pytestmark = pytest.mark.live


async def test_without_the_lab_its_routes_do_not_exist(tmp_path: Path) -> None:
    async with serving(server_settings(tmp_path, lab=False)) as server:
        main = LabWorld(server.client)
        answers = [await main.call(row.method, re.sub(r"{\w+}", "x", row.path), {}) for row in LAB_ROUTES]
        described = (await server.client.get("/openapi.json")).json()["paths"]
        ready = await server.client.get("/health/ready")

    assert {answer.status_code for answer in answers} == {404}
    assert [path for path in described if path.startswith("/lab")] == []
    assert ready.status_code == 200


async def test_with_the_lab_all_its_routes_are_described(tmp_path: Path) -> None:
    async with serving(server_settings(tmp_path)) as server:
        described = (await server.client.get("/openapi.json")).json()["paths"]

    assert {(row.path, row.method.lower()) for row in LAB_ROUTES} <= {
        (path, method) for path, methods in described.items() for method in methods
    }


@pytest.mark.parametrize("command", [cloud_command, up_command], ids=["cloud", "up"])
@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])  # noqa: S104 (it is refused)
def test_a_lab_on_another_address_than_loopback_is_refused_at_the_start(
    tmp_path: Path, command: object, host: str
) -> None:
    arguments = ["--lab", "--http-host", host, "--state", str(tmp_path / "state")]

    done = CliRunner().invoke(command, arguments)  # type: ignore[arg-type]  # both are commands

    assert done.exit_code == 2
    assert "it needs loopback" in done.stderr
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://page.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_page_of_another_site_is_refused(main: LabWorld, headers: dict[str, str]) -> None:
    await main.put(setup(HUB))

    answers = [
        await main.client.request(method, path, headers=headers)
        for method, path in [("POST", "/lab/reset"), ("POST", "/lab/settle"), ("GET", "/lab/worlds")]
    ]

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert {answer.json()["facts"]["reason"] for answer in answers} == {"from_elsewhere"}
    assert [each["id"] for each in (await main.get("/hubs"))["hubs"]] == [HUB]


@pytest.mark.parametrize(
    ("host", "status"), [("page.example", 421), ("127.0.0.1.page.example:8080", 421), ("[", 400)]
)
async def test_a_name_that_points_to_this_machine_does_not_reach_the_lab(
    main: LabWorld, host: str, status: int
) -> None:
    await main.put(setup(HUB))
    headers = {"Host": host, "Origin": f"http://{host}"}

    answers = [
        await main.client.request(method, path, headers=headers)
        for method, path in [
            ("POST", "/lab/reset"),
            ("POST", "/lab/operator/session"),
            ("GET", "/lab/worlds"),
            ("GET", "/v1/session"),
            ("GET", "/metrics"),
        ]
    ]

    assert {answer.status_code for answer in answers} == {status}
    assert [each["id"] for each in (await main.get("/hubs"))["hubs"]] == [HUB]


async def test_the_lab_answers_under_loopback_names_even_if_the_api_has_more_names(tmp_path: Path) -> None:
    async with serving(server_settings(tmp_path, http_names="hubs.example.com")) as server:
        headers = {"Host": "hubs.example.com"}
        api = await server.client.get("/v1/session", headers=headers)
        lab = await server.client.get("/lab/worlds", headers=headers)

    assert (api.status_code, lab.status_code) == (401, 409)


async def test_no_list_has_a_token_of_the_operator(main: LabWorld, world: LabWorld) -> None:
    token = (await world.send("POST", "/lab/operator/session"))["token"]
    appointed = {"company": "company-9", "email": "sales@example.com"}

    listed = await main.call("GET", "/lab/worlds")
    there = await world.call("POST", "/v1/operator/resellers", appointed, token)
    elsewhere = await main.call("POST", "/v1/operator/resellers", appointed, token)

    assert "token" not in listed.text
    assert (there.status_code, elsewhere.status_code) == (404, 401)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "127.0.0.2", "[::1]"])
async def test_a_page_of_this_server_is_accepted(main: LabWorld, name: str) -> None:
    host = f"{name}:{main.client.base_url.port}"

    answer = await main.client.post("/lab/settle", headers={"Host": host, "Origin": f"http://{host}"})

    assert answer.status_code == 200


async def test_a_body_that_is_not_json_is_refused(main: LabWorld) -> None:
    moved = await main.client.post(
        "/lab/clock/advance", content='{"by":"P1D"}', headers={"Content-Type": "text/plain"}
    )

    assert moved.status_code == 415


# ------------------------------------------------------------------ the trace


async def test_the_trace_has_the_events_of_all_stations_in_order(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    after = (await world.get("/trace"))["next"]
    await world.activate(dealer)
    await world.advance(by="PT20M")

    trace = await world.get(f"/trace?after={after}")

    lines = iter(
        f"{each['who']} {each['event']} {each.get('fact', '')}{each.get('payload', '')}"
        for each in trace["events"]
    )
    for who, words in [
        ("cloud fact", "service_activated"),
        ("cloud fact", "carrier_order_placed"),
        ("cloud published", '"service":"active"'),
        (f"{HUB} published", '"service":"active"'),
        ("carrier published", '"stage":"executed"'),
        ("cloud fact", "carrier_order_confirmed"),
        (f"{HUB} published", '"cellular"'),
    ]:
        assert any(line.startswith(who) and words in line for line in lines), (who, words)


async def test_each_message_is_once_in_the_trace(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.activate(dealer)
    await world.advance(by="PT20M")
    await world.inject("cut_process", process="cloud")
    await world.settle()

    events = (await world.get("/trace"))["events"]

    reports = [each["payload"] for each in events if each.get("topic", "").endswith("/reported")]
    confirmed = [each["payload"] for each in events if "/confirmations/" in each.get("topic", "")]
    assert len(reports) == len(set(reports))
    assert len(confirmed) == len(set(confirmed)) == 2
    assert [each["who"] for each in events if each["event"] == "connection_lost"] == ["cloud"]


async def test_the_trace_is_fetched_after_a_number(world: LabWorld) -> None:
    await world.dealer_with_hub()
    whole = await world.get("/trace")

    rest = await world.get("/trace?after=5")
    nothing = await world.get(f"/trace?after={whole['next']}")
    far = await world.get("/trace?after=9007199254740991")

    assert rest["events"] == whole["events"][5:]
    assert (nothing["events"], nothing["next"]) == ([], whole["next"])
    assert far["events"] == []


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 40])
async def test_an_invalid_number_is_an_invalid_request(main: LabWorld, after: str) -> None:
    assert (await main.refused("GET", f"/trace?after={after}"))[:2] == (422, "invalid_request")


async def test_the_main_world_is_never_traced(main: LabWorld) -> None:
    await main.owner("olga")
    await main.settle()

    assert await main.get("/trace") == {"events": [], "next": 0}


async def test_an_unknown_card_and_an_empty_mailbox_have_defaults(world: LabWorld) -> None:
    card = await world.get(f"/sims/{AJAX.iccid}")
    mails = await world.get("/mailboxes/nobody@example.com")

    assert card == {
        "profile": "inactive",
        "ordered": None,
        "executed_sequence": 0,
        "attached_hub": None,
        "data": "open",
        "suspended": False,
    }
    assert mails == {"mails": []}
    assert (await world.get("/clock"))["world_ms"] == JANUARY_MS
