# The two main commands are `make run` and `make test`. `make help` lists all targets.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests mostly wait for real processes, so more of them run at once than there are cores. JOBS=0 runs one at a time.
JOBS ?= 4
PYTEST := $(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder

help: ## lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 20

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: install python3, or name one with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Name another with PYTHON=…" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock | $(BIN)/python
	@echo "Installing the dependencies into $(VENV) (about 450 MB, only the first time)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock requirements.lock $(VENV)/.installed
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/.installed ## creates .venv from requirements.lock
install-dev: $(VENV)/.installed-dev ## also installs the tools for tests and checks

run: $(VENV)/.installed ## runs the whole product, with the demo model if there are no credentials
	@exec ./start.sh

test: $(VENV)/.installed-dev ## runs the unit and integration tests; about five minutes on two cores
	@tests/needs.sh chromium
	$(PYTEST) tests/integration tests/unit

test-terminal: $(VENV)/.installed-dev ## tests the terminal app, key by key
	@tests/needs.sh tmux
	$(PYTEST) tests/terminal

test-browser: $(VENV)/.installed-dev ## tests every page in Chromium
	@tests/needs.sh chromium
	$(PYTEST) tests/browser

test-system: $(VENV)/.installed-dev ## tests whole deployments: under load, killed, replicated
	$(PYTEST) tests/system

# The slowest tests start first; otherwise a core would be idle at the end.
test-all: $(VENV)/.installed-dev ## runs every test that does not need Docker
	@tests/needs.sh chromium tmux
	$(PYTEST) tests/browser tests/system tests/terminal tests/integration tests/unit

bench: $(VENV)/.installed-dev ## runs all benchmarks in under ten minutes and writes docs/benchmarks.md
	$(BIN)/python -m bench --page docs/benchmarks.md

soak: $(VENV)/.installed-dev ## runs everything at once for MINUTES=10, then looks for leaks
	$(BIN)/python -m bench.api_soak $(MINUTES)
MINUTES ?= 10

chaos-test: $(VENV)/.installed-dev ## kills, pauses and starves programs under load and writes docs/chaos-test.md
	$(BIN)/python -m bench.chaos --page docs/chaos-test.md $(CHAOS)

check: $(VENV)/.installed-dev ## runs ruff, mypy, import-linter and hadolint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile tests/container/proxies/Dockerfile

audit: $(VENV)/.installed-dev ## checks the locked dependencies for known vulnerabilities; needs the internet
	$(BIN)/uv tool run pip-audit --strict --disable-pip --require-hashes -r requirements.lock

format: $(VENV)/.installed-dev ## formats the code with ruff
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/.installed-dev ## regenerates both lock files from pyproject.toml
	$(BIN)/uv pip compile $(LOCK_FLAGS) $(UPGRADE) pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile $(LOCK_FLAGS) $(UPGRADE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
LOCK_FLAGS := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links

IMAGE ?= claude-code-sdk-container
# A Docker engine without a bridge network needs BUILD_FLAGS=--network=host.
image: ## builds the container image, IMAGE=claude-code-sdk-container
	DOCKER_BUILDKIT=1 docker build $(BUILD_FLAGS) --build-arg REVISION="$$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" -t $(IMAGE) .

test-container: $(VENV)/.installed-dev image ## builds and tests the image; needs only a Docker engine (DOCKER_HOST)
	IMAGE=$(IMAGE) $(BIN)/python -m pytest tests/container

.PHONY: help install install-dev run test test-terminal test-browser test-system test-all bench soak chaos-test check audit format lock image test-container
