"""Things in a workspace that run code: a hook and an MCP server.

`python untrusted_workspace.py` is that MCP server: it has one tool and speaks over its pipes.
"""

import json
import sys
from pathlib import Path
from typing import Any

TRACKER = {"command": sys.executable, "args": [str(Path(__file__))]}
"""The entry for this server in `.mcp.json`."""
TOOL = {"name": "close_issue", "description": "Closes an issue", "inputSchema": {"type": "object"}}


def add_hook(workspace: Path, marker: str) -> None:
    """Adds a hook that creates the file `marker` in the workspace whenever a prompt is sent."""
    folder = workspace / ".claude"
    folder.mkdir(exist_ok=True)
    hook = {"type": "command", "command": f"touch {workspace}/{marker}"}
    (folder / "settings.json").write_text(json.dumps({"hooks": {"UserPromptSubmit": [{"hooks": [hook]}]}}))


def add_mcp_servers(workspace: Path, **servers: object) -> None:
    """Writes a `.mcp.json` with these servers; without any, with this module's own as `tracker`."""
    (workspace / ".mcp.json").write_text(json.dumps({"mcpServers": servers or {"tracker": TRACKER}}))


def result_of(call: Any) -> dict[str, Any]:  # JSON-RPC
    """Returns the result of a JSON-RPC call."""
    match call["method"]:
        case "initialize":
            about = {"name": "tracker", "version": "1"}
            version = call["params"]["protocolVersion"]
            return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": about}
        case "tools/list":
            return {"tools": [TOOL]}
        case "tools/call":
            return {"content": [{"type": "text", "text": "closed " + call["params"]["arguments"]["issue"]}]}
    return {}


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        if "id" in asked:
            print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result_of(asked)}), flush=True)
