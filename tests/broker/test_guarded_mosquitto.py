"""A private Mosquitto with passwords: hubs are admitted and revoked while it is running."""

import asyncio
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gate import HUB, KEYRING, LATER, NOT_AUTHORISED, OTHER, Gate, P, gate_of
from raw_mqtt import RawClient

from hubsim_contract.wire.identifiers import BadIdentifier
from hubsim_simulator.broker.errors import BrokerStateError
from hubsim_simulator.broker.mosquitto import MosquittoBroker

pytestmark = pytest.mark.mosquitto
OWN = f"{P}/hubs/{HUB}"


@pytest.fixture
def broker() -> MosquittoBroker:
    return MosquittoBroker(keyring=KEYRING, hubs=(HUB,))


@pytest.fixture
async def gate(broker: MosquittoBroker) -> AsyncIterator[Gate]:
    async with gate_of(broker) as gate:
        yield gate


async def test_a_new_hub_is_admitted_without_disturbing_the_others(
    broker: MosquittoBroker, gate: Gate
) -> None:
    early = await gate.connect(HUB)
    await early.subscribe((f"{OWN}/desired",))
    before = await gate.try_connect(LATER, KEYRING.password(LATER))

    await broker.admit([LATER])
    await gate.connect(LATER)
    cloud = await gate.connect("cloud")
    await cloud.publish(f"{OWN}/desired", b"still here")

    await early.arrived(lambda got: got.payload == b"still here")
    assert before.code == NOT_AUTHORISED


async def test_many_hubs_are_admitted_at_the_same_time(broker: MosquittoBroker, gate: Gate) -> None:
    hubs = [f"{number:08X}" for number in range(20)]

    await asyncio.gather(*(broker.admit([hub]) for hub in hubs))

    for hub in (HUB, *hubs):
        await gate.connect(hub)


async def test_a_hub_that_is_revoked_is_disconnected_and_rejected(
    broker: MosquittoBroker, gate: Gate
) -> None:
    hub, cloud = await gate.connect(HUB), await gate.connect("cloud")

    await broker.renew(KEYRING.without([HUB]))
    await hub.end()
    late = await gate.try_connect(HUB, KEYRING.password(HUB))
    await cloud.ping()

    assert late.code == NOT_AUTHORISED


@pytest.mark.parametrize("clean", [True, False])
@pytest.mark.parametrize(
    ("stolen", "owner"),
    [
        ("cloud", "cloud"),
        ("lab", "cloud"),
        ("carrier", "simulator"),
        ("simulator", "simulator"),
        ("bench", "bench"),
        (f"hub-{LATER}", "simulator"),
        (f"hub-{OTHER}", OTHER),
        (OTHER, OTHER),
    ],
)
async def test_a_hub_cannot_take_the_client_id_of_another_user(stolen: str, owner: str, clean: bool) -> None:
    async with gate_of(MosquittoBroker(keyring=KEYRING, hubs=(HUB, OTHER))) as gate:
        victim = await gate.connect(owner, client_id=stolen)

        thief = await gate.connect(HUB, client_id=stolen, clean=clean)
        await victim.ping()
        await thief.ping()


async def test_users_are_accepted_at_their_own_port_only(gate: Gate) -> None:
    hub = await gate.try_connect(HUB, KEYRING.password(HUB), client_id="cloud", port=gate.port)
    stations = [
        await gate.try_connect(user, KEYRING.password(user), port=gate.hub_port)
        for user in ("cloud", "simulator", "bench")
    ]
    nobody = await gate.try_connect(None, None, client_id=HUB, port=gate.hub_port)

    assert {client.code for client in (hub, *stations, nobody)} == {NOT_AUTHORISED}


async def test_a_hub_without_a_client_id_is_accepted_once(gate: Gate) -> None:
    first, second = RawClient(), RawClient()

    await first.connect(gate.hub_port, "", user=HUB, password=KEYRING.password(HUB))
    await second.connect(gate.hub_port, "other", user=HUB, password=KEYRING.password(HUB))
    await first.end()
    await second.ping()
    second.kill()

    assert (first.code, second.code) == (0, 0)


async def test_a_mosquitto_that_does_not_reload_its_files_is_reported(tmp_path: Path) -> None:
    program = tmp_path / "mosquitto"
    program.write_text(
        f"#!{sys.executable}\n"
        "import signal, socket, sys\n"
        "lines = open(sys.argv[2], encoding='utf-8').read().splitlines()\n"
        "ports = [int(line.split()[1]) for line in lines if line.startswith('listener ')]\n"
        "servers = [socket.create_server(('127.0.0.1', port)) for port in ports]\n"
        "signal.pause()\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    broker = MosquittoBroker(program=str(program), keyring=KEYRING)
    async with gate_of(broker):
        with pytest.raises(BrokerStateError, match="did not reload its passwords"):
            await broker.admit([HUB])


async def test_hubs_can_be_admitted_before_the_start_and_stay_admitted_after_a_restart() -> None:
    broker = MosquittoBroker(keyring=KEYRING)
    await broker.admit([HUB])
    async with gate_of(broker) as gate:
        await gate.connect(HUB)

        await broker.restart()

        await gate.connect(HUB)


def _modes(folder: Path) -> dict[str, int]:
    return {
        name: stat.S_IMODE((folder / name).stat().st_mode) for name in ("passwords", "hub-passwords", "acl")
    }


async def test_passwords_and_rules_are_in_private_files_that_are_removed_with_the_broker(
    broker: MosquittoBroker, gate: Gate
) -> None:
    assert broker._scratch is not None
    folder = Path(broker._scratch.name)

    modes = _modes(folder)
    stations = await asyncio.to_thread((folder / "passwords").read_text, encoding="utf-8")
    hubs = await asyncio.to_thread((folder / "hub-passwords").read_text, encoding="utf-8")
    gate.close()
    await broker.stop()

    assert modes == {"passwords": 0o600, "hub-passwords": 0o600, "acl": 0o600}
    assert (stations.count("\n"), hubs.count("\n")) == (3, 1)
    assert KEYRING.password(HUB) not in hubs
    assert not await asyncio.to_thread(folder.exists)


def test_an_invalid_hub_id_is_refused_by_the_constructor() -> None:
    with pytest.raises(BadIdentifier, match="entrance"):
        MosquittoBroker(keyring=KEYRING, hubs=("entrance",))


def test_a_prefix_that_the_acl_cannot_contain_is_refused_by_the_constructor() -> None:
    with pytest.raises(ValueError, match="%u"):
        MosquittoBroker(keyring=KEYRING, prefix="%u")
