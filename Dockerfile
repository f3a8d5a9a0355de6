# The whole product in one image. `make image` builds it; docs/container.md lists the size of its parts.
ARG PYTHON_IMAGE=python:3.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS dependencies
# Without symbols, the libraries' compiled parts are 28 MB smaller. Claude Code's executable must not be stripped: its
# program is appended to a JavaScript runtime, and stripping would remove it.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends binutils
COPY requirements.lock /
RUN --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv --without-pip /app/.venv \
 && pip --python /app/.venv/bin/python install --disable-pip-version-check --root-user-action=ignore \
        --no-compile --require-hashes -r /requirements.lock \
 && find /app/.venv -type d \( -name tests -o -name test -o -name testdata -o -name sboms \
        -o -path '*/sqlalchemy/testing' -o -path '*/alembic/testing' \) -prune -exec rm -rf {} + \
 && find /app/.venv -type f \( -name '*.py[xi]' -o -name '*.pxd' -o -name '*.[ch]' -o -name '*.proto' \) -delete \
 && find /app/.venv -type f -name '*.so*' -exec strip --strip-unneeded {} +

FROM ${PYTHON_IMAGE} AS system
# git depends on perl, but nothing here uses perl's 46 MB of modules or git's servers.
# Versions are not pinned because Debian keeps only the newest version of a package.
# hadolint ignore=DL3008
RUN --mount=type=bind,source=container,target=/build \
    cp /build/dpkg.cfg /etc/dpkg/dpkg.cfg.d/slim \
 && apt-get update \
 && apt-get install -y --no-install-recommends \
        curl git jq less libnss-wrapper openssh-client procps ripgrep tini util-linux \
 && sh /build/users \
 && sh /build/slim

# A single layer for the system, because files removed in a later layer would still take space.
FROM scratch
# hadolint ignore=DL3067
COPY --from=system / /
COPY --from=dependencies /app/.venv /app/.venv
COPY . /app
WORKDIR /app
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    IN_CONTAINER=1 \
    PORT=8080 \
    BIND=0.0.0.0,:: \
    DATA_DIR=/data \
    WORKSPACE_DIR=/workspace \
    RUN_DIR=/run/house
# Compiles the code now, as root, because the programs' users cannot write next to it. Importing every program compiles
# only the used parts of the libraries; compiling all of them would add 20 MB.
RUN ln -s /app/container/tui /app/container/doctor /app/container/login-link /usr/local/bin/ \
 && ln -s /app/.venv/lib/python3*/site-packages/claude_agent_sdk/_bundled/claude /usr/local/bin/claude \
 && .venv/bin/python -m compileall -q api auth demo runtime tui \
 && .venv/bin/python -m container.precompile \
 && claude --version
ENV PYTHONDONTWRITEBYTECODE=1
ARG VERSION=1.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Claude Code SDK Container" \
      org.opencontainers.image.description="Claude Code on a machine of your own: browser, phone, terminal and REST API" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
EXPOSE 8080
VOLUME ["/data", "/workspace"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/app/container/healthcheck"]
ENTRYPOINT ["tini", "--", "/app/start.sh"]
