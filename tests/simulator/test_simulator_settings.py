from typing import Any

import msgspec
import pytest

from hubsim_simulator.carrier.settings import CarrierSettings, CutStyle
from hubsim_simulator.hardware.radio import RejectCause
from hubsim_simulator.hardware.ranges import BadSetting
from hubsim_simulator.hardware.settings import HardwareSettings


@pytest.mark.parametrize(
    ("record", "name", "value"),
    [
        (HardwareSettings, "t3411_ms", 0),
        (HardwareSettings, "attach_ms", -1),
        (HardwareSettings, "attempts_before_t3402", 0),
        (HardwareSettings, "battery_drain_ms_per_percent", 0),
        (HardwareSettings, "boot_ms", 86_400_001),
        (HardwareSettings, "boot_ms", "5 s"),
        (HardwareSettings, "boot_ms", True),
        (CarrierSettings, "activation_delay_ms", 4_999),
        (CarrierSettings, "activation_delay_ms", 1_800_001),
        (CarrierSettings, "cut_delay_ms", 7_200_001),
        (CarrierSettings, "networks", 0),
    ],
)
def test_the_error_for_a_setting_names_its_range(record: type[msgspec.Struct], name: str, value: Any) -> None:
    with pytest.raises(BadSetting, match=f"setting {name} is {value!r}, .* is expected") as caught:
        record(**{name: value})

    assert (caught.value.name, caught.value.value) == (name, value)


@pytest.mark.parametrize("delay_ms", [5_000, 1_800_000])
def test_the_bounds_of_a_range_are_valid(delay_ms: int) -> None:
    assert CarrierSettings(activation_delay_ms=delay_ms).activation_delay_ms == delay_ms


def test_settings_can_be_read_from_a_mapping() -> None:
    settings = msgspec.convert({"cut_style": "lazy", "reject_cause": "emm_8"}, CarrierSettings)

    assert settings == CarrierSettings(cut_style=CutStyle.LAZY, reject_cause=RejectCause.EMM_8)


def test_the_carrier_has_the_defaults_of_the_domain() -> None:
    settings = CarrierSettings()

    assert (settings.activation_delay_ms, settings.cut_delay_ms) == (60_000, 0)
    assert (settings.cut_style, settings.reject_cause) == (CutStyle.CANCEL_LOCATION, RejectCause.EMM_15)
    assert settings.roaming
    assert not settings.profile_bound_to_imei
    assert settings.commissioning_ms == 0
