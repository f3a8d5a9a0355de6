"""The options that a Claude Code process is started with, and its command line."""

from pathlib import Path

from api.schema import Record
from api.schema.sessions import PermissionMode


class ProcessOptions(Record):
    """Everything that is fixed when a process starts."""

    session_id: str
    """Claude Code's id of the conversation."""
    cwd: Path
    resume: bool = False
    """Whether the conversation exists already."""
    model: str | None = None
    permission_mode: PermissionMode = "default"
    effort: str | None = None
    system_prompt: str | None = None
    append_system_prompt: str | None = None
    system_prompt_file: Path | None = None
    """Contains the text of `system_prompt`, which must not appear in the command line."""
    append_system_prompt_file: Path | None = None
    max_turns: int | None = None
    max_budget_usd: float | None = None
    allowed_tools: tuple[str, ...] = ()
    disallowed_tools: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    """Folders outside `cwd` that a person has allowed."""
    output_schema: bytes | None = None
    """A JSON Schema."""
    cost_usd: float = 0.0
    """The cost of the conversation so far, from which Claude Code continues to count."""
    trusts_folder: bool = False
    """Whether the folder's own settings, hooks and MCP servers apply."""
    allows_bypass: bool = False


def command_line(options: ProcessOptions, program: Path) -> list[str]:
    """The command that starts Claude Code."""
    sources = "user,project,local" if options.trusts_folder else "user"
    start = "resume" if options.resume else "session-id"
    command = [
        str(program),
        *("--output-format", "stream-json", "--input-format", "stream-json", "--verbose"),
        *("--include-partial-messages", "--session-mirror", "--permission-prompt-tool", "stdio"),
        # With `=`, a value cannot be taken for another option.
        f"--{start}={options.session_id}",
        f"--setting-sources={sources}",
        f"--permission-mode={options.permission_mode}",
    ]
    if not options.trusts_folder:
        command.append("--strict-mcp-config")
    if options.allows_bypass:
        command.append("--allow-dangerously-skip-permissions")
    values = {
        "model": options.model,
        "effort": options.effort,
        "system-prompt-file": options.system_prompt_file,
        "append-system-prompt-file": options.append_system_prompt_file,
        "max-turns": options.max_turns,
        "max-budget-usd": options.max_budget_usd,
        "allowedTools": ",".join(options.allowed_tools) or None,
        "disallowedTools": ",".join(options.disallowed_tools) or None,
        "json-schema": options.output_schema.decode() if options.output_schema else None,
    }
    command += [f"--{name}={value}" for name, value in values.items() if value is not None]
    command += [f"--add-dir={folder}" for folder in options.folders]
    return command
