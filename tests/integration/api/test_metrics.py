"""What `/metrics` counts."""

import asyncio

from prometheus_client.parser import text_string_to_metric_families

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.http_caller import new_session, say
from tests.support.waiting import until


async def measured(api: Api) -> dict[str, float]:
    """Every sample by its name and labels."""
    answer = await api.client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    return {
        f"{sample.name}{{{','.join(f'{name}={value}' for name, value in sample.labels.items())}}}": sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_a_turn_is_counted_and_measured(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api:
        before = await measured(api)
        assert not any(name.startswith("claude_turns_total") for name in before)
        session_id = await new_session(api.client)
        await say(api.client, session_id, "demo:say hello")
        after = await measured(api)
        assert after["claude_turns_total{origin=session,outcome=ok}"] == 1
        assert after["claude_turn_duration_seconds_count{}"] == 1
        assert after["claude_time_to_first_token_seconds_count{}"] == 1
        assert after["claude_time_to_first_token_seconds_sum{}"] > 0
        assert after["claude_turn_duration_seconds_sum{}"] > 0
        assert after["claude_tokens_total{kind=output}"] > 0
        assert after["claude_cost_usd_total{}"] > 0
        assert sum(value for name, value in after.items() if name.startswith("claude_cli_starts_total")) == 1
        assert after["claude_sessions{state=idle}"] == 1
        await say(api.client, session_id, "demo:fail 400")
        failed = await measured(api)
        assert failed["claude_turns_total{origin=session,outcome=error}"] == 1
        assert sum(value for name, value in failed.items() if name.startswith("claude_turn_errors_total")) == 1


async def test_refused_credentials_make_the_service_unhealthy_until_a_turn_succeeds(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api:
        session_id = await new_session(api.client)
        await say(api.client, session_id, "demo:fail 401")
        sick = await api.client.get("/health")
        assert (sick.status_code, sick.json()["status"]) == (503, "unhealthy")
        await say(api.client, session_id, "demo:fail 400")
        assert (await api.client.get("/health")).status_code == 503
        await say(api.client, session_id, "demo:say better")
        assert (await api.client.get("/health")).json()["status"] == "healthy"


async def test_one_process_answers_all_callers_of_models(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api:
        asked = (api.client.get(path) for path in ("/models", "/commands") * 3)
        assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}
        assert (await measured(api))["claude_cli_starts_total{reason=query}"] == 1
        await until(lambda: not api.claude_pids())
