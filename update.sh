#!/usr/bin/env bash
# Brings a running container to the newest Claude Agent SDK: locks it, builds an image, tries that image beside the
# running container, swaps, and goes back to the old one when the new one does not become healthy. Says what it does.
#   ./update.sh [NAME]                  the container NAME (claude-code-sdk-container)
#   ./update.sh --image IMAGE [NAME]    swaps in that image, without locking and building
# Environment, volumes, ports and limits stay as they are; SQLite's files are copied to /data/before-update.tar first, and
# put back with the old container. HEALTHY_SECONDS (120) is how long the new one has to become healthy; BUILD_FLAGS and
# RUN_FLAGS are as for test.sh.
set -euo pipefail
cd "$(dirname "$0")"
image=
if [ "${1:-}" = --image ]; then image=${2:?the name of an image}; shift 2; fi
name=${1:-claude-code-sdk-container}
patience=${HEALTHY_SECONDS:-120}

step() { echo "── $*"; }
die() { echo "FAIL  $*" >&2; exit 1; }

docker version >/dev/null 2>&1 || die "no Docker engine answers: start one, or set DOCKER_HOST"
docker inspect --type container "$name" >/dev/null 2>&1 \
  || die "no container is called $name: name yours, ./update.sh NAME (docker ps lists them)"

if [ -z "$image" ]; then
  before=$(sed -n 's/^claude-agent-sdk==\([^ ]*\).*/\1/p' requirements.lock)
  step "look for an SDK newer than $before"
  saved=$(mktemp -d); trap 'rm -rf "$saved"' EXIT
  cp requirements.lock requirements-dev.lock "$saved/"
  undo_lock() { cp "$saved"/*.lock .; }
  make --no-print-directory lock UPGRADE="--upgrade-package claude-agent-sdk" || { undo_lock; die "the newer SDK was not locked: see above"; }
  after=$(sed -n 's/^claude-agent-sdk==\([^ ]*\).*/\1/p' requirements.lock)
  if [ "$before" = "$after" ]; then echo "ok    $before is the newest; nothing to do"; exit 0; fi
  image=claude-code-sdk-container:sdk-$after
  step "build $image with the SDK $after"
  make --no-print-directory image IMAGE="$image" || { undo_lock; die "the image was not built, the locks are as before: see above"; }
else
  undo_lock() { :; }
fi

step "try $image beside the running container"
./test.sh "$image" || { undo_lock; die "$image does not work; $name was not touched"; }

step "swap: $name becomes $name-old"
old=$(docker inspect --format '{{.Image}}' "$name")
mapfile -t options < <(docker inspect "$name" "$old" | python3 container/run_options.py)
docker rm --force "$name-old" >/dev/null 2>&1 || true
docker stop --time 20 "$name" >/dev/null
docker rename "$name" "$name-old"

# A newer image may change the tables, and an older one refuses those.
with_data() { docker run --rm --network=none --volumes-from "$1" --entrypoint sh "$old" -c "cd /data && umask 077 && $2"; }
databases='$(ls agent/*.db* auth/*.db* 2>/dev/null)'
with_data "$name-old" "rm -f before-update.tar; files=$databases; [ -z \"\$files\" ] || tar cf before-update.tar \$files" || {
  docker rename "$name-old" "$name"; docker start "$name" >/dev/null
  die "its databases could not be copied; $name runs as before"
}

go_back() {
  echo "FAIL  $1; its last lines:" >&2
  docker logs --tail 15 "$name" 2>&1 | sed 's/^/      /' >&2 || true
  step "go back to the old container"
  docker rm --force "$name" >/dev/null 2>&1 || true
  docker rename "$name-old" "$name"
  with_data "$name" "[ ! -f before-update.tar ] || { rm -f agent/*.db* auth/*.db*; tar xpf before-update.tar; }"
  docker start "$name" >/dev/null
  undo_lock
  echo "ok    $name runs as before, on $(docker inspect --format '{{.Config.Image}}' "$name")"
  exit 1
}
docker run --detach --name "$name" "${options[@]}" "$image" >/dev/null || go_back "the new container was not started"

step "wait until it is healthy (at most $patience s)"
for ((waited = 0; waited < patience; waited++)); do
  health=$(docker inspect --format '{{.State.Health.Status}}' "$name" 2>/dev/null || echo gone)
  running=$(docker inspect --format '{{.State.Running}}' "$name" 2>/dev/null || echo false)
  case $health-$running in
    healthy-true)
      docker rm "$name-old" >/dev/null
      echo "ok    $name runs on $image; the image before it was $old"
      exit 0 ;;
    *-false) go_back "$name is $health on $image" ;;  # unhealthy is not yet the end: a slow machine starts slowly
  esac
  sleep 1
done
go_back "$name was not healthy after $patience s"
