"""The app as plain lines, for screen readers and simple terminals: each item is printed once, when it is complete."""

import asyncio
import sys
from collections.abc import Iterable

from api.schema import Answer, Question, Request
from tui.client import Client
from tui.errors import TuiError
from tui.identity import Identity
from tui.model import Added, AssistantText, Change, Changed, Item, NoticeItem, Thinking, ToolCall, TurnSummary, Updated
from tui.session_controller import SessionController
from tui.settings import Settings
from tui.stdin_lines import stdin_lines
from tui.text.request_text import headline, parts_of, rules_to_store
from tui.text.sanitize import visible
from tui.text.tools import heading_of, note_of

_HELP = (
    "Type a prompt and press Enter to send it. /stop interrupts Claude, /help shows this again, /exit leaves. "
    "Answer a request with its letter or number."
)
_WIDTH = 100


class PlainMode:
    """Reads prompts and answers from the input, and prints one session."""

    def __init__(self, client: Client, identity: Identity) -> None:
        self._session = SessionController(
            client,
            identity.session_id,
            start_task=lambda follow: asyncio.create_task(follow(), name="follow"),
            on_changes=self._print_changes,
            on_connection=self._print_connection,
        )
        self._printed: set[str] = set()
        """The keys of printed items."""
        self._request: Request | None = None
        """The request that the next line answers."""
        self._answers: dict[str, str | list[str]] = {}
        """The answers to the first questions of a request with several."""
        self._answered: str | None = None
        """The last answered request, which stays in the conversation until the server confirms."""
        self._was_lost = False

    async def run(self) -> None:
        """Runs until the user leaves or the input ends."""
        self._print(f"Claude Code. {_HELP}")
        try:
            await self._session.open()
            async for line in stdin_lines():
                if line.strip() in ("/exit", "/quit"):
                    break
                try:
                    await self._handle(line)
                except TuiError as error:
                    self._print(f"Error: {error}")
        finally:
            await self._session.close()

    async def _handle(self, line: str) -> None:
        if not line.strip():
            return
        if line.strip() == "/stop":
            await self._session.interrupt()
        elif line.strip() == "/help":
            self._print(_HELP)
        elif self._request is not None:
            await self._answer(self._request, line.strip())
        elif (result := await self._session.send(line)).error is not None:
            self._print(f"Not sent: {result.error}")

    async def _answer(self, request: Request, line: str) -> None:
        if request.questions:
            question = request.questions[len(self._answers)]
            answers = {**self._answers, question.question: _question_answer(question, line)}
            if len(answers) < len(request.questions):
                self._answers = answers
                self._print("\n".join(_question_lines(request.questions[len(answers)])))
                return
            answer: Answer | None = Answer(decision="allow", answers=answers)
        else:
            answer = _permission_answer(line)
        if answer is None:
            self._print("That is not one of the choices.")
            return
        try:
            await self._session.answer(request.id, answer)
        except TuiError as error:
            self._print(f"Not answered: {error} Type the answer again.")
        else:
            self._answered = request.id
            self._print_request()

    def _print_changes(self, _: SessionController, changes: tuple[Change, ...]) -> None:
        for change in changes:
            match change:
                case Added(item) | Changed(item):
                    self._print_item(item)
                case Updated("requests"):
                    self._print_request()
                case _:
                    pass

    def _print_item(self, item: Item) -> None:
        if item.key in self._printed:
            return
        text = _item_text(item)
        if text:
            self._printed.add(item.key)
            self._print(text)

    def _print_request(self) -> None:
        requests = self._session.conversation.requests.values()
        first = next((request for request in requests if request.id != self._answered), None)
        if first is not None and (self._request is None or self._request.id != first.id):
            self._answers = {}
            self._print("\n".join(_request_lines(first)))
        self._request = first

    def _print_connection(self, session: SessionController) -> None:
        is_lost = session.lost_for is not None
        if is_lost != self._was_lost:
            self._was_lost = is_lost
            self._print("Connection lost, trying again." if is_lost else "Connected again.")

    @staticmethod
    def _print(text: str) -> None:
        sys.stdout.write(f"{visible(text)}\n")
        sys.stdout.flush()


def _item_text(item: Item) -> str:
    """The text of a complete item; empty if it is still streamed, or needs no text."""
    match item:
        case AssistantText(is_done=True):
            return f"Claude: {item.text}"
        case Thinking(is_done=True):
            return "Claude thought."
        case ToolCall() if item.state != "running":
            heading = heading_of(item)
            outcome = note_of(item) or item.state
            return f"Tool {heading.label}, {outcome}: {heading.subject}\n{item.output}".rstrip()
        case TurnSummary():
            return f"Failed: {item.error}" if item.error else f"Done, {item.reason.replace('_', ' ')}."
        case NoticeItem():
            return f"Note: {item.text}"
        case _:
            return ""


def _request_lines(request: Request) -> Iterable[str]:
    if request.questions:
        yield from _question_lines(request.questions[0])
        return
    yield f"{headline(request)}:"
    for part in parts_of(request):
        yield from (line.plain.rstrip() for line in part.lines(_WIDTH))
    if request.suggestions:
        yield f"y: allow once. a: allow always ({rules_to_store(request)}). n: deny."
    else:
        yield "y: allow once. n: deny."
    yield "A longer answer denies it and tells Claude why."


def _question_lines(question: Question) -> Iterable[str]:
    yield f"Claude asks: {question.question}"
    for number, option in enumerate(question.options, start=1):
        yield f"{number}: {option.label}. {option.description}"
    yield f"Answer with {'numbers' if question.multi_select else 'a number'}, or in your own words."


def _question_answer(question: Question, line: str) -> str | list[str]:
    labels = [option.label for option in question.options]
    numbers = line.replace(",", " ").split()
    chosen = [labels[int(word) - 1] for word in numbers if word.isdigit() and 0 < int(word) <= len(labels)]
    return chosen if question.multi_select and chosen else chosen[0] if chosen else line


def _permission_answer(line: str) -> Answer | None:
    if line in ("y", "a"):
        return Answer(decision="allow", remember=line == "a")
    if line == "n":
        return Answer(decision="deny")
    return Answer(decision="deny", message=line) if len(line) > 2 else None


def run_plain_mode(settings: Settings, identity: Identity) -> int:
    """Runs until the user leaves, and returns the exit status."""

    async def run() -> None:
        async with Client(settings.socket, identity.user) as client:
            await PlainMode(client, identity).run()

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        return 130
    return 0
