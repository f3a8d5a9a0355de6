"""A small Textual app for tests of serve: shows its user, echoes lines, and runs the commands that some lines hold."""

import base64
import os
import sys
import time
from io import BytesIO
from typing import Any

from textual.app import App, ComposeResult
from textual.events import Blur, Focus, Paste
from textual.widgets import Input, Label, RichLog


class PromptInput(Input):
    """An Input that counts long pastes instead of inserting them."""

    def _on_paste(self, event: Paste) -> None:
        if len(event.text) > 1000:
            event.prevent_default()
            self.app.query_one(RichLog).write(f"pasted {len(event.text)} characters")


class SmallApp(App[None]):
    CSS = "Screen { background: #16171d; } RichLog { height: 1fr; } #user { text-style: bold; color: #d97757; }"

    def compose(self) -> ComposeResult:
        yield Label("waiting for a claim", id="user")
        yield RichLog(max_lines=500)
        yield PromptInput(placeholder="type here")

    def claim(self, *, user: str, session_id: str | None, notice: str | None, request_id: str | None) -> None:
        self.query_one("#user", Label).update(f"user={user} session={session_id} notice={notice} pid={os.getpid()}")
        if request_id:
            self.query_one(RichLog).write(f"request={request_id}")
        self.send_meta("page_session", id=session_id or "00000000-0000-4000-8000-000000000001")
        self.send_meta("page_state", state="idle", title="Small app")
        self.query_one(Input).focus()

    def restore_draft(self, text: str) -> None:
        self.query_one(Input).value = text

    def use_appearance(self, dark: bool) -> None:
        self.log_line(f"prefers {'dark' if dark else 'light'}")

    def on_input_changed(self, event: Input.Changed) -> None:
        self.send_meta("page_draft", text=event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.query_one(Input).value = ""
        command, _, rest = event.value.partition(" ")
        self.log_line(f"got: {event.value}")
        getattr(self, f"do_{command}", lambda _: None)(rest)

    def on_app_focus(self, _: Focus) -> None:
        self.log_line("focus")

    def on_app_blur(self, _: Blur) -> None:
        self.log_line("blur")

    def do_env(self, _: str) -> None:
        self.log_line("env: " + " ".join(sorted(os.environ)))

    def do_copy(self, text: str) -> None:
        self.copy_to_clipboard(text)

    def do_state(self, state: str) -> None:
        self.send_meta("page_state", state=state, title=f"state {state}")

    def do_notify(self, body: str) -> None:
        self.send_meta("page_notify", title="Small app", body=body)

    def do_link(self, url: str) -> None:
        self.open_url(url)

    def do_pick(self, _: str) -> None:
        self.send_meta("page_pick_files")

    def do_file(self, size: str) -> None:
        self.deliver_binary(BytesIO(b"x" * int(size)), save_filename='report "é".txt', mime_type="text/html")

    def do_flood(self, seconds: str) -> None:
        """Fills the screen with random letters sixty times a second."""
        self._until = time.monotonic() + float(seconds)
        self._number = 0
        self.set_interval(1 / 60, self._flood)

    def _flood(self) -> None:
        if time.monotonic() < self._until:
            self._number += 1
            noise = base64.b64encode(os.urandom(4000)).decode()
            self.query_one(RichLog).write(noise)
            self.query_one(RichLog).write(f"flood {self._number}")
        elif self._number:
            self._number = 0
            self.log_line("flood is over")

    def do_print(self, text: str) -> None:
        os.write(1, f"{text}\n".encode())

    def do_hang(self, _: str) -> None:
        while True:
            time.sleep(1)

    def do_crash(self, secret: str) -> None:
        password = secret  # noqa: F841  # a local variable that the log must not show
        raise RuntimeError("crashed as asked")

    def do_quit(self, _: str) -> None:
        self.exit()

    def do_child(self, _: str) -> None:
        """Starts a child in the app's process group that ignores SIGTERM, SIGINT and SIGHUP."""
        if pid := os.fork():
            self.log_line(f"child={pid}")
        else:
            os.execvp("sh", ["sh", "-c", "trap '' TERM INT HUP; while :; do sleep 1; done"])

    def log_line(self, text: str) -> None:
        self.query_one(RichLog).write(text)

    def send_meta(self, kind: str, **fields: object) -> None:
        driver: Any = self._driver
        if hasattr(driver, "write_meta"):
            driver.write_meta({"type": kind, **fields})


if __name__ == "__main__":
    if "--broken" in sys.argv:
        sys.exit("this app does not start")
    SmallApp().run()
