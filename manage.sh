#!/bin/sh
# One script for people who run wamux and do not want to remember commands. A thin layer over the binary, systemd and
# the API; `./manage.sh help` says what it can do. POSIX sh, Linux, and curl for what it asks the API.
# shellcheck disable=SC2119,SC2120  # functions that are called with words and without
set -eu

here=$(cd "$(dirname "$0")" && pwd)

usage() {
    cat <<'HELP'
Usage: ./manage.sh COMMAND

  start [sandbox]            start the daemon, and wait until it is well; with `sandbox`, against simulated phones
  stop                       stop it in order, and wait until it has ended
  status                     say whether it runs and is well; ends with 0 if so, 1 if it is not well, 3 if it does not run
  logs [-f]                  show the last 100 lines of its log; -f goes on
  backup FILE [OPTIONS]      write all that it keeps to FILE, while it runs (wamux backup)
  restore FILE [OPTIONS]     put a backup in place of what there is, which is moved aside (wamux restore)
  clean:sessions             delete the sessions that are logged out or failed, after asking
  update [FILE]              back up, put in a new binary, start it again; without FILE, the binary is built from what
                             `git pull` brings
  help                       show this

Where the service wamux of systemd is installed, it is what starts and stops; that needs root. Otherwise the daemon runs
in the background, with wamux.pid and wamux.log in its state folder.

  --yes, as the last word    do not ask
  WAMUX_BIN                  the binary [target/release/wamux beside this script, or wamux in PATH]
  WAMUX_STATE__DIR           the state folder [state.dir of config.toml, or ./state]
  WAMUX_URL, WAMUX_KEY       where the daemon is and the key of its API, for clean:sessions
  WAMUX_BACKUPS              where `update` puts its backups [backups beside the state folder]
HELP
}

say() { echo "$*"; }
die() {
    echo "manage.sh: $1" >&2
    exit "${2:-1}"
}
sure() {
    [ -z "$yes" ] || return 0
    printf '%s [y/N] ' "$1"
    answer=
    read -r answer || true
    case $answer in y | Y | yes) ;; *) die "nothing was done" ;; esac
}

has_systemd() { [ -z "${WAMUX_NO_SYSTEMD:-}" ] && command -v systemctl >/dev/null 2>&1 && systemctl cat wamux.service >/dev/null 2>&1; }

# The value of KEY in [SECTION] of the configuration, if it is there as a plain string.
configured() {
    [ -f "$config" ] || return 0
    sed -n "/^\[$1\]/,/^\[/s/^ *$2 *= *[\"']\(.*\)[\"'].*/\1/p" "$config" | head -n 1
}
# The value of NAME in the file that the service reads its environment from.
in_env_file() { [ ! -r "$env_file" ] || sed -n "s/^$1=//p" "$env_file" | tail -n 1 | sed "s/^[\"']//; s/[\"']$//"; }

