#!/usr/bin/env bash
# Starts the house: checks the settings, says what will run, then hands over to supervisord.
#   start.sh                what `make run` and the container call
#   start.sh program NAME   what supervisord calls: NAME in its own cleaned environment, as its own user
#   start.sh command NAME   what the container's commands call: tui, doctor, login-link ADDRESS
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-$PWD/.venv/bin/python}
[ -x "$python" ] || python=$(command -v python3)
bin=$(dirname "$python")

# What each program is given. The door's secrets reach the door alone; Claude's credentials never reach it.
everywhere="PATH HOME LANG LC_ALL TZ TERM PYTHONPATH PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE SSL_CERT_FILE SSL_CERT_DIR
  REQUESTS_CA_BUNDLE HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy
  RUN_DIR DATA_DIR WORKSPACE_DIR WORKSPACE DEMO DEMO_PORT LOG_FORMAT LOG_LEVEL START_ID MAX_UPLOAD_MB"
door="PORT BIND PUBLIC_URL ALLOWED_EMAILS ALLOWED_DOMAINS SESSION_SECRET SESSION_SECRET_PREVIOUS SESSION_IDLE_MINUTES
  SESSION_MAX_HOURS RESEND_API_KEY RESEND_API_URL EMAIL_FROM AUTH_PRINT_LINKS AUTH_UNIFORM_RESPONSES TRUSTED_PROXIES
  CLAUDE_CODE_SDK_CONTAINER_API_KEY ALLOW_PUBLIC_QUERY MAILS_PER_HOUR MAX_TABS DATABASE_URL
  OTEL_EXPORTER_OTLP_ENDPOINT OTEL_EXPORTER_OTLP_HEADERS OTEL_EXPORTER_OTLP_TIMEOUT OTEL_EXPORTER_OTLP_CERTIFICATE
  OTEL_RESOURCE_ATTRIBUTES OTEL_TRACES_SAMPLER OTEL_TRACES_SAMPLER_ARG OTEL_SDK_DISABLED"
door_secrets="SESSION_SECRET SESSION_SECRET_PREVIOUS RESEND_API_KEY CLAUDE_CODE_SDK_CONTAINER_API_KEY"
screen="PUBLIC_URL MAX_TABS MAX_TABS_TOTAL REATTACH_SECONDS TUI_STATE_DIR TUI_SCREEN_READER NO_COLOR"

die() { echo "$*" >&2; exit 1; }

keep_only() { # keep_only NAME… unsets every other variable
  local name
  while IFS= read -r name; do
    case " $* " in *" $name "*) ;; *) unset "$name" ;; esac
  done < <(compgen -e)
}

many_users=; if [ -n "${IN_CONTAINER:-}" ] && [ "$(id -u)" = 0 ]; then many_users=1; fi

tied="--pdeathsig TERM"  # supervisord killed: nothing of it stays behind

drop_to() { # drop_to USER [--caps=LIST] COMMAND… runs it as USER where each program has a user, else as we are
  local user=$1 caps=-all; shift
  case $1 in --caps=*) caps="-all,${1#--caps=}"; shift ;; esac
  if [ -n "$many_users" ]; then
    export HOME; HOME=$(getent passwd "$user" | cut -d: -f6)
    umask 007  # what one user writes in a workspace the other may change
    exec setpriv --reuid "$user" --regid "$user" --init-groups --inh-caps="$caps" --ambient-caps="$caps" \
      --no-new-privs $tied -- "$@"
  elif [ -n "$tied" ] && command -v setpriv >/dev/null; then
    exec setpriv $tied -- "$@"
  fi
  exec "$@"
}

program() { # program NAME ARGUMENT… becomes that program
  local name=$1; shift
  case $name in
    auth) keep_only $everywhere $door; drop_to gateway "$python" -m auth "$@" ;;
    api)  unset $door_secrets
          if [ -n "$many_users" ]; then export SEPARATE_USERS=1; fi
          drop_to agent --caps=+setuid,+setgid "$python" -m api "$@" ;;
    tui)  keep_only $everywhere $screen; drop_to agent "$python" -m tui.serve ;;
    demo) keep_only $everywhere; drop_to agent "$python" -m demo ;;
    terminal) keep_only $everywhere $screen COLORTERM NO_COLOR; drop_to agent "$python" -m tui "$@" ;;
    crashes) keep_only $everywhere; drop_to agent "$python" -m runtime.crash_listener ;;
    *)    die "start.sh: no program is called '$name': auth, api, tui and demo are" ;;
  esac
}

