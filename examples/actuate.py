"""The actuator of the example hubs: performs one act on the hardware file of a hub.

    actuate.py FOLDER ACT

ACT is the JSON that `hubsim run --actuator` and `hubsim conform --actuator` give, for example
`{"do":"set_lid","open":true}`. The hub reads `FOLDER/hardware.json` ten times a second. Exit codes: 0 done,
3 impossible for this hub, 1 anything else.
"""

import json
import sys
from pathlib import Path
from typing import Any

Act = dict[str, Any]
CARDS = {"healthy": "ok", "locked": "locked", "broken": "malfunction"}
WORDS = 3
EMPTY = {"card": "missing", "iccid": None}


class Impossible(Exception):
    """This hub cannot do the act."""


class Hardware:
    """The hardware file, as a hub reads it."""

    def __init__(self, folder: str | Path) -> None:
        self._file = Path(folder) / "hardware.json"
        self.now: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))

    def save(self) -> None:
        """Replace the file in one step, so that the hub never reads half of it."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps(self.now, indent=1), encoding="utf-8")
        draft.replace(self._file)

    def slot(self, number: int) -> dict[str, Any]:
        """Return the slot with this number."""
        sims: list[dict[str, Any]] = self.now["sims"]
        for sim in sims:
            if sim["slot"] == number:
                return sim
        raise Impossible(f"the hub has no slot {number}")

    def put(self, number: int, card: Act | None) -> None:
        """Put a card into a slot; None removes it. The number of a broken card cannot be read."""
        state: dict[str, Any] = (
            EMPTY
            if card is None
            else {"card": CARDS[card.get("condition", "healthy")], "iccid": card["iccid"]}
        )
        if state["card"] == "malfunction":
            state = state | {"iccid": None}
        self.slot(number).update(state)


def insert_sim(hardware: Hardware, act: Act) -> None:
    """Put a card into an empty slot."""
    hardware.put(act["slot"], act["card"])


def remove_sim(hardware: Hardware, act: Act) -> None:
    """Take the card out of a slot."""
    hardware.put(act["slot"], None)


def lock_sim(hardware: Hardware, act: Act) -> None:
    """Set a PIN on a card."""
    hardware.slot(act["slot"])["card"] = "locked"


def unlock_sim(hardware: Hardware, act: Act) -> None:
    """Remove the PIN from a card."""
    hardware.slot(act["slot"])["card"] = "ok"


def break_sim(hardware: Hardware, act: Act) -> None:
    """Break a card: its number can no longer be read."""
    hardware.slot(act["slot"]).update({"card": "malfunction", "iccid": None})


def plug(hardware: Hardware, act: Act) -> None:
    """Connect a link."""
    hardware.now["links"] = sorted({*hardware.now["links"], act["link"]})


def unplug(hardware: Hardware, act: Act) -> None:
    """Disconnect a link."""
    hardware.now["links"] = sorted({*hardware.now["links"]} - {act["link"]})


def set_mains(hardware: Hardware, act: Act) -> None:
    """Switch external power."""
    hardware.now["mains"] = act["present"]


def set_battery(hardware: Hardware, act: Act) -> None:
    """Set the charge. A hub shows steps of 5 percent, rounded up."""
    hardware.now["battery_percent"] = -(-act["percent"] // 5) * 5


def set_lid(hardware: Hardware, act: Act) -> None:
    """Open or close the lid."""
    hardware.now["lid_open"] = act["open"]


def power_on(hardware: Hardware, _act: Act) -> None:
    """Switch the hub on."""
    hardware.now["powered"] = True


def power_off(hardware: Hardware, _act: Act) -> None:
    """Switch the hub off, without a DISCONNECT."""
    hardware.now["powered"] = False


def restart(hardware: Hardware, _act: Act) -> None:
    """Restart the hub."""
    hardware.now["restarts"] += 1


def set_registration(hardware: Hardware, act: Act) -> None:
    """Set what the modem knows of the network."""
    for field, default in (
        ("registration", None),
        ("generation", None),
        ("signal", "no_signal"),
        ("active_sim", None),
        ("data", True),
    ):
        hardware.now[field] = act.get(field, default)


def set_clock(hardware: Hardware, act: Act) -> None:
    """Set the clock ahead of the right time; with a negative number it is late."""
    hardware.now["clock_ahead_s"] = act["ahead_s"]


def prepare(hardware: Hardware, act: Act) -> None:
    """Bring the hub to the start of a play: with an empty memory, and exactly this hardware."""
    for sim in hardware.now["sims"]:
        hardware.put(sim["slot"], act.get("slots", {}).get(str(sim["slot"])))
    hardware.now["links"] = sorted(act.get("links", []))
    hardware.now["powered"] = act.get("powered", True)
    set_mains(hardware, {"present": act.get("mains", True)})
    set_battery(hardware, {"percent": act.get("battery_percent", 100)})
    set_lid(hardware, {"open": act.get("lid_open", False)})
    set_registration(hardware, {"registration": "not_registered"})
    set_clock(hardware, {"ahead_s": 0})
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
        set_clock,
        prepare,
    )
}


def main(folder: str | Path, text: str) -> int:
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
    if len(sys.argv) != WORDS:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
