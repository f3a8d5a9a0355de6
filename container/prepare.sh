# Sourced by start.sh in the container. Prepares the folders and users of the programs, and checks the volumes.
# The container starts as root, and each program switches to its own user. If the platform forbids root, all programs run
# as the one user that the platform chose.

is_root() { [ "$(id -u)" = 0 ]; }

has_capability() { # has_capability NUMBER
  local held; held=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
  (( (16#$held >> $1) & 1 ))
}

require_capabilities() {
  local missing= entry
  for entry in 0:CHOWN 5:KILL 6:SETGID 7:SETUID; do
    has_capability "${entry%%:*}" || missing="$missing ${entry#*:}"
  done
  [ -z "$missing" ] || die "The container runs as root without the capabilities$missing, which it needs to run each program as its own user: add --cap-add for each, or run everything as one user with --user 10001"
}

own() { # own FOLDER MODE USER GROUP; does not need the capabilities DAC_OVERRIDE and FOWNER
  local before
  before=$(stat -c %u "$1" 2>/dev/null || id -u)
  mkdir -p "$1" && chown 0:0 "$1" && chmod "$2" "$1" \
    || die "$1 cannot be prepared: make it writable for root, or mount another folder there"
  # The folder may belong to another user of an earlier setup; its content then changes its owner too.
  if [ "$before" != 0 ] && [ "$before" != "$(id -u "$3")" ] && [ "$3" != root ]; then chown -R "$3:$4" "$1"; fi
  chown "$3:$4" "$1"
}

prepare_separate_users() {
  own "$RUN_DIR" 1770 root agent
  own "$DATA_DIR" 0711 root root
  own "$DATA_DIR/auth" 0700 gateway gateway
  own "$DATA_DIR/agent" 0700 agent agent
  own "$DATA_DIR/claude" 0771 root agent  # contains a private home for each user of Claude Code
  own /tmp/house 0771 root agent          # contains a private temporary folder for each of them
  if [ "${WORKSPACE:-shared}" = per-user ]; then
    own "$WORKSPACE_DIR" 0771 root agent
  elif [ -z "$(ls -A "$WORKSPACE_DIR" 2>/dev/null)" ] || [ "$(stat -c %u "$WORKSPACE_DIR")" = 0 ]; then
    mkdir -p "$WORKSPACE_DIR"
    chown 0:0 "$WORKSPACE_DIR" && chmod 2770 "$WORKSPACE_DIR" && chown claude:claude "$WORKSPACE_DIR"
  elif ! setpriv --reuid claude --regid claude --init-groups --inh-caps=-all test -w "$WORKSPACE_DIR"; then
    echo "WORKSPACE_DIR $WORKSPACE_DIR belongs to user $(stat -c %u "$WORKSPACE_DIR"), so Claude Code (user 10100) cannot write there: chown it to 10100, or run the container with --user $(stat -c %u:%g "$WORKSPACE_DIR")"
  fi
}

prepare_one_user() {
  local folder
  for folder in "$RUN_DIR" "$DATA_DIR" "$WORKSPACE_DIR"; do
    mkdir -p "$folder" 2>/dev/null && [ -w "$folder" ] \
      || die "$folder cannot be written by user $(id -u): give the volume to that user (chown, or fsGroup on Kubernetes), or start the container as root"
  done
  mkdir -p -m 0700 "$DATA_DIR/auth" "$DATA_DIR/agent" "$DATA_DIR/claude"
  export HOME=$DATA_DIR/agent
  if ! id -un >/dev/null 2>&1; then
    # git and ssh refuse a user without a name, such as those of OpenShift.
    { cat /etc/passwd; echo "claude:x:$(id -u):$(id -g)::$DATA_DIR/claude/claude:/bin/bash"; } | grep -v '^claude:x:10100:' >"$RUN_DIR/passwd"
    export NSS_WRAPPER_PASSWD=$RUN_DIR/passwd NSS_WRAPPER_GROUP=/etc/group
    export LD_PRELOAD=libnss_wrapper.so
  fi
}

prepare_container() {
  if is_root; then require_capabilities; prepare_separate_users; else prepare_one_user; fi
}

warn_about_one_user() {
  echo "ONE USER     All programs run as user $(id -u), because the container was not started as root. Claude can therefore"
  echo "             read the gateway's secrets and other people's sessions, and answer its own permission requests. Start"
  echo "             the container as root (each program then switches to its own user), or give access only to people who"
  echo "             may see all of this."
}

mounted_at() { # mounted_at FOLDER prints the file system and the source of the mount there; nothing if there is none
  awk -v folder="$1" '$5 == folder { for (i = 7; $i != "-"; i++); found = $(i + 1) " " $4 } END { print found }' \
    /proc/self/mountinfo
}

check_folder() { # check_folder FOLDER prints whether its files survive the removal of the container
  local found bad="FAIL " failed=1 fix="start it with -v NAME:$1"
  # With DATABASE_URL the important data is in the database.
  if [ "$1" = "$DATA_DIR" ] && [ -n "${DATABASE_URL:-}" ]; then bad="warn "; failed=0; fi
  found=$(mounted_at "$1")
  case $found in
    "") echo "$bad $1 is not a volume: its files are lost with the container; $fix"; return "$failed" ;;
    tmpfs\ *) echo "$bad $1 is in memory: its files are lost with the container; $fix"; return "$failed" ;;
    *kubernetes.io~empty-dir*) echo "$bad $1 is an emptyDir: its files are lost with the pod; use a persistent volume claim"; return "$failed" ;;
  esac
  if [[ $found =~ /volumes/[0-9a-f]{64}/_data$ ]]; then
    echo "warn  $1 is a volume without a name: a new container will not use it; $fix"
  else
    echo "ok    $1 is a volume"
  fi
}

check_container() {
  local folder failed=0
  if is_root; then echo "ok    each program runs as its own user"
  else echo "warn  all programs run as user $(id -u): start the container as root to separate them"; fi
  for folder in "$DATA_DIR" "$WORKSPACE_DIR"; do check_folder "$folder" || failed=1; done
  return "$failed"
}

# Uses /tmp if the root file system is read-only and RUN_DIR is not a tmpfs that we can write to.
if [ ! -d "$RUN_DIR" ] && ! mkdir -p "$RUN_DIR" 2>/dev/null || { ! is_root && [ ! -w "$RUN_DIR" ]; }; then
  RUN_DIR=/tmp/house-$(id -u)
fi
