"""The snapshots of the cloud have exactly the fields of their types."""

import msgspec
import pytest
from service_play import AJAX, HUB, ServicePlay, slot

from hubsim_cloud.domain.commands import Activate
from hubsim_cloud.lab.hub_states import AppliedState, AppState, DeviceRecordState
from hubsim_cloud.world.snapshots import app_snapshot, applied_snapshot, device_snapshot
from hubsim_contract.wire.messages import Channel


@pytest.mark.parametrize("hub", [HUB, "0000AAFF"], ids=["known", "unknown"])
def test_a_snapshot_is_of_its_type(hub: str) -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub(slot(AJAX))
    play.does(dealer, Activate(hub=HUB))
    play.comes_online(HUB, Channel.ETHERNET)
    snapshots = {
        AppState: app_snapshot(play.state, hub, play.now_ms, play.settings),
        AppliedState: applied_snapshot(play.state, hub),
        DeviceRecordState: device_snapshot(play.state, hub),
    }

    for kind, snapshot in snapshots.items():
        sent = msgspec.json.encode(snapshot)
        again = msgspec.json.encode(msgspec.json.decode(sent, type=kind))
        assert msgspec.json.decode(again) == msgspec.json.decode(sent)
