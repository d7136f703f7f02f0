#!/usr/bin/env bash
# Runs each fuzz target for some seconds, from its corpus: 5, or as many as the first argument says. Needs a nightly Rust
# with sanitizers, a C++ compiler for libFuzzer, and cargo-fuzz, which is installed into the cache where crates can be
# had; where one of them is missing this says so and exits with 3. The corpora are replayed by
# `cargo test -p yuma-fuzz-checks` all the same.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"

seconds=${1:-5}
targets=(epoch emission fixed proof wire)
# The oldest Rust that this workspace takes.
oldest=95

say() { echo "test-fuzz: $*" >&2; }

skip() {
  say "$*: coverage-guided fuzzing is not done here"
  exit 3
}

[[ $(uname -s) == Linux ]] || skip "not a Linux"
nightly=$(rustup run nightly rustc --version 2>/dev/null) || skip "no nightly Rust"
[[ $nightly =~ ^rustc\ 1\.([0-9]+)\. && ${BASH_REMATCH[1]} -ge $oldest ]] || skip "$nightly is too old"
host=$(rustup run nightly rustc --print host-tuple)
libdir=$(rustup run nightly rustc --print target-libdir)
compgen -G "$libdir/librustc-nightly_rt.asan.a" >/dev/null || skip "the nightly Rust has no AddressSanitizer"
command -v c++ >/dev/null || skip "no C++ compiler"

tools=${XDG_CACHE_HOME:-$HOME/.cache}/yuma-core/tools
export PATH=$PATH:$tools/bin
if ! command -v cargo-fuzz >/dev/null; then
  say "installing cargo-fuzz into $tools"
  timeout 300 cargo install --quiet --locked --root "$tools" cargo-fuzz@0.13.2 >&2 || skip "cargo-fuzz cannot be had"
fi

# Built fast rather than to run fast: the run is short.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=${CARGO_PROFILE_RELEASE_OPT_LEVEL:-1}
cargo +nightly fuzz build --fuzz-dir . --target "$host"

found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
run() {
  mkdir "$found/$1"
  # What it finds on its way goes into the first folder.
  "${CARGO_TARGET_DIR:-target}/$host/release/$1" "$found/$1" "corpus/$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix="$found/$1-" >"$found/$1.log" 2>&1
}

failed=0
for target in "${targets[@]}"; do
  if run "$target"; then
    say "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$found/$target.log") inputs"
  else
    failed=1
    say "$target: a finding"
    cat "$found/$target.log" >&2
    for file in "$found/$target"-*; do
      [[ -f $file ]] && say "$target: the input, in base64: $(base64 -w0 "$file")"
    done
  fi
done
exit "$failed"
