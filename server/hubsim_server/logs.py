"""The log of a process: one line an event, to stderr, for people or as JSON, without secrets.

Owns the set-up of structlog and of the standard library's loggers, whose events (uvicorn's, amqtt's, ours)
come out of the same renderer. Promises UTC time stamps, one line for each event but for tracebacks, and that
every event has gone through `hubsim_server.redaction`, exceptions included.
"""

import logging
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter
from structlog.typing import Processor

from hubsim_contract.mqtt.broker_url import BadBrokerUrl, BrokerUrl
from hubsim_server.redaction import Redaction
from hubsim_server.settings import OWN_BROKERS, SECRETS, LogFormat, ServerSettings

QUIET = ("aiosqlite", "amqtt", "asyncio", "httpcore", "httpx", "transitions", "uvicorn")
"""Libraries that tell more than an operator wants to know: only their warnings are logged."""
_MANY_LINES = ("exception", "stack")


def configure(settings: ServerSettings, stream: TextIO) -> None:
    """Let everything that this process logs go to the stream. Once, before anything is logged.

    Handlers that the root logger had are replaced.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=shared,
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
    """Return the secrets that stand in the settings themselves."""
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
    # tracebacks come as text: a pretty printer would show the values of variables, secrets too
    plain = structlog.dev.plain_traceback
    return [_one_line, structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain)]


def _one_line(_logger: object, _method: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Write control characters as escapes, so that what a client sent cannot forge lines."""
    return {
        _escaped(key): _escaped(value) if isinstance(value, str) and key not in _MANY_LINES else value
        for key, value in event.items()
    }


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
