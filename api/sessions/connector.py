"""Starts the Claude Code process of one session, with the settings that are in force."""

import asyncio
from pathlib import Path

import msgspec

from api.claude.command import ProcessOptions
from api.claude.process import ClaudeProcess
from api.sessions.context import SessionContext
from api.sessions.requests import RequestList
from api.sessions.settings import SessionSettings
from api.storage.session_store import SessionStore


class ProcessConnector:
    """Asks whether the folder is trusted, takes a ready process or starts one, and resumes the conversation."""

    def __init__(
        self,
        store: SessionStore,
        settings: SessionSettings,
        requests: RequestList,
        context: SessionContext,
        *,
        workspace: Path,
    ) -> None:
        self._store = store
        self._settings = settings
        self._requests = requests
        self._context = context
        self._workspace = workspace
        self._may_ask_for_trust = store.options.origin == "session"
        """Whether a person may be asked to trust the folder: not in a query, and not again after a refusal."""

    async def start(self) -> ClaudeProcess:
        """Starts a process in the conversation. If the settings change during the start, starts another one."""
        while True:
            options = await self._options()
            process = await self._start(options)
            if self._is_in_force(options):
                return process
            await asyncio.wait({process.close()})

    async def asks_for_trust(self) -> bool:
        """Whether a start would first ask a person to trust the folder."""
        row, trust = self._store.row, self._context.trust
        return self._may_ask_for_trust and not await trust.check(row.owner, Path(row.cwd), self._workspace)

    async def _options(self) -> ProcessOptions:
        row, trust = self._store.row, self._context.trust
        folder = Path(row.cwd)
        is_trusted = await trust.check(row.owner, folder, self._workspace)
        if not is_trusted and self._may_ask_for_trust:
            is_trusted = await trust.ask(row.owner, folder, self._workspace, self._requests)
            self._may_ask_for_trust = is_trusted
        resume = row.num_turns > 0 or bool(self._store.options.reset_at)
        return self._settings.process_options(resume=resume, trusts_folder=is_trusted)

    async def _start(self, options: ProcessOptions) -> ClaudeProcess:
        if options.resume or (process := await self._context.take_worker(options)) is None:
            reason = "resume" if options.resume else "session"
            return await self._context.launcher.start(options, owner=self._store.row.owner, reason=reason)
        try:
            await self._store.write(transcript_id=process.session_id)
        except BaseException:
            process.close()
            raise
        return process

    def _is_in_force(self, options: ProcessOptions) -> bool:
        now = self._settings.process_options(resume=options.resume, trusts_folder=options.trusts_folder)
        return now == msgspec.structs.replace(options, session_id=now.session_id)
