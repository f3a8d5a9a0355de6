#!/usr/bin/env bash
# Updates a running container to the newest Claude Agent SDK: locks the SDK, builds an image, tests the image next to the
# running container, and replaces the container. If the new container does not become healthy, the old one is restored.
#   ./update.sh [NAME]                  updates the container NAME (by default claude-code-sdk-container)
#   ./update.sh --image IMAGE [NAME]    uses that image, without locking and building
# Environment, volumes, ports and limits do not change. SQLite's files are first copied to /data/before-update.tar and
# restored together with the old container. HEALTHY_SECONDS (120) is the time that the new container has to become
# healthy. BUILD_FLAGS and RUN_FLAGS work as in test.sh.
set -euo pipefail
cd "$(dirname "$0")"
image=
if [ "${1:-}" = --image ]; then image=${2:?the name of an image}; shift 2; fi
name=${1:-claude-code-sdk-container}
healthy_seconds=${HEALTHY_SECONDS:-120}

step() { echo "── $*"; }
die() { echo "FAIL  $*" >&2; exit 1; }

docker version >/dev/null 2>&1 || die "no Docker engine answers: start one, or set DOCKER_HOST"
docker inspect --type container "$name" >/dev/null 2>&1 \
  || die "there is no container $name: pass the name of yours, ./update.sh NAME (docker ps lists them)"

if [ -z "$image" ]; then
  before=$(sed -n 's/^claude-agent-sdk==\([^ ]*\).*/\1/p' requirements.lock)
  step "looking for an SDK newer than $before"
  saved=$(mktemp -d); trap 'rm -rf "$saved"' EXIT
  cp requirements.lock requirements-dev.lock "$saved/"
  undo_lock() { cp "$saved"/*.lock .; }
  make --no-print-directory lock UPGRADE="--upgrade-package claude-agent-sdk" || { undo_lock; die "the newer SDK was not locked: see above"; }
  after=$(sed -n 's/^claude-agent-sdk==\([^ ]*\).*/\1/p' requirements.lock)
  if [ "$before" = "$after" ]; then echo "ok    $before is the newest SDK; there is nothing to do"; exit 0; fi
  image=claude-code-sdk-container:sdk-$after
  step "building $image with the SDK $after"
  make --no-print-directory image IMAGE="$image" || { undo_lock; die "the image was not built; the lock files are unchanged: see above"; }
else
  undo_lock() { :; }
fi

step "testing $image next to the running container"
./test.sh "$image" || { undo_lock; die "$image does not work; $name was not changed"; }

step "stopping $name and renaming it to $name-old"
old=$(docker inspect --format '{{.Image}}' "$name")
mapfile -t options < <(docker inspect "$name" "$old" | python3 container/run_options.py)
docker rm --force "$name-old" >/dev/null 2>&1 || true
docker stop --time 20 "$name" >/dev/null
docker rename "$name" "$name-old"

# A newer image may migrate the tables, and an older one refuses migrated tables.
with_data() { docker run --rm --network=none --volumes-from "$1" --entrypoint sh "$old" -c "cd /data && umask 077 && $2"; }
databases='$(ls agent/*.db* auth/*.db* 2>/dev/null)'
with_data "$name-old" "rm -f before-update.tar; files=$databases; [ -z \"\$files\" ] || tar cf before-update.tar \$files" || {
  docker rename "$name-old" "$name"; docker start "$name" >/dev/null
  die "its databases could not be copied; $name runs unchanged"
}

restore() {
  echo "FAIL  $1; the last lines of its log:" >&2
  docker logs --tail 15 "$name" 2>&1 | sed 's/^/      /' >&2 || true
  step "restoring the old container"
  docker rm --force "$name" >/dev/null 2>&1 || true
  docker rename "$name-old" "$name"
  with_data "$name" "[ ! -f before-update.tar ] || { rm -f agent/*.db* auth/*.db*; tar xpf before-update.tar; }"
  docker start "$name" >/dev/null
  undo_lock
  echo "ok    $name runs again on its old image $(docker inspect --format '{{.Config.Image}}' "$name")"
  exit 1
}
docker run --detach --name "$name" "${options[@]}" "$image" >/dev/null || restore "the new container was not started"

step "waiting until it is healthy (at most $healthy_seconds s)"
for ((waited = 0; waited < healthy_seconds; waited++)); do
  health=$(docker inspect --format '{{.State.Health.Status}}' "$name" 2>/dev/null || echo gone)
  running=$(docker inspect --format '{{.State.Running}}' "$name" 2>/dev/null || echo false)
  case $health-$running in
    healthy-true)
      docker rm "$name-old" >/dev/null
      echo "ok    $name runs on $image; the previous image was $old"
      exit 0 ;;
    *-false) restore "$name is $health on $image" ;;  # a running but unhealthy container may only be starting slowly
  esac
  sleep 1
done
restore "$name was not healthy after $healthy_seconds s"
