"""A log in memory with the configuration of a process, removed after the test."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from hubsim_server.logs import QUIET, configure
from hubsim_server.settings import ServerSettings


@contextmanager
def logging_to_memory(settings: ServerSettings) -> Iterator[io.StringIO]:
    """Yield a text that receives the log within the context."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in QUIET}
    try:
        configure(settings, stream)
        yield stream
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, before in levels.items():
            logging.getLogger(name).setLevel(before)
        structlog.reset_defaults()
