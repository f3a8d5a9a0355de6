#!/usr/bin/env bash
# Starts the deployment: checks the settings, prints what will run, then becomes supervisord.
#   start.sh                called by `make run` and the container
#   start.sh program NAME   called by supervisord: runs NAME with only its own variables, as its own user
#   start.sh command NAME   called by the container's commands: tui, doctor, login-link ADDRESS
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-$PWD/.venv/bin/python}
[ -x "$python" ] || python=$(command -v python3)
bin=$(dirname "$python")

# The variables of each program. Only the gateway gets its secrets, and it never gets Claude's credentials.
common="PATH HOME LANG LC_ALL TZ TERM PYTHONPATH PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE SSL_CERT_FILE SSL_CERT_DIR
  REQUESTS_CA_BUNDLE HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy
  RUN_DIR DATA_DIR WORKSPACE_DIR WORKSPACE DEMO DEMO_PORT LOG_FORMAT LOG_LEVEL START_ID MAX_UPLOAD_MB"
gateway="PORT BIND PUBLIC_URL ALLOWED_EMAILS ALLOWED_DOMAINS SESSION_SECRET SESSION_SECRET_PREVIOUS SESSION_IDLE_MINUTES
  SESSION_MAX_HOURS RESEND_API_KEY RESEND_API_URL EMAIL_FROM AUTH_PRINT_LINKS AUTH_UNIFORM_RESPONSES TRUSTED_PROXIES
  CLAUDE_CODE_SDK_CONTAINER_API_KEY ALLOW_PUBLIC_QUERY MAILS_PER_HOUR MAX_TABS DATABASE_URL
  OTEL_EXPORTER_OTLP_ENDPOINT OTEL_EXPORTER_OTLP_HEADERS OTEL_EXPORTER_OTLP_TIMEOUT OTEL_EXPORTER_OTLP_CERTIFICATE
  OTEL_RESOURCE_ATTRIBUTES OTEL_TRACES_SAMPLER OTEL_TRACES_SAMPLER_ARG OTEL_SDK_DISABLED"
gateway_secrets="SESSION_SECRET SESSION_SECRET_PREVIOUS RESEND_API_KEY CLAUDE_CODE_SDK_CONTAINER_API_KEY"
terminal="PUBLIC_URL MAX_TABS MAX_TABS_TOTAL REATTACH_SECONDS TUI_STATE_DIR TUI_SCREEN_READER NO_COLOR"

die() { echo "$*" >&2; exit 1; }

keep_only() { # keep_only NAME… unsets every other variable
  local name
  while IFS= read -r name; do
    case " $* " in *" $name "*) ;; *) unset "$name" ;; esac
  done < <(compgen -e)
}

separate_users=; if [ -n "${IN_CONTAINER:-}" ] && [ "$(id -u)" = 0 ]; then separate_users=1; fi

end_with_parent="--pdeathsig TERM"  # ends the programs when supervisord is killed

drop_to() { # drop_to USER [--caps=LIST] COMMAND… runs it as USER if every program has its own user, else as ourselves
  local user=$1 caps=-all; shift
  case $1 in --caps=*) caps="-all,${1#--caps=}"; shift ;; esac
  if [ -n "$separate_users" ]; then
    export HOME; HOME=$(getent passwd "$user" | cut -d: -f6)
    umask 007  # users of one group can change each other's files in a workspace
    exec setpriv --reuid "$user" --regid "$user" --init-groups --inh-caps="$caps" --ambient-caps="$caps" \
      --no-new-privs $end_with_parent -- "$@"
  elif [ -n "$end_with_parent" ] && command -v setpriv >/dev/null; then
    exec setpriv $end_with_parent -- "$@"
  fi
  exec "$@"
}

program() { # program NAME ARGUMENT… replaces this shell with that program
  local name=$1; shift
  case $name in
    auth) keep_only $common $gateway; drop_to gateway "$python" -m auth "$@" ;;
    api)  unset $gateway_secrets
          if [ -n "$separate_users" ]; then export SEPARATE_USERS=1; fi
          drop_to agent --caps=+setuid,+setgid "$python" -m api "$@" ;;
    tui)  keep_only $common $terminal; drop_to agent "$python" -m tui.serve ;;
    demo) keep_only $common; drop_to agent "$python" -m demo ;;
    terminal) keep_only $common $terminal COLORTERM NO_COLOR; drop_to agent "$python" -m tui "$@" ;;
    crashes) keep_only $common; drop_to agent "$python" -m runtime.crash_listener ;;
    *)    die "start.sh: unknown program '$name'; the programs are auth, api, tui and demo" ;;
  esac
}

