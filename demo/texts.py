"""The longer texts of the demo model."""

TRY = """\
- `demo:markdown` shows headings, a table, code and a list
- `demo:run touch hello.txt` asks for permission and runs a command
- `demo:write notes.txt Hello` then `demo:edit notes.txt Hello => Good morning`
- `demo:ask`, `demo:plan`, `demo:todo`, `demo:think`, `demo:agent` show other features of Claude Code
- `demo:stream 200` streams two hundred words; press Esc to interrupt"""

MARKDOWN = """\
# The demo model's showcase

A paragraph with **bold**, *italic*, ~~struck~~ and `inline code`, and a [link](https://example.com/).

## Lists

1. First
   - nested, with an emoji 🚀
     - deeper still
2. Second
- [x] done
- [ ] to do

## A table

| language | greeting | width |
|---|:---:|---:|
| English | hello | 5 |
| 日本語 | こんにちは | 10 |
| 中文 | 你好 | 4 |
| 한국어 | 안녕하세요 | 10 |

### Code

```python
def fibonacci(n: int) -> int:
    \"\"\"The n-th number.\"\"\"
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a
```

```diff
- before
+ after
```

> A quotation of
> two lines.

---

The end. ✅"""

PLAN = """\
# Plan

## Context
The demo model shows how to approve a plan.

## Steps
1. Look at the workspace.
2. Change **one** file.
3. Run the tests: `make test`.

## Verification
All tests pass."""

TODO = ("Look at the workspace", "Change one file", "Run the tests")


def friendly(prompt: str) -> str:
    """Returns the answer to a prompt without a command."""
    quoted = "\n".join(f"> {line}" for line in prompt.splitlines()) or "> (empty)"
    return f"Your prompt was:\n\n{quoted}\n\nI am the **demo model**, and my answers are scripted. Try:\n\n{TRY}"


def fenced(text: str) -> str:
    """Returns the text in a code fence that is longer than any fence in the text."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"
