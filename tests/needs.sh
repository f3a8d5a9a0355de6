#!/usr/bin/env bash
# What the tests drive besides Python: `needs.sh [tmux] [chromium]`. Installed for root on Debian and Ubuntu, asked for
# elsewhere.
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
    *) echo "needs.sh knows of no $need" >&2; exit 2 ;;
  esac
done

if command -v apt-get >/dev/null && [ "$EUID" = 0 ]; then
  wanted=("${missing[@]}" "${fonts[@]}")
  [ ${#wanted[@]} = 0 ] && exit
  echo "installing ${wanted[*]}, which the tests drive"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
elif [ ${#missing[@]} != 0 ]; then
  echo "The tests also need ${missing[*]}; on Debian or Ubuntu: sudo apt-get install ${missing[*]} ${fonts[*]}" >&2
  exit 1
fi
