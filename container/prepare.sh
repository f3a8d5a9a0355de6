# Sourced by start.sh in the container: who runs what, the folders that each needs, and what one user alone gives up.
# Root starts and every program drops at once; where the platform forbids root, all run as the one user it chose.

is_root() { [ "$(id -u)" = 0 ]; }

may() { # may NUMBER answers whether we hold that capability
  local held; held=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
  (( (16#$held >> $1) & 1 ))
}

needs_capabilities() {
  local missing= entry
  for entry in 0:CHOWN 5:KILL 6:SETGID 7:SETUID; do
    may "${entry%%:*}" || missing="$missing ${entry#*:}"
  done
  [ -z "$missing" ] || die "The container runs as root without the capabilities$missing, which it takes to run each program as its own user: add --cap-add for each, or run all of it as one user with --user 10001"
}

own() { # own FOLDER MODE USER GROUP; works without DAC_OVERRIDE and FOWNER, so that those can be dropped
  local before
  before=$(stat -c %u "$1" 2>/dev/null || id -u)
  mkdir -p "$1" && chown 0:0 "$1" && chmod "$2" "$1" \
    || die "$1 cannot be prepared: make it writable for root, or mount another folder there"
  # What another set-up of users left there is handed over whole.
  if [ "$before" != 0 ] && [ "$before" != "$(id -u "$3")" ] && [ "$3" != root ]; then chown -R "$3:$4" "$1"; fi
  chown "$3:$4" "$1"
}

prepare_for_many() {
  own "$RUN_DIR" 1770 root agent
  own "$DATA_DIR" 0711 root root
  own "$DATA_DIR/auth" 0700 gateway gateway
  own "$DATA_DIR/agent" 0700 agent agent
  own "$DATA_DIR/claude" 0771 root agent  # each home inside is its user's alone
  own /tmp/house 0771 root agent          # and so are each one's temporary files
  if [ "${WORKSPACE:-shared}" = per-user ]; then
    own "$WORKSPACE_DIR" 0771 root agent
  elif [ -z "$(ls -A "$WORKSPACE_DIR" 2>/dev/null)" ] || [ "$(stat -c %u "$WORKSPACE_DIR")" = 0 ]; then
    mkdir -p "$WORKSPACE_DIR"
    chown 0:0 "$WORKSPACE_DIR" && chmod 2770 "$WORKSPACE_DIR" && chown claude:claude "$WORKSPACE_DIR"
  elif ! setpriv --reuid claude --regid claude --init-groups --inh-caps=-all test -w "$WORKSPACE_DIR"; then
    echo "WORKSPACE_DIR $WORKSPACE_DIR belongs to user $(stat -c %u "$WORKSPACE_DIR"), so Claude, user 10100, cannot write there: chown it to 10100, or run the container with --user $(stat -c %u:%g "$WORKSPACE_DIR")"
  fi
}

prepare_for_one() {
  local folder
  for folder in "$RUN_DIR" "$DATA_DIR" "$WORKSPACE_DIR"; do
    mkdir -p "$folder" 2>/dev/null && [ -w "$folder" ] \
      || die "$folder cannot be written by user $(id -u): give the volume to that user (chown, or fsGroup on Kubernetes), or start the container as root"
  done
  mkdir -p -m 0700 "$DATA_DIR/auth" "$DATA_DIR/agent" "$DATA_DIR/claude"
  export HOME=$DATA_DIR/agent
  if ! id -un >/dev/null 2>&1; then
    # git and ssh refuse a user without a name, as OpenShift's are.
    { cat /etc/passwd; echo "claude:x:$(id -u):$(id -g)::$DATA_DIR/claude/claude:/bin/bash"; } | grep -v '^claude:x:10100:' >"$RUN_DIR/passwd"
    export NSS_WRAPPER_PASSWD=$RUN_DIR/passwd NSS_WRAPPER_GROUP=/etc/group
    export LD_PRELOAD=libnss_wrapper.so
  fi
}

prepare_container() {
  if is_root; then needs_capabilities; prepare_for_many; else prepare_for_one; fi
}

warn_of_one() {
  echo "ONE USER     everything runs as user $(id -u), because the container was not started as root. So Claude can read the"
  echo "             door's secrets and other people's sessions, and answer its own permission requests. Start it as root"
  echo "             (each program then drops to a user of its own), or let nobody use it who may not see all of that."
}

mounted_at() { # mounted_at FOLDER tells the kind and the source of what is mounted there; nothing when nothing is
  awk -v folder="$1" '$5 == folder { for (i = 7; $i != "-"; i++); found = $(i + 1) " " $4 } END { print found }' \
    /proc/self/mountinfo
}

doctor_of_a_folder() { # doctor_of_a_folder FOLDER says whether what is there outlives the container
  local found bad="FAIL " failed=1 fix="start it with -v NAME:$1"
  # What matters most is in the database then.
  if [ "$1" = "$DATA_DIR" ] && [ -n "${DATABASE_URL:-}" ]; then bad="warn "; failed=0; fi
  found=$(mounted_at "$1")
  case $found in
    "") echo "$bad $1 is no volume: what is there is lost with the container; $fix"; return "$failed" ;;
    tmpfs\ *) echo "$bad $1 is in memory: what is there is lost with the container; $fix"; return "$failed" ;;
    *kubernetes.io~empty-dir*) echo "$bad $1 is an emptyDir: what is there is lost with the pod; claim a volume"; return "$failed" ;;
  esac
  if [[ $found =~ /volumes/[0-9a-f]{64}/_data$ ]]; then
    echo "warn  $1 is a volume without a name: the next container will not find it; $fix"
  else
    echo "ok    $1 is a volume"
  fi
}

doctor_of_the_container() {
  local folder failed=0
  if is_root; then echo "ok    each program runs as its own user"
  else echo "warn  all programs run as user $(id -u): start the container as root to separate them"; fi
  for folder in "$DATA_DIR" "$WORKSPACE_DIR"; do doctor_of_a_folder "$folder" || failed=1; done
  return "$failed"
}

# A read-only root file system without a tmpfs for us leaves /tmp.
if [ ! -d "$RUN_DIR" ] && ! mkdir -p "$RUN_DIR" 2>/dev/null || { ! is_root && [ ! -w "$RUN_DIR" ]; }; then
  RUN_DIR=/tmp/house-$(id -u)
fi