if [ "${1:-}" = program ]; then shift; program "${1:-}"; fi
[ $# = 0 ] || [ "$1" = command ] || die "usage: start.sh [program auth|api|tui|demo] [command tui|doctor|login-link ADDRESS]"

# `.env` beside this file; a variable that is set already wins.
if [ -f .env ] && [ -z "${START_ID:-}" ]; then
  START_ID=$(date +%s) exec "$bin/dotenv" --file .env run --no-override -- "$0" "$@"
fi
export START_ID=${START_ID:-$(date +%s)}

# `docker run --env-file` keeps the quotes that a shell would take off.
for name in $(sed -nE 's/^#?([A-Z][A-Z0-9_]*)=.*/\1/p' .env.example); do
  value=${!name-}
  if [[ ${#value} -ge 2 && ( $value == \"*\" || $value == \'*\' ) && ${value:0:1} == "${value: -1}" ]]; then
    export "$name=${value:1:${#value}-2}"
    [ $# -gt 0 ] || echo "$name: took off the quotes around its value"
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
  echo "No Claude credentials: this runs on the demo model. For Claude itself put CLAUDE_CODE_OAUTH_TOKEN=… (from"
  echo "\`claude setup-token\`) or ANTHROPIC_API_KEY=… into .env and run this again."
  DEMO=1
fi
case ${DEMO:-0} in
  1 | [Tt]rue | TRUE | [Yy]es | YES | [Oo]n | ON) export DEMO=1 ;;
  0 | [Ff]alse | FALSE | [Nn]o | NO | [Oo]ff | OFF) export DEMO=0 ;;
  *) die "DEMO must be 0 or 1, not '$DEMO'" ;;
esac

command_of_the_container() { # command_of_the_container NAME ARGUMENT…
  local name=$1 failed=0; shift
  case $name in
    tui) program terminal "$@" ;;
    login-link) program auth login-link "$@" ;;
    doctor)
      if [ -n "${IN_CONTAINER:-}" ]; then doctor_of_the_container || failed=1; fi
      (program auth doctor) || failed=1
      (program api doctor) || failed=1
      exit "$failed" ;;
    *) die "start.sh: no command is called '$name': tui, doctor and login-link are" ;;
  esac
}
# Who called a command may go away at once, as `docker exec` does, and it goes on.
if [ "${1:-}" = command ]; then tied=; shift; command_of_the_container "$@"; fi

if [ -n "${IN_CONTAINER:-}" ]; then prepare_container; else mkdir -p "$DATA_DIR" "$RUN_DIR" "$WORKSPACE_DIR"; fi

if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then
  die "PORT $PORT is in use already, perhaps by another copy of this: stop that one, or set PORT to a free port, such as PORT=8090"
fi

# Both checks import their room, which takes a second each: side by side.
checks=$(mktemp -d); trap 'rm -rf "$checks"' EXIT
(program api check) >"$checks/api" 2>&1 & api_check=$!
(program auth check) >"$checks/auth" 2>&1 & auth_check=$!
passed= failed=
if wait "$api_check"; then passed=api; else failed=api; fi
if wait "$auth_check"; then passed="$passed auth"; else failed="$failed auth"; fi
for name in $passed $failed; do cat "$checks/$name"; done  # what must be mended comes last
[ -z "$failed" ] || exit 1
rm -rf "$checks"; trap - EXIT

# All are told to stop at once, and gone within ten seconds. Where turns may go on for longer, the api ends first.
export API_STOP_SECONDS=$((DRAIN_SECONDS + 7)) PROGRAMS=demo,api,tui,auth
if [ "$DRAIN_SECONDS" -gt 1 ]; then PROGRAMS=demo,tui,auth; fi
if [ -n "${IN_CONTAINER:-}" ] && [ -z "$many_users" ]; then warn_of_one; fi

# Programs log to supervisord and it to us, which root always may. A pipe of our own can be opened anew by any user, whatever stdout is;
# `cat` outlives Ctrl+C so that the last lines are seen.
if [ -z "$many_users" ]; then exec > >(trap '' INT TERM; exec cat) 2>&1; fi
exec "$bin/supervisord" -c supervisord.conf
