"""What a test takes hold of: the world, people, hubs, the bench and the cloud, with the verbs of scenarios.

A verb returns its result; in an `async` test it returns something to await for it. Actions of people
(`dealer.activate(hub)`) and acts of hands (`hub.insert_sim(slot=1, sim="ajax")`) are those of the scenario
language, by the same names and with the same fields; fields without a name stand in their order. A word
that Python has for itself takes an underscore behind it: `for_="1 d"`.

Raises, of every verb: `ActionRefused`, `NotSo`, `BadVerb`.
"""

import inspect
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from functools import partial, wraps
from typing import Any, ParamSpec

from hubsim_scenarios.language.composites import Fields
from hubsim_scenarios.language.errors import did_you_mean
from hubsim_scenarios.play.context import StepOutcome
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.pytest_plugin.errors import BadVerb
from hubsim_scenarios.pytest_plugin.session import Spot, TestSession
from hubsim_scenarios.pytest_plugin.step_builder import NamedValue, pattern, written

P = ParamSpec("P")


class Fixture:
    """Something in the world of a test."""

    def __init__(self, session: TestSession) -> None:
        self.session = session


def verb(doing: Callable[P, Coroutine[Any, Any, Any]]) -> Callable[P, Any]:
    """Make a coroutine of a face a verb: awaited in `async` tests, done when it comes back in others."""

    @wraps(doing)
    def said(*args: P.args, **kwargs: P.kwargs) -> Any:
        __tracebackhide__ = True
        face = args[0]
        assert isinstance(face, Fixture)
        return face.session.carry(doing(*args, **kwargs), _caller())

    return said


