"""Keys that Textual's parser does not tell apart."""

from typing import Any, cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.keys import Keys


def teach_alt_enter() -> None:
    """Makes Alt+Enter (ESC CR) the line break that Ctrl+J is; Textual would take it for Enter, and send."""
    cast("dict[str, Any]", ANSI_SEQUENCES_KEYS)["\x1b\r"] = (Keys.ControlJ,)  # a Mapping by its annotation only
