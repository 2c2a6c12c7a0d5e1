# A client of MQTT 3.1.1 on a socket: it builds packets, and takes arriving bytes apart.

import select
import socket

from clock import ticks

WOULD_BLOCK = (11, 35, 115)  # EAGAIN and its relatives


def length(size):
    # The remaining length of a packet (2.2.3).
    out = bytearray()
    while True:
        digit = size % 128
        size //= 128
        out.append(digit | (128 if size else 0))
        if not size:
            return bytes(out)


def field(data):
    data = data if isinstance(data, bytes) else data.encode()
    return len(data).to_bytes(2, "big") + data


def packet(first, *parts):
    body = b"".join(parts)
    return bytes([first]) + length(len(body)) + body


class BadPacket(Exception):
    pass


class Mqtt:
    # One connection: bytes in, packets out. The caller owns the poll object, and all waits.
    def __init__(self, host, port, limit_s, poll):
        address = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0][-1]
        self.socket = socket.socket()
        try:
            self.socket.settimeout(limit_s)
            self.socket.connect(address)
            if hasattr(socket, "TCP_NODELAY"):
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.setblocking(False)
        except OSError:
            self.socket.close()
            raise
        self.poll = poll
        self.poll.register(self.socket, select.POLLIN)
        self.inbox = bytearray()
        self.outbox = bytearray()
        self.last_sent = ticks()

    def send(self, *packets):
        for each in packets:
            self.outbox += each
        self.last_sent = ticks()
        self.flush()

    def flush(self):
        while self.outbox:
            try:
                sent = self.socket.send(self.outbox)
            except OSError as error:
                if error.args[0] not in WOULD_BLOCK:
                    raise
                break  # the rest goes later
            self.outbox = self.outbox[sent:]
        self.poll.modify(self.socket, select.POLLIN | (select.POLLOUT if self.outbox else 0))

    def arrived(self):
        # Return the packets that have arrived, as (first byte, body).
        if self.outbox:
            self.flush()
        try:
            data = self.socket.recv(4096)
        except OSError as error:
            if error.args[0] not in WOULD_BLOCK:
                raise
            return []
        if not data:
            raise OSError("the broker closed the connection")
        self.inbox += data
        found = []
        while True:
            size, shift, place = 0, 0, 1
            while True:
                if place > 4:
                    raise BadPacket("a remaining length of more than 4 bytes")
                if place >= len(self.inbox):
                    return found
                size |= (self.inbox[place] & 127) << shift
                place += 1
                if not self.inbox[place - 1] & 128:
                    break
                shift += 7
            if len(self.inbox) < place + size:
                return found
            found.append((self.inbox[0], bytes(self.inbox[place : place + size])))
            self.inbox = self.inbox[place + size :]

    def close(self):
        self.poll.unregister(self.socket)
        self.socket.close()
