# A hub for MicroPython or CPython, written from docs/contract.md alone. This file starts it.
#
#     python hub.py HUB FOLDER [OPTION=VALUE ...]
#
# HUB is the number on the label (8 upper-case hex digits). FOLDER keeps hardware.json (the hardware, changed
# by `actuate`) and memory.json (the flash). The options are in DEFAULTS below. Ctrl-C or SIGTERM stop it.
# It prints one line of JSON whenever its display changes. References like MQ-4 are rules of the contract.

import json
import select
import sys

from clock import clock, ticks
from hardware import FACTORY, read_hardware
from memory import Memory, replace_file
from program import Hub

LOOK_MS = 100

DEFAULTS = {
    "broker": "127.0.0.1:1883",
    "prefix": "hubsim/v1",
    "user": "",
    "password": "",
    "connack_s": "30",
    "suback_s": "30",
    "puback_s": "60",
    "heard_s": "60",
    "reconnect_first_s": "1",
    "reconnect_longest_s": "60",
    "online_after_s": "10",
}


def wait_for_packet_or_due_time(poll, hub):
    # The only wait of the program. It ends at the latest when the hardware file is due to be read again.
    due = hub.next_due() if hub else None
    poll.poll(LOOK_MS if due is None else min(max(due - ticks(), 0), LOOK_MS))


def main(number, folder, *given):
    options = dict(DEFAULTS)
    for each in given:
        name, _, value = each.partition("=")
        if name not in options:
            sys.exit("unknown option %s; known: %s" % (name, ", ".join(sorted(options))))
        options[name] = value
    board_file, memory_file = folder + "/hardware.json", folder + "/memory.json"
    try:
        board = read_hardware(board_file)
    except OSError:
        board = FACTORY
        replace_file(board_file, json.dumps(board))
    hub, poll = None, select.poll()
    try:
        while True:
            before = board
            try:
                board = read_hardware(board_file)
            except (OSError, ValueError):
                pass  # it is read again
            clock.ahead_s = board["clock_ahead_s"]
            cycled = board["restarts"] != before["restarts"] or board["erasures"] != before["erasures"]
            if hub and (cycled or not board["powered"]):
                if hub.mqtt:
                    hub.mqtt.close()  # a power cut: no DISCONNECT
                hub = None
            if board["erasures"] != before["erasures"]:
                Memory(memory_file).erase()
            if board["powered"]:
                if hub is None:
                    hub = Hub(number, Memory(memory_file), board, options, poll)
                    hub.show()
                elif board != before:
                    hub.board_changed(board)
                hub.run_once()
            wait_for_packet_or_due_time(poll, hub)
    finally:
        if hub:
            hub.leave()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: hub.py HUB FOLDER [OPTION=VALUE ...]")
    if hasattr(sys, "implementation") and sys.implementation.name == "cpython":
        import signal

        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        pass
