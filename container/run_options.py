"""Prints the `docker run` options of a container, one per line, to create the same container from a newer image.

docker inspect CONTAINER IMAGE | python3 container/run_options.py
"""

import json
import sys
from typing import Any

Json = dict[str, Any]  # an object of `docker inspect`


def options(container: Json, image: Json) -> list[str]:
    """Returns the container's options without those that its image defines."""
    host, config = container["HostConfig"], container["Config"]
    image_variables = set(image["Config"].get("Env") or [])
    found = [f"--env={entry}" for entry in config.get("Env") or [] if entry not in image_variables]
    found += [f"--volume={_mount(mount)}" for mount in container.get("Mounts") or [] if mount["Type"] != "tmpfs"]
    found += [f"--tmpfs={place}:{how}".rstrip(":") for place, how in (host.get("Tmpfs") or {}).items()]
    for inside, bindings in (host.get("PortBindings") or {}).items():
        for binding in bindings or []:
            address = f"{binding['HostIp']}:" if binding.get("HostIp") else ""
            found.append(f"--publish={address}{binding.get('HostPort', '')}:{inside}")
    found += _limits(host)
    if config.get("User"):
        found.append(f"--user={config['User']}")
    inherited = image["Config"].get("Labels") or {}
    labels = (config.get("Labels") or {}).items()
    return found + [f"--label={name}={value}" for name, value in labels if inherited.get(name) != value]


def _mount(mount: Json) -> str:
    source = mount["Name"] if mount["Type"] == "volume" else mount["Source"]
    return f"{source}:{mount['Destination']}{'' if mount.get('RW', True) else ':ro'}"


def _limits(host: Json) -> list[str]:
    found = []
    for name, word in (("CapAdd", "cap-add"), ("CapDrop", "cap-drop"), ("SecurityOpt", "security-opt")):
        found += [f"--{word}={value}" for value in host.get(name) or []]
    if host.get("NetworkMode") not in (None, "", "default", "bridge"):
        found.append(f"--network={host['NetworkMode']}")
    restart = host.get("RestartPolicy") or {}
    if restart.get("Name") not in (None, "", "no"):
        count = restart.get("MaximumRetryCount")
        found.append(f"--restart={restart['Name']}{f':{count}' if count else ''}")
    if host.get("ReadonlyRootfs"):
        found.append("--read-only")
    if host.get("Memory"):
        found.append(f"--memory={host['Memory']}")
    if host.get("NanoCpus"):
        found.append(f"--cpus={host['NanoCpus'] / 1e9:g}")
    if host.get("PidsLimit") and host["PidsLimit"] > 0:
        found.append(f"--pids-limit={host['PidsLimit']}")
    return found


if __name__ == "__main__":
    print("\n".join(options(*json.load(sys.stdin)[:2])))
