"""The exported stories: our agent does what each expects, a broken one does not, every hub rule is in one."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from exported import rows

from hubsim_agent import core
from hubsim_agent.core import HubAgent
from hubsim_agent.memory import stored_document
from hubsim_agent.outbound import Outbound
from hubsim_contract.mqtt.port import Publish
from hubsim_contract.wire.messages import Desired
from hubsim_contract.wire.rule import RuleProof, RuleSide
from hubsim_contract.wire.rules import RULE_IDS, RULES
from hubsim_scenarios.contract_export.agent_vectors import play

STORIES = rows("agent")
NOT_IN_A_STORY = {
    "MQ-7.protocol": "a field of the packet CONNECT",
    "MQ-10.keepalive": "packets of the MQTT client",
    "MQ-10.backoff": "pauses of many attempts",
    "MQ-10.jitter": "a distribution of pauses",
    "MQ-10.size_out": "about all messages",
}
"""Hub rules that the bench proves, and stories without packets and pauses cannot show."""


def differences(make: Callable[..., HubAgent] = HubAgent) -> list[str]:
    """Return the names of the stories in which an agent of this class does not do what is expected."""
    wrong = []
    for story in STORIES:
        inputs = tuple(step["input"] for step in story["steps"])
        try:
            played = msgspec.to_builtins(play(story["hub"], story["now_ms"], inputs, make))
        except (KeyError, IndexError):  # the acknowledged event was not sent, or the write not begun
            played = None
        if played != story["steps"]:
            wrong.append(story["name"])
    return wrong


def test_our_agent_does_what_the_stories_expect() -> None:
    assert differences() == []


def test_the_stories_show_every_hub_rule_that_a_story_can_show() -> None:
    shown = {rule for story in STORIES for rule in story["rules"]}
    wanted = {rule.id for rule in RULES if rule.side is RuleSide.HUB and rule.proof is RuleProof.CONFORM}

    assert shown <= RULE_IDS
    assert wanted - shown == set(NOT_IN_A_STORY)


class TakesEveryVersion(HubAgent):
    def _take(self, desired: Desired, *_rest: Any) -> None:
        self._newest = stored_document(msgspec.structs.replace(desired, version=self._newest.version + 1))
        self._save()


class ReportsAtOnce(HubAgent):
    def _take(self, desired: Desired, *rest: Any) -> None:
        self._applied = stored_document(desired)
        self._report(*rest)
        super()._take(desired, *rest)


class RefusesSilently(HubAgent):
    def _refuse(self, *_refusal: Any) -> None:
        self._refused_messages += 1


class LeavesWithoutPresence(HubAgent):
    def _publish_presence(self, *, online: bool) -> None:
        if online:
            super()._publish_presence(online=True)


@pytest.mark.parametrize(
    ("broken", "found_in"),
    [
        (TakesEveryVersion, "an older document is ignored"),
        (ReportsAtOnce, "a newer document: store it, then show and report it"),
        (RefusesSilently, "an unknown word: refused, reported with its rule, and nothing else changes"),
        (LeavesWithoutPresence, "an orderly end: presence offline, then DISCONNECT"),
    ],
)
def test_a_broken_agent_does_something_else(broken: type[HubAgent], found_in: str) -> None:
    assert found_in in differences(broken)


def test_an_agent_that_forgets_to_retain_its_report_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Outbound.reported

    def unretained(*arguments: Any, **named: Any) -> Publish:
        return msgspec.structs.replace(whole(*arguments, **named), retain=False)

    monkeypatch.setattr(core.Outbound, "reported", unretained)

    assert len(differences()) > len(STORIES) // 2
