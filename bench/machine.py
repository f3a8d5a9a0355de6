"""The machine, in the words that numbers need: what computes, not whose it is."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def description() -> str:
    """Processor, memory, system and the versions that the numbers depend on, in one line."""
    parts = [f"{cores()} cores of {_field('/proc/cpuinfo', 'model name', 'an unnamed processor')}", f"{_memory()} GB"]
    parts += [f"Linux {platform.release().partition('-')[0]}", f"Python {platform.python_version()}"]
    return ", ".join([*parts, *(f"{name} {version(name)}" for name in ("claude-agent-sdk", "textual"))])


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def load() -> float:
    """How busy it is already: the average number of programs that want to run."""
    return os.getloadavg()[0]


def _memory() -> int:
    return round(int(_field("/proc/meminfo", "MemTotal", "0 kB").split()[0]) / 1024**2)


def _field(file: str, name: str, otherwise: str) -> str:
    for line in Path(file).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return otherwise
