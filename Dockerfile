# WABolt with its own PostgreSQL, as an ordinary user. All data is in the volume /data.
FROM python:3.13-slim-trixie AS build
WORKDIR /source
COPY requirements.lock requirements-node.lock pyproject.toml hatch_build.py vendor.toml package.json package-lock.json README.md LICENSE CHANGELOG.md ./
RUN python -m venv /opt/wabolt \
    && /opt/wabolt/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY src ./src
RUN /opt/wabolt/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim-trixie
# libmagic1: linked numbers look at files with it
RUN apt-get update \
    && apt-get install -y --no-install-recommends libmagic1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin wabolt \
    && install -d -o wabolt -g wabolt -m 0700 /data
COPY --from=build /opt/wabolt /opt/wabolt
ENV PATH=/opt/wabolt/bin:$PATH WABOLT_HOME=/data WABOLT_LANGUAGE=id PYTHONUNBUFFERED=1
USER wabolt
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=180s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=5)"]
ENTRYPOINT ["wabolt"]
CMD ["up", "--host", "0.0.0.0", "--port", "8000"]
