#!/bin/sh
# Builds the image and proves what DEPLOY.md says of it, on a Debian machine without a Docker engine: with buildah, on
# a base that debootstrap makes. Needs root; takes as long as a release build, and 6 GB below IMAGE_TEST_DIR.
# Usage: make image-test [PROFILE=release] [IMAGE_TEST_DIR=/tmp/wamux-image-test] [KEEP=1] [BUILT=1]
# KEEP leaves the image where it is, and BUILT takes the one that was left.
set -eu
cd "$(dirname "$0")/../.."

profile=${PROFILE:-release}
work=${IMAGE_TEST_DIR:-/tmp/wamux-image-test}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
image=localhost/wamux:image-test
base=localhost/rust:1.95-slim-bookworm
stop_seconds=45
# shellcheck source=tests/deploy/lib.sh
. tests/deploy/lib.sh

[ "$(id -u)" = 0 ] || { echo "image-test needs root: debootstrap and buildah's chroot do" >&2; exit 1; }
for tool in buildah debootstrap bwrap setpriv; do
    command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install buildah debootstrap bubblewrap util-linux" >&2; exit 1; }
done
grep -q "^FROM rust:1.95-slim-bookworm AS build" Dockerfile || { echo "the base here is not the one of the Dockerfile" >&2; exit 1; }

