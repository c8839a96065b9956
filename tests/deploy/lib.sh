# What the scripts in tests/ share: words for what is expected. Sourced, not run.
# shellcheck shell=sh

step() { echo "== $*"; }
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
# is GOT WANTED WHAT
is() {
    [ "$1" = "$2" ] || fail "$3: '$1', expected '$2'"
    echo "ok  $3: $2"
}
# A port of loopback that nobody listens on now.
free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); });'; }
# The process that a chain of wrappers has become: the last child.
program_below() {
    below=$1
    while child=$(awk '{print $1}' "/proc/$below/task/$below/children" 2>/dev/null) && [ -n "$child" ]; do below=$child; done
    echo "$below"
}
