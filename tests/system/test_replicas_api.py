"""Runs the API's tests again, through a load balancer with two whole deployments."""

from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from tests.integration.api.test_export import talk
from tests.support.replicated_deployment import (
    PATIENCE,
    ReplicatedApi,
    ReplicatedDeployment,
    running_replicas,
)
from tests.support.rerun import selected_tests

__all__ = ["talk"]


pytestmark = pytest.mark.timeout(PATIENCE)

LEFT_OUT = (
    # These use the api's own socket, log and folders.
    "test_an_unknown_path_is_404_and_never_a_redirect",
    "test_malformed_requests_never_cause_a_500",
    "test_an_aborted_upload_leaves_nothing",
    "test_an_answer_before_the_end_of_the_request_closes_the_connection",
    "test_a_deleted_session_is_gone",
    "test_a_prompt_can_have_texts_images_and_files",
    # These need a caller on the api's own socket, who sees the sessions of all users.
    "test_each_user_sees_only_their_own_sessions",
    "test_each_user_sees_only_their_own",
    "test_links_do_not_lead_out_of_the_workspace",
    # The gateway has its own rules for pages, headers and paths.
    "test_a_file_name_cannot_add_headers",
    "test_a_body_over_one_mebibyte_is_413",
    "test_files_cannot_run_in_the_browser",
    "test_the_workspace_itself_can_only_be_listed",
    # Each deployment has its own model, and only one of them fails.
    "test_an_unreachable_model_is_reported",
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def replicas() -> AsyncIterator[ReplicatedDeployment]:
    async with running_replicas(MAX_SESSIONS="40") as running:
        yield running


@pytest.fixture
async def api(replicas: ReplicatedDeployment) -> AsyncIterator[ReplicatedApi]:
    async with replicas.client_for() as client:
        yield ReplicatedApi(folder=replicas.workspace.parent, client=client, replicas=replicas)


@pytest.fixture
async def ada(replicas: ReplicatedDeployment) -> AsyncIterator[httpx2.AsyncClient]:
    async with replicas.client_for("ada@example.com") as client:
        yield client


@pytest.fixture
async def bob(replicas: ReplicatedDeployment) -> AsyncIterator[httpx2.AsyncClient]:
    async with replicas.client_for("bob@example.com") as client:
        yield client


globals().update(
    selected_tests(
        "api.test_contract",
        "api.test_export",
        "api.test_files",
        "api.test_history",
        "api.test_interrupt",
        "api.test_query",
        "api.test_error_sentences",
        "api.test_requests",
        "api.test_session",
        "api.test_session_change",
        "api.test_shell",
        using=("api", "ada", "bob"),
        helpers=("talk", "tmp_path"),
        leave_out=LEFT_OUT,
    )
)
