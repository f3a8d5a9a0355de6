"""A whole MCP server of one tool, as a workspace may bring it: `python tracker.py` speaks over its pipes."""

import json
import sys
from pathlib import Path
from typing import Any

ITSELF = {"command": sys.executable, "args": [str(Path(__file__))]}
"""How to start it."""
TOOL = {"name": "close_issue", "description": "Closes an issue", "inputSchema": {"type": "object"}}


def plant(workspace: Path, **servers: object) -> None:
    """A workspace whose `.mcp.json` names these servers, or this one as `tracker`."""
    (workspace / ".mcp.json").write_text(json.dumps({"mcpServers": servers or {"tracker": ITSELF}}))


def answer(asked: Any) -> dict[str, Any]:  # JSON-RPC
    """The result of a call."""
    match asked["method"]:
        case "initialize":
            about = {"name": "tracker", "version": "1"}
            version = asked["params"]["protocolVersion"]
            return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": about}
        case "tools/list":
            return {"tools": [TOOL]}
        case "tools/call":
            return {"content": [{"type": "text", "text": "closed " + asked["params"]["arguments"]["issue"]}]}
    return {}


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        if "id" in asked:
            print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": answer(asked)}), flush=True)
