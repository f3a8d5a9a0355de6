"""What the service counted and measured, for Prometheus."""

from contextlib import suppress

from prometheus_client import CONTENT_TYPE_LATEST
from quart import Blueprint, Response
from quart_schema import tag
from sqlalchemy.exc import SQLAlchemyError

from api.http.openapi_descriptions import TEXT, describes
from api.metrics import Metrics
from api.storage import UsageRows


def metrics_routes(metrics: Metrics, usage: UsageRows) -> Blueprint:
    """`GET /metrics`."""
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    @tag(["Service"])
    @describes(media={200: {"text/plain": TEXT}})
    async def show_metrics() -> Response:
        """Counts and measurements, in the text format of Prometheus."""
        with suppress(SQLAlchemyError, OSError):  # the rest is known without the database
            metrics.spent_today(await usage.cost_today())
        return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)

    return blueprint
