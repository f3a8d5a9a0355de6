"""Bundles the page's JavaScript modules into two files, so that a browser makes two requests instead of thirty.

The first bundle holds `early-connection.js` and what it imports: it connects to the server while the rest loads. Each
module becomes a function that returns its exports, which keeps the names of modules apart. Only the forms of import and
export that our modules and xterm.js use are supported: named imports, one statement a line, and exports either in front
of what they export or at the end of the file.
"""

import re
from collections.abc import Callable
from posixpath import dirname, join, normpath

FIRST, MAIN = "js/early-connection.js", "js/main.js"
FIRST_BUNDLE, MAIN_BUNDLE = "bundle/early-connection.js", "bundle/main.js"
_IMPORT = re.compile(r'^import \{ (.+?) \} from "(.+?)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:const|function|class) (\w+))", re.MULTILINE)
_LAST_EXPORT = re.compile(r"export\{(\w+) as (\w+)\};\s*$")
_UNSUPPORTED = re.compile(r"^\s*(?:import|export)\b(?!\()", re.MULTILINE)

ReadText = Callable[[str], str]
"""Returns the text of a file of the page, given its path."""


def bundle_scripts(read_text: ReadText) -> dict[str, str]:
    """Both bundles, by the path that each is served under.

    Raises:
        ValueError: a module uses a form of import or export that is not supported.
    """
    first = _in_import_order(FIRST, read_text, [])
    rest = [path for path in _in_import_order(MAIN, read_text, []) if path not in first]
    shared = ", ".join(_variable(path) for path in first)
    import_first = f'import {{ {shared} }} from "./{FIRST_BUNDLE.rpartition("/")[2]}";\n'
    return {
        FIRST_BUNDLE: "".join(_wrap(path, read_text) for path in first) + f"export {{ {shared} }};\n",
        MAIN_BUNDLE: import_first + "".join(_wrap(path, read_text) for path in rest),
    }


def _in_import_order(path: str, read_text: ReadText, found: list[str]) -> list[str]:
    """The paths of all modules that this one needs, each after its own imports; the module itself comes last."""
    for _, target in _IMPORT.findall(read_text(path)):
        imported = _resolve(path, target)
        if imported not in found:
            _in_import_order(imported, read_text, found)
    found.append(path)
    return found


def _wrap(path: str, read_text: ReadText) -> str:
    body = read_text(path)
    exported = [name for _, name in _EXPORT.findall(body)]
    if last := _LAST_EXPORT.search(body):
        exported.append(f"{last[2]}: {last[1]}")
        body = body[: last.start()]
    body = _IMPORT.sub(lambda found: f"const {{ {found[1]} }} = {_variable(_resolve(path, found[2]))};", body)
    body = _EXPORT.sub(r"\1", body)
    if unsupported := _UNSUPPORTED.search(body):
        line = body[unsupported.start() :].strip().splitlines()[0][:80]
        raise ValueError(f"{path}: {line!r} cannot be bundled")
    return f"const {_variable(path)} = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();\n"


def _resolve(importer: str, target: str) -> str:
    return normpath(join(dirname(importer), target))


def _variable(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path)
