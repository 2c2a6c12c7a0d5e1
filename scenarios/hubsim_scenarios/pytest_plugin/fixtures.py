"""The objects of a test: people, companies, hubs, cards, the bench and the cloud. Their methods are verbs.

A verb plays a step and returns its result; in an `async` test it returns an awaitable. Actions of people
(`dealer.activate(hub)`) and bench actions (`hub.insert_sim(slot=1, sim="ajax")`) have the names and fields of
the scenario language. Positional arguments are the fields in their order. A field whose name is a Python
keyword has an underscore at its end: `for_="1 d"`.

Every verb can raise `ActionRefused`, `ExpectationFailed` and `BadVerb`.
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
from hubsim_scenarios.pytest_plugin.step_builder import NamedValue, pattern, plain_value

P = ParamSpec("P")


class Fixture:
    """An object in the world of a test."""

    def __init__(self, session: TestSession) -> None:
        self.session = session


def verb(doing: Callable[P, Coroutine[Any, Any, Any]]) -> Callable[P, Any]:
    """Make an async method of a fixture a verb: an awaitable in `async` tests, a blocking call in others."""

    @wraps(doing)
    def call(*args: P.args, **kwargs: P.kwargs) -> Any:
        __tracebackhide__ = True
        fixture = args[0]
        assert isinstance(fixture, Fixture)
        return fixture.session.execute(doing(*args, **kwargs), _caller())

    return call


def _caller() -> Spot:
    """Return the line of the test that calls the verb."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__", "").startswith(
        "hubsim_scenarios.pytest_plugin"
    ):
        frame = frame.f_back
    return Spot(frame.f_code.co_filename, frame.f_lineno) if frame is not None else Spot("", 1)


class NamedFixture(Fixture, NamedValue):
    """An object with a name in the scenario language."""

    def __init__(self, session: TestSession, name: str) -> None:
        Fixture.__init__(self, session)
        NamedValue.__init__(self, name)


class SubjectFixture(NamedFixture):
    """An object with expectations: a hub or a card."""

    @verb
    async def expect(self, *, within: str | None = None, **fields: Any) -> None:
        """Expect the fields to have these values, now or `within` a duration such as `90 s`."""
        __tracebackhide__ = True
        await self.session.play(expect_step(self.name, within, fields))

    @verb
    async def never(self, *, for_: str, **fields: Any) -> None:
        """Expect the fields not to have these values together, for a duration such as `1 d`."""
        __tracebackhide__ = True
        await self.session.play({"never": self.name, "for": for_, **expected_fields(fields)})


class ActorFixture(NamedFixture):
    """A person or company with actions and queries."""

    @property
    def actor(self) -> str:
        """The name of the person who acts."""
        return self.name

    @verb
    async def do(self, action: str, *args: Any, **fields: Any) -> StepOutcome:
        """Play an action. `refused="not_active"` expects a refusal; `called="shed"` names a created thing."""
        return await self.session.play(self.doing(action, *args, **fields))

    def doing(self, action: str, *args: Any, **fields: Any) -> dict[str, Any]:
        """Return an action as a member for `world.together`, without performing it."""
        tables = language().tables
        words = _by_name(action, args, fields, tables.actions, frozenset(tables.act) | {"called"})
        return {"as": self.actor, "do": action, **words}

    def seeing(self, view: str, *args: Any, shows: Any = None, **fields: Any) -> dict[str, Any]:
        """Return a query as a member for `world.together`, without sending it."""
        tables = language().tables
        words = _by_name(view, args, fields, tables.views, frozenset(tables.look) | {"shows"})
        shown = {} if shows is None else {"shows": pattern(shows)}
        return {"as": self.actor, "sees": view, **words, **shown}

    @verb
    async def sees(self, view: str, *args: Any, shows: Any = None, **fields: Any) -> Any:
        """Query a view, and return it as plain values. It must match the pattern `shows`, if there is one."""
        __tracebackhide__ = True
        outcome = await self.session.play(self.seeing(view, *args, shows=shows, **fields))
        return outcome.seen

    def __getattr__(self, action: str) -> Callable[..., Any]:
        """Return the verb for an action of the scenario language."""
        _check(action, language().tables.actions, self)
        return partial(self.do, action)


class PersonFixture(ActorFixture):
    """A person, who acts for the last selected account."""


class CompanyFixture(ActorFixture):
    """A company. Its owner performs its actions."""

    def __init__(self, session: TestSession, name: str, owner: PersonFixture) -> None:
        super().__init__(session, name)
        self.owner = owner

    @property
    def actor(self) -> str:
        """The name of the owner."""
        return self.owner.name


class SimFixture(SubjectFixture):
    """A named SIM card."""


