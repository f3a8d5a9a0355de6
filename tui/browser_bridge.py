"""Tells the page around the app about its state. In a terminal, sets the window title or rings the bell instead.

Each call sends one meta packet through the driver, such as `{"type": "page_state", …}`; `tui/web_driver.py` lists them.
Downloads use Textual's own `deliver_file_start`.
"""

import io
from typing import TYPE_CHECKING, Any, Literal

from tui.text.sanitize import visible

if TYPE_CHECKING:
    from textual.app import App

PageState = Literal["idle", "working", "needs_you", "offline"]
_TITLE_MARKS: dict[PageState, str] = {"idle": "", "working": "● ", "needs_you": "✋ ", "offline": "⚠ "}


class BrowserBridge:
    """Operations on the browser or terminal that shows the app."""

    def __init__(self, app: "App[Any]", *, has_browser: bool = False) -> None:  # works with any Textual app
        """Connects to the driver of the app.

        Args:
            has_browser: whether this machine can open links when the app runs in a terminal.
        """
        self._app = app
        self._has_browser = has_browser
        self._last: tuple[PageState, str] | None = None

    def set_state(self, state: PageState, title: str) -> None:
        """Sets title and badge of the tab: `● title` while working, `✋ title` while a request is open."""
        if self._last == (state, title):
            return
        self._last = (state, title)
        text = f"{_TITLE_MARKS[state]}{title}"
        if not self._send({"type": "page_state", "state": state, "title": text}):
            self._write_to_terminal(f"\x1b]2;{text}\x07")

    def set_session(self, session_id: str | None) -> None:
        """Sets the session that a reload of the page opens again."""
        self._send({"type": "page_session", "id": session_id})

    def notify(self, title: str, body: str) -> None:
        """Asks for a notification, which the page shows if its tab is hidden. A terminal rings its bell."""
        if not self._send({"type": "page_notify", "title": title, "body": body}):
            self._write_to_terminal("\x07")

    def keep_draft(self, text: str) -> None:
        """Sends the prompt's text to the page, so that a new process of this tab can restore it."""
        self._send({"type": "page_draft", "text": text})

    def set_appearance(self, *, dark: bool, background: str) -> None:
        """Sets the colours around the screen."""
        self._send({"type": "page_appearance", "dark": dark, "background": background})

    def open_link(self, address: str) -> None:
        """Opens a web or mail address in the browser, or copies it if there is no browser."""
        if not address.startswith(("https://", "http://", "mailto:")):
            self._app.notify(f"Not opened: {visible(address)}", markup=False)
        elif self._app.is_web or self._has_browser:
            self._app.open_url(address)
        else:
            self._app.copy_to_clipboard(address)
            self._app.notify(visible(address), title="No browser here; the address is copied", markup=False)

    def download(self, data: bytes, name: str) -> bool:
        """Lets the browser download a file; returns False in a terminal."""
        if self._app.is_web:
            self._app.deliver_binary(io.BytesIO(data), save_filename=name, open_method="download")
        return self._app.is_web

    def sign_out(self) -> bool:
        """Ends the login; returns False in a terminal."""
        return self._send({"type": "page_sign_out"})

    def pick_files(self) -> bool:
        """Opens the browser's file picker; returns False in a terminal."""
        return self._send({"type": "page_pick_files"})

    def _send(self, meta: dict[str, object]) -> bool:
        driver = self._app._driver
        if driver is None or not driver.is_web:
            return False
        write_meta = getattr(driver, "write_meta", None)
        if write_meta is not None:
            write_meta(meta)
        return True

    def _write_to_terminal(self, sequence: str) -> None:
        driver = self._app._driver
        if driver is not None and not driver.is_headless:
            driver.write(sequence)
