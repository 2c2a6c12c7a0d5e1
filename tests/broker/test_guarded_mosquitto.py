"""A private Mosquitto with passwords: hubs that come later, and hubs that are revoked, while it runs."""

import asyncio
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gate import HUB, KEYRING, LATER, NOT_AUTHORISED, Gate, P, gate_of

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


async def test_a_hub_that_comes_later_is_admitted_and_nobody_is_disturbed(
    broker: MosquittoBroker, gate: Gate
) -> None:
    early = await gate.enter(HUB)
    await early.subscribe((f"{OWN}/desired",))
    before = await gate.knock(LATER, KEYRING.password(LATER))

    await broker.admit([LATER])
    await gate.enter(LATER)
    cloud = await gate.enter("cloud")
    await cloud.publish(f"{OWN}/desired", b"still here")

    await early.arrived(lambda got: got.payload == b"still here")
    assert before.code == NOT_AUTHORISED


async def test_many_hubs_are_admitted_at_the_same_time(broker: MosquittoBroker, gate: Gate) -> None:
    hubs = [f"{number:08X}" for number in range(20)]

    await asyncio.gather(*(broker.admit([hub]) for hub in hubs))

    for hub in (HUB, *hubs):
        await gate.enter(hub)


async def test_a_hub_that_is_revoked_is_disconnected_and_stays_out(
    broker: MosquittoBroker, gate: Gate
) -> None:
    hub, cloud = await gate.enter(HUB), await gate.enter("cloud")

    await broker.renew(KEYRING.without([HUB]))
    await hub.end()
    late = await gate.knock(HUB, KEYRING.password(HUB))
    await cloud.ping()

    assert late.code == NOT_AUTHORISED


async def test_a_mosquitto_that_does_not_read_its_files_again_is_told(tmp_path: Path) -> None:
    program = tmp_path / "mosquitto"
    program.write_text(
        f"#!{sys.executable}\n"
        "import signal, socket, sys\n"
        "port = open(sys.argv[2], encoding='utf-8').read().split()[1]\n"
        "server = socket.create_server(('127.0.0.1', int(port)))\n"
        "signal.pause()\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    broker = MosquittoBroker(program=str(program), keyring=KEYRING)
    async with gate_of(broker):
        with pytest.raises(BrokerStateError, match="did not reload its passwords"):
            await broker.admit([HUB])


async def test_admitted_hubs_outlive_a_restart_and_may_come_before_the_start() -> None:
    broker = MosquittoBroker(keyring=KEYRING)
    await broker.admit([HUB])
    async with gate_of(broker) as gate:
        await gate.enter(HUB)

        await broker.restart()

        await gate.enter(HUB)


def _modes(folder: Path) -> dict[str, int]:
    return {name: stat.S_IMODE((folder / name).stat().st_mode) for name in ("passwords", "acl")}


async def test_passwords_and_rules_lie_in_private_files_and_go_with_the_broker(
    broker: MosquittoBroker, gate: Gate
) -> None:
    assert broker._scratch is not None
    folder = Path(broker._scratch.name)

    modes = _modes(folder)
    passwords = await asyncio.to_thread((folder / "passwords").read_text, encoding="utf-8")
    gate.leave()
    await broker.stop()

    assert modes == {"passwords": 0o600, "acl": 0o600}
    assert passwords.count("\n") == 4
    assert KEYRING.password(HUB) not in passwords
    assert not await asyncio.to_thread(folder.exists)


def test_a_text_that_is_no_hub_id_is_refused_when_it_is_given() -> None:
    with pytest.raises(BadIdentifier, match="front-door"):
        MosquittoBroker(keyring=KEYRING, hubs=("front-door",))


def test_a_prefix_that_its_rules_cannot_hold_is_refused_when_it_is_given() -> None:
    with pytest.raises(ValueError, match="%u"):
        MosquittoBroker(keyring=KEYRING, prefix="%u")
