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
# eventually WHAT COMMAND...: tries again for half a minute at the most.
eventually() {
    what=$1 left=150
    shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || fail "not within 30 s: $what"
        sleep 0.2
    done
    echo "ok  $what"
}
# A port of loopback that nobody listens on now.
free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); });'; }
# The process that a chain of wrappers has become: the last child.
program_below() {
    below=$1
    while child=$(awk '{print $1}' "/proc/$below/task/$below/children" 2>/dev/null) && [ -n "$child" ]; do below=$child; done
    echo "$below"
}
