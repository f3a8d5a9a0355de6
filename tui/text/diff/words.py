"""Which words of two lines differ."""

import difflib
import re

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_MOST = 600
"""Characters; longer lines are marked as a whole."""

Ranges = list[tuple[int, int]]


def changed_words(old: str, new: str) -> tuple[Ranges, Ranges]:
    """The ranges of characters that differ; nothing when the lines have too little in common to compare."""
    if len(old) > _MOST or len(new) > _MOST:
        return [], []
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < 0.35:
        return [], []
    removed: Ranges = []
    added: Ranges = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            _note(removed, before, i1, i2)
            _note(added, after, j1, j2)
    return removed, added


def _note(ranges: Ranges, tokens: list[str], start: int, end: int) -> None:
    if start < end:
        at = sum(map(len, tokens[:start]))
        ranges.append((at, at + sum(map(len, tokens[start:end]))))
