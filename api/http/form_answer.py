"""An answer to a request, as a plain HTML form sends it."""

from typing import Any

from werkzeug.datastructures import MultiDict

from api.schema import Answer, Request

OTHER = "-other"


def answer_of(request: Request, form: MultiDict[str, Any]) -> Answer:
    """What the person said.

    Args:
        form: `decision` is `allow`, `always` or `deny`; `message` says why; `q0`, `q1` … are the labels chosen for
            each question, `q0-other` … what was written instead.
    """
    decision = form.get("decision")
    message = str(form.get("message", "")).strip() or None
    if decision not in ("allow", "always"):
        return Answer(decision="deny", message=message)
    if request.kind == "question":
        answers = {question.question: _said(form, index) for index, question in enumerate(request.questions)}
        return Answer(decision="allow", answers=answers)
    return Answer(decision="allow", remember=decision == "always", message=message)


def _said(form: MultiDict[str, Any], index: int) -> str | list[str]:
    written = str(form.get(f"q{index}{OTHER}", "")).strip()
    chosen = [str(label) for label in form.getlist(f"q{index}")]
    if written:
        return [*chosen, written] if len(chosen) > 1 else written
    return chosen if len(chosen) > 1 else "".join(chosen)
