"""What a request asks, in words: a headline, the whole of what would be done, and why it asks."""

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


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the request's text: lines that know their width only when they are drawn."""

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
    """The text's lines, coloured unless something hides in it: then that has the only colour."""
    lines = highlight(text, "" if hidden_count(text) else language)
    return [part for line in lines for part in (line.fold(width) or [line])]


def _settings(folder: str, files: dict[str, object]) -> Iterator[Part]:
    """What a folder brings along: each file by its name."""
    yield Part("muted", f"{folder} brings settings of its own:")
    for path, text in files.items():
        yield Part("file", str(text).rstrip("\n"), path.removeprefix(f"{folder}/"))


def headline(request: Request) -> str:
    """One line: what is asked."""
    if request.kind == "trust":
        return "Do you trust this folder?"
    if request.tool_name.startswith("mcp__"):
        server, _, tool = request.tool_name.removeprefix("mcp__").partition("__")
        return one_line(f"Claude wants to use {tool} of {server}")
    return _HEADLINES.get(request.tool_name) or one_line(f"Claude wants to use {request.tool_name}")


def always(request: Request) -> str:
    """Exactly what "always" would store; empty when it is not on offer."""
    return ", ".join(_stored(one_line(rule)) for rule in request.suggestions)


def _stored(rule: str) -> str:
    if rule == "mode acceptEdits":
        return "every edit of this session: mode acceptEdits"
    return f"{rule} in this session"


def parts(request: Request) -> list[Part]:
    """The whole of what would be done; nothing is left out, nothing hides."""
    given = request.input
    found: list[Part] = []
    rest = dict(given)
    if request.kind == "trust" and isinstance(given.get("files"), dict):
        found += _settings(str(rest.pop("folder", "")), rest.pop("files"))
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
        found.insert(
            0, Part("warning", f"{count} hidden or control character{'s' * (count != 1)}, shown in this colour.")
        )
    if request.reason:
        found.append(Part("muted", f"It asks because: {request.reason}"))
    return found
