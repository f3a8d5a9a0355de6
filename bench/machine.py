"""Describes the hardware and the versions that the results depend on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def description() -> str:
    """Returns processor, memory, system and versions in one line."""
    parts = [f"{cores()} cores of {_field('/proc/cpuinfo', 'model name', 'an unnamed processor')}", f"{_memory()} GB"]
    parts += [f"Linux {platform.release().partition('-')[0]}", f"Python {platform.python_version()}"]
    return ", ".join([*parts, *(f"{name} {version(name)}" for name in ("claude-agent-sdk", "textual"))])


def cores() -> int:
    """Returns the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0))


def load() -> float:
    """Returns the load average of the last minute."""
    return os.getloadavg()[0]


def _memory() -> int:
    return round(int(_field("/proc/meminfo", "MemTotal", "0 kB").split()[0]) / 1024**2)


def _field(file: str, name: str, otherwise: str) -> str:
    for line in Path(file).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return otherwise
