"""The remote world: a cloud and a simulator in other processes, used through their public interfaces.

Users act over HTTP, each client with its own session; bench, clock and snapshots use the lab. The play opens
its own world on the server, so that many plays can run in parallel, and removes it afterwards.
"""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import msgspec

from hubsim_cloud.domain.commands import Command, SignUp, SwitchAccount
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import Actor, App
from hubsim_cloud.http.paging import MAX_LIMIT
from hubsim_cloud.http.routes import PagedList
from hubsim_cloud.lab.control_plane import NotPublished, payload_before
from hubsim_conform.device.bench_line import BenchLine, BenchUnreachable
from hubsim_contract.lab.bench_actions import AnyBenchAction, Card, HubSetup, Snapshot
from hubsim_contract.lab.faults import AnyFault, Inject, Replay
from hubsim_contract.lab.trace import Trace, TraceEvent
from hubsim_contract.wire.topics import CARRIER_KINDS, SENT_BY_CLOUD, Topics
from hubsim_scenarios.translation.refusal_words import bench_refusal_words
from hubsim_scenarios.translation.story_language import say
from hubsim_scenarios.worlds.api import Api, NotGranted, not_a_cloud, request_of
from hubsim_scenarios.worlds.world import Aspect, CannotPlay, Conditions, World
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal


class RemoteClock:
    """The world clock, as last reported by the server."""

    def __init__(self, world_ms: int) -> None:
        self._world_ms = world_ms

    def world_ms(self) -> int:
        """Return the world time in ms."""
        return self._world_ms

    def follow(self, world_ms: int) -> None:
        """Take the time that the server reports."""
        self._world_ms = world_ms


class _Opened(msgspec.Struct, frozen=True):
    """A world that was opened. The first answer of a server: anything else shows that it is not a cloud."""

    name: str
    prefix: str


class _OperatorSession(msgspec.Struct, frozen=True):
    token: str


