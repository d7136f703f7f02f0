#!/usr/bin/env bash
# The engine's tests on NEON, under qemu; on an aarch64 machine `cargo test` has run them already. Exits with 3 where
# that cannot be had, after saying why.
set -euo pipefail

exec "$(dirname "${BASH_SOURCE[0]}")/with-arm64.sh" \
  cargo test --locked --target aarch64-unknown-linux-gnu -p yuma-epoch -p yuma-vectorized "$@"
