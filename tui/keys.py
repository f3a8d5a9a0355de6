"""What Textual does with keys, corrected in two places."""

from typing import Any, cast

import textual.screen
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.keys import Keys

FRAMES = 120
"""Screen updates a second at most. A letter waits for the next one, so half the default's wait is gone."""


def draw_soon() -> None:
    """Draws twice as often as Textual would; streaming has a pace of its own."""
    textual.screen.UPDATE_PERIOD = 1 / FRAMES  # type: ignore[misc]  # a Final that is read when a screen starts


def teach_alt_enter() -> None:
    """Makes Alt+Enter (ESC CR) the line break that Ctrl+J is; Textual would take it for Enter, and send."""
    cast("dict[str, Any]", ANSI_SEQUENCES_KEYS)["\x1b\r"] = (Keys.ControlJ,)  # a Mapping by its annotation only
