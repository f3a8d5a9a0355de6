"""Fuzzy search: finds the letters in order and prefers those at the start of words and next to each other."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
_BOUNDARY = "/-_. :"


def score(query: str, candidate: str) -> float:
    """How well the candidate matches; 0 if a letter is missing."""
    if not query:
        return 1.0
    wanted, text = query.lower(), candidate.lower()
    if wanted == text:
        return 1000.0
    found = text.find(wanted)
    if found >= 0:
        begins = found == 0 or text[found - 1] in _BOUNDARY
        return 500.0 + 200 * begins + 100 * (found == 0) - len(text) * 0.1
    return _score_scattered(wanted, text)


def _score_scattered(wanted: str, text: str) -> float:
    total, at, last = 0.0, 0, -2
    for letter in wanted:
        at = text.find(letter, at)
        if at < 0:
            return 0.0
        total += 10 if at == last + 1 else 1
        total += 8 if at == 0 or text[at - 1] in _BOUNDARY else 0
        last, at = at, at + 1
    return max(total - len(text) * 0.05, 0.1)


def best_matches(query: str, candidates: Iterable[T], key: Callable[[T], str], limit: int = 8) -> list[T]:
    """The candidates that match best, best first; equal ones keep their order."""
    scored = [(score(query, key(candidate)), candidate) for candidate in candidates]
    matching = [pair for pair in scored if pair[0] > 0]
    matching.sort(key=lambda pair: -pair[0])
    return [candidate for _, candidate in matching[:limit]]
