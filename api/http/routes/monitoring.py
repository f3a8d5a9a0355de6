"""Whether this process can answer prompts. The front door asks, and tells the world."""

import sys
from contextlib import suppress

from prometheus_client import CONTENT_TYPE_LATEST
from quart import Blueprint, Response
from quart_schema import document_response, tag

from api.credentials import Credential
from api.http.openapi_descriptions import TEXT, describes
from api.http.responses import json_response
from api.metrics import Metrics
from api.schema import Record
from api.sessions.quota import QuotaGuard
from api.storage import Storage, UsageRows
from runtime.clock import timestamp
from runtime.database.errors import TRANSIENT_ERRORS


class Health(Record, omit_defaults=False):
    """What callers have been told since the first version."""

    status: str
    """`healthy`, or `unhealthy`: then the answer's status is 503."""
    has_token: bool
    sdk_loaded: bool
    message: str
    timestamp: str
    demo: bool


def health_routes(
    credential: Credential | None, storage: Storage, metrics: Metrics, admission: QuotaGuard
) -> Blueprint:
    """`GET /health`."""
    blueprint = Blueprint("health", __name__)
    demo = credential is not None and credential.kind == "demo"

    @blueprint.get("/health")
    @tag(["Service"])
    @document_response(Health)
    @document_response(Health, 503)
    async def health() -> Response:
        """Says whether prompts can be answered."""
        is_able = credential is not None and not metrics.credentials_refused and not admission.is_draining
        ready = is_able and await _answers(storage)
        body = Health(
            status="healthy" if ready else "unhealthy",
            has_token=credential is not None and not demo,
            sdk_loaded="claude_agent_sdk" in sys.modules,
            message="Claude Code SDK API",
            timestamp=timestamp(),
            demo=demo,
        )
        return json_response(body, 200 if ready else 503)

    return blueprint


async def _answers(storage: Storage) -> bool:
    try:
        await storage.database.ping()
    except TRANSIENT_ERRORS:
        return False
    return True


def metrics_routes(metrics: Metrics, usage: UsageRows) -> Blueprint:
    """`GET /metrics`."""
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    @tag(["Service"])
    @describes(media={200: {"text/plain": TEXT}})
    async def show_metrics() -> Response:
        """Counts and measurements, in the text format of Prometheus."""
        with suppress(*TRANSIENT_ERRORS):  # the rest is known without the database
            metrics.spent_today(await usage.cost_today())
        return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)

    return blueprint
