"""Tells, in one line, which program keeps ending and why. supervisord starts it and sends it what happens."""

import re
import sys
import time
from collections import deque
from typing import BinaryIO

SPAN = 120.0
"""Seconds in which a second end counts as "keeps ending"."""
LONGEST = 500
KEPT = 50
"""Lines of each program."""
_EXCEPTION = re.compile(r"[\w.]*(Error|Exception|Exit|Interrupt)\b.*")
"""How the last line of a traceback that matters begins; some libraries add others below it."""


class Crashes:
    """What each program said last, and when it ended."""

    def __init__(self) -> None:
        self._said: dict[str, deque[str]] = {}
        self._ended: dict[str, deque[float]] = {}

    def event(self, name: str, payload: str, now: float) -> str | None:
        """Takes an event of supervisord's; the line to print, if there is one."""
        head, _, text = payload.partition("\n")
        program = dict(word.split(":", 1) for word in head.split() if ":" in word).get("processname", "")
        if name.startswith("PROCESS_LOG"):
            lines = (line.strip() for line in text.splitlines())
            self._said.setdefault(program, deque(maxlen=KEPT)).extend(line[:LONGEST] for line in lines if line)
        elif name in ("PROCESS_STATE_EXITED", "PROCESS_STATE_BACKOFF", "PROCESS_STATE_FATAL"):
            return self._end(program, now)
        return None

    def _end(self, program: str, now: float) -> str | None:
        said = list(self._said.pop(program, ()))
        ends = self._ended.setdefault(program, deque(maxlen=2))
        ends.append(now)
        if len(ends) < 2 or now - ends[0] > SPAN:
            return None
        why = [line for line in said if _EXCEPTION.match(line)] or said or ["it said nothing"]
        return f"UNHEALTHY    {program} keeps ending, and is started again each time: {why[-1]}"


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Speaks supervisord's event protocol until supervisord is gone."""
    crashes = Crashes()
    while True:
        sink.write(b"READY\n")
        sink.flush()
        words = dict(word.split(":", 1) for word in source.readline().decode().split())
        if "len" not in words:
            return
        payload = source.read(int(words["len"])).decode(errors="replace")
        if line := crashes.event(words["eventname"], payload, time.monotonic()):
            print(line, file=sys.stderr, flush=True)
        sink.write(b"RESULT 2\nOK")
        sink.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
