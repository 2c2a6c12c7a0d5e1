"""The names under which the servers answer: odd and unexpected `Host` headers are refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_world import CHEAP, Api, problem_of, served
from starlette.types import Scope

from hubsim_cloud.http.host_names import HostNames, read_host
from hubsim_cloud.http.problems import Problem
from hubsim_cloud.http.settings import HttpSettings


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    settings = HttpSettings(host_names=("hubs.example.com", "192.0.2.7"), hashing=CHEAP)
    async with served(tmp_path / "cloud.db", settings) as api:
        yield api


def scope_of(*hosts: bytes, server: tuple[str, int] | None = ("10.0.0.5", 8080)) -> Scope:
    return {"type": "http", "headers": [(b"host", host) for host in hosts], "server": server}


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("localhost:8080", "localhost"),
        ("LocalHost.", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]:8080", "::1"),
        ("[0:0:0:0:0:0:0:1]", "::1"),
        ("hubs.example.com:443", "hubs.example.com"),
        ("my_host-1", "my_host-1"),
    ],
)
def test_a_host_is_read_in_its_normal_form(value: str, name: str) -> None:
    assert read_host(value) == name


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "a b",
        "a,b",
        "user@localhost",
        "localhost:",
        "localhost:x",
        "localhost:99999",
        "localhost:8080:1",
        "http://localhost",
        "localhost/",
        "[::1",
        "::1",
        "[::1]x",
        "[]",
        "[1.2.3]",
        ".",
        "a..b",
        ".a",
        "ł.example.com",
        "localhost\x00",
        "localhost%00",
        "a" * 256,
        "a-" * 127 + "!",
    ],
)
def test_an_odd_host_is_not_read(value: str) -> None:
    assert read_host(value) is None


@pytest.mark.parametrize(
    "host",
    [b"localhost:1", b"127.0.0.9", b"[::1]:8080", b"10.0.0.5:8080", b"hubs.example.com", b"192.0.2.7:443"],
)
def test_loopback_the_reached_address_and_configured_names_are_expected(host: bytes) -> None:
    HostNames(("Hubs.Example.com", "192.0.2.7")).check(scope_of(host))


def test_the_reached_address_of_a_socket_for_both_families_is_expected() -> None:
    HostNames().check(scope_of(b"10.0.0.5", server=("::ffff:10.0.0.5", 80)))


@pytest.mark.parametrize(
    ("hosts", "name"),
    [
        ((), "malformed_header"),
        ((b"localhost", b"localhost"), "malformed_header"),
        ((b"localhost, page.example",), "malformed_header"),
        ((b"\xff",), "malformed_header"),
        ((b"page.example",), "unexpected_host"),
        ((b"127.0.0.1.page.example:8080",), "unexpected_host"),
        ((b"localhost.page.example",), "unexpected_host"),
        ((b"10.0.0.6",), "unexpected_host"),
        ((b"2130706433",), "unexpected_host"),
        ((b"0.0.0.0",), "unexpected_host"),
    ],
)
def test_all_others_are_refused(hosts: tuple[bytes, ...], name: str) -> None:
    with pytest.raises(Problem) as refused:
        HostNames().check(scope_of(*hosts))

    assert refused.value.name.value == name


@pytest.mark.parametrize(
    "path", ["/v1/session", "/metrics", "/health/live", "/openapi.json", "/worlds/x/v1/session", "/nothing"]
)
async def test_no_path_answers_under_an_unexpected_name(api: Api, path: str) -> None:
    unexpected = await api.client.get(path, headers={"Host": "page.example"})
    odd = await api.client.get(path, headers={"Host": "a b"})

    assert (unexpected.status_code, problem_of(unexpected)["facts"]) == (421, {"host": "page.example"})
    assert (odd.status_code, problem_of(odd)["name"]) == (400, "malformed_header")


async def test_a_refused_name_is_counted(api: Api) -> None:
    await api.client.get("/metrics", headers={"Host": "page.example"})

    metrics = (await api.client.get("/metrics", headers={"Host": "hubs.example.com"})).text

    assert 'hubsim_cloud_http_requests_total{method="GET",route="other",status="421"} 1.0' in metrics
