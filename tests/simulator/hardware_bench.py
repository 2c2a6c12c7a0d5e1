"""A hub under test: bench actions, a world clock, and a network whose answers the test defines."""

from collections.abc import Callable, Iterable

from hubsim_contract.core import Now, Wake
from hubsim_contract.lab.bench_actions import AnyBenchAction, Card, CardKind, PowerOn
from hubsim_contract.wire.messages import Hardware
from hubsim_simulator.hardware.cards import make_card, make_imei
from hubsim_simulator.hardware.hub import HubHardware
from hubsim_simulator.hardware.led import LedColour, LedPattern
from hubsim_simulator.hardware.ports import CloudReachable, HardwareEffect, HardwareEvent
from hubsim_simulator.hardware.profile import load_profile
from hubsim_simulator.hardware.radio import (
    AttachAccepted,
    AttachRejected,
    AttachRequested,
    RadioAnswer,
    RejectCause,
)
from hubsim_simulator.hardware.settings import HardwareSettings

AJAX_1, AJAX_2 = make_card(CardKind.AJAX, 1), make_card(CardKind.AJAX, 2)
ORDINARY_1 = make_card(CardKind.ORDINARY, 1)
IMEI = make_imei(1)

Answers = Callable[[AttachRequested], RadioAnswer | None]


def accept(request: AttachRequested) -> AttachAccepted:
    return AttachAccepted(request.iccid, network_roaming=True, generation=request.generation_best)


def deny(request: AttachRequested) -> AttachRejected:
    return AttachRejected(request.iccid, RejectCause.EMM_15, permanent=False)


def deny_permanently(request: AttachRequested) -> AttachRejected:
    return AttachRejected(request.iccid, RejectCause.EMM_8, permanent=True)


def no_answer(_request: AttachRequested) -> None:
    return None


def accept_only(*cards: Card, otherwise: Answers = deny) -> Answers:
    accepted = {card.iccid for card in cards}
    return lambda request: (accept if request.iccid in accepted else otherwise)(request)


class Bench:
    """One hub, by default switched on at 0. `requests` has (instant, ICCID) of each attach request."""

    def __init__(
        self,
        model: str = "hub-2-plus",
        slots: dict[int, Card] | None = None,
        links: Iterable[str] = (),
        answers: Answers = accept,
        on: bool = True,
        **settings: int | None,
    ) -> None:
        self.answers = answers
        self.now_ms = 0
        self.requests: list[tuple[int, str]] = []
        self.effects: list[HardwareEffect] = []
        record = HardwareSettings(**settings)  # type: ignore[arg-type]
        self.hub = HubHardware("0000AA01", IMEI, load_profile(model), record, slots=slots, links=links)
        if on:
            self.do(PowerOn())

    def do(self, *bench_actions: AnyBenchAction) -> list[HardwareEffect]:
        """Perform bench actions, and return all effects, also those of the network's answers."""
        start = len(self.effects)
        for action in bench_actions:
            self.send(action)
        return self.effects[start:]

    def send(self, event: HardwareEvent) -> None:
        effects = self.hub.handle(event, Now(0, self.now_ms))
        self.effects += effects
        for effect in effects:
            if isinstance(effect, AttachRequested):
                self.requests.append((self.now_ms, effect.iccid))
                answer = self.answers(effect)
                if answer is not None:
                    self.send(answer)

    def cloud(self, reachable: bool) -> None:
        self.send(CloudReachable(reachable))

    def run_to(self, world_ms: int) -> list[HardwareEffect]:
        """Move the clock. Every timer fires at its own time."""
        start = len(self.effects)
        due_ms = self.hub.due()
        while due_ms is not None and due_ms <= world_ms:
            assert due_ms > self.now_ms or self.now_ms == 0, (
                "a timer that is due again at once causes an endless loop"
            )
            self.now_ms = due_ms
            self.send(Wake())
            due_ms = self.hub.due()
        self.now_ms = world_ms
        return self.effects[start:]

    @property
    def seen(self) -> Hardware:
        return self.hub.snapshot()

    @property
    def led(self) -> tuple[LedColour, LedPattern]:
        face = self.hub.face()
        return face.colour, face.pattern

    def request_times(self) -> list[int]:
        return [at_ms for at_ms, _ in self.requests]

    def kinds(self) -> list[str]:
        return [type(effect).__name__ for effect in self.effects]
