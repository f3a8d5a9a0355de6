"""What a session's turns are carried out with: a Claude Code process, what to send to it, and a shell."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from api.claude.command import ProcessOptions
from api.claude.process import ClaudeProcess
from api.storage import TurnRow
from api.turns import shell_turns
from api.turns.attachments import compose
from api.turns.result import TurnResult, failed
from api.turns.shell import run_command
from api.turns.turn import Turn

if TYPE_CHECKING:
    from api.sessions.session import Session

log = structlog.get_logger(__name__)


class TurnExecutor:
    """Carries out what the runner decides."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._memory = session.memory
        self._host = session.host
        self._untold: list[TurnRow] | None = [] if session.is_new else None
        """Shell commands that Claude has not heard of; None when nobody has looked."""
        self._tells = False
        """Whether what is sent tells of them."""
        self._may_ask_for_trust = self._memory.kept.origin == "session"
        """Whether there may be a person who can say that the folder's settings are welcome."""

    async def connect(self) -> ClaudeProcess:
        """A Claude Code process in this conversation, with the settings that are in force once it is there."""
        while True:
            launch = await self._launch()
            cli = await self._started(launch)
            if self._is_in_force(launch):
                return cli
            await asyncio.wait({cli.close()})

    async def _launch(self) -> ProcessOptions:
        session, row = self._session, self._memory.row
        folder = Path(row.cwd)
        trusted = await self._host.trust.check(row.owner, folder, session.workspace)
        if not trusted and self._may_ask_for_trust:
            trusted = self._may_ask_for_trust = await self._host.trust.ask(
                row.owner, folder, session.workspace, session.asked
            )
        resume = row.num_turns > 0 or bool(self._memory.kept.reset_at)
        return session.preferences.launch(resume=resume, trusts_folder=trusted)

    async def _started(self, launch: ProcessOptions) -> ClaudeProcess:
        if launch.resume or (cli := await self._host.take_worker(launch)) is None:
            reason = "resume" if launch.resume else "session"
            return await self._host.starter.start(launch, owner=self._memory.row.owner, reason=reason)
        try:
            await self._memory.write(transcript_id=cli.session_id)
        except BaseException:
            cli.close()
            raise
        return cli

    def _is_in_force(self, launch: ProcessOptions) -> bool:
        now = self._session.preferences.launch(resume=launch.resume, trusts_folder=launch.trusts_folder)
        return now == msgspec.structs.replace(launch, session_id=now.session_id)

    async def asks_for_trust(self) -> bool:
        """Whether a process would ask a person first if the folder's own settings are welcome."""
        row, workspace = self._memory.row, self._session.workspace
        return self._may_ask_for_trust and not await self._host.trust.check(row.owner, Path(row.cwd), workspace)

    async def compose(self, turn: Turn) -> str | list[dict[str, Any]]:
        """What to send: the prompt, its attachments, and what shell commands have printed meanwhile."""
        content = await compose(turn.prompt, turn.attachments, self._session.workspace)
        if self._untold is None:
            self._untold = await self._memory.untold_commands()
        # Claude Code's own commands have to stand alone.
        self._tells = bool(self._untold) and not turn.prompt.lstrip().startswith("/")
        if not self._tells:
            return content
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        return [{"type": "text", "text": shell_turns.told(self._untold)}, *blocks]

    async def sent(self) -> None:
        """Takes note that what was composed has arrived."""
        if self._tells and self._untold:
            told, self._untold = self._untold[-1].created_at, []
            kept = msgspec.structs.replace(self._memory.kept, told_shell=told)
            await self._session.voice.in_passing(self._memory.keep(kept))

    def forget(self) -> None:
        """Looks anew at what Claude has not heard of: the conversation was cut."""
        self._untold = None

    async def run_shell(self, turn: Turn) -> TurnResult:
        """Runs the turn's command in the session's folder, without any secret, until it ends or is stopped."""
        row, say = self._memory.row, self._session.voice.say
        account, environment = await self._host.starter.surroundings(row.owner)
        command = turn.prompt.removeprefix(shell_turns.MARK)
        for event in shell_turns.calls(turn.id, command):
            say(event)
        self._untold = None
        try:
            turn.shell = await run_command(
                command,
                folder=Path(row.cwd),
                environment=environment,
                run_as=account.run_as,
                stop=turn.ended,
                tell=lambda text: say(shell_turns.printed(turn.id, text)),
            )
        except OSError as error:
            log.warning("shell_not_started", session=row.id, error=str(error))
            outcome = failed("shell_failed", "The command did not start: its folder is gone, or there is no bash.")
        else:
            say(shell_turns.finished(turn.id, turn.shell.output, turn.shell.exit_code))
            outcome = TurnResult(stop_reason="end_turn")
        return turn.ended.result() if turn.ended.done() else outcome
