"""Joins the page's modules into two, so that a browser asks twice and not thirty times.

`line.js` comes first and alone: it opens the line to the server while all else still loads. Each module becomes a
function of its own that gives its exports back, so that names never meet. What a module may look like is what ours and
xterm.js' do look like: imports of names, one a line; exports before what they name, or at the very end.
"""

import re
from collections.abc import Callable
from posixpath import dirname, join, normpath

FIRST, MAIN = "js/line.js", "js/main.js"
_IMPORT = re.compile(r'^import \{ (.+?) \} from "(.+?)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:const|function|class) (\w+))", re.MULTILINE)
_LAST_EXPORT = re.compile(r"export\{(\w+) as (\w+)\};\s*$")
_LEFT = re.compile(r"^\s*(?:import|export)\b(?!\()", re.MULTILINE)

Read = Callable[[str], str]
"""Gives the text of a file of the page by its path."""


def joined(read: Read) -> dict[str, str]:
    """Both joined modules, by the path that each is served under."""
    first = _in_order(FIRST, read, [])
    rest = [path for path in _in_order(MAIN, read, []) if path not in first]
    shared = ", ".join(_name(path) for path in first)
    return {
        "joined/line.js": "".join(_wrapped(path, read) for path in first) + f"export {{ {shared} }};\n",
        "joined/main.js": f'import {{ {shared} }} from "./line.js";\n' + "".join(_wrapped(path, read) for path in rest),
    }


def _in_order(path: str, read: Read, found: list[str]) -> list[str]:
    """The module's imports, those of the imports first, then itself."""
    for _, named in _IMPORT.findall(read(path)):
        other = _resolved(path, named)
        if other not in found:
            _in_order(other, read, found)
    found.append(path)
    return found


def _wrapped(path: str, read: Read) -> str:
    body = read(path)
    given = [name for _, name in _EXPORT.findall(body)]
    if last := _LAST_EXPORT.search(body):
        given.append(f"{last[2]}: {last[1]}")
        body = body[: last.start()]
    body = _IMPORT.sub(lambda found: f"const {{ {found[1]} }} = {_name(_resolved(path, found[2]))};", body)
    body = _EXPORT.sub(r"\1", body)
    if left := _LEFT.search(body):
        raise ValueError(f"{path}: {body[left.start() :].strip().splitlines()[0][:80]!r} cannot be joined")
    return f"const {_name(path)} = (() => {{\n{body}\nreturn {{ {', '.join(given)} }};\n}})();\n"


def _resolved(path: str, named: str) -> str:
    return normpath(join(dirname(path), named))


def _name(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path)
