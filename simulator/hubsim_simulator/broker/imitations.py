"""Brokers for the virtual world that deviate from the standard, as a layer on the broker model.

`model_of` returns the model for a profile: the plain model if the profile has no deviation.
"""

from collections.abc import Iterable

from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.filters import valid_filter
from hubsim_simulator.broker.model import BrokerModel
from hubsim_simulator.broker.outputs import REFUSED, Close, Connack, Output
from hubsim_simulator.broker.profiles import BrokerProfile
from hubsim_simulator.broker.routing import highest_qos
from hubsim_simulator.broker.session import BrokerSession

_KEPT = ("limits", "can_persist")  # not deviations: the caller of the plain model decides them
_QOS = 1
_STANDARD = BrokerProfile()


def model_of(profile: BrokerProfile) -> BrokerModel:
    """Return a broker that behaves as the profile says."""
    deviates = any(
        getattr(profile, name) != getattr(_STANDARD, name)
        for name in profile.__struct_fields__
        if name not in _KEPT
    )
    return ImitatedBroker(profile) if deviates else BrokerModel(profile.limits)


class ImitatedBroker(BrokerModel):
    """A broker with the deviations of a profile."""

    def __init__(self, profile: BrokerProfile) -> None:
        super().__init__(profile.limits)
        self._profile = profile
        self._reserved_prefix = profile.reserved_prefix

    def connect(
        self,
        conn: int,
        client_id: str,
        clean: bool,
        keepalive_s: int,
        will: Will | None = None,
        *,
        will_qos: int = _QOS,
        user: str | None = None,
    ) -> list[Output]:
        """Open a connection, with `takeover_kept_fails` and `leaks_retained_on_connect`."""
        old = self._sessions.get(client_id)
        in_use = old is not None and old.conn is not None
        if old is not None and in_use and not clean and self._profile.takeover_kept_fails:
            return self._fail_takeover(old, conn, will)
        out = super().connect(conn, client_id, clean, keepalive_s, will, will_qos=will_qos, user=user)
        session = self._links.get(conn)
        if session is not None and self._profile.leaks_retained_on_connect:
            for topic_filter in self._all_filters():
                self._give_retained(session, topic_filter, 0, out)
        return out

    def silence_limit_ms(self, conn: int) -> int | None:
        """Return the limit of silence, or None without `enforces_keepalive`."""
        return super().silence_limit_ms(conn) if self._profile.enforces_keepalive else None

    def subscribe_each(
        self, conn: int, wanted: Iterable[tuple[str, int]], packet_id: int = 0
    ) -> list[Output]:
        """Subscribe, with `bad_filter_closes`."""
        session = self._links.get(conn)
        if session is None or self._profile.bad_filter_closes:
            return super().subscribe_each(conn, wanted, packet_id)
        legal = tuple((each, qos if valid_filter(each) else REFUSED) for each, qos in wanted)
        return self._subscribe(conn, session, legal, packet_id)

    def unsubscribe(self, conn: int, filters: Iterable[str], packet_id: int = 0) -> list[Output]:
        """Remove subscriptions, with `bad_filter_closes`."""
        unwanted = tuple(filters)
        if not self._profile.bad_filter_closes:
            unwanted = tuple(filter(valid_filter, unwanted))
        return super().unsubscribe(conn, unwanted, packet_id)

    def _take_over(self, old: BrokerSession, anew: bool, out: list[Output]) -> None:
        if self._profile.takeover_closes_old:
            super()._take_over(old, anew, out)
        else:
            self._forget(old)

    def _fail_takeover(self, old: BrokerSession, conn: int, will: Will | None) -> list[Output]:
        """Close both connections and delete the session, as amqtt does."""
        assert old.conn is not None
        out: list[Output] = [Connack(conn, True), Close(old.conn)]
        del self._links[old.conn]
        old.conn, old.will = None, will
        self._send_will(old, out)
        self._send_will(old, out)
        self._forget(old)
        out.append(Close(conn))
        return out

    def _end(self, session: BrokerSession) -> None:
        if not self._profile.resends_unacknowledged:
            session.drop_unacknowledged()
        super()._end(session)
        if not self._profile.keeps_sessions:
            self._forget(session)

    def _send_wills_of_stop(self, out: list[Output]) -> None:
        if self._profile.wills_on_terminate:
            super()._send_wills_of_stop(out)

    def _spread(self, topic: str, payload: bytes, qos: int, retain: bool, out: list[Output]) -> None:
        if retain:
            self._retained.store(topic, payload, qos)
        hits = self._routes.hits(topic)
        if self._profile.overlapping_once:
            hits = [highest_qos(hits)]
        raised = self._profile.subscription_sets_qos
        for subscribers in hits:
            for session, granted in subscribers.items():
                session.give(topic, payload, granted if raised else min(granted, qos), False, out)

    def _give_retained(self, session: BrokerSession, topic_filter: str, qos: int, out: list[Output]) -> None:
        for message in self._retained.matching(topic_filter):
            raised = self._profile.subscription_sets_qos and not message.qos
            session.give(message.topic, message.payload, qos if raised else min(qos, message.qos), True, out)

    def _all_filters(self) -> dict[str, None]:
        return {each: None for session in self._sessions.values() for each in sorted(session.filters)}
