#!/usr/bin/env bash
# Finds PostgreSQL's server programs for the tests of queues and prints the folder that they are in. Where there are none: on
# Debian, as root, they are installed where that may be (may-install.sh); elsewhere this says so on standard error and
# fails, and the tests that need them are skipped.
set -euo pipefail

say() { echo "ensure-postgres: $*" >&2; }
# shellcheck source=scripts/may-install.sh
. "$(dirname "${BASH_SOURCE[0]}")/may-install.sh"

# Debian has them outside of PATH, by version; others inside.
find_programs() {
  local folder
  for folder in $(compgen -G '/usr/lib/postgresql/*/bin' | sort -rV) "$(dirname "$(command -v initdb || echo /none/)")"; do
    [[ -x $folder/initdb && -x $folder/postgres ]] && echo "$folder" && return
  done
  return 1
}

find_programs && exit

if ((EUID == 0)) && command -v apt-get >/dev/null && may_install "Debian's postgresql"; then
  say "installing Debian's postgresql"
  export DEBIAN_FRONTEND=noninteractive
  words=$(apt-get update -q 2>&1 && apt-get install -q -y --no-install-recommends postgresql 2>&1) || say "$words"
  find_programs && exit
fi

say "no PostgreSQL: install its server, so that initdb and postgres are in PATH"
exit 1
