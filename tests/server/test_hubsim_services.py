"""`hubsim up`, `cloud` and `simulator` as real processes, and a scenario that plays on them."""

import re
import signal
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from process_bench import RunningProgram, command, program

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.tls import trust
from hubsim_scenarios.play.launch import play_remote
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import read
from hubsim_server.certs import issue
from hubsim_simulator.broker.keyring import Keyring

ROOT = Path(__file__).parents[2]
JOURNEY = ROOT / "scenarios" / "catalog" / "001-first-login-to-stop-now.yaml"
GARBAGE = ROOT / "scenarios" / "catalog" / "632-retained-garbage-is-replaced.yaml"
BENCH_ACTIONS = ROOT / "scenarios" / "catalog" / "351-what-hands-cannot-do-with-links.yaml"
HUB = "F0000001"


async def where(running: RunningProgram) -> str:
    """Return the URL in the next line of stdout."""
    line = await running.line()
    assert " ready" in line, (line, running.log)
    return line.split(" ")[0]


async def played(
    url: str, *files: Path, broker: BrokerUrl | None = None, ca: Path | None = None
) -> list[Verdict]:
    plays = [await play_remote(scenario, url=url, broker=broker, ca=ca) for scenario in read(files)]
    reasons = [play.result.reason for play in plays if play.result.verdict is not Verdict.PASS]
    assert not reasons
    return [play.result.verdict for play in plays]


@pytest.mark.parametrize(
    "broker",
    [
        pytest.param("embedded", marks=pytest.mark.live),
        pytest.param("mosquitto", marks=pytest.mark.mosquitto),
    ],
)
async def test_the_journey_passes_with_credentials_and_tls_on_every_connection(
    tmp_path: Path, broker: str
) -> None:
    issued = issue(tmp_path / "tls", ["localhost", "127.0.0.1"], now=datetime.now(UTC))
    Keyring.new().save(tmp_path / "keyring.json")
    options = (
        *("--lab", "--broker", broker, "--http-port", "0", "--mqtt-port", "0", "--hubs", "1"),
        *(
            "--mqtt-hub-port",
            "0",
            "--state",
            str(tmp_path / "state"),
            "--keyring",
            str(tmp_path / "keyring.json"),
        ),
        *("--tls-certificate", str(issued.certificate), "--tls-key", str(issued.key), "--ca", str(issued.ca)),
    )

    async with program(command("up"), *options) as running:
        api = await where(running)
        mqtt = await where(running)
        verdicts = await played(api, JOURNEY, GARBAGE, ca=issued.ca)
        running.send(signal.SIGTERM)
        code, _ = await running.end()

    assert (api.split(":")[0], mqtt.split(":")[0]) == ("https", "mqtts")
    assert verdicts == [Verdict.PASS, Verdict.PASS]
    assert code == 0


@pytest.mark.live
async def test_the_journey_passes_with_separate_processes_and_bench_actions_through_the_broker(
    tmp_path: Path,
) -> None:
    state = ("--state", str(tmp_path / "state"), "--lab")

    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(program(command("broker"), "--mqtt-port", "0"))
        url = await where(broker)
        simulator = await stack.enter_async_context(
            program(
                command("simulator"),
                *("--broker", url, "--hubs", "3", "--http-host", "127.0.0.1", "--monitor-port", "0", *state),
            )
        )
        hubs = await simulator.line()
        monitored = re.search(r"url=(\S+)", await simulator.logged("monitored"))
        cloud = await stack.enter_async_context(
            program(command("cloud"), "--broker", url, "--http-port", "0", *state)
        )
        api = await where(cloud)
        verdicts = await played(api, JOURNEY, BENCH_ACTIONS, broker=BrokerUrl.parse(url))
        assert monitored is not None
        async with httpx.AsyncClient(verify=trust(None)) as client:
            metrics = (await client.get(f"{monitored[1]}/metrics")).text
            ready = await client.get(f"{monitored[1]}/health/ready")
        codes = []
        for each in (cloud, simulator, broker):
            each.send(signal.SIGTERM)
            codes.append((await each.end())[0])

    assert hubs == "3 hubs ready"
    assert verdicts == [Verdict.PASS, Verdict.PASS]
    assert "hubsim_simulator_hubs_online 3.0" in metrics
    assert ready.status_code == 200
    assert codes == [0, 0, 0]


@pytest.mark.live
async def test_a_reload_of_the_keyring_disconnects_a_revoked_hub(tmp_path: Path) -> None:
    keyring, file = Keyring.new(), tmp_path / "keyring.json"
    keyring.save(file)
    options = (
        *("--lab", "--http-port", "0", "--mqtt-port", "0", "--hubs", "1", "--keyring", str(file)),
        *("--state", str(tmp_path / "state")),
    )

    async with program(command("up"), *options) as running, httpx.AsyncClient() as client:
        hub = f"{await where(running)}/lab/hubs/{HUB}"
        await client.post(hub.replace(f"hubs/{HUB}", "settle"))
        before = (await client.get(hub)).json()["shows"]["link"]
        keyring.without([HUB]).save(file, overwrite=True)
        running.send(signal.SIGHUP)
        await running.logged("the keyring was reloaded")
        await client.post(f"{hub}/actions", json={"action": {"do": "restart"}})
        await client.post(hub.replace(f"hubs/{HUB}", "clock/advance"), json={"by": "PT5M"})
        after = (await client.get(hub)).json()["shows"]["link"]

    assert before == "online"
    assert after != "online"


@pytest.mark.live
@pytest.mark.parametrize(
    ("setting", "text", "message"),
    [
        ("market", "[countries.XX]", "market.toml:1: countries.XX: there is no such country"),
        ("business", "trail_months = 1", "there is no setting 'trail_months'; did you mean 'trial_months'?"),
        ("business", "trial_months = -1", "Expected `int` >= 0"),
        ("business", "trial_months = ", "is not a TOML file"),
    ],
)
async def test_an_invalid_file_of_business_or_market_is_refused(
    tmp_path: Path, setting: str, text: str, message: str
) -> None:
    file = tmp_path / f"{setting}.toml"
    file.write_text(text, encoding="utf-8")
    options = (f"--{setting}", str(file), "--state", str(tmp_path / "state"))

    async with program(command("cloud"), *options, "--http-port", "0") as running:
        line = await running.logged("cannot run")
        code, _ = await running.end()

    assert message in line
    assert file.name in line
    assert code == 3


@pytest.mark.live
async def test_a_process_with_tls_and_without_the_authority_says_what_is_missing(tmp_path: Path) -> None:
    issued = issue(tmp_path / "tls", ["127.0.0.1"], now=datetime.now(UTC))
    options = (
        *("--http-port", "0", "--mqtt-port", "0", "--state", str(tmp_path / "state")),
        *("--tls-certificate", str(issued.certificate), "--tls-key", str(issued.key)),
    )

    async with program(command("up"), *options) as running:
        line = await running.logged("certificate is not accepted")
        running.send(signal.SIGTERM)
        code, _ = await running.end()

    assert "name the PEM file of its authority with --ca" in line
    assert code == 0