settle() {
    env_file=/dev/null
    if has_systemd; then
        systemd=yes
        config=/etc/wamux/config.toml
        env_file=/etc/wamux/wamux.env
        binary=${WAMUX_BIN:-/usr/local/bin/wamux}
        state=${WAMUX_STATE__DIR:-/var/lib/wamux}
    else
        systemd=
        cd "$here"
        config=config.toml
        binary=${WAMUX_BIN:-}
        [ -n "$binary" ] || { [ ! -x target/release/wamux ] || binary=$here/target/release/wamux; }
        [ -n "$binary" ] || binary=$(command -v wamux) || die "there is no binary: cargo build --release, or set WAMUX_BIN"
        state=${WAMUX_STATE__DIR:-$(configured state dir)}
        state=${state:-./state}
        case $state in /*) ;; *) state=$here/${state#./} ;; esac
    fi
    pid_file=$state/wamux.pid
    log=$state/wamux.log
    WAMUX_STATE__DIR=$state
    export WAMUX_STATE__DIR
}

# The binary, as the user and with the settings of the service.
wamux() {
    if [ -n "$systemd" ]; then
        listen=$(in_env_file WAMUX_SERVER__LISTEN)
        ({ cd /etc/wamux || cd /; } 2>/dev/null && runuser -u wamux -- env ${listen:+"WAMUX_SERVER__LISTEN=$listen"} "WAMUX_STATE__DIR=$state" "$binary" "$@")
    else
        "$binary" "$@"
    fi
}

# The process of the pid file, if it is there and is wamux: numbers are given out anew.
running() {
    [ -f "$pid_file" ] || return 1
    pid=$(cat "$pid_file")
    [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 1
    case $(cat "/proc/$pid/comm" 2>/dev/null) in wamux*) ;; *) return 1 ;; esac
    ! grep -q '^State:.*Z' "/proc/$pid/status" 2>/dev/null
}
# Whether a wamux has the state folder; one that is_up does not know of was started in another way.
in_use() {
    [ -f "$state/wamux.lock" ] || return 1
    got=0
    flock -n "$state/wamux.lock" true 2>/dev/null || got=$?
    [ "$got" = 1 ]
}
no_stranger() { ! in_use || die "$state is in use by a wamux that this script did not start; stop that one first, the way it was started"; }
is_up() { if [ -n "$systemd" ]; then systemctl is-active --quiet wamux; else running; fi; }
healthy() { wamux healthcheck >/dev/null 2>&1; }

until_healthy() {
    left=60
    until healthy; do
        is_up || { logs >&2; die "the daemon ended; this is the end of its log"; }
        left=$((left - 1))
        [ "$left" -gt 0 ] || die "it runs, but is not well after a minute; see ./manage.sh logs"
        sleep 1
    done
}

start() {
    if is_up; then
        say "it runs already"
    elif [ -n "$systemd" ]; then
        systemctl start wamux
    else
        no_stranger
        ! healthy || die "something answers at its address already; stop that, or set another server.listen"
        umask 077
        mkdir -p "$state"
        chmod 700 "$state"
        nohup "$binary" "$@" >>"$log" 2>&1 </dev/null &
        echo $! >"$pid_file"
    fi
    until_healthy
    say "it is well"
    [ -n "$systemd" ] || ! grep -q 'A key for the API was made' "$log" ||
        say "the key of the API is in $log: keep it elsewhere, and take those lines out"
}

stop() {
    is_up || { no_stranger; say "it does not run"; return 0; }
    if [ -n "$systemd" ]; then
        systemctl stop wamux
    else
        kill -TERM "$pid"
        left=90
        while running; do
            left=$((left - 1))
            [ "$left" -gt 0 ] || die "process $pid still runs after 45 s; kill -KILL $pid ends it at once and loses nothing that was acknowledged"
            sleep 0.5
        done
        rm -f "$pid_file"
    fi
    say "it has stopped"
}

status() {
    if ! is_up; then
        no_stranger
        say "it does not run"
        return 3
    fi
    [ -z "$systemd" ] || systemctl status --no-pager --lines 0 wamux || true
    if healthy; then say "it runs and is well"; else
        say "it runs, but is not well; see ./manage.sh logs"
        return 1
    fi
}

logs() {
    if [ -n "$systemd" ]; then journalctl --unit wamux --lines 100 --no-pager "$@"; else tail -n 100 "$@" "$log"; fi
}

# A folder for a moment, which the user of the daemon can use.
tmp=
scratch() {
    [ -z "$tmp" ] || return 0
    tmp=$(mktemp -d)
    trap 'rm -rf "$tmp"' EXIT
    trap 'exit 130' INT TERM
    [ -z "$systemd" ] || chown wamux "$tmp"
}

backup() {
    [ $# -ge 1 ] || die "backup to which file? ./manage.sh backup FILE" 64
    file=$1
    shift
    [ ! -e "$file" ] || die "$file is there already"
    if [ -n "$systemd" ] && [ "$file" != - ]; then
        scratch
        wamux backup "$tmp/backup" "$@"
        chown root "$tmp/backup"
        mv "$tmp/backup" "$file"
        say "it is $file"
    else
        wamux backup "$file" "$@"
    fi
}

restore() {
    [ $# -ge 1 ] || die "restore from which file? ./manage.sh restore FILE" 64
    [ -r "$1" ] || die "$1 cannot be read"
    file=$1
    shift
    sure "put $file in place of what is in $state? That is moved aside, and must never run again."
    was_up=
    ! is_up || was_up=yes
    stop
    if [ ! -d "$state" ]; then
        mkdir -p "$state"
        [ -z "$systemd" ] || chown wamux: "$state"
    fi
    # A name that is new also when two are made within a second; mktemp makes it for its owner alone.
    aside=$(mktemp -d "$(dirname "$state")/$(basename "$state").before-$(date +%Y%m%d-%H%M%S)-XXXX")
    say "what is in $state goes to $aside"
    scratch
    cp "$file" "$tmp/backup"
    [ -z "$systemd" ] || chown wamux "$tmp/backup"
    all_of "$state" -exec mv {} "$aside/" \;
    # find does not say that mv has failed, and what is still there is no rubbish.
    [ -z "$(all_of "$state")" ] || die "not all of $state could be moved to $aside; nothing was restored. Make room, and move what is in $aside back"
    if ! wamux restore "$tmp/backup" "$@"; then
        all_of "$state" -exec rm -rf {} \;
        all_of "$aside" -exec mv {} "$state/" \;
        rmdir "$aside" || die "the backup was not restored; move what is in $aside back to $state"
        die "the backup was not restored; $state is as it was, and the daemon is stopped"
    fi
    # These two belong to no backup.
    for kept in README.md wamux.log; do [ ! -f "$aside/$kept" ] || mv "$aside/$kept" "$state/"; done
    say "what was there before is in $aside"
    [ -z "$was_up" ] || start
}
# What is in a folder; a file system of its own has a lost+found.
all_of() {
    folder=$1
    shift
    find "$folder" -mindepth 1 -maxdepth 1 ! -name lost+found "$@"
}

api() {
    method=$1
    shift
    # By its standard input: the key is in no list of processes.
    printf 'header = "X-Api-Key: %s"\n' "$key" | curl -K - -sS --fail-with-body -X "$method" "$@"
}

# Lines of "id state", of all sessions.
sessions() {
    cursor=
    while :; do
        page=$(api GET "$url/api/sessions?limit=200${cursor:+&cursor=$cursor}") || die "$page"
        printf '%s\n' "$page" | sed 's/{"id":"/\
&/g' | sed -n 's/^{"id":"\([^"]*\)".*/\1 &/p' | sed -n 's/^\([^ ]*\) .*[^\\]"state":"\([A-Za-z]*\)".*/\1 \2/p'
        cursor=$(printf '%s\n' "$page" | sed -n 's/.*"nextCursor":"\([^"]*\)"}$/\1/p')
        [ -n "$cursor" ] || break
    done
}

