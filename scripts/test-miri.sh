#!/usr/bin/env bash
# Runs under Miri, which sees undefined behaviour, what crosses the boundary and the engine's portable steps: the unit
# tests of the wire, and of the fuzz targets' corpora the smallest. Kernels of single instruction sets are not among
# it; the fuzz targets run those with AddressSanitizer. Needs a nightly Rust with Miri and the standard library's source,
# which are added where they can be had; where not this says so and exits with 3.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "test-miri: $*" >&2; }

skip() {
  say "$*: nothing runs under Miri here"
  exit 3
}

# The oldest Rust that this workspace takes.
oldest=95
nightly=$(rustup run nightly rustc --version 2>/dev/null) || skip "no nightly Rust"
[[ $nightly =~ ^rustc\ 1\.([0-9]+)\. && ${BASH_REMATCH[1]} -ge $oldest ]] || skip "$nightly is too old"
timeout 120 rustup component add --toolchain nightly miri rust-src >&2 || skip "Miri cannot be had"

# Files of the corpora are read.
export MIRIFLAGS=-Zmiri-disable-isolation
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/miri
timeout 300 cargo +nightly miri setup >&2 || skip "a standard library for Miri cannot be built"
cargo +nightly miri test --locked -p yuma-wire --lib
exec cargo +nightly miri test --locked -p yuma-fuzz-checks --test corpora -- wire epoch
