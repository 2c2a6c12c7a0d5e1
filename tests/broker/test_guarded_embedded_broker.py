"""The guard of the embedded broker beyond the access table: client ids, takeovers, a new keyring."""

import logging
from collections.abc import AsyncIterator

import pytest
from gate import HUB, KEYRING, NOT_AUTHORISED, OTHER, Gate, P, gate_of, guarded_embedded
from raw_mqtt import RawClient

from hubsim_contract.mqtt.access import may_use_client_id
from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.errors import BrokerStateError
from hubsim_simulator.broker.guard import LoginRefused
from hubsim_simulator.broker.keyring import Keyring

OWN, FOREIGN = f"{P}/hubs/{HUB}", f"{P}/hubs/{OTHER}"
IDENTIFIER_REJECTED = 2
Guarded = tuple[Gate, EmbeddedBroker]


@pytest.fixture
async def guarded() -> AsyncIterator[Guarded]:
    broker, _ = guarded_embedded()
    async with gate_of(broker) as gate:
        yield gate, broker


@pytest.mark.parametrize(
    ("user", "client_id", "allowed"),
    [
        (HUB, f"hub-{HUB}", True),
        (HUB, f"hub-{HUB}-world", True),
        (HUB, f"hub-{OTHER}", False),
        (HUB, f"hub-{HUB}0", False),
        (HUB, HUB, False),
        (HUB, "cloud", False),
        (HUB, "carrier", False),
        (HUB, "anything", False),
        ("cloud", "cloud", True),
        ("cloud", "cloud-world", True),
        ("cloud", "lab-main", True),
        ("cloud", f"hub-{HUB}", False),
        ("cloud", "simulator-1", False),
        ("simulator", "carrier", True),
        ("simulator", "simulator-1", True),
        ("simulator", f"hub-{HUB}-world", True),
        ("simulator", "cloud", False),
        ("bench", "bench-1", True),
        ("bench", "mqttx_1234", True),
        ("bench", "cloud", False),
        ("bench", "carrier-world", False),
        ("nobody", "anything", False),
        ("", "", False),
    ],
)
def test_client_ids_belong_to_users(user: str, client_id: str, allowed: bool) -> None:
    assert may_use_client_id(user, client_id) is allowed


@pytest.mark.live
@pytest.mark.parametrize("stolen", ["cloud", "carrier", f"hub-{OTHER}"])
@pytest.mark.parametrize("clean", [True, False])
async def test_a_hub_cannot_take_the_client_id_of_another_user(
    guarded: Guarded, stolen: str, clean: bool
) -> None:
    gate, _ = guarded
    owner = {"cloud": "cloud", "carrier": "simulator"}.get(stolen, OTHER)
    victim = await gate.connect(owner, client_id=stolen)

    thief = await gate.try_connect(HUB, KEYRING.password(HUB), client_id=stolen, clean=clean)
    await thief.end()
    await victim.ping()

    assert thief.code == IDENTIFIER_REJECTED


@pytest.mark.live
async def test_a_hub_may_let_the_broker_choose_its_client_id(guarded: Guarded) -> None:
    gate, _ = guarded
    hub = RawClient()

    await hub.connect(gate.port, "", user=HUB, password=KEYRING.password(HUB))
    hub.kill()

    assert hub.code == 0


@pytest.mark.live
@pytest.mark.parametrize("clean", [True, False])
async def test_a_rejected_client_does_not_disturb_the_client_whose_id_it_uses(
    guarded: Guarded, clean: bool
) -> None:
    gate, _ = guarded
    cloud = await gate.connect("cloud", client_id="cloud", clean=clean)
    await cloud.subscribe((f"{P}/hubs/+/reported",))
    hub = await gate.connect(HUB, Will(f"{OWN}/presence", b"gone"))

    rejected = await gate.try_connect("cloud", "wrong-wrong-wrong", client_id="cloud", clean=clean)
    await hub.publish(f"{OWN}/reported", b"still delivered")
    await cloud.arrived(lambda got: got.payload == b"still delivered")

    assert rejected.code == NOT_AUTHORISED


