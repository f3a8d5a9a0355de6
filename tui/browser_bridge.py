"""What the app tells the page around it. In a terminal the same calls set the window title or do nothing.

On the wire each is one meta packet of the driver's: `{"type": "page_state", …}`, `{"type": "page_session", …}`,
`{"type": "page_notify", …}`. Downloads travel as Textual's own `deliver_file_start`.
"""

from typing import TYPE_CHECKING, Any, Literal

from tui.text.sanitize import visible

if TYPE_CHECKING:
    from textual.app import App

PageState = Literal["idle", "working", "needs_you", "offline"]
_MARKS: dict[PageState, str] = {"idle": "", "working": "● ", "needs_you": "✋ ", "offline": "⚠ "}


class BrowserBridge:
    """Speaks to the page through the app's driver."""

    def __init__(self, app: "App[Any]", *, has_browser: bool = False) -> None:  # any app may show itself on a page
        self._app = app
        self._has_browser = has_browser
        self._last: tuple[PageState, str] | None = None

    def state(self, state: PageState, title: str) -> None:
        """Sets title and badge: `● title` while working, `✋ title` when a person is needed."""
        if self._last == (state, title):
            return
        self._last = (state, title)
        text = f"{_MARKS[state]}{title}"
        if not self._send({"type": "page_state", "state": state, "title": text}):
            self._terminal(f"\x1b]2;{text}\x07")

    def session(self, session_id: str | None) -> None:
        """The tab shows this conversation from now on, so a reload opens it again."""
        self._send({"type": "page_session", "id": session_id})

    def notify(self, title: str, body: str) -> None:
        """Asks for a notification; the page shows it when its tab is hidden. A terminal rings its bell."""
        if not self._send({"type": "page_notify", "title": title, "body": body}):
            self._terminal("\x07")

    def draft(self, text: str) -> None:
        """What stands in the prompt, so that a new process of this tab can restore it."""
        self._send({"type": "page_draft", "text": text})

    def appearance(self, *, dark: bool, background: str) -> None:
        """The colours around the screen."""
        self._send({"type": "page_appearance", "dark": dark, "background": background})

    def open_link(self, address: str) -> None:
        """Opens a link in the browser, only the web's own kinds; where there is no browser it is copied."""
        if not address.startswith(("https://", "http://", "mailto:")):
            self._app.notify(f"Not opened: {visible(address)}", markup=False)
        elif self._app.is_web or self._has_browser:
            self._app.open_url(address)
        else:
            self._app.copy_to_clipboard(address)
            self._app.notify(visible(address), title="Copied: no browser here", markup=False)

    def sign_out(self) -> bool:
        """Ends the login; False where there is no page."""
        return self._send({"type": "page_sign_out"})

    def pick_files(self) -> bool:
        """Asks the page for its file picker; False where there is no page."""
        return self._send({"type": "page_pick_files"})

    def _send(self, meta: dict[str, object]) -> bool:
        driver = self._app._driver
        if driver is None or not driver.is_web:
            return False
        write_meta = getattr(driver, "write_meta", None)
        if write_meta is not None:
            write_meta(meta)
        return True

    def _terminal(self, sequence: str) -> None:
        driver = self._app._driver
        if driver is not None and not driver.is_headless:
            driver.write(sequence)
