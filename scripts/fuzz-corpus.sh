#!/usr/bin/env bash
# Puts the smallest set of inputs that reaches what both the corpus of a target and another folder reach in place of the
# corpus: scripts/fuzz-corpus.sh TARGET FOLDER. Needs what `cargo fuzz build` left.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"

target=$1 folder=$(realpath "$2")
# Inputs of the corpus, at most, and bytes of each.
most=48 bytes=1024

host=$(rustup run nightly rustc --print host-tuple)
chosen=$(mktemp -d)
trap 'rm -rf "$chosen"' EXIT
"${CARGO_TARGET_DIR:-target}/$host/release/$target" -set_cover_merge=1 -max_len="$bytes" "$chosen" "$folder" "corpus/$target"
rm -rf "corpus/$target"
mkdir -p "corpus/$target"
# The ones that reach most come first.
find "$chosen" -type f -size -"$((bytes + 1))"c -printf '%s %p\n' | sort -rn | head -n "$most" | while read -r _ file; do
  mv "$file" "corpus/$target/"
done
say() { echo "fuzz-corpus: $*" >&2; }
say "$target: $(find "corpus/$target" -type f | wc -l) inputs, $(du -bs "corpus/$target" | cut -f1) bytes"
