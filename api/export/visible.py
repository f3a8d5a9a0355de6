"""Text from a machine, shown as what it is: no character may move, hide or reorder others."""

import re
import unicodedata

_ANSI = re.compile(r"\x1b\[[0-9;:]*m")
"""Colours, which mean nothing here."""
_SUSPECT = re.compile(r"[^\t\n\x20-\x7e\xa1-\u02ff\u0370-\u1fff\u2030-\u205e\u2070-\ud7ff\uf900-\ufdff]")
JOINER = "\u200d"
"""What joins emoji."""


def visible(text: str) -> str:
    """The text with control and direction characters named, such as `<U+202E>`."""
    return _SUSPECT.sub(lambda found: _name(found[0]), _ANSI.sub("", text.replace("\r\n", "\n")))


def _name(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") and character != JOINER:
        return f"<U+{ord(character):04X}>"
    return character
