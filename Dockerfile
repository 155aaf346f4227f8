# A tag moves with its security updates; pin one by its digest with
#   docker build --build-arg BASE=python:3.13-slim-bookworm@sha256:... .
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements/runtime.txt requirements/build.txt requirements/
# pip installs into them from outside: what runs later has none.
RUN python -m venv --without-pip /opt/allowctl
RUN python -m pip --python /opt/allowctl/bin/python install -q \
      --require-hashes --only-binary :all: -r requirements/runtime.txt
RUN python -m venv --without-pip /opt/build
RUN python -m pip --python /opt/build/bin/python install -q \
      --require-hashes --only-binary :all: -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY docs/rules/ docs/rules/
COPY src/ src/
RUN /opt/build/bin/python -m hatchling build -t wheel -d /opt/wheel
RUN python -m pip --python /opt/allowctl/bin/python install -q \
      --no-deps --no-index /opt/wheel/*.whl

FROM ${BASE}
LABEL org.opencontainers.image.title="allowctl" \
      org.opencontainers.image.description="Find, rank and take back every right your wallets have given away on EVM chains." \
      org.opencontainers.image.licenses="MIT"
# Of no account of the host: what is mounted to be read must be readable by it.
RUN groupadd --gid 10001 allowctl \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin allowctl \
 && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /opt/allowctl /opt/allowctl
ENV PATH=/opt/allowctl/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    ALLOWCTL_CACHE_DIR=/data/cache \
    ALLOWCTL_STATE_DIR=/data/state
VOLUME ["/data"]
WORKDIR /work
USER 10001:10001
HEALTHCHECK NONE
ENTRYPOINT ["allowctl"]
CMD ["--help"]
