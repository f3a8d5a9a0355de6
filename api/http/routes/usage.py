"""`/usage`: what the caller has used today, and the limits."""

from datetime import UTC, datetime, timedelta

from quart import Blueprint, Response
from quart_schema import document_response, tag

from api.http.request_parsing import caller
from api.http.responses import json_response
from api.schema.spending import Spending
from api.settings import Settings
from api.storage import UsageRows


def usage_routes(settings: Settings, usage: UsageRows) -> Blueprint:
    """`GET /usage`."""
    blueprint = Blueprint("usage", __name__)

    @blueprint.get("/usage")
    @tag(["Service"])
    @document_response(Spending)
    async def show_usage() -> Response:
        """Shows what the caller's turns cost today, on all replicas together, and the limits."""
        today = datetime.now(UTC).date()
        used = await usage.today(caller())
        spending = Spending(
            user=caller(),
            day=str(today),
            turns=used.turns,
            cost_usd=round(used.cost_usd, 6),
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            max_budget_usd=settings.max_budget_usd or None,
            max_turns_per_minute=settings.max_turns_per_minute or None,
            turns_this_minute=await usage.this_minute(caller()),
            resets_at=f"{today + timedelta(days=1)}T00:00:00.000Z",
        )
        return json_response(spending)

    return blueprint
