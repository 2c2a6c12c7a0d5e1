"""The URL of a broker: what is read, what is refused, and what is never shown."""

import pytest

from hubsim_contract.mqtt.broker_url import BadBrokerUrl, BrokerUrl


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("mqtt://127.0.0.1:1884", BrokerUrl("127.0.0.1", 1884)),
        ("mqtt://broker", BrokerUrl("broker", 1883)),
        ("mqtts://hub:p%40ss@b.example/", BrokerUrl("b.example", 8883, True, "hub", "p@ss")),
        ("mqtt://[::1]:1883", BrokerUrl("::1", 1883)),
    ],
)
def test_a_broker_url_is_read(text: str, url: BrokerUrl) -> None:
    assert BrokerUrl.parse(text) == url


@pytest.mark.parametrize(
    "text",
    ["", "broker:1883", "http://broker", "mqtt://", "mqtt://broker:x", "mqtt://broker:0", "mqtt://b:99999",
     "mqtt://b/path", "mqtt://b?x=1", "mqtt://a b", "mqtt://a\0b", "mqtt://" + "a" * 70],
)  # fmt: skip
def test_a_bad_broker_url_says_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match="mqtt://host:port"):
        BrokerUrl.parse(text)


def test_a_broker_url_never_shows_its_password() -> None:
    url = BrokerUrl.parse("mqtts://hub:secret@broker:1")

    assert "secret" not in f"{url} {url!r}"


@pytest.mark.parametrize("password", ["sec/ret", "sec#ret", "sec?ret", "sec\u2100ret"])
def test_a_broker_url_that_cannot_be_read_does_not_show_its_password_either(password: str) -> None:
    with pytest.raises(BadBrokerUrl, match="percent-encoded") as caught:
        BrokerUrl.parse(f"mqtts://hub:{password}@broker:1")

    assert "sec" not in str(caught.value)
