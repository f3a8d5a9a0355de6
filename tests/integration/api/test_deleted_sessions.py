"""Nothing is written of a session that is deleted right after its last turn."""

from tests.support.api import Api, database, running_api
from tests.support.demo import Demo
from tests.support.waiting import until


def kept(api: Api) -> list[str]:
    """The lines of transcripts in storage."""
    with database(api) as connection:
        return [entry for (entry,) in connection.execute("SELECT entry FROM transcripts")]


async def test_a_session_deleted_right_after_a_query_leaves_nothing(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api:
        for _ in range(5):
            answer = await api.client.post("/query", json={"prompt": "demo:say a secret"})
            assert answer.status_code == 200, answer.text
            assert (await api.client.delete(f"/sessions/{answer.json()['sessionId']}")).status_code == 204
        await until(lambda: not api.claude_pids())
        assert kept(api) == []
