"""The composition root: what the process is made of, in the order in which it opens."""

from collections.abc import AsyncGenerator

from quart import Quart

from api.claude.queries import Queries
from api.claude.sessions import Sessions
from api.connection import MAX_BODY, AnythingConverter, ApiApp
from api.export.filters import FILTERS
from api.failures import answer_failures
from api.metrics import Metrics
from api.openapi import describe_routes
from api.replicas.forward import forward_requests
from api.replicas.gate import NAME, Gate
from api.replicas.identity import replica_of
from api.routes.docs import docs_routes
from api.routes.events import events_routes
from api.routes.export import export_routes
from api.routes.files import files_routes
from api.routes.health import health_routes
from api.routes.history import history_routes
from api.routes.mcp import mcp_routes
from api.routes.metrics import metrics_routes
from api.routes.mobile import mobile_routes
from api.routes.models import models_routes
from api.routes.query import query_routes
from api.routes.requests import requests_routes
from api.routes.sessions import sessions_routes
from api.routes.shell import shell_routes
from api.routes.usage import usage_routes
from api.routes.version import version_routes
from api.server import DRAIN
from api.settings import Settings
from api.storage import Storage
from api.tracing import trace_requests


def create_app(settings: Settings) -> Quart:
    """The api, ready to be served; what it opens is closed when the server stops."""
    storage = Storage(settings.storage_url, replica=replica_of(settings))
    metrics = Metrics()
    sessions = Sessions(settings, storage, metrics)

    app = ApiApp("api", static_folder=None)
    app.url_map.merge_slashes = False  # or it redirects to whatever Host says
    app.url_map.converters["anything"] = AnythingConverter
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    describe_routes(app)
    trace_requests(app)
    answer_failures(app)
    gate = Gate()
    gate.guard(app)
    forward_requests(app, gate, storage.leases)

    for blueprint in (
        health_routes(settings.credential, storage, metrics, sessions.admission),
        version_routes(settings.claude_cli),
        metrics_routes(metrics, storage.usage),
        usage_routes(settings, storage.usage),
        models_routes(sessions),
        files_routes(settings),
        query_routes(Queries(sessions), storage.answers),
        sessions_routes(sessions),
        history_routes(sessions),
        events_routes(sessions),
        shell_routes(sessions),
        requests_routes(sessions),
        mcp_routes(sessions),
        docs_routes(),
        export_routes(sessions),
        mobile_routes(sessions, demo=settings.demo),
    ):
        app.register_blueprint(blueprint)

    app.extensions[DRAIN] = sessions.drain

    @app.while_serving
    async def lifespan() -> AsyncGenerator[None]:
        async with storage:
            if storage.leases.is_shared:
                gate.secret = await storage.secrets.get(NAME)
            async with sessions:
                yield

    return app
