# The image is the binary, and what it needs of Debian's C library: three libraries and the loader. No shell, no package
# manager, nothing else to keep up to date. TLS and the root certificates are inside the binary. With musl there would be
# no libraries at all, but the slower allocator, and another resolver than the one that is tested.
#
#   docker build -t wamux .
#   docker build -t wamux-sandbox --build-arg FEATURES=sandbox .     for trying things; never for real phones
#
# The version of Rust is the least that Cargo.toml allows. The image needs no BuildKit.

FROM rust:1.95-slim-bookworm AS build
ARG PROFILE=release
ARG FEATURES=
WORKDIR /src

# Dependencies first, from the manifests alone: this layer is built again only when they change. The script of waproto
# writes a file that it also watches, so that the next build would take the crate, and all that need it, for changed.
COPY Cargo.toml Cargo.lock ./
COPY simulator/Cargo.toml simulator/
RUN mkdir -p src simulator/src && touch src/lib.rs simulator/src/lib.rs && echo 'fn main() {}' > src/main.rs && \
    cargo build --locked --package wamux --bin wamux --profile "$PROFILE" --features "$FEATURES" && \
    find target -name whatsapp.local.desc -exec touch -d @0 {} +

# Copied files keep their times, which may be older than what was just built: so they are touched.
COPY migrations migrations
COPY assets assets
COPY simulator simulator
COPY src src
RUN touch src/lib.rs src/main.rs simulator/src/lib.rs && \
    cargo build --locked --package wamux --bin wamux --profile "$PROFILE" --features "$FEATURES"

# What the image will have. Folders keep their modes and the libraries the paths under which the loader looks for them.
RUN set -eu; \
    folder=$PROFILE; [ "$PROFILE" != dev ] || folder=debug; \
    install -D "target/$folder/wamux" /out/root/usr/local/bin/wamux; \
    ldd /out/root/usr/local/bin/wamux | grep -o '/[^ ]*' | sort -u | \
        while read -r library; do install -D "$library" "/out/root$library"; done; \
    mkdir -p /out/root/etc; \
    echo 'wamux:x:10001:10001:wamux:/state:/usr/sbin/nologin' > /out/root/etc/passwd; \
    echo 'wamux:x:10001:' > /out/root/etc/group; \
    echo 'hosts: files dns' > /out/root/etc/nsswitch.conf; \
    mkdir -p /out/owned/state; chmod 700 /out/owned/state

FROM scratch
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="wamux" \
      org.opencontainers.image.description="One daemon for many WhatsApp sessions, offered as a REST API" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /out/root/ /
# The folder exists before the volume does, so that a new volume belongs to the user.
COPY --from=build --chown=10001:10001 /out/owned/ /
# By number, so that Kubernetes can tell that it is not root.
USER 10001:10001
WORKDIR /state
# Inside the container "every address" is the container's own; `docker run -p` decides who reaches it.
ENV PATH=/usr/local/bin \
    WAMUX_SERVER__LISTEN=0.0.0.0:3000 \
    WAMUX_STATE__DIR=/state \
    WAMUX_LOG__FORMAT=json
VOLUME /state
EXPOSE 3000
# More than server.shutdown_timeout_secs has to pass before a stop may kill it: docker run --stop-timeout 45
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["/usr/local/bin/wamux", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/wamux"]
