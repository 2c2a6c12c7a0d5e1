"""The log of a process: one line for each event, to stderr, as text or JSON, without secrets.

Configures structlog and the loggers of the standard library, so that the events of uvicorn, amqtt and hubsim
have the same format. Timestamps are in UTC. Only tracebacks have several lines. `hubsim_server.redaction`
processes every event, including exceptions.
"""

import logging
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter
from structlog.typing import Processor

from hubsim_agent.command_log import FACTS
from hubsim_contract.mqtt.broker_url import BadBrokerUrl, BrokerUrl
from hubsim_contract.wire.printable import printable
from hubsim_server.limited_handler import LimitedHandler
from hubsim_server.redaction import Redaction
from hubsim_server.settings import OWN_BROKERS, SECRETS, LogFormat, ServerSettings

QUIET = ("aiosqlite", "amqtt", "asyncio", "httpcore", "httpx", "transitions", "uvicorn")
"""Libraries that log too much for an operator: only their warnings are logged."""
_MANY_LINES = ("exception", "stack")


def configure(settings: ServerSettings, stream: TextIO) -> None:
    """Send the log of this process to the stream. Call it once, before the first log event.

    Replaces the handlers of the root logger.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    handler = LimitedHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(FACTS), *shared],
            processors=[
                ProcessorFormatter.remove_processors_meta,
                Redaction(secrets_of(settings)),
                *_renderers(settings.log_format, colours=stream.isatty()),
            ],
        )
    )
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def get(name: str) -> BoundLogger:
    """Return the logger of this name, such as `cloud` or `broker`."""
    logger: BoundLogger = structlog.get_logger(name)
    return logger


def secrets_of(settings: ServerSettings) -> frozenset[str]:
    """Return the secrets in the settings."""
    found = {getattr(settings, name) for name in SECRETS}
    if settings.broker not in OWN_BROKERS:
        try:
            found.add(BrokerUrl.parse(settings.broker).password)
        except BadBrokerUrl:
            found.add(settings.broker)
    return frozenset(found - {None, ""})


def _renderers(log_format: LogFormat, *, colours: bool) -> list[Processor]:
    if log_format is LogFormat.JSON:
        return [structlog.processors.JSONRenderer()]
    # tracebacks are plain text: a pretty printer would show the values of variables, which may be secret
    plain = structlog.dev.plain_traceback
    return [_one_line, structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain)]


def _one_line(_logger: object, _method: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Escape control characters, so that the input of a client cannot forge lines."""
    return {
        printable(key): printable(value) if isinstance(value, str) and key not in _MANY_LINES else value
        for key, value in event.items()
    }
