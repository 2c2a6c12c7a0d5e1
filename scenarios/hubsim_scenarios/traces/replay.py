"""Replays a trace: the same scenario under the same seed and conditions, in the virtual world."""

from pathlib import Path

from hubsim_scenarios.language.orders import AXIS, in_every_order
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.identity import case_text
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.product.files import BadFiles, read, read_models, read_own_market
from hubsim_scenarios.traces.reader import BadTrace, RecordedPlay, parse
from hubsim_scenarios.traces.writer import digest, play_lines
from hubsim_scenarios.worlds.brokers import broker_of
from hubsim_simulator.broker.profiles import MOSQUITTO, BrokerProfile


def play_again(file: Path, play: RecordedPlay) -> RecordedPlay:
    """Return a new play of the recorded scenario. Raises `BadTrace` if its files cannot be read."""
    head = play.head
    try:
        models = read_models(map(Path, head.models))
        market_file = None if head.market is None else Path(head.market)
        market = read_own_market(market_file)
        scenario = _scenario(file, play, read([Path(head.file)], models, market))
        profile = _profile(head.broker)
    except (BadFiles, ValueError) as error:  # an invalid URL or file name
        relative = not Path(head.file).is_absolute() and not Path(head.file).exists()
        hint = "run this command in the folder in which the trace was written" if relative else ""
        raise BadTrace(file, play.line, f"cannot be replayed: {error}", hint) from error
    played = play_virtual(scenario, head.seed, broker=profile, models=models, market=market)
    model_files = [Path(model) for model in head.models]
    lines = play_lines(played, broker=head.broker, model_files=model_files, market_file=market_file)
    return next(iter(parse(Path("replay"), lines)))


def has_changed(play: RecordedPlay) -> bool:
    """Return whether the scenario file or a fragment has changed since the trace was written.

    A missing file has not changed: `play_again` reports it.
    """
    if not all(Path(file).exists() for file in (play.head.file, *play.head.fragments)):
        return False
    return play.head.sha256 != digest(play.head.file, *play.head.fragments)


def _scenario(file: Path, play: RecordedPlay, found: list[Scenario]) -> Scenario:
    for scenario in in_every_order(found) if AXIS in play.head.case else found:
        if scenario.case == play.head.case:
            return scenario
    wanted = f"the case {case_text(play.head.case)}" if play.head.case else "a play without a matrix"
    raise BadTrace(file, play.line, f"cannot be replayed: {play.head.file} no longer has {wanted}")


def _profile(broker: str | None) -> BrokerProfile:
    return MOSQUITTO if broker is None else broker_of(broker).profile
