"""The normative statements of MQTT 3.1.1 about a server that can be observed, each with its check.

A check passes if the statement holds. Statements about a single packet are checks of bytes that a server must
refuse. Statements about clients, and those that cannot be observed, are not here.
"""

from typing import NamedTuple

from check_parts import Check, closes, connect, publish, subscribe, text
from connection_checks import (
    assigned_client_id,
    clean_session,
    connack_first,
    kept_session,
    no_id_for_a_kept_session,
    no_will_after_disconnect,
    other_level,
    retained_outlives_session,
    second_connect,
    silence,
    takeover,
    usual_client_ids,
    will_after_loss,
    will_retained,
)
from message_checks import (
    answers_have_the_id,
    duplicate_not_propagated,
    duplicates,
    exactly_once,
    lower_qos,
    order,
    overlapping,
    released_again,
    retained_for_established,
    retained_for_later,
    retained_removed,
    unused_ids,
)
from subscription_checks import (
    byte_order_mark,
    delivery_continues,
    dollar,
    one_code_for_each_filter,
    ping,
    resubscribe,
    unsubscribe,
    wildcards,
)


class Statement(NamedTuple):
    """A statement in our words, with the numbers of those that say the same."""

    ids: str
    text: str
    check: Check


STATEMENTS = (
    Statement("1.5.3-1", "Text that is not UTF-8 closes the connection", closes(publish(b"\xed\xa0\x80"))),
    Statement("1.5.3-2, 4.7.3-2", "A text with U+0000 closes the connection", closes(publish(b"a\x00b"))),
    Statement("1.5.3-3", "A byte order mark is a part of the text", byte_order_mark),
    Statement(
        "2.2.2-2, 3.6.1-1, 3.8.1-1, 3.10.1-1, 3.14.1-1",
        "Wrong reserved flags close the connection",
        closes(
            b"\x60\x02\x00\x01",
            b"\x80\x06\x00\x01\x00\x01a\x01",
            b"\xa0\x05\x00\x01\x00\x01a",
            b"\xe1\x00",
        ),
    ),
    Statement("2.3.1-1", "A packet id of 0 closes the connection", closes(b"\x32\x05\x00\x01t\x00\x00")),
    Statement("2.3.1-4, 2.3.1-1", "The server uses packet ids that are not in use and not 0", unused_ids),
    Statement(
        "2.3.1-6, 2.3.1-7, 3.8.4-2, 3.10.4-4",
        "An answer has the packet id of its request",
        answers_have_the_id,
    ),
    Statement("3.1.0-1", "The first packet must be CONNECT", closes(b"\xc0\x00", publish(b"t"), first=True)),
    Statement("3.1.0-2", "A second CONNECT closes the connection", second_connect),
    Statement(
        "3.1.2-1", "Another protocol name is refused", closes(connect(2, text(b"a"), b"MQTX"), first=True)
    ),
    Statement("3.1.2-2", "Another protocol level is answered with code 1", other_level),
    Statement(
        "3.1.2-3", "The reserved flag of CONNECT must be 0", closes(connect(3, text(b"a")), first=True)
    ),
    Statement(
        "3.1.2-4, 3.1.2-5, 3.2.2-2, 4.1.0-1",
        "A kept session and its messages survive a disconnect",
        kept_session,
    ),
    Statement("3.1.2-6, 3.2.2-1, 3.2.2-3", "A clean session discards an earlier one", clean_session),
    Statement("3.1.2-7", "Retained messages do not belong to a session", retained_outlives_session),
    Statement("3.1.2-8", "A lost connection sends its will", will_after_loss),
    Statement("3.1.2-10, 3.14.4-3", "A DISCONNECT discards the will", no_will_after_disconnect),
    Statement(
        "3.1.2-11, 3.1.2-13, 3.1.2-15",
        "Without a will, its QoS and RETAIN must be 0",
        closes(connect(0x0A, text(b"a")), connect(0x22, text(b"a")), first=True),
    ),
    Statement(
        "3.1.2-14",
        "The QoS of a will must not be 3",
        closes(connect(0x1E, text(b"a") + text(b"t") + text(b"")), first=True),
    ),
    Statement("3.1.2-16, 3.1.2-17", "A will is retained if its flag is set", will_retained),
    Statement(
        "3.1.2-22",
        "A password needs a user name",
        closes(connect(0x42, text(b"a") + text(b"secret")), first=True),
    ),
    Statement("3.1.2-24", "A client that is silent for 1.5 keepalives is disconnected", silence),
    Statement(
        "3.1.3-1, 3.1.3-3",
        "The fields of a CONNECT must be those of its flags",
        closes(connect(0x82, text(b"a")), connect(2, text(b"a") + b"x"), first=True),
    ),
    Statement("3.1.3-5", "Client ids of 1 to 23 letters and digits are accepted", usual_client_ids),
    Statement("3.1.3-6", "A client without an id gets a unique one", assigned_client_id),
    Statement(
        "3.1.3-8, 3.2.2-4, 3.2.2-5", "A kept session without an id gets code 2", no_id_for_a_kept_session
    ),
    Statement("3.1.4-2", "A connection with a client id in use closes the older one", takeover),
    Statement("3.1.4-4, 3.2.0-1", "The first packet of the server is CONNACK", connack_first),
    Statement("3.3.1-1, 4.4.0-1", "Unacknowledged messages are sent again as duplicates", duplicates),
    Statement("3.3.1-2", "DUP at QoS 0 closes the connection", closes(b"\x38\x03\x00\x01t")),
    Statement("3.3.1-3", "DUP of a publisher is not propagated", duplicate_not_propagated),
    Statement("3.3.1-4", "QoS 3 closes the connection", closes(b"\x36\x05\x00\x01t\x00\x01")),
    Statement(
        "3.3.1-5, 3.3.1-6, 3.3.1-8, 3.3.1-12",
        "A later subscriber gets the last retained message",
        retained_for_later,
    ),
    Statement("3.3.1-9", "An established subscriber gets it without RETAIN", retained_for_established),
    Statement("3.3.1-10, 3.3.1-11", "An empty retained message removes the retained one", retained_removed),
    Statement(
        "3.3.2-2, 4.7.1-1",
        "A topic with a wildcard closes the connection",
        closes(publish(b"a/+"), publish(b"#")),
    ),
    Statement("3.3.5-1", "Overlapping filters deliver at the highest QoS", overlapping),
    Statement("3.3.4-1, 3.8.4-6", "A message has the lower QoS of publisher and subscription", lower_qos),
    Statement("3.8.3-3", "SUBSCRIBE has at least one filter", closes(b"\x82\x02\x00\x01")),
    Statement(
        "3-8.3-4", "The QoS of a subscription is 0, 1 or 2", closes(subscribe(b"a", 3), subscribe(b"a", 0x80))
    ),
    Statement(
        "3.8.4-3", "A repeated subscription replaces the first and gets retained messages", resubscribe
    ),
    Statement(
        "3.8.4-1, 3.8.4-4, 3.8.4-5, 3.9.3-1",
        "SUBACK has a code for each filter, in order",
        one_code_for_each_filter,
    ),
    Statement("3.10.3-2", "UNSUBSCRIBE has at least one filter", closes(b"\xa2\x02\x00\x01")),
    Statement(
        "3.10.4-1, 3.10.4-2, 3.10.4-5, 3.10.4-6", "UNSUBSCRIBE removes equal filters only", unsubscribe
    ),
    Statement("3.10.4-3", "Messages in flight are completed after UNSUBSCRIBE", delivery_continues),
    Statement("3.12.4-1", "PINGREQ is answered with PINGRESP", ping),
    Statement(
        "4.3.3-2, 4.3.3-1", "A QoS 2 message is delivered once, although it is sent twice", exactly_once
    ),
    Statement("4.3.3-1, 4.4.0-1", "PUBREL is sent again after a loss, PUBLISH is not", released_again),
    Statement("4.6.0-5, 4.6.0-6, 4.5.0-1", "Messages of a topic arrive in order", order),
    Statement(
        "4.7.1-2, 4.7.1-3",
        "Misplaced wildcards in a filter close the connection",
        closes(subscribe(b"a#"), subscribe(b"a/#/b"), subscribe(b"a+"), subscribe(b"")),
    ),
    Statement("4.7.3-4, 4.7.1-2, 4.7.1-3", "Filters match as in the examples of section 4.7", wildcards),
    Statement("4.7.2-1", "A first wildcard does not match topics that begin with $", dollar),
    Statement("4.7.3-1", "A topic has at least one character", closes(publish(b""))),
    Statement(
        "4.8.0-1",
        "Bytes that are not a packet close the connection",
        closes(b"\x00\x00", b"\xf0\x00", b"\x20\x02\x00\x00", b"\x30\xff\xff\xff\xff\x01", b"\x40\x01\x01"),
    ),
)
