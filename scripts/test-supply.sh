#!/usr/bin/env bash
# What other people's code comes in: `cargo deny check` by deny.toml, and the registry's signatures of npm's packages.
# Exits with 3 where one of them cannot be had or cannot reach its data, having said so; what could be checked was.
set -euo pipefail
cd "$(dirname "$0")/.."

skipped=0
say() { echo "test-supply: $*" >&2; }

skip() {
  say "$*"
  skipped=3
}

# Where scripts install what crates.io has, for those who put cargo-deny there.
export PATH=$PATH:${XDG_CACHE_HOME:-$HOME/.cache}/yuma-core/tools/bin

# Of this workspace, and of the fuzz targets' own.
deny() {
  local workspace
  for workspace in . fuzz; do
    cargo deny --all-features --manifest-path "$workspace/Cargo.toml" --config deny.toml check "$@"
  done
}

# Advisories are data that has to be fetched; all else that deny.toml says stands in it and in Cargo.lock.
if cargo deny --version >/dev/null 2>&1; then
  deny bans licenses sources
  if timeout 120 cargo deny fetch db >/dev/null 2>&1; then
    deny advisories
  else
    skip "RustSec's advisories cannot be fetched: crates are not checked against them here"
  fi
else
  skip "no cargo-deny (cargo install cargo-deny --locked): deny.toml is not checked here"
fi

# It ends with 1 where signatures are wrong, and says which; and where it has no data, with the error's code then.
words=$(timeout 60 npm audit signatures --fetch-retries=0 --fetch-timeout=10000 2>&1) && status=0 || status=$?
if ((status == 0)); then
  echo "$words"
elif ((status == 124)) || grep -q '^npm error code ' <<<"$words"; then
  skip "npm's keys cannot be fetched: signatures of packages are not checked here"
else
  echo "$words" >&2
  exit 1
fi
exit "$skipped"
