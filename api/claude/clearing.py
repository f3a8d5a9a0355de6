"""Making a connected Claude Code process forget its conversation, so that it can serve somebody else."""

import asyncio
import uuid

import claude_agent_sdk as sdk

from api.claude.process import ClaudeProcess


async def clear(cli: ClaudeProcess) -> None:
    """Makes the process forget its conversation and begin another one."""
    done = asyncio.get_running_loop().create_future()

    async def heard(message: sdk.Message) -> None:
        if isinstance(message, sdk.ResultMessage) and not done.done():
            done.set_result(message)

    async def lost(_cli: ClaudeProcess, error: Exception | None) -> None:
        if not done.done():
            done.set_exception(error or ConnectionError("it ended"))

    cli.listen(heard, lost)
    await cli.send("/clear", turn_id=str(uuid.uuid4()))
    result = await done
    if result.session_id == cli.session_id:
        raise ConnectionError("the conversation is still the same")
    cli.session_id = result.session_id
    cli.cost_usd = result.total_cost_usd or 0.0