clean_sessions() {
    command -v curl >/dev/null 2>&1 || die "curl is missing"
    listen=${WAMUX_SERVER__LISTEN:-$(in_env_file WAMUX_SERVER__LISTEN)}
    listen=${listen:-$(configured server listen)}
    url=${WAMUX_URL:-http://${listen:-127.0.0.1:3000}}
    key=${WAMUX_KEY:-${WAMUX_AUTH__API_KEY:-$(in_env_file WAMUX_AUTH__API_KEY)}}
    key=${key:-$(configured auth api_key)}
    [ -n "$key" ] || die "the key of the API is needed: WAMUX_KEY=… ./manage.sh clean:sessions" 64
    all=$(sessions) || exit 1
    over=$(printf '%s\n' "$all" | grep -E ' (loggedOut|failed)$' || true)
    [ -n "$over" ] || { say "no session is logged out or failed"; return 0; }
    say "$over"
    sure "delete these $(printf '%s\n' "$over" | wc -l | tr -d ' ') sessions with all their messages? A failed one may only need a start."
    printf '%s\n' "$over" | while read -r id _; do
        api DELETE "$url/api/sessions/$id" >/dev/null && say "deleted $id"
    done
}

update() {
    new=${1:-}
    if [ -n "$new" ]; then
        { [ -f "$new" ] && [ -x "$new" ]; } || die "$new is no program"
    elif [ ! -e "$here/.git" ]; then
        die "this is no git checkout; give the new binary: ./manage.sh update FILE"
    fi
    was_up=
    ! is_up || was_up=yes
    backups=${WAMUX_BACKUPS:-$(dirname "$state")/wamux-backups}
    mkdir -p "$backups"
    chmod 700 "$backups"
    copy=$backups/wamux-$(date +%Y%m%d-%H%M%S)-$$.backup
    # Without a database there is nothing to lose yet.
    if [ -f "$state/wamux.db" ]; then
        backup "$copy" || die "without a backup there is no way back, so nothing was changed"
    fi
    # A program that runs cannot be written to, but another file can take its place.
    [ ! -f "$binary" ] || cp -p "$binary" "$binary.previous"
    if [ -z "$new" ]; then
        (cd "$here" && git pull --ff-only && cargo build --release --locked --package wamux)
        new=$here/target/release/wamux
    fi
    if [ "$(realpath "$new")" != "$(realpath "$binary")" ]; then
        cp "$new" "$binary.new"
        chmod 755 "$binary.new"
        mv "$binary.new" "$binary"
    fi
    if ! wamux check-config; then
        mv "$binary.previous" "$binary"
        die "the new version does not take the configuration; the old one is in its place again"
    fi
    back="The way back: ./manage.sh stop; mv $binary.previous $binary; ./manage.sh restore $copy; ./manage.sh start"
    if [ -n "$was_up" ]; then
        stop
        (start) || die "the new version does not run. $back"
    fi
    say "$("$binary" --version). $back"
}

# Files are named from where the caller is; keys are copied to where the user of the daemon can read them.
named() {
    case $1 in - | /*) given=$1 ;; *) given=$from/$1 ;; esac
}
for_daemon() {
    named "$1"
    [ -n "$systemd" ] || return 0
    [ -r "$given" ] || die "$given cannot be read"
    scratch
    theirs=$(mktemp "$tmp/key.XXXX")
    cat "$given" >"$theirs"
    chown wamux "$theirs"
    given=$theirs
}

yes=
from=$PWD
command=${1:-help}
[ $# -eq 0 ] || shift
# --yes may stand last.
for word in "$@"; do last=$word; done
before=
case $command in
    start | stop | status | logs | clean:sessions) settle ;;
    backup | restore | update) settle && before='<file>' ;;
esac
count=$#
while [ "$count" -gt 0 ]; do
    given=$1
    shift
    count=$((count - 1))
    if [ "$count" -eq 0 ] && [ "$last" = --yes ]; then
        yes=yes
        break
    fi
    case $before in
        '<file>') named "$given" ;;
        --passphrase-file | --identity) for_daemon "$given" ;;
    esac
    before=$given
    set -- "$@" "$given"
done
case $command in
    help | -h | --help) usage ;;
    start | stop | status | logs | backup | restore | update) "$command" "$@" ;;
    clean:sessions) clean_sessions ;;
    *)
        usage >&2
        exit 64
        ;;
esac
