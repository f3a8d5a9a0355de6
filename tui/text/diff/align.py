"""Pairs removed lines with the added lines that replace them."""

import difflib

MAX_LINES = 40
"""More lines are paired in order, because comparing each with each takes too long."""
MIN_SIMILARITY = 0.5


def align(old: list[str], new: list[str]) -> list[tuple[int | None, int | None]]:
    """Pairs of indexes in order; None stands for a missing counterpart."""
    if len(old) > MAX_LINES or len(new) > MAX_LINES:
        return _in_order(len(old), len(new))
    similarities = [[_similarity(before, after) for after in new] for before in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            paired = similarities[i][j] + best[i + 1][j + 1] if similarities[i][j] else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    return _walk(best, similarities, len(old), len(new))


def _walk(
    best: list[list[float]], similarities: list[list[float]], olds: int, news: int
) -> list[tuple[int | None, int | None]]:
    pairs: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < olds and j < news:
        if similarities[i][j] and best[i][j] == similarities[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, j))
            j += 1
    return [*pairs, *((at, None) for at in range(i, olds)), *((None, at) for at in range(j, news))]


def _in_order(olds: int, news: int) -> list[tuple[int | None, int | None]]:
    return [(at if at < olds else None, at if at < news else None) for at in range(max(olds, news))]


def _similarity(before: str, after: str) -> float:
    if len(before) > 400 or len(after) > 400:
        return 0.0
    matcher = difflib.SequenceMatcher(None, before.strip(), after.strip(), autojunk=False)
    if matcher.real_quick_ratio() < MIN_SIMILARITY or matcher.quick_ratio() < MIN_SIMILARITY:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= MIN_SIMILARITY else 0.0
