# Gatehouse as an image: non-root, works with a read-only root (give it /tmp and the two folders below).
#   docker build -t gatehouse .
#   docker run --rm -v ./gatehouse.toml:/etc/gatehouse/gatehouse.toml:ro ... gatehouse check
# glibc on purpose: there is no embedded server for musl (Alpine). Pin the base by digest where you build for real.
ARG PYTHON=python:3.13-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /src
COPY requirements.lock ./
# The packages first: they change less often than the code, so this layer is kept.
RUN python -m venv /opt/gatehouse \
    && /opt/gatehouse/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE CHANGELOG.md app_manifest.yml gatehouse.example.toml .env.example ./
COPY examples examples
COPY docs docs
COPY bot bot
COPY handlers handlers
COPY permissions permissions
COPY rehearsal rehearsal
RUN /opt/gatehouse/bin/pip install --no-cache-dir --no-deps . \
    && /opt/gatehouse/bin/python -m compileall -q /opt/gatehouse/lib \
    # The server that Gatehouse embeds, by its usual name: deploy/compose.replicas.yml shares one.
    && ln -s "$(find /opt/gatehouse/lib -name valkey-server -type f)" /opt/gatehouse/bin/valkey-server

FROM ${PYTHON}
# A fixed number, so that the owner of a mounted folder can be named before the first start.
RUN groupadd --gid 10001 gatehouse \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/gatehouse --shell /usr/sbin/nologin gatehouse \
    && install -d -m 0700 -o 10001 -g 10001 /var/lib/gatehouse /var/lib/gatehouse-record \
    && install -d -m 0755 /etc/gatehouse
COPY --from=build /opt/gatehouse /opt/gatehouse
# What proves the record never lies with what it proves: two folders, two volumes, and only one of them in the back-up.
ENV PATH=/opt/gatehouse/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GATEHOUSE_CONFIG=/etc/gatehouse/gatehouse.toml \
    GATEHOUSE_DATA=/var/lib/gatehouse \
    GATEHOUSE_RECORD=/var/lib/gatehouse-record
USER 10001:10001
WORKDIR /etc/gatehouse
VOLUME ["/var/lib/gatehouse", "/var/lib/gatehouse-record"]
EXPOSE 8080
STOPSIGNAL SIGTERM
# Alive, not ready: a portal that is away is no reason to start anew.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["gatehouse"]
CMD ["run"]
