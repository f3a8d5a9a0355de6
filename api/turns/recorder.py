"""Stores and publishes how turns begin and end."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec
import structlog

from api.claude.translate import Translator
from api.events import messages
from api.events.history_reader import HistoryReader
from api.events.publisher import EventPublisher
from api.metrics import Metrics
from api.schema import MessageAdded, TurnFinished, TurnStarted
from api.storage import LeaseLostError, TurnRow, TurnRows
from api.storage.session_store import SessionStore
from api.turns.result import LOST, TurnResult
from api.turns.turn import Turn, title_of
from runtime.clock import timestamp
from runtime.database.errors import TRANSIENT_ERRORS
from runtime.retry import retry_until_written

log = structlog.get_logger(__name__)


class TurnRecorder:
    """Publishes `turn_started` and exactly one `turn_finished` for each turn, and stores both."""

    def __init__(
        self,
        store: SessionStore,
        turns: TurnRows,
        *,
        publisher: EventPublisher,
        history: HistoryReader,
        translator: Translator,
        metrics: Metrics,
        cancel_requests: Callable[[], None],
    ) -> None:
        """
        Args:
            cancel_requests: closes the open requests to a person.
        """
        self._store = store
        self._turns = turns
        self._publisher = publisher
        self._history = history
        self._translator = translator
        self._metrics = metrics
        self._cancel_requests = cancel_requests
        self._wants_new_log = False

    async def begin(self, turn: Turn) -> bool:
        """Records the start of a queued turn. Returns False if it was withdrawn meanwhile."""
        # Added first: otherwise a new subscriber would get the turn twice, as history and live.
        self._history.live_turns.add(turn.id)
        session = self._store.row.id
        at = await retry_until_written(self._store.next_start, session=session)
        if not await retry_until_written(lambda: self._turns.start(turn.id, at=at), session=session):
            self._history.live_turns.discard(turn.id)
            return False
        self._publish_start(turn)
        if not self._store.row.title:
            await self._store.write_eventually(self._set_title(title_of(turn.prompt)))
        return True

    async def begin_autonomous(self, turn: Turn) -> None:
        """Records the start of a turn without a prompt."""
        at = await self._store.next_start()
        row = TurnRow(id=turn.id, session_id=self._store.row.id, prompt="", state="running", started_at=at)
        self._history.live_turns.add(turn.id)
        await self._turns.add(row)
        self._publish_start(turn)

    async def finish(self, turn: Turn, result: TurnResult) -> None:
        """Records the end of a turn. The end is published even if it cannot be stored yet."""
        for event in self._translator.unfinished_messages():
            self._publisher.publish(event)
        self._cancel_requests()
        duration = result.duration_ms or round(1000 * (time.monotonic() - turn.began))
        finished = TurnFinished(
            stop_reason=result.stop_reason,
            is_error=result.is_error,
            error=result.error,
            code=result.code,
            num_turns=result.num_turns,
            duration_ms=duration,
            cost_usd=result.cost_usd,
            usage=result.usage,
        )
        outcome = {**msgspec.to_builtins(finished), **_shell_outcome(turn)}
        self._store.count_finished_turn(cost_usd=result.cost_usd)
        try:
            await self._write_end(turn, outcome)
        except LeaseLostError:  # the replica that runs the session now publishes the end
            self._publisher.log.close()
            result = LOST
        except Exception:
            log.exception("turn_not_stored", session=self._store.row.id)
            self._store.retry_in_background(lambda: self._write_end(turn, outcome))
        else:
            self._publisher.publish_changes()
        self._publisher.publish(finished)
        self._publisher.turn_id = None
        turn.retry_after = self._translator.retry_after
        self._translator.forget_turn()
        self._measure(turn, result, duration)
        await self._renew_log()
        turn.mark_finished(result)

    def renew_log_after_turn(self) -> None:
        """Starts a new generation of the log after the running turn, because the conversation was cleared."""
        self._wants_new_log = True

    async def _renew_log(self) -> None:
        events = self._publisher.log
        # Until the end of a turn is stored, it is only in the log.
        if (self._wants_new_log or events.is_full) and not self._store.has_pending_writes and not events.is_closed:
            with suppress(*TRANSIENT_ERRORS):  # tried again after the next turn
                await self._publisher.renew()
                self._wants_new_log = False

    async def _write_end(self, turn: Turn, outcome: Mapping[str, Any]) -> None:
        await self._turns.finish(turn.id, outcome)
        await self._store.write_counts()

    async def _set_title(self, title: str) -> None:
        await self._store.write(title=title)
        self._publisher.publish_changes()

    def _publish_start(self, turn: Turn) -> None:
        self._publisher.turn_id = turn.id
        self._publisher.publish_state()
        self._publisher.publish(TurnStarted(prompt=turn.prompt, attachments=turn.attachments))
        if not turn.is_autonomous:
            message = messages.prompt_message(turn.id, turn.prompt, timestamp())
            self._publisher.publish(MessageAdded(message=message))

    def _measure(self, turn: Turn, result: TurnResult, duration: int) -> None:
        self._metrics.turn_finished(
            origin=turn.origin,
            seconds=duration / 1000,
            cost_usd=result.cost_usd,
            usage=result.usage,
            code="interrupted" if result.stop_reason == "interrupted" else result.code,
            first_token_seconds=None if turn.first_text is None else turn.first_text - turn.began,
        )


def _shell_outcome(turn: Turn) -> dict[str, Any]:  # JSON
    return {} if turn.shell is None else {"output": turn.shell.output, "exitCode": turn.shell.exit_code}
