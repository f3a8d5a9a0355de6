"""Claude Code's permission questions as requests to a person, and the answers as it wants them."""

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
from api.sessions.requests import RequestList
from runtime.clock import timestamp

KINDS: dict[str, RequestKind] = {"AskUserQuestion": "question", "ExitPlanMode": "plan"}
REFUSED = "The user doesn't want to do this. Stop and wait for them to say what to do instead."
KEEP_PLANNING = "The user wants to keep planning. Do not start yet."


class Permissions:
    """Answers Claude Code's questions with what a person says."""

    def __init__(
        self,
        workspace: Path,
        requests: RequestList,
        *,
        remember: Callable[[Sequence[sdk.PermissionUpdate]], Awaitable[None]],
    ) -> None:
        """Starts without questions.

        Args:
            remember: keeps rules with the session, so that they count after a resume too.
        """
        self._workspace = workspace
        self._requests = requests
        self._remember = remember

    async def ask(self, name: str, given: dict[str, Any], context: sdk.ToolPermissionContext) -> sdk.PermissionResult:
        """Opens a request and waits for its answer, as long as it takes."""
        suggestions = _narrowest(context.suggestions)
        request = Request(
            id=str(uuid.uuid4()),
            kind=KINDS.get(name, "permission"),
            tool_name=name,
            input=given,
            title=context.title or tools.title(name, given),
            reason=context.decision_reason,
            suggestions=tuple(text for update in suggestions for text in rule_texts(update)),
            questions=_questions(given) if name == "AskUserQuestion" else (),
            tool_use_id=context.tool_use_id,
            opened_at=timestamp(),
            diff=await asyncio.to_thread(tools.diff_asked, name, given, root=self._workspace),
        )
        answer = await self._requests.ask(request)
        if answer.decision == "deny":
            default = KEEP_PLANNING if request.kind == "plan" else REFUSED
            return sdk.PermissionResultDeny(message=answer.message or default)
        updates = None
        if answer.remember and suggestions:
            updates = [_for_session(update) for update in suggestions]
            await self._remember(updates)
        return sdk.PermissionResultAllow(updated_input=_input(request, answer), updated_permissions=updates)


def rule_texts(update: sdk.PermissionUpdate) -> list[str]:
    """What "always" would store, word for word; empty for what is never offered."""
    match update:
        case sdk.PermissionUpdate(type="addRules", behavior="allow", rules=list(rules)):
            return [_rule(rule) for rule in rules]
        case sdk.PermissionUpdate(type="setMode", mode="acceptEdits"):
            return ["mode acceptEdits"]
        case sdk.PermissionUpdate(type="addDirectories", directories=list(folders)):
            return [f"folder {folder}" for folder in folders]
    return []


def _narrowest(suggestions: Sequence[sdk.PermissionUpdate]) -> list[sdk.PermissionUpdate]:
    # They are alternatives, from one command up to every edit: "always" must not mean all of them.
    for kind in ("addRules", "addDirectories", "setMode"):
        if found := [update for update in suggestions if update.type == kind and rule_texts(update)]:
            return found
    return []


def _rule(rule: Any) -> str:  # the SDK does not export PermissionRuleValue
    return f"{rule.tool_name}({rule.rule_content})" if rule.rule_content else str(rule.tool_name)


def _for_session(update: sdk.PermissionUpdate) -> sdk.PermissionUpdate:
    # Left to itself the CLI stores a rule in the workspace's own settings, which count only in a trusted folder and
    # then for everybody. We keep it with the session instead.
    update.destination = "session"
    return update


def _input(request: Request, answer: Answer) -> dict[str, Any] | None:
    if request.kind == "question":
        chosen = {asked: _chosen(said) for asked, said in (answer.answers or {}).items()}
        return {**request.input, **(answer.updated_input or {}), "answers": chosen}
    return answer.updated_input


def _chosen(said: str | list[str]) -> str:
    return said if isinstance(said, str) else ", ".join(said)


def _questions(given: Mapping[str, Any]) -> tuple[Question, ...]:
    try:
        return msgspec.convert(given.get("questions", []), tuple[Question, ...])
    except msgspec.ValidationError:
        return ()
