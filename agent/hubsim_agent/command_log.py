"""The log of `hubsim-agent`: one line for each event, to stderr, as text or JSON.

An event has a fixed text, and its facts as `extra` of the record, such as `hub` and `reason`. Control
characters in facts are escaped, so that a peer cannot forge lines.
"""

import json
import logging
import time
from typing import Any, TextIO

from hubsim_contract.wire.printable import printable

LOG_FORMATS = ("console", "json")
LOG_LEVELS = ("debug", "info", "warning", "error")
FACTS = ("hub", "port", "broker", "reason")
"""The facts of an event, in their order in a line."""
_LIBRARIES = ("aiomqtt", "asyncio")
"""Libraries that log too much for an operator: only their warnings are logged."""


def configure(log_format: str, log_level: str, stream: TextIO) -> None:
    """Send the log of this process to the stream. Replaces the handlers of the root logger."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines())
    level = logging.getLevelNamesMapping()[log_level.upper()]
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


class TextLines(logging.Formatter):
    """`2026-01-15T09:00:00Z [warning] connection lost; connecting again hub=0A1B2C3D`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a traceback follows in further lines."""
        facts = "".join(f" {name}={printable(value)}" for name, value in _facts(record).items())
        line = f"{_time(record)} [{record.levelname.lower()}] {printable(record.getMessage())}{facts}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonLines(logging.Formatter):
    """One JSON object for each event, with the keys of the log of `hubsim`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without line feeds in it."""
        line: dict[str, Any] = {
            "timestamp": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _facts(record: logging.LogRecord) -> dict[str, str]:
    return {name: str(getattr(record, name)) for name in FACTS if hasattr(record, name)}


def _time(record: logging.LogRecord) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
