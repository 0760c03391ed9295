# One image for every process of 1Mile; its command is one of the Procfile's. It holds no secret and keeps
# no state: PostgreSQL does, and the volume of the photos.

FROM node:24-slim AS browser-app
WORKDIR /app/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web/ ./
RUN npm run build

FROM python:3.13-slim AS libraries
RUN python -m venv /app/.venv
COPY requirements.lock ./
RUN /app/.venv/bin/pip install --no-cache-dir --disable-pip-version-check --requirement requirements.lock

FROM python:3.13-slim
# For `onemile backup` and `restore`.
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/*
RUN useradd --system --create-home --home-dir /home/onemile onemile \
    && install --directory --owner onemile --mode 700 /var/lib/onemile
WORKDIR /app
COPY --from=libraries /app/.venv /app/.venv
COPY pyproject.toml README.md LICENSE ./
COPY geo/ geo/
COPY realtime/ realtime/
COPY server/ server/
COPY --from=browser-app /app/web/dist web/dist
# Compiled while still root: the account that serves can write nothing here.
RUN /app/.venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation --editable . \
    && /app/.venv/bin/python -m compileall -q geo realtime server
USER onemile
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ONEMILE_ENVIRONMENT=production \
    ONEMILE_HOST=0.0.0.0 \
    ONEMILE_PORT=8000 \
    ONEMILE_PHOTO_DIR=/var/lib/onemile/photos
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"ONEMILE_PORT\"]}/health/live', timeout=2)"]
CMD ["python", "-m", "server", "serve"]
