"""The median and percentiles of measurements."""

from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """Returns the middle value."""
    return sorted(values)[len(values) // 2]


def percentile(values: Sequence[float], share: float) -> float:
    """Returns the value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
