# syntax=docker/dockerfile:1
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --locked --release --package wamux && cp target/release/wamux /usr/local/bin/wamux

FROM debian:bookworm-slim
# The folder exists before the volume does, so that a new volume belongs to the user.
RUN useradd --uid 10001 --home-dir /state --create-home wamux && chmod 700 /state
COPY --from=build /usr/local/bin/wamux /usr/local/bin/wamux
USER wamux
WORKDIR /state
# Inside the container "every address" is the container's own; `docker run -p` decides who reaches it.
ENV WAMUX_SERVER__LISTEN=0.0.0.0:3000 WAMUX_STATE__DIR=/state WAMUX_LOG__FORMAT=json
VOLUME /state
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["wamux", "healthcheck"]
ENTRYPOINT ["wamux"]
