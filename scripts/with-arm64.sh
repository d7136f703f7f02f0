#!/usr/bin/env bash
# Runs a command that builds for Linux on arm64 from x86-64, with what it builds run under qemu:
#
#   scripts/with-arm64.sh cargo test --target aarch64-unknown-linux-gnu …
#
# Needs Rust's target, a cross compiler and qemu-user; what is missing is installed where this machine allows it, and
# where it does not this says so and exits with 3. ARM64_ROOT is the command's, too: where arm64's libraries lie.
set -euo pipefail

target=aarch64-unknown-linux-gnu
cross=aarch64-linux-gnu

say() { echo "with-arm64: $*" >&2; }
# shellcheck source=scripts/may-install.sh
. "$(dirname "${BASH_SOURCE[0]}")/may-install.sh"

skip() {
  say "$*: nothing is built or tested for arm64 here"
  exit 3
}

[[ $(uname -m) == x86_64 && $(uname -s) == Linux ]] || skip "not an x86-64 Linux"

has_target() {
  local folder
  folder=$(rustc --print target-libdir --target "$target" 2>/dev/null) && compgen -G "$folder/libstd-*.rlib" >/dev/null
}
has_target || timeout 120 rustup target add "$target" >&2 || skip "Rust's $target cannot be had"

has_system() {
  # The C++ library is Node's.
  command -v qemu-aarch64 >/dev/null && command -v "$cross-gcc" >/dev/null && [[ -e /usr/$cross/lib/libstdc++.so.6 ]]
}
if ! has_system; then
  ((EUID == 0)) && command -v apt-get >/dev/null && may_install "Debian's qemu-user and a cross compiler" ||
    skip "no qemu-aarch64 and $cross-gcc"
  say "installing Debian's qemu-user and cross compiler"
  export DEBIAN_FRONTEND=noninteractive
  packages=(qemu-user "gcc-$cross" libc6-dev-arm64-cross libstdc++6-arm64-cross)
  { apt-get update -q && apt-get install -q -y --no-install-recommends "${packages[@]}"; } >/dev/null 2>&1 ||
    skip "Debian's packages cannot be had"
fi

export ARM64_ROOT=/usr/$cross
export CC_aarch64_unknown_linux_gnu=$cross-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=$cross-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L $ARM64_ROOT"
exec "$@"
