"""Follows the agent's todo list through the calls of its todo tools."""

from collections.abc import Mapping
from typing import Any, get_args

from api.schema import TodoItem
from api.schema.events import TodoStatus

STATUSES: tuple[TodoStatus, ...] = get_args(TodoStatus)


class TodoList:
    """The todo list so far."""

    def __init__(self) -> None:
        self._items: dict[str, TodoItem] = {}

    def apply(self, name: str, given: Mapping[str, Any], result: object) -> tuple[TodoItem, ...] | None:
        """The whole list after a finished call; None if the call was of another tool."""
        details = result if isinstance(result, dict) else {}
        match name:
            case "TodoWrite":
                todos = [todo for todo in given.get("todos") or [] if isinstance(todo, dict)]
                self._items = {str(number): _item(todo) for number, todo in enumerate(todos)}
            case "TaskCreate":
                task = details.get("task")
                number = str(task.get("id")) if isinstance(task, dict) else str(len(self._items) + 1)
                self._items[number] = TodoItem(text=str(given.get("subject", "")), status="pending")
            case "TaskUpdate":
                self._update(str(given.get("taskId", "")), given)
            case _:
                return None
        return tuple(self._items.values())

    def _update(self, number: str, given: Mapping[str, Any]) -> None:
        if given.get("status") == "deleted":
            self._items.pop(number, None)
        elif known := self._items.get(number):
            text = str(given.get("subject") or known.text)
            self._items[number] = TodoItem(text=text, status=_status(given.get("status"), known.status))


def _item(todo: Mapping[str, Any]) -> TodoItem:
    return TodoItem(text=str(todo.get("content", "")), status=_status(todo.get("status"), "pending"))


def _status(reported: object, otherwise: TodoStatus) -> TodoStatus:
    return next((status for status in STATUSES if status == reported), otherwise)