class HubFixture(SubjectFixture):
    """A simulated hub, with its bench actions."""

    def __init__(self, session: TestSession, name: str, dealer: CompanyFixture | None) -> None:
        super().__init__(session, name)
        self._dealer = dealer

    @property
    def dealer(self) -> CompanyFixture:
        """The company of the hub. Raises `LookupError` if the hub has none."""
        if self._dealer is None:
            raise LookupError(f"the hub {self.name} was put on the bench without a dealer")
        return self._dealer

    def doing(self, action: str, *args: Any, **fields: Any) -> dict[str, Any]:
        """Return a bench action as a member for `world.together`, without performing it."""
        return bench_step(self.name, action, args, fields)

    @verb
    async def do(self, action: str, *args: Any, **fields: Any) -> StepOutcome:
        """Play a bench action. `refused="slot_empty"` expects a refusal."""
        return await self.session.play(bench_step(self.name, action, args, fields))

    def __getattr__(self, action: str) -> Callable[..., Any]:
        """Return the verb for a bench action of the scenario language."""
        _check(action, language().tables.bench_actions, self)
        return partial(self.do, action)


class BenchFixture(Fixture):
    """Bench actions on any hub, and faults."""

    @verb
    async def action(self, hub: HubFixture | str, action: str, *args: Any, **fields: Any) -> StepOutcome:
        """Play a bench action on a hub."""
        __tracebackhide__ = True
        return await self.session.play(bench_step(str(plain_value(hub)), action, args, fields))

    def injecting(self, fault: str, *args: Any, **fields: Any) -> dict[str, Any]:
        """Return a fault as a member for `world.together`, without injecting it."""
        tables = language().tables
        words = _by_name(fault, args, fields, tables.faults, frozenset(tables.fault))
        return {"fault": fault, **words}

    @verb
    async def fault(self, fault: str, *args: Any, **fields: Any) -> None:
        """Inject a fault. Its kind determines whether it applies once or from now on."""
        __tracebackhide__ = True
        await self.session.play(self.injecting(fault, *args, **fields))


class CloudFixture(Fixture):
    """The process of the cloud, with its counters, mailboxes and invoices."""

    @verb
    async def stop(self) -> None:
        """Kill the process, without a DISCONNECT."""
        __tracebackhide__ = True
        await self.session.play({"fault": "stop_process", "process": "cloud"})

    @verb
    async def start(self) -> None:
        """Start the process again, with its durable state."""
        __tracebackhide__ = True
        await self.session.play({"fault": "start_process", "process": "cloud"})

    @verb
    async def expect(self, *, within: str | None = None, **fields: Any) -> None:
        """Expect the counters of the cloud to have these values."""
        __tracebackhide__ = True
        await self.session.play(expect_step("cloud", within, fields))

    @verb
    async def mailbox(self, of: ActorFixture | str, *, within: str | None = None, **fields: Any) -> None:
        """Expect mails to a person or company: `mails={"has": [{"kind": "connection_approved"}]}`."""
        fields = {"of": str(plain_value(of)), **fields}
        await self.session.play(expect_step("mailbox", within, fields))

    @verb
    async def billing(self, *, within: str | None = None, **fields: Any) -> None:
        """Expect the `invoices` to match."""
        __tracebackhide__ = True
        await self.session.play(expect_step("billing", within, fields))


def bench_step(hub: str, action: str, args: Sequence[Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the step for a bench action."""
    tables = language().tables
    return {
        "bench": hub,
        "do": action,
        **_by_name(action, args, fields, tables.bench_actions, frozenset(tables.bench)),
    }


def expect_step(subject: str, within: str | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the step for an expectation."""
    return {"expect": subject, **({} if within is None else {"within": within}), **expected_fields(fields)}


def expected_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return expected fields with their names and values in the scenario language."""
    return {name.removesuffix("_"): pattern(value) for name, value in fields.items()}


def _by_name(
    word: str,
    args: Sequence[Any],
    fields: Mapping[str, Any],
    known: Mapping[str, Fields],
    common: frozenset[str],
) -> dict[str, Any]:
    """Return the fields of a verb by name. Positional ones are its own fields in their order."""
    own = [name for name in known.get(word, {}) if name not in common]
    if len(args) > len(own):
        raise BadVerb(
            f"too many positional fields for {word}: {len(args)} given, {len(own)} known ({', '.join(own)})"
        )
    given = dict(zip(own, args, strict=False))
    named = {name.removesuffix("_"): value for name, value in fields.items()}
    for name in given.keys() & named.keys():
        raise BadVerb(f"{word}: {name!r} was given twice")
    return {**given, **named}


def _check(word: str, words: Iterable[str], thing: NamedFixture) -> None:
    """Raise `AttributeError` for a word that is not a verb."""
    known = set(words)
    if word not in known:
        hint = did_you_mean(word, known) if not word.startswith("_") else ""
        raise AttributeError(f"{thing!r} has no verb {word!r}" + (f"; {hint}" if hint else ""))
