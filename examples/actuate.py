"""The actuator of the example hubs: performs one act on the hardware file of a hub.

    actuate.py FOLDER ACT

ACT is the JSON that `hubsim run --actuator` and `hubsim conform --actuator` give, for example
`{"do":"set_lid","open":true}`. The hub reads `FOLDER/hardware.json` ten times a second. Exit codes: 0 done,
3 impossible for this hub, 1 anything else.
"""

import json
import os
import sys
from pathlib import Path

CARDS = {"healthy": "ok", "locked": "locked", "broken": "malfunction"}
EMPTY = {"card": "missing", "iccid": None}


class Impossible(Exception):
    """This hub cannot do the act."""


class Hardware:
    """The hardware file, as a hub reads it."""

    def __init__(self, folder):
        self._file = Path(folder) / "hardware.json"
        self.now = json.loads(self._file.read_text(encoding="utf-8"))

    def save(self):
        """Replace the file in one step, so that the hub never reads half of it."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps(self.now, indent=1), encoding="utf-8")
        os.replace(draft, self._file)

    def slot(self, number):
        """Return the slot with this number."""
        for sim in self.now["sims"]:
            if sim["slot"] == number:
                return sim
        raise Impossible(f"the hub has no slot {number}")

    def put(self, number, card):
        """Put a card into a slot; None removes it. The number of a broken card cannot be read."""
        state = (
            EMPTY
            if card is None
            else {"card": CARDS[card.get("condition", "healthy")], "iccid": card["iccid"]}
        )
        if state["card"] == "malfunction":
            state = state | {"iccid": None}
        self.slot(number).update(state)


def insert_sim(hardware, act):
    hardware.put(act["slot"], act["card"])


def remove_sim(hardware, act):
    hardware.put(act["slot"], None)


def lock_sim(hardware, act):
    hardware.slot(act["slot"])["card"] = "locked"


def unlock_sim(hardware, act):
    hardware.slot(act["slot"])["card"] = "ok"


def break_sim(hardware, act):
    hardware.slot(act["slot"]).update({"card": "malfunction", "iccid": None})


def plug(hardware, act):
    hardware.now["links"] = sorted({*hardware.now["links"], act["link"]})


def unplug(hardware, act):
    hardware.now["links"] = sorted({*hardware.now["links"]} - {act["link"]})


def set_mains(hardware, act):
    hardware.now["mains"] = act["present"]


def set_battery(hardware, act):
    hardware.now["battery_percent"] = -(-act["percent"] // 5) * 5


def set_lid(hardware, act):
    hardware.now["lid_open"] = act["open"]


def power_on(hardware, _act):
    hardware.now["powered"] = True


def power_off(hardware, _act):
    hardware.now["powered"] = False


def restart(hardware, _act):
    hardware.now["restarts"] += 1


def set_registration(hardware, act):
    for field, default in (
        ("registration", None),
        ("generation", None),
        ("signal", "no_signal"),
        ("active_sim", None),
    ):
        hardware.now[field] = act.get(field, default)


def prepare(hardware, act):
    """Bring the hub to the start of a play: with an empty memory, and exactly this hardware."""
    for sim in hardware.now["sims"]:
        hardware.put(sim["slot"], act.get("slots", {}).get(str(sim["slot"])))
    hardware.now["links"] = sorted(act.get("links", []))
    hardware.now["powered"] = act.get("powered", True)
    set_mains(hardware, {"present": act.get("mains", True)})
    set_battery(hardware, {"percent": act.get("battery_percent", 100)})
    set_lid(hardware, {"open": act.get("lid_open", False)})
    set_registration(hardware, {"registration": "not_registered"})
    hardware.now["erasures"] += 1


ACTS = {
    act.__name__: act
    for act in (
        insert_sim,
        remove_sim,
        lock_sim,
        unlock_sim,
        break_sim,
        plug,
        unplug,
        set_mains,
        set_battery,
        set_lid,
        power_on,
        power_off,
        restart,
        set_registration,
        prepare,
    )
}


def main(folder, text):
    """Perform an act, and return the exit code."""
    act = json.loads(text)
    if act["do"] not in ACTS:
        print(f"this hub cannot do {act['do']}", file=sys.stderr)
        return 3
    hardware = Hardware(folder)
    try:
        ACTS[act["do"]](hardware, act)
    except Impossible as error:
        print(error, file=sys.stderr)
        return 3
    hardware.save()
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
