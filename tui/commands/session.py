"""Commands about whole sessions."""

from typing import TYPE_CHECKING

from tui.errors import TuiError
from tui.model import AssistantText, UserPrompt
from tui.screens.pick import PickScreen
from tui.text.sanitize import one_line
from tui.widgets.choices import Option

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

_ENOUGH = 30
"""Prompts to choose from; with fewer, older ones are asked for."""


def resume(screen: "ChatScreen", _: str) -> None:
    """`/resume`: the list of sessions."""
    from tui.screens.sessions import SessionsScreen

    def opened(session_id: str | None) -> None:
        if session_id:
            screen.open_session(session_id)

    screen.app.push_screen(SessionsScreen(screen.client), opened)


def new(screen: "ChatScreen", _: str) -> None:
    """`/new`."""
    screen.open_session(None)


def close(screen: "ChatScreen", _: str) -> None:
    """`/close`."""
    screen.run_worker(screen.action_close_tab(), group="open")


def clear(screen: "ChatScreen", _: str) -> None:
    """`/clear`: the CLI clears its own conversation, and says so."""
    if screen.session.is_new:
        screen.say("There is nothing to clear yet.")
    else:
        screen.send("/clear", ())


def rename(screen: "ChatScreen", title: str) -> None:
    """`/rename TITLE`."""
    if not title:
        screen.say("Give the title after the command: /rename Fix the login", "warning")
    elif screen.session.is_new:
        screen.say("The session gets a title once it has begun.", "warning")
    else:
        screen.change(title=title)


def fork(screen: "ChatScreen", _: str) -> None:
    """`/fork`."""
    if screen.session.is_new:
        screen.say("There is nothing to fork yet.", "warning")
    else:
        screen.run_worker(_fork(screen), group="send")


async def _fork(screen: "ChatScreen") -> None:
    try:
        info = await screen.client.fork(screen.session.session_id)
    except TuiError as error:
        screen.say(str(error), "error")
    else:
        screen.open_session(info.id)


def copy_last(screen: "ChatScreen", _: str) -> None:
    """`/copy`: the last answer, as source."""
    items = screen.session.conversation.items
    answer = next((item.text for item in reversed(items) if isinstance(item, AssistantText)), "")
    if answer:
        screen.app.copy_to_clipboard(answer)
        screen.notify("Copied", timeout=1.5)
    else:
        screen.say("There is no answer to copy yet.")


def rewind(screen: "ChatScreen", _: str) -> None:
    """`/rewind`: choose a prompt, then what goes back."""
    if screen.session.conversation.running is not None:
        screen.say("Stop the running turn first (Esc).", "warning")
    else:
        screen.run_worker(_rewind(screen), group="pick")


async def _prompts(screen: "ChatScreen") -> list[UserPrompt]:
    """The prompts that a rewind can name, some of them older than what is on the screen."""
    session = screen.session
    while True:
        items = session.conversation.items
        prompts = [item for item in items if isinstance(item, UserPrompt) and item.message_id]
        if len(prompts) >= _ENOUGH or not session.has_older:
            return prompts
        await screen.view.grew_above(await session.older())


async def _rewind(screen: "ChatScreen") -> None:
    try:
        prompts = await _prompts(screen)
    except TuiError as error:
        screen.say(str(error), "error")
        return
    if not prompts:
        screen.say("There is nothing to go back to yet.")
        return
    options = [
        Option(id=prompt.message_id or "", label=one_line(prompt.text)[:120], detail=_place(at, len(prompts)))
        for at, prompt in enumerate(prompts)
    ]
    options.reverse()
    picked = await screen.app.push_screen_wait(PickScreen("Back to just before…", options))
    if not picked:
        return
    what = await screen.app.push_screen_wait(
        PickScreen(
            "What goes back?",
            [
                Option(id="both", label="Conversation and files"),
                Option(id="conversation", label="Conversation only", detail="files stay as they are"),
                Option(id="files", label="Files only", detail="the conversation stays as it is"),
            ],
        )
    )
    prompt = next((prompt for prompt in prompts if prompt.message_id == picked), None)
    if what and prompt:
        await _go_back(screen, prompt, what)


async def _go_back(screen: "ChatScreen", prompt: UserPrompt, what: str) -> None:
    try:
        await screen.client.rewind(
            screen.session.session_id,
            prompt.message_id or "",
            files=what != "conversation",
            conversation=what != "files",
        )
    except TuiError as error:
        screen.say(str(error), "error")
        return
    if what == "files":
        screen.say("The files are as they were before that prompt.")
        return
    screen.editor.put(prompt.text)
    screen.say("Back to before this prompt; it is in the editor again.")


def _place(at: int, count: int) -> str:
    back = count - at
    return "the last prompt" if back == 1 else f"{back} prompts back"
