"""The capabilities file of a device."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_conform.device.capabilities import (
    CAPABILITIES_BYTES_MAX,
    BadCapabilities,
    Capabilities,
    DeclaredBounds,
    parse_capabilities,
    read_capabilities,
)
from hubsim_contract.wire.messages import Channel

FILE = """\
name = "hub-c"
version = "1.0"
slots = 1
links = ["ethernet", "cellular", "ethernet"]
battery = false
event_buffer = 200

[bounds]
connack_s = 5
reconnect_longest_s = 2.5
"""


def test_a_file_declares_what_the_device_has(tmp_path: Path) -> None:
    file = tmp_path / "device.toml"
    file.write_text(FILE, encoding="utf-8")

    device = read_capabilities(file)

    assert device == Capabilities(
        name="hub-c",
        version="1.0",
        slots=1,
        links=(Channel.ETHERNET, Channel.CELLULAR),
        battery=False,
        event_buffer=200,
        bounds=DeclaredBounds(connack_s=5, reconnect_longest_s=2.5),
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "device.toml, field 'name': this field is missing"),
        ("name = 1", "device.toml, field 'name': Expected `str`, got `int`"),
        ("name = 'x'\nslot = 1", "device.toml, field 'slot': unknown field; did you mean 'slots'?"),
        ("name = 'x'\nslots = 5", "device.toml, field 'slots': Expected `int` <= 4"),
        ("name = 'x'\nlinks = []", "field 'links': at least one of ethernet, wifi, cellular is expected"),
        ("name = 'x'\nlinks = ['lan']", "field 'links[0]': Invalid enum value 'lan'"),
        ("name = 'x'\nevent_buffer = 20", "field 'event_buffer': Expected `int` >= 100"),
        ("name = 'x'\nbounds = 3", "field 'bounds': Expected `object`, got `int`"),
        ("name = 'x'\n[bounds]\nconack_s = 3", "'bounds.conack_s': unknown field; did you mean 'connack_s'?"),
        ("name = 'x'\n[bounds]\nconnack_s = 0", "field 'bounds.connack_s': Expected `float` > 0.0"),
        ("name =", "device.toml: not a TOML file: "),
        ("#" * (CAPABILITIES_BYTES_MAX + 1), "device.toml: it has more than 65536 bytes"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(BadCapabilities) as caught:
        parse_capabilities(text.encode(), "device.toml")

    assert complaint in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCapabilities, match="cannot be read: No such file"):
        read_capabilities(tmp_path / "none.toml")


@given(st.binary(max_size=200))
def test_any_bytes_are_capabilities_or_a_named_mistake(data: bytes) -> None:
    try:
        parse_capabilities(data, "device.toml")
    except BadCapabilities as error:
        assert str(error).startswith("device.toml")  # noqa: PT017 (either outcome is right)
