"""Prints one line with the cause when a program keeps ending. supervisord starts it and sends it its events."""

import re
import sys
import time
from collections import deque
from typing import BinaryIO

WINDOW_SECONDS = 120.0
"""The time in which a second end counts as "keeps ending"."""
MAX_LINE = 500
"""Characters kept of each line."""
MAX_LINES = 50
"""Lines kept of each program's output."""
_EXCEPTION = re.compile(r"[\w.]*(Error|Exception|Exit|Interrupt)\b.*")
"""The line of a traceback with the exception; some libraries add lines below it."""


class CrashReporter:
    """The last output of each program and the times at which it ended."""

    def __init__(self) -> None:
        self._output: dict[str, deque[str]] = {}
        self._ends: dict[str, deque[float]] = {}

    def handle(self, event: str, payload: str, now: float) -> str | None:
        """Handles an event of supervisord; returns the line to print, if there is one."""
        head, _, text = payload.partition("\n")
        program = _fields(head).get("processname", "")
        if event.startswith("PROCESS_LOG"):
            lines = (line.strip() for line in text.splitlines())
            self._output.setdefault(program, deque(maxlen=MAX_LINES)).extend(line[:MAX_LINE] for line in lines if line)
        elif event in ("PROCESS_STATE_EXITED", "PROCESS_STATE_BACKOFF", "PROCESS_STATE_FATAL"):
            return self._report_end(program, now)
        return None

    def _report_end(self, program: str, now: float) -> str | None:
        output = list(self._output.pop(program, ()))
        ends = self._ends.setdefault(program, deque(maxlen=2))
        ends.append(now)
        if len(ends) < 2 or now - ends[0] > WINDOW_SECONDS:
            return None
        causes = [line for line in output if _EXCEPTION.match(line)] or output or ["it printed nothing"]
        return f"UNHEALTHY    {program} keeps ending, and is started again each time: {causes[-1]}"


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Speaks supervisord's event protocol until supervisord closes the input."""
    reporter = CrashReporter()
    while True:
        sink.write(b"READY\n")
        sink.flush()
        header = _fields(source.readline().decode())
        if "len" not in header:
            return
        payload = source.read(int(header["len"])).decode(errors="replace")
        if line := reporter.handle(header["eventname"], payload, time.monotonic()):
            print(line, file=sys.stderr, flush=True)
        sink.write(b"RESULT 2\nOK")
        sink.flush()


def _fields(line: str) -> dict[str, str]:
    return dict(word.split(":", 1) for word in line.split() if ":" in word)


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
