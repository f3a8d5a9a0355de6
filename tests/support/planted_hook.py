"""A hook that a workspace brings along, to see whether it runs."""

import json
from pathlib import Path


def plant(workspace: Path, marker: str) -> None:
    """A hook that leaves a mark whenever a prompt is sent."""
    folder = workspace / ".claude"
    folder.mkdir(exist_ok=True)
    hook = {"type": "command", "command": f"touch {workspace}/{marker}"}
    (folder / "settings.json").write_text(json.dumps({"hooks": {"UserPromptSubmit": [{"hooks": [hook]}]}}))