mkdir -p "$work"
chmod 755 "$work"
buildah() { command buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@"; }
tidy() {
    [ $? = 0 ] || [ ! -f "$work/daemon.log" ] || cat "$work/daemon.log" >&2
    [ -z "${daemon:-}" ] || kill -KILL "$daemon" 2>/dev/null || true
    [ -z "${container:-}" ] || buildah rm "$container" >/dev/null 2>&1 || true
    [ -n "${KEEP:-}" ] || { buildah rm --all >/dev/null 2>&1; buildah rmi --all --force >/dev/null 2>&1; rm -rf "$work"; } || true
}
trap tidy EXIT
trap 'exit 130' INT TERM

# The base: what rust:slim has, with this machine's compiler, certificates and way to the registry.
if ! buildah inspect "$base" >/dev/null 2>&1; then
    step "a base with $(rustc --version)"
    [ -f "$work/base/etc/debian_version" ] ||
        debootstrap --variant=minbase --include=gcc,libc6-dev,ca-certificates bookworm "$work/base" "$mirror" >"$work/debootstrap.log"
    mkdir -p "$work/base/usr/local/rust"
    for part in bin lib libexec; do cp -a "$(rustc --print sysroot)/$part" "$work/base/usr/local/rust/"; done
    cp /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/certs/ca-certificates.crt"
    rm -rf "$work/base/var/cache/apt" "$work/base/var/lib/apt/lists" "$work/base/usr/share/doc"
    new=$(buildah from scratch)
    tar -C "$work/base" -cf "$work/base.tar" . && rm -rf "$work/base"
    buildah add --quiet "$new" "$work/base.tar" / >/dev/null && rm "$work/base.tar"
    buildah config --env PATH=/usr/local/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        --env CARGO_HOME=/usr/local/cargo --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt "$new"
    buildah commit --quiet --format docker --rm "$new" "$base" >/dev/null
fi

step "the image, profile $profile"
start=$(date +%s)
[ -n "${BUILT:-}" ] || buildah bud --isolation chroot --network host --pull=never --format docker --build-arg "PROFILE=$profile" \
    ${FEATURES:+--build-arg "FEATURES=$FEATURES"} --tag "$image" . >"$work/build.log" 2>&1 ||
    { tail -40 "$work/build.log" >&2; exit 1; }
echo "built in $(($(date +%s) - start)) s"

step "what the image says of itself"
inspect() { buildah inspect --type image --format "$1" "$image"; }
is "$(inspect '{{.Docker.Config.User}}')" 10001:10001 "the user"
is "$(inspect '{{.Docker.Config.Entrypoint}}')" '[/usr/local/bin/wamux]' "the entry point"
is "$(inspect '{{.Docker.Config.Volumes}}')" 'map[/state:{}]' "the volume"
is "$(inspect '{{.Docker.Config.WorkingDir}}')" /state "the folder"
is "$(inspect '{{.Docker.Config.Healthcheck.Test}}')" '[CMD /usr/local/bin/wamux healthcheck]' "the health check"
is "$(inspect '{{index .Docker.Config.Labels "org.opencontainers.image.licenses"}}')" MIT "the licence"

container=$(buildah from --pull=never "$image")
root=$work/root
rm -rf "$root" && mkdir "$root"
tar -C "$(buildah mount "$container")" -cf - . | tar -C "$root" -xpf -
buildah umount "$container" >/dev/null
is "$(stat -c '%u:%g %a' "$root/state")" '10001:10001 700' "the owner of /state"
is "$(find "$root" -type f | wc -l)" "$(find "$root/usr/local/bin" "$root/lib" "$root/lib64" "$root/etc" -type f | wc -l)" \
    "files beside program, libraries and etc"
[ ! -e "$root/bin/sh" ] || fail "there is a shell"
find "$root" -type f -printf '%10s  /%P\n'
echo "size of the image: $(du -sb --apparent-size "$root" | awk '{printf "%.1f MB", $1 / 1e6}')"

# Whoever runs a container makes these two for what it mounts there.
mkdir "$root/proc" "$root/dev"

# As Docker would with --read-only --cap-drop ALL --security-opt no-new-privileges: the same root without a way to
# write to it, another user, no capabilities, processes of its own.
state=$work/volume
rm -rf "$state" && cp -a "$root/state" "$state"
port=$(free_port)
confined() {
    setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
        bwrap --die-with-parent --unshare-user --unshare-ipc --unshare-uts --unshare-cgroup-try --ro-bind "$root" / --proc /proc --dev /dev \
        --bind "$state" /state --chdir /state --clearenv --setenv PATH /usr/local/bin \
        --setenv WAMUX_SERVER__LISTEN "0.0.0.0:$port" --setenv WAMUX_STATE__DIR /state --setenv WAMUX_LOG__FORMAT json \
        --cap-drop ALL "$@"
}

step "it runs as user 10001 on a root that is read-only"
confined /usr/local/bin/wamux 2>"$work/daemon.log" &
daemon=$!
eventually "it is healthy" confined /usr/local/bin/wamux healthcheck
wamux=$(program_below "$daemon")
is "$(awk '/^Uid/ {print $2, $3}' "/proc/$wamux/status")" "10001 10001" "the user that runs"
is "$(awk '/^Cap(Prm|Eff|Bnd)/ {print $2}' "/proc/$wamux/status" | sort -u)" 0000000000000000 "its capabilities"
is "$(awk '/^NoNewPrivs/ {print $2}' "/proc/$wamux/status")" 1 "no new privileges"
is "$(awk '$5 == "/" {print $6}' "/proc/$wamux/mountinfo" | tail -1 | cut -d, -f1)" ro "the root file system"
[ -f "$state/wamux.db" ] || fail "no database in the volume"
is "$(find "$state" -not -user 10001 | wc -l)" 0 "files in the volume of somebody else"
is "$(stat -c %a "$state")" 700 "the mode of the volume"
for place in /etc /usr/local/bin /; do
    if confined /usr/local/bin/wamux --state-dir "$place/other" --listen 127.0.0.1:0 >/dev/null 2>"$work/other.log"; then
        fail "it could write to $place"
    else
        is $? 73 "the exit code when the state folder is in $place"
    fi
done

step "SIGTERM ends it with 0"
start=$(date +%s)
kill -TERM "$wamux"
code=0
wait "$daemon" || code=$?
took=$(($(date +%s) - start))
daemon=
is "$code" 0 "the exit code"
[ "$took" -lt "$stop_seconds" ] || fail "it took $took s"
echo "stopped after $took s"
echo "image-test: passed"
