"""Reads from /proc which processes run, what started them and with which command."""

from contextlib import suppress
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children_of(pid: int) -> list[int]:
    """Returns the running processes that `pid` started."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # the thread may have just ended
            found += [int(each) for each in (task / "children").read_text().split()]
    return [each for each in found if is_alive(each)]


def command_of(pid: int) -> str:
    """Returns the command line of the process; empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def all_pids() -> list[int]:
    """Returns the ids of all processes of this machine."""
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]


def is_claude_code(pid: int) -> bool:
    return "stream-json" in command_of(pid)
