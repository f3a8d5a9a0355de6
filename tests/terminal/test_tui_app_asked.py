"""Requests of other kinds: folder trust, MCP, pages, several at once, plans that are not good enough."""

from pathlib import Path

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.terminal_app import seat
from tests.support.untrusted_workspace import add_hook, add_mcp_servers
from tui.widgets.requests import RequestDock


def plant(workspace: Path) -> None:
    """A folder that brings a hook and an MCP server."""
    add_hook(workspace, "hooked")
    add_mcp_servers(workspace)


async def test_a_folders_own_settings_are_shown_before_they_count_and_its_server_is_asked_for(demo: Demo) -> None:
    async with running_api(demo) as api:
        plant(api.workspace)
        async with seat(api) as person:
            await person.send("demo:say hello")
            await person.is_asked("Do you trust this folder?")
            text = person.screen_text.replace("│", "").replace("\n", "").replace(" ", "")
            assert ".claude/settings.json" in text
            assert f"touch{api.workspace}/hooked" in text
            assert ".mcp.json" in text
            assert not (api.workspace / "hooked").exists()
            await person.pilot.press("y")
            await person.until(lambda: person.conversation.running is None and person.said())
            assert (api.workspace / "hooked").exists()
            await person.send("/mcp")
            await person.sees("✓ tracker  connected  stdio · project · tracker 1")
            assert "1 tool: close_issue" in person.screen_text
            await person.pilot.press("escape")
            await person.is_back()
            await person.send('demo:call mcp__tracker__close_issue {"issue": "SHOP-12", "labels": ["bug"]}')
            await person.is_asked("Claude wants to use close_issue of tracker")
            assert "issue: SHOP-12" in person.screen_text
            assert "don't ask again for mcp__tracker__close_issue in this session" in person.screen_text
            await person.pilot.press("y")
            await person.sees("✓ tracker · close_issue  SHOP-12")
            assert "closed SHOP-12" in person.calls()[-1].output


async def test_a_server_that_goes_away_is_told_of_on_the_page_of_mcp_servers(demo: Demo) -> None:
    async with running_api(demo, TRUST_WORKSPACE="1") as api:
        add_mcp_servers(api.workspace, silent={"command": "sleep", "args": ["60"]})
        async with seat(api) as person:
            await person.send("/mcp")
            await person.sees("… silent  connecting")
            await api.kill()
            await person.until(lambda: "does not answer" in person.screen_text)
            assert "… silent  connecting" in person.screen_text


async def test_several_requests_wait_in_line(api: Api) -> None:
    async with seat(api) as person:
        await person.send('demo:call Read {"file_path": "/etc/hostname"}\nRead {"file_path": "/etc/passwd"}')
        await person.sees("1 more waiting")
        await person.is_asked("Claude wants to read a file")
        assert "Why it's asking:" in person.screen_text
        first = next(iter(person.conversation.requests))
        await person.pilot.press("y")
        await person.until(lambda: first not in person.conversation.requests)
        await person.until(lambda: (panel := person.chat.query_one(RequestDock).panel) and panel.request.id != first)
        assert "more waiting" not in person.screen_text
        await person.is_asked("Claude wants to read a file")
        await person.pilot.press("n")
        await person.until(lambda: person.conversation.running is None and not person.conversation.requests)
        assert sorted(call.state for call in person.calls()) == ["denied", "done"]
        await person.sees("Denied.")


async def test_a_page_is_fetched_only_after_a_yes(api: Api) -> None:
    async with seat(api, size=(40, 20)) as person:
        await person.send('demo:call WebFetch {"url": "https://example.com/a", "prompt": "What is it about?"}')
        await person.is_asked("Claude wants to fetch a page")
        assert "url: https://example.com/a" in person.screen_text
        assert "WebFetch(domain:example.com)" in person.screen_text
        await person.pilot.press("n")
        await person.rests()
        await person.sees("⊘ Fetch")


async def test_a_plan_that_is_not_good_enough_is_planned_on(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:plan")
        await person.is_asked("Claude has a plan")
        await person.pilot.press("c")
        await person.type("name the files")
        await person.pilot.press("enter")
        await person.sees("keeps planning")
        await person.rests()
        assert person.conversation.status.permission_mode == "plan"
        await person.sees("name the files")
