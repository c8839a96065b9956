#!/bin/sh
# The units in deploy/: systemd accepts them, they are as shut as they can be, and the daemon gets by with the system
# calls that they leave it. WAMUX_BIN is a sandbox build.
# shellcheck disable=SC2046  # words are split on purpose
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=tests/deploy/lib.sh
. tests/deploy/lib.sh
binary=$(realpath "${WAMUX_BIN:-target/debug/wamux}")
# In tenths: what `systemd-analyze security` says now is the most that it may say.
exposure_max=11

work=$(mktemp -d)
chmod 755 "$work"
daemon=
tidy() {
    [ -z "$daemon" ] || kill -KILL "$(program_below "$daemon")" 2>/dev/null || true
    rm -rf "$work"
}
trap tidy EXIT

step "systemd accepts the units"
sed "s#^\(Exec[A-Za-z]*\)=/usr/local/bin/wamux#\1=$binary#" deploy/wamux.service >"$work/wamux.service"
cp deploy/wamux.socket "$work/"
said=$(systemd-analyze verify "$work/wamux.service" "$work/wamux.socket" 2>&1 | grep "$work\|wamux\." || true)
is "$said" "" "complaints of systemd-analyze verify"
mkdir -p "$work/root/etc"
systemd-sysusers --root="$work/root" "$PWD/deploy/wamux.sysusers" 2>/dev/null || fail "systemd-sysusers does not take deploy/wamux.sysusers"
is "$(grep -c '^wamux:' "$work/root/etc/passwd")" 1 "users that deploy/wamux.sysusers makes"

is "$(sed -n 's/^ExecReload=//p' deploy/wamux.service | head -1)" "/usr/local/bin/wamux check-config" "what a reload does first"

step "they are as shut as they can be"
systemd-analyze security --offline=true --no-pager --threshold="$exposure_max" deploy/wamux.service >"$work/security" ||
    { grep '✗' "$work/security" >&2; fail "more than $exposure_max tenths"; }
tail -1 "$work/security" | grep -o 'Overall.*[0-9]'

step "exit codes, signals and time limits are those of the program"
prevented=$(sed -n 's/^RestartPreventExitStatus=//p' deploy/wamux.service)
is "$prevented" "$(sed -n 's/^| \([0-9]*\) |.*| no |$/\1/p' DEPLOY.md | grep -v '^0$' | tr '\n' ' ' | sed 's/ $//')" "codes that are not tried again"
grace=$(sed -n 's/^shutdown_timeout_secs = //p' config.toml)
[ "$(sed -n 's/^TimeoutStopSec=//p' deploy/wamux.service)" -gt "$grace" ] || fail "TimeoutStopSec is not more than $grace s"
[ "$(sed -n 's/^ *stop_grace_period: \([0-9]*\)s/\1/p' deploy/docker-compose.yml)" -gt "$grace" ] || fail "stop_grace_period is not more than $grace s"
echo "ok  both wait for longer than $grace s"

step "the daemon needs no other system calls"
members() { systemd-analyze syscall-filter "$1" | awk 'NR > 1 && $1 != "#" {print $1}'; }
expand() {
    for word in "$@"; do
        case $word in
            @*) (expand $(members "$word")) ;;
            *) echo "$word" ;;
        esac
    done
}
expand $(sed -n 's/^SystemCallFilter=\([^~]\)/\1/p' deploy/wamux.service) | sort -u >"$work/with"
expand $(sed -n 's/^SystemCallFilter=~//p' deploy/wamux.service) | sort -u >"$work/without"
comm -23 "$work/with" "$work/without" >"$work/allowed"
mkdir "$work/state"
[ "$(id -u)" != 0 ] || chown nobody "$work/state"
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid nobody --regid nogroup --clear-groups "$@"; else "$@"; fi; }
port=$(free_port)
# A checkout that others cannot enter: they get a copy.
as_nobody test -x "$binary" || { cp "$binary" "$work/wamux" && chmod 755 "$work/wamux" && binary=$work/wamux; }
(cd "$work/state" && as_nobody env WAMUX_AUTH__API_KEY=only-for-this-sandbox \
    NOTIFY_SOCKET="$work/state/notify" WATCHDOG_USEC=2000000 strace -f -qq -e signal=none -o "$work/state/calls" \
    "$binary" sandbox --listen "127.0.0.1:$port" --simulator 127.0.0.1:0 --state-dir "$work/state/s" >"$work/said" 2>"$work/log") &
