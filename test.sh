#!/usr/bin/env bash
# Builds the image, runs a container, checks that it is healthy and answers a prompt, and removes it.
#   ./test.sh            builds and tests the image of this folder
#   ./test.sh IMAGE      tests that image without building
# With Claude credentials in the environment or in .env the prompt goes to Claude, otherwise to the demo model. RUN_FLAGS
# are passed to `docker run` and BUILD_FLAGS to `docker build`; an engine without a bridge network needs
# --network=host in both.
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

command -v docker >/dev/null || die "docker is not installed: install it, or install its client and set DOCKER_HOST"
docker version >/dev/null 2>&1 || die "no Docker engine answers: start one, or set DOCKER_HOST"

if [ -z "$image" ]; then
  image=claude-code-sdk-container:test
  step "building $image"
  make --no-print-directory image IMAGE="$image" || die "the image was not built: see above"
fi

port=$((20000 + RANDOM % 20000))
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done

step "starting $image on port $port"
options=(--env "PORT=$port" --env "CLAUDE_CODE_SDK_CONTAINER_API_KEY=test:$key" --env "DEMO_PORT=$((port + 1))")
[ ! -f .env ] || options=(--env-file .env "${options[@]}")
model=Claude
if ! env | grep -qE '^(CLAUDE_CODE_OAUTH_TOKEN|ANTHROPIC_API_KEY|ANTHROPIC_AUTH_TOKEN|CLAUDE_CODE_USE_[A-Z]+)=.' \
  && ! grep -qsE '^(CLAUDE_CODE_OAUTH_TOKEN|ANTHROPIC_API_KEY|ANTHROPIC_AUTH_TOKEN|CLAUDE_CODE_USE_[A-Z]+)=.' .env; then
  model="the demo model"
  options+=(--env DEMO=1)
fi
for variable in CLAUDE_CODE_OAUTH_TOKEN ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN ANTHROPIC_BASE_URL; do
  [ -z "${!variable-}" ] || options+=(--env "$variable")
done
trap 'docker rm --force --volumes "$name" >/dev/null 2>&1 || true' EXIT
docker run --detach --name "$name" --publish "127.0.0.1:$port:$port" ${RUN_FLAGS:-} "${options[@]}" "$image" >/dev/null \
  || die "the container was not started: see above"

step "waiting until it is healthy (at most 180 s)"
url=http://127.0.0.1:$port
for _ in $(seq 360); do
  ! curl -fs -m 5 -o /dev/null "$url/health" || break
  [ "$(docker inspect -f '{{.State.Running}}' "$name")" = true ] || break
  sleep 0.5
done
if health=$(curl -fs -m 5 "$url/health"); then pass "GET /health: $health"; else
  fail "GET /health: not healthy; the last lines of its log:"
  docker logs --tail 15 "$name" 2>&1 | sed 's/^/      /'
  exit 1
fi

step "sending a prompt to $model"
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

step "stopping it"
began=$SECONDS
docker stop --time 20 "$name" >/dev/null
if [ $((SECONDS - began)) -le 11 ]; then pass "it stopped within 10 s"; else fail "it took $((SECONDS - began)) s to stop"; fi

[ "$failed" = 0 ] && echo "All checks passed." || echo "A check failed: see FAIL above."
exit "$failed"
