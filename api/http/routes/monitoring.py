"""`/health` and `/metrics`: whether this process can run prompts, and what it has counted."""

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
from api.storage import Storage
from runtime.clock import timestamp
from runtime.database.errors import DatabaseUnavailableError


class Health(Record, omit_defaults=False):
    """Whether prompts can run; the same fields since the first version."""

    status: str
    """`healthy`, or `unhealthy` with the status 503."""
    has_token: bool
    """Whether there is a credential for Claude; false with the demo model."""
    sdk_loaded: bool
    message: str
    timestamp: str
    demo: bool
    """Whether the demo model answers instead of Claude."""


def monitoring_routes(
    credential: Credential | None, storage: Storage, metrics: Metrics, quota: QuotaGuard
) -> Blueprint:
    """`GET /health`, which the gateway also requests, and `GET /metrics`."""
    blueprint = Blueprint("monitoring", __name__)
    demo = credential is not None and credential.kind == "demo"

    @blueprint.get("/health")
    @tag(["Service"])
    @document_response(Health)
    @document_response(Health, 503)
    async def health() -> Response:
        """Reports whether prompts can run."""
        is_able = credential is not None and not metrics.credentials_refused and not quota.is_draining
        is_healthy = is_able and await _has_database(storage)
        body = Health(
            status="healthy" if is_healthy else "unhealthy",
            has_token=credential is not None and not demo,
            sdk_loaded="claude_agent_sdk" in sys.modules,
            message="Claude Code SDK API",
            timestamp=timestamp(),
            demo=demo,
        )
        return json_response(body, 200 if is_healthy else 503)

    @blueprint.get("/metrics")
    @tag(["Service"])
    @describes(media={200: {"text/plain": TEXT}})
    async def show_metrics() -> Response:
        """Shows counters and measurements in the text format of Prometheus."""
        with suppress(DatabaseUnavailableError):  # all other metrics are known without the database
            metrics.spent_today(await storage.usage.cost_today())
        return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)

    return blueprint


async def _has_database(storage: Storage) -> bool:
    try:
        await storage.database.ping()
    except DatabaseUnavailableError:
        return False
    return True
