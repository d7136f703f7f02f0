#!/usr/bin/env bash
# The engine's tests on NEON: natively on an aarch64 machine (where `cargo test` has run them already), else under
# qemu. Needs Rust's aarch64 target, a cross linker and qemu-user; what is missing is installed where this machine
# allows it, and where it does not this says so and exits with 3.
set -euo pipefail

target=aarch64-unknown-linux-gnu
cross=aarch64-linux-gnu

say() { echo "test-neon: $*" >&2; }
# shellcheck source=scripts/may-install.sh
. "$(dirname "${BASH_SOURCE[0]}")/may-install.sh"

skip() {
  say "$*: NEON is not tested here"
  exit 3
}

[[ $(uname -m) == x86_64 && $(uname -s) == Linux ]] || skip "not an x86-64 Linux"

has_target() {
  local folder
  folder=$(rustc --print target-libdir --target "$target" 2>/dev/null) && compgen -G "$folder/libstd-*.rlib" >/dev/null
}
has_target || timeout 120 rustup target add "$target" >&2 || skip "Rust's $target cannot be had"

if ! command -v qemu-aarch64 "$cross-gcc" >/dev/null || [[ ! -d /usr/$cross/lib ]]; then
  ((EUID == 0)) && command -v apt-get >/dev/null && may_install "Debian's qemu-user and a cross linker" ||
    skip "no qemu-aarch64 and $cross-gcc"
  say "installing Debian's qemu-user and cross linker"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -q && apt-get install -q -y --no-install-recommends qemu-user "gcc-$cross" libc6-dev-arm64-cross; } \
    >/dev/null 2>&1 || skip "Debian's packages cannot be had"
fi

export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=$cross-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/$cross"
exec cargo test --locked --target "$target" -p yuma-epoch -p yuma-vectorized "$@"
