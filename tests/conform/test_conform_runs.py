"""Runs: missing capabilities, chosen rules, several devices, the long suite, a device that is not there."""

import pytest
from small_hub_shell import SmallHubDevice
from virtual_conform import SMALL_HUB, conform, with_verdict

from hubsim_conform.checks.all_checks import CHECKS, FIRST
from hubsim_conform.checks.check import Suite
from hubsim_conform.device.capabilities import Capabilities, DeclaredBounds
from hubsim_conform.reporting.report_record import report_of
from hubsim_conform.running.lane import INTERRUPTED
from hubsim_conform.running.outcome import CheckEnd, RuleVerdict
from hubsim_conform.running.run import hub_number, spread, wanted_rules


def test_what_a_device_lacks_is_skipped_by_name() -> None:
    bare = Capabilities(name="bare", lid=False, mains=False, restart=False, clock=False, real_modem=True)

    run = conform(capabilities=bare)

    skipped = with_verdict(run, RuleVerdict.SKIPPED)
    assert skipped["MQ-4.once"] == "lacks lid or mains"
    assert skipped["MQ-5.persisted"] == "lacks restart"
    assert skipped["MQ-4.time"] == "lacks lid or mains and restart"
    assert with_verdict(run, RuleVerdict.FAIL) == with_verdict(run, RuleVerdict.BLOCKED) == {}


def test_a_device_without_a_clock_is_checked_except_for_times() -> None:
    run = conform(capabilities=Capabilities(name="no clock", clock=False), rules=["MQ-4"])

    assert with_verdict(run, RuleVerdict.SKIPPED) == {"MQ-4.time": "lacks clock"}
    assert "MQ-4.buffer" in with_verdict(run, RuleVerdict.PASS)


def test_a_device_without_a_lid_is_operated_by_its_mains() -> None:
    run = conform(capabilities=Capabilities(name="no lid", lid=False), rules=["MQ-4"])

    assert len(with_verdict(run, RuleVerdict.PASS)) == 6


def test_a_person_is_not_asked_for_hundreds_of_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SmallHubDevice, "many_acts", False)

    run = conform(rules=["MQ-4.buffer"])

    ends = {outcome.check: outcome for outcome in run.lanes[0].outcomes}
    assert ends["full-buffer"].end is CheckEnd.SKIPPED
    assert ends["full-buffer"].reason == "an actuator that needs no person"
    assert "MQ-4.buffer" in with_verdict(run, RuleVerdict.PASS)


def test_only_the_chosen_rules_are_reported() -> None:
    run = conform("no will", rules=["MQ-7.qos", "MQ-3"])

    assert {result.rule for result in run.rules} == {
        "MQ-3.subscribe",
        "MQ-3.presence",
        "MQ-3.report",
        "MQ-7.qos",
    }
    assert with_verdict(run, RuleVerdict.FAIL) == {}


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(ValueError, match=r"MQ-8\.highest"):
        wanted_rules(["MQ-8.highest"])


def test_several_devices_share_the_checks_and_find_the_same() -> None:
    run = conform("merges documents", devices=4)

    assert [lane.hub for lane in run.lanes] == ["0A1B2C3D", "0A1B2C3E", "0A1B2C3F", "0A1B2C40"]
    assert set(with_verdict(run, RuleVerdict.FAIL)) == {"MQ-1.whole"}
    assert len(run.rules) == len(wanted_rules([]))


def test_checks_are_spread_without_loss() -> None:
    lanes = spread(CHECKS, 5, DeclaredBounds())

    assert all(lane[0] is FIRST for lane in lanes)
    spread_out = sorted(check.name for lane in lanes for check in lane[1:])
    assert spread_out == sorted(check.name for check in CHECKS if check is not FIRST)


def test_hub_numbers_begin_again_after_the_last() -> None:
    assert hub_number("FFFFFFFF", 1) == "00000000"


def test_the_long_suite_plays_for_its_time() -> None:
    run = conform(suites=[Suite.LONG], long_s=6 * 3600.0)

    outcome = next(each for each in run.lanes[0].outcomes if each.check == "long-run")
    assert outcome.end is CheckEnd.DONE
    assert outcome.took_s >= 6 * 3600
    assert with_verdict(run, RuleVerdict.FAIL) == with_verdict(run, RuleVerdict.BLOCKED) == {}
    assert "MQ-10.keepalive" in with_verdict(run, RuleVerdict.PASS)


def test_the_same_seed_gives_the_same_run() -> None:
    first, second = (conform(seed=7, rules=["MQ-10"]) for _ in range(2))

    assert [entry.at_s for entry in first.lanes[0].recording.entries] == [
        entry.at_s for entry in second.lanes[0].recording.entries
    ]


def test_the_report_names_profile_seed_coverage_and_likely_mistakes() -> None:
    report = report_of(conform("no jitter", seed=3, rules=["MQ-10.jitter", "MQ-10.backoff"]))

    assert report.profile["name"] == SMALL_HUB.name
    assert report.coverage.decided == report.coverage.of == 2
    assert report.seed == 3
    assert report.exit_code == 1
    failure = report.rules[-1].failures[0]
    assert failure.check == "backoff"
    assert failure.likely_mistake == "The pauses have no random part, or each boot uses the same seed."
    assert any(entry.proof for entry in failure.entries)


def test_equal_failures_are_shown_once() -> None:
    report = report_of(conform("will not retained", rules=["MQ-6.will"]))

    (rule,) = report.rules
    assert len(rule.failures) == 1
    assert rule.further_failures > 0


def test_a_device_that_never_connects_blocks_every_rule_at_once() -> None:
    run = conform("MQTT 5", rules=["MQ-1", "MQ-7.protocol"])

    assert set(with_verdict(run, RuleVerdict.FAIL)) == {"MQ-7.protocol"}
    assert with_verdict(run, RuleVerdict.BLOCKED)["MQ-1.stale"].startswith("stale: the hub was never online")


@pytest.mark.parametrize("devices", [1, 4])
def test_an_interrupted_run_reports_what_it_has_decided(devices: int) -> None:
    run = conform("will not retained", devices=devices, interrupted_after="reconnect")

    assert set(with_verdict(run, RuleVerdict.FAIL)) == {"MQ-6.will"}
    assert "MQ-7.client_id" in with_verdict(run, RuleVerdict.PASS)
    assert with_verdict(run, RuleVerdict.BLOCKED)["MQ-1.newer"] == f"newer: {INTERRUPTED}"
    assert with_verdict(run, RuleVerdict.SKIPPED) == {}
    played = [outcome for lane in run.lanes for outcome in lane.outcomes if outcome.check != FIRST.name]
    assert sorted(outcome.check for outcome in played) == sorted(
        check.name for check in CHECKS if check is not FIRST and check.suite is Suite.STANDARD
    )
