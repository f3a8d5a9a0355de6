"""The same session as plain lines, for screen readers and dumb terminals: nothing moves, nothing is drawn over."""

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
from tui.text.request_text import always, headline, parts
from tui.text.sanitize import visible
from tui.text.tools import heading_of, note_of

_HELP = "Commands: /stop interrupts, /exit leaves. A request is answered with its letter or number, then Enter."
_WIDTH = 100


class PlainMode:
    """Speaks each thing once, when it is whole."""

    def __init__(self, client: Client, identity: Identity) -> None:
        self._session = SessionController(
            client, identity.session_id, on_changes=self._heard, on_connection=self._connection
        )
        self._spoken: set[str] = set()
        self._asking: Request | None = None
        self._answers: dict[str, str | list[str]] = {}
        """To the first of several questions."""
        self._answered: str | None = None
        """The request that was answered last: the next line is not for it, though it may still be open here."""
        self._was_lost = False

    async def run(self) -> None:
        """Reads lines until the person leaves."""
        self._say(f"Claude Code. {_HELP}")
        try:
            await self._session.open()
            async for line in stdin_lines():
                if line.strip() in ("/exit", "/quit"):
                    break
                try:
                    await self._take(line)
                except TuiError as error:
                    self._say(f"Error: {error}")
        finally:
            await self._session.close()

    async def _take(self, line: str) -> None:
        if not line.strip():
            return
        if line.strip() == "/stop":
            await self._session.interrupt()
        elif line.strip() == "/help":
            self._say(_HELP)
        elif self._asking is not None:
            await self._answer(self._asking, line.strip())
        elif (outcome := await self._session.send(line)).error is not None:
            self._say(f"Not sent: {outcome.error}")

    async def _answer(self, request: Request, line: str) -> None:
        if request.questions:
            question = request.questions[len(self._answers)]
            answers = {**self._answers, question.question: _given(question, line)}
            if len(answers) < len(request.questions):
                self._answers = answers
                self._say("\n".join(_question(request.questions[len(answers)])))
                return
            answer: Answer | None = Answer(decision="allow", answers=answers)
        else:
            answer = _answer_to(line)
        if answer is None:
            self._say("That is none of the choices.")
            return
        try:
            await self._session.answer(request.id, answer)
        except TuiError as error:
            self._say(f"Not answered: {error} The next line answers it again.")
        else:
            self._answered = request.id
            self._ask()

    def _heard(self, _: SessionController, changes: tuple[Change, ...]) -> None:
        for change in changes:
            match change:
                case Added(item) | Changed(item):
                    self._speak(item)
                case Updated("requests"):
                    self._ask()
                case _:
                    pass

    def _speak(self, item: Item) -> None:
        if item.key in self._spoken:
            return
        words = _words(item)
        if words:
            self._spoken.add(item.key)
            self._say(words)

    def _ask(self) -> None:
        requests = self._session.conversation.requests.values()
        first = next((request for request in requests if request.id != self._answered), None)
        if first is not None and (self._asking is None or self._asking.id != first.id):
            self._answers = {}
            self._say("\n".join(_asked(first)))
        self._asking = first

    def _connection(self, session: SessionController) -> None:
        is_lost = session.lost_for is not None
        if is_lost != self._was_lost:
            self._was_lost = is_lost
            self._say("Connection lost, trying again." if is_lost else "Connected again.")

    @staticmethod
    def _say(text: str) -> None:
        sys.stdout.write(f"{visible(text)}\n")
        sys.stdout.flush()


def _words(item: Item) -> str:
    """What is said of an item, once there is nothing more to come."""
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


def _asked(request: Request) -> Iterable[str]:
    if request.questions:
        yield from _question(request.questions[0])
        return
    yield f"{headline(request)}:"
    for part in parts(request):
        yield from (line.plain.rstrip() for line in part.lines(_WIDTH))
    if request.suggestions:
        yield f"y: allow once. a: allow always, storing {always(request)}. n: deny."
    else:
        yield "y: allow once. n: deny."
    yield "Anything longer denies, and tells Claude why."


def _question(question: Question) -> Iterable[str]:
    yield f"Claude asks: {question.question}"
    for number, option in enumerate(question.options, start=1):
        yield f"{number}: {option.label}. {option.description}"
    yield f"Answer with {'numbers' if question.multi_select else 'a number'}, or in your own words."


def _given(question: Question, line: str) -> str | list[str]:
    labels = [option.label for option in question.options]
    numbers = line.replace(",", " ").split()
    chosen = [labels[int(word) - 1] for word in numbers if word.isdigit() and 0 < int(word) <= len(labels)]
    return chosen if question.multi_select and chosen else chosen[0] if chosen else line


def _answer_to(line: str) -> Answer | None:
    if line in ("y", "a"):
        return Answer(decision="allow", remember=line == "a")
    if line == "n":
        return Answer(decision="deny")
    return Answer(decision="deny", message=line) if len(line) > 2 else None


def run_plain_mode(settings: Settings, identity: Identity) -> int:
    """Runs until the person leaves."""

    async def run() -> None:
        async with Client(settings.socket, identity.user) as client:
            await PlainMode(client, identity).run()

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        return 130
    return 0
