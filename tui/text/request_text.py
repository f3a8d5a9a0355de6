"""The text of a request: a headline, everything that would be done, and why Claude asks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from textual.content import Content

from api.schema import Request
from tui.text.diff import lay_out as lay_out_diff
from tui.text.diff import parse_diff
from tui.text.highlight import highlight, language_of
from tui.text.sanitize import MARK_STYLE, hidden_count, one_line, safe_content
from tui.text.tools.body import drafted_diff, fields
from tui.text.tools.heading import EDITS

_HEADLINES = {
    "Bash": "Claude wants to run a command",
    "Edit": "Claude wants to change a file",
    "MultiEdit": "Claude wants to change a file",
    "Write": "Claude wants to write a file",
    "NotebookEdit": "Claude wants to change a notebook",
    "Read": "Claude wants to read a file",
    "WebFetch": "Claude wants to fetch a page",
    "WebSearch": "Claude wants to search the web",
}
_ACCEPT_EDITS = "mode acceptEdits"
_BASH_RULE = re.compile(r"^Bash\((.*)\)$")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a request's text, laid out when the width is known."""

    kind: str
    text: str
    path: str = ""

    def lines(self, width: int) -> list[Content]:
        match self.kind:
            case "command":
                return _coded(self.text, "bash", width)
            case "diff":
                return lay_out_diff(parse_diff(self.text, self.path), width)
            case "warning":
                return Content.styled(self.text, MARK_STYLE).wrap(width)
            case "muted":
                return safe_content(self.text, "$muted").wrap(width)
            case "file":
                name = safe_content(self.path, "bold").fold(width)
                return [*name, *_coded(self.text, language_of(self.path), width)]
            case _:
                return _coded(self.text, "", width)


def _coded(text: str, language: str, width: int) -> list[Content]:
    """The lines with colours for the language, or with colours only for hidden characters if there are any."""
    lines = highlight(text, "" if hidden_count(text) else language)
    return [part for line in lines for part in (line.fold(width) or [line])]


def _folder_settings(folder: str, files: dict[str, object]) -> Iterator[Part]:
    yield Part("muted", f"{folder} has settings of its own:")
    for path, text in files.items():
        yield Part("file", str(text).rstrip("\n"), path.removeprefix(f"{folder}/"))


def headline(request: Request) -> str:
    """What Claude wants to do, in one line."""
    if request.kind == "trust":
        return "Do you trust this folder?"
    if request.tool_name.startswith("mcp__"):
        server, _, tool = request.tool_name.removeprefix("mcp__").partition("__")
        return one_line(f"Claude wants to use {tool} of {server}")
    return _HEADLINES.get(request.tool_name) or one_line(f"Claude wants to use {request.tool_name}")


def rules_to_store(request: Request) -> str:
    """What "Allow always" would store; empty if that is not offered."""
    rules = [_BASH_RULE.sub(r"`\1`", one_line(rule)) for rule in request.suggestions if rule != _ACCEPT_EDITS]
    what = ["all edits"] if _ACCEPT_EDITS in request.suggestions else []
    if rules:
        what.append(f"don't ask again for {', '.join(rules)}")
    return f"{', '.join(what)} in this session" if what else ""


def parts_of(request: Request) -> list[Part]:
    """Everything that would be done, complete and with hidden characters made visible."""
    given = request.input
    found: list[Part] = []
    rest = dict(given)
    if request.kind == "trust" and isinstance(given.get("files"), dict):
        found += _folder_settings(str(rest.pop("folder", "")), rest.pop("files"))
    elif request.tool_name == "Bash" and isinstance(given.get("command"), str):
        found.append(Part("command", rest.pop("command")))
        if description := rest.pop("description", ""):
            found.append(Part("muted", str(description)))
    elif request.tool_name in EDITS and (diff := request.diff or drafted_diff(request.tool_name, given)):
        path = str(given.get("file_path") or given.get("notebook_path") or "")
        found += [Part("plain", path), Part("diff", diff, path)]
        rest = {}
    if rest:
        found.append(Part("plain", fields(rest)))
    count = hidden_count("".join(part.text for part in found))
    if count:
        warning = f"{count} hidden or control character{'s' * (count != 1)}, shown in this colour."
        found.insert(0, Part("warning", warning))
    if request.reason:
        found.append(Part("muted", f"Why it's asking: {request.reason}"))
    return found
