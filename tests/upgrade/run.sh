#!/bin/sh
# A phone that was linked by one version is still linked in the next: OLD links it and is stopped, NEW takes over the
# state folder. Both are sandbox builds; the simulator, which stands for WhatsApp and the phone, is upgraded with them.
# Usage: OLD=path NEW=path tests/upgrade/run.sh   (each is target/debug/wamux if left out)
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=tests/deploy/lib.sh
. tests/deploy/lib.sh
here=${WAMUX_BIN:-target/debug/wamux}
old=$(realpath "${OLD:-$here}")
new=$(realpath "${NEW:-$here}")

work=$(mktemp -d)
daemon=
tidy() {
    [ $? = 0 ] || cat "$work/log" >&2
    [ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null || true
    rm -rf "$work"
}
trap tidy EXIT
address=127.0.0.1:$(free_port)
simulator=127.0.0.1:$(free_port)
url=http://$address
ask() { curl -fsS --max-time 40 -H 'X-Api-Key: only-for-this-sandbox' -H 'Content-Type: application/json' "$@"; }

# begin BINARY: from a folder without config.toml, since an older version may not know all that this one's says.
begin() {
    : >"$work/said"
    (cd "$work" && WAMUX_AUTH__API_KEY=only-for-this-sandbox exec "$1" sandbox --listen "$address" --simulator "$simulator" \
        --state-dir "$work/state" >"$work/said" 2>>"$work/log") &
    daemon=$!
    eventually "$("$1" --version) has started" grep -q Ctrl-C "$work/said"
}
end() {
    kill -TERM "$daemon"
    code=0
    wait "$daemon" || code=$?
    daemon=
    is "$code" 0 "the exit code after SIGTERM"
}
connected() { ask "$url/api/sessions/ana" | grep -q '"state":"connected"'; }
answered() { ask "$url/api/sessions/ana/messages" | grep -q "You said: $1"; }
answer() {
    ask -X POST "$url/api/messages/send" -d "{\"sessionId\":\"ana\",\"to\":\"+5511900000009\",\"text\":\"$1\"}" >/dev/null
    eventually "'$1' was answered" answered "$1"
}

step "linked by $("$old" --version), $old"
begin "$old"
ask "$url/api/sessions" -d '{"clientId":"demo","sessionId":"ana"}' >/dev/null
ask "$url/api/sessions/ana/qr?wait=30" | sed 's/.*"qr":"\([^"]*\)".*/\1/' |
    curl -fsS --data-binary @- "http://$simulator/admin/mock-phone/scan-qr?phone=5511900000001" >/dev/null
eventually "the session is connected" connected
answer "before"
before=$(ask "$url/api/events?type=session.qr&limit=200" | grep -o '"session.qr"' | wc -l)
end

step "and taken over by $("$new" --version), $new"
begin "$new"
eventually "the session is connected" connected
answer "after"
is "$(ask "$url/api/events?type=session.qr&limit=200" | grep -o '"session.qr"' | wc -l)" "$before" "codes to scan, in all"
is "$(ask "$url/api/sessions/ana/messages" | grep -c 'You said: before')" 1 "answers from before the upgrade"
end

step "a second start of the new one changes nothing"
begin "$new"
eventually "the session is connected" connected
end
echo "upgrade: passed"
