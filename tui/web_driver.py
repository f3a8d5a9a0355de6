"""The app's end of the pipe to `tui.serve`: Textual's web driver, made to end with its server and to repaint.

What a served app implements; all but `claim` may be missing:

    claim(user=…, session_id=…, notice=…, request_id=…)   a person's tab takes this app, which was started ahead of time
    restore_draft(text)                     what was typed before the last process of this tab was lost
    take_prompt(text)                       a whole prompt, sent from the page's own field (else pasted, then Enter)
    attach_files(paths)                     files the page put into the workspace, relative to it (else `@path` pasted)
    use_appearance(dark)                    what the browser prefers

What the page understands, each one meta packet (`tui/browser_bridge.py` sends them):

    page_state {state, title}               idle, working, needs_you, offline: the tab's title and badge
    page_session {id}                       the conversation that a reload of this tab opens again
    page_notify {title, body}               a notification, when the tab is hidden
    page_draft {text}                       what stands in the prompt; kept for `restore_draft`
    page_pick_files {}                      opens the file dialog; the files come back by `attach_files`
    page_appearance {dark, background}      colours for the page around the screen
    page_sign_out {}                        ends the login
"""

import atexit
import base64
import os
from collections.abc import Mapping
from functools import partial
from threading import Lock, Timer
from typing import Any, cast

from textual import events, messages
from textual.app import App
from textual.drivers.web_driver import WebDriver

from tui.web_input import TabInput, kill_own_process_group

SECONDS_TO_END = 3.0
RESIZE_SECONDS = 0.25
RESIZE_TICKS = 25
CLIPBOARD = "\x1b]52;c;"


class TabDriver(WebDriver):
    """Ends when its server is gone, repaints when asked, hands claims to the app and never tears a packet."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        # stdout is the wire: whatever else writes there (a library, a child) goes to stderr instead.
        self.fileno = os.dup(self.fileno)
        os.dup2(2, 1)
        self._wire = Lock()
        self._write = self._write_whole  # type: ignore[assignment]  # the base holds a partial of os.write here
        self._input_reader = TabInput()

    def write(self, data: str) -> None:
        """Writes to the screen; a copy to the clipboard goes apart, so that no dropped frame can lose it."""
        if data.startswith(CLIPBOARD):
            text = base64.b64decode(data[len(CLIPBOARD) :].rstrip("\a")).decode("utf-8", "replace")
            self.write_meta({"type": "clipboard", "text": text})
        else:
            try:
                super().write(data)
            except UnicodeEncodeError:  # half a character (a lone surrogate)
                super().write(data.encode("utf-8", "replace").decode())

    def run_input_thread(self) -> None:
        """Reads the server's packets; when they end, so does the app."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            atexit.register(kill_own_process_group)  # nobody else is left to end what the app started
            self._app.post_message(messages.ExitApp())
            timer = Timer(SECONDS_TO_END, kill_own_process_group)
            timer.daemon = True
            timer.start()

    def start_application_mode(self) -> None:
        """Starts, and tells the server when the first screen stands: a claim before that gets lost in the start."""
        super().start_application_mode()
        self._app.call_after_refresh(self.write_meta, {"type": "ready"})

    def stop_application_mode(self) -> None:
        """Says goodbye, unless the app ends because it failed."""
        if self._app.return_code:
            self.exit_event.set()
            self._input_reader.close()
        else:
            super().stop_application_mode()

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Hands the server's words to the app; what is not ours is the base's."""
        match packet_type:
            case "claim":
                names = ("user", "session_id", "notice", "request_id")
                self._ask_app("claim", {name: payload.get(name) for name in names})
            case "repaint":
                self._app.call_later(self._repaint, RESIZE_TICKS)
            case "draft":
                self._ask_app("restore_draft", {"text": payload.get("text")})
            case "prompt":
                text = str(payload.get("text"))
                if not self._ask_app("take_prompt", {"text": text}):
                    self.process_message(events.Paste(text))
                    self.process_message(events.Key("enter", "\r"))
            case "files":
                paths = [str(path) for path in cast(list[object], payload.get("paths"))]
                if not self._ask_app("attach_files", {"paths": paths}):
                    self.process_message(events.Paste("".join(f"@{path} " for path in paths)))
            case "prefers":
                self._ask_app("use_appearance", {"dark": payload.get("dark")})
            case _:
                super().on_meta(packet_type, payload)

    def _ask_app(self, method: str, arguments: Mapping[str, object]) -> bool:
        if action := getattr(self._app, method, None):
            self._app.call_later(partial(action, **arguments))
        return action is not None

    def _repaint(self, patience: int) -> None:
        # Textual takes in a new size a moment late; a picture in the old one would only flicker.
        if patience and self._size != tuple(self._app.screen.size):
            self._app.set_timer(RESIZE_SECONDS / RESIZE_TICKS, partial(self._repaint, patience - 1))
            return
        # The server throws away what came before this mark, and shows what follows.
        self.write_meta({"type": "repainting"})
        self._app.refresh()

    def _write_whole(self, data: bytes) -> None:
        """Writes all of `data` and nothing between: the input thread writes too, and a pipe takes parts."""
        rest = memoryview(data)
        with self._wire:
            try:
                while rest:
                    rest = rest[os.write(self.fileno, rest) :]
            except BrokenPipeError:
                pass  # the server is gone; stdin says so too, and ends the app
