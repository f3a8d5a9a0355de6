"""Textual's web driver for an app that `tui.serve` shows in a browser tab: never tears a packet, repaints on request.

The methods of the app that it calls; only `claim` is required:

    claim(user=…, session_id=…, notice=…, request_id=…)   assigns an app that was started ahead of time to a user
    restore_draft(text)                     the prompt's text when an earlier process of this tab was lost
    take_prompt(text)                       a complete prompt from the page's own field (else it is pasted, then Enter)
    attach_files(paths)                     files that the page uploaded, by workspace paths (else `@path` is pasted)
    use_appearance(dark)                    the browser's preference

The meta packets that the page understands (`tui/browser_bridge.py` sends them):

    page_state {state, title}               idle, working, needs_you, offline: the tab's title and badge
    page_session {id}                       the session that a reload of this tab opens again
    page_notify {title, body}               a notification, shown if the tab is hidden
    page_draft {text}                       the prompt's text; comes back by `restore_draft`
    page_pick_files {}                      opens the file picker; the files come back by `attach_files`
    page_appearance {dark, background}      the colours around the screen
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

EXIT_SECONDS = 3.0
"""How long the app may take to exit after its server is gone."""
RESIZE_SECONDS = 0.25
"""How long a repaint waits at most for Textual to apply a new size."""
RESIZE_CHECKS = 25
CLIPBOARD = "\x1b]52;c;"


class TabDriver(WebDriver):
    """Exits when the server is gone, and passes the server's messages to the app."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        # Only packets may go to stdout; the output of libraries and child processes is redirected to stderr.
        self.fileno = os.dup(self.fileno)
        os.dup2(2, 1)
        self._write_lock = Lock()
        self._write = self._write_all  # type: ignore[assignment]  # the base holds a partial of os.write here
        self._input_reader = TabInput()

    def write(self, data: str) -> None:
        """Writes to the screen. Text for the clipboard is sent as a message, because the server may drop frames."""
        if data.startswith(CLIPBOARD):
            text = base64.b64decode(data[len(CLIPBOARD) :].rstrip("\a")).decode("utf-8", "replace")
            self.write_meta({"type": "clipboard", "text": text})
        else:
            try:
                super().write(data)
            except UnicodeEncodeError:  # a lone surrogate
                super().write(data.encode("utf-8", "replace").decode())

    def run_input_thread(self) -> None:
        """Reads the server's packets, and exits the app at their end."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            atexit.register(kill_own_process_group)  # nothing else would end the app's children
            self._app.post_message(messages.ExitApp())
            timer = Timer(EXIT_SECONDS, kill_own_process_group)
            timer.daemon = True
            timer.start()

    def start_application_mode(self) -> None:
        """Tells the server when the first screen is drawn; an earlier claim would be lost."""
        super().start_application_mode()
        self._app.call_after_refresh(self.write_meta, {"type": "ready"})

    def stop_application_mode(self) -> None:
        """Tells the server that the app exits, unless it exits with an error."""
        if self._app.return_code:
            self.exit_event.set()
            self._input_reader.close()
        else:
            super().stop_application_mode()

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Handles a meta packet of the server."""
        match packet_type:
            case "claim":
                names = ("user", "session_id", "notice", "request_id")
                self._call_app("claim", {name: payload.get(name) for name in names})
            case "repaint":
                self._app.call_later(self._repaint, RESIZE_CHECKS)
            case "draft":
                self._call_app("restore_draft", {"text": payload.get("text")})
            case "prompt":
                text = str(payload.get("text"))
                if not self._call_app("take_prompt", {"text": text}):
                    self.process_message(events.Paste(text))
                    self.process_message(events.Key("enter", "\r"))
            case "files":
                paths = [str(path) for path in cast(list[object], payload.get("paths"))]
                if not self._call_app("attach_files", {"paths": paths}):
                    self.process_message(events.Paste("".join(f"@{path} " for path in paths)))
            case "prefers":
                self._call_app("use_appearance", {"dark": payload.get("dark")})
            case _:
                super().on_meta(packet_type, payload)

    def _call_app(self, method: str, arguments: Mapping[str, object]) -> bool:
        if action := getattr(self._app, method, None):
            self._app.call_later(partial(action, **arguments))
        return action is not None

    def _repaint(self, checks: int) -> None:
        # Textual applies a new size with a delay, and a frame in the old size would flicker.
        if checks and self._size != tuple(self._app.screen.size):
            self._app.set_timer(RESIZE_SECONDS / RESIZE_CHECKS, partial(self._repaint, checks - 1))
            return
        # The server drops what came before this packet.
        self.write_meta({"type": "repainting"})
        self._app.refresh()

    def _write_all(self, data: bytes) -> None:
        """Writes a packet in one piece, although the input thread writes too and a pipe may accept only a part."""
        rest = memoryview(data)
        with self._write_lock:
            try:
                while rest:
                    rest = rest[os.write(self.fileno, rest) :]
            except BrokenPipeError:
                pass  # the server is gone; the end of stdin exits the app
