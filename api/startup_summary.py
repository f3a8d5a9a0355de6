"""What the API prints at start-up: what will run, with which credential, and what is switched off."""

from pathlib import Path

from api.settings import Settings
from api.versions import bundled_cli, cli_version, own_version, sdk_version
from runtime.settings import SettingsError

NO_CREDENTIALS = (
    "No Claude credentials: set CLAUDE_CODE_OAUTH_TOKEN (`claude setup-token` prints one), ANTHROPIC_API_KEY, "
    "ANTHROPIC_BASE_URL with ANTHROPIC_AUTH_TOKEN, or a cloud provider's switch such as CLAUDE_CODE_USE_BEDROCK=1. "
    "DEMO=1 starts with the demo model instead."
)
NO_CLI = "CLAUDE_CLI must name the Claude Code program: the SDK contains none for this machine."
SILENT_CLI = "CLAUDE_CLI must name a program that runs: `{program} --version` did not answer."

MOUNTS = Path("/proc/mounts")
SHARED_FILE_SYSTEMS = ("nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "lustre", "gpfs", "beegfs", "ocfs2", "gfs2")
FUSE_PREFIX = "fuse."
"""File systems that a program provides. Most of those that hold workspaces are shared, such as CephFS and buckets."""


async def summary(settings: Settings) -> list[str]:
    """The lines to print.

    Raises:
        SettingsError: the API cannot run with these settings on this machine.
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
        f"model        {settings.claude_model or 'the default of Claude Code (CLAUDE_MODEL sets another)'}",
        f"workspace    {_workspace(settings)}",
        f"data         {settings.data_dir}, sessions in {_database(settings)}",
        f"limits       {_limits(settings)}",
        *(f"off          {line}" for line in _off(settings)),
        *(f"open         {line}" for line in _open(settings)),
    ]


def _workspace(settings: Settings) -> str:
    if settings.workspace == "shared":
        return f"{settings.workspace_dir}, shared by all users (WORKSPACE=per-user gives each user a folder)"
    return f"{settings.workspace_dir}, with a folder for each user (WORKSPACE=per-user)"


def _database(settings: Settings) -> str:
    return "PostgreSQL (DATABASE_URL)" if settings.database_url else "agent/sessions.db"


def _limits(settings: Settings) -> str:
    return (
        f"{settings.max_sessions} processes at once (MAX_SESSIONS), {settings.queue_limit} more callers waiting "
        f"(QUEUE_LIMIT), idle processes end after {settings.idle_timeout:g} s (IDLE_TIMEOUT)"
    )


def _off(settings: Settings) -> list[str]:
    lines = []
    if not settings.allow_bypass_permissions:
        lines.append("the permission mode bypassPermissions (ALLOW_BYPASS_PERMISSIONS=1)")
    if not settings.trust_workspace:
        lines.append("hooks and MCP servers in a folder's own settings, until a user accepts them (TRUST_WORKSPACE=1)")
    if settings.database_url and not settings.replica_url:
        lines.append("forwarding requests to the replica that runs their session (REPLICA_URL)")
    if settings.warm_workers == 0:
        lines.append("warm workers for /query (WARM_WORKERS=1)")
    return lines


def _open(settings: Settings) -> list[str]:
    lines = []
    if settings.allow_bypass_permissions:
        lines.append("bypassPermissions is allowed: tools can run without asking (ALLOW_BYPASS_PERMISSIONS)")
    if settings.trust_workspace:
        lines.append("hooks and MCP servers in a folder's own settings run without asking (TRUST_WORKSPACE)")
    if settings.replica_url and not is_on_shared_disk(settings.workspace_dir):
        lines.append(
            f"{settings.workspace_dir} is on a local disk: a session that moves to another replica finds other files "
            "there, unless WORKSPACE_DIR is a shared volume"
        )
    return lines


def is_on_shared_disk(folder: Path, mounts: Path = MOUNTS) -> bool:
    """Whether several machines can mount the folder's file system; False when the mount table cannot be read."""
    kinds: dict[Path, str] = {}
    try:
        for line in mounts.read_text().splitlines():
            _, target, kind, *_ = line.split(" ")
            kinds[Path(target.encode().decode("unicode_escape"))] = kind  # a space is written \040
    except (OSError, ValueError):
        return False
    path = folder.resolve()
    kind = next((kinds[parent] for parent in (path, *path.parents) if parent in kinds), "")
    return kind in SHARED_FILE_SYSTEMS or kind.startswith(FUSE_PREFIX)
