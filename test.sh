#!/usr/bin/env bash
# Builds the image, runs a container of it, checks that it is healthy and answers, removes it, and says what it does.
#   ./test.sh            the image of this folder
#   ./test.sh IMAGE      that image, without building
# With Claude credentials in the environment or in .env it asks Claude itself, else the demo model. RUN_FLAGS are handed
# to `docker run`, BUILD_FLAGS to `docker build`: --network=host for both where the engine has no bridge.
set -euo pipefail
cd "$(dirname "$0")"
image=${1:-}
name=claude-test-$$
key=$(od -An -tx1 -N16 /dev/urandom | tr -d ' \n')
failed=0

step() { echo "── $*"; }
pass() { echo "ok    $*"; }
fail() { echo "FAIL  $*"; failed=1; }
die() { echo "FAIL  $*" >&2; exit 1; }

command -v docker >/dev/null || die "docker is not installed: install it, or set DOCKER_HOST to an engine and install its client"
docker version >/dev/null 2>&1 || die "no Docker engine answers: start one, or set DOCKER_HOST"

if [ -z "$image" ]; then
  image=claude-code-sdk-container:test
  step "build $image"
  make --no-print-directory image IMAGE="$image" || die "the image was not built: see above"
fi

port=$((20000 + RANDOM % 20000))
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done

step "run $image on port $port"
given=(--env "PORT=$port" --env "CLAUDE_CODE_SDK_CONTAINER_API_KEY=test:$key" --env "DEMO_PORT=$((port + 1))")
[ ! -f .env ] || given=(--env-file .env "${given[@]}")
model=Claude
if ! env | grep -qE '^(CLAUDE_CODE_OAUTH_TOKEN|ANTHROPIC_API_KEY|ANTHROPIC_AUTH_TOKEN|CLAUDE_CODE_USE_[A-Z]+)=.' \
  && ! grep -qsE '^(CLAUDE_CODE_OAUTH_TOKEN|ANTHROPIC_API_KEY|ANTHROPIC_AUTH_TOKEN|CLAUDE_CODE_USE_[A-Z]+)=.' .env; then
  model="the demo model"
  given+=(--env DEMO=1)
fi
for variable in CLAUDE_CODE_OAUTH_TOKEN ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN ANTHROPIC_BASE_URL; do
  [ -z "${!variable-}" ] || given+=(--env "$variable")
done
trap 'docker rm --force --volumes "$name" >/dev/null 2>&1 || true' EXIT
docker run --detach --name "$name" --publish "127.0.0.1:$port:$port" ${RUN_FLAGS:-} "${given[@]}" "$image" >/dev/null \
  || die "the container was not started: see above"

step "wait until it is healthy (at most 180 s)"
url=http://127.0.0.1:$port
for _ in $(seq 360); do
  ! curl -fs -m 5 -o /dev/null "$url/health" || break
  [ "$(docker inspect -f '{{.State.Running}}' "$name")" = true ] || break
  sleep 0.5
done
if health=$(curl -fs -m 5 "$url/health"); then pass "GET /health: $health"; else
  fail "GET /health: not healthy; the container's last lines:"
  docker logs --tail 15 "$name" 2>&1 | sed 's/^/      /'
  exit 1
fi

step "ask $model"
ask() { curl -s -m 120 -w '\n%{http_code}' -H 'content-type: application/json' "$@" -d '{"prompt":"demo:say Hello from the container"}' "$url/query"; }
answer=$(ask -H "x-api-key: $key")
case $answer in
  *'"success":true'*200) pass "POST /query with the key: $(head -c 300 <<<"$answer" | head -1)" ;;
  *) fail "POST /query with the key: $answer" ;;
esac
answer=$(ask)
case $answer in
  *401) pass "POST /query without a key is refused" ;;
  *) fail "POST /query without a key should be refused with 401: $answer" ;;
esac

step "stop it"
began=$SECONDS
docker stop --time 20 "$name" >/dev/null
if [ $((SECONDS - began)) -le 11 ]; then pass "it stopped within 10 s"; else fail "it took $((SECONDS - began)) s to stop"; fi

[ "$failed" = 0 ] && echo "All is well." || echo "Something is wrong: see FAIL above."
exit "$failed"
