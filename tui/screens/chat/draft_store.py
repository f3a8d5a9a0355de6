"""Saves the prompt's text, so that it survives a restart of the app."""

from collections.abc import Callable
from functools import partial

from textual.timer import Timer

from tui.user_state import UserState

MAX_DRAFTS = 50
"""Sessions whose drafts are kept."""
SAVE_AFTER = 0.4
"""Seconds after the last key."""
NEW_SESSION = "new"
"""The key for the draft of a session that the server does not know yet."""


class DraftStore:
    """The drafts of one user, each under its session."""

    def __init__(
        self,
        state: UserState,
        *,
        start_timer: Callable[[float, Callable[[], None]], Timer],
        run_in_thread: Callable[[Callable[[], None]], object],
    ) -> None:
        """Opens the store.

        Args:
            run_in_thread: runs the writing, because a busy disk must not delay the next key.
        """
        self._state = state
        self._start_timer = start_timer
        self._run_in_thread = run_in_thread
        self._timer: Timer | None = None
        self._unsaved: tuple[str, str] | None = None
        """The session and the draft that the timer will save."""

    def read(self, session_id: str) -> str:
        """The draft of a session; empty if there is none."""
        return str(self._state.read("drafts", {}).get(session_id, ""))

    def save_soon(self, session_id: str, text: str) -> None:
        """Saves the draft after SAVE_AFTER seconds without another call; removes an empty draft."""
        if self._timer is not None:
            self._timer.stop()
        if self._unsaved is not None and self._unsaved[0] != session_id:
            self._save()
        self._unsaved = (session_id, text)
        self._timer = self._start_timer(SAVE_AFTER, self._save)

    def _save(self) -> None:
        if self._unsaved is not None:
            replace = partial(_replace, *self._unsaved)
            self._unsaved = None
            self._run_in_thread(lambda: self._state.change("drafts", {}, replace))


def _replace(session_id: str, text: str, drafts: dict[str, str]) -> dict[str, str]:
    drafts.pop(session_id, None)
    if text:
        drafts[session_id] = text
    return dict(list(drafts.items())[-MAX_DRAFTS:])
