#!/usr/bin/env bash
# Finds a Chromium for the browser tests and prints its path. Where there is none: on Debian, as root, it is installed
# where that may be (may-install.sh); elsewhere this says so on standard error and fails, and the tests that need it are skipped.
set -euo pipefail

say() { echo "ensure-chromium: $*" >&2; }
# shellcheck source=scripts/may-install.sh
. "$(dirname "${BASH_SOURCE[0]}")/may-install.sh"

find_browser() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" && return
  done
  local mac="/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
  [[ -x $mac ]] && echo "$mac"
}

if [[ -n ${CHROME_PATH:-} ]]; then
  [[ -x $CHROME_PATH ]] || {
    say "CHROME_PATH is $CHROME_PATH, which is no program"
    exit 1
  }
  echo "$CHROME_PATH"
  exit
fi

find_browser && exit

if ((EUID == 0)) && command -v apt-get >/dev/null && may_install "Debian's chromium"; then
  say "installing Debian's chromium"
  export DEBIAN_FRONTEND=noninteractive
  words=$(apt-get update -q 2>&1 && apt-get install -q -y --no-install-recommends chromium 2>&1) || say "$words"
  find_browser && exit
fi

say "no Chromium: install one, or set CHROME_PATH to its program"
exit 1
