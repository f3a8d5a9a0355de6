"""Logs a repeating failure once."""

from types import TracebackType

import structlog

log = structlog.get_logger(__name__)


class LogOnce:
    """A context manager for one step of an endless loop: logs a failure and suppresses it.

    The same failure is logged again only after a step has succeeded.
    """

    def __init__(self, event: str, **fields: str) -> None:
        self._log = log.bind(**fields)
        self._event = event
        self._last_kind: str | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> bool:
        if not isinstance(error, Exception):  # success, or cancellation
            self._last_kind = None
            return False
        kind = getattr(error, "kind", type(error).__name__)  # not the message, which may quote what a user typed
        if kind != self._last_kind:
            self._log.warning(self._event, kind=kind)
        self._last_kind = kind
        return True
