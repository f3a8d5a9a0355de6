# Two commands do it all: `make run` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Most of a test is waiting for real processes, so more run at once than there are cores; JOBS=0: one after the other.
JOBS ?= 4
PYTEST := $(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder

help: ## lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 20

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: install python3, or name one with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Name another with PYTHON=…" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock | $(BIN)/python
	@echo "installing the dependencies into $(VENV) (about 450 MB, once)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock requirements.lock $(VENV)/.installed
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/.installed ## makes .venv from requirements.lock
install-dev: $(VENV)/.installed-dev ## the same, with what tests and checks need

run: $(VENV)/.installed ## the whole product; on the demo model when there are no credentials
	@exec ./start.sh

test: $(VENV)/.installed-dev ## the API, the door, serving, and the main job in a browser: five minutes on two cores
	@tests/needs.sh chromium
	$(PYTEST) tests/integration tests/unit

test-terminal: $(VENV)/.installed-dev ## the terminal app, key by key
	@tests/needs.sh tmux
	$(PYTEST) tests/terminal

test-browser: $(VENV)/.installed-dev ## every page in Chromium
	@tests/needs.sh chromium
	$(PYTEST) tests/browser

test-system: $(VENV)/.installed-dev ## whole houses: crowded, killed, several on one PostgreSQL
	$(PYTEST) tests/system

# Slow ones first, so that no core idles at the end.
test-all: $(VENV)/.installed-dev ## these four at once: every test that needs no Docker
	@tests/needs.sh chromium tmux
	$(PYTEST) tests/browser tests/system tests/terminal tests/integration tests/unit

bench: $(VENV)/.installed-dev ## measures everything in less than ten minutes, and writes docs/benchmarks.md
	$(BIN)/python -m bench --page docs/benchmarks.md

soak: $(VENV)/.installed-dev ## ten minutes of everything at once, then counts what is left: MINUTES=10
	$(BIN)/python -m bench.api_soak $(MINUTES)
MINUTES ?= 10

chaos-test: $(VENV)/.installed-dev ## kills, pauses and starves every program under load, and writes docs/chaos-test.md
	$(BIN)/python -m bench.chaos --page docs/chaos-test.md $(CHAOS)

check: $(VENV)/.installed-dev ## ruff, mypy, import-linter, hadolint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile tests/container/proxies/Dockerfile

audit: $(VENV)/.installed-dev ## asks the public list of known holes about every locked library; needs the internet
	$(BIN)/uv tool run pip-audit --strict --disable-pip --require-hashes -r requirements.lock

format: $(VENV)/.installed-dev ## lets ruff format the tree
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/.installed-dev ## writes both lock files anew from pyproject.toml
	$(BIN)/uv pip compile $(LOCK_FLAGS) $(UPGRADE) pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile $(LOCK_FLAGS) $(UPGRADE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
LOCK_FLAGS := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links

IMAGE ?= claude-code-sdk-container
# An engine without a bridge of its own builds with BUILD_FLAGS=--network=host.
image: ## builds the container's image, IMAGE=claude-code-sdk-container
	DOCKER_BUILDKIT=1 docker build $(BUILD_FLAGS) --build-arg REVISION="$$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" -t $(IMAGE) .

test-container: $(VENV)/.installed-dev image ## tests of the image; needs a Docker engine (DOCKER_HOST) and nothing else
	IMAGE=$(IMAGE) $(BIN)/python -m pytest tests/container

.PHONY: help install install-dev run test test-terminal test-browser test-system test-all bench soak chaos-test check audit format lock image test-container
