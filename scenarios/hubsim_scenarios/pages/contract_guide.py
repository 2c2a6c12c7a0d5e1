"""The sections of the contract's page that are text: broker, connection, events, time, evolution.

Numbers come from the constants of the code.
"""

from hubsim_agent import buffer, cloud_contact
from hubsim_agent.hub_events import DetectedEvent
from hubsim_contract.mqtt.access import Party
from hubsim_contract.wire import messages
from hubsim_contract.wire.topics import DEFAULT_PREFIX

_DENIED, _REFUSED = DetectedEvent.REGISTRATION_DENIED.value, DetectedEvent.MESSAGE_REFUSED.value
_DEFAULT_PING_S = messages.Desired.__struct_defaults__[-1]
_MAX_COUNT = 2**53 - 1
_ASK_AFTER_S = cloud_contact.ASK_AGAIN_AFTER_MS // 1000
_ANSWER_S, _PRESENCE_S = cloud_contact.ANSWER_LIMIT_MS // 1000, cloud_contact.PRESENCE_LIMIT_MS // 1000
_CLOSE_S = cloud_contact.ANSWER_LIMIT_MS * cloud_contact.ASKS_MAX // 1000

CONTRACT_GUIDE = f"""\
## The broker

A hub needs four values, which its operator gives it with its configuration. The contract does not transport
them.

| value | with `hubsim up` |
|---|---|
| address and port | `mqtt://127.0.0.1:1883` by default (`--mqtt-host`, `--mqtt-port`), or the broker of \
`--broker` |
| authority for TLS | with `--tls-certificate` the address is `mqtts://...`, and the authority is the file \
`ca.pem` of `hubsim certs`; a hub checks the name of the broker |
| user and password | with `--keyring` the user is the number of the hub; `hubsim credentials show` prints \
the password. Without a keyring neither is needed |
| prefix of the topics | `{DEFAULT_PREFIX}` by default (`--prefix`); in a lab world \
`{DEFAULT_PREFIX}/{{world}}`, so that the topics are `{DEFAULT_PREFIX}/{{world}}/hubs/{{hub}}/...` |

The user `{Party.BENCH}` of the keyring may receive everything: use it to watch, never in a hub.

## A hub's connection, step by step

1. **Boot.** Choose a `boot` number greater than all previous ones, and store it durably before connecting.
2. **Connect** with the client id `hub-{{hub}}`, a clean session, keepalive `ping_s` of the applied document
   ({_DEFAULT_PING_S} before the first), and a last will on the presence topic: retained, QoS 1, `online`
   false, with the `boot` and `connection` of this attempt.
3. **Subscribe** to the topics that the cloud sends to this hub; wait for the SUBACK.
4. **Publish** presence with `online` true, then reported with `ask`, both retained; then the buffered events,
   oldest first.
5. **Receive.** Acknowledge every message with PUBACK on receipt. Refuse a document that breaks a rule (event
   `{_REFUSED}`). Drop an older version. Store a newer version durably, then show it, then report it. Report
   again when the applied version arrives again.
6. **Report** the whole state whenever the applied document or the hardware changes.
7. **Show the cloud** as in reach or not: see the next section.
8. **Disconnect** with a presence with `online` false, then DISCONNECT, so that the broker does not publish
   the will. After a lost connection continue at 2, with the next `connection`.

A reconnection therefore makes two reports. The first one announces the connection. Then the retained
document arrives with the version that the hub holds, and the hub reports again (rule MQ-5.again).

A PUBACK only ends the transfer of a message. The cloud does not wait for it: it publishes a document again
until the hub reports its version. A hub may therefore acknowledge a document before it is durable.

## Whether the cloud is in reach

An open connection proves only that a broker answers. The cloud publishes its own presence, and answers a
report that has `ask`.

- **Out of reach** at the beginning of each connection, until an answer to a report of this connection
  arrives (`Heard` with the `boot` of the report and at least its `sequence`), and while the presence of the
  cloud is offline. The hub shows it with its logo, and keeps the connection.
- **Presence.** The hub ignores one that is older than the newest of this connection by (`boot`,
  `connection`), and an `online` after the `offline` of the same numbers. A broker that has no presence of a
  cloud delivers none. An answer proves that the cloud is online, also after a presence with `online` false.
- **When to ask.** In the first report of a connection, and in a later one if the last answer is older than
  {_ASK_AFTER_S} s and no answer is awaited. A hub without changes sends nothing.
- **No answer.** After {_ANSWER_S} s the hub reports again, with `ask`. After as long again it closes the
  connection as dead, and connects again after the usual pauses. So {_CLOSE_S} s pass from the report without
  an answer to the close of the connection. If the broker has no presence of a cloud, the hub waits
  {_PRESENCE_S} s each time. While the presence is offline, there is no bound.

## Events

- **Durability.** A hub stores an event before, or while, it sends it for the first time. An event is
  complete when its PUBACK has arrived; then the hub may delete it. A crash before the deletion is durable
  sends it once more, under the same `boot` and `number`, and the cloud recognises it.
- **Numbers.** `number` counts from 1 in each boot. An event that is sent in a later boot keeps the `boot` in
  which it occurred.
- **Losses.** A full buffer drops its oldest event. The next event that is added ends its `detail` with
  `events_dropped=` and the number of events dropped since the boot, so the greatest value is the total of
  the boot.
- **Refusals.** A refusal with the same text as the refusal before it is not reported again until a valid
  message has arrived. At most {buffer.REFUSALS_MAX} refusals wait in the buffer; more are only counted. A
  message on a foreign topic is counted and not reported, because only a faulty broker delivers one.
- **Repetitions.** `{_DENIED}` is sent once until another event occurs: a modem that searches and is denied
  all night is one event.

## Time

The contract does not transport the time. A hub takes it from its own source: SNTP, or the cellular network.
It needs it for `at_ms` alone, in UTC.

- **Order.** Nothing is ordered by time. Reports are ordered by (`boot`, `sequence`), presence by (`boot`,
  `connection`), events by (`boot`, `number`). A clock that jumps does no harm.
- **Without a clock.** A hub that has no valid time yet keeps its events, and sets `at_ms` when it gets the
  time.
- **`ends_at_ms` is information.** A hub never ends or extends a service itself, online or offline. It shows
  what the applied document contains until it has applied another one.
- **In a lab world** the calendar of the cloud is another one, and its clock can be held. `at_ms` of a real
  hub is then the real time; the cloud stores it as it is. A test that compares instants reads the world's
  time from `GET /worlds/{{world}}/lab/clock` and gives it to the hub.

## Old, new and broken messages

- **Versions of the contract.** `contract` is in every message; without it, it is 1. Versions
  {messages.OLDEST_ACCEPTED} to {messages.NEWEST_ACCEPTED} are accepted. It is checked first, so a message of
  a later version is refused for its version (MQ-9.version).
- **Fields.** New fields come without a new version, and receivers ignore those that they do not know. A
  field that a sender omits has its default.
- **Words.** The sets in the section Words are closed: a new word in them needs a new version. A receiver
  refuses a message with an unknown word as a whole. `kind`, `model`, `firmware` and `generation` are open.
- **Numbers.** Versions and sequences of documents and orders are 1 to {_MAX_COUNT}; 0 means none, and only
  `applied_version` has it.
- **Forms.** A value of the right type and a wrong form, such as an ICCID with a wrong check digit, does not
  make a receiver refuse the message. The value is not used: this card counts as one that cannot be read.
  Such a message breaks MQ-7.words, MQ-7.iccid or MQ-10.detail nevertheless.
- **An empty payload** on a retained topic deletes the message at the broker (MQTT 3.1.1, 3.3.1.3). A
  receiver that is subscribed gets it, keeps what it holds, and refuses it like any other payload that is not
  JSON.
"""
