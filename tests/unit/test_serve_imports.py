import subprocess
import sys

HEAVY = ("textual", "aiohttp")


def test_serve_imports_no_heavy_library() -> None:
    code = f"import sys, tui.serve.__main__; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == []
