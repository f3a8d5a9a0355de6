"""Reads the conversation in a request: the current prompt, and the tool calls made for it since."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from demo.request import Block, Message, MessagesRequest

# Text that Claude Code adds to user messages; no person wrote it.
_ADDED_TEXT = re.compile(
    r"<(system-reminder|command-name|command-message|command-args|local-command-[a-z]+)>.*?</\1>"
    r"|\[Request interrupted by user[^\]]*\]"
    r"|\[structured-output-enforce\].*"
    r"|^Tool loaded\.$",
    re.DOTALL,
)
_FOLDER = re.compile(r"[Ww]orking directory: (\S.*)")
_PLAN_FILE = re.compile(r"(/\S+/plans/\S+\.md)")


@dataclass(frozen=True, slots=True)
class Step:
    """A finished tool call with its result."""

    call: Block
    output: str
    is_error: bool


class Conversation:
    """The conversation that a request contains."""

    def __init__(self, request: MessagesRequest) -> None:
        self.request = request
        self._prompt_at = self._find_prompt()

    @cached_property
    def prompt(self) -> str:
        """The last prompt of the person."""
        prompts = _prompts(self.request.messages[self._prompt_at]) if self.request.messages else []
        return prompts[-1] if prompts else ""

    @cached_property
    def first_prompt(self) -> str:
        """The first prompt of the person."""
        prompts = (_prompts(message) for message in self.request.messages if message.role == "user")
        return next((found[0] for found in prompts if found), "")

    @cached_property
    def steps(self) -> list[Step]:
        """The finished tool calls since the current prompt, oldest first."""
        return list(self._steps_after(self._prompt_at))

    def offers(self, tool: str) -> bool:
        """Whether the client offers this tool."""
        return any(offered.name == tool for offered in self.request.tools)

    def knows_file(self, path: str) -> bool:
        """Whether the file was read or written in this conversation, which Claude Code requires before an edit."""
        return any(
            step.call.input.get("file_path") == path and not step.is_error
            for step in self._steps_after(-1)
            if step.call.name in ("Read", "Write", "Edit")
        )

    def absolute(self, path: str) -> str:
        """Returns the path as an absolute path in the client's working folder, as the file tools require."""
        if path.startswith("/"):
            return path
        found = _FOLDER.search(self._instructions)
        return f"{found[1].strip()}/{path.removeprefix('./')}" if found else path

    @property
    def is_planning(self) -> bool:
        """Whether the client is in plan mode; it reports when it enters and exits the mode."""
        text = self._instructions.lower()
        return text.rfind("plan mode is active") > text.rfind("exited plan mode")

    @property
    def plan_file(self) -> str | None:
        """The file for the plan; None outside plan mode."""
        found = _PLAN_FILE.findall(self._instructions)
        return str(found[-1]) if found else None

    @cached_property
    def _instructions(self) -> str:
        """All text of the client itself: the system prompt and its reminders."""
        system = self.request.system
        parts = [system] if isinstance(system, str) else [block.text for block in system]
        for message in self.request.messages:
            if message.role == "system" or (message.role == "user" and "<system-reminder>" in str(message.content)):
                parts += [block.text for block in message.blocks]
        return "\n".join(parts)

    def _find_prompt(self) -> int:
        messages = self.request.messages
        for at in range(len(messages) - 1, -1, -1):
            if messages[at].role == "user" and _prompts(messages[at]):
                return at
        return len(messages) - 1

    def _steps_after(self, start: int) -> Iterator[Step]:
        calls: dict[str, Block] = {}
        for message in self.request.messages[start + 1 :]:
            for block in message.blocks:
                if block.type == "tool_use":
                    calls[block.id] = block
                elif block.type == "tool_result" and block.tool_use_id in calls:
                    yield Step(calls[block.tool_use_id], result_text(block), block.is_error)


def result_text(block: Block) -> str:
    """Returns a tool result as text; parts of other types appear as their type in brackets."""
    if isinstance(block.content, list):
        return "\n".join(part.text if part.type == "text" else f"[{part.type}]" for part in block.content)
    return block.content if isinstance(block.content, str) else ""


def _prompts(message: Message) -> list[str]:
    """Returns the prompts in a message; prompts without an answer between them share one message."""
    texts = (_ADDED_TEXT.sub("", block.text).strip() for block in message.blocks if block.type == "text")
    return [text for text in texts if text]
