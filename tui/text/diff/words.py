"""Finds the words that differ between two lines."""

import difflib
import re

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_MAX_CHARACTERS = 600
"""In longer lines no words are marked."""

Ranges = list[tuple[int, int]]


def changed_words(old: str, new: str) -> tuple[Ranges, Ranges]:
    """The ranges of characters that differ; empty if the lines have too little in common."""
    if len(old) > _MAX_CHARACTERS or len(new) > _MAX_CHARACTERS:
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
