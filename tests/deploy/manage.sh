#!/bin/sh
# manage.sh as people use it, with the daemon in the background, and against a stand-in for systemd.
# WAMUX_BIN is a sandbox build.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=tests/deploy/lib.sh
. tests/deploy/lib.sh
real=$(realpath "${WAMUX_BIN:-target/debug/wamux}")

work=$(mktemp -d)
WAMUX_NO_SYSTEMD=1 WAMUX_STATE__DIR=$work/state
export WAMUX_NO_SYSTEMD WAMUX_STATE__DIR
tidy() {
    [ ! -f "$work/state/wamux.pid" ] || kill -KILL "$(cat "$work/state/wamux.pid")" 2>/dev/null || true
    rm -rf "$work"
}
trap tidy EXIT
cp "$real" "$work/wamux"
# A copy, so that it finds nothing of this checkout.
cp manage.sh "$work/manage.sh"
WAMUX_BIN=$work/wamux WAMUX_AUTH__API_KEY=only-for-this-sandbox WAMUX_SERVER__LISTEN=127.0.0.1:$(free_port)
simulator=127.0.0.1:$(free_port)
export WAMUX_BIN WAMUX_AUTH__API_KEY WAMUX_SERVER__LISTEN
url=http://$WAMUX_SERVER__LISTEN
manage() { "$work/manage.sh" "$@"; }
# code WANTED COMMAND...
code() {
    wanted=$1 got=0
    shift
    "$@" >"$work/said" 2>&1 || got=$?
    [ "$got" = "$wanted" ] || { cat "$work/said" >&2; fail "'$*' ended with $got, expected $wanted"; }
    echo "ok  $wanted from $*"
}
said() { grep -q -- "$1" "$work/said" || { cat "$work/said" >&2; fail "it did not say '$1'"; }; }
ask() { curl -fsS -H 'X-Api-Key: only-for-this-sandbox' -H 'Content-Type: application/json' "$@"; }
session() { ask -X POST "$url/api/sessions" -d "{\"clientId\":\"demo\",\"sessionId\":\"$1\",\"name\":\"${2:-$1}\"}" >/dev/null; }
connected() { ask "$url/api/sessions/$1" | grep -q '"state":"connected"'; }
link() {
    session "$@"
    ask "$url/api/sessions/$1/qr?wait=30" | sed 's/.*"qr":"\([^"]*\)".*/\1/' |
        curl -fsS --data-binary @- "http://$simulator/admin/mock-phone/scan-qr" >/dev/null
    eventually "$1 is connected" connected "$1"
}

step "help and wrong words"
code 0 manage help
for command in start stop status logs backup restore clean:sessions update; do said "^  $command"; done
code 64 manage sing
code 64 manage backup

step "start, status, logs, stop"
code 3 manage status
code 0 manage stop
code 0 manage start sandbox --simulator "$simulator"
code 0 manage status
said "it runs and is well"
code 0 manage start
said "already"
is "$(stat -c %a "$work/state")" 700 "the mode of the state folder"
is "$(stat -c %a "$work/state/wamux.log")" 600 "the mode of the log"
code 0 manage logs
said "."

step "clean:sessions deletes what is over, and nothing else"
link kept 'called \"state\":\"failed\", and {\"id\":\"other\"'
link over
link other
ask -X POST "$url/api/sessions/over/logout" >/dev/null
ask -X POST "$url/api/sessions/other/logout" >/dev/null
session waiting
code 1 sh -c "echo n | '$work/manage.sh' clean:sessions"
is "$(ask "$url/api/sessions" | grep -o '"clientId"' | wc -l)" 4 "sessions after no"
code 0 manage clean:sessions --yes
said "deleted over"
said "deleted other"
is "$(ask "$url/api/sessions" | sed 's/{"id":"/\n&/g' | sed -n 's/^{"id":"\([^"]*\).*/\1/p' | sort | tr '\n' ' ')" "kept waiting " "sessions that are left"
code 0 manage clean:sessions
said "no session is"
code 1 env WAMUX_KEY=a-wrong-key-of-some-length "$work/manage.sh" clean:sessions
said invalid_api_key

step "backup and restore, with files named from where one is"
mkdir "$work/elsewhere"
echo "correct horse" >"$work/elsewhere/words"
code 0 manage backup "$work/backup"
code 1 manage backup "$work/backup"
said "there already"
code 0 sh -c "cd '$work/elsewhere' && '$work/manage.sh' backup sealed --passphrase-file words"
[ -s "$work/elsewhere/sealed" ] || fail "the backup is not where it was asked for"

step "a daemon that was started in another way is left alone"
session later
mv "$work/state/wamux.pid" "$work/pid"
for command in start stop status "restore $work/backup --yes"; do
    # shellcheck disable=SC2086
    code 1 manage $command
    said "did not start"
