"""What Claude Code is started with, and the command line that says so."""

from pathlib import Path

from api.schema import Record
from api.schema.sessions import PermissionMode


class ProcessOptions(Record):
    """Everything that is fixed when a Claude Code process starts."""

    session_id: str
    """The conversation, in Claude Code's own words."""
    cwd: Path
    resume: bool = False
    """Whether the conversation exists already."""
    model: str | None = None
    permission_mode: PermissionMode = "default"
    effort: str | None = None
    system_prompt: str | None = None
    append_system_prompt: str | None = None
    system_prompt_file: Path | None = None
    """Holds the text above, which then stays off the command line."""
    append_system_prompt_file: Path | None = None
    max_turns: int | None = None
    max_budget_usd: float | None = None
    allowed_tools: tuple[str, ...] = ()
    disallowed_tools: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    """Folders outside `cwd` that a person opened to it."""
    output_schema: bytes | None = None
    """A JSON Schema."""
    cost_usd: float = 0.0
    """What the conversation cost so far, as Claude Code counts when it resumes."""
    trusts_folder: bool = False
    """Whether the folder's own settings, hooks and MCP servers count."""
    allows_bypass: bool = False


def command_line(launch: ProcessOptions, cli: Path) -> list[str]:
    """The command that starts Claude Code."""
    sources = "user,project,local" if launch.trusts_folder else "user"
    start = "resume" if launch.resume else "session-id"
    command = [
        str(cli),
        *("--output-format", "stream-json", "--input-format", "stream-json", "--verbose"),
        *("--include-partial-messages", "--session-mirror", "--permission-prompt-tool", "stdio"),
        # With `=` a value can never be read as another option.
        f"--{start}={launch.session_id}",
        f"--setting-sources={sources}",
        f"--permission-mode={launch.permission_mode}",
    ]
    if not launch.trusts_folder:
        command.append("--strict-mcp-config")
    if launch.allows_bypass:
        command.append("--allow-dangerously-skip-permissions")
    options = {
        "model": launch.model,
        "effort": launch.effort,
        "system-prompt-file": launch.system_prompt_file,
        "append-system-prompt-file": launch.append_system_prompt_file,
        "max-turns": launch.max_turns,
        "max-budget-usd": launch.max_budget_usd,
        "allowedTools": ",".join(launch.allowed_tools) or None,
        "disallowedTools": ",".join(launch.disallowed_tools) or None,
        "json-schema": launch.output_schema.decode() if launch.output_schema else None,
    }
    command += [f"--{name}={value}" for name, value in options.items() if value is not None]
    command += [f"--add-dir={folder}" for folder in launch.folders]
    return command
