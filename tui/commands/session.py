"""The commands for sessions, for signing out and for leaving."""

import asyncio

from tui.commands.context import CommandContext
from tui.errors import TuiError
from tui.model import AssistantText, UserPrompt
from tui.text.sanitize import one_line
from tui.widgets.choices import Option

_ENOUGH_PROMPTS = 30
"""With fewer prompts to choose from, `/rewind` loads older ones."""
_LOADING_SECONDS = 0.05
_WHAT_TO_REWIND = [
    Option(id="both", label="Conversation and files"),
    Option(id="conversation", label="Conversation only", detail="files stay as they are"),
    Option(id="files", label="Files only", detail="the conversation stays as it is"),
]


def resume(context: CommandContext, _: str) -> None:
    """`/resume`."""
    context.show_sessions()


def new(context: CommandContext, _: str) -> None:
    """`/new`."""
    context.open_session(None)


def close(context: CommandContext, _: str) -> None:
    """`/close`."""
    context.close_tab()


def log_out(context: CommandContext, _: str) -> None:
    """`/logout`."""
    if not context.bridge.sign_out():
        context.add_notice("There is no login to end in a terminal. Type /exit to leave.")


def leave(context: CommandContext, _: str) -> None:
    """`/exit`."""
    context.exit()


def clear(context: CommandContext, _: str) -> None:
    """`/clear`: Claude Code clears its own context and announces it with an event."""
    if context.session.is_new:
        context.add_notice("There is nothing to clear yet.")
    else:
        context.send_prompt("/clear")


def rename(context: CommandContext, title: str) -> None:
    """`/rename TITLE`."""
    if not title:
        context.add_notice("Add the title: /rename Fix the login", "warning")
    elif context.session.is_new:
        context.add_notice("Send a prompt before you rename the session.", "warning")
    else:
        context.change_settings(title=title)


def fork(context: CommandContext, _: str) -> None:
    """`/fork`."""
    if context.session.is_new:
        context.add_notice("There is nothing to fork yet.", "warning")
    else:
        context.start(_fork(context), group="send")


async def _fork(context: CommandContext) -> None:
    try:
        info = await context.client.fork(context.session.session_id)
    except TuiError as error:
        context.add_notice(str(error), "error")
    else:
        context.open_session(info.id)


def copy_last(context: CommandContext, _: str) -> None:
    """`/copy`: copies the Markdown source of the last answer."""
    items = context.session.conversation.items
    answer = next((item.text for item in reversed(items) if isinstance(item, AssistantText)), "")
    if answer:
        context.copy(answer)
    else:
        context.add_notice("There is no answer to copy yet.")


def rewind(context: CommandContext, _: str) -> None:
    """`/rewind`."""
    if context.session.conversation.running is not None:
        context.add_notice("Stop the running turn first (Esc).", "warning")
    else:
        context.start(_rewind(context), group="pick")


async def _rewind(context: CommandContext) -> None:
    try:
        prompts = await _load_prompts(context)
    except TuiError as error:
        context.add_notice(str(error), "error")
        return
    if not prompts:
        context.add_notice("There is nothing to go back to yet.")
        return
    options = [
        Option(id=prompt.message_id or "", label=one_line(prompt.text)[:120], detail=_distance(at, len(prompts)))
        for at, prompt in enumerate(prompts)
    ]
    options.reverse()
    picked = await context.pick("Go back to just before…", options)
    if not picked:
        return
    what = await context.pick("What should go back?", _WHAT_TO_REWIND)
    prompt = next((prompt for prompt in prompts if prompt.message_id == picked), None)
    if what and prompt:
        await _go_back(context, prompt, what)


async def _load_prompts(context: CommandContext) -> list[UserPrompt]:
    """The prompts that a rewind can go back to; loads older messages if they are few."""
    session = context.session
    while True:
        items = session.conversation.items
        prompts = [item for item in items if isinstance(item, UserPrompt) and item.message_id]
        if len(prompts) >= _ENOUGH_PROMPTS or not session.has_older:
            return prompts
        if not await context.load_older(session):
            await asyncio.sleep(_LOADING_SECONDS)  # scrolling already loads them


async def _go_back(context: CommandContext, prompt: UserPrompt, what: str) -> None:
    try:
        await context.client.rewind(
            context.session.session_id,
            prompt.message_id or "",
            files=what != "conversation",
            conversation=what != "files",
        )
    except TuiError as error:
        context.add_notice(str(error), "error")
        return
    if what == "files":
        context.add_notice("The files are as they were before that prompt.")
        return
    context.fill_prompt(prompt.text)
    context.add_notice("The conversation is back to before this prompt. You can edit it and send it again.")


def _distance(at: int, count: int) -> str:
    back = count - at
    return "the last prompt" if back == 1 else f"{back} prompts back"