def _caller() -> Spot:
    """Return the line of the test, behind the verb that asks."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__", "").startswith(
        "hubsim_scenarios.pytest_plugin"
    ):
        frame = frame.f_back
    return Spot(frame.f_code.co_filename, frame.f_lineno) if frame is not None else Spot("", 1)


class NamedFixture(Fixture, NamedValue):
    """Something with a name."""

    def __init__(self, session: TestSession, name: str) -> None:
        Fixture.__init__(self, session)
        NamedValue.__init__(self, name)


class SubjectFixture(NamedFixture):
    """Something that can be looked at: a hub, or a card."""

    @verb
    async def expect(self, *, within: str | None = None, **fields: Any) -> None:
        """Expect fields to be so, now or `within` a time such as `90 s`."""
        __tracebackhide__ = True
        await self.session.play(expect_words(self.name, within, fields))

    @verb
    async def never(self, *, for_: str, **fields: Any) -> None:
        """Expect fields not to be so, all at one instant, for a time such as `1 d`."""
        __tracebackhide__ = True
        await self.session.play({"never": self.name, "for": for_, **expected_fields(fields)})


class ActorFixture(NamedFixture):
    """Somebody who wishes and looks."""

    @property
    def speaker(self) -> str:
        """The name of the person who acts."""
        return self.name

    @verb
    async def do(self, action: str, *args: Any, **fields: Any) -> StepOutcome:
        """Do something; `refused="not_active"` expects a refusal, `called="shed"` names what comes of it."""
        tables = language().tables
        words = _by_name(action, args, fields, tables.actions, frozenset(tables.act) | {"called"})
        return await self.session.play({"as": self.speaker, "do": action, **words})

    @verb
    async def sees(self, view: str, *args: Any, shows: Any = None, **fields: Any) -> Any:
        """Look at something; return it as plain values. With `shows` it must match that pattern."""
        __tracebackhide__ = True
        tables = language().tables
        words = _by_name(view, args, fields, tables.views, frozenset(tables.look) | {"shows"})
        shown = {} if shows is None else {"shows": pattern(shows)}
        outcome = await self.session.play({"as": self.speaker, "sees": view, **words, **shown})
        return outcome.seen

    def __getattr__(self, action: str) -> Callable[..., Any]:
        """Return an action of the scenario language: there are many, and new ones need no line here."""
        _check(action, language().tables.actions, self)
        return partial(self.do, action)


class PersonFixture(ActorFixture):
    """A person, who acts for the account that was picked last."""


class CompanyFixture(ActorFixture):
    """A company; its owner acts for it. Stands for the company where one is named."""

    def __init__(self, session: TestSession, name: str, owner: PersonFixture) -> None:
        super().__init__(session, name)
        self.owner = owner

    @property
    def speaker(self) -> str:
        """The name of the owner."""
        return self.owner.name


class SimFixture(SubjectFixture):
    """A SIM card with a name, to follow it."""


class HubFixture(SubjectFixture):
    """A simulated hub, with hands on it."""

    def __init__(self, session: TestSession, name: str, dealer: CompanyFixture | None) -> None:
        super().__init__(session, name)
        self._dealer = dealer

    @property
    def dealer(self) -> CompanyFixture:
        """Who looks after it. Raises `LookupError` when nobody does."""
        if self._dealer is None:
            raise LookupError(f"the hub {self.name} was put on the bench without a dealer")
        return self._dealer

    @verb
    async def do(self, action: str, *args: Any, **fields: Any) -> StepOutcome:
        """Lay hands on it; `refused="slot_empty"` expects a refusal."""
        return await self.session.play(action_words(self.name, action, args, fields))

    def __getattr__(self, action: str) -> Callable[..., Any]:
        """Return an act of hands of the scenario language."""
        _check(action, language().tables.bench_actions, self)
        return partial(self.do, action)


class BenchFixture(Fixture):
    """Hands on any hub, and faults."""

    @verb
    async def action(self, hub: HubFixture | str, action: str, *args: Any, **fields: Any) -> StepOutcome:
        """Lay hands on a hub."""
        __tracebackhide__ = True
        return await self.session.play(action_words(str(written(hub)), action, args, fields))

    @verb
    async def fault(self, fault: str, *args: Any, **fields: Any) -> None:
        """Let something go wrong, from now on or at once, as the fault says."""
        __tracebackhide__ = True
        tables = language().tables
        words = _by_name(fault, args, fields, tables.faults, frozenset(tables.fault))
        await self.session.play({"fault": fault, **words})


class CloudFixture(Fixture):
    """The cloud as one process, with what it holds for nobody in particular."""

    @verb
    async def stop(self) -> None:
        """Let it die without a goodbye."""
        __tracebackhide__ = True
        await self.session.play({"fault": "stop_process", "process": "cloud"})

    @verb
    async def start(self) -> None:
        """Let it come back with what was durable."""
        __tracebackhide__ = True
        await self.session.play({"fault": "start_process", "process": "cloud"})

    @verb
    async def expect(self, *, within: str | None = None, **fields: Any) -> None:
        """Expect its own counters to be so."""
        __tracebackhide__ = True
        await self.session.play(expect_words("cloud", within, fields))

    @verb
    async def mailbox(self, of: ActorFixture | str, *, within: str | None = None, **fields: Any) -> None:
        """Expect the mails to somebody to be so: `mails={"has": [{"kind": "connection_approved"}]}`."""
        fields = {"of": str(written(of)), **fields}
        await self.session.play(expect_words("mailbox", within, fields))

    @verb
    async def billing(self, *, within: str | None = None, **fields: Any) -> None:
        """Expect the `invoices` to be so."""
        __tracebackhide__ = True
        await self.session.play(expect_words("billing", within, fields))


def action_words(hub: str, action: str, args: Sequence[Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the step that lays hands on a hub."""
    tables = language().tables
    return {
        "bench": hub,
        "do": action,
        **_by_name(action, args, fields, tables.bench_actions, frozenset(tables.bench)),
    }


def expect_words(subject: str, within: str | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the step that expects something."""
    return {"expect": subject, **({} if within is None else {"within": within}), **expected_fields(fields)}


def expected_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return expected fields by the names that they have in scenarios."""
    return {name.removesuffix("_"): pattern(value) for name, value in fields.items()}


def _by_name(
    word: str,
    args: Sequence[Any],
    fields: Mapping[str, Any],
    known: Mapping[str, Fields],
    common: frozenset[str],
) -> dict[str, Any]:
    """Return the fields of a verb by name; those without one stand for its own fields in their order."""
    own = [name for name in known.get(word, {}) if name not in common]
    if len(args) > len(own):
        raise BadVerb(f"{word} takes {len(own)} fields ({', '.join(own)}), {len(args)} were given")
    given = dict(zip(own, args, strict=False))
    named = {name.removesuffix("_"): value for name, value in fields.items()}
    for name in given.keys() & named.keys():
        raise BadVerb(f"{word}: {name!r} was given twice")
    return {**given, **named}


def _check(word: str, words: Iterable[str], thing: NamedFixture) -> None:
    """Raise `AttributeError` for what is no verb."""
    known = set(words)
    if word not in known:
        hint = did_you_mean(word, known) if not word.startswith("_") else ""
        raise AttributeError(f"{thing!r} has no verb {word!r}" + (f"; {hint}" if hint else ""))
