"""Requests about folder trust, MCP tools and web pages; several requests at once; rejected plans."""

from pathlib import Path

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.terminal_app import open_app
from tests.support.untrusted_workspace import add_hook, add_mcp_servers
from tui.widgets.requests import RequestDock


def plant(workspace: Path) -> None:
    """Gives the folder a hook and an MCP server."""
    add_hook(workspace, "hooked")
    add_mcp_servers(workspace)


async def test_trust_in_a_folder_is_asked_before_its_hook_and_server_run(demo: Demo) -> None:
    async with running_api(demo) as api:
        plant(api.workspace)
        async with open_app(api) as user:
            await user.send("demo:say hello")
            await user.wait_for_request("Do you trust this folder?")
            text = user.screen_text.replace("│", "").replace("\n", "").replace(" ", "")
            assert ".claude/settings.json" in text
            assert f"touch{api.workspace}/hooked" in text
            assert ".mcp.json" in text
            assert not (api.workspace / "hooked").exists()
            await user.pilot.press("y")
            await user.wait_until(lambda: user.conversation.running is None and user.answers())
            assert (api.workspace / "hooked").exists()
            await user.send("/mcp")
            await user.see("✓ tracker  connected  stdio · project · tracker 1")
            assert "1 tool: close_issue" in user.screen_text
            await user.pilot.press("escape")
            await user.wait_for_chat()
            await user.send('demo:call mcp__tracker__close_issue {"issue": "SHOP-12", "labels": ["bug"]}')
            await user.wait_for_request("Claude wants to use close_issue of tracker")
            assert "issue: SHOP-12" in user.screen_text
            assert "don't ask again for mcp__tracker__close_issue in this session" in user.screen_text
            await user.pilot.press("y")
            await user.see("✓ tracker · close_issue  SHOP-12")
            assert "closed SHOP-12" in user.tool_calls()[-1].output


async def test_the_page_of_mcp_servers_reports_a_server_that_goes_away(demo: Demo) -> None:
    async with running_api(demo, TRUST_WORKSPACE="1") as api:
        add_mcp_servers(api.workspace, silent={"command": "sleep", "args": ["60"]})
        async with open_app(api) as user:
            await user.send("/mcp")
            await user.see("… silent  connecting")
            await api.kill()
            await user.wait_until(lambda: "does not answer" in user.screen_text)
            assert "… silent  connecting" in user.screen_text


async def test_several_requests_are_answered_one_after_the_other(api: Api) -> None:
    async with open_app(api) as user:
        await user.send('demo:call Read {"file_path": "/etc/hostname"}\nRead {"file_path": "/etc/passwd"}')
        await user.see("1 more waiting")
        await user.wait_for_request("Claude wants to read a file")
        assert "Why it's asking:" in user.screen_text
        first = next(iter(user.conversation.requests))
        await user.pilot.press("y")
        await user.wait_until(lambda: first not in user.conversation.requests)
        await user.wait_until(lambda: (panel := user.chat.query_one(RequestDock).panel) and panel.request.id != first)
        assert "more waiting" not in user.screen_text
        await user.wait_for_request("Claude wants to read a file")
        await user.pilot.press("n")
        await user.wait_until(lambda: user.conversation.running is None and not user.conversation.requests)
        assert sorted(call.state for call in user.tool_calls()) == ["denied", "done"]
        await user.see("Denied.")


async def test_a_web_page_is_fetched_only_with_permission(api: Api) -> None:
    async with open_app(api, size=(40, 20)) as user:
        await user.send('demo:call WebFetch {"url": "https://example.com/a", "prompt": "What is it about?"}')
        await user.wait_for_request("Claude wants to fetch a page")
        assert "url: https://example.com/a" in user.screen_text
        assert "WebFetch(domain:example.com)" in user.screen_text
        await user.pilot.press("n")
        await user.wait_until_idle()
        await user.see("⊘ Fetch")


async def test_a_rejected_plan_is_continued_in_plan_mode(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:plan")
        await user.wait_for_request("Claude has a plan")
        await user.pilot.press("c")
        await user.type("name the files")
        await user.pilot.press("enter")
        await user.see("keeps planning")
        await user.wait_until_idle()
        assert user.conversation.status.permission_mode == "plan"
        await user.see("name the files")
