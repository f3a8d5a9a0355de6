"""The peer of api_query: a Quart route that calls the SDK's `query()` for every request, as comparable projects do."""

import asyncio
import json
import os
from collections.abc import AsyncIterator

import claude_agent_sdk as sdk
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart, Response, request

app = Quart(__name__)


def options() -> sdk.ClaudeAgentOptions:
    return sdk.ClaudeAgentOptions(
        cwd=os.environ["PEER_CWD"],
        include_partial_messages=True,
        system_prompt={"type": "preset", "preset": "claude_code"},
        setting_sources=["user"],
        permission_mode="dontAsk",
    )


@app.post("/query")
async def query() -> Response:
    body = await request.get_json()
    if body.get("stream"):
        return Response(frames(body["prompt"]), content_type="text/event-stream")
    texts = []
    async for message in sdk.query(prompt=body["prompt"], options=options()):
        if isinstance(message, sdk.AssistantMessage):
            texts += [block.text for block in message.content if isinstance(block, sdk.TextBlock)]
    return Response(json.dumps({"success": True, "response": "".join(texts)}), content_type="application/json")


async def frames(prompt: str) -> AsyncIterator[bytes]:
    async for message in sdk.query(prompt=prompt, options=options()):
        if isinstance(message, sdk.StreamEvent) and "text" in message.event.get("delta", {}):
            text = json.dumps({"text": message.event["delta"]["text"]})
            yield f"event: text_delta\ndata: {text}\n\n".encode()


if __name__ == "__main__":
    config = Config()
    config.bind = [f"unix:{os.environ['PEER_SOCKET']}"]
    asyncio.run(serve(app, config))
