#!/bin/sh
# A phone that an earlier commit linked is still linked in this checkout. Builds that commit beside this one, with the
# dependencies that are built already, and takes a few minutes.
# Usage: tests/upgrade/from.sh [COMMIT]   (the one before this, if left out)
set -eu
cd "$(dirname "$0")/../.."
commit=$(git rev-parse --verify "${1:-HEAD~1}^{commit}")
work=$(mktemp -d)
tidy() {
    git worktree remove --force "$work/checkout" 2>/dev/null || true
    rm -rf "$work"
}
trap tidy EXIT
trap 'exit 130' INT TERM

git worktree add --quiet --detach "$work/checkout" "$commit"
# The same selection as everywhere, so that dependencies are not built again. This overwrites target/debug/wamux; the
# next build puts it back.
build() { cargo build --workspace --all-targets --features sandbox --target-dir target --manifest-path "$1/Cargo.toml"; }
build "$work/checkout"
cp target/debug/wamux "$work/old"
# Both checkouts share the places of what is built, and these files are older than what the other one has built there.
touch src/lib.rs src/main.rs simulator/src/lib.rs
{ build "$PWD" 2>&1 || touch "$work/failed"; } | tee "$work/log"
[ ! -e "$work/failed" ]
grep -F "Compiling wamux v" "$work/log" | grep -qF "($PWD)" ||
    { echo "cargo took the other checkout for this one" >&2; exit 1; }
git log -1 --format='from %h, %s' "$commit"
OLD=$work/old tests/upgrade/run.sh
