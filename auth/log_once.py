"""What goes wrong in a loop that must not end: told once, then outlived."""

from types import TracebackType

from structlog.typing import FilteringBoundLogger


class Trouble:
    """A block of such a loop. Its failure is logged when it begins, in one word, and again once it has gone well."""

    def __init__(self, log: FilteringBoundLogger, event: str, **facts: str) -> None:
        self._log = log.bind(**facts)
        self._event = event
        self._last: str | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> bool:
        if not isinstance(error, Exception):  # it went well, or the door ends
            self._last = None
            return False
        kind = getattr(error, "kind", type(error).__name__)  # never its message, which may quote what people typed
        if kind != self._last:
            self._log.warning(self._event, kind=kind)
        self._last = kind
        return True
