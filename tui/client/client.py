"""The api's operations, one method each."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import msgspec

from api.schema import Answer, Attachment, Prompt, Request, SessionInfo
from api.schema.mcp import McpServer, McpServers
from api.schema.spending import Spending
from tui.client.responses import (
    Accepted,
    Command,
    CommandList,
    Folder,
    Health,
    MessagePage,
    Model,
    ModelList,
    RequestList,
    SessionPage,
)
from tui.client.transport import Transport


class Client:
    """The api for one user; use it with `async with`, or close its transport."""

    def __init__(self, socket: Path, user: str | None, *, request_id: str | None = None) -> None:
        self.transport = Transport(socket, user, request_id=request_id)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.transport.close()

    async def sessions(self, search: str = "", cursor: str | None = None, limit: int = 50) -> SessionPage:
        params = {"limit": str(limit), "q": search, "cursor": cursor or ""}
        return await self.transport.fetch(
            SessionPage, "GET", "/sessions", params={k: v for k, v in params.items() if v}
        )

    async def create(self, session_id: str, options: dict[str, object] | None = None) -> SessionInfo:
        """Creates a session with this id, or returns it if it exists, so the request may be repeated."""
        body: dict[str, object] = {"id": session_id}
        if options:
            body["options"] = options
        return await self.transport.fetch(SessionInfo, "POST", "/sessions", json=body, may_repeat=True)

    async def session(self, session_id: str) -> SessionInfo:
        return await self.transport.fetch(SessionInfo, "GET", f"/sessions/{session_id}")

    async def change(self, session_id: str, **changes: str) -> SessionInfo:
        """Changes `title`, `model`, `permissionMode` or `effort`."""
        return await self.transport.fetch(SessionInfo, "PATCH", f"/sessions/{session_id}", json=changes)

    async def delete(self, session_id: str) -> None:
        await self.transport.send("DELETE", f"/sessions/{session_id}")

    async def messages(self, session_id: str, cursor: str | None = None, limit: int = 100) -> MessagePage:
        params = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        return await self.transport.fetch(MessagePage, "GET", f"/sessions/{session_id}/messages", params=params)

    async def prompt(self, session_id: str, text: str, attachments: tuple[Attachment, ...]) -> Accepted:
        body = Prompt(prompt=text, attachments=attachments)
        return await self.transport.fetch(Accepted, "POST", f"/sessions/{session_id}/messages", json=body)

    async def withdraw(self, session_id: str, turn_id: str) -> None:
        await self.transport.send("DELETE", f"/sessions/{session_id}/messages/{turn_id}")

    async def interrupt(self, session_id: str, turn_id: str) -> None:
        path = f"/sessions/{session_id}/interrupt?turnId={quote(turn_id)}"
        await self.transport.send("POST", path, json={}, may_repeat=True)

    async def requests(self, session_id: str) -> tuple[Request, ...]:
        return (await self.transport.fetch(RequestList, "GET", f"/sessions/{session_id}/requests")).requests

    async def answer(self, session_id: str, request_id: str, answer: Answer) -> None:
        await self.transport.send("POST", f"/sessions/{session_id}/requests/{request_id}", json=answer, may_repeat=True)

    async def fork(self, session_id: str, after_message: str | None = None) -> SessionInfo:
        body = {"afterMessage": after_message} if after_message else {}
        return await self.transport.fetch(SessionInfo, "POST", f"/sessions/{session_id}/fork", json=body)

    async def rewind(self, session_id: str, to_message: str, *, files: bool, conversation: bool = True) -> SessionInfo:
        """Rewinds the conversation, the files or both to just before a prompt."""
        body = {"toMessage": to_message, "files": files} | ({} if conversation else {"conversation": False})
        return await self.transport.fetch(SessionInfo, "POST", f"/sessions/{session_id}/rewind", json=body)

    async def shell(self, session_id: str, command: str) -> Accepted:
        """Queues a shell command in the workspace; command and output become part of the conversation."""
        return await self.transport.fetch(Accepted, "POST", f"/sessions/{session_id}/shell", json={"command": command})

    async def mcp_servers(self, session_id: str) -> tuple[McpServer, ...]:
        """The session's MCP servers and their current state."""
        return (await self.transport.fetch(McpServers, "GET", f"/sessions/{session_id}/mcp")).servers

    async def export(self, session_id: str, form: str) -> bytes:
        return await self.transport.send("GET", f"/sessions/{session_id}/export", params={"format": form})

    async def models(self) -> tuple[Model, ...]:
        return (await self.transport.fetch(ModelList, "GET", "/models")).models

    async def commands(self) -> tuple[Command, ...]:
        return (await self.transport.fetch(CommandList, "GET", "/commands")).commands

    async def spending(self) -> Spending:
        """What this user spent today, and the limits."""
        return await self.transport.fetch(Spending, "GET", "/usage")

    async def version(self) -> dict[str, Any]:  # free-form, for display
        return await self.transport.fetch(dict[str, Any], "GET", "/version")

    async def health(self) -> Health:
        """Whether the server can answer prompts; status 503 has the same body."""
        return msgspec.json.decode(await self.transport.send("GET", "/health", accepts=(503,)), type=Health)

    async def folder(self, path: str) -> Folder:
        return await self.transport.fetch(Folder, "GET", f"/files/{quote(path)}")

    async def download(self, path: str) -> bytes:
        return await self.transport.send("GET", f"/files/{quote(path)}")

    async def upload(self, path: str, data: bytes) -> None:
        await self.transport.send("PUT", f"/files/{quote(path)}", content=data)
