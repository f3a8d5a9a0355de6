"""Always in sight, the first screen, help, sizes and colours, mouse and keys alone."""

import pytest

from tests.support.api import Api
from tests.support.terminal_app import seat
from tui.widgets.items.assistant_text import AssistantTextView
from tui.widgets.status_line import StatusLine


async def test_the_first_screen_says_where_one_is_and_offers_prompts(api: Api) -> None:
    async with seat(api, user="nina@example.com") as person:
        await person.sees(str(api.workspace))
        await person.sees("The demo model answers")
        text = person.screen_text
        assert "kept when the server stops" in text or "lost with the container" in text
        assert "asks before it runs commands or changes files" in text
        assert text.count("demo:") == 3
        await person.clicks("demo:run ls -la")
        await person.until(lambda: person.chat.editor.text == "demo:run ls -la")
        await person.clicks("send")
        await person.until(lambda: person.conversation.items)
        await person.pilot.press("escape")
        await person.rests()


async def test_what_matters_is_always_in_sight(api: Api) -> None:
    async with seat(api, user="otto@example.com", size=(140, 40)) as person:
        await person.asks("demo:say hello")
        parts = ("asks first", "% context", "$0.", "otto@example.com", "demo", api.workspace.name)
        await person.until(lambda: all(part in person.screen_text.splitlines()[-1] for part in parts))
        assert person.conversation.status.model
        await person.until(lambda: str(person.conversation.status.model) in person.screen_text.splitlines()[-1])
        await person.send("/effort high")
        await person.until(lambda: "high" in person.screen_text.splitlines()[-1])


async def test_a_click_on_the_status_line_opens_what_is_behind(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:say hello")
        for part, title in (("asks first", "Permission mode"), ("% context", "Context"), ("$0.", "Cost")):
            row = person.screen_text.splitlines()[-1]
            await person.pilot.click(StatusLine, offset=(row.index(part) + 1, 0))
            await person.until(lambda title=title: title in person.screen_text)  # type: ignore[misc]
            await person.clicks("esc back")
            await person.is_back()


async def test_help_is_about_what_has_the_focus(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:markdown")
        await person.focuses(person.chat.query_one(AssistantTextView))
        await person.sees("copy code")  # the line at the prompt
        await person.pilot.press("f1")
        await person.sees("c copy its code")
        await person.pilot.press("escape")
        await person.is_back()


async def test_code_is_copied_and_links_are_opened_by_keys(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:markdown")
        await person.focuses(person.chat.query_one(AssistantTextView))
        await person.pilot.press("c")
        await person.until(lambda: person.app.clipboard == "- before\n+ after")
        await person.pilot.press("c")
        await person.until(lambda: person.app.clipboard.startswith("def fibonacci"))
        await person.pilot.press("o")
        await person.until(lambda: person.app.clipboard.startswith("http"))  # there is no browser in a test
        assert person.app.clipboard in person.said()[-1]


@pytest.mark.parametrize("size", [(40, 12), (400, 60)], ids=str)
async def test_it_works_at_the_smallest_and_the_largest_size(api: Api, size: tuple[int, int]) -> None:
    async with seat(api, size=size) as person:
        await person.sees("Ask Claude anything")
        await person.send("demo:run touch sized.txt")
        await person.is_asked("Claude wants to run")
        await person.sees("Allow once")
        await person.sees("Deny, and say why")
        assert "asks first" in person.screen_text.splitlines()[-1]
        await person.pilot.press("y")
        await person.until(lambda: person.calls() and person.calls()[0].state == "done")
        await person.rests()
        await person.pilot.press("question_mark")
        await person.sees("Help")
        await person.pilot.press("escape")
        await person.pilot.press("ctrl+o")
        await person.sees("touch sized.txt")
        await person.pilot.press("escape")
        await person.is_back()


async def test_no_color_is_obeyed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with seat(api) as person:
        await person.asks("demo:markdown")
        strips = person.app.screen._compositor.render_strips(person.app.size)
        colours = [segment.style.color for strip in strips for segment in strip if segment.style]
        triplets = [colour.triplet for colour in colours if colour and colour.triplet]
        assert triplets
        assert all(triplet.red == triplet.green == triplet.blue for triplet in triplets)


async def test_a_terminal_has_no_login_to_end(api: Api) -> None:
    async with seat(api) as person:
        await person.send("/logout")
        await person.sees("There is no login to end in a terminal.")
