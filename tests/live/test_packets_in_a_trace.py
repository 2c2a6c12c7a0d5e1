"""A live play with a tap before its broker: the trace has every packet, and nothing else changes."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hubsim import main
from hubsim_contract.lab.trace import PACKET
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import Played, play_live
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import CATALOG, read
from hubsim_scenarios.reports.page_data import hub_names
from hubsim_scenarios.reports.sequence import RowKind, sequence
from hubsim_scenarios.traces.compare import compare
from hubsim_scenarios.traces.reader import RecordedPlay, parse
from hubsim_scenarios.traces.writer import play_lines

SEED = 1
JOURNEY = CATALOG / "001-first-login-to-stop-now.yaml"
RESTARTS = CATALOG / "905-six-hubs-lose-their-broker.yaml"


def scenario(file: Path) -> Scenario:
    return read([file])[0]


def packets(played: Played) -> list[dict[str, Any]]:
    return [event.plain() for event in played.trace.events if event.event == PACKET]


def recorded(played: Played) -> RecordedPlay:
    (play,) = parse(Path("trace.jsonl"), play_lines(played, broker="embedded"))
    return play


def play(file: Path, *wanted: str, broker: str = "embedded") -> Played:
    return asyncio.run(play_live(scenario(file), SEED, broker=broker, packets=wanted))


@pytest.mark.live
def test_every_packet_of_a_hub_is_recorded_and_the_play_is_the_same() -> None:
    tapped, plain = play(JOURNEY, "all"), play(JOURNEY)

    hub = next(iter(hub_names(SEED, tapped.result.scenario.world.hubs)))
    own = [each for each in packets(tapped) if each["who"] == hub]
    assert (tapped.result.verdict, plain.result.verdict) == (Verdict.PASS, Verdict.PASS)
    assert [each["packet"] for each in own[:5]] == ["CONNECT", "CONNACK", "SUBSCRIBE", "SUBACK", "PUBLISH"]
    assert own[0]["will"]["retain"]
    assert {each["who"] for each in packets(tapped)} >= {hub, "cloud", "carrier"}
    assert [each["real_us"] for each in packets(tapped)] == sorted(
        each["real_us"] for each in packets(tapped)
    )
    assert packets(plain) == []
    assert compare(recorded(tapped), recorded(plain)) is None


@pytest.mark.live
def test_only_the_packets_of_the_named_stations_are_recorded() -> None:
    tapped = play(JOURNEY, "carrier", "front-door")

    hub = next(iter(hub_names(SEED, tapped.result.scenario.world.hubs)))
    assert {each["who"] for each in packets(tapped)} == {"carrier", hub}


@pytest.mark.mosquitto
def test_hubs_that_lose_a_tapped_broker_come_back() -> None:
    tapped = play(RESTARTS, "all", broker="mosquitto")

    connects = [each["who"] for each in packets(tapped) if each["packet"] == "CONNECT"]
    assert tapped.result.verdict is Verdict.PASS
    assert len(connects) > len(set(connects))


@pytest.mark.live
def test_the_diagram_has_a_row_for_each_packet_in_its_direction(tmp_path: Path) -> None:
    trace, page = tmp_path / "t.jsonl", tmp_path / "r.html"
    done = CliRunner().invoke(
        main,
        [
            "run",
            "--live",
            "--packets",
            "front-door",
            "--trace",
            str(trace),
            "--html",
            str(page),
            str(JOURNEY),
        ],
    )
    shown = CliRunner().invoke(
        main, ["trace", "show", str(trace), "--event", "packet", "--hub", "front-door"]
    )

    (play,) = parse(trace, trace.read_bytes())
    diagram = sequence([each.event for each in play.events], play.head.names)
    rows = [row for row in diagram.rows if row.kind is RowKind.PACKET]
    names = [lane.name for lane in diagram.lanes]
    assert (done.exit_code, shown.exit_code) == (0, 0)
    arrows = [(names[row.source], names[row.target], row.label) for row in rows]
    assert arrows[:4] == [
        ("front-door", "broker", "CONNECT presence"),
        ("broker", "front-door", "CONNACK"),
        ("front-door", "broker", "SUBSCRIBE desired"),
        ("broker", "front-door", "SUBACK desired"),
    ]
    assert {("front-door", "broker", "PUBLISH presence"), ("broker", "front-door", "PUBACK presence")} <= set(
        arrows
    )
    assert "front-door  packet CONNECT" in shown.output
    assert '"packet"' in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--virtual", "--packets", "all", "--trace", "t"), "--packets needs a live play on this machine"),
        (("--cloud", "http://127.0.0.1:9", "--packets", "all", "--trace", "t"), "`hubsim tap` shows them"),
        (("--packets", "all"), "--packets needs --trace FILE or --html FILE"),
        (
            ("--packets", "front-dor", "--trace", "t"),
            "no scenario has a hub 'front-dor'; did you mean 'front-door'?",
        ),
    ],
)
def test_packets_that_cannot_be_recorded_are_refused(
    options: tuple[str, ...], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(main, ["run", *options, str(JOURNEY)])

    assert done.exit_code == 2
    assert expected in done.stderr
    assert list(tmp_path.iterdir()) == []
