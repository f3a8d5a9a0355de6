"""The processes of this machine: which run, who started them, what they are."""

from contextlib import suppress
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children_of(pid: int) -> list[int]:
    """The processes that `pid` started and that run."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # a thread that has just ended
            found += [int(each) for each in (task / "children").read_text().split()]
    return [each for each in found if is_alive(each)]


def command_of(pid: int) -> str:
    """The words that the process was started with; none when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def every_pid() -> list[int]:
    """All processes of this machine."""
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]


def is_claude_code(pid: int) -> bool:
    return "stream-json" in command_of(pid)
