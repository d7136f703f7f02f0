#!/usr/bin/env bash
# Gives wasm-pack, and wasm-bindgen's command of the version that Cargo.lock names: another one cannot read the module.
#
#   eval "$(scripts/ensure-wasm-pack.sh)"
#
# Standard output is for `eval`: nothing where both are on the PATH, else an `export` of one that has them. What is
# missing is built from crates.io into the cache, once, which takes some minutes; what is being done goes to standard
# error.
set -euo pipefail
cd "$(dirname "$0")/.."

wasm_pack=0.15.1
wasm_bindgen=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p}' Cargo.lock)
tools=${XDG_CACHE_HOME:-$HOME/.cache}/yuma-core/tools

say() { echo "ensure-wasm-pack: $*" >&2; }

is() { [[ $("$1" --version 2>/dev/null) == "$2" ]]; }

# With little optimisation: building it takes the time, not running it.
install() {
  say "building $1 $2 from crates.io, once; it stays in $tools"
  env -u CARGO_TARGET_DIR -u CARGO_ENCODED_RUSTFLAGS -u RUSTFLAGS \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install --quiet --locked --root "$tools" "$1@$2" >&2
}

is wasm-pack "wasm-pack $wasm_pack" && is wasm-bindgen "wasm-bindgen $wasm_bindgen" && exit 0
is "$tools/bin/wasm-pack" "wasm-pack $wasm_pack" || install wasm-pack "$wasm_pack"
is "$tools/bin/wasm-bindgen" "wasm-bindgen $wasm_bindgen" || install wasm-bindgen-cli "$wasm_bindgen"
echo "export PATH=$(printf %q "$tools/bin"):\"\$PATH\""
