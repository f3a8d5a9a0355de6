"""Configures logging: one line for each event on stderr, for a person or as JSON, from our code and from libraries."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from runtime.shared_variables import LogFormat, LogLevel

OUR_PACKAGES = ("api", "auth", "demo", "runtime", "tui")


def configure_logging(service: str, log_format: LogFormat, level: LogLevel) -> None:
    """Writes our log lines from `level` up, and the libraries' warnings, to stderr.

    Args:
        service: the value of the field `service` in each line.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_field("service", service),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(log_format)],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    # At lower levels, libraries log things that must not be in a log, such as whole URLs.
    logging.basicConfig(handlers=[handler], level=max(logging.WARNING, _number(level)), force=True)
    for package in OUR_PACKAGES:
        logging.getLogger(package).setLevel(_number(level))


def _renderers(log_format: LogFormat) -> list[Processor]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    # The default tracebacks print local variables, and with them prompts and secrets.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _add_field(name: str, value: str) -> Processor:
    def add(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault(name, value)
        return event

    return add


def _number(level: LogLevel) -> int:
    return logging.getLevelNamesMapping()[level.upper()]