done
connected kept || fail "the session is gone"
code 1 env WAMUX_STATE__DIR="$work/second" "$work/manage.sh" start
said "answers at its address already"
mv "$work/pid" "$work/state/wamux.pid"
code 0 manage stop

step "restore"
mkdir "$work/stuck"
printf '#!/bin/sh\nexit 1\n' >"$work/stuck/mv" && chmod +x "$work/stuck/mv"
code 1 env PATH="$work/stuck:$PATH" "$work/manage.sh" restore "$work/backup" --yes
said "not all of"
[ -f "$work/state/wamux.db" ] || fail "what could not be moved is gone"
rmdir "$work"/state.before-*
code 0 manage restore "$work/backup" --yes
is "$(find "$work" -maxdepth 1 -name 'state.before-*' | wc -l)" 1 "folders with what was there before"
echo broken >"$work/broken"
code 1 manage restore "$work/broken" --yes
said "is as it was"
is "$(find "$work" -maxdepth 1 -name 'state.before-*' | wc -l)" 1 "folders with what was there before"
# The simulator stands for WhatsApp, which is in no backup.
cp "$work"/state.before-*/simulator.json "$WAMUX_STATE__DIR/"
code 0 manage start sandbox --simulator "$simulator"
eventually "the session of the backup is connected" connected kept
[ "$(curl -s -o /dev/null -w '%{http_code}' -H 'X-Api-Key: only-for-this-sandbox' "$url/api/sessions/later")" = 404 ] || fail "a session is there that the backup has not"

step "update"
cp "$work/wamux" "$work/newer"
code 1 manage update "$work/backup"
said "is no program"
code 0 manage stop
# A sandbox build refuses the server of the default configuration.
WAMUX_WHATSAPP__ENDPOINT=ws://127.0.0.1:1/ws/chat
export WAMUX_WHATSAPP__ENDPOINT
code 0 manage update "$work/newer"
said "The way back"
is "$(find "$work/wamux-backups" -name '*.backup' | wc -l)" 1 "backups before the update"
[ -f "$work/wamux.previous" ] || fail "the old binary is gone"
printf '#!/bin/sh\nexit 64\n' >"$work/bad" && chmod +x "$work/bad"
code 1 manage update "$work/bad"
said "in its place again"
(cd "$work" && code 0 "$work/wamux" check-config)
code 0 manage start
# shellcheck disable=SC2016
printf '#!/bin/sh\ncase ${1:-} in check-config | --version) ;; *) exit 1 ;; esac\n' >"$work/bad"
code 1 manage update "$work/bad"
said "does not run. The way back: "

step "with systemd, that does the work"
mkdir "$work/bin"
for tool in systemctl journalctl runuser; do
    printf '#!/bin/sh\necho "%s $*" >>"%s/calls"\n' "$tool" "$work" >"$work/bin/$tool"
done
# shellcheck disable=SC2016
echo '[ "$1 $2" != "is-active --quiet" ] || [ -f "$0.up" ]' >>"$work/bin/systemctl"
chmod +x "$work"/bin/*
systemd() { env -u WAMUX_NO_SYSTEMD PATH="$work/bin:$PATH" "$work/manage.sh" "$@"; }
code 3 systemd status
# A machine that has nothing yet, and a key that root alone can read.
# shellcheck disable=SC2016
printf 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"\n' >>"$work/bin/runuser"
printf '#!/bin/sh\necho "chown $*" >>"%s/calls"\n' "$work" >"$work/bin/chown" && chmod +x "$work/bin/chown"
code 0 sh -c "cd '$work/elsewhere' && env -u WAMUX_NO_SYSTEMD PATH='$work/bin:$PATH' WAMUX_BIN='$real' \
    WAMUX_STATE__DIR='$work/fresh' '$work/manage.sh' restore sealed --passphrase-file words --yes"
[ -f "$work/fresh/wamux.db" ] || fail "nothing was restored"
grep -qx "chown wamux: $work/fresh" "$work/calls" || fail "the folder belongs to root"
[ "$(grep -c "chown wamux /tmp/[^ ]*/key" "$work/calls")" = 1 ] || fail "the daemon's user cannot read the passphrase"
touch "$work/bin/systemctl.up"
code 0 systemd logs -f
code 0 systemd stop
for wanted in 'systemctl cat wamux.service' 'journalctl --unit wamux --lines 100 --no-pager -f' 'systemctl stop wamux'; do
    grep -qx -- "$wanted" "$work/calls" || { cat "$work/calls" >&2; fail "it did not call '$wanted'"; }
    echo "ok  $wanted"
done
echo "manage: passed"
