#!/bin/sh
# Starts nginx in docker-compose.yml: wamux.conf, the same as on a machine without Docker, with this network's names.
set -eu
from=${1:-/etc/nginx/wamux/wamux.conf}
to=${2:-/etc/nginx/conf.d/default.conf}
allowed=
for address in $WAMUX_OPERATORS; do allowed="$allowed $address 1;"; done
sed -e '/^geo /,/^}/{/ 1;$/d;}' \
    -e "/^geo /,/^}/s#default *0;#default 0;$allowed#" \
    -e "s#/etc/letsencrypt/live/wamux\.example\.com/#/etc/nginx/certificates/#" \
    -e "s#wamux\.example\.com#$WAMUX_NAME#g" \
    -e "s#server 127\.0\.0\.1:3000;#server $WAMUX_UPSTREAM;#" \
    "$from" >"$to"
[ -n "${2:-}" ] || exec nginx -g 'daemon off;'
