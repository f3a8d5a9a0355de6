"""Turns Claude Code's permission questions into requests to a person, and the answers into what it expects.

`api/sessions/requests.py` opens the requests and waits for their answers.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import claude_agent_sdk as sdk
import msgspec

from api.claude import tools
from api.schema import Answer, Question, Request
from api.schema.requests import RequestKind
from runtime.clock import timestamp

AskForPermission = sdk.CanUseTool
"""Answers one permission question of Claude Code."""

KINDS: dict[str, RequestKind] = {"AskUserQuestion": "question", "ExitPlanMode": "plan"}
DENIED_MESSAGE = "The user doesn't want to do this. Stop and wait for them to say what to do instead."
KEEP_PLANNING_MESSAGE = "The user wants to keep planning. Do not start yet."


class PermissionRequests:
    """Answers the permission questions of one session with what a person decides."""

    def __init__(
        self,
        workspace: Path,
        *,
        ask: Callable[[Request], Awaitable[Answer]],
        remember: Callable[[Sequence[str], Sequence[str]], Awaitable[None]],
    ) -> None:
        """
        Args:
            ask: opens a request and waits for its answer.
            remember: stores rules and folders with the session, so that they also apply after a resume.
        """
        self._workspace = workspace
        self._ask = ask
        self._remember = remember

    async def ask(
        self, name: str, tool_input: dict[str, Any], context: sdk.ToolPermissionContext
    ) -> sdk.PermissionResult:
        """Opens a request and waits for the answer; the request list applies REQUEST_TIMEOUT."""
        suggestions = _narrowest(context.suggestions)
        request = Request(
            id=str(uuid.uuid4()),
            kind=KINDS.get(name, "permission"),
            tool_name=name,
            input=tool_input,
            title=context.title or tools.title(name, tool_input),
            reason=context.decision_reason,
            suggestions=tuple(text for update in suggestions for text in _texts(update)),
            questions=_questions(tool_input) if name == "AskUserQuestion" else (),
            tool_use_id=context.tool_use_id,
            opened_at=timestamp(),
            diff=await asyncio.to_thread(tools.diff_of_proposal, name, tool_input, root=self._workspace),
        )
        answer = await self._ask(request)
        if answer.decision == "deny":
            default = KEEP_PLANNING_MESSAGE if request.kind == "plan" else DENIED_MESSAGE
            return sdk.PermissionResultDeny(message=answer.message or default)
        updates = None
        if answer.remember and suggestions:
            updates = [_for_session(update) for update in suggestions]
            rules = [text for update in updates if update.type == "addRules" for text in _texts(update)]
            await self._remember(rules, [folder for update in updates for folder in update.directories or ()])
        return sdk.PermissionResultAllow(updated_input=_input(request, answer), updated_permissions=updates)


def _texts(update: sdk.PermissionUpdate) -> list[str]:
    """The rules that "always allow" would store, as text; empty if the update is never offered."""
    match update:
        case sdk.PermissionUpdate(type="addRules", behavior="allow", rules=list(rules)):
            return [_rule(rule) for rule in rules]
        case sdk.PermissionUpdate(type="setMode", mode="acceptEdits"):
            return ["mode acceptEdits"]
        case sdk.PermissionUpdate(type="addDirectories", directories=list(folders)):
            return [f"folder {folder}" for folder in folders]
    return []


def _narrowest(suggestions: Sequence[sdk.PermissionUpdate]) -> list[sdk.PermissionUpdate]:
    # Suggestions are alternatives, from a single command to every edit, and "always" must not mean all of them.
    for kind in ("addRules", "addDirectories", "setMode"):
        if found := [update for update in suggestions if update.type == kind and _texts(update)]:
            return found
    return []


def _rule(rule: Any) -> str:  # the SDK does not export PermissionRuleValue
    return f"{rule.tool_name}({rule.rule_content})" if rule.rule_content else str(rule.tool_name)


def _for_session(update: sdk.PermissionUpdate) -> sdk.PermissionUpdate:
    # By default Claude Code stores a rule in the workspace's settings, which apply only if the folder is trusted, and
    # then to every user. The rule is stored with the session instead.
    update.destination = "session"
    return update


def _input(request: Request, answer: Answer) -> dict[str, Any] | None:
    if request.kind == "question":
        chosen = {question: _chosen(reply) for question, reply in (answer.answers or {}).items()}
        return {**request.input, **(answer.updated_input or {}), "answers": chosen}
    return answer.updated_input


def _chosen(reply: str | list[str]) -> str:
    return reply if isinstance(reply, str) else ", ".join(reply)


def _questions(tool_input: Mapping[str, Any]) -> tuple[Question, ...]:
    try:
        return msgspec.convert(tool_input.get("questions", []), tuple[Question, ...])
    except msgspec.ValidationError:
        return ()
