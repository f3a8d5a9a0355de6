"""Text from a machine, shown as what it is: no character may move, hide or reorder others."""

import re

HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
"""Bidi controls, zero-width and filler characters, tags, separators, lone surrogates: the same in the terminal app."""
_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U0010ffff"
"""Whatever a font of the reader's machine makes of them."""
# Joiners are part of emoji and of some scripts, but have no business beside ASCII.
_JOINER = "(?<=[\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?=[\x00-\x7f]|$)"
_NAMED = re.compile(f"[{_CONTROL}{HIDDEN}{_PRIVATE}]|{_JOINER}")
_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")


def visible(text: str) -> str:
    """The text with control, direction and hidden characters named, such as `<U+202E>`."""
    return _NAMED.sub(lambda found: f"<U+{ord(found[0]):04X}>", text.replace("\r\n", "\n"))


def uncoloured(text: str) -> str:
    """What a tool printed, without its colours, which mean nothing here."""
    return _COLOURS.sub("", text)
