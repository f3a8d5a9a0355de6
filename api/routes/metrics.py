"""What the service counted and measured, for Prometheus."""

from prometheus_client import CONTENT_TYPE_LATEST
from quart import Blueprint, Response
from quart_schema import tag

from api.description import TEXT, describes
from api.metrics import Metrics


def metrics_routes(metrics: Metrics) -> Blueprint:
    """`GET /metrics`."""
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    @tag(["Service"])
    @describes(media={200: {"text/plain": TEXT}})
    async def show_metrics() -> Response:
        """Counts and measurements, in the text format of Prometheus."""
        return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)

    return blueprint