if [ "${1:-}" = program ]; then shift; program "${1:-}"; fi
[ $# = 0 ] || [ "$1" = command ] || die "usage: start.sh [program auth|api|tui|demo] [command tui|doctor|login-link ADDRESS]"

# Reads `.env` next to this file; variables that are already set take precedence.
if [ -f .env ] && [ -z "${START_ID:-}" ]; then
  START_ID=$(date +%s) exec "$bin/dotenv" --file .env run --no-override -- "$0" "$@"
fi
export START_ID=${START_ID:-$(date +%s)}

# `docker run --env-file` keeps quotes that a shell would remove.
for name in $(sed -nE 's/^#?([A-Z][A-Z0-9_]*)=.*/\1/p' .env.example); do
  value=${!name-}
  if [[ ${#value} -ge 2 && ( $value == \"*\" || $value == \'*\' ) && ${value:0:1} == "${value: -1}" ]]; then
    export "$name=${value:1:${#value}-2}"
    [ $# -gt 0 ] || echo "$name: removed the quotes around its value"
  fi
done

export DRAIN_SECONDS=${DRAIN_SECONDS:-1} DATA_DIR=${DATA_DIR:-$PWD/.data} PORT=${PORT:-8080} DEMO_PORT=${DEMO_PORT:-8089}
export RUN_DIR=${RUN_DIR:-$DATA_DIR/run} WORKSPACE_DIR=${WORKSPACE_DIR:-$PWD/workspace}
[ "${#RUN_DIR}" -le 90 ] || die "RUN_DIR is too long for a socket's path (${#RUN_DIR} characters, at most 90): set RUN_DIR to a shorter folder, such as RUN_DIR=/tmp/claude-run"
if [ -n "${IN_CONTAINER:-}" ]; then . container/prepare.sh; fi

credentials="CLAUDE_CODE_OAUTH_TOKEN ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN ANTHROPIC_BASE_URL
  CLAUDE_CODE_USE_BEDROCK CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_USE_FOUNDRY"
has_credentials() { local name; for name in $credentials; do [ -z "${!name-}" ] || return 0; done; return 1; }

if [ -z "${DEMO:-}" ] && [ -z "${IN_CONTAINER:-}" ] && ! has_credentials; then
  echo "There are no Claude credentials, so this runs with the demo model. To use Claude, put CLAUDE_CODE_OAUTH_TOKEN=…"
  echo "(from \`claude setup-token\`) or ANTHROPIC_API_KEY=… into .env and start again."
  DEMO=1
fi
case ${DEMO:-0} in
  1 | [Tt]rue | TRUE | [Yy]es | YES | [Oo]n | ON) export DEMO=1 ;;
  0 | [Ff]alse | FALSE | [Nn]o | NO | [Oo]ff | OFF) export DEMO=0 ;;
  *) die "DEMO must be 0 or 1, not '$DEMO'" ;;
esac

run_command() { # run_command NAME ARGUMENT…
  local name=$1 failed=0; shift
  case $name in
    tui) program terminal "$@" ;;
    login-link) program auth login-link "$@" ;;
    doctor)
      if [ -n "${IN_CONTAINER:-}" ]; then check_container || failed=1; fi
      (program auth doctor) || failed=1
      (program api doctor) || failed=1
      exit "$failed" ;;
    *) die "start.sh: unknown command '$name'; the commands are tui, doctor and login-link" ;;
  esac
}
# A command keeps running after its parent has ended, as `docker exec` may.
if [ "${1:-}" = command ]; then end_with_parent=; shift; run_command "$@"; fi

if [ -n "${IN_CONTAINER:-}" ]; then prepare_container; else mkdir -p "$DATA_DIR" "$RUN_DIR" "$WORKSPACE_DIR"; fi

if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then
  die "PORT $PORT is in use already, perhaps by another copy of this: stop the other copy, or set a free port such as PORT=8090"
fi

# Each check imports its service, which takes a second, so both run at the same time.
checks=$(mktemp -d); trap 'rm -rf "$checks"' EXIT
(program api check) >"$checks/api" 2>&1 & api_check=$!
(program auth check) >"$checks/auth" 2>&1 & auth_check=$!
passed= failed=
if wait "$api_check"; then passed=api; else failed=api; fi
if wait "$auth_check"; then passed="$passed auth"; else failed="$failed auth"; fi
for name in $passed $failed; do cat "$checks/$name"; done  # errors come last
[ -z "$failed" ] || exit 1
rm -rf "$checks"; trap - EXIT

# All programs stop at once, within ten seconds. If turns may take longer, the api is not in the group and stops first.
export API_STOP_SECONDS=$((DRAIN_SECONDS + 7)) PROGRAMS=demo,api,tui,auth
if [ "$DRAIN_SECONDS" -gt 1 ]; then PROGRAMS=demo,tui,auth; fi
if [ -n "${IN_CONTAINER:-}" ] && [ -z "$separate_users" ]; then warn_about_one_user; fi

# supervisord opens our stdout again to copy the programs' logs to it. Root can always do that; any other user only if
# stdout is a pipe of its own. `cat` ignores Ctrl+C because the last lines arrive after it.
if [ -z "$separate_users" ]; then exec > >(trap '' INT TERM; exec cat) 2>&1; fi
exec "$bin/supervisord" -c supervisord.conf
