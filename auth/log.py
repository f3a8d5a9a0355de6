"""What the door writes to stderr: one line each, never a query string, cookie, token or key."""

import logging
import sys
from typing import cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor


def open_log(log_format: str, level: str) -> FilteringBoundLogger:
    """A logger of the process's own; libraries' warnings go the same way."""
    # Plain tracebacks: the rich ones print local variables, and with them what people typed.
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    renderers: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if log_format == "json"
        else [console]
    )
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(
        level=max(number, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )
    return cast(
        FilteringBoundLogger,
        structlog.wrap_logger(
            structlog.PrintLogger(sys.stderr),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                *renderers,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(number),
            room="auth",
        ),
    )