class RemoteWorld(World):
    """The play's own world on a server, over HTTP; bench actions go over MQTT if there is a `bench`.

    `close` closes both connections.
    """

    name = "remote"

    def __init__(
        self, conditions: Conditions, api: Api, bench: BenchLine | None = None, *, world: str | None = None
    ) -> None:
        """Take the parts; `world`: the name for the world. None: the server chooses one."""
        self.conditions = conditions
        self.clock: RemoteClock = RemoteClock(conditions.start_ms)
        self.trace = Trace()
        self.topics = Topics()
        self._api = api
        self._bench = bench
        self._name = world
        self._world = ""
        self._operator_token = ""
        self._password = secrets.token_urlsafe(12)
        self._emails: dict[str, str] = {}
        self._sessions: dict[tuple[str, App], tuple[str, str | None]] = {}
        """By person and client: the token, and the account acted for."""
        self._opening: dict[tuple[str, App], asyncio.Lock] = {}
        """By person and client: held while a session is opened, so that requests at once share one."""
        self._due_ms: int | None = None
        self._traced = 0
        self._injected: list[tuple[str, str]] = []
        """The messages of third parties (topic, payload): the server's trace attributes them to stations."""
        self._seen: dict[str, dict[str, Any]] = {}
        self.changed_at_s = 0.0
        """When the play last changed something in the world, in s of the event loop."""

    async def open(self) -> None:
        """Open a world on the server. Raises `CannotPlay`."""
        await self._api.probe()
        settings = self.conditions.settings
        carrier = msgspec.to_builtins(settings.carrier)
        del carrier["prefix"]  # the server chooses it
        made = await self._lab(
            "POST",
            "/lab/worlds",
            {
                "start_ms": self.conditions.start_ms,
                **({"name": self._name} if self._name is not None else {}),
                "cloud": msgspec.to_builtins(settings.cloud),
                "carrier": carrier,
                "hub": msgspec.to_builtins(settings.hub),
                "models": {
                    name: msgspec.to_builtins(model) for name, model in self.conditions.models.items()
                },
                "market": msgspec.to_builtins(self.conditions.market),
            },
        )
        try:
            opened = msgspec.convert(made, _Opened)
        except msgspec.ValidationError as error:
            raise not_a_cloud(self._api.url) from error
        self._enter(opened.name, opened.prefix)
        if self._bench is not None:
            with _bench_reached():
                await self._bench.open(opened.prefix)

    def _enter(self, name: str, prefix: str) -> None:
        """Use a world of the server from now on."""
        self._world = name
        self.topics = Topics(prefix)
        self._api.enter(name)

    async def close(self) -> None:
        """Remove the world from the server, and close the connections."""
        try:
            if self._world:
                self._api.enter("")
                with suppress(CannotPlay):  # the server removes unused worlds itself
                    await self._lab("DELETE", f"/lab/worlds/{self._world}")
        finally:
            await self._api.aclose()
            if self._bench is not None:
                await self._bench.aclose()

    # ------------------------------------------------------------------ users

    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Send a command of a user or the operator, over HTTP. Raises `CannotPlay`."""
        self._changes()
        try:
            if isinstance(command, SignUp):
                return await self._sign_up(command)
            token = await self._token(actor, switching=isinstance(command, SwitchAccount))
            request = request_of(command)
            result = await self._api.act(request.method, request.path, request.fields, token=token)
        except NotGranted as refused:
            return refused.refusal()
        if isinstance(command, SwitchAccount) and actor.person is not None:
            self._sessions[actor.person, actor.app] = (str(token), command.company)
        return Accepted((), {name: value or "" for name, value in (result or {}).items()})

    async def open_session(self, actor: Actor) -> None:
        """Open the actor's session, in which it acts for its account. Raises `CannotPlay`."""
        with suppress(NotGranted):  # the command that follows is refused for the same reason
            await self._token(actor)

    async def query(self, actor: Actor, query: Query) -> object | Refusal:
        """Send a query of a user, over HTTP, page by page. Raises `CannotPlay`."""
        try:
            token = await self._token(actor)
            request = request_of(query)
            return await self._pages(request.path, request.fields, token, request.listing)
        except NotGranted as refused:
            return refused.refusal()

    async def _pages(
        self, path: str, fields: Mapping[str, Any], token: str | None, listing: PagedList | None
    ) -> dict[str, Any]:
        query = {name: str(value) for name, value in fields.items() if value is not None}
        if listing is not None:
            query["limit"] = str(MAX_LIMIT)
        whole: dict[str, Any] = await self._api.read(path, query, token=token)
        if listing is None:
            return whole
        while (page := whole.pop("next_page")) is not None:
            more = await self._api.read(path, query | {"page": page}, token=token)
            whole[listing.field] += more[listing.field]
            whole["next_page"] = more["next_page"]
        return whole

    async def _sign_up(self, command: SignUp) -> Accepted:
        body = {"email": command.email, "name": command.name, "password": self._password}
        made = await self._api.act("POST", "/v1/accounts", body, token=None)
        self._emails[made["person"]] = command.email
        return Accepted((), made)

    async def _token(self, actor: Actor, *, switching: bool = False) -> str | None:
        """Return the actor's token: of a session in this app that acts for this account."""
        if actor.operator:
            return await self._operator()
        if actor.person is None:
            return None
        key = (actor.person, actor.app)
        async with self._opening.setdefault(key, asyncio.Lock()):
            if key not in self._sessions:
                credentials = {
                    "email": self._emails[actor.person],
                    "password": self._password,
                    "app": actor.app.value,
                }
                session = await self._api.act("POST", "/v1/sessions", credentials, token=None)
                self._sessions[key] = (session["token"], None)
            token, account = self._sessions[key]
            if account != actor.account and not switching:
                await self._api.act("PUT", "/v1/session/account", {"company": actor.account}, token=token)
                self._sessions[key] = (token, actor.account)
            return token

    async def _operator(self) -> str:
        """Return a token of the operator, which the lab issues at the first use."""
        if not self._operator_token:
            begun = await self._lab("POST", "/lab/operator/session")
            self._operator_token = msgspec.convert(begun, _OperatorSession).token
        return self._operator_token

    # ------------------------------------------------------------------ time

    async def settle(self) -> None:
        """Settle the world on the server. Raises `CannotPlay`."""
        self._follow(await self._lab("POST", "/lab/settle"))
        await self._fetch_trace()

    def awaited(self) -> list[str]:
        """Return the request that the server has not answered; the server does not report what it awaits."""
        text, asking = "the server has not answered {request}", self._api.asking
        return [say(text, request=asking)] if asking else []

    def due(self) -> int | None:
        """Return the instant of the earliest timer in the world, as of when it was last idle."""
        return self._due_ms

    async def advance(self, to_ms: int) -> None:
        """Move the clock to an instant, on the server."""
        target = datetime.fromtimestamp(to_ms / 1000, tz=UTC).isoformat(timespec="milliseconds")
        self._follow(await self._lab("POST", "/lab/clock/advance", {"to": target}))
        self._changes()
        await self._fetch_trace()

    def _changes(self) -> None:
        """Record that the play has changed something: what was fetched is old."""
        self._seen.clear()
        self.changed_at_s = asyncio.get_running_loop().time()

    def _follow(self, clock: dict[str, Any]) -> None:
        self._seen.clear()
        self.clock.follow(clock["world_ms"])
        self._due_ms = clock["due_ms"]

    async def _fetch_trace(self) -> None:
        found = await self._lab("GET", f"/lab/trace?after={self._traced}")
        self._traced = found["next"]
        injected, self._injected = self._injected, []
        for event in found["events"]:
            message = (event.get("topic"), event.get("payload"))
            if message in injected:
                injected.remove(message)
                continue
            at_ms, name, who = event.pop("at_ms"), event.pop("event"), event.pop("who")
            self.trace.events.append(TraceEvent(at_ms, name, who, event))

    # ------------------------------------------------------------------ the bench

    async def add_hub(self, setup: HubSetup) -> None:
        """Put a hub on the bench. Raises `BenchActionRefused`."""
        await self._work("/lab/hubs", msgspec.to_builtins(setup, str_keys=True))

    async def bench_action(self, hub: str, action: AnyBenchAction) -> None:
        """Perform a bench action. Raises `BenchActionRefused` and then changes nothing."""
        if self._bench is not None:
            self._changes()
            with _bench_reached():
                await self._bench.perform(hub, action)
        else:
            await self._work(f"/lab/hubs/{hub}/actions", {"action": msgspec.to_builtins(action)})

    async def _work(self, path: str, body: dict[str, Any]) -> None:
        self._changes()
        try:
            await self._api.act("POST", path, body, token=None)
        except NotGranted as refused:
            reason = refused.facts.get("reason", "")
            if reason in set(BenchRefusal):
                raise BenchActionRefused(BenchRefusal(reason), refused.detail) from refused
            raise CannotPlay(bench_refusal_words(reason, refused.detail)) from refused

    async def fault(self, fault: AnyFault) -> None:
        """Inject a fault. Raises `CannotPlay` when the server cannot."""
        if isinstance(fault, Replay):
            topic = await self._topic(fault)
            try:
                payload = payload_before(self.trace.payloads_on(topic), fault.back, topic)
            except NotPublished as error:
                raise CannotPlay(str(error)) from error
            fault = Inject(message=fault.message, hub=fault.hub, payload=payload, retain=True)
        self._changes()
        await self._lab("POST", "/lab/faults", {"what": msgspec.to_builtins(fault)})
        if isinstance(fault, Inject) and fault.message not in SENT_BY_CLOUD:
            self._injected.append((await self._topic(fault), fault.payload * fault.repeat))

    async def _topic(self, fault: Inject | Replay) -> str:
        about: str | None = fault.hub
        if fault.message in CARRIER_KINDS:
            about = await self.ajax_sim(fault.hub)
        return self.topics.of(fault.message, about or "")

    # ------------------------------------------------------------------ snapshots

    async def snapshot(self, aspect: Aspect, about: str = "") -> Snapshot:
        """Return one aspect of the world."""
        match aspect:
            case Aspect.APP | Aspect.APPLIED | Aspect.DEVICE | Aspect.SHOWS:
                snapshot: Snapshot = (await self._hub(about))[aspect.value]
                return snapshot
            case Aspect.SIM:
                return await self._lab("GET", f"/lab/sims/{about}")
            case Aspect.MAILBOX:
                return await self._lab("GET", f"/lab/mailboxes/{about}")
            case Aspect.BILLING:
                return await self._lab("GET", "/lab/invoices")
            case Aspect.CLOUD | Aspect.CARRIER:
                counted: Snapshot = (await self._lab("GET", "/lab/counters"))[aspect.value]
                return counted

    async def setup(self, hub: str) -> HubSetup:
        """Return the setup of a hub, as the bench has set it."""
        return msgspec.convert((await self._hub(hub))["setup"], HubSetup, strict=False)

    async def cards(self, hub: str) -> dict[int, Card]:
        """Return the cards in a hub's slots by slot, also while the hub is off."""
        slots = (await self._hub(hub))["setup"].get("slots", {})
        return msgspec.convert(slots, dict[int, Card], strict=False)

    async def _hub(self, hub: str) -> dict[str, Any]:
        """Return a hub in all views; fetched once between two actions."""
        if hub not in self._seen:
            self._seen[hub] = await self._lab("GET", f"/lab/hubs/{hub}?verdicts=0")
        return self._seen[hub]

    async def _lab(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a request to the lab. Raises `CannotPlay` if it is refused, or if there is no lab."""
        try:
            answer: dict[str, Any] = await self._api.ask(method, path, body)
        except NotGranted as refused:
            reason = bench_refusal_words(refused.facts.get("reason", ""), refused.detail)
            raise CannotPlay(say("the server refuses: {reason}", reason=reason)) from refused
        return answer


@contextmanager
def _bench_reached() -> Iterator[None]:
    """Raise `CannotPlay` if the bench line fails."""
    try:
        yield
    except BenchUnreachable as error:
        raise CannotPlay(str(error)) from error
