"""Fuzzy search: the letters in order, best when they begin words and stand together."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
_BOUNDARY = "/-_. :"


def score(query: str, candidate: str) -> float:
    """How well the candidate fits; 0 when a letter is missing."""
    if not query:
        return 1.0
    wanted, text = query.lower(), candidate.lower()
    if wanted == text:
        return 1000.0
    found = text.find(wanted)
    if found >= 0:
        begins = found == 0 or text[found - 1] in _BOUNDARY
        return 500.0 + 200 * begins + 100 * (found == 0) - len(text) * 0.1
    return _scattered(wanted, text)


def _scattered(wanted: str, text: str) -> float:
    total, at, last = 0.0, 0, -2
    for letter in wanted:
        at = text.find(letter, at)
        if at < 0:
            return 0.0
        total += 10 if at == last + 1 else 1
        total += 8 if at == 0 or text[at - 1] in _BOUNDARY else 0
        last, at = at, at + 1
    return max(total - len(text) * 0.05, 0.1)


def best(query: str, candidates: Iterable[T], key: Callable[[T], str], limit: int = 8) -> list[T]:
    """The best candidates, best first; their own order decides between equals."""
    scored = [(score(query, key(candidate)), candidate) for candidate in candidates]
    fitting = [pair for pair in scored if pair[0] > 0]
    fitting.sort(key=lambda pair: -pair[0])
    return [candidate for _, candidate in fitting[:limit]]
