# One environment in .venv, from locked requirements (with hashes); by uv when it is there, else by pip.
# `make run` needs requirements.lock only; the test and lint tools come from requirements-dev.lock.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/.runs
PROVES := $(VENV)/.proves
EDITS := $(VENV)/.edits
CATALOG := scenarios/catalog
LANGUAGE_SERVER := tests/schema/editor
JOURNEY := scenarios/catalog/001-first-login-to-stop-now.yaml
WORKERS ?= 2

.PHONY: run test nightly quick check prose bench bench-fleet docs lock mosquitto chromium editor clean

run: $(RUNS)
	@$(BIN)/hubsim run $(JOURNEY)

test: $(PROVES) mosquitto chromium editor
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

# The embedded broker and Mosquitto execute 100,000 random operations; `make test` executes 5,000.
nightly: $(PROVES) mosquitto
	HUBSIM_TEST_OPERATIONS=100000 $(BIN)/pytest -n $(WORKERS) --dist worksteal tests/broker/test_embedded_against_mosquitto.py

# The tests that need only Python, in under a minute: no other process, no socket, no broker, no browser.
quick: $(PROVES)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m quick

check: $(PROVES)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hubsim docs --check
	$(BIN)/hubsim fmt --check $(CATALOG)
	$(BIN)/hubsim validate --strict $(CATALOG)
	$(BIN)/python -m tools.prose

# The words that the project does not use: CONTRIBUTING.md, tools/prose/vocabulary.toml.
prose: $(PROVES)
	$(BIN)/python -m tools.prose

bench: $(RUNS)
	$(BIN)/python -m benchmarks

# The client of a fleet in comparison with aiomqtt.
bench-fleet: $(RUNS)
	$(BIN)/python -m benchmarks.fleet

docs: $(RUNS)
	$(BIN)/hubsim docs

# Mosquitto is the reference broker that the tests compare with. The tests start private instances.
mosquitto:
	@command -v mosquitto >/dev/null 2>&1 || test -x /usr/sbin/mosquitto || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "installing mosquitto for the tests"; \
	    apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq mosquitto >/dev/null; \
	  else \
	    echo "make test needs the mosquitto broker; run: sudo apt-get install -y mosquitto" >&2; exit 1; \
	  fi; }

# Chromium opens the HTML report as its readers do.
chromium:
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "installing chromium for the tests"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	  else \
	    echo "make test needs Chromium; run: sudo apt-get install -y chromium" >&2; exit 1; \
	  fi; }

# The YAML language server lays the schema of scenario files before editors; its versions and hashes are locked.
editor: $(EDITS)

$(EDITS): $(LANGUAGE_SERVER)/package.json $(LANGUAGE_SERVER)/package-lock.json | $(RUNS)
	@command -v npm >/dev/null 2>&1 || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "installing npm for the tests"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null; \
	  else \
	    echo "make test needs npm; run: sudo apt-get install -y nodejs npm" >&2; exit 1; \
	  fi; }
	@mkdir -p $(VENV)/editor && cp $^ $(VENV)/editor
	@cd $(VENV)/editor && npm ci --loglevel error --no-audit --no-fund --ignore-scripts >/dev/null
	@touch $(EDITS)

$(RUNS): requirements.lock pyproject.toml agent/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; run: make PYTHON=python3.11" >&2; exit 1; }
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python "$(PYTHON)" $(VENV) && \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e ./agent -e .; \
	else \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e ./agent -e .; \
	fi
	@touch $(RUNS)

$(PROVES): requirements-dev.lock $(RUNS)
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock; \
	fi
	@touch $(PROVES)

LOCK := uv pip compile --quiet --universal --generate-hashes --no-config --no-header --no-emit-index-url \
  --python-version 3.11 --no-emit-package hubsim-agent pyproject.toml
lock:
	$(LOCK) --extra build -o requirements.lock
	$(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
