# One image for every part; docker-compose.yml starts it as web, worker, worker-notify, worker-pdf, beat and the one-shot migrate.
FROM python:3.11-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev libpq-dev
RUN python -m venv /venv
COPY requirements-docker.txt .
# The driver is compiled here, against the libpq that the image below carries.
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements-docker.txt

FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libpq5 libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin yichuang
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
ENV PATH=/venv/bin:$PATH \
    PYTHONUTF8=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    STATIC_ROOT=/static \
    COMPRESS_STATIC=1
# Static files belong to the image, not to the data; this step needs a key and keeps none.
RUN SECRET_KEY=only-while-building python manage.py collectstatic --no-input --verbosity 0
ENV YICHUANG_ENV=production
USER yichuang
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=40s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "--http", "1", "--no-ws", "--respawn-failed-workers", "config.wsgi:application"]