@pytest.mark.live
@pytest.mark.parametrize("clean", [True, False])
async def test_a_session_does_not_pass_from_one_user_to_another(guarded: Guarded, clean: bool) -> None:
    gate, _ = guarded
    simulated = await gate.connect("simulator", client_id=f"hub-{HUB}", clean=False)
    await simulated.subscribe((f"{FOREIGN}/desired",))
    cloud = await gate.connect("cloud")

    newer = await gate.connect(HUB, client_id=f"hub-{HUB}", clean=clean)
    await simulated.end()
    await cloud.publish(f"{FOREIGN}/desired", b"secret", retain=True)
    await newer.subscribe((f"{OWN}/desired",))
    await cloud.publish(f"{OWN}/desired", b"marker")
    await newer.arrived(lambda got: got.payload == b"marker")

    assert not newer.present
    assert [got.payload for got in newer.arrivals] == [b"marker"]


@pytest.mark.live
async def test_refusals_are_counted_by_reason() -> None:
    broker, guard = guarded_embedded()
    async with gate_of(broker) as gate:
        await gate.try_connect(HUB, "wrong-wrong-wrong")
        await gate.try_connect("nobody", None)
        await gate.try_connect(HUB, KEYRING.password(HUB), client_id="cloud")
        hub = await gate.connect(HUB, Will(f"{FOREIGN}/presence", b"forged"))
        await hub.subscribe(("#", f"{OWN}/desired"))
        for qos in (0, 1, 2):
            await hub.publish(f"{FOREIGN}/events", b"forged", qos)

    assert guard.refused == {
        LoginRefused.CREDENTIALS: 2,
        LoginRefused.CLIENT_ID: 1,
        LoginRefused.WILL: 1,
        LoginRefused.SUBSCRIBE: 1,
        LoginRefused.PUBLISH: 3,
    }


@pytest.mark.live
async def test_a_hub_that_is_revoked_is_disconnected_and_its_session_ends(guarded: Guarded) -> None:
    gate, broker = guarded
    watcher, cloud = await gate.watcher(), await gate.connect("cloud")
    hub = await gate.connect(HUB, Will(f"{OWN}/presence", b"gone"), client_id=f"hub-{HUB}", clean=False)
    await hub.subscribe((f"{OWN}/desired",))

    broker.renew(KEYRING.without([HUB]))
    await hub.end()
    await watcher.arrived(lambda got: got.payload == b"gone")
    late = await gate.try_connect(HUB, KEYRING.password(HUB))
    await cloud.ping()
    broker.renew(KEYRING)
    again = await gate.connect(HUB, client_id=f"hub-{HUB}", clean=False)

    assert late.code == NOT_AUTHORISED
    assert not again.present


@pytest.mark.live
async def test_with_new_passwords_all_clients_connect_again(guarded: Guarded) -> None:
    gate, broker = guarded
    hub, cloud = await gate.connect(HUB), await gate.connect("cloud")

    broker.renew(Keyring.new())

    await hub.end()
    await cloud.end()


def test_a_broker_without_a_keyring_cannot_get_another_one() -> None:
    with pytest.raises(BrokerStateError, match="no keyring"):
        EmbeddedBroker().renew(KEYRING)


@pytest.mark.live
async def test_no_log_contains_a_password(guarded: Guarded, caplog: pytest.LogCaptureFixture) -> None:
    gate, _ = guarded
    caplog.set_level(logging.DEBUG)

    await gate.connect(HUB)
    await gate.try_connect(HUB, "wrong-wrong-wrong")

    assert caplog.text
    assert KEYRING.password(HUB) not in caplog.text
    assert "wrong-wrong-wrong" not in caplog.text
