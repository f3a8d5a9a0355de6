"""The options with which update.sh recreates a container."""

from typing import Any

from container.run_options import options

IMAGE: dict[str, Any] = {"Config": {"Env": ["PATH=/bin", "PORT=8080"], "Labels": {"version": "1"}}}
CONTAINER: dict[str, Any] = {
    "Config": {
        "Env": ["PATH=/bin", "PORT=9090", "EMAIL_FROM=Ada <ada@example.com>"],
        "Labels": {"version": "1", "owner": "ada"},
        "User": "10001",
    },
    "HostConfig": {
        "PortBindings": {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": "80"}, {"HostIp": "", "HostPort": "81"}]},
        "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3},
        "Tmpfs": {"/tmp": "size=64m", "/run": ""},
        "CapDrop": ["ALL"],
        "CapAdd": ["SETUID"],
        "SecurityOpt": ["no-new-privileges"],
        "NetworkMode": "deployment",
        "ReadonlyRootfs": True,
        "Memory": 1024,
        "NanoCpus": 1_500_000_000,
        "PidsLimit": 512,
    },
    "Mounts": [
        {"Type": "volume", "Name": "data", "Source": "/var/lib/x", "Destination": "/data", "RW": True},
        {"Type": "bind", "Source": "/home/ada/my work", "Destination": "/workspace", "RW": False},
    ],
}


def test_every_option_of_the_container_is_repeated() -> None:
    assert options(CONTAINER, IMAGE) == [
        "--env=PORT=9090",
        "--env=EMAIL_FROM=Ada <ada@example.com>",
        "--volume=data:/data",
        "--volume=/home/ada/my work:/workspace:ro",
        "--tmpfs=/tmp:size=64m",
        "--tmpfs=/run",
        "--publish=127.0.0.1:80:8080/tcp",
        "--publish=81:8080/tcp",
        "--cap-add=SETUID",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--network=deployment",
        "--restart=on-failure:3",
        "--read-only",
        "--memory=1024",
        "--cpus=1.5",
        "--pids-limit=512",
        "--user=10001",
        "--label=owner=ada",
    ]


def test_a_container_without_options_needs_none() -> None:
    plain = {"Config": {"Env": ["PATH=/bin", "PORT=8080"]}, "HostConfig": {"NetworkMode": "default"}, "Mounts": []}
    assert options(plain, IMAGE) == []
