# syntax=docker/dockerfile:1
# One image for web, worker and beat; docker-compose.yml says which command each runs.

FROM node:24-slim AS front-end
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY static ./static
RUN npm run build

FROM python:3.11-slim AS packages
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes -r requirements.txt

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin app
WORKDIR /app
COPY --from=packages /venv /venv
COPY manage.py pyproject.toml ./
COPY cpc ./cpc
COPY councils ./councils
COPY teams ./teams
COPY assessments ./assessments
COPY templates ./templates
COPY static ./static
COPY --from=front-end /build/static/dist ./static/dist
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=cpc.config.settings
# Static files belong to the image: every machine of one version serves the same hashed names.
# The values here are thrown away; the settings only need something to start with.
RUN DEMO=1 VAR_DIR=/app/var DATABASE_URL=postgres://nobody@localhost/none python manage.py collectstatic --no-input \
    && rm -rf /app/var/queue \
    && mkdir -p /app/var/documents \
    && chown -R app:app /app/var
USER app
VOLUME /app/var/documents
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "cpc.config.healthcheck"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "2", "cpc.config.wsgi:application"]
