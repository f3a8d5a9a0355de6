"""What start-up says about the agent's room: what will run, on whose credential, and what is off."""

from pathlib import Path

from api.settings import Settings
from api.versions import bundled_cli, cli_version, own_version, sdk_version
from runtime.settings import SettingsError

NO_CREDENTIALS = (
    "No Claude credentials: set CLAUDE_CODE_OAUTH_TOKEN (`claude setup-token` prints one), ANTHROPIC_API_KEY, "
    "ANTHROPIC_BASE_URL with ANTHROPIC_AUTH_TOKEN, or a cloud provider's switch such as CLAUDE_CODE_USE_BEDROCK=1; "
    "DEMO=1 starts on the demo model instead."
)
NO_CLI = "CLAUDE_CLI must name the Claude Code program: the SDK brings none for this machine."
SILENT_CLI = "CLAUDE_CLI must name a program that runs: `{program} --version` gave no answer."


async def summary(settings: Settings) -> list[str]:
    """The lines to show.

    Raises:
        SettingsError: what was asked for cannot run here.
    """
    if settings.credential is None:
        raise SettingsError(NO_CREDENTIALS)
    program = settings.claude_cli or bundled_cli()
    if program is None:
        raise SettingsError(NO_CLI)
    version = await cli_version(program)
    if version is None:
        raise SettingsError(SILENT_CLI.format(program=program))
    return [
        f"version      {own_version()}, Claude Code {version}, Agent SDK {sdk_version()}",
        f"credential   {settings.credential.reason}",
        f"model        {settings.claude_model or 'the one that Claude Code chooses (CLAUDE_MODEL names another)'}",
        f"workspace    {_workspace(settings)}",
        f"data         {settings.data_dir}, sessions in {_database(settings)}",
        f"limits       {_limits(settings)}",
        *(f"off          {line}" for line in _off(settings)),
        *(f"open         {line}" for line in _open(settings)),
    ]


def _workspace(settings: Settings) -> str:
    if settings.workspace == "shared":
        return f"{settings.workspace_dir}, one for all (WORKSPACE=per-user gives each person a folder)"
    return f"{settings.workspace_dir}, a folder for each person (WORKSPACE=per-user)"


def _database(settings: Settings) -> str:
    return "PostgreSQL (DATABASE_URL)" if settings.database_url else "agent/sessions.db"


def _limits(settings: Settings) -> str:
    return (
        f"{settings.max_sessions} at once (MAX_SESSIONS), {settings.queue_limit} more in line (QUEUE_LIMIT), "
        f"idle ones end after {settings.idle_timeout:g} s (IDLE_TIMEOUT)"
    )


def _off(settings: Settings) -> list[str]:
    lines = []
    if not settings.allow_bypass_permissions:
        lines.append("the mode bypassPermissions (ALLOW_BYPASS_PERMISSIONS=1)")
    if not settings.trust_workspace:
        lines.append("a folder's own hooks and MCP servers, until a person accepts them (TRUST_WORKSPACE=1)")
    if settings.database_url and not settings.replica_url:
        lines.append("passing requests on to the replica that runs their session (REPLICA_URL)")
    if settings.warm_workers == 0:
        lines.append("warm workers for /query (WARM_WORKERS=1)")
    return lines


def _open(settings: Settings) -> list[str]:
    lines = []
    if settings.allow_bypass_permissions:
        lines.append("bypassPermissions is allowed: tools may run without a question (ALLOW_BYPASS_PERMISSIONS)")
    if settings.trust_workspace:
        lines.append("every folder's own hooks and MCP servers run without a question (TRUST_WORKSPACE)")
    if settings.replica_url and not is_shared(settings.workspace_dir):
        lines.append(
            f"{settings.workspace_dir} is on a disk of this machine: a session that goes on at another replica finds "
            "other files there, unless WORKSPACE_DIR is a shared volume"
        )
    return lines


MOUNTS = Path("/proc/mounts")
SHARED = ("nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "lustre", "gpfs", "beegfs", "ocfs2", "gfs2")
OF_A_PROGRAM = "fuse."
"""File systems of programs; most of those that hold workspaces are shared, such as CephFS and buckets."""


def is_shared(folder: Path, mounts: Path = MOUNTS) -> bool:
    """Whether the folder's file system is of a kind that many machines mount; False where nothing tells."""
    kinds: dict[Path, str] = {}
    try:
        for line in mounts.read_text().splitlines():
            _, place, kind, *_ = line.split(" ")
            kinds[Path(place.encode().decode("unicode_escape"))] = kind  # a blank is \040
    except (OSError, ValueError):
        return False
    path = folder.resolve()
    kind = next((kinds[place] for place in (path, *path.parents) if place in kinds), "")
    return kind in SHARED or kind.startswith(OF_A_PROGRAM)
