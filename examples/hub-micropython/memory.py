# What survives a power cut: files that are replaced as a whole, and the memory of the hub.

import json
import os

from clock import now_ms


def replace_file(path, text):
    # Durable when it returns: the old file or the new one survives a power cut, never half of one.
    with open(path + ".new", "w") as file:
        file.write(text)
        file.flush()
        if hasattr(os, "fsync"):
            os.fsync(file.fileno())
    os.rename(path + ".new", path)
    if hasattr(os, "sync") and not hasattr(os, "fsync"):
        os.sync()


class Memory:
    # Survives power cuts: the boot number, the applied document, and the events that wait (MQ-2, MQ-4, MQ-5).
    def __init__(self, path):
        self.path = path
        self.lost = False
        self.boot = 0
        self.applied = None
        self.events = []
        try:
            with open(path) as file:
                stored = json.loads(file.read())
            self.boot = stored["boot"]
            self.applied = stored["applied"]
            self.events = stored["events"]
        except OSError:
            pass  # a new hub
        except Exception:
            self.lost = True

    def save(self):
        stored = {"boot": self.boot, "applied": self.applied, "events": self.events}
        replace_file(self.path, json.dumps(stored))

    def erase(self):
        # As from the factory, but the boot number stays ahead (MQ-2).
        self.applied, self.events = None, []
        self.save()

    def next_boot(self):
        # Greater than every earlier one, also after a loss of memory.
        self.boot = max(self.boot + 1, now_ms() // 1000)
        self.save()