daemon=$!
eventually "it has started" grep -q Ctrl-C "$work/said"
sim=$(sed -n 's/^ *simulator *//p' "$work/said")
ask() { curl -fsS -H "X-Api-Key: only-for-this-sandbox" -H "Content-Type: application/json" "$@"; }
ask "http://127.0.0.1:$port/api/sessions" -d '{"clientId":"demo","sessionId":"ana"}' >/dev/null
ask "http://127.0.0.1:$port/api/sessions/ana/qr?wait=60" | sed 's/.*"qr":"\([^"]*\)".*/\1/' |
    curl -fsS --data-binary @- "$sim/mock-phone/scan-qr?phone=5511900000001" >/dev/null
connected() { ask "http://127.0.0.1:$port/api/sessions/ana" | grep -q '"state":"connected"'; }
eventually "a session is connected" connected
ask "http://127.0.0.1:$port/api/webhooks" -d '{"url":"http://localhost:9/"}' >/dev/null
ask "http://127.0.0.1:$port/api/messages/send" -d '{"sessionId":"ana","to":"+5511900000009","text":"hello"}' >/dev/null
attempted() { ask "http://127.0.0.1:$port/metrics" | grep -q '^wamux_webhook_attempts_total{[^}]*outcome="again"[^}]*} [1-9]'; }
eventually "a webhook was called" attempted
child=$(program_below "$daemon")
kill -TERM "$child"
wait "$daemon" || fail "it ended with $?"
daemon=
if [ "$(id -u)" = 0 ]; then
    chown root "$work/state/s/wamux.db" && chmod 600 "$work/state/s/wamux.db"
    (cd "$work/state" && as_nobody "$binary" doctor --state-dir "$work/state/s" >"$work/doctor" 2>&1) && fail "doctor finds nothing wrong with a database of root"
    grep -q "cannot be read and written by this user" "$work/doctor" || { cat "$work/doctor" >&2; fail "doctor takes a database of root for damaged"; }
    "$binary" backup "$work/b" --state-dir "$work/state/s" >"$work/refused" 2>&1 && fail "root makes a backup in the folder of another"
    grep -q runuser "$work/refused" || fail "the way to be the other user is not said"
    # As volumes of Kubernetes are with fsGroup.
    mkdir -m 2777 "$work/state/volume" && chown root "$work/state/volume"
    serve() { (cd "$work/state" && as_nobody timeout 20 "$binary" serve --listen 127.0.0.1:0 --state-dir "$1" >"$work/refused" 2>&1); }
    WAMUX_AUTH__API_KEY=only-for-this-sandbox WAMUX_WHATSAPP__ENDPOINT=ws://127.0.0.1:1/ws/chat
    export WAMUX_AUTH__API_KEY WAMUX_WHATSAPP__ENDPOINT
    got=0
    serve "$work/state/volume" || got=$?
    is "$got" 73 "code of a start in a volume of root"
    grep -q "such as a new folder in it" "$work/refused" || fail "the way out is not said"
    serve "$work/state/volume/wamux" &
    eventually "it starts in a folder of a volume of root" grep -q listening "$work/refused"
    kill -TERM "$(program_below $!)"
    wait $!
    echo "ok  what root has made there is told from damage"
fi
# strace names them as the kernel does for this machine, so does systemd; execve is what starts it.
awk '{print $2}' "$work/state/calls" | grep -oE '^[a-z0-9_]+\(' | tr -d '(' | sort -u >"$work/used"
[ "$(wc -l <"$work/used")" -gt 40 ] || fail "strace saw next to nothing"
is "$(comm -23 "$work/used" "$work/allowed" | tr '\n' ' ')" "" "calls that the unit does not allow"
echo "it uses $(wc -l <"$work/used") of $(wc -l <"$work/allowed")"
! grep -E 'PROT_WRITE\|PROT_EXEC' "$work/state/calls" | head -3 | grep . || fail "memory that is writable and executable"
families=$(grep -oE 'socket\(AF_[A-Z0-9]+' "$work/state/calls" | sort -u | sed 's/socket(//' | tr '\n' ' ')
for family in $families; do
    case " $(sed -n 's/^RestrictAddressFamilies=//p' deploy/wamux.service) AF_NETLINK " in
        *" $family "*) ;;
        *) fail "sockets of $family" ;;
    esac
done
echo "ok  sockets: $families"
echo "unit: passed"
