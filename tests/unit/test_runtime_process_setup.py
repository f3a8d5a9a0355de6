"""Child processes are watched without a thread for each."""

import asyncio
import sys
import threading

from runtime.process_setup import watch_children_without_threads


def test_children_need_no_threads_and_their_exit_codes_arrive() -> None:
    async def run() -> list[int | None]:
        watch_children_without_threads()
        children = [
            await asyncio.create_subprocess_exec(sys.executable, "-c", f"input(); raise SystemExit({code})", stdin=-1)
            for code in (0, 7)
        ]
        assert threading.active_count() == before
        for child in children:
            await child.communicate(b"\n")
        return [child.returncode for child in children]

    before = threading.active_count()
    policy = asyncio.get_event_loop_policy()
    asyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())
    try:
        assert asyncio.run(run()) == [0, 7]
    finally:
        asyncio.set_event_loop_policy(policy)
