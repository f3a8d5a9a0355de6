"""Shows the first open request, and how many others wait. Preview: `python -m tui.widgets.requests.dock`."""

from textual.containers import Vertical
from textual.content import Content

from api.schema import Request
from tui.widgets.requests.panel import RequestPanel
from tui.widgets.requests.permission import PermissionPanel, TrustPanel
from tui.widgets.requests.permission import example as permission_example
from tui.widgets.requests.plan import PlanPanel
from tui.widgets.requests.question import QuestionPanel
from tui.widgets.requests.question import example as question_example


class RequestDock(Vertical):
    """Holds the panel of one request at a time."""

    def __init__(self) -> None:
        super().__init__(id="requests")
        self._panel: RequestPanel | None = None
        self.display = False

    @property
    def panel(self) -> RequestPanel | None:
        return self._panel

    def show(self, requests: list[Request], *, may_focus: bool, is_typing: bool) -> None:
        """Shows the first of these requests; hides the dock if there are none.

        Args:
            may_focus: whether a new panel takes the focus.
            is_typing: whether the user is typing, so that the panel takes keys only a little later.
        """
        first = requests[0] if requests else None
        if first is None or self._panel is None or self._panel.request.id != first.id:
            self._replace(first, may_focus=may_focus, is_typing=is_typing)
        if self._panel is not None:
            more = len(requests) - 1
            self._panel.border_subtitle = Content(f"{more} more waiting" if more else "")

    def arm(self, *, is_typing: bool) -> bool:
        """Lets the request take the keys; returns False if there is none."""
        if self._panel is not None:
            self._panel.arm(is_typing=is_typing)
        return self._panel is not None

    def _replace(self, request: Request | None, *, may_focus: bool, is_typing: bool) -> None:
        if self._panel is not None:
            self._panel.remove()
        self._panel = make_panel(request) if request else None
        self.display = self._panel is not None
        if self._panel is None:
            return
        self.mount(self._panel)
        if may_focus:
            self.call_after_refresh(self._panel.arm, is_typing=is_typing)


def make_panel(request: Request) -> RequestPanel:
    """The panel for a request's kind."""
    if request.kind == "question" and request.questions:
        return QuestionPanel(request)
    if request.kind == "plan":
        return PlanPanel(request)
    return TrustPanel(request) if request.kind == "trust" else PermissionPanel(request)


def showcase() -> list[RequestDock]:
    """A permission, with a question waiting behind it."""
    dock = RequestDock()
    dock.call_later(dock.show, [permission_example(), question_example()], may_focus=True, is_typing=False)
    return [dock]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
