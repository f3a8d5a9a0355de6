"""The composition root: what the process is made of, in the order in which it opens."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

from api.cluster.forwarding import forward_requests
from api.cluster.heartbeat import Heartbeat
from api.cluster.leases import Leases, NoLeases
from api.cluster.replica_auth import NAME, ReplicaAuth
from api.cluster.replica_identity import replica_of
from api.cluster.sql_leases import SqlLeases
from api.export.html import FILTERS
from api.http.error_handlers import add_error_handlers
from api.http.middleware import add_middleware
from api.http.openapi import describe_routes
from api.http.quart_patches import MAX_BODY, AnythingConverter, ApiApp
from api.http.routes.docs import docs_routes
from api.http.routes.events import events_routes
from api.http.routes.export import export_routes
from api.http.routes.files import files_routes
from api.http.routes.history import history_routes
from api.http.routes.mobile import mobile_routes
from api.http.routes.models import models_routes
from api.http.routes.monitoring import health_routes, metrics_routes
from api.http.routes.prompts import prompts_routes
from api.http.routes.query import query_routes
from api.http.routes.requests import requests_routes
from api.http.routes.sessions import mcp_routes, sessions_routes
from api.http.routes.usage import usage_routes
from api.http.routes.version import version_routes
from api.metrics import Metrics
from api.sessions.queries import QueryService
from api.sessions.service import SessionService
from api.settings import Settings
from api.storage import Storage
from runtime.background_tasks import BackgroundTasks


def create_app(settings: Settings) -> ApiApp:
    """The api, ready to be served; what it opens is closed when the server stops."""
    storage = Storage(settings.storage_url)
    replica = replica_of(settings)
    leases: Leases = SqlLeases(storage, replica) if replica else NoLeases(storage.turns)
    metrics = Metrics()
    tasks = BackgroundTasks()
    sessions = SessionService(settings, storage, leases, metrics, tasks)
    queries = QueryService(sessions, sessions.pool, tasks, default_mode=settings.query_permission_mode)

    app = ApiApp("api.http", static_folder=None)
    app.url_map.merge_slashes = False  # or it redirects to whatever Host says
    app.url_map.converters["anything"] = AnythingConverter
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    describe_routes(app)
    add_middleware(app)
    add_error_handlers(app)
    gate = ReplicaAuth()
    gate.guard(app)
    if isinstance(leases, SqlLeases):
        forward_requests(app, gate, leases)

    for blueprint in (
        health_routes(settings.credential, storage, metrics, sessions.quota),
        version_routes(settings.claude_cli),
        metrics_routes(metrics, storage.usage),
        usage_routes(settings, storage.usage),
        models_routes(sessions),
        files_routes(settings),
        query_routes(queries, storage.answers),
        sessions_routes(sessions),
        prompts_routes(sessions),
        history_routes(sessions),
        events_routes(sessions),
        requests_routes(sessions),
        mcp_routes(sessions),
        docs_routes(),
        export_routes(sessions),
        mobile_routes(sessions, demo=settings.demo),
    ):
        app.register_blueprint(blueprint)

    app.drain = sessions.drain

    @app.while_serving
    async def lifespan() -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(storage)
            await stack.enter_async_context(tasks)
            if isinstance(leases, SqlLeases):
                gate.secret = await storage.secrets.get(NAME)
                heartbeat = Heartbeat(leases, running=sessions.infos, lost=sessions.lose, found=sessions.adopt)
                await stack.enter_async_context(heartbeat)
            await stack.enter_async_context(sessions)
            yield

    return app
