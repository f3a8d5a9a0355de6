#!/usr/bin/env bash
# Installs the programs that tests use: `needs.sh [tmux] [chromium]`. Only root on Debian or Ubuntu can install them;
# otherwise the script prints what is missing.
set -euo pipefail

missing=()
fonts=()
for need in "$@"; do
  case $need in
    tmux) command -v tmux >/dev/null || missing+=(tmux) ;;
    chromium)
      [ -x /usr/bin/chromium ] || missing+=(chromium)
      [ -d /usr/share/fonts/truetype/dejavu ] || fonts+=(fonts-dejavu-core)
      [ -d /usr/share/fonts/opentype/noto ] || fonts+=(fonts-noto-cjk)
      ;;
    *) echo "needs.sh: unknown program '$need'" >&2; exit 2 ;;
  esac
done

if command -v apt-get >/dev/null && [ "$EUID" = 0 ]; then
  wanted=("${missing[@]}" "${fonts[@]}")
  [ ${#wanted[@]} = 0 ] && exit
  echo "Installing ${wanted[*]}, which the tests use"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
elif [ ${#missing[@]} != 0 ]; then
  echo "The tests also need ${missing[*]}; on Debian or Ubuntu: sudo apt-get install ${missing[*]} ${fonts[*]}" >&2
  exit 1
fi
