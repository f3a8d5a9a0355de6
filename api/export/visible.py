"""Text from a machine, shown as what it is: no character may move, hide or reorder others."""

import re

from api.schema.hidden import CONTROL, HIDDEN, JOINER

_PRIVATE = "\ue000-\uf8ff\U000f0000-\U0010ffff"
"""Whatever a font of the reader's machine makes of them."""
_NAMED = re.compile(f"[{CONTROL}{HIDDEN}{_PRIVATE}]|{JOINER}")
_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")


def visible(text: str) -> str:
    """The text with control, direction and hidden characters named, such as `<U+202E>`."""
    return _NAMED.sub(lambda found: f"<U+{ord(found[0]):04X}>", text.replace("\r\n", "\n"))


def uncoloured(text: str) -> str:
    """What a tool printed, without its colours, which mean nothing here."""
    return _COLOURS.sub("", text)
