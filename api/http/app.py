"""The composition root of the API: what the process consists of, and in which order its parts open."""

from collections.abc import AsyncGenerator

from api.cluster.forwarding import forward_requests
from api.cluster.heartbeat import Heartbeat
from api.cluster.leases import NoLeases
from api.cluster.replica_auth import ReplicaAuth, shared_secret
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
from api.http.routes.monitoring import monitoring_routes
from api.http.routes.prompts import prompts_routes
from api.http.routes.query import query_routes
from api.http.routes.requests import requests_routes
from api.http.routes.sessions import sessions_routes
from api.http.routes.usage import usage_routes
from api.http.routes.version import version_routes
from api.metrics import Metrics
from api.sessions.queries import QueryService
from api.sessions.service import SessionService
from api.settings import Settings
from api.storage import Storage
from runtime.background_tasks import BackgroundTasks


def create_app(settings: Settings) -> ApiApp:
    """The app, ready to be served. It opens its parts when the server starts, and closes them when it stops."""
    storage = Storage(settings.storage_url)
    replica = replica_of(settings)
    leases = SqlLeases(storage, replica) if replica else NoLeases(storage.turns)
    metrics = Metrics()
    tasks = BackgroundTasks()
    sessions = SessionService(settings, storage, leases, metrics, tasks)
    queries = QueryService(sessions, sessions.pool, tasks, default_mode=settings.query_permission_mode)
    replica_auth = ReplicaAuth()

    app = _new_app()
    app.drain = sessions.drain
    describe_routes(app)
    add_middleware(app)
    add_error_handlers(app)
    replica_auth.guard(app)
    if isinstance(leases, SqlLeases):
        forward_requests(app, replica_auth, leases)
    for blueprint in (
        monitoring_routes(settings.credential, storage, metrics, sessions.quota),
        version_routes(settings.claude_cli),
        usage_routes(settings, storage.usage),
        models_routes(sessions),
        files_routes(settings),
        query_routes(queries, storage.idempotency),
        sessions_routes(sessions),
        prompts_routes(sessions),
        events_routes(sessions),
        requests_routes(sessions),
        history_routes(sessions),
        export_routes(sessions),
        docs_routes(),
        mobile_routes(sessions, demo=settings.demo),
    ):
        app.register_blueprint(blueprint)

    @app.while_serving
    async def lifespan() -> AsyncGenerator[None]:
        async with storage, tasks:
            if isinstance(leases, SqlLeases):
                replica_auth.secret = await shared_secret(storage.database)
                heartbeat = Heartbeat(leases, running=sessions.infos, lost=sessions.lose, found=sessions.adopt)
                tasks.start_forever(heartbeat.run())
            async with sessions:
                yield

    return app


def _new_app() -> ApiApp:
    app = ApiApp("api.http", static_folder=None)
    app.url_map.merge_slashes = False  # otherwise `//` redirects to the host that the request names
    app.url_map.converters["anything"] = AnythingConverter
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    return app
