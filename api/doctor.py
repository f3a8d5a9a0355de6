"""The `doctor` command of the API: checks everything that it needs, and says what to fix."""

import os
from pathlib import Path

import httpx2

from api.settings import Settings
from api.startup_summary import NO_CLI, NO_CREDENTIALS, SILENT_CLI
from api.storage.database import make_database
from api.versions import bundled_cli, cli_version
from runtime.database.errors import DatabaseUnavailableError, NewerDatabaseError
from runtime.doctor import Finding

ANSWER_SECONDS = 10.0


async def examine(settings: Settings) -> list[Finding]:
    """Checks the credential, the Claude Code program, the folders, the database and the running server."""
    return [
        _credentials(settings),
        await _program(settings),
        _folder("DATA_DIR", _own_folder(settings.data_dir)),
        _folder("WORKSPACE_DIR", settings.workspace_dir),
        await _database(settings),
        await _server(settings),
    ]


def _credentials(settings: Settings) -> Finding:
    if settings.credential is None:
        return Finding(is_ok=False, text=NO_CREDENTIALS)
    return Finding(is_ok=True, text=f"credential: {settings.credential.reason}")


async def _program(settings: Settings) -> Finding:
    program = settings.claude_cli or bundled_cli()
    if program is None:
        return Finding(is_ok=False, text=NO_CLI)
    version = await cli_version(program)
    if version is None:
        return Finding(is_ok=False, text=SILENT_CLI.format(program=program))
    return Finding(is_ok=True, text=f"Claude Code {version} runs")


def _own_folder(data: Path) -> Path:
    # In the container each service has its own folder in DATA_DIR.
    return data / "agent" if (data / "agent").is_dir() else data


def _folder(variable: str, folder: Path) -> Finding:
    if not folder.is_dir():
        return Finding(is_ok=False, text=f"{variable}: {folder} is not a folder: make it, or set {variable} to one")
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding(
            is_ok=False, text=f"{variable}: {folder} cannot be written: change its owner to this user (chown)"
        )
    return Finding(is_ok=True, text=f"{variable}: {folder} can be written")


async def _database(settings: Settings) -> Finding:
    where = "PostgreSQL in DATABASE_URL" if settings.database_url else "SQLite in DATA_DIR/agent"
    if not settings.has_database:
        return Finding(is_ok=True, text=f"database: a start makes {where}")
    try:
        plan = await make_database(settings.storage_url).plan()
    except NewerDatabaseError as error:
        return Finding(is_ok=False, text=f"database: {error}")
    except DatabaseUnavailableError as error:
        fix = "check DATABASE_URL" if settings.database_url else "check DATA_DIR"
        return Finding(is_ok=False, text=f"database: {where} does not answer ({error.kind}): {fix}")
    return Finding(is_ok=True, text=f"database: {where} answers{f'; a start {plan}' if plan else ''}")


async def _server(settings: Settings) -> Finding:
    transport = httpx2.AsyncHTTPTransport(uds=str(settings.socket))
    try:
        async with httpx2.AsyncClient(transport=transport, base_url="http://api", timeout=ANSWER_SECONDS) as client:
            answer = await client.get("/health")
    except httpx2.HTTPError:
        return Finding(is_ok=False, text=f"server: nothing answers on {settings.socket}: start it, or check RUN_DIR")
    if answer.status_code != httpx2.codes.OK:
        return Finding(is_ok=False, text="server: it runs but is unhealthy: check the credentials, then the log")
    return Finding(is_ok=True, text="server: it runs and is healthy")
