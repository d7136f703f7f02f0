#!/usr/bin/env bash
# Gives Rust its wasm32-unknown-unknown target, whichever way this machine allows.
#
#   eval "$(scripts/ensure-wasm.sh)"
#
# Standard output is for `eval`: nothing where the active toolchain has the target, else an `export` that chooses one
# that has. What is being done goes to standard error.
#
#  1. The active toolchain has the target: done.
#  2. An earlier run left a toolchain in the cache: use it.
#  3. `rustup target add` works: done. The way of every machine that reaches Rust's downloads.
#  4. Debian or its like, where that may be (may-install.sh): install its rustc, cargo and sources, build std for the target once (about a minute), and keep
#     the result as a private toolchain folder. Nothing else on the system is changed.
#
# YUMA_WASM_CACHE says where that folder goes; ~/.cache/yuma-core without it.
set -euo pipefail

target=wasm32-unknown-unknown
name=yuma-wasm
cache=${YUMA_WASM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/yuma-core}
toolchain=$cache/$name
packages=(rustc-web cargo-web rust-web-src lld-22)

say() { echo "ensure-wasm: $*" >&2; }
# shellcheck source=scripts/may-install.sh
. "$(dirname "${BASH_SOURCE[0]}")/may-install.sh"

fail() {
  say "$*"
  exit 1
}

# Runs a talkative command: its words are for when it fails.
quietly() {
  local words
  words=$("$@" 2>&1) || {
    echo "$words" >&2
    return 1
  }
}

# Whether the given rustc has a standard library for the target.
has_target() {
  local folder
  folder=$("$@" --print target-libdir --target "$target" 2>/dev/null) || return 1
  compgen -G "$folder/libstd-*.rlib" >/dev/null
}

# Whether the private toolchain is whole and of the Debian rustc that stands there now: an upgrade makes its std stale.
toolchain_stands() {
  [[ -x $toolchain/bin/rustc && -f $toolchain/version ]] || return 1
  [[ $(cat "$toolchain/version") == "$("$toolchain/bin/rustc" --version 2>/dev/null)" ]] || return 1
  has_target "$toolchain/bin/rustc"
}

# Prints what chooses the private toolchain.
choose_toolchain() {
  if ! command -v rustup >/dev/null; then
    echo "export PATH=$(printf %q "$toolchain/bin"):\"\$PATH\""
    return
  fi
  if [[ $(rustup run "$name" rustc --print sysroot 2>/dev/null) != "$toolchain" ]]; then
    rustup toolchain link "$name" "$toolchain" >&2
  fi
  echo "export RUSTUP_TOOLCHAIN=$name"
}

install_packages() {
  local missing=() as_root=()
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  ((EUID == 0)) || as_root=(sudo -n)
  may_install "Debian's ${missing[*]}" || fail "Rust has no $target here"
  say "installing Debian's ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  quietly "${as_root[@]}" apt-get update -q || fail "apt-get update failed"
  quietly "${as_root[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}" ||
    fail "Debian has no ${missing[*]}, or this user may not install them"
}

# The standard library's rlibs for the target, built with Debian's own tools into the folder $1.
build_std() {
  local work=$1/build sources
  sources=$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library
  [[ -d $sources/vendor ]] || fail "the sources of std are not at $sources"
  mkdir -p "$work/src" "$work/.cargo"
  : >"$work/src/lib.rs"
  cat >"$work/Cargo.toml" <<-TOML
	[package]
	name = "empty"
	edition = "2024"
	[profile.release]
	panic = "abort"
	TOML
  cat >"$work/.cargo/config.toml" <<-TOML
	[source.crates-io]
	replace-with = "std"
	[source.std]
	directory = "$sources/vendor"
	TOML
  # Bitcode, because this project links with LTO. No simd128: such a std serves builds with and without it.
  (
    cd "$work"
    unset RUSTC_WRAPPER CARGO_TARGET_DIR CARGO_ENCODED_RUSTFLAGS RUSTUP_TOOLCHAIN
    RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc RUSTFLAGS=-Cembed-bitcode=yes /usr/bin/cargo build --quiet --release \
      --offline --target "$target" --target-dir target -Zbuild-std=std,panic_abort,proc_macro,test >&2
  ) || fail "building std for $target failed"
  mkdir -p "$1/toolchain/lib/rustlib/$target/lib"
  find "$work/target/$target/release/deps" -name 'lib*.rlib' ! -name 'libempty-*' \
    -exec cp {} "$1/toolchain/lib/rustlib/$target/lib/" ';'
}

# A folder that looks like one of rustup's: Debian's rustc and cargo, our std.
lay_out_toolchain() {
  local folder=$1/toolchain host sysroot
  host=$(/usr/bin/rustc --print host-tuple)
  sysroot=$(/usr/bin/rustc --print sysroot)
  mkdir -p "$folder/bin" "$folder/lib/rustlib/$host/bin"
  ln -s "$sysroot/lib/rustlib/$host/lib" "$folder/lib/rustlib/$host/lib"
  # rustc looks for its linker there, so the project needs no linker setting.
  ln -s /usr/lib/llvm-22/bin/lld "$folder/lib/rustlib/$host/bin/rust-lld"
  ln -s /usr/bin/cargo "$folder/bin/cargo"
  # Debian's rustc finds its sysroot from its own library folder: it must be told.
  printf '#!/bin/sh\nexec /usr/bin/rustc --sysroot %q "$@"\n' "$toolchain" >"$folder/bin/rustc"
  chmod +x "$folder/bin/rustc"
  /usr/bin/rustc --version >"$folder/version"
}

# Builds beside the place and moves in one step: a run cut short leaves nothing half made, and of two runs one wins.
make_toolchain() {
  local work
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/making.XXXXXX")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf $(printf %q "$work")" EXIT
  say "building Rust's standard library for $target, once, about a minute; it stays in $toolchain"
  build_std "$work"
  lay_out_toolchain "$work"
  if [[ -e $toolchain ]] && ! toolchain_stands; then
    mv -T "$toolchain" "$work/stale"
  fi
  mv -T "$work/toolchain" "$toolchain" 2>/dev/null || true
  toolchain_stands || fail "the toolchain in $toolchain does not work"
}

# Without a target in sight a missing Rust would look like a missing target.
if command -v rustc >/dev/null && has_target rustc; then
  exit 0
fi
if toolchain_stands; then
  choose_toolchain
  exit 0
fi
if command -v rustup >/dev/null; then
  say "rustup target add $target"
  if words=$(timeout 120 rustup target add "$target" 2>&1) && has_target rustc; then
    exit 0
  fi
  say "rustup cannot fetch it here: $(grep -m 1 '^error' <<<"$words" || echo 'no answer in 120 s')"
fi
command -v apt-get >/dev/null ||
  fail "install the target $target for your Rust (https://rust-lang.github.io/rustup/cross-compilation.html)"
install_packages
make_toolchain
choose_toolchain
