# The hardware file, the hardware as it is reported, and the events between two states of it.

import json

SLOTS = 2
BATTERY_LOW = 20
REGISTERED = ("home", "roaming")
FACTORY = {
    "powered": True,
    "restarts": 0,
    "erasures": 0,
    "clock_ahead_s": 0,
    "links": ["ethernet"],
    "sims": [{"slot": slot + 1, "card": "missing", "iccid": None} for slot in range(SLOTS)],
    "active_sim": None,
    "registration": "not_registered",
    "generation": None,
    "signal": "no_signal",
    "data": True,
    "battery_percent": 100,
    "mains": True,
    "lid_open": False,
}


def read_hardware(path):
    with open(path) as file:
        return json.loads(file.read())


def channels_of(board):
    cellular = ["cellular"] if board["registration"] in REGISTERED and board["data"] else []
    return sorted(board["links"] + cellular)


def hangs(board):
    # A modem that hangs does not answer: its registration is unknown.
    return board["registration"] == "unknown"


def unread(sim):
    # A modem that hangs reads no card; an empty slot stays empty.
    return sim if sim["card"] == "missing" else {"slot": sim["slot"], "card": "unknown", "iccid": None}


def hardware_of(board):
    return {
        "model": "hub-2-plus",
        "firmware": "micropython-1",
        "channels": channels_of(board),
        "sims": [unread(sim) for sim in board["sims"]] if hangs(board) else board["sims"],
        "active_sim": board["active_sim"],
        "registration": board["registration"],
        "generation": board["generation"],
        "signal": board["signal"],
        "battery_percent": board["battery_percent"],
        "mains": board["mains"],
        "lid_open": board["lid_open"],
        "malfunction": hangs(board) or any(sim["card"] == "malfunction" for sim in board["sims"]),
    }


def place_of(sim):
    return "slot %d" % sim["slot"] + (", ICCID %s" % sim["iccid"] if sim["iccid"] else "")


def sim_events(old, new):
    swapped = old["iccid"] and new["iccid"] and old["iccid"] != new["iccid"]
    if swapped or (old["card"] not in ("missing", "unknown") and new["card"] == "missing"):
        yield "sim_removed", place_of(old)
    if swapped or (old["card"] == "missing" and new["card"] != "missing"):
        yield "sim_inserted", place_of(new)
    for card, kind in (("malfunction", "sim_defective"), ("locked", "sim_locked")):
        if new["card"] == card and (swapped or old["card"] != card):
            yield kind, place_of(new)


def events_between(old, new):
    for before, after in zip(old["sims"], new["sims"]):
        for event in sim_events(before, after):
            yield event
    if old["active_sim"] and new["active_sim"] and old["active_sim"] != new["active_sim"]:
        yield "sim_switched", "slot %d to slot %d" % (old["active_sim"], new["active_sim"])
    if new["registration"] != old["registration"]:
        if new["registration"] == "denied":
            yield "registration_denied", ""
        elif new["registration"] in REGISTERED and old["registration"] not in REGISTERED:
            yield "registered", new["registration"]
    for channel in old["channels"]:
        if channel not in new["channels"]:
            yield "channel_lost", channel
    for channel in new["channels"]:
        if channel not in old["channels"]:
            yield "channel_restored", channel
    for name, begins, ends in (
        ("mains", "mains_restored", "mains_lost"),
        ("lid_open", "lid_opened", "lid_closed"),
        ("malfunction", "malfunction_found", "malfunction_cleared"),
    ):
        if new[name] != old[name]:
            yield begins if new[name] else ends, ""
    low = new["battery_percent"] <= BATTERY_LOW
    if low != (old["battery_percent"] <= BATTERY_LOW):
        yield "battery_low" if low else "battery_recovered", "%d %%" % new["battery_percent"]
